// Rasters below the layers of the city: relief shading, slopes, heights, images; all off until somebody switches them on.
export function addRasters(style, rasters) {
  const drawn = rasters.map((one) => ({
    id: one.id,
    type: "raster",
    source: one.id,
    metadata: { "langbiang:layer": one.id },
    layout: { visibility: "none" },
    paint: { "raster-opacity": one.opacity, "raster-fade-duration": 0 },
  }));
  for (const one of rasters) {
    style.sources[one.id] = {
      type: "raster",
      tiles: [location.origin + one.tiles],
      tileSize: 256,
      bounds: one.bounds,
      minzoom: one.minzoom,
      maxzoom: one.maxzoom,
    };
  }
  const first = style.layers.findIndex((one) => one.type !== "background");
  style.layers.splice(first < 0 ? style.layers.length : first, 0, ...drawn);
  return style;
}
