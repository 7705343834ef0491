// What the address remembers beside MapLibre's #map=zoom/latitude/longitude: layers switched against their default, and
// the feature that is shown.
export function readPermalink() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const layers = {};
  for (const name of (parts.get("layers") ?? "").split(",").filter(Boolean)) {
    layers[name.replace(/^-/, "")] = !name.startsWith("-");
  }
  const [layer, id] = (parts.get("feature") ?? "").split(".");
  return { layers, feature: /^\d+$/.test(id ?? "") ? { layer, id: Number(id) } : null };
}

export function writePermalink({ layers, feature }) {
  const kept = location.hash.slice(1).split("&").filter((part) => part && !/^(layers|feature)=/.test(part));
  const changed = Object.entries(layers).map(([name, on]) => (on ? name : `-${name}`));
  if (changed.length) kept.push(`layers=${changed.join(",")}`);
  if (feature) kept.push(`feature=${feature.layer}.${feature.id}`);
  history.replaceState(history.state, "", `#${kept.join("&")}`);
}

// The other language opens the same view.
export function keepViewBetweenLanguages() {
  const other = document.getElementById("other-language");
  other.addEventListener("click", () => {
    const text = new URLSearchParams(location.search).get("q");
    const address = new URL(other.href);
    if (text) address.searchParams.set("q", text);
    else address.searchParams.delete("q");
    address.hash = location.hash;
    other.href = address.href;
  });
}
