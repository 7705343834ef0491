// What the address remembers beside MapLibre's #map=zoom/latitude/longitude.
export function readParts() {
  return new URLSearchParams(location.hash.slice(1));
}

// Sets the named parts of the address; those without a value are removed, all others stay as they are.
export function keepParts(parts) {
  const names = Object.keys(parts);
  const kept = location.hash.slice(1).split("&").filter((part) => part && !names.includes(part.split("=")[0]));
  for (const [name, value] of Object.entries(parts)) {
    // Commas, colons and their like may stand in an address as they are, and are legible then.
    if (value) kept.push(`${name}=${encodeURIComponent(value).replace(/%(2C|3A|3B|2F|7E|21)/gi, decodeURIComponent)}`);
  }
  history.replaceState(history.state, "", `#${kept.join("&")}`);
}

// Layers switched against their default, and the feature that is shown.
export function readPermalink() {
  const parts = readParts();
  const layers = {};
  for (const name of (parts.get("layers") ?? "").split(",").filter(Boolean)) {
    layers[name.replace(/^-/, "")] = !name.startsWith("-");
  }
  const [layer, id] = (parts.get("feature") ?? "").split(".");
  return { layers, feature: /^\d+$/.test(id ?? "") ? { layer, id: Number(id) } : null };
}

export function writePermalink({ layers, feature }) {
  const changed = Object.entries(layers).map(([name, on]) => (on ? name : `-${name}`));
  keepParts({ layers: changed.join(","), feature: feature && `${feature.layer}.${feature.id}` });
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
