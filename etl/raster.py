"""Rasters as cloud-optimised GeoTIFF in the data folder, registered in `platform.raster`."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioIOError
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import insert

from etl.manifest import RasterEntry
from gis_core.errors import LoadRefused
from gis_core.platform_tables import RASTER

NODATA = -9999.0


def load_raster(engine: Engine, entry: RasterEntry, folder: Path, source: str) -> Path:
    """The path of the cloud-optimised copy of the raster in `folder`; holes (NaN) are kept as missing values.

    Raises `LoadRefused` where the raster cannot be read or states no reference system.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{entry.id}.tif"
    unfinished = target.with_suffix(".unfinished.tif")
    try:
        _optimise(entry.file, unfinished)
    except RasterioIOError as error:
        unfinished.unlink(missing_ok=True)
        raise LoadRefused(f"{entry.file}: không đọc được ảnh raster. · The raster cannot be read: {error}") from error
    # Renamed at the end, so that a reader never meets half a file.
    unfinished.replace(target)
    with engine.begin() as connection:
        _register(connection, entry, target, source)
    return target


def _optimise(file: Path, target: Path) -> None:
    with rasterio.open(file) as raster:
        if raster.crs is None:
            raise LoadRefused(f"{file}: ảnh raster không ghi hệ toạ độ. · The raster states no reference system.")
        values, profile = raster.read(), raster.profile
        colours, descriptions = raster.colorinterp, raster.descriptions
    floating = np.issubdtype(values.dtype, np.floating)
    if floating:
        nodata = NODATA if profile.get("nodata") is None else profile["nodata"]
        values = np.where(np.isfinite(values), values, values.dtype.type(nodata))
        profile["nodata"] = nodata
    # The blocks of the copy are its own; and four bands of bytes are not by themselves three colours and opacity.
    profile = {name: value for name, value in profile.items() if not name.startswith("block")}
    profile |= {"driver": "GTiff", "photometric": "MINISBLACK"}
    with MemoryFile() as memory:
        with memory.open(**profile) as copy:
            copy.colorinterp, copy.descriptions = colours, descriptions
            copy.write(values)
        with memory.open() as copy:
            copy_raster(
                copy,
                target,
                driver="COG",
                compress="DEFLATE",
                predictor="YES",
                resampling="BILINEAR" if floating else "NEAREST",
            )


def _register(connection: Connection, entry: RasterEntry, target: Path, source: str) -> None:
    with rasterio.open(target) as raster:
        bounds = raster.bounds
        row = {
            "id": entry.id, "file": target.name, "title_vi": entry.title.vi, "title_en": entry.title.en,
            "srid": raster.crs.to_epsg() or 0, "west": bounds.left, "south": bounds.bottom, "east": bounds.right,
            "north": bounds.top, "resolution": float(raster.res[0]), "source": source, "kind": entry.kind,
            "loaded_at": datetime.now(UTC),
        }  # fmt: skip
    statement = insert(RASTER).values(row)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={name: row[name] for name in row if name != "id"})
    )
