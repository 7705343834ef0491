// All features at a point, as the server finds them and as of the day of the map; each with what tells it apart.
import { element } from "/static/element.js";
import { Picker } from "/static/picker.js";
import { boxOf } from "/static/planning_views.js";
import { filled, refusal } from "/static/planning_words.js";

const MARGIN = 6; // pixels around the point in which a line or a point is meant
const EQUATOR = 40075016.7;

export class PlanningPicker extends Picker {
  #wanted = 0;

  // `dayOf` tells the day that a map shows, `hidden` whether a filter hides a feature.
  constructor(views, settings, tree, dayOf, hidden) {
    super(views.main, settings);
    Object.assign(this, { views, tree, dayOf, hidden });
    this.fewest = 1; // the list tells the plan and its decision
    this.place = null;
    this.onarea = () => {};
    views.overlay("selected", [
      { type: "line", paint: { "line-color": "#d6006c", "line-width": 3 } },
      { type: "circle", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 10, "circle-opacity": 0, "circle-stroke-color": "#d6006c", "circle-stroke-width": 3 } },
    ]);
    views.on("click", (event, map) => this.paused || this.pickAt(event.lngLat, map));
    views.on("keydown", (event, map) => {
      if (event.key === "Enter" && !this.paused) this.pickAt(map.getCenter(), map, { focus: true });
    });
  }

  listen() {} // both maps are listened to, through the views

  addSelection() {}

  mark(features) {
    this.views.draw("selected", features);
  }

  parcelCard() {
    return null; // it tells of today; here the shares of a parcel follow the day of the map
  }

  close(options) {
    this.place = null;
    super.close(options);
  }

  // The same place again, after the day has changed.
  again() {
    if (this.place) this.pickAt(this.place.at, this.place.map);
  }

  async pickAt(at, map, { focus = false } = {}) {
    this.place = { at, map };
    this.open(this.texts.loading, [], { focus });
    const asked = (this.#wanted += 1);
    const near = Math.min(2000, (MARGIN * EQUATOR * Math.cos((at.lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom()));
    const question = new URLSearchParams({
      lon: at.lng.toFixed(7), lat: at.lat.toFixed(7), near: near.toFixed(2), day: this.dayOf(map), layers: this.tree.shown().filter((id) => this.isLayer(id)).join(","),
    });
    const answer = await fetch(`/planning/at?${question}`).catch(() => null);
    if (asked !== this.#wanted) return;
    if (!answer?.ok) return this.open(await refusal(answer, this.texts.card_failed), [], { focus });
    const { layers } = await answer.json();
    this.groups = layers.map((one) => ({ ...one, features: one.features.filter((feature) => !this.hidden(one.layer, feature.id)) })).filter((one) => one.features.length);
    this.found = this.groups.flatMap((group) => group.features.map((one) => ({ layer: group.layer, id: one.id })));
    this.list({ focus });
  }

  isLayer(id) {
    return this.layers?.has(id) ?? (this.layers = new Set(this.tree.layers.filter((one) => "validity" in one).map((one) => one.id))).has(id);
  }

  list({ focus = false } = {}) {
    this.select(null);
    if (!this.found.length) return this.open(this.texts.nothing, [], { focus });
    const parts = this.groups.flatMap((group) => [
      element("h3", {}, group.title),
      element("ul", { className: "picked" }, ...group.features.map((one) => this.#entry(group.layer, one))),
      ...(group.more ? [element("p", { className: "note" }, this.texts.more_here)] : []),
    ]);
    this.open(filled(this.texts.several, { count: this.found.length }), parts, { focus });
  }

  actions(card) {
    const actions = super.actions(card);
    if (card.geometry?.type.endsWith("Polygon")) {
      actions.append(this.button(this.texts.shares_of, () => this.onarea(card.layer, card.id, card.geometry, card.title)));
    }
    return actions;
  }

  zoomTo(card) {
    this.views.fit(card.box ?? boxOf(card.geometry));
  }

  #entry(layer, one) {
    const lines = [one.class, ...one.facts].filter(Boolean).map((words) => element("small", {}, words));
    const button = element("button", { type: "button" }, element("span", {}, one.title), ...lines);
    button.addEventListener("click", () => this.show({ layer, id: one.id }, { focus: true }));
    return element("li", {}, button);
  }
}
