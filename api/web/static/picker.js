// What lies at a point: the parcel, or a list where it is several features, and the card of the one that is chosen.
import { element } from "/static/element.js";
import { parcelCard } from "/static/parcel.js";

const MARGIN = 6; // pixels around the point: a finger is wider than a camera's dot
const SELECTED = "selected";
const PARCELS = "land_parcels";
const panel = document.getElementById("details");
const title = document.getElementById("details-title");
const body = document.getElementById("details-body");

export class Picker {
  #asked = 0;

  constructor(map, settings) {
    this.map = map;
    this.texts = settings.texts;
    this.titles = new Map(settings.layers.map((one) => [one.id, one.title]));
    this.ranks = new Map(settings.layers.map((one) => [one.id, one.rank]));
    this.minZoom = settings.layers.find((one) => one.id === PARCELS)?.minZoom ?? 0;
    this.shown = null;
    this.found = [];
    this.paused = false; // while a click means something else
    this.fewest = 2; // features that make a list to go back to
    this.onchange = () => {};
    this.listen(map);
    panel.querySelector("[data-closes]").addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => event.key === "Escape" && !panel.hidden && this.close());
    map.on("load", () => this.addSelection());
  }

  listen(map) {
    map.on("click", (event) => this.paused || this.pick(event.point));
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !this.paused) this.pick(map.project(map.getCenter()), { focus: true });
    });
  }

  pick(point, { focus = false } = {}) {
    const box = [[point.x - MARGIN, point.y - MARGIN], [point.x + MARGIN, point.y + MARGIN]];
    const areas = this.map.queryRenderedFeatures(point);
    // Lines and points are given a margin; areas must hold the point itself.
    const thin = this.map.queryRenderedFeatures(box).filter((one) => !one.geometry.type.endsWith("Polygon"));
    this.found = this.#once([...thin, ...areas]);
    const parcel = this.found.find((one) => one.layer === PARCELS);
    // A click on a point or a line may mean that or the land under it; a click on land means the parcel.
    if (parcel && thin.length === 0) this.show(parcel, { focus });
    else if (this.found.length === 1 && !this.#parcelsAreDrawn()) this.show(this.found[0], { focus });
    else this.list({ focus });
  }

  // One entry a feature, the topmost first; the outline and the area of a zone are the same zone.
  #once(features) {
    const unique = new Map();
    for (const one of features) {
      const name = one.properties[one.layer.metadata?.["langbiang:display"]];
      if (this.titles.has(one.sourceLayer)) unique.set(`${one.sourceLayer}.${one.id}`, { layer: one.sourceLayer, id: one.id, name });
    }
    return [...unique.values()].sort((a, b) => this.ranks.get(a.layer) - this.ranks.get(b.layer));
  }

  list({ focus = false } = {}) {
    this.select(null);
    const count = this.found.length;
    const noParcel = this.#parcelsAreDrawn() && !this.found.some((one) => one.layer === PARCELS);
    if (count === 0) return this.open(noParcel ? this.texts.no_parcel : this.texts.nothing, [], { focus });
    const items = this.found.map((one) => {
      const name = element("span", {}, one.name ?? "…");
      if (one.name === undefined) this.#learnName(one, name);
      const button = element("button", { type: "button" }, name, element("small", {}, this.titles.get(one.layer)));
      button.addEventListener("click", () => this.show(one, { focus: true }));
      return element("li", {}, button);
    });
    const heading = noParcel ? this.texts.no_parcel : this.texts.several.replace("{count}", count);
    this.open(heading, [element("ul", { className: "picked" }, ...items)], { focus });
  }

  async show(one, { focus = false, zoom = false } = {}) {
    this.open(this.texts.loading, [], { focus });
    const asked = (this.#asked += 1);
    const [answer, parcel] = await Promise.all([
      fetch(`/cards/${one.layer}/${one.id}`).catch(() => null),
      one.layer === PARCELS ? this.parcelCard(one.id) : null,
    ]);
    if (asked !== this.#asked) return;
    if (!answer?.ok) return this.open(this.texts.card_failed, [], { focus });
    const card = await answer.json();
    this.select(card);
    this.shown = { layer: card.layer, id: card.id };
    this.onchange();
    if (zoom) this.zoomTo(card);
    if (parcel) this.open(parcel.dataset.title, [parcel, this.actions(card)], { focus });
    else this.open(card.title, this.#card(card), { focus });
  }

  parcelCard(id) {
    return parcelCard(id);
  }

  close({ focus = true } = {}) {
    this.#asked += 1;
    panel.hidden = true;
    this.select(null);
    if (focus) this.map.getCanvas().focus();
  }

  // Whether the map shows parcels at all: only then may it say that there is none.
  #parcelsAreDrawn() {
    const drawn = this.map.getStyle().layers.find((one) => one.metadata?.["langbiang:layer"] === PARCELS);
    return Boolean(drawn) && this.map.getLayoutProperty(drawn.id, "visibility") !== "none" && this.map.getZoom() >= this.minZoom;
  }

  #card(card) {
    const facts = element("dl", { className: "facts" });
    for (const row of card.rows) facts.append(element("dt", {}, row.label), element("dd", {}, row.value));
    return [element("p", { className: "kind" }, card.layer_title), facts, this.actions(card)];
  }

  zoomTo(card) {
    this.map.fitBounds(card.box, { padding: 60, maxZoom: 18 });
  }

  actions(card) {
    const actions = element("div", { className: "actions" });
    if (this.found.length >= this.fewest) actions.append(this.button(this.texts.back, () => this.list({ focus: true })));
    if (card.box) actions.append(this.button(this.texts.zoom_to, () => this.zoomTo(card)));
    actions.append(element("a", { className: "action", href: `/ogc/collections/${card.layer}/items/${card.id}?f=html` }, this.texts.record));
    return actions;
  }

  button(text, act) {
    const button = element("button", { type: "button", className: "action" }, text);
    button.addEventListener("click", act);
    return button;
  }

  // Tiles of low zooms carry no names, and some features have none.
  async #learnName(one, place) {
    const answer = await fetch(`/cards/${one.layer}/${one.id}`).catch(() => null);
    one.name = answer?.ok ? (await answer.json()).title : `${this.titles.get(one.layer)} ${one.id}`;
    place.textContent = one.name;
  }

  open(heading, content, { focus }) {
    title.textContent = heading;
    body.replaceChildren(...content);
    panel.hidden = false;
    document.getElementById("layers").classList.remove("open");
    document.querySelector('[data-opens="layers"]').setAttribute("aria-expanded", "false");
    if (focus) title.focus();
  }

  addSelection() {
    this.map.addSource(SELECTED, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const colour = "#d6006c";
    this.map.addLayer({ id: "selected-line", type: "line", source: SELECTED, paint: { "line-color": colour, "line-width": 3 } });
    this.map.addLayer({
      id: "selected-point", type: "circle", source: SELECTED, filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 10, "circle-opacity": 0, "circle-stroke-color": colour, "circle-stroke-width": 3 },
    });
  }

  select(card) {
    if (!card) {
      this.shown = null;
      this.onchange();
    }
    this.mark(card?.geometry ? [{ type: "Feature", properties: {}, geometry: card.geometry }] : []);
  }

  mark(features) {
    this.map.getSource(SELECTED)?.setData({ type: "FeatureCollection", features });
  }
}
