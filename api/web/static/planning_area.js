// The area that is asked about: drawn, uploaded, or taken over from a feature; what it is planned for is in shares.js.
import { Shares } from "/static/planning_shares.js";
import { Sketch } from "/static/planning_sketch.js";
import { boxOf } from "/static/planning_views.js";
import { filled, number, refusal } from "/static/planning_words.js";

const MOST_KEPT = 200; // corners that an address keeps
const LARGEST = 5 << 20;
const button = Object.fromEntries(["draw", "undo", "redo", "finish", "clear"].map((name) => [name, document.getElementById(`area-${name}`)]));
const file = document.getElementById("area-file");
const hint = document.getElementById("area-hint");
const status = document.getElementById("area-status");

export class Area {
  constructor(views, picker, settings, days) {
    Object.assign(this, { views, picker, settings, texts: settings.texts });
    this.geometry = null; // in degrees
    this.name = "";
    this.onchange = () => {};
    this.shares = new Shares(settings, days);
    views.overlay("area", [
      { type: "fill", paint: { "fill-color": "#b3005e", "fill-opacity": 0.08 } },
      { type: "line", paint: { "line-color": "#b3005e", "line-width": 3 } },
    ]);
    this.sketch = new Sketch(views, "area-sketch", "#b3005e", true);
    this.sketch.onchange = () => this.#drawing();
    this.sketch.onfinish = () => this.#finish();
    this.sketch.onescape = () => this.#stop();
    button.draw.addEventListener("click", () => (this.sketch.active ? this.#stop() : this.#draw()));
    button.undo.addEventListener("click", () => this.sketch.undo());
    button.redo.addEventListener("click", () => this.sketch.redo());
    button.finish.addEventListener("click", () => this.sketch.finish());
    button.clear.addEventListener("click", () => this.clear());
    file.addEventListener("change", () => file.files.length && this.#upload(file.files[0]));
  }

  // Asks about an area from elsewhere.
  take(geometry, name, { fly = false } = {}) {
    this.#stop();
    this.geometry = geometry;
    this.name = name;
    this.views.draw("area", [{ type: "Feature", properties: {}, geometry }]);
    status.textContent = "";
    button.clear.disabled = false;
    if (fly) this.views.fit(boxOf(geometry));
    this.onchange();
    return this.shares.ask(geometry, name);
  }

  again() {
    if (this.geometry) this.shares.ask(this.geometry, this.name);
  }

  clear() {
    this.#stop();
    this.sketch.forget();
    this.geometry = null;
    this.views.draw("area", []);
    this.shares.clear();
    status.textContent = "";
    file.value = "";
    this.#buttons();
    this.onchange();
  }

  // As an address keeps it: rings `lon,lat;…`, `!` between rings, `_` between polygons; empty where there is too much.
  kept() {
    if (!this.geometry) return "";
    const parts = this.geometry.type === "Polygon" ? [this.geometry.coordinates] : this.geometry.coordinates;
    if (parts.flat(2).length > MOST_KEPT) return "";
    return parts.map((part) => part.map((ring) => ring.slice(0, -1).map((one) => one.map((value) => Number(value.toFixed(7))).join(",")).join(";")).join("!")).join("_");
  }

  get tooLargeToKeep() {
    return Boolean(this.geometry) && !this.kept();
  }

  restore(kept) {
    if (!/^[-\d.,;!_]+$/.test(kept ?? "")) return;
    const parts = kept.split("_").map((part) => part.split("!").map((ring) => {
      const points = ring.split(";").map((pair) => pair.split(",").map(Number));
      return [...points, points[0]];
    }));
    const sound = parts.flat().every((ring) => ring.length > 3 && ring.every((one) => one.length === 2 && one.every(Number.isFinite)));
    if (sound) this.take(parts.length > 1 ? { type: "MultiPolygon", coordinates: parts } : { type: "Polygon", coordinates: parts[0] }, "");
  }

  #draw() {
    this.picker.close({ focus: false });
    this.picker.paused = true;
    if (this.geometry) this.clear();
    this.picker.paused = true;
    document.getElementById("layers").classList.remove("open");
    this.sketch.start();
    status.textContent = this.texts.area_start;
    this.#buttons();
  }

  #stop() {
    if (!this.sketch.active) return;
    this.sketch.stop();
    this.sketch.forget();
    this.picker.paused = false;
    status.textContent = "";
    this.#buttons();
  }

  #drawing() {
    const { length } = this.sketch.points;
    if (this.sketch.active) status.textContent = length ? filled(this.texts.area_corners, { count: number(length, 0) }) : this.texts.area_start;
    this.#buttons();
  }

  #finish() {
    const points = this.sketch.points;
    this.take({ type: "Polygon", coordinates: [[...points, points[0]]] }, this.texts.area_drawn);
    this.#buttons();
    button.draw.focus();
  }

  #buttons() {
    const { active } = this.sketch;
    button.draw.setAttribute("aria-pressed", String(active));
    button.draw.textContent = active ? this.texts.area_cancel : this.texts.area_draw;
    button.undo.disabled = !active || !this.sketch.canUndo;
    button.redo.disabled = !active || !this.sketch.canRedo;
    button.finish.disabled = !active || this.sketch.points.length < 3;
    button.clear.disabled = !this.geometry && !this.sketch.points.length;
    hint.hidden = !active;
  }

  async #upload(chosen) {
    if (chosen.size > LARGEST) {
      status.textContent = filled(this.texts.area_too_large, { size: number(chosen.size / 2 ** 20, 1), most: LARGEST >> 20 });
      return;
    }
    status.textContent = this.texts.loading;
    const headers = { "Content-Type": "application/octet-stream", ...(this.settings.csrf ? { "X-CSRF-Token": this.settings.csrf } : {}) };
    const answer = await fetch(`/planning/area?name=${encodeURIComponent(chosen.name)}`, { method: "POST", body: chosen, headers }).catch(() => null);
    file.value = ""; // the same file may be chosen again once it is mended
    if (!answer?.ok) {
      status.textContent = await refusal(answer, this.texts.offline);
      return;
    }
    const { area, name } = await answer.json();
    this.take(area, name, { fly: true });
  }
}
