// The map page: puts the map together from the settings that the server wrote into the page.
import * as maplibre from "/static/vendor/maplibre-gl/maplibre-gl.mjs";
import { followChanges } from "/static/changes.js";
import { showCoordinates } from "/static/coordinates.js";
import { LayerTree } from "/static/layers.js";
import { Picker } from "/static/picker.js";
import { keepViewBetweenLanguages, readPermalink, writePermalink } from "/static/permalink.js";
import { addRasters } from "/static/rasters.js";
import { Search } from "/static/search.js";
import { clearNotice, notice } from "/static/notice.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const texts = settings.texts;

maplibre.setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");

// The style names the server's public address; the page may have been reached by another one.
function atThisAddress(value) {
  return JSON.parse(JSON.stringify(value).replaceAll(JSON.stringify(settings.root).slice(1, -1) + "/", location.origin + "/"));
}

async function loadStyle() {
  const answer = await fetch("/styles/default", { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`style: ${answer.status}`);
  return atThisAddress(await answer.json());
}

function firstView() {
  const [west, south, east, north] = settings.box ?? [108.3, 11.8, 108.6, 12.05];
  return { bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: 24, maxZoom: 15 } };
}

function newMap(style) {
  return new maplibre.Map({
    container: "map",
    style,
    ...firstView(),
    hash: "map",
    minZoom: 7,
    maxZoom: 21,
    attributionControl: false,
    // The next tiles are wanted more than a fade-in.
    fadeDuration: 0,
    locale: {
      "Map.Title": texts.map_hint,
      "NavigationControl.ZoomIn": texts.zoom_in,
      "NavigationControl.ZoomOut": texts.zoom_out,
      "NavigationControl.ResetBearing": texts.north,
      "GeolocateControl.FindMyLocation": texts.locate,
      "AttributionControl.ToggleAttribution": texts.attribution,
    },
  });
}

function addControls(map) {
  map.addControl(new maplibre.NavigationControl({ visualizePitch: false }), "top-left");
  if (window.isSecureContext && navigator.geolocation) {
    map.addControl(new maplibre.GeolocateControl({ trackUserLocation: false }), "top-left");
  }
  map.addControl(new maplibre.ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");
  map.addControl(new maplibre.AttributionControl({ compact: false, customAttribution: settings.attribution }), "bottom-right");
}

function watchLoading(map) {
  const stage = document.getElementById("stage");
  map.on("dataloading", () => stage.setAttribute("aria-busy", "true"));
  map.on("idle", () => stage.setAttribute("aria-busy", "false"));
  map.on("error", (event) => {
    console.warn(event.error);
    notice(texts.failed, texts.retry, () => location.reload());
  });
}

function openSheets() {
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

async function start() {
  openSheets();
  keepViewBetweenLanguages();
  const style = addRasters(await loadStyle(), settings.rasters);
  const permalink = readPermalink();
  let map;
  try {
    map = newMap(style);
  } catch (error) {
    console.warn(error);
    notice(texts.unsupported);
    return;
  }
  addControls(map);
  watchLoading(map);
  showCoordinates(map);
  const tree = new LayerTree(map, settings.layers, permalink.layers);
  const picker = new Picker(map, settings);
  const search = new Search(map, picker, settings);
  const remember = () => writePermalink({ layers: tree.changes(), feature: picker.shown });
  tree.onchange = remember;
  picker.onchange = remember;
  map.once("load", () => {
    tree.apply();
    followChanges(map);
    if (permalink.feature) picker.show(permalink.feature);
    search.start();
  });
  addEventListener("beforeprint", () => map.redraw());
  addEventListener("online", clearNotice);
}

start().catch((error) => {
  console.warn(error);
  notice(texts.failed, texts.retry, () => location.reload());
});
