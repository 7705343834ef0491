// The day as of which plans are shown: a field, a slider over the days on which plans changed, and the tiles' addresses.
import { day as words } from "/static/planning_words.js";

const form = document.getElementById("day-form");
const field = document.getElementById("day");
const slider = document.getElementById("day-slider");
const todayButton = document.getElementById("day-today");
const spelt = document.getElementById("day-words"); // the field itself follows the browser's language
const fault = document.getElementById("day-fault");

export function isDay(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(text));
}

export class Days {
  constructor(settings, kept) {
    this.texts = settings.texts;
    this.today = settings.today;
    this.stops = [...new Set([...settings.days, this.today])].sort();
    this.day = isDay(kept) ? kept : this.today;
    this.onchange = () => {};
    if (slider) slider.max = this.stops.length - 1;
    this.#show();
    form.addEventListener("submit", (event) => event.preventDefault());
    field.addEventListener("change", () => this.#typed());
    todayButton.addEventListener("click", () => this.set(this.today));
    slider?.addEventListener("input", () => this.#show(this.stops[slider.value]));
    slider?.addEventListener("change", () => this.set(this.stops[slider.value]));
  }

  get isToday() {
    return this.day === this.today;
  }

  set(day) {
    const changed = day !== this.day;
    this.day = day;
    this.#show();
    if (changed) this.onchange();
  }

  #typed() {
    if (isDay(field.value)) return this.set(field.value);
    fault.textContent = this.texts.bad_day;
    field.setAttribute("aria-invalid", "true");
  }

  #show(day = this.day) {
    field.value = day;
    spelt.textContent = words(day);
    field.removeAttribute("aria-invalid");
    fault.textContent = "";
    todayButton.hidden = day === this.today;
    if (!slider) return;
    slider.value = Math.max(0, this.stops.findLastIndex((one) => one <= day));
    slider.setAttribute("aria-valuetext", words(day));
  }
}

// The addresses of each layer's tiles as of a day; layers without legal validity have one for all days.
export class DatedTiles {
  constructor(style, settings) {
    const valid = settings.layers.filter((one) => one.validity && style.sources[one.id]);
    this.addresses = new Map(valid.map((one) => [one.id, style.sources[one.id].tiles[0]]));
    this.today = settings.today;
  }

  dress(style, day) {
    for (const id of this.addresses.keys()) style.sources[id].tiles = [this.#address(id, day)];
    return style;
  }

  apply(map, day) {
    for (const id of this.addresses.keys()) map.getSource(id)?.setTiles([this.#address(id, day)]);
  }

  #address(id, day) {
    return this.addresses.get(id) + (day === this.today ? "" : `&datetime=${day}`);
  }
}
