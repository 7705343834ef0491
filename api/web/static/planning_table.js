// The rows of the filter as a table: pages by key, sorted by any column; a row flies to its feature.
import { element } from "/static/element.js";
import { day, filled, moment, number, refusal } from "/static/planning_words.js";

const ROWS = 50;
const panel = document.getElementById("table");
const body = document.getElementById("table-body");
const count = document.getElementById("table-count");
const previous = document.getElementById("table-previous");
const next = document.getElementById("table-next");

export class Table {
  #pages = [null]; // the keys after which the pages up to this one begin
  #following = null;
  #asked = 0;

  constructor(filter, picker, texts) {
    Object.assign(this, { filter, picker, texts });
    this.sort = ""; // a field's name, with a minus for the other direction
    this.onchange = () => {};
    previous.addEventListener("click", () => this.#turn(this.#pages.slice(0, -1)));
    next.addEventListener("click", () => this.#turn([...this.#pages, this.#following]));
    document.getElementById("table-close").addEventListener("click", () => this.close());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  open() {
    panel.hidden = false;
    this.#turn([null]);
  }

  close() {
    panel.hidden = true;
    document.querySelector('#filter [type="submit"]').focus();
  }

  clear() {
    panel.hidden = true;
    this.sort = "";
    this.#asked += 1;
  }

  async #turn(pages) {
    const asked = (this.#asked += 1);
    const question = this.filter.question();
    if (this.sort) question.set("sortby", this.sort);
    if (pages.at(-1)) question.set("after", pages.at(-1));
    body.setAttribute("aria-busy", "true");
    const answer = await fetch(`/ogc/collections/${this.filter.layer}/items?f=json&skipGeometry=true&limit=${ROWS}&${question}`).catch(() => null);
    if (asked !== this.#asked) return;
    body.removeAttribute("aria-busy");
    if (!answer?.ok) return this.#fail(await refusal(answer, this.texts.offline), pages);
    this.#show(await answer.json(), pages);
  }

  #show({ features, numberMatched, numberMatchedIsEstimate, links }, pages) {
    const link = links.find((one) => one.rel === "next");
    this.#pages = pages;
    this.#following = link ? new URL(link.href).searchParams.get("after") : null;
    previous.disabled = pages.length === 1;
    next.disabled = !this.#following;
    const first = (pages.length - 1) * ROWS;
    const values = { first: number(first + 1, 0), last: number(first + features.length, 0), count: (numberMatchedIsEstimate ? this.texts.about : "") + number(numberMatched, 0) };
    count.textContent = features.length ? filled(this.texts.table_count, values) : this.texts.filter_none;
    body.replaceChildren(features.length ? this.#table(features) : element("p", { className: "empty" }, this.texts.filter_none));
    body.scrollTop = 0;
  }

  #fail(sentence, pages) {
    const again = element("button", { type: "button", className: "action" }, this.texts.retry);
    again.addEventListener("click", () => this.#turn(pages));
    body.replaceChildren(element("p", { className: "fault", role: "alert" }, sentence), again);
    count.textContent = "";
    previous.disabled = next.disabled = true;
  }

  #table(features) {
    const fields = this.filter.fields.filter((field) => features.some((one) => one.properties[field.name] !== null && one.properties[field.name] !== undefined) || field.name === this.sort.replace("-", ""));
    const heads = fields.map((field) => this.#head(field));
    const head = element("tr", {}, element("th", { scope: "col" }, element("span", { className: "hidden" }, this.texts.table_show)), ...heads);
    const rows = features.map((one, place) => this.#row(one, fields, place));
    return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  }

  #head(field) {
    const direction = { [field.name]: "ascending", [`-${field.name}`]: "descending" }[this.sort] ?? "none";
    const button = element("button", { type: "button" }, field.title, element("span", { ariaHidden: "true" }, { ascending: " ▲", descending: " ▼", none: "" }[direction]));
    button.addEventListener("click", async () => {
      this.sort = direction === "ascending" ? `-${field.name}` : field.name;
      this.onchange();
      await this.#turn([null]);
      [...body.querySelectorAll("th button")].find((one) => one.dataset.field === field.name)?.focus();
    });
    button.dataset.field = field.name;
    const head = element("th", { scope: "col" }, button);
    head.setAttribute("aria-sort", direction);
    return head;
  }

  #row(feature, fields, place) {
    const { layer } = this.filter;
    const show = (focus) => {
      this.picker.found = [];
      this.picker.show({ layer, id: feature.id }, { zoom: true, focus });
    };
    const go = element("button", { type: "button", className: "plain" }, "⌖");
    go.setAttribute("aria-label", `${this.texts.zoom_to}: ${this.#words(feature, fields) || place + 1}`);
    go.addEventListener("click", (event) => {
      event.stopPropagation();
      show(true);
    });
    const cells = fields.map((field) => {
      const cell = element("td", {}, this.#value(field, feature.properties[field.name]));
      if (field.kind === "number" && !field.oneOf) cell.className = "number";
      return cell;
    });
    const row = element("tr", {}, element("td", {}, go), ...cells);
    row.addEventListener("click", () => show(false));
    return row;
  }

  #words(feature, fields) {
    const named = fields.find((field) => field.name === this.filter.settings.layers.find((one) => one.id === this.filter.layer).display);
    return named ? this.#value(named, feature.properties[named.name]) : "";
  }

  #value(field, value) {
    if (value === null || value === undefined) return "";
    if (field.oneOf) return field.oneOf.find((one) => one.const === value)?.title ?? String(value);
    if (field.kind === "date") return day(value);
    if (field.kind === "moment") return moment(value);
    if (field.kind === "boolean") return value ? this.texts.yes : this.texts.no;
    return field.kind === "number" ? number(value) : String(value);
  }
}
