// The features of this page on a map; without the map library the page is complete without one.
const place = document.getElementById("map");
const features = JSON.parse(document.getElementById("features").textContent);
const vendor = "/static/vendor/maplibre-gl";

function extent(coordinates, box) {
  if (typeof coordinates[0] === "number") {
    const [x, y] = coordinates;
    return [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
  }
  return coordinates.reduce((found, part) => extent(part, found), box);
}

function parts(geometry) {
  return geometry.type === "GeometryCollection" ? geometry.geometries.flatMap(parts) : [geometry.coordinates];
}

function layers(colour) {
  const kind = (name) => ["==", ["geometry-type"], name];
  return [
    { id: "areas", type: "fill", filter: kind("Polygon"), paint: { "fill-color": colour, "fill-opacity": 0.3 } },
    { id: "lines", type: "line", filter: ["!", kind("Point")], paint: { "line-color": colour, "line-width": 2 } },
    { id: "points", type: "circle", filter: kind("Point"), paint: { "circle-color": colour, "circle-radius": 6 } },
  ].map((layer) => ({ source: "features", ...layer }));
}

async function draw() {
  const maplibre = await import(`${vendor}/maplibre-gl.mjs`);
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${vendor}/maplibre-gl.css` });
  document.head.append(sheet);
  maplibre.setWorkerUrl?.(`${vendor}/maplibre-gl-worker.mjs`);
  place.hidden = false;
  const start = [180, 90, -180, -90];
  const bounds = features.features.flatMap((one) => parts(one.geometry)).reduce((box, part) => extent(part, box), start);
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
  new maplibre.Map({
    container: place, bounds, fitBoundsOptions: { padding: 30, maxZoom: 17 }, attributionControl: false,
    locale: { "Map.Title": place.dataset.label }, // MapLibre makes a landmark of that name itself
    style: { version: 8, sources: { features: { type: "geojson", data: features } }, layers: layers(colour) },
  });
}

draw().catch(() => { place.hidden = true; });
