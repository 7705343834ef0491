// The list of answers and what choosing one does: the map goes there and marks it, and its card opens.
const FOUND = "found";
const EMPTY = { type: "FeatureCollection", features: [] };
const COLOUR = "#0b5fb0";
// Read before the map writes its own view into the address.
const VIEW_IS_GIVEN = /[#&](map|feature)=/.test(location.hash);
const panel = document.getElementById("results");
const body = document.getElementById("results-body");

export class Results {
  #map;
  #picker;
  #layers;
  #search;
  #features = [];

  constructor(map, picker, settings, search) {
    this.#map = map;
    this.#picker = picker;
    this.#layers = new Set(settings.layers.map((one) => one.id));
    this.#search = search;
    this.text = body.dataset.text ?? "";
    map.once("load", () => this.#addLayers());
    body.addEventListener("click", (event) => this.#clicked(event));
    panel.querySelector("[data-closes]").addEventListener("click", () => {
      panel.hidden = true;
      document.getElementById("q").focus();
    });
  }

  get sentence() {
    return document.getElementById("results-sentence")?.textContent ?? "";
  }

  // Whether the server had put answers into the page: the first view may be chosen by them.
  adopt() {
    if (!this.text) return false;
    this.#read();
    if (VIEW_IS_GIVEN) this.#markNamed();
    else this.#chooseCertain();
    return true;
  }

  show(html, { choose }) {
    body.innerHTML = html;
    panel.hidden = false;
    panel.scrollTop = 0;
    this.#read();
    if (!choose) return this.restore();
    this.#picker.close({ focus: false });
    this.#chooseCertain();
  }

  fail(sentence, action, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "action", textContent: action });
    button.addEventListener("click", act);
    const words = Object.assign(document.createElement("p"), { className: "sentence", id: "results-sentence", textContent: sentence });
    body.replaceChildren(words, button);
    panel.hidden = false;
    this.#mark(-1);
  }

  clear() {
    this.text = "";
    panel.hidden = true;
    body.replaceChildren();
    this.#features = [];
    this.#mark(-1);
    this.#picker.close({ focus: false });
  }

  // The answer that the address of the page names is marked again, after a step back or forward.
  restore() {
    const named = this.#markNamed();
    if (named) this.#picker.show(named);
    else this.#picker.close({ focus: false });
  }

  #markNamed() {
    const name = /[#&]feature=([a-z_]+)\.(\d+)/.exec(location.hash);
    const named = name && { layer: name[1], id: Number(name[2]) };
    this.#mark(this.#features.findIndex((one) => {
      const target = this.#target(one);
      return named && target?.layer === named.layer && target.id === named.id;
    }));
    return named;
  }

  #read() {
    this.#features = JSON.parse(body.querySelector(".result-features")?.textContent ?? "[]");
    this.#mark(-1);
  }

  #chooseCertain() {
    const chosen = body.querySelector(".result-list")?.dataset.chosen;
    if (chosen) this.#choose(Number(chosen), { push: false });
    else if (this.#features.length) this.#fit(this.#features);
  }

  #clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    const result = event.target.closest(".result");
    if (link?.dataset.search) this.#search(link.dataset.search);
    else if (link?.dataset.parcel) this.#open({ layer: "land_parcels", id: Number(link.dataset.parcel) }, { push: true, zoom: true });
    else if (result && (link || !event.target.closest(".nearest, .parcels"))) this.#choose(Number(result.dataset.index), { push: true });
    else return;
    event.preventDefault();
  }

  #choose(index, { push }) {
    const feature = this.#features[index];
    const target = this.#target(feature);
    this.#mark(index);
    this.#fit([feature]);
    if (target) this.#open(target, { push });
    else this.#picker.close({ focus: false });
  }

  #open(target, { push, zoom = false }) {
    // A step of its own, so that "back" returns to the list.
    if (push) history.pushState(null, "", location.href);
    this.#picker.show(target, { focus: push, zoom });
  }

  // What has a card: the parcel of the house, else the thing itself; a street has none.
  #target(feature) {
    const parcel = feature.properties.parcels?.[0];
    if (parcel) return { layer: "land_parcels", id: parcel.id };
    const [layer, id] = String(feature.id ?? "").split("/");
    return this.#layers.has(layer) && /^\d+$/.test(id) && feature.properties.match_level !== "street" ? { layer, id: Number(id) } : null;
  }

  #mark(index) {
    for (const item of body.querySelectorAll(".result")) {
      const current = Number(item.dataset.index) === index;
      item.classList.toggle("current", current);
      if (current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
    const shown = this.#features[index];
    const drawn = shown ? { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: shown.geometry }] } : EMPTY;
    this.#whenLoaded(() => this.#map.getSource(FOUND).setData(drawn));
  }

  #fit(features) {
    const boxes = features.map((one) => one.bbox ?? this.#boxOf(one)).filter(Boolean);
    if (!boxes.length) return;
    const [west, south, east, north] = boxes.reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);
    const wide = this.#map.getContainer().clientWidth > 760;
    const padding = wide ? { left: 480, right: 400, top: 80, bottom: 80 } : { left: 30, right: 30, top: 90, bottom: 380 };
    this.#map.fitBounds([[west, south], [east, north]], { padding: this.#fitting(padding), maxZoom: 18, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  }

  // Padding that leaves room for the map itself, however small its window.
  #fitting(padding) {
    const { clientWidth, clientHeight } = this.#map.getContainer();
    const share = Math.min(1, (clientWidth * 0.7) / (padding.left + padding.right), (clientHeight * 0.7) / (padding.top + padding.bottom));
    return Object.fromEntries(Object.entries(padding).map(([side, pixels]) => [side, pixels * share]));
  }

  #boxOf(feature) {
    const near = (feature.properties.nearest_numbers ?? []).map((one) => [one.lon, one.lat]);
    const points = feature.properties.point ? [feature.properties.point] : near;
    if (!points.length) return null;
    const [lon, lat] = [points.map((one) => one[0]), points.map((one) => one[1])];
    return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
  }

  #whenLoaded(act) {
    if (this.#map.getSource(FOUND)) act();
    else this.#map.once("load", () => queueMicrotask(act));
  }

  #addLayers() {
    this.#map.addSource(FOUND, { type: "geojson", data: EMPTY });
    this.#map.addLayer({ id: "found-line", type: "line", source: FOUND, layout: { "line-cap": "round" }, paint: { "line-color": COLOUR, "line-width": 5, "line-opacity": 0.75 } });
    this.#map.addLayer({
      id: "found-point", type: "circle", source: FOUND, filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 8, "circle-color": COLOUR, "circle-stroke-color": "#ffffff", "circle-stroke-width": 3 },
    });
  }
}
