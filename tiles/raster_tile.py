"""Raster tiles: what a raster's style draws in a tile of WebMercatorQuad, as PNG or WebP."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rio_tiler.models import ImageData
from rio_tiler.utils import render

from gis_core.crs import transformer
from tiles.matrix import TILE_PIXELS, Tile
from tiles.raster import Box, Raster, bands, read_part
from tiles.terrain import ALTITUDE, AZIMUTH, gradient, hillshade, mercator_cells, slope
from tiles.terrain_styles import HILLSHADE, IMAGE, SLOPE, RasterStyle, coloured, ramp

MERCATOR_SRID = 3857
IMAGE_TYPES = {"png": "image/png", "webp": "image/webp"}
ImageFormat = Literal["png", "webp"]
_EDGE = 1
"""Cells around the tile whose heights the slope of its outermost cells needs."""
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of a raster: the style, the light of a hillshade, an image's bands and the values to stretch.

    `stretch` None: between the usual values of each band.
    """

    raster: Raster
    style: RasterStyle
    azimuth: float = AZIMUTH
    altitude: float = ALTITUDE
    indexes: tuple[int, ...] = ()
    stretch: tuple[float, float] | None = None

    @property
    def key(self) -> Hashable:
        """What the picture depends on, besides its place: another key where the raster was loaded anew."""
        version = (self.raster.id, self.raster.loaded_at.timestamp())
        return version, self.style.id, self.azimuth, self.altitude, self.indexes, self.stretch


def raster_tile(drawing: Drawing, tile: Tile, form: ImageFormat) -> bytes:
    """The tile as a picture of 256 by 256 pixels; transparent where there is no value, and outside of the raster."""
    box = tile.bounds()
    corners = (box.xmin, box.ymin, box.xmax, box.ymax)
    if not _meets(drawing.raster, corners):
        blank = np.zeros((TILE_PIXELS, TILE_PIXELS), dtype=np.uint8)
        return picture(np.stack([blank] * 3), blank, form)
    size = (TILE_PIXELS, TILE_PIXELS)
    if drawing.style is IMAGE:
        image = read_part(drawing.raster, corners, MERCATOR_SRID, size, drawing.indexes)
        return picture(*stretched(drawing, image), form)
    return picture(*shown(drawing, relief_tile(drawing, tile)), form)


def relief_tile(drawing: Drawing, tile: Tile) -> NDArray[np.float64]:
    """What the style draws, as numbers (256, 256) in the units of its legend; NaN where there is no value."""
    box, cell = tile.bounds(), tile.span / TILE_PIXELS
    corners, size = (box.xmin, box.ymin, box.xmax, box.ymax), (TILE_PIXELS, TILE_PIXELS)
    # Cubic: between the cells of the raster bilinear heights have edges, which light shows.
    found = read_part(drawing.raster, corners, MERCATOR_SRID, size, (1,), "cubic", _EDGE)
    northings = box.ymax - (np.arange(TILE_PIXELS) + 0.5) * cell
    return relief(drawing, heights_of(found), mercator_cells(northings, cell))


def heights_of(image: ImageData) -> NDArray[np.float64]:
    """The first band, NaN where there is no value."""
    return np.ma.filled(image.array[0].astype(float), np.nan)


def relief(
    drawing: Drawing, heights: NDArray[np.float64], cells: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """What the style draws of `heights` (n + 2, m + 2): an array (n, m). `cells`: widths and heights of the n rows."""
    if drawing.style not in (HILLSHADE, SLOPE):
        return heights[1:-1, 1:-1]
    across, down = (one[:, None] for one in cells)
    east, north = gradient(heights, across, down)
    if drawing.style is SLOPE:
        return slope(east, north)
    return 100 * hillshade(east, north, drawing.azimuth, drawing.altitude)


def shown(drawing: Drawing, values: NDArray[np.float64]) -> tuple[Pixels, Pixels]:
    """Colours (3, n, m) and opacity (n, m) of `values` by the style's ramp."""
    return coloured(values, ramp(drawing.raster, drawing.style)), np.where(np.isnan(values), 0, 255).astype(np.uint8)


def stretched(drawing: Drawing, image: ImageData) -> tuple[Pixels, Pixels]:
    """Colours (3, n, m) and opacity (n, m) of an image's bands, of one band in grey."""
    known = {band.index: band.usual for band in bands(drawing.raster)}
    channels = []
    for index, values in zip(drawing.indexes, image.array, strict=True):
        low, high = drawing.stretch or known[index]
        share = (np.ma.filled(values.astype(float), low) - low) / (high - low)
        channels.append(np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8))
    missing = np.ma.getmaskarray(image.array).all(axis=0)
    return np.stack(channels * (3 if len(channels) == 1 else 1)), np.where(missing, 0, 255).astype(np.uint8)


def picture(colours: Pixels, opacity: Pixels, form: ImageFormat) -> bytes:
    """The picture in `form`. Both forms are exact, so that the same data make the same bytes."""
    if form == "webp":
        return bytes(render(colours, opacity, img_format="WEBP", LOSSLESS="YES"))
    return bytes(render(colours, opacity, img_format="PNG", ZLEVEL="6"))


def _meets(raster: Raster, corners: Box) -> bool:
    west, south, east, north = transformer(raster.srid, MERCATOR_SRID).transform_bounds(*raster.box)
    return west < corners[2] and corners[0] < east and south < corners[3] and corners[1] < north
