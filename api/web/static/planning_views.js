// The one map, or the two of a swipe: what listens to the map listens to both, and what lies over it lies over both.
const EMPTY = { type: "FeatureCollection", features: [] };

export class Views {
  maps = [];
  #listeners = [];
  #overlays = new Map();

  get main() {
    return this.maps[0];
  }

  // A map that has loaded its style; a second one has the overlays of the first in its style already.
  add(map) {
    this.maps.push(map);
    for (const [event, act] of this.#listeners) this.#bind(map, event, act);
    for (const [id, one] of this.#overlays) this.#lay(map, id, one);
  }

  remove(map) {
    this.maps = this.maps.filter((one) => one !== map);
  }

  on(event, act) {
    this.#listeners.push([event, act]);
    for (const map of this.maps) this.#bind(map, event, act);
  }

  // A GeoJSON source over the map, drawn by `layers`, which need neither source nor id.
  overlay(id, layers) {
    this.#overlays.set(id, { layers, data: EMPTY });
    for (const map of this.maps) this.#lay(map, id, this.#overlays.get(id));
  }

  draw(id, features) {
    const one = this.#overlays.get(id);
    one.data = { type: "FeatureCollection", features };
    for (const map of this.maps) map.getSource(id)?.setData(one.data);
  }

  fit(box, options = {}) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.main.fitBounds([[box[0], box[1]], [box[2], box[3]]], { padding: 60, maxZoom: 18, animate: !still, ...options });
  }

  #bind(map, event, act) {
    if (event === "keydown") map.getCanvas().addEventListener("keydown", (pressed) => act(pressed, map));
    else map.on(event, (happened) => act(happened, map));
  }

  #lay(map, id, { layers, data }) {
    if (map.getSource(id)) return;
    map.addSource(id, { type: "geojson", data });
    for (const [place, layer] of layers.entries()) map.addLayer({ id: `${id}-${place}`, source: id, ...layer });
  }
}

export function boxOf(geometry) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (part) => {
    if (typeof part[0] !== "number") return part.forEach(visit);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  visit(geometry.coordinates);
  return box;
}
