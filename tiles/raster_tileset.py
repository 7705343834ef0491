"""Descriptions of the map tilesets of rasters: OGC API Tiles (OGC 20-057, OGC 17-083r4) and TileJSON 3.0."""

import math
from dataclasses import dataclass
from typing import Any

from gis_core.crs import transformer
from tiles.matrix import (
    HALF_WORLD,
    MAX_ZOOM,
    TILE_MATRIX_SET_URI,
    TILE_PIXELS,
    WEB_MERCATOR_QUAD,
    WEB_MERCATOR_URI,
    limits,
)
from tiles.raster import Raster, resolution
from tiles.raster_tile import IMAGE_TYPES, MERCATOR_SRID
from tiles.terrain_styles import RasterStyle
from tiles.tileset import CRS84, TILING_SCHEME

MAP_TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"
LEGEND = "http://www.opengis.net/def/rel/ogc/1.0/legend"


@dataclass(frozen=True, slots=True)
class MapTileset:
    """The tiles of one raster in one style. `url` is their address without matrix set, `query` what it is asked with.

    `legend` is the address of the style's legend.
    """

    raster: Raster
    style: RasterStyle
    root: str
    url: str
    legend: str
    query: str
    attribution: str

    @property
    def title(self) -> str:
        """Its title in Vietnamese."""
        return f"{self.raster.title.vi}: {self.style.title.vi}"

    def template(self, form: str) -> str:
        """The address of its tiles in `form`, with the variables of OGC API Tiles."""
        more = f"&{self.query}" if self.query else ""
        return f"{self.url}/{WEB_MERCATOR_QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f={form}{more}"


def degrees(raster: Raster) -> tuple[float, float, float, float]:
    """The raster's box in degrees."""
    west, south, east, north = transformer(raster.srid, 4326).transform_bounds(*raster.box)
    return west, south, east, north


def zooms(raster: Raster) -> tuple[int, int]:
    """The level at which the raster is about a quarter of a tile wide, and the one whose pixels are about as fine."""
    west, south, east, north = transformer(raster.srid, MERCATOR_SRID).transform_bounds(*raster.box)
    first = math.floor(math.log2(2 * HALF_WORLD / max(east - west, north - south)))
    last = math.ceil(math.log2(2 * HALF_WORLD / TILE_PIXELS / resolution(raster, MERCATOR_SRID)))
    return max(0, min(first - 2, MAX_ZOOM)), max(0, min(last, MAX_ZOOM))


def tileset_list(tileset: MapTileset) -> dict[str, Any]:
    """The list of tilesets: one, since one tile matrix set is served."""
    return {
        "links": [_link(tileset.url, "self", "application/json", tileset.title)],
        "tilesets": [_item(tileset)],
    }


def metadata(tileset: MapTileset) -> dict[str, Any]:
    """The tileset's metadata."""
    west, south, east, north = degrees(tileset.raster)
    return {
        **_item(tileset),
        "tileMatrixSetLimits": _limits(tileset.raster),
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "style": {"id": tileset.style.id, "title": tileset.style.title.vi},
        "attribution": tileset.attribution,
    }


def tilejson(tileset: MapTileset) -> dict[str, Any]:
    """The tileset as TileJSON 3.0.0."""
    west, south, east, north = degrees(tileset.raster)
    first, last = zooms(tileset.raster)
    tiles = tileset.template("png").replace("{tileMatrix}", "{z}").replace("{tileRow}", "{y}")
    return {
        "tilejson": "3.0.0",
        "name": tileset.title,
        "scheme": "xyz",
        "tiles": [tiles.replace("{tileCol}", "{x}")],
        "minzoom": first,
        "maxzoom": last,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, first],
        "attribution": tileset.attribution,
    }


def _item(tileset: MapTileset) -> dict[str, Any]:
    address = f"{tileset.url}/{WEB_MERCATOR_QUAD}"
    more = f"&{tileset.query}" if tileset.query else ""
    scheme = f"{tileset.root}/ogc/tileMatrixSets/{WEB_MERCATOR_QUAD}"
    return {
        "title": tileset.title,
        "dataType": "map",
        "crs": WEB_MERCATOR_URI,
        "tileMatrixSetId": WEB_MERCATOR_QUAD,
        "tileMatrixSetURI": TILE_MATRIX_SET_URI,
        "links": [
            _link(f"{address}{more.replace('&', '?', 1)}", "self", "application/json", tileset.title),
            _link(f"{address}?f=tilejson{more}", "describedby", "application/json", "TileJSON"),
            _link(scheme, TILING_SCHEME, "application/json", WEB_MERCATOR_QUAD),
            _link(tileset.legend, LEGEND, "application/json", "Chú giải · Legend"),
            *(
                {**_link(tileset.template(form), "item", media_type, form.upper()), "templated": True}
                for form, media_type in IMAGE_TYPES.items()
            ),
        ],
    }


def _limits(raster: Raster) -> list[dict[str, Any]]:
    box = transformer(raster.srid, MERCATOR_SRID).transform_bounds(*raster.box)
    return limits(box, *zooms(raster))


def _link(href: str, rel: str, media_type: str, title: str) -> dict[str, Any]:
    return {"href": href, "rel": rel, "type": media_type, "title": title}
