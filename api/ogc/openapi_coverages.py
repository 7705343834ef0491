"""The part of the OpenAPI document about rasters (coverages, map tiles, legends) and about the data catalogue."""

from typing import Any

from api.ogc.asked import Asked, Language
from api.ogc.coverages import COVERAGE_FORMATS
from api.ogc.openapi_parts import references
from api.ogc.records_documents import CATALOGUE, TITLE
from gis_core.crs import CRS84
from gis_core.db import acting_as
from gis_core.layer import Text
from tiles.matrix import MAX_ZOOM, WEB_MERCATOR_QUAD
from tiles.raster import Raster, bands, rasters
from tiles.raster_tile import IMAGE_TYPES
from tiles.raster_tileset import degrees, zooms
from tiles.raster_window import systems
from tiles.terrain_styles import STYLES

_STRING, _NUMBER = {"type": "string"}, {"type": "number"}
_BINARY = {"type": "string", "format": "binary"}
_FORMATS = {"type": "string", "enum": list(IMAGE_TYPES), "default": "png"}
_AZIMUTH = {"type": "number", "minimum": 0, "maximum": 360, "default": 315}
_ALTITUDE = {"type": "number", "minimum": 0, "maximum": 90, "default": 45}


def coverage_paths(asked: Asked) -> dict[str, Any]:
    """The paths of every raster and of the catalogue."""
    with acting_as(asked.platform.engines, asked.identity) as connection:
        known = rasters(connection, asked.platform.settings.data)
    found = _record_paths(asked.language)
    for raster in known:
        found |= {f"/collections/{raster.id}/coverage": {"get": _coverage(raster, asked.language)}}
        found |= _map_paths(raster, asked.language)
    return found


def _coverage(raster: Raster, language: Language) -> dict[str, Any]:
    west, south, east, north = (round(one, 6) for one in degrees(raster))
    box, own = raster.box, list(systems(raster))
    names = [band.name for band in bands(raster)]
    subset = f"E({box[0]}:{(box[0] + box[2]) / 2}),N({box[1]}:{(box[1] + box[3]) / 2})"
    crs = {"type": "string", "format": "uri", "enum": own}
    size = {"type": "integer", "minimum": 1}
    parameters = [
        _query("bbox", {"type": "array", "items": _NUMBER, "minItems": 4, "maxItems": 6}, [west, south, east, north]),
        _query("bbox-crs", crs | {"default": own[0]}, own[0]),
        _query("subset", _STRING, f"Lat({south}:{north}),Lon({west}:{east})"),
        _query("subset-crs", crs, own[0]),
        _query("crs", crs | {"default": f"http://www.opengis.net/def/crs/EPSG/0/{raster.srid}"}, own[1]),
        _query("scale-factor", {"type": "number", "exclusiveMinimum": True, "minimum": 0}, 2),
        _query("scale-size", _STRING, "E(100),N(100)"),
        _query("width", size, 100),
        _query("height", size, 100),
        _query("properties", {"type": "array", "items": {"type": "string", "enum": names}}, names[:1]),
        _query("f", {"type": "string", "enum": list(COVERAGE_FORMATS), "default": "geotiff"}, "covjson"),
    ]
    content = {types[0]: {"schema": _BINARY} for types in COVERAGE_FORMATS.values()}
    operation = _operation(f"{raster.id}.getCoverage", raster.title, language, parameters, content)
    about = Text(f"Ví dụ subset trong hệ phẳng: {subset}", f"A subset in a projected system: {subset}")
    # 413: the answer would be too large; its sentence tells how to ask for less.
    operation["responses"]["413"] = {"$ref": "#/components/responses/Problem"}
    return operation | {"description": about[language]}


def _map_paths(raster: Raster, language: Language) -> dict[str, Any]:
    here, styles = f"/collections/{raster.id}", [one.id for one in STYLES[raster.kind]]
    style, found = _path("styleId", {"type": "string", "enum": styles}, styles[0]), {}
    lists = Text("Các bộ ô ảnh", "Map tilesets")
    for start, name, more in (
        (f"{here}/map/tiles", "map", []),
        (f"{here}/styles/{{styleId}}/map/tiles", "style", [style]),
    ):
        found[start] = _documented(f"{raster.id}.{name}.getTileSets", lists, language, more)
        one = f"{start}/{{tileMatrixSetId}}"
        matrix_set = [
            *more,
            _path("tileMatrixSetId", {"type": "string", "enum": [WEB_MERCATOR_QUAD]}, WEB_MERCATOR_QUAD),
        ]
        about = Text("Bộ ô ảnh", "A map tileset")
        found[one] = _documented(f"{raster.id}.{name}.getTileSet", about, language, matrix_set)
        found[f"{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"] = {
            "get": _tile(raster, name, [*matrix_set, *_tile_address(raster)], language)
        }
    about = Text("Các kiểu vẽ", "Styles")
    found[f"{here}/styles"] = _documented(f"{raster.id}.getStyles", about, language, [])
    about = Text("Chú giải của kiểu vẽ", "Legend of the style")
    found[f"{here}/styles/{{styleId}}/legend"] = _documented(f"{raster.id}.getLegend", about, language, [style])
    return found


def _tile(raster: Raster, name: str, parameters: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    content = {media_type: {"schema": _BINARY} for media_type in IMAGE_TYPES.values()}
    more = [_query("f", _FORMATS, "webp")]
    if raster.kind == "elevation" and name == "map":  # the default style is the hillshade
        more += [_query("azimuth", _AZIMUTH, 315), _query("altitude", _ALTITUDE, 45)]
    title = Text("Ô ảnh", "A map tile")
    return _operation(f"{raster.id}.{name}.getTile", title, language, [*parameters, *more], content)


def _tile_address(raster: Raster) -> list[dict[str, Any]]:
    level = {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM}
    place = {"type": "integer", "minimum": 0}
    return [_path("tileMatrix", level, zooms(raster)[0]), _path("tileRow", place, 0), _path("tileCol", place, 0)]


def _record_paths(language: Language) -> dict[str, Any]:
    names = {"type": "array", "items": _STRING}
    content = {"application/geo+json": {"schema": {"type": "object"}}, "text/html": {"schema": _STRING}}
    form = _query("f", {"type": "string", "enum": ["json", "html"], "default": "json"}, "json")
    only_degrees = {"type": "string", "enum": [CRS84]}
    parameters = [
        _query("crs", only_degrees, CRS84),
        _query("bbox-crs", only_degrees, CRS84),
        _query("q", names, ["đất", "quy hoạch"]),
        _query("type", names, ["dataset"]),
        _query("ids", names, ["wards", "roads"]),
        form,
        *references("bbox", "datetime", "limit", "offset", "lang"),
    ]
    one = [_path("recordId", _STRING, "wards"), _query("crs", only_degrees, CRS84), form, *references("lang")]
    about, here = Text("Một bản ghi của danh mục", "A record of the catalogue"), f"/collections/{CATALOGUE}/items"
    return {
        here: {"get": _operation(f"{CATALOGUE}.getRecords", TITLE, language, parameters, content)},
        f"{here}/{{recordId}}": {"get": _operation(f"{CATALOGUE}.getRecord", about, language, one, content)},
    }


def _documented(name: str, title: Text, language: Language, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {"get": _operation(name, title, language, parameters, {"application/json": {"schema": {"type": "object"}}})}


def _operation(
    name: str, title: Text, language: Language, parameters: list[dict[str, Any]], content: dict[str, Any]
) -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/Problem"}
    return {
        "operationId": name,
        "summary": title[language],
        "tags": ["API"],
        "parameters": parameters,
        "responses": {
            "200": {"description": title[language], "content": content},
            **dict.fromkeys(("400", "404", "default"), problem),
        },
    }


def _query(name: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {
        "name": name, "in": "query", "required": False, "style": "form", "explode": False, "schema": schema,
        "example": example,
    }  # fmt: skip


def _path(name: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}
