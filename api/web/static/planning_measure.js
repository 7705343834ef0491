// Measuring distances and areas; the figures are the server's, in the plane of VN-2000, like those of the cadastre.
import { element } from "/static/element.js";
import { Sketch } from "/static/planning_sketch.js";
import { filled, metres, refusal, squareMetres } from "/static/planning_words.js";

const MOST = 400; // corners that the server measures
const box = document.getElementById("measure");
const output = document.getElementById("measured");
const SIGNS = {
  distance: "M2 14L14 2M2 14l3.5-1M2 14l1-3.5M14 2l-3.5 1M14 2l-1 3.5",
  area: "M3 12.5L5 3.5l8.5 1-1.5 9z",
};

// Two buttons under those for the zoom; the one pressed is the tool in use.
export class MeasureControl {
  constructor(texts, views, picker) {
    Object.assign(this, { texts, views, picker });
    this.buttons = {};
    this.sketches = {};
    this.tool = null;
    box.addEventListener("click", (event) => this.#pressed(event.target.dataset.sketch));
    box.addEventListener("keydown", (event) => event.key === "Escape" && this.choose(null));
  }

  onAdd() {
    this.container = element("div", { className: "maplibregl-ctrl maplibregl-ctrl-group" }, this.#button("distance"), this.#button("area"));
    return this.container;
  }

  onRemove() {
    this.container.remove();
  }

  choose(tool) {
    this.#sketch()?.stop();
    this.#sketch()?.forget();
    this.tool = tool === this.tool ? null : tool;
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === this.tool));
    box.hidden = !this.tool;
    this.picker.paused = Boolean(this.tool);
    if (!this.tool) return this.views.main.getCanvas().focus();
    this.picker.close({ focus: false });
    this.#tell(this.texts[`measure_${this.tool}_start`]);
    this.#sketch().start();
  }

  #sketch() {
    if (!this.tool) return null;
    const { tool } = this;
    this.sketches[tool] ??= this.#made(tool);
    return this.sketches[tool];
  }

  #made(tool) {
    const sketch = new Sketch(this.views, `measure-${tool}`, "#0b5fb0", tool === "area");
    sketch.onchange = () => this.tool === tool && this.#measure(sketch.points);
    sketch.onfinish = () => sketch.stop();
    sketch.onescape = () => this.choose(null);
    return sketch;
  }

  async #measure(points) {
    const { tool } = this;
    if (points.length < (tool === "area" ? 3 : 2)) return this.#tell(this.texts[`measure_${tool}_start`]);
    if (points.length > MOST) return this.#tell(filled(this.texts.measure_most, { most: MOST }));
    const words = points.map((one) => one.map((value) => value.toFixed(7)).join(",")).join(";");
    const answer = await fetch(`/planning/measure?points=${words}`).catch(() => null);
    if (!answer?.ok) return this.#tell(await refusal(answer, this.texts.offline));
    const found = await answer.json();
    if (tool !== this.tool || points !== this.#sketch().points) return;
    if (tool === "distance") return this.#tell(filled(this.texts.measured_distance, { length: metres(found.length_m) }));
    if (found.crosses) return this.#tell(this.texts.crosses);
    this.#tell(filled(this.texts.measured_area, { area: squareMetres(found.area_m2), perimeter: metres(found.perimeter_m) }));
  }

  #pressed(what) {
    if (what === "close") this.choose(null);
    else if (what === "undo") this.#sketch().undo();
    else if (what === "clear") {
      this.#sketch().clear();
      this.#sketch().start();
    }
  }

  #button(tool) {
    const button = element("button", { type: "button", title: this.texts[`measure_${tool}`], className: "measure-button" });
    button.innerHTML = `<svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true"><path d="${SIGNS[tool]}" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/></svg>`;
    button.setAttribute("aria-label", this.texts[`measure_${tool}`]);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => this.choose(tool));
    this.buttons[tool] = button;
    return button;
  }

  #tell(sentence) {
    output.textContent = sentence;
  }
}
