"""Vector tiles, raster tiles and styles."""
