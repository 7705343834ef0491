// What an area is planned for: m² and percent of each zone, plan by plan, as of the day of the map; and the same as CSV.
import { element } from "/static/element.js";
import { day, filled, number, refusal, squareMetres } from "/static/planning_words.js";

const place = document.getElementById("shares");
const COLUMNS = ["plan_level", "plan_code", "plan_version", "decision_no", "valid_from", "zone_symbol", "land_use_code", "zone_function", "area_m2", "percent"];

export class Shares {
  #asked = 0;

  constructor(settings, days) {
    Object.assign(this, { settings, days, texts: settings.texts });
  }

  clear() {
    this.#asked += 1;
    place.replaceChildren();
  }

  async ask(geometry, name) {
    const asked = (this.#asked += 1);
    place.replaceChildren(element("p", { className: "note" }, this.texts.loading));
    const headers = { "Content-Type": "application/json", ...(this.settings.csrf ? { "X-CSRF-Token": this.settings.csrf } : {}) };
    const body = JSON.stringify({ inputs: { area: geometry, day: this.days.day } });
    const answer = await fetch("/ogc/processes/zone-report/execution", { method: "POST", headers, body }).catch(() => null);
    if (asked !== this.#asked) return;
    if (!answer?.ok) {
      const again = element("button", { type: "button", className: "action" }, this.texts.retry);
      again.addEventListener("click", () => this.ask(geometry, name));
      place.replaceChildren(element("p", { className: "fault", role: "alert" }, await refusal(answer, this.texts.offline)), again);
      return;
    }
    this.#show((await answer.json()).result, name);
  }

  #show(report, name) {
    const title = element("h3", { tabIndex: -1, id: "shares-title" }, name || this.texts.area_drawn);
    const lead = filled(this.texts.shares_lead, { area: squareMetres(report.area_m2), day: day(report.day) });
    const plans = report.plans.map((plan) => this.#plan(plan));
    const none = report.plans.length ? [] : [element("p", { className: "empty" }, this.texts.shares_none)];
    const csv = element("button", { type: "button", className: "action", id: "shares-csv" }, this.texts.shares_csv);
    csv.addEventListener("click", () => this.#save(report));
    place.replaceChildren(title, element("p", {}, lead), ...plans, ...none, ...(plans.length ? [csv] : []), element("p", { className: "note" }, this.texts.shares_note));
  }

  #plan(plan) {
    const [first] = plan.zones;
    const about = first ? [first.plan_name, `${this.texts.version} ${first.plan_version}`, first.decision_no && `${this.texts.decision} ${first.decision_no}`].filter(Boolean).join(" · ") : "";
    const rows = plan.zones.map((zone) => this.#line(`${zone.zone_symbol} · ${this.#use(zone)}`, zone.area_m2, zone.percent));
    if (plan.slivers.count) rows.push(this.#line(filled(this.texts.shares_slivers, { count: plan.slivers.count }), plan.slivers.area_m2, plan.slivers.percent, "soft"));
    if (plan.unplanned_m2 > 0) rows.push(this.#line(this.texts.shares_unplanned, plan.unplanned_m2, plan.unplanned_percent, "soft"));
    const total = sum(plan);
    const foot = element("tfoot", {}, this.#line(this.texts.shares_total, plan.total_m2, total));
    const head = element("tr", {}, ...[this.texts.shares_zone, "m²", "%"].map((words, at) => element("th", { scope: "col", className: at ? "number" : "" }, words)));
    const caption = element("caption", {}, element("b", {}, `${plan.plan_code ?? ""} `), about);
    const table = element("table", { className: "shares" }, caption, element("thead", {}, head), element("tbody", {}, ...rows), foot);
    const overlap = plan.overlapping_m2 > 0 ? [element("p", { className: "fault" }, filled(this.texts.shares_overlap, { area: squareMetres(plan.overlapping_m2) }))] : [];
    return element("div", { className: "plan-shares" }, table, ...overlap);
  }

  #line(words, area, percent, className = "") {
    const name = element("th", { scope: "row" }, words);
    return element("tr", { className }, name, element("td", { className: "number" }, number(area, 2, 2)), element("td", { className: "number" }, number(percent, 1, 1)));
  }

  #use(zone) {
    const entry = document.querySelector(`[data-layer="planning_zones"] .classes li[data-code="${CSS.escape(zone.land_use_code ?? "")}"] span`);
    return entry ? `${entry.textContent} (${zone.land_use_code})` : (zone.zone_function ?? "");
  }

  #save(report) {
    const lines = report.plans.flatMap((plan) => {
      const about = { plan_level: plan.plan_level, plan_code: plan.plan_code };
      return [
        ...plan.zones,
        { ...about, zone_function: filled(this.texts.shares_slivers, { count: plan.slivers.count }), ...plan.slivers },
        { ...about, zone_function: this.texts.shares_unplanned, area_m2: plan.unplanned_m2, percent: plan.unplanned_percent },
        { ...about, zone_function: this.texts.shares_total, area_m2: plan.total_m2, percent: sum(plan) },
      ];
    });
    const cell = (value) => (/[",\n]/.test(String(value ?? "")) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
    const rows = [COLUMNS, ...lines.map((line) => COLUMNS.map((name) => line[name]))];
    save(new Blob(["\ufeff", rows.map((row) => row.map(cell).join(",")).join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }), `quy-hoach-${report.day}.csv`);
  }
}

// In whole tenths: floating-point sums of tenths are not exact.
function sum(plan) {
  const parts = [...plan.zones.map((one) => one.percent), plan.slivers.percent, plan.unplanned_percent];
  return parts.reduce((tenths, percent) => tenths + Math.round(percent * 10), 0) / 10;
}

export function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
