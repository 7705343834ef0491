// Two days side by side: a second map under a divider that is moved by mouse, finger or keys, and the list of changes.
import { newMap } from "/static/map_setup.js";
import { Changes } from "/static/planning_changes.js";
import { isDay } from "/static/planning_days.js";
import { day as words } from "/static/planning_words.js";

const stage = document.getElementById("maps");
const container = document.getElementById("map-other");
const divider = document.getElementById("divider");
const field = document.getElementById("other-day");
const box = document.getElementById("swipe");
const marks = [document.getElementById("day-mark"), document.getElementById("day-mark-other")];
const STEPS = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10 };

// The day of the main map is on the right of the divider, the other day on its left: time runs from left to right.
export class Compare {
  #moving = false;

  constructor(views, tree, tiles, days, settings) {
    Object.assign(this, { views, tree, tiles, days, texts: settings.texts });
    this.changes = new Changes(views, settings.texts);
    this.other = null; // the second map
    this.share = 50; // percent of the width on the left of the divider
    this.listed = false;
    this.onchange = () => {};
    this.onmap = () => {};
    field.value = settings.eve;
    field.addEventListener("change", () => this.#changed());
    box.addEventListener("change", () => (box.checked ? this.open() : this.close()));
    document.getElementById("compare-start").addEventListener("click", () => this.list());
    for (const chip of document.querySelectorAll("[data-version]")) chip.addEventListener("click", () => this.#version(chip.dataset.version));
    divider.addEventListener("pointerdown", (event) => this.#drag(event));
    divider.addEventListener("keydown", (event) => this.#key(event));
  }

  get day() {
    return isDay(field.value) ? field.value : this.days.today;
  }

  dayOf(map) {
    return map === this.other ? this.day : this.days.day;
  }

  kept() {
    return { than: this.other || this.listed ? this.day : "", swipe: this.other ? String(Math.round(this.share)) : "", changes: this.listed ? "1" : "" };
  }

  restore(parts) {
    if (!isDay(parts.get("than"))) return;
    field.value = parts.get("than");
    if (parts.get("changes")) this.list();
    if (!parts.get("swipe")) return;
    box.checked = true;
    this.share = Math.min(100, Math.max(0, Number(parts.get("swipe")) || 50));
    this.open();
  }

  list() {
    this.listed = true;
    this.onchange();
    const [before, after] = [this.day, this.days.day].sort();
    return this.changes.ask(before, after);
  }

  // After the day of the main map has changed.
  again() {
    this.mark();
    if (this.listed) this.list();
  }

  open() {
    if (this.other) return;
    container.hidden = false;
    const { main } = this.views;
    const style = this.tiles.dress(structuredClone(main.getStyle()), this.day);
    const view = { center: main.getCenter(), zoom: main.getZoom(), bearing: main.getBearing(), pitch: main.getPitch(), bounds: undefined };
    const map = newMap(style, { container, hash: false, ...view }, this.texts.other_map);
    if (!map) return this.close();
    this.other = map;
    map.once("load", () => {
      if (map !== this.other) return;
      this.views.add(map);
      this.tree.follow(map);
      this.onmap(map);
    });
    main.on("move", this.#follow);
    map.on("move", this.#lead);
    divider.hidden = false;
    this.#place();
    this.mark();
    this.onchange();
  }

  close() {
    box.checked = false;
    if (!this.other) return;
    this.views.main.off("move", this.#follow);
    this.views.remove(this.other);
    this.tree.leave(this.other);
    this.other.remove();
    this.other = null;
    container.hidden = divider.hidden = true;
    this.mark();
    this.onchange();
  }

  // Which day a map shows is written on it, where it is not simply today.
  mark() {
    const days = [this.days.day, this.other ? this.day : null];
    for (const [place, mark] of marks.entries()) {
      mark.hidden = !days[place] || (place === 0 && !this.other && this.days.isToday);
      mark.textContent = days[place] ? words(days[place]) : "";
    }
  }

  #follow = () => this.#together(this.views.main, this.other);
  #lead = () => this.#together(this.other, this.views.main);

  #together(leader, follower) {
    if (this.#moving) return;
    this.#moving = true;
    follower.jumpTo({ center: leader.getCenter(), zoom: leader.getZoom(), bearing: leader.getBearing(), pitch: leader.getPitch() });
    this.#moving = false;
  }

  #changed() {
    if (!isDay(field.value)) return field.setAttribute("aria-invalid", "true");
    field.removeAttribute("aria-invalid");
    if (this.other) this.tiles.apply(this.other, this.day);
    this.mark();
    if (this.listed) this.list();
    this.onchange();
  }

  // A day on which plans changed, against the day before.
  #version(day) {
    field.value = new Date(Date.parse(`${day}T00:00:00Z`) - 864e5).toISOString().slice(0, 10);
    this.listed = true;
    const before = this.days.day;
    this.days.set(day);
    this.#changed();
    if (before === day) this.list();
  }

  #place() {
    stage.style.setProperty("--swipe", `${this.share}%`);
    divider.setAttribute("aria-valuenow", String(Math.round(this.share)));
    divider.setAttribute("aria-valuetext", `${words(this.day)} ${Math.round(this.share)}% · ${words(this.days.day)} ${100 - Math.round(this.share)}%`);
  }

  #move(share) {
    this.share = Math.min(100, Math.max(0, share));
    this.#place();
  }

  #drag(event) {
    event.preventDefault();
    divider.setPointerCapture(event.pointerId);
    divider.focus();
    const move = (moved) => {
      const { left, width } = stage.getBoundingClientRect();
      this.#move(((moved.clientX - left) / width) * 100);
    };
    const end = () => {
      divider.removeEventListener("pointermove", move);
      this.onchange();
    };
    divider.addEventListener("pointermove", move);
    divider.addEventListener("pointerup", end, { once: true });
    divider.addEventListener("pointercancel", end, { once: true });
  }

  #key(event) {
    if (event.key in STEPS) this.#move(this.share + STEPS[event.key]);
    else if (event.key === "Home" || event.key === "End") this.#move(event.key === "Home" ? 0 : 100);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.onchange();
  }
}
