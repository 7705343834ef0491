// Redraws layers that somebody has changed, as the server tells it; silent while nobody looks at the page.
export function followChanges(map) {
  let known = {};
  let stream = null;
  const listen = () => {
    stream?.close();
    stream = null;
    if (document.hidden) return;
    stream = new EventSource("/changes");
    stream.addEventListener("layers", (event) => {
      const told = JSON.parse(event.data);
      for (const [layer, version] of Object.entries(told)) {
        if (layer in known && known[layer] !== version && map.getSource(layer)) map.refreshTiles(layer);
      }
      known = { ...known, ...told };
    });
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => stream?.close());
  listen();
}
