// The map page: puts the map together from the settings that the server wrote into the page.
import { followChanges } from "/static/changes.js";
import { showCoordinates } from "/static/coordinates.js";
import { LayerTree } from "/static/layers.js";
import { addControls, begin, loadStyle, newMap, openSheets, settings, watchLoading } from "/static/map_setup.js";
import { clearNotice } from "/static/notice.js";
import { keepViewBetweenLanguages, readPermalink, writePermalink } from "/static/permalink.js";
import { Picker } from "/static/picker.js";
import { addRasters } from "/static/rasters.js";
import { Search } from "/static/search.js";

begin(async () => {
  openSheets();
  keepViewBetweenLanguages();
  const permalink = readPermalink();
  const tree = new LayerTree(settings.layers, permalink.layers);
  const map = newMap(tree.dress(addRasters(await loadStyle(), settings.rasters)));
  if (!map) return;
  addControls(map);
  watchLoading(map);
  showCoordinates(map);
  tree.follow(map);
  const picker = new Picker(map, settings);
  const search = new Search(map, picker, settings);
  const remember = () => writePermalink({ layers: tree.changes(), feature: picker.shown });
  tree.onchange = remember;
  picker.onchange = remember;
  map.once("load", () => {
    followChanges(() => [map]);
    if (permalink.feature) picker.show(permalink.feature);
    search.start();
  });
  addEventListener("beforeprint", () => map.redraw());
  addEventListener("online", clearNotice);
});
