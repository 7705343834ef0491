// The filter of one layer: the table, the map, the picks and the files all show the rows of the same question.
import { element } from "/static/element.js";
import { FieldBox, queryables } from "/static/planning_filter_fields.js";
import { filled, number, refusal } from "/static/planning_words.js";

const MOST = 10_000; // rows that the map is told by their ids
const NOTHING = ["==", 1, 0];
const form = document.getElementById("filter");
const chosen = document.getElementById("filter-layer");
const fieldsBox = document.getElementById("filter-fields");
const inView = document.getElementById("filter-view");
const status = document.getElementById("filter-status");
const exports = document.getElementById("exports");

export class Filter {
  #boxes = [];
  #asked = 0;
  #original = new Map();

  constructor(views, tree, settings, days) {
    Object.assign(this, { views, tree, settings, days, texts: settings.texts });
    this.layer = null; // the one that is filtered
    this.condition = "";
    this.ids = null; // those the map shows; null: all
    this.fields = [];
    this.onchange = () => {};
    form.addEventListener("submit", (event) => this.#submit(event));
    document.getElementById("filter-clear").addEventListener("click", () => this.clear());
    chosen.addEventListener("change", () => this.#build());
    inView.addEventListener("change", () => this.layer && this.#apply());
    views.on("moveend", () => this.layer && inView.checked && this.#apply());
  }

  // Brings back what an address kept: the layer, and the value of each field.
  async restore(kept) {
    const known = [...chosen.options].some((one) => one.value === kept?.layer);
    if (known) chosen.value = kept.layer;
    await this.#build();
    if (!known) return;
    for (const one of this.#boxes) if (kept.fields?.[one.field.name]) one.value = kept.fields[one.field.name];
    inView.checked = Boolean(kept.view);
    await this.#start();
  }

  // What an address keeps; null while nothing is filtered.
  kept() {
    if (!this.layer) return null;
    const fields = Object.fromEntries(this.#boxes.filter((one) => one.value !== null).map((one) => [one.field.name, one.value]));
    return { layer: this.layer, fields, ...(inView.checked ? { view: 1 } : {}) };
  }

  // The parameters of the question, for items, files and the map alike.
  question() {
    const found = new URLSearchParams();
    if (this.condition) found.set("filter", this.condition);
    if (this.#known(this.layer).validity) found.set("datetime", this.days.day);
    if (inView.checked) found.set("bbox", this.views.main.getBounds().toArray().flat().map((one) => one.toFixed(7)).join(","));
    return found;
  }

  hides(layer, id) {
    return layer === this.layer && this.ids !== null && !this.ids.has(id);
  }

  again() {
    if (this.layer) this.#apply();
  }

  clear() {
    for (const one of this.#boxes) one.value = null;
    inView.checked = false;
    this.#release();
    status.textContent = "";
    exports.hidden = true;
    this.layer = null;
    this.condition = "";
    this.onchange();
  }

  async #build() {
    fieldsBox.replaceChildren(element("p", { className: "note" }, this.texts.loading));
    const layer = chosen.value;
    try {
      const fields = await queryables(layer, this.settings.layers);
      if (layer !== chosen.value) return;
      this.fields = fields;
      this.#boxes = fields.map((field) => new FieldBox(field, this.texts));
      fieldsBox.replaceChildren(...this.#boxes.map((one) => one.box));
    } catch (error) {
      console.warn(error);
      const again = element("button", { type: "button", className: "action" }, this.texts.retry);
      again.addEventListener("click", () => this.#build());
      fieldsBox.replaceChildren(element("p", { className: "fault" }, this.texts.offline), again);
    }
  }

  #submit(event) {
    event.preventDefault();
    this.#start();
  }

  #start() {
    if (this.layer && this.layer !== chosen.value) this.#release();
    this.layer = chosen.value;
    this.condition = this.#boxes.map((one) => one.condition).filter(Boolean).join(" AND ");
    return this.#apply();
  }

  async #apply() {
    const asked = (this.#asked += 1);
    this.#link();
    this.onchange();
    status.textContent = this.texts.loading;
    const question = this.question();
    const [first] = this.fields;
    question.set("properties", first.name);
    const answer = await fetch(`/ogc/collections/${this.layer}/items?f=json&skipGeometry=true&limit=${MOST}&${question}`).catch(() => null);
    if (asked !== this.#asked || !this.layer) return;
    if (!answer?.ok) {
      status.textContent = await refusal(answer, this.texts.offline);
      return;
    }
    this.#restrict(await answer.json());
  }

  // The map shows exactly the rows that were found, by their ids; where there are too many, it shows all and says so.
  #restrict({ features, numberMatched, numberMatchedIsEstimate }) {
    const complete = numberMatched <= features.length;
    this.ids = complete ? new Set(features.map((one) => one.id)) : null;
    this.dress(this.views.maps);
    const about = numberMatchedIsEstimate ? this.texts.about : "";
    const values = { count: `${about}${number(numberMatched, 0)}`, most: number(MOST, 0) };
    const sentence = !numberMatched ? this.texts.filter_none : complete ? this.texts.filter_exact : this.texts.filter_many;
    const far = this.views.main.getZoom() < this.#known(this.layer).minZoom ? ` ${this.texts.filter_zoom}` : "";
    const off = this.tree.items.get(this.layer).box.checked ? "" : ` ${this.texts.filter_off}`;
    status.textContent = filled(sentence, values) + (numberMatched ? far + off : "");
  }

  // Puts the filter on maps: on both, or on one that has just been added.
  dress(maps) {
    if (!this.layer) return;
    const shown = this.ids === null ? null : this.ids.size ? ["match", ["id"], [...this.ids], true, false] : NOTHING;
    for (const one of this.tree.drawn(this.layer)) {
      if (!this.#original.has(one.id)) this.#original.set(one.id, one.filter);
      const original = this.#original.get(one.id);
      for (const map of maps) map.setFilter(one.id, shown && original ? ["all", original, shown] : (shown ?? original));
    }
  }

  #release() {
    if (!this.layer) return;
    this.ids = null;
    this.dress(this.views.maps);
    this.#original.clear();
    this.#asked += 1;
  }

  #link() {
    exports.hidden = false;
    for (const link of exports.querySelectorAll("a[data-format]")) {
      link.href = `/ogc/collections/${this.layer}/items?f=${link.dataset.format}&${this.question()}`;
    }
  }

  #known(id) {
    return this.settings.layers.find((one) => one.id === id);
  }
}
