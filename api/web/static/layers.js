// The layer tree: visibility, opacity, which layers the zoom shows, and which classes are in view.
const OPACITIES = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity"],
  raster: ["raster-opacity"],
};

export class LayerTree {
  constructor(map, layers, switched) {
    this.map = map;
    this.layers = layers;
    this.onchange = () => {};
    this.items = new Map();
    for (const layer of layers) {
      const item = document.querySelector(`[data-layer="${layer.id}"]`);
      const box = item.querySelector('input[name="layer"]');
      const original = box.defaultChecked;
      box.checked = switched[layer.id] ?? original;
      this.items.set(layer.id, { layer, item, box, original });
      this.#listen(layer, item, box);
    }
    map.on("zoomend", () => this.#showZooms());
    map.on("idle", () => this.#showClasses());
  }

  // The layers of the style that draw a layer of the city.
  drawn(id) {
    return this.map.getStyle().layers.filter((one) => one.metadata?.["langbiang:layer"] === id);
  }

  // The layers whose switch stands otherwise than by default.
  changes() {
    const changed = [...this.items].filter(([, one]) => one.box.checked !== one.original);
    return Object.fromEntries(changed.map(([id, one]) => [id, one.box.checked]));
  }

  apply() {
    for (const [id, one] of this.items) this.#switch(id, one.box.checked);
    this.#showZooms();
  }

  #listen(layer, item, box) {
    box.addEventListener("change", () => {
      this.#switch(layer.id, box.checked);
      this.onchange();
    });
    const options = item.querySelector(".options");
    options.addEventListener("click", () => {
      const panel = document.getElementById(options.getAttribute("aria-controls"));
      panel.hidden = !panel.hidden;
      options.setAttribute("aria-expanded", String(!panel.hidden));
    });
    const opacity = item.querySelector('input[name="opacity"]');
    opacity.addEventListener("input", () => this.#fade(layer.id, Number(opacity.value) / 100));
  }

  #switch(id, on) {
    for (const one of this.drawn(id)) {
      this.map.setLayoutProperty(one.id, "visibility", on ? "visible" : "none");
    }
  }

  #fade(id, share) {
    for (const one of this.drawn(id)) {
      for (const property of OPACITIES[one.type]) {
        one.metadata[property] ??= one.paint?.[property] ?? 1;
        this.map.setPaintProperty(one.id, property, one.metadata[property] * share);
      }
    }
  }

  #showZooms() {
    // Tiles are fetched for whole levels.
    const zoom = this.map.getZoom();
    for (const { layer, item } of this.items.values()) {
      const far = zoom < layer.minZoom;
      item.classList.toggle("out-of-zoom", far);
      item.querySelector(".zoom-hint").hidden = !far;
    }
  }

  #showClasses() {
    const seen = new Map();
    const classified = new Map(this.layers.filter((one) => one.classifiedBy).map((one) => [one.id, one.classifiedBy]));
    const names = [...classified.keys()].flatMap((id) => this.drawn(id)).filter((one) => one.type !== "symbol");
    for (const feature of this.map.queryRenderedFeatures({ layers: names.map((one) => one.id) })) {
      const id = feature.sourceLayer;
      if (!seen.has(id)) seen.set(id, new Set());
      seen.get(id).add(feature.properties[classified.get(id)]);
    }
    for (const [id, { item }] of this.items) {
      for (const entry of item.querySelectorAll(".classes li")) {
        entry.hidden = !seen.get(id)?.has(entry.dataset.code);
      }
    }
  }
}
