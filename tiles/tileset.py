"""Descriptions of tilesets: the metadata of OGC API Tiles (OGC 17-083r4, 20-057) and TileJSON 3.0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gis_core.layer import Layer, Role
from tiles.matrix import (
    MAX_ZOOM,
    TILE_MATRIX_SET_URI,
    WEB_MERCATOR_QUAD,
    WEB_MERCATOR_URI,
    served_limits,
)
from tiles.vector import CUT, labels_whole, tile_columns

MVT = "application/vnd.mapbox-vector-tile"
VECTOR_TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CUT_TITLE = "Vượt ra ngoài ô bản đồ; nhãn nằm ở một điểm riêng"
EMPTY_WORLD = (-180.0, -85.0, 180.0, 85.0)
_DIMENSIONS = {
    "Point": 0, "MultiPoint": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2,
}  # fmt: skip
_JSON_TYPES = {"integer": "integer", "bigint": "integer", "number": "number", "money": "integer", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Tileset:
    """What a tileset offers to a role: its layers, titled and addressed (`url` without a trailing slash).

    `box` is the extent of its data in degrees, None where it has none; `chosen` the collections asked for by name.
    """

    title: str
    layers: Sequence[Layer]
    role: Role
    root: str
    url: str
    box: tuple[float, float, float, float] | None
    attribution: str = ""
    chosen: str = ""

    @property
    def template(self) -> str:
        """The address of its tiles, with the variables of OGC API Tiles."""
        return self.address(f"/{WEB_MERCATOR_QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "mvt")

    def address(self, path: str, form: str) -> str:
        """The address of something of the tileset in the format `form`."""
        return f"{self.url}{path}?f={form}" + (f"&collections={self.chosen}" if self.chosen else "")

    @property
    def zooms(self) -> tuple[int, int]:
        """The first level that holds anything, and the last that is worth fetching."""
        declared = [layer.tiles for layer in self.layers if layer.tiles]
        return min(one.min_zoom for one in declared), max(one.max_zoom for one in declared)


def tileset_list(tileset: Tileset) -> dict[str, Any]:
    """The list of tilesets: one, since one tile matrix set is served."""
    return {
        "links": [_link(tileset.address("", "json"), "self", "application/json", tileset.title)],
        "tilesets": [_item(tileset)],
    }


def metadata(tileset: Tileset) -> dict[str, Any]:
    """The tileset's metadata."""
    west, south, east, north = tileset.box or EMPTY_WORLD
    return {
        **_item(tileset),
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "layers": [_layer_metadata(layer, tileset.role) for layer in tileset.layers],
        "attribution": tileset.attribution,
    }


def tilejson(tileset: Tileset) -> dict[str, Any]:
    """The tileset as TileJSON 3.0.0."""
    first, last = tileset.zooms
    west, south, east, north = tileset.box or EMPTY_WORLD
    tiles = tileset.template.replace("{tileMatrix}", "{z}").replace("{tileRow}", "{y}").replace("{tileCol}", "{x}")
    return {
        "tilejson": "3.0.0",
        "name": tileset.title,
        "scheme": "xyz",
        "tiles": [tiles],
        "minzoom": first,
        "maxzoom": last,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, max(first, 12)],
        "attribution": tileset.attribution,
        "vector_layers": [_vector_layer(layer, tileset.role) for layer in tileset.layers],
    }


def _item(tileset: Tileset) -> dict[str, Any]:
    here = f"/{WEB_MERCATOR_QUAD}"
    scheme = f"{tileset.root}/ogc/tileMatrixSets/{WEB_MERCATOR_QUAD}"
    return {
        "title": tileset.title,
        "dataType": "vector",
        "crs": WEB_MERCATOR_URI,
        "tileMatrixSetId": WEB_MERCATOR_QUAD,
        "tileMatrixSetURI": TILE_MATRIX_SET_URI,
        "tileMatrixSetLimits": served_limits(),
        "links": [
            _link(tileset.address(here, "json"), "self", "application/json", tileset.title),
            _link(tileset.address(here, "tilejson"), "describedby", "application/json", "TileJSON"),
            _link(scheme, TILING_SCHEME, "application/json", WEB_MERCATOR_QUAD),
            {**_link(tileset.template, "item", MVT, "Mapbox Vector Tiles"), "templated": True},
        ],
    }


def _layer_metadata(layer: Layer, role: Role) -> dict[str, Any]:
    assert layer.tiles is not None  # noqa: S101 - tilesets are made of tiled layers
    described = {
        "id": layer.id,
        "title": layer.title.vi,
        "description": layer.description.vi,
        "dataType": "vector",
        "minTileMatrix": str(layer.tiles.min_zoom),
        "maxTileMatrix": str(MAX_ZOOM),
        "propertiesSchema": {"type": "object", "properties": _properties(layer, role)},
    }
    dimension = _DIMENSIONS.get(layer.shape or "")
    return described if dimension is None else {**described, "geometryDimension": dimension}


def _properties(layer: Layer, role: Role) -> dict[str, Any]:
    known = {
        name: {"title": layer[name].title.vi, "type": _JSON_TYPES.get(layer[name].kind, "string")}
        for name in tile_columns(layer, role)
    }
    return known | ({CUT: {"title": CUT_TITLE, "type": "boolean"}} if labels_whole(layer) else {})


def _vector_layer(layer: Layer, role: Role) -> dict[str, Any]:
    assert layer.tiles is not None  # noqa: S101 - tilesets are made of tiled layers
    fields = {name: about["title"] for name, about in _properties(layer, role).items()}
    return {
        "id": layer.id, "description": layer.title.vi, "fields": fields,
        "minzoom": layer.tiles.min_zoom, "maxzoom": MAX_ZOOM,
    }  # fmt: skip


def _link(href: str, rel: str, media_type: str, title: str) -> dict[str, Any]:
    return {"href": href, "rel": rel, "type": media_type, "title": title}
