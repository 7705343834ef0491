"""The part of a raster that somebody asks for: its box, reference system and size, and what is read of it."""

import math
from dataclasses import dataclass, replace

from rasterio.transform import Affine, from_bounds
from rio_tiler.models import ImageData

from gis_core.crs import PublishedCrs, published, system_of, transformer
from gis_core.errors import BadRequest
from tiles.raster import Band, Box, Raster, cells, read_part, resolution

EDGE_POINTS = 21
"""Points along each edge of a box when it is moved to another reference system: straight edges do not stay straight."""
_ROUNDING = 1e-6
"""By how much of a cell a box may miss the edge of a cell and still be meant to end there."""


@dataclass(frozen=True, slots=True)
class Window:
    """A grid over a part of a raster: `box` (x first, whatever the system's own order) and `size` (width, height)."""

    raster: Raster
    box: Box
    crs: PublishedCrs
    size: tuple[int, int]

    @property
    def transform(self) -> Affine:
        """The affine transform from cells to coordinates, x first."""
        return from_bounds(*self.box, *self.size)

    def sized(self, size: tuple[int, int]) -> "Window":
        """The same part in cells of another size; a raster has at least one cell."""
        return replace(self, size=(max(1, size[0]), max(1, size[1])))

    def read(self, bands: tuple[Band, ...]) -> ImageData:
        """The values of `bands`; between cells by proportion of the four around."""
        return read_part(self.raster, self.box, self.crs.srid, self.size, [band.index for band in bands])


def systems(raster: Raster) -> dict[str, PublishedCrs]:
    """The reference systems in which the raster is served, by URI: the published ones and its own."""
    own = storage_system(raster)
    return {**published(), own.uri: own}


def storage_system(raster: Raster) -> PublishedCrs:
    """The reference system in which the raster is stored."""
    return system_of(raster.srid)


def raster_box(raster: Raster, srid: int) -> Box:
    """The box around the whole raster in system `srid`."""
    return _moved(raster.box, raster.srid, srid)


def window(raster: Raster, crs: PublishedCrs, asked: Box | None, asked_crs: PublishedCrs) -> Window:
    """The part of the raster within `asked` (infinite where open; None: all of it) as a grid in `crs`.

    In the raster's own system its own cells, all those that the box touches; in another, cells about as large.
    Raises `BadRequest` where the raster has no part there.
    """
    whole = raster_box(raster, asked_crs.srid)
    if asked is None or _contains(asked, whole):
        box = raster_box(raster, crs.srid)
    else:
        box = _moved(_common(raster, asked, whole), asked_crs.srid, crs.srid)
    if crs.srid == raster.srid:
        return _on_cells(raster, crs, box)
    step = resolution(raster, crs.srid)
    size = (math.ceil((box[2] - box[0]) / step - _ROUNDING), math.ceil((box[3] - box[1]) / step - _ROUNDING))
    if min(size) < 1 or box[0] == box[2] or box[1] == box[3]:  # a point or a line: the cells that it lies in
        box = (box[0], box[1], max(box[2], box[0] + step), max(box[3], box[1] + step))
    return Window(raster, box, crs, (max(1, size[0]), max(1, size[1])))


def _on_cells(raster: Raster, crs: PublishedCrs, box: Box) -> Window:
    west, south, east, north = raster.box
    columns, rows = cells(raster)
    across, down = (east - west) / columns, (north - south) / rows
    left = min(columns - 1, max(0, math.floor((box[0] - west) / across + _ROUNDING)))
    top = min(rows - 1, max(0, math.floor((north - box[3]) / down + _ROUNDING)))
    right = min(columns, max(left + 1, math.ceil((box[2] - west) / across - _ROUNDING)))
    bottom = min(rows, max(top + 1, math.ceil((north - box[1]) / down - _ROUNDING)))
    edges = (west + left * across, north - bottom * down, west + right * across, north - top * down)
    return Window(raster, edges, crs, (right - left, bottom - top))


def _contains(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _common(raster: Raster, asked: Box, whole: Box) -> Box:
    common = (
        max(asked[0], whole[0]), max(asked[1], whole[1]), min(asked[2], whole[2]), min(asked[3], whole[3]),
    )  # fmt: skip
    if common[0] > common[2] or common[1] > common[3]:
        extent = ", ".join(f"{one:.6g}" for one in whole)
        raise BadRequest(
            f"Vùng hỏi nằm ngoài '{raster.id}', vốn ở trong {extent} (tây, nam, đông, bắc). · "
            f"The box asked for lies outside of '{raster.id}', which covers {extent} (west, south, east, north)."
        )
    return common


def _moved(box: Box, source: int, target: int) -> Box:
    if source == target:
        return box
    west, south, east, north = transformer(source, target).transform_bounds(*box, densify_pts=EDGE_POINTS)
    return west, south, east, north
