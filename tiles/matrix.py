"""The tile matrix set WebMercatorQuad (OGC 17-083r4, annex D.1): its addresses and its published definition."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from gis_core.crs import published_crs, transformer
from gis_core.errors import NotFound
from gis_core.extent import STORAGE_AREA, BBox

WEB_MERCATOR_QUAD = "WebMercatorQuad"
TILE_MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{WEB_MERCATOR_QUAD}"
WEB_MERCATOR_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
MAX_ZOOM = 22
HALF_WORLD = 20037508.342789244
"""Half the width of the world in EPSG:3857, metres."""
TILE_PIXELS = 256
PIXEL_METRES = 0.00028
"""The size of a pixel by which OGC 17-083r4 defines scale denominators."""
_NUMBER = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Tile:
    """The address of one tile; row 0 is the northernmost."""

    zoom: int
    row: int
    col: int

    @property
    def span(self) -> float:
        """The width and height of the tile in EPSG:3857, metres."""
        return 2 * HALF_WORLD / (1 << self.zoom)

    def bounds(self, margin: float = 0.0) -> BBox:
        """The tile's box in EPSG:3857, widened by `margin` (a share of the span) on each side, within the world."""
        more = margin * self.span
        west, north = self.col * self.span - HALF_WORLD, HALF_WORLD - self.row * self.span
        return BBox(
            max(west - more, -HALF_WORLD),
            max(north - self.span - more, -HALF_WORLD),
            min(west + self.span + more, HALF_WORLD),
            min(north + more, HALF_WORLD),
            published_crs(WEB_MERCATOR_URI),
        )


def read_tile(matrix_set: str, zoom: str, row: str, col: str) -> Tile:
    """The tile at the address as written in a request. Raises `NotFound` outside the matrix set."""
    check_matrix_set(matrix_set)
    if not all(_NUMBER.fullmatch(one) for one in (zoom, row, col)):
        raise NotFound(
            f"Địa chỉ ô bản đồ {zoom}/{row}/{col} không hợp lệ. · "
            f"There is no tile {zoom}/{row}/{col}: level, row and column are whole numbers."
        )
    tile = Tile(int(zoom), int(row), int(col))
    last = 2 ** min(tile.zoom, MAX_ZOOM) - 1
    if tile.zoom > MAX_ZOOM or tile.row > last or tile.col > last:
        raise NotFound(
            f"Ô bản đồ {zoom}/{row}/{col} nằm ngoài {WEB_MERCATOR_QUAD}. · Tile {zoom}/{row}/{col} lies outside "
            f"{WEB_MERCATOR_QUAD}: levels go from 0 to {MAX_ZOOM}, rows and columns of level n from 0 to 2^n - 1."
        )
    return tile


def check_served(tile: Tile) -> None:
    """Raises `NotFound` for a tile outside the limits that every tileset announces."""
    level = served_limits()[tile.zoom]
    rows, cols = (range(level[f"minTile{one}"], level[f"maxTile{one}"] + 1) for one in ("Row", "Col"))
    if tile.row not in rows or tile.col not in cols:
        raise NotFound(
            f"Ô {tile.zoom}/{tile.row}/{tile.col} nằm ngoài vùng dữ liệu. · "
            f"Tile {tile.zoom}/{tile.row}/{tile.col} lies outside the area of the data: level {tile.zoom} has the rows "
            f"{rows[0]} to {rows[-1]} and the columns {cols[0]} to {cols[-1]}."
        )


@cache
def served_limits() -> tuple[dict[str, Any], ...]:
    """The rows and columns of each level, from 0 on, in which anything can be stored (OGC 20-057, 8.4).

    They do not follow the data: a tile that is empty today may hold something tomorrow.
    """
    box = transformer(4326, 3857).transform_bounds(*STORAGE_AREA)
    return tuple(limits(box, 0, MAX_ZOOM))


def check_matrix_set(matrix_set: str) -> None:
    """Raises `NotFound` unless `matrix_set` is the one that is served."""
    if matrix_set != WEB_MERCATOR_QUAD:
        raise NotFound(
            f"Không có lưới ô '{matrix_set}'. · There is no tile matrix set '{matrix_set}', only {WEB_MERCATOR_QUAD}."
        )


def definition() -> dict[str, Any]:
    """The tile matrix set as OGC 17-083r4 defines it, in its JSON encoding."""
    return {
        "id": WEB_MERCATOR_QUAD,
        "title": "Google Maps Compatible for the World",
        "uri": TILE_MATRIX_SET_URI,
        "crs": WEB_MERCATOR_URI,
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "orderedAxes": ["X", "Y"],
        "tileMatrices": [_matrix(zoom) for zoom in range(MAX_ZOOM + 1)],
    }


def limits(box: tuple[float, float, float, float], first: int, last: int) -> list[dict[str, Any]]:
    """The rows and columns of each level from `first` to `last` that meet `box` in EPSG:3857 (OGC 20-057, 8.4)."""
    west, south, east, north = box
    found = []
    for zoom in range(first, last + 1):
        span, most = Tile(zoom, 0, 0).span, 2**zoom - 1
        top, left = (int((HALF_WORLD - north) // span), int((west + HALF_WORLD) // span))
        bottom, right = (int((HALF_WORLD - south) // span), int((east + HALF_WORLD) // span))
        found.append(
            {
                "tileMatrix": str(zoom),
                "minTileRow": max(0, top), "maxTileRow": min(most, bottom),
                "minTileCol": max(0, left), "maxTileCol": min(most, right),
            }
        )  # fmt: skip
    return found


def _matrix(zoom: int) -> dict[str, Any]:
    cell = Tile(zoom, 0, 0).span / TILE_PIXELS
    return {
        "id": str(zoom),
        "scaleDenominator": cell / PIXEL_METRES,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD, HALF_WORLD],
        "tileWidth": TILE_PIXELS,
        "tileHeight": TILE_PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }
