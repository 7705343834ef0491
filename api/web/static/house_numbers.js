// The small map of the form for a new house number: a click chooses the place, the boxes beside it do the same.
import * as maplibre from "/static/vendor/maplibre-gl/maplibre-gl.mjs";

const { place, box: city, root } = JSON.parse(document.getElementById("settings").textContent);
const form = document.getElementById("place");
const box = document.getElementById("place-map");

maplibre.setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");

function choose({ lng, lat }) {
  form.elements.lon.value = lng.toFixed(7);
  form.elements.lat.value = lat.toFixed(7);
  form.elements.parcel.value = "";
  // Another place has other streets: the nearest one is proposed.
  if (form.elements.road) form.elements.road.disabled = true;
  form.requestSubmit();
}

async function show() {
  const answer = await fetch("/styles/default", { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`style: ${answer.status}`);
  // The style names the server's public address; the page may have been reached by another one.
  const style = JSON.parse((await answer.text()).replaceAll(`"${root}/`, `"${location.origin}/`));
  const [west, south, east, north] = city ?? [108.3, 11.8, 108.6, 12.05];
  const view = place.length ? { center: place, zoom: 18 } : { bounds: [[west, south], [east, north]] };
  const map = new maplibre.Map({ container: box, style, ...view, maxZoom: 21, attributionControl: false });
  map.addControl(new maplibre.NavigationControl({ visualizePitch: false }), "top-left");
  if (place.length) new maplibre.Marker({ color: "#b3005e" }).setLngLat(place).addTo(map);
  map.on("click", (event) => choose(event.lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(map.getCenter());
  });
}

show().catch(() => box.remove());
