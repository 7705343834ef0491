"""OGC API Coverages (OGC 19-087): rasters as collections, and parts of them as files.

Own routes, not pygeoapi's: its rasterio provider (0.24) knows neither `crs` nor scaling, moves only two corners of a
box to the raster's system, reads the whole raster where no box is given, and sets no limit on the size of an answer.
"""

from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.asked import Asked, asked
from api.ogc.caching import cache_headers, entity_tag, not_modified
from api.ogc.collections import MARGIN_DEGREES
from api.ogc.coverages_files import coverage_file
from api.ogc.coverages_parameters import wanted
from api.ogc.links import Link, link
from gis_core.crs import CRS84
from gis_core.db import acting_as
from gis_core.layer import Text
from tiles.raster import Raster, bands, cells, find_raster, rasters
from tiles.raster_tileset import MAP_TILESETS
from tiles.raster_window import raster_box, storage_system, systems

GEOTIFF = "image/tiff; application=geotiff"
COVERAGE_FORMATS = {
    "geotiff": (GEOTIFF, "image/tiff"),
    "covjson": ("application/prs.coverage+json", "application/vnd.cov+json", "application/json"),
    "png": ("image/png",),
}
COVERAGE = "http://www.opengis.net/def/rel/ogc/1.0/coverage"
SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"
_ENDINGS = {"geotiff": "tif", "covjson": "covjson", "png": "png"}
COVERAGE_TITLES = {
    "geotiff": Text("Dữ liệu dạng GeoTIFF", "The data as GeoTIFF"),
    "covjson": Text("Dữ liệu dạng CoverageJSON", "The data as CoverageJSON"),
    "png": Text("Ảnh xem trước", "A picture to look at"),
}
_ABOUT = {
    "elevation": Text(
        "Độ cao mặt đất theo ô lưới, mét; bóng địa hình và độ dốc được tính từ đây.",
        "Height of the ground by grid cell, metres; hillshade and slope are computed from it.",
    ),
    "imagery": Text("Ảnh theo ô lưới.", "An image by grid cell."),
}


def coverage(request: Request) -> Response:
    """The part of the raster asked for, as a file."""
    asking = asked(request, COVERAGE_FORMATS)
    with acting_as(asking.platform.engines, asking.identity) as connection:
        raster = find_raster(connection, asking.platform.settings.data, request.path_params["collection_id"])
    found = wanted(asking, raster)
    tag = entity_tag(asking, raster.id, raster.loaded_at)
    headers = {"Content-Crs": f"<{found.window.crs.uri}>"}
    if held := not_modified(asking, tag, headers):
        return held
    headers |= cache_headers(asking, tag)
    headers["Content-Disposition"] = f'inline; filename="{raster.id}.{_ENDINGS[asking.format]}"'
    body = coverage_file(found, asking.format)
    # Starlette would add a character set to types of text only; these are none.
    return Response(body, headers=headers, media_type=COVERAGE_FORMATS[asking.format][0])


def coverage_collections(asked: Asked, connection: Connection) -> list[dict[str, Any]]:
    """The descriptions of all rasters."""
    return [coverage_collection(asked, one) for one in rasters(connection, asked.platform.settings.data)]


def coverage_collection(asked: Asked, raster: Raster) -> dict[str, Any]:
    """The description of the raster as a collection."""
    own = storage_system(raster)
    return {
        "id": raster.id,
        "title": raster.title[asked.language],
        "description": about(raster)[asked.language],
        "keywords": [],
        "dataType": "coverage",
        "itemType": "coverage",
        # By this GDAL's driver of OGC API Features knows to leave it alone.
        "layerDataType": "Coverage",
        "extent": _extent(raster),
        "crs": list(systems(raster)),
        "storageCrs": own.uri,
        "links": _links(asked, raster),
    }


def about(raster: Raster) -> Text:
    """What the raster holds, in a sentence."""
    return _ABOUT[raster.kind]


def coverage_schema(asked: Asked, raster: Raster) -> dict[str, Any]:
    """The JSON Schema of the values of a cell: one property for each band, with unit and missing value."""
    properties = {}
    for band in bands(raster):
        whole = "int" in band.dtype
        found: dict[str, Any] = {
            "title": band.title[asked.language],
            "type": "integer" if whole else "number",
            "format": band.dtype,
            "x-ogc-propertySeq": band.index,
        }
        if band.unit:
            found |= {"x-ogc-unit": band.unit, "x-ogc-unitLang": "UCUM"}
        if band.nodata is not None:
            found["x-ogc-nilValues"] = [band.nodata]
        properties[band.name] = found
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{asked.ogc}/collections/{raster.id}/schema",
        "type": "object",
        "title": raster.title[asked.language],
        "description": about(raster)[asked.language],
        "properties": properties,
        "additionalProperties": False,
    }


def degrees_box(raster: Raster) -> tuple[float, float, float, float]:
    """The announced extent in degrees, a little wider than the raster, as those of the layers."""
    west, south, east, north = raster_box(raster, 4326)
    margin = MARGIN_DEGREES
    return round(west - margin, 6), round(south - margin, 6), round(east + margin, 6), round(north + margin, 6)


def _extent(raster: Raster) -> dict[str, Any]:
    columns, rows = cells(raster)
    west, south, east, north = raster.box
    own = storage_system(raster)
    box = [south, west, north, east] if own.northing_first else [west, south, east, north]
    grid = [
        {"cellsCount": columns, "resolution": (east - west) / columns},
        {"cellsCount": rows, "resolution": (north - south) / rows},
    ]
    return {
        "spatial": {
            "bbox": [list(degrees_box(raster))],
            "crs": CRS84,
            "storageCrsBbox": [box],
            "grid": grid[::-1] if own.northing_first else grid,
        }
    }


def _links(asked: Asked, raster: Raster) -> list[Link]:
    here, language = f"{asked.ogc}/collections/{raster.id}", asked.language
    this = Text("Lớp dữ liệu này", "This collection")
    found = [
        link(asked.ogc, "root", "application/json", Text("Trang chủ của API", "The API's landing page"), language),
        link(here, "self" if asked.format == "json" else "alternate", "application/json", this, language),
        link(f"{here}?f=html", "self" if asked.format == "html" else "alternate", "text/html", this, language),
        link(f"{here}/schema", SCHEMA, "application/schema+json", Text("Lược đồ", "Schema"), language),
    ]
    for name, types in COVERAGE_FORMATS.items():
        found.append(link(f"{here}/coverage?f={name}", COVERAGE, types[0], COVERAGE_TITLES[name], language))
    tilesets, styles = Text("Ô bản đồ ảnh", "Map tiles"), Text("Các kiểu vẽ và chú giải", "Styles and legends")
    found.append(link(f"{here}/map/tiles", MAP_TILESETS, "application/json", tilesets, language))
    relation = "http://www.opengis.net/def/rel/ogc/1.0/styles"
    found.append(link(f"{here}/styles", relation, "application/json", styles, language))
    return found
