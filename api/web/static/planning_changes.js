// What changed between two days: a list by size, drawn on the map; a line flies to its place.
import { element } from "/static/element.js";
import { boxOf } from "/static/planning_views.js";
import { day, filled, number, refusal, squareMetres } from "/static/planning_words.js";

const COLOURS = { added: "#1b7f3b", removed: "#b3261e", changed: "#8a3ffc", limits: "#0b5fb0" };
const SIGNS = { added: "+", removed: "−", changed: "↔", limits: "≈" };
const place = document.getElementById("changes");
const status = document.getElementById("changes-status");

export class Changes {
  #asked = 0;

  constructor(views, texts) {
    Object.assign(this, { views, texts });
    const colour = ["match", ["get", "kind"], ...Object.entries(COLOURS).flat(), "#555555"];
    views.overlay("changes", [
      { type: "fill", paint: { "fill-color": colour, "fill-opacity": 0.35 } },
      { type: "line", paint: { "line-color": colour, "line-width": 2 } },
    ]);
  }

  clear() {
    this.#asked += 1;
    place.replaceChildren();
    status.textContent = "";
    this.views.draw("changes", []);
  }

  async ask(before, after) {
    const asked = (this.#asked += 1);
    status.textContent = this.texts.loading;
    place.replaceChildren();
    const answer = await fetch(`/planning/changes?from=${before}&to=${after}`).catch(() => null);
    if (asked !== this.#asked) return;
    if (!answer?.ok) {
      this.views.draw("changes", []);
      status.textContent = await refusal(answer, this.texts.offline);
      return;
    }
    this.#show(await answer.json());
  }

  #show({ from, to, totals, listed, changes }) {
    this.views.draw("changes", changes.features);
    const days = { from: day(from), to: day(to) };
    const kinds = Object.keys(COLOURS).filter((kind) => totals[kind]);
    const all = kinds.reduce((count, kind) => count + totals[kind].count, 0);
    status.textContent = filled(all ? this.texts.changes_lead : this.texts.changes_none, { ...days, count: number(all, 0) });
    if (!all) return;
    const rows = kinds.map((kind) => this.#total(kind, totals[kind]));
    const quiet = ["unchanged", "sliver"].filter((kind) => totals[kind]).map((kind) => this.#total(kind, totals[kind]));
    const parts = [element("ul", { className: "totals" }, ...rows, ...quiet)];
    if (listed < all) parts.push(element("p", { className: "note" }, filled(this.texts.changes_most, { listed: number(listed, 0), count: number(all, 0) })));
    const list = element("ol", { className: "picked changes" }, ...changes.features.map((one) => this.#entry(one)));
    place.replaceChildren(...parts, list);
  }

  #total(kind, { count, area_m2: area }) {
    return element("li", { className: `kind-${kind}` }, this.#sign(kind), ` ${this.texts[`change_${kind}`]}: ${number(count, 0)} · ${squareMetres(area)}`);
  }

  #entry({ geometry, properties: { kind, plan_code: plan, area_m2: area, before, after } }) {
    const button = element("button", { type: "button" }, this.#sign(kind), element("span", {}, ` ${this.#zones(before, after)}`), element("small", {}, `${plan ?? ""} · ${squareMetres(area)}`), ...this.#limits(kind, before, after));
    button.setAttribute("aria-label", `${this.texts[`change_${kind}`]}: ${button.textContent.slice(1)}`);
    button.addEventListener("click", () => this.views.fit(boxOf(geometry), { padding: 120 }));
    return element("li", {}, button);
  }

  #sign(kind) {
    return element("b", { className: `sign sign-${kind}`, ariaHidden: "true" }, SIGNS[kind] ?? "=");
  }

  #zones(before, after) {
    const named = (zone) => `${zone.symbol} (${zone.function ?? zone.land_use ?? "?"})`;
    return before && after ? `${named(before)} → ${named(after)}` : named(before ?? after);
  }

  // Which limits differ, from what to what.
  #limits(kind, before, after) {
    if (kind !== "limits") return [];
    const names = ["density_pct", "floor_area_ratio", "floors_max", "height_max_m"];
    const words = names.filter((name) => before[name] !== after[name]).map((name) => `${this.texts[name]} ${before[name] ?? "–"} → ${after[name] ?? "–"}`);
    return words.length ? [element("small", {}, words.join("; "))] : [];
  }
}
