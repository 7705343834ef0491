// Redraws layers that somebody has changed, as the server tells it; silent while nobody looks at the page.
// `maps` gives the maps there are, `act` is called with the names of the layers that have changed.
export function followChanges(maps, act = () => {}) {
  let known = {};
  let stream = null;
  const listen = () => {
    stream?.close();
    stream = null;
    if (document.hidden) return;
    stream = new EventSource("/changes");
    stream.addEventListener("layers", (event) => {
      const told = JSON.parse(event.data);
      const changed = Object.entries(told).filter(([layer, version]) => layer in known && known[layer] !== version).map(([layer]) => layer);
      for (const layer of changed) {
        for (const map of maps()) if (map.getSource(layer)) map.refreshTiles(layer);
      }
      known = { ...known, ...told };
      if (changed.length) act(changed);
    });
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => stream?.close());
  listen();
}
