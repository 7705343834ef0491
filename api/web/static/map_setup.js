// What every page with a map needs: the style at the page's own address, the map with its controls, and what it says.
import * as maplibre from "/static/vendor/maplibre-gl/maplibre-gl.mjs";
import { notice } from "/static/notice.js";

export const settings = JSON.parse(document.getElementById("settings").textContent);
const texts = settings.texts;

maplibre.setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");

// The style names the server's public address; the page may have been reached by another one.
function atThisAddress(value) {
  return JSON.parse(JSON.stringify(value).replaceAll(JSON.stringify(settings.root).slice(1, -1) + "/", location.origin + "/"));
}

export async function loadStyle() {
  const answer = await fetch("/styles/default", { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`style: ${answer.status}`);
  return atThisAddress(await answer.json());
}

function firstView() {
  const [west, south, east, north] = settings.box ?? [108.3, 11.8, 108.6, 12.05];
  return { bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: 24, maxZoom: 15 } };
}

// The map; null, and said so, where the browser cannot draw one.
export function newMap(style, options = {}, title = texts.map_hint) {
  try {
    return new maplibre.Map({ ...standing(title), style, ...options });
  } catch (error) {
    console.warn(error);
    notice(texts.unsupported);
    return null;
  }
}

function standing(title) {
  return {
    container: "map",
    ...firstView(),
    hash: "map",
    minZoom: 7,
    maxZoom: 21,
    attributionControl: false,
    // The next tiles are wanted more than a fade-in.
    fadeDuration: 0,
    locale: {
      "Map.Title": title,
      "NavigationControl.ZoomIn": texts.zoom_in,
      "NavigationControl.ZoomOut": texts.zoom_out,
      "NavigationControl.ResetBearing": texts.north,
      "GeolocateControl.FindMyLocation": texts.locate,
      "AttributionControl.ToggleAttribution": texts.attribution,
    },
  };
}

export function addControls(map) {
  map.addControl(new maplibre.NavigationControl({ visualizePitch: false }), "top-left");
  if (window.isSecureContext && navigator.geolocation) {
    map.addControl(new maplibre.GeolocateControl({ trackUserLocation: false }), "top-left");
  }
  map.addControl(new maplibre.ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");
  map.addControl(new maplibre.AttributionControl({ compact: false, customAttribution: settings.attribution }), "bottom-right");
}

export function watchLoading(map) {
  const stage = document.getElementById("stage");
  map.on("dataloading", () => stage.setAttribute("aria-busy", "true"));
  map.on("idle", () => stage.setAttribute("aria-busy", "false"));
  map.on("error", (event) => {
    console.warn(event.error);
    notice(texts.failed, texts.retry, () => location.reload());
  });
}

export function openSheets() {
  for (const button of document.querySelectorAll("[data-opens], [data-closes]")) {
    button.addEventListener("click", () => {
      const panel = document.getElementById(button.dataset.opens ?? button.dataset.closes);
      const open = Boolean(button.dataset.opens) && !panel.classList.contains("open");
      panel.classList.toggle("open", open);
      document.querySelector(`[data-opens="${panel.id}"]`)?.setAttribute("aria-expanded", String(open));
      if (open) panel.querySelector("button, input")?.focus();
      else if (button.dataset.closes === "layers") document.querySelector('[data-opens="layers"]').focus();
    });
  }
}

// Starts a page, and says so where it cannot.
export function begin(start) {
  start().catch((error) => {
    console.warn(error);
    notice(texts.failed, texts.retry, () => location.reload());
  });
}
