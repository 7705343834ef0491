"""The registered rasters: what they are, what is in them, and reading a part of one in any reference system.

Rasters are open data: whatever is registered may be seen by everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import from_bounds as transform_from_bounds
from rasterio.warp import calculate_default_transform
from rasterio.windows import from_bounds
from rio_tiler.models import ImageData
from rio_tiler.reader import read
from sqlalchemy import Connection, Row, select

from gis_core.errors import NotFound, Unavailable
from gis_core.layer import Text
from gis_core.platform_tables import RASTER

Box = tuple[float, float, float, float]
"""West, south, east, north."""
Resampling = Literal["bilinear", "cubic"]
SAMPLE_CELLS = 512
"""Cells along the longer side of the overview from which a band's usual values are taken."""
USUAL = (2.0, 98.0)
"""The percentiles between which a band's usual values lie: single outliers must not darken a whole image."""


@dataclass(frozen=True, slots=True)
class Raster:
    """One registered raster; `box` is in its own reference system `srid`, `resolution` in its units."""

    id: str
    path: Path
    title: Text
    kind: str
    srid: int
    box: Box
    resolution: float
    source: str
    loaded_at: datetime

    @property
    def crs(self) -> CRS:
        """Its reference system, as rasterio knows it."""
        return CRS.from_epsg(self.srid)


@dataclass(frozen=True, slots=True)
class Band:
    """One band: its number from 1, its name in requests, its title, UCUM unit, type of numbers, missing value."""

    index: int
    name: str
    title: Text
    unit: str | None
    dtype: str
    nodata: float | None
    usual: tuple[float, float]


def rasters(connection: Connection, data: Path) -> list[Raster]:
    """The rasters registered in the database, by id, their files in the data folder `data`."""
    rows = connection.execute(select(RASTER).where(RASTER.c.srid > 0).order_by(RASTER.c.id))
    return [_raster(row, data) for row in rows]


def find_raster(connection: Connection, data: Path, raster_id: str) -> Raster:
    """The raster `raster_id`. Raises `NotFound`, alike for absent rasters and hidden layers."""
    row = connection.execute(select(RASTER).where(RASTER.c.id == raster_id, RASTER.c.srid > 0)).first()
    if row is None:
        # In the words used for layers: the name of a hidden layer must not be told apart from one that nothing has.
        raise NotFound(f"Không có lớp dữ liệu '{raster_id}'. · There is no collection '{raster_id}'.")
    return _raster(row, data)


def _raster(row: Row[tuple[object, ...]], data: Path) -> Raster:
    return Raster(
        row.id, data / "rasters" / row.file, Text(row.title_vi, row.title_en), row.kind, row.srid,
        (row.west, row.south, row.east, row.north), row.resolution, row.source, row.loaded_at,
    )  # fmt: skip


def read_part(
    raster: Raster,
    box: Box,
    srid: int,
    size: tuple[int, int],
    indexes: Sequence[int] | None = None,
    resampling: Resampling = "bilinear",
    buffer: int = 0,
) -> ImageData:
    """The values within `box` of system `srid` as an image of `size` (width, height) and `buffer` cells around it.

    Cells without a value are masked. What is read is what is asked for, from the overview that fits: memory does not
    grow with the raster. Raises `Unavailable` where the file is gone.
    """
    (width, height), across, up = _grown(size, buffer), (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    whole = (box[0] - buffer * across, box[1] - buffer * up, box[2] + buffer * across, box[3] + buffer * up)
    with _opened(raster) as file:
        where: dict[str, Any]
        if srid == raster.srid:
            where = {"window": from_bounds(*whole, transform=file.transform)}
        else:
            where = {"vrt_options": _warp(raster, whole, srid, (width, height)), "dst_crs": CRS.from_epsg(srid)}
        return read(
            file, width=width, height=height, indexes=indexes, resampling_method=resampling,
            reproject_method=resampling, **where,
        )  # fmt: skip


def _grown(size: tuple[int, int], buffer: int) -> tuple[int, int]:
    return size[0] + 2 * buffer, size[1] + 2 * buffer


def _warp(raster: Raster, box: Box, srid: int, size: tuple[int, int]) -> dict[str, Any]:
    """The grid to which GDAL moves the raster: that of the answer or, where the raster is finer, one as fine as it.

    From the finer grid GDAL takes the answer by its overviews, instead of skipping cells.
    """
    native = resolution(raster, srid)
    width = max(size[0], round((box[2] - box[0]) / native))
    height = max(size[1], round((box[3] - box[1]) / native))
    return {"transform": transform_from_bounds(*box, width, height), "width": width, "height": height}


@lru_cache(maxsize=256)
def resolution(raster: Raster, srid: int) -> float:
    """The width of the raster's cells in the units of system `srid`."""
    if srid == raster.srid:
        return raster.resolution
    found, _, _ = calculate_default_transform(raster.crs, CRS.from_epsg(srid), *cells(raster), *raster.box)
    return float(found.a)


@lru_cache(maxsize=64)
def cells(raster: Raster) -> tuple[int, int]:
    """How many cells the raster has, across and down. Raises `Unavailable` where its file is gone."""
    with _opened(raster) as file:
        return file.width, file.height


@lru_cache(maxsize=64)
def bands(raster: Raster) -> tuple[Band, ...]:
    """The bands of the raster. Raises `Unavailable` where its file is gone."""
    with _opened(raster) as file:
        scale = max(1.0, max(file.width, file.height) / SAMPLE_CELLS)
        shape = (file.count, max(1, round(file.height / scale)), max(1, round(file.width / scale)))
        sample = file.read(out_shape=shape, masked=True)
        return tuple(
            _band(raster, number, file.descriptions[number - 1], file.dtypes[number - 1], file.nodata, values)
            for number, values in enumerate(sample, start=1)
            if file.colorinterp[number - 1] is not ColorInterp.alpha
        )


def _band(
    raster: Raster, number: int, words: str | None, dtype: str, nodata: float | None, values: np.ma.MaskedArray
) -> Band:
    known = values.compressed()
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, USUAL) if known.size else (0.0, 1.0)
    usual = (float(low), float(high if high > low else low + 1))
    if raster.kind == "elevation":
        return Band(number, "elevation", Text("Độ cao", "Elevation"), "m", dtype, nodata, usual)
    title = Text(words, words) if words else Text(f"Kênh {number}", f"Band {number}")
    return Band(number, f"band_{number}", title, None, dtype, nodata, usual)


def _opened(raster: Raster) -> rasterio.DatasetReader:
    try:
        return rasterio.open(raster.path)
    except rasterio.errors.RasterioIOError as error:
        raise Unavailable(
            f"Không mở được tệp của '{raster.id}'; hãy nạp lại. · "
            f"The file of '{raster.id}' cannot be opened; load the raster again."
        ) from error
