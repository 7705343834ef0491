"""The part of the OpenAPI document about tiles, tile matrix sets and styles (OGC 20-057, clause 14; OGC 20-009)."""

from typing import Any

from api.ogc.answer_examples import STYLES, TILESETS
from api.ogc.asked import Language
from api.ogc.openapi_parts import get_operation
from gis_core.layer import Text
from tiles.matrix import MAX_ZOOM, WEB_MERCATOR_QUAD
from tiles.style import THEMES
from tiles.tileset import MVT

_DAY = {
    "name": "datetime", "in": "query", "required": False, "style": "form", "explode": False,
    "description": "Ngày hiệu lực, hôm nay nếu thiếu · Day of legal validity, today by default",
    "schema": {"type": "string", "format": "date"}, "example": "2025-07-01",
}  # fmt: skip
_OBJECT = {"type": "object"}
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_STRING = {"type": "string"}

TILE_SCHEMAS = {
    "tileSets": {
        "type": "object", "required": ["tilesets"],
        "properties": {
            "links": _LINKS, "tilesets": {"type": "array", "items": {"$ref": "#/components/schemas/tileSet"}}
        },
    },
    "tileSet": {
        "type": "object", "required": ["dataType", "crs", "links"],
        "properties": {
            "title": _STRING, "dataType": {"type": "string", "enum": ["vector"]}, "crs": _STRING, "links": _LINKS,
            "tileMatrixSetId": _STRING, "tileMatrixSetURI": _STRING,
            "tileMatrixSetLimits": {"type": "array", "items": _OBJECT},
        },
    },
    "styles": {
        "type": "object", "required": ["styles"],
        "properties": {
            "default": _STRING,
            "styles": {"type": "array", "items": {
                "type": "object", "required": ["id", "links"],
                "properties": {"id": _STRING, "title": _STRING, "links": _LINKS},
            }},
        },
    },
}  # fmt: skip


def _answer(about: Text, media_type: str, schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    content = {"schema": schema} | ({} if example is None else {"example": example})
    return {"description": about, "content": {media_type: content}}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


TILE_RESPONSES = {
    "TileSets": _answer(Text("Các bộ ô", "The tilesets"), "application/json", _of("tileSets"), TILESETS),
    "TileSet": _answer(
        Text("Một bộ ô", "A tileset"), "application/json", _of("tileSet"), TILESETS["tilesets"][0]
    ),
    "Tile": _answer(Text("Một ô véc-tơ", "A vector tile"), MVT, {"type": "string", "format": "binary"}),
    "TileMatrixSets": _answer(Text("Các lưới ô", "The tile matrix sets"), "application/json", _OBJECT),
    "TileMatrixSet": _answer(Text("Một lưới ô", "A tile matrix set"), "application/json", _OBJECT),
    "Styles": _answer(Text("Các kiểu bản đồ", "The styles"), "application/json", _of("styles"), STYLES),
    "Style": _answer(Text("Một kiểu bản đồ", "A style"), "application/vnd.mapbox.style+json", _OBJECT),
}  # fmt: skip


def tile_paths(language: Language, collection_ids: list[str]) -> dict[str, Any]:
    """The paths of tiles, tile matrix sets and styles; `collection_ids` are those of the tiled layers."""
    one = _path("collectionId", collection_ids, collection_ids[0])
    several = {
        "name": "collections", "in": "query", "required": False, "style": "form", "explode": False,
        "schema": {"type": "array", "items": {"type": "string", "enum": collection_ids}},
        "example": collection_ids[:2],
    }  # fmt: skip
    found = _tilesets("", "dataset", [several], language)
    found |= _tilesets("/collections/{collectionId}", "collection", [one], language)
    matrix_set, style = _path("tileMatrixSetId", [WEB_MERCATOR_QUAD]), _path("styleId", list(THEMES))
    for path, name, answer, title, parameters in (
        ("/tileMatrixSets", "getTileMatrixSetsList", "TileMatrixSets", Text("Lưới ô", "Tile matrix sets"), []),
        ("/tileMatrixSets/{tileMatrixSetId}", "getTileMatrixSet", "TileMatrixSet", Text("Lưới", "Set"), [matrix_set]),
        ("/styles", "getStyles", "Styles", Text("Kiểu bản đồ", "Styles"), []),
        ("/styles/{styleId}", "getStyle", "Style", Text("Một kiểu bản đồ", "A style"), [style]),
    ):
        found[path] = {"get": _get(name, answer, title, language, parameters)}
    return found


def _tilesets(base: str, name: str, parameters: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    here, tile = f"{base}/tiles", "/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
    matrix_set = _path("tileMatrixSetId", [WEB_MERCATOR_QUAD])
    place = [_number("tileMatrix", 14, MAX_ZOOM), _number("tileRow", 7647), _number("tileCol", 13126)]
    # Operation ids as in OGC 20-057, table 11.
    lists = _get(f"{name}.vector.getTileSetsList", "TileSets", Text("Các bộ ô", "Tilesets"), language, parameters)
    tileset = [*parameters, matrix_set]
    described = _get(f"{name}.vector.getTileSet", "TileSet", Text("Một bộ ô", "A tileset"), language, tileset)
    drawn = _get(
        f"{name}.vector.getTile", "Tile", Text("Một ô", "A tile"), language, [*tileset, *place, _DAY], formats=["mvt"]
    )
    return {here: {"get": lists}, here + "/{tileMatrixSetId}": {"get": described}, here + tile: {"get": drawn}}


def _get(
    name: str, answer: str, title: Text, language: Language, parameters: list[dict[str, Any]], *,
    formats: list[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    found = get_operation(name, answer, title, language, tag="Tiles")
    shape = {"type": "string", "enum": formats or ["json"]}
    asked = {
        "name": "f", "in": "query", "required": False, "style": "form", "explode": False, "schema": shape,
        "example": shape["enum"][0],
    }  # fmt: skip
    found["parameters"] = [*parameters, asked]
    found["responses"]["404"] = {"$ref": "#/components/responses/Problem"}
    return found


def _path(name: str, known: list[str], example: str | None = None) -> dict[str, Any]:
    schema = {"type": "string", "enum": known}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example or known[0]}


def _number(name: str, example: int, maximum: int | None = None) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0} | ({} if maximum is None else {"maximum": maximum})
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}
