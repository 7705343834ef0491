"""A part of a raster as a file: GeoTIFF, CoverageJSON, or a picture to look at."""

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import rasterio
from rasterio.io import MemoryFile
from rio_tiler.models import ImageData

from api.ogc.coverages_parameters import Wanted
from tiles.raster import Band
from tiles.raster_tile import Drawing, heights_of, picture, shown, stretched
from tiles.raster_window import Window
from tiles.terrain_styles import ELEVATION, IMAGE

UCUM = "http://www.opengis.net/def/uom/UCUM/"


def coverage_file(wanted: Wanted, form: str) -> bytes:
    """What is wanted of the raster in the format `form`: geotiff, covjson or png."""
    return _MAKERS[form](wanted)


def _geotiff(wanted: Wanted) -> bytes:
    image, nodata = wanted.window.read(wanted.bands), wanted.bands[0].nodata
    width, height = wanted.window.size
    # A mask beside the values says what is missing where no value stands for it.
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=width, height=height, count=len(wanted.bands), dtype=wanted.bands[0].dtype,
            crs=rasterio.crs.CRS.from_epsg(wanted.window.crs.srid), transform=wanted.window.transform, nodata=nodata,
            compress="DEFLATE", tiled=width > 256 and height > 256,
        ) as file:  # fmt: skip
            file.write(image.array.filled(0 if nodata is None else nodata))
            if nodata is None and np.ma.getmaskarray(image.array).any():
                file.write_mask(~np.ma.getmaskarray(image.array).all(axis=0))
            for number, band in enumerate(wanted.bands, start=1):
                file.set_band_description(number, band.name)
                if band.unit:
                    file.set_band_unit(number, band.unit)
        return bytes(memory.read())


def _covjson(wanted: Wanted) -> bytes:
    image = wanted.window.read(wanted.bands)
    document = {
        "type": "Coverage",
        "domain": _domain(wanted.window),
        "parameters": {band.name: _parameter(band) for band in wanted.bands},
        "ranges": {
            band.name: _range(values, wanted.window) for band, values in zip(wanted.bands, image.array, strict=True)
        },
    }
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _domain(grid: Window) -> dict[str, Any]:
    (west, south, east, north), (width, height) = grid.box, grid.size
    across, down = (east - west) / width, (north - south) / height
    # CoverageJSON 1.0, 5.1: the referenced coordinates are listed in the order of the reference system's axes.
    names = ["y", "x"] if grid.crs.northing_first else ["x", "y"]
    kind = "GeographicCRS" if grid.crs.geographic else "ProjectedCRS"
    return {
        "type": "Domain",
        "domainType": "Grid",
        "axes": {
            "x": {"start": west + across / 2, "stop": east - across / 2, "num": width},
            "y": {"start": north - down / 2, "stop": south + down / 2, "num": height},
        },
        "referencing": [{"coordinates": names, "system": {"type": kind, "id": grid.crs.uri}}],
    }


def _parameter(band: Band) -> dict[str, Any]:
    label = {"vi": band.title.vi, "en": band.title.en}
    found: dict[str, Any] = {"type": "Parameter", "observedProperty": {"label": label}}
    if band.unit:
        found["unit"] = {"symbol": {"value": band.unit, "type": UCUM}}
    return found


def _range(values: np.ma.MaskedArray, grid: Window) -> dict[str, Any]:
    whole = np.issubdtype(values.dtype, np.integer)
    flat = values.reshape(-1)
    numbers: Any = flat.tolist() if whole else np.ascontiguousarray(flat.filled(np.nan))  # orjson writes NaN as null
    return {
        "type": "NdArray",
        "dataType": "integer" if whole else "float",
        "axisNames": ["y", "x"],
        "shape": [grid.size[1], grid.size[0]],
        "values": numbers,
    }


def _png(wanted: Wanted) -> bytes:
    raster = wanted.window.raster
    if raster.kind == "elevation":
        return picture(*shown(Drawing(raster, ELEVATION), heights_of(wanted.window.read(wanted.bands))), "png")
    chosen = wanted.bands[:3] if len(wanted.bands) >= 3 else wanted.bands[:1]
    image: ImageData = wanted.window.read(chosen)
    drawing = Drawing(raster, IMAGE, indexes=tuple(band.index for band in chosen))
    return picture(*stretched(drawing, image), "png")


_MAKERS: dict[str, Callable[[Wanted], bytes]] = {"geotiff": _geotiff, "covjson": _covjson, "png": _png}
