// The layer tree: visibility, opacity, which layers the zoom shows, and which classes are in view.
const OPACITIES = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity"],
  raster: ["raster-opacity"],
};

export class LayerTree {
  // `switched` and `faded` are what an address asked for: layers on or off, and percentages.
  constructor(layers, switched, faded = {}) {
    this.layers = layers;
    this.maps = [];
    this.onchange = () => {};
    this.items = new Map();
    for (const layer of layers) {
      const item = document.querySelector(`[data-layer="${layer.id}"]`);
      const box = item.querySelector('input[name="layer"]');
      const opacity = item.querySelector('input[name="opacity"]');
      const original = box.defaultChecked;
      box.checked = switched[layer.id] ?? original;
      opacity.value = faded[layer.id] ?? opacity.defaultValue;
      this.items.set(layer.id, { layer, item, box, opacity, original });
      this.#listen(layer, item, box, opacity);
    }
  }

  // Puts switches and opacities into a style before a map is made of it: what is off is never fetched.
  dress(style) {
    for (const one of style.layers) {
      const { box, opacity } = this.items.get(one.metadata?.["langbiang:layer"]) ?? {};
      if (!box) continue;
      one.layout = { ...one.layout, visibility: box.checked ? "visible" : "none" };
      for (const property of OPACITIES[one.type]) {
        one.metadata[property] = one.paint?.[property] ?? 1;
        one.paint = { ...one.paint, [property]: one.metadata[property] * (Number(opacity.value) / 100) };
      }
    }
    return style;
  }

  follow(map) {
    this.maps.push(map);
    map.on("zoomend", () => this.#showZooms());
    map.on("idle", () => this.#showClasses());
    map.once("load", () => this.#showZooms());
  }

  leave(map) {
    this.maps = this.maps.filter((one) => one !== map);
  }

  // The layers of the style that draw a layer of the city.
  drawn(id) {
    return this.maps[0].getStyle().layers.filter((one) => one.metadata?.["langbiang:layer"] === id);
  }

  // The layers whose switch stands otherwise than by default.
  changes() {
    const changed = [...this.items].filter(([, one]) => one.box.checked !== one.original);
    return Object.fromEntries(changed.map(([id, one]) => [id, one.box.checked]));
  }

  // The percentages of the layers that are not drawn at full strength.
  fades() {
    const faded = [...this.items].filter(([, one]) => one.opacity.value !== one.opacity.defaultValue);
    return Object.fromEntries(faded.map(([id, one]) => [id, Number(one.opacity.value)]));
  }

  // Those switched on that this zoom shows.
  shown() {
    const zoom = this.maps[0].getZoom();
    return [...this.items.values()].filter((one) => one.box.checked && zoom >= one.layer.minZoom).map((one) => one.layer.id);
  }

  #listen(layer, item, box, opacity) {
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
    opacity.addEventListener("input", () => this.#fade(layer.id, Number(opacity.value) / 100));
    opacity.addEventListener("change", () => this.onchange());
  }

  #switch(id, on) {
    for (const one of this.drawn(id)) {
      for (const map of this.maps) map.setLayoutProperty(one.id, "visibility", on ? "visible" : "none");
    }
  }

  #fade(id, share) {
    for (const one of this.drawn(id)) {
      for (const property of OPACITIES[one.type]) {
        for (const map of this.maps) map.setPaintProperty(one.id, property, one.metadata[property] * share);
      }
    }
  }

  #showZooms() {
    // Tiles are fetched for whole levels.
    const zoom = this.maps[0].getZoom();
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
    const features = this.maps.flatMap((map) => map.queryRenderedFeatures({ layers: names.map((one) => one.id) }));
    for (const feature of features) {
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
