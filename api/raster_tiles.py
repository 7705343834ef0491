"""OGC API Tiles for rasters: map tiles of each style, their tilesets and legends.

The default style is under `/map/tiles`, each style under `/styles/{style}/map/tiles` (OGC 20-057, 11.2 and 20-058).
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import cast
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response
from starlette.routing import Route

from api.asking import who
from api.platform import platform, root_url
from api.web.about import city_attribution
from gis_core.db import acting_as
from gis_core.errors import BadRequest
from tiles.cache import TileCache, entity_tag
from tiles.matrix import check_matrix_set, read_tile
from tiles.raster import Raster, bands, find_raster
from tiles.raster_tile import IMAGE_TYPES, Drawing, ImageFormat, raster_tile
from tiles.raster_tileset import MapTileset, metadata, tilejson, tileset_list
from tiles.terrain import ALTITUDE, AZIMUTH
from tiles.terrain_styles import HILLSHADE, IMAGE, STYLES, RasterStyle, legend, style_of

RELEASE = version("langbiang")
CACHE_BYTES = 64 << 20
DRAWING_PARAMETERS: Mapping[str, frozenset[str]] = {
    HILLSHADE.id: frozenset({"azimuth", "altitude"}),
    IMAGE.id: frozenset({"properties", "rescale"}),
}
"""The parameters that change what a style draws."""
_HEADERS = {"Cache-Control": "public, no-cache"}


@dataclass(frozen=True)
class RasterTileService:
    """The raster tiles of one application, and what it keeps of them in memory."""

    cache: TileCache = field(default_factory=lambda: TileCache(CACHE_BYTES))

    def routes(self) -> list[Route]:
        """The routes below `/ogc`."""
        collection = "/ogc/collections/{collection_id}"
        found = [
            Route(f"{collection}/styles", list_styles),
            Route(f"{collection}/styles/{{style}}/legend", read_legend),
        ]
        for start in (f"{collection}/map/tiles", f"{collection}/styles/{{style}}/map/tiles"):
            found += [
                Route(start + "/{matrix_set}/{zoom}/{row}/{col}", self.tile),
                Route(start + "/{matrix_set}", describe),
                Route(start, list_tilesets),
            ]
        return found

    def tile(self, request: Request) -> Response:
        """The tile at the address; 304 where the client has it. Transparent, not absent, where there is no value."""
        parts = request.path_params
        tile = read_tile(parts["matrix_set"], parts["zoom"], parts["row"], parts["col"])
        raster, style = asked_raster(request)
        form = _format(request, IMAGE_TYPES, style)
        drawing = drawing_of(raster, style, request.query_params)
        key: Hashable = (RELEASE, drawing.key, form, tile)
        headers = {"ETag": entity_tag(key), **_HEADERS}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        body = self.cache.get(headers["ETag"])
        if body is None:
            body = raster_tile(drawing, tile, cast(ImageFormat, form))
            self.cache.put(headers["ETag"], body)
        return Response(body, 200, headers, media_type=IMAGE_TYPES[form])


def asked_raster(request: Request) -> tuple[Raster, RasterStyle]:
    """The raster and the style of the request's path. Raises `NotFound`."""
    house = platform(request)
    with acting_as(house.engines, who(request)) as connection:
        raster = find_raster(connection, house.settings.data, request.path_params["collection_id"])
    return raster, style_of(raster, request.path_params.get("style"))


def drawing_of(raster: Raster, style: RasterStyle, given: Mapping[str, str]) -> Drawing:
    """What the parameters ask to be drawn. Raises `BadRequest` naming the first wrong one."""
    if style is HILLSHADE:
        azimuth = _number(given, "azimuth", AZIMUTH, 0, 360)
        return Drawing(raster, style, azimuth=azimuth, altitude=_number(given, "altitude", ALTITUDE, 0, 90))
    if style is IMAGE:
        return Drawing(raster, style, indexes=_indexes(raster, given), stretch=_stretch(given))
    return Drawing(raster, style)


def list_styles(request: Request) -> Response:
    """The styles of the raster, the default first (after OGC API Styles, OGC 20-009)."""
    raster, default = asked_raster(request)
    _format(request, ("json",), default, ())
    here = f"{root_url(request)}/ogc/collections/{raster.id}/styles"
    styles = [
        {
            "id": one.id,
            "title": one.title.vi,
            "links": [
                {"href": f"{here}/{one.id}/legend", "rel": "legend", "type": "application/json"},
                {"href": f"{here}/{one.id}/map/tiles", "rel": "tilesets-map", "type": "application/json"},
            ],
        }
        for one in STYLES[raster.kind]
    ]
    return _json({"default": default.id, "styles": styles})


def read_legend(request: Request) -> Response:
    """The legend of the style: values, colours and unit."""
    raster, style = asked_raster(request)
    _format(request, ("json",), style, ())
    return _json(legend(raster, style))


def list_tilesets(request: Request) -> Response:
    """The tilesets of the raster in the style: one."""
    tileset = _tileset(request)
    _format(request, ("json",), tileset.style)
    return _json(tileset_list(tileset))


def describe(request: Request) -> Response:
    """The tileset's metadata, or its TileJSON with `f=tilejson`."""
    check_matrix_set(request.path_params["matrix_set"])
    tileset = _tileset(request)
    form = _format(request, ("json", "tilejson"), tileset.style)
    return _json((tilejson if form == "tilejson" else metadata)(tileset))


def _tileset(request: Request) -> MapTileset:
    raster, style = asked_raster(request)
    drawing_of(raster, style, request.query_params)
    with acting_as(platform(request).engines, who(request)) as connection:
        attribution = city_attribution(connection)
    root = root_url(request)
    here = f"{root}/ogc/collections/{raster.id}"
    url = f"{here}/styles/{style.id}/map/tiles" if "style" in request.path_params else f"{here}/map/tiles"
    query = urlencode({name: value for name, value in request.query_params.items() if name != "f"}, safe=",")
    return MapTileset(
        raster, style, root, url, f"{here}/styles/{style.id}/legend", query, attribution.vi if attribution else ""
    )


def _format(
    request: Request,
    formats: Mapping[str, str] | tuple[str, ...],
    style: RasterStyle,
    known: tuple[str, ...] | None = None,
) -> str:
    """The format by `f`, else the first. Raises `BadRequest` for an unknown one and for unknown parameters."""
    names = {*(DRAWING_PARAMETERS.get(style.id, ()) if known is None else known), "f"}
    for name in request.query_params:
        if name not in names:
            raise BadRequest(
                f"{name}: tham số không biết; ở đây có {', '.join(sorted(names))}. · "
                f"{name}: unknown parameter; there are {', '.join(sorted(names))} here."
            )
    asked = request.query_params.get("f", next(iter(formats)))
    if asked not in formats:
        raise BadRequest(
            f"f={asked}: chỉ có {', '.join(formats)}. · f={asked}: no such format here, only {', '.join(formats)}."
        )
    return asked


def _number(given: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    if name not in given:
        return default
    found = _finite(name, given[name])
    if not low <= found <= high:
        raise BadRequest(f"{name}={given[name]}: từ {low} đến {high}. · {name}={given[name]}: from {low} to {high}.")
    return found


def _finite(name: str, words: str) -> float:
    try:
        found = float(words)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or "_" in words:
        raise BadRequest(f"{name}={words}: phải là số. · {name}={words}: this is not a number.")
    return found


def _indexes(raster: Raster, given: Mapping[str, str]) -> tuple[int, ...]:
    """The bands for red, green and blue, or one for grey."""
    known = {band.name: band.index for band in bands(raster)}
    if "properties" not in given:
        return tuple(known.values())[:3] if len(known) >= 3 else tuple(known.values())[:1]
    names = given["properties"].split(",")
    if len(names) not in (1, 3) or any(name not in known for name in names):
        raise BadRequest(
            f"properties={given['properties']}: cho 1 hoặc 3 kênh trong {', '.join(known)}. · "
            f"properties={given['properties']}: give 1 or 3 of the bands {', '.join(known)}."
        )
    return tuple(known[name] for name in names)


def _stretch(given: Mapping[str, str]) -> tuple[float, float] | None:
    if "rescale" not in given:
        return None
    ends = [_finite("rescale", words) for words in given["rescale"].split(",")]
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise BadRequest(
            f"rescale={given['rescale']}: cho hai số, nhỏ trước. · "
            f"rescale={given['rescale']}: give two numbers, the smaller first."
        )
    return ends[0], ends[1]


def _json(document: object) -> Response:
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "no-cache"})
