// The planners' map: puts the map and its tools together; a tool's script is fetched when it is first wanted.
import { followChanges } from "/static/changes.js";
import { showCoordinates } from "/static/coordinates.js";
import { LayerTree } from "/static/layers.js";
import { addControls, begin, loadStyle, newMap, openSheets, settings, watchLoading } from "/static/map_setup.js";
import { clearNotice } from "/static/notice.js";
import { keepParts, keepViewBetweenLanguages, readParts, readPermalink } from "/static/permalink.js";
import { DatedTiles, Days } from "/static/planning_days.js";
import { MeasureControl } from "/static/planning_measure.js";
import { PlanningPicker } from "/static/planning_picker.js";
import { chooseTab, currentTab, listenToTabs } from "/static/planning_tabs.js";
import { Views } from "/static/planning_views.js";
import { addRasters } from "/static/rasters.js";
import { Search } from "/static/search.js";

const { texts } = settings;

class Page {
  // What has been fetched so far: filter, table, area, compare, output.
  tools = {};
  #fetching = {};

  constructor(map, tree, tiles, days) {
    Object.assign(this, { map, tree, tiles, days });
    this.views = new Views();
    this.parts = readParts();
    this.picker = new PlanningPicker(this.#firstMap(), settings, tree, (one) => this.tools.compare?.dayOf(one) ?? days.day, (layer, id) => Boolean(this.tools.filter?.hides(layer, id)));
    this.picker.onarea = (_layer, _id, geometry, name) => this.#takeArea(geometry, name);
    this.picker.onchange = tree.onchange = () => this.remember();
    days.onchange = () => this.#dayChanged();
    map.addControl(new MeasureControl(texts, this.views, this.picker), "top-left");
    listenToTabs((name) => this.#opened(name));
  }

  // Everything that the address asks for.
  async restore() {
    const { parts } = this;
    const filter = parts.get("filter");
    if (parts.get("tab")) chooseTab(parts.get("tab"));
    if (filter) await (await this.tool("filter")).restore(parsed(filter));
    if (parts.get("area")) (await this.tool("area")).restore(parts.get("area"));
    if (parts.get("than")) (await this.tool("compare")).restore(parts);
    await this.#opened(currentTab());
    this.restored = true;
    this.remember();
  }

  remember() {
    if (!this.restored) return;
    const { filter, table, area, compare } = this.tools;
    const changed = Object.entries(this.tree.changes()).map(([id, on]) => (on ? id : `-${id}`));
    const fades = Object.entries(this.tree.fades()).map(([id, percent]) => `${id}:${percent}`);
    const feature = this.picker.shown;
    const kept = filter?.kept();
    keepParts({
      layers: changed.join(","), opacity: fades.join(","), feature: feature && `${feature.layer}.${feature.id}`,
      day: this.days.isToday ? "" : this.days.day, filter: kept && JSON.stringify(kept), sort: kept && table?.sort, area: area?.kept(),
      than: "", swipe: "", changes: "", ...compare?.kept(), tab: currentTab() === "tree" ? "" : currentTab(),
    });
    this.tools.output?.show();
  }

  // What somebody has changed meanwhile is asked for again.
  changed(layers) {
    const { filter, area, compare } = this.tools;
    if (layers.includes(filter?.layer)) filter.again();
    if (!layers.includes("planning_zones") && !layers.includes("plans")) return;
    area?.again();
    if (compare?.listed) compare.list();
  }

  // The tool `name`, fetched on first use.
  tool(name) {
    this.#fetching[name] ??= TOOLS[name](this).then((made) => (this.tools[name] = made));
    return this.#fetching[name];
  }

  #firstMap() {
    this.views.add(this.map);
    return this.views;
  }

  async #opened(name) {
    if (name !== "tree") {
      const pane = document.getElementById(`pane-${name}`);
      pane.inert = true; // until its script is there to answer
      await this.tool(name);
      pane.inert = false;
    }
    if (name === "filter" && !this.tools.filter.fields.length) await this.tools.filter.restore(null);
    this.remember();
  }

  async #takeArea(geometry, name) {
    const area = await this.tool("area");
    chooseTab("area");
    document.getElementById("layers").classList.add("open");
    area.take(geometry, name);
  }

  #dayChanged() {
    this.tiles.apply(this.map, this.days.day);
    const { filter, area, compare } = this.tools;
    compare?.again();
    markDay(this.days, compare);
    filter?.again();
    area?.again();
    this.picker.again();
    this.remember();
  }
}

const TOOLS = {
  filter: async (page) => {
    const [{ Filter }, { Table }] = await Promise.all([import("/static/planning_filter.js"), import("/static/planning_table.js")]);
    const filter = new Filter(page.views, page.tree, settings, page.days);
    const table = new Table(filter, page.picker, texts);
    table.sort = (page.parts.get("filter") && page.parts.get("sort")) ?? "";
    page.tools.table = table;
    table.onchange = () => page.remember();
    filter.onchange = () => {
      if (filter.layer) table.open();
      else table.clear();
      page.remember();
    };
    return filter;
  },
  area: async (page) => {
    const { Area } = await import("/static/planning_area.js");
    const area = new Area(page.views, page.picker, settings, page.days);
    area.onchange = () => page.remember();
    return area;
  },
  compare: async (page) => {
    const { Compare } = await import("/static/planning_compare.js");
    const compare = new Compare(page.views, page.tree, page.tiles, page.days, settings);
    compare.onchange = () => page.remember();
    compare.onmap = (map) => page.tools.filter?.dress([map]);
    return compare;
  },
  output: async (page) => {
    const [{ Output }] = await Promise.all([import("/static/planning_output.js"), page.tool("area"), page.tool("filter")]);
    const { filter, area } = page.tools;
    return new Output({ views: page.views, tree: page.tree, days: page.days, settings, filter, area });
  },
};

// Before anything is compared there is one mark: the day, where it is not today.
function markDay(days, compare) {
  if (compare) return compare.mark();
  const mark = document.getElementById("day-mark");
  mark.hidden = days.isToday;
  mark.textContent = days.day.split("-").reverse().join("/");
}

function parsed(words) {
  try {
    return JSON.parse(words);
  } catch {
    return null; // an address that somebody has cut short
  }
}

function percentages(words) {
  const pairs = (words ?? "").split(",").map((one) => one.split(":"));
  return Object.fromEntries(pairs.filter(([, percent]) => /^\d{1,3}$/.test(percent ?? "")));
}

begin(async () => {
  openSheets();
  keepViewBetweenLanguages();
  const permalink = readPermalink();
  const tree = new LayerTree(settings.layers, permalink.layers, percentages(readParts().get("opacity")));
  const days = new Days(settings, readParts().get("day"));
  const style = addRasters(await loadStyle(), settings.rasters);
  const tiles = new DatedTiles(style, settings);
  const map = newMap(tree.dress(tiles.dress(style, days.day)));
  if (!map) return;
  addControls(map);
  watchLoading(map);
  showCoordinates(map);
  tree.follow(map);
  map.once("style.load", () => {
    const page = new Page(map, tree, tiles, days);
    const search = new Search(map, page.picker, settings);
    markDay(days);
    map.once("load", async () => {
      followChanges(() => page.views.maps, (layers) => page.changed(layers));
      await page.restore();
      if (permalink.feature) page.picker.show(permalink.feature);
      search.start();
      document.body.dataset.ready = "yes";
    });
  });
  addEventListener("beforeprint", () => map.redraw());
  addEventListener("online", clearNotice);
});
