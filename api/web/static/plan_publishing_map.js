// The map of a draft: its zones, what was found, what it changes; buttons of the lists fly to the place they name.
import * as maplibre from "/static/vendor/maplibre-gl/maplibre-gl.mjs";

const { box, root, words, map: parts, state, checking } = JSON.parse(document.getElementById("settings").textContent);
const container = document.getElementById("draft-map");
// Under a draft only what tells where one is.
const GROUND = ["wards", "forest", "water", "land_parcels", "roads"];
const PALE = 0.3;
const PARTS = ["zones", "changes", "repairs", "findings", "affected"];
const KINDS = ["match", ["get", "kind"], "added", "#1c7a46", "removed", "#7a1f6b", "#d98300"];
const SEVERITY = ["match", ["get", "severity"], "blocking", "#c62218", "#5b6b63"];
const AREAS = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false];
const LAYERS = {
  zones: [
    { type: "fill", paint: { "fill-color": "#2f5d8a", "fill-opacity": 0.16 }, filter: AREAS },
    { type: "line", paint: { "line-color": "#2f5d8a", "line-width": 1 } },
  ],
  changes: [
    { type: "fill", paint: { "fill-color": KINDS, "fill-opacity": 0.45 }, filter: AREAS },
    { type: "line", paint: { "line-color": KINDS, "line-width": 1.5 } },
  ],
  repairs: [{ type: "line", paint: { "line-color": "#0a7d3b", "line-width": 2, "line-dasharray": [2, 2] } }],
  findings: [
    { type: "fill", paint: { "fill-color": SEVERITY, "fill-opacity": 0.4 }, filter: AREAS },
    { type: "line", paint: { "line-color": SEVERITY, "line-width": 2.5 } },
    {
      type: "circle",
      paint: { "circle-color": SEVERITY, "circle-radius": 7, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
      filter: ["==", ["geometry-type"], "Point"],
    },
  ],
  affected: [
    {
      type: "circle",
      paint: { "circle-color": "#ffe94d", "circle-radius": 4, "circle-stroke-color": "#11181c", "circle-stroke-width": 1 },
      layout: { visibility: "none" },
    },
  ],
};

maplibre.setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");

function flyTo(map, text) {
  const [west, south, east, north] = text.split(",").map(Number);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.fitBounds([[west, south], [east, north]], { padding: 60, maxZoom: 19, animate: !calm });
  container.scrollIntoView({ block: "nearest" });
}

function show(map, part, shown) {
  const names = part === "findings" ? ["findings", "repairs"] : [part];
  for (const name of names) {
    LAYERS[name].forEach((_, place) => {
      map.setLayoutProperty(`${name}-${place}`, "visibility", shown ? "visible" : "none");
    });
  }
}

function paled(style) {
  const kept = style.layers.filter((layer) => layer.type === "background" || GROUND.includes(layer.source));
  for (const layer of kept) {
    if (layer.type === "fill") layer.paint = { ...layer.paint, "fill-opacity": PALE };
  }
  const shown = new Set(kept.map((layer) => layer.source));
  const sources = Object.fromEntries(Object.entries(style.sources).filter(([name]) => shown.has(name)));
  return { ...style, sources, layers: kept.filter((layer) => layer.source !== "land_parcels" || layer.type !== "symbol") };
}

function addParts(map) {
  for (const part of PARTS) {
    map.addSource(part, { type: "geojson", data: `${location.origin}${parts}${part}` });
    LAYERS[part].forEach((layer, place) => map.addLayer({ id: `${part}-${place}`, source: part, ...layer }));
  }
  for (const tick of document.querySelectorAll("[data-part]")) {
    tick.addEventListener("change", () => show(map, tick.dataset.part, tick.checked));
    show(map, tick.dataset.part, tick.checked);
  }
}

async function draw() {
  const answer = await fetch("/styles/default", { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`style: ${answer.status}`);
  // The style names the server's public address; the page may have been reached by another one.
  const style = JSON.parse((await answer.text()).replaceAll(`"${root}/`, `"${location.origin}/`));
  const [west, south, east, north] = box ?? [108.3, 11.8, 108.6, 12.05];
  const bounds = [[west, south], [east, north]];
  const map = new maplibre.Map({
    container, style: paled(style), bounds, fitBoundsOptions: { padding: 20 }, maxZoom: 21, attributionControl: false,
  });
  map.addControl(new maplibre.NavigationControl({ visualizePitch: false }), "top-left");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  map.on("load", () => addParts(map));
  map.once("idle", () => container.setAttribute("aria-busy", "false"));
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-box]");
    if (chosen) flyTo(map, chosen.dataset.box);
  });
}

async function follow() {
  const answer = await fetch(state, { credentials: "same-origin" });
  if (answer.ok) {
    const told = await answer.json();
    if (told.status !== "checking" || told.failed) return location.reload();
    document.getElementById("progress").textContent = told.message ?? "";
    document.getElementById("share").value = told.progress ?? 0;
  }
  setTimeout(follow, 1000);
}

container.setAttribute("aria-busy", "true");
draw().catch(() => {
  container.textContent = words.map_failed;
  container.setAttribute("aria-busy", "false");
});
if (checking && document.getElementById("progress")) follow();
