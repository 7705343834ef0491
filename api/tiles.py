"""OGC API Tiles: vector tiles of one layer or of several, their tilesets, and the tile matrix set.

Plain Starlette routes: on paths asked for hundreds of times a second FastAPI's own routes cost a third more.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.metadata import version
from threading import Lock

import orjson
from fastapi import Request, Response
from starlette.background import BackgroundTask
from starlette.routing import Route

from api.asking import who
from api.platform import platform, root_url
from gis_core.db import ANONYMOUS, Identity, acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.features import extent
from gis_core.layer import EVERYBODY, Layer
from gis_core.query import CITY_TIME
from gis_core.settings import Settings
from tiles.cache import TileCache, entity_tag, policy, versions
from tiles.disk_cache import disk_cache
from tiles.matrix import TILE_MATRIX_SET_URI, WEB_MERCATOR_QUAD, check_matrix_set, check_served, definition, read_tile
from tiles.tileset import MVT, Tileset, metadata, tilejson, tileset_list
from tiles.vector import VectorTiles

RELEASE = version("langbiang")
DATASET = "Thành phố · The city"
DISK_BYTES = 2 << 30
"""How much of the disk the kept tiles may take."""


def kept_tiles(settings: Settings) -> TileCache:
    """Tiles kept in memory and in the data folder."""
    return TileCache(disk=disk_cache(settings.data.absolute() / "tile-cache", DISK_BYTES))


class TileService:
    """The tiles of one application, and what it keeps of them."""

    def __init__(self, cache: Callable[[Settings], TileCache] = kept_tiles) -> None:
        self.made = VectorTiles()
        self._open = cache
        self._cache: TileCache | None = None
        self._lock = Lock()

    def routes(self) -> list[Route]:
        """The routes below `/ogc`."""
        one, several = "/ogc/collections/{layer}/tiles", "/ogc/tiles"
        address = "/{matrix_set}/{zoom}/{row}/{col}"
        return [
            Route(one + address, self.tile),
            Route(several + address, self.tile),
            Route(one + "/{matrix_set}", describe),
            Route(several + "/{matrix_set}", describe),
            Route(one, list_tilesets),
            Route(several, list_tilesets),
            Route("/ogc/tileMatrixSets", list_matrix_sets),
            Route("/ogc/tileMatrixSets/{matrix_set}", describe_matrix_set),
        ]

    def tile(self, request: Request) -> Response:
        """The tile at the address; 304 where the client has it. Empty, not absent, where nothing is drawn."""
        parts = request.path_params
        tile = read_tile(parts["matrix_set"], parts["zoom"], parts["row"], parts["col"])
        _check_parameters(request, {"mvt"}, {"datetime", "collections"})
        check_served(tile)
        identity, layers, day = who(request), asked_layers(request), _asked_day(request)
        names, recipe = [layer.id for layer in layers], self.made.recipe(layers, identity.role, day, tile)
        cache, later = self._kept(platform(request).settings), None
        with acting_as(platform(request).engines, identity) as connection:
            known = versions(connection, layers, identity, tile)
            tag = entity_tag((RELEASE, names, known, policy(layers, identity), recipe, day, tile))
            headers = {"ETag": tag, **_caching(layers, identity)}
            if tag in request.headers.get("if-none-match", ""):
                return Response(None, 304, headers)
            body = cache.get(tag)
            if body is None:
                body = self.made.tile(connection, layers, identity.role, tile, day)
                later = BackgroundTask(cache.put, tag, body)
        return Response(body, 200, headers, media_type=MVT, background=later)

    def _kept(self, settings: Settings) -> TileCache:
        with self._lock:
            if self._cache is None:
                self._cache = self._open(settings)
            return self._cache


def asked_layers(request: Request) -> Sequence[Layer]:
    """The tiled layers of the request's path or of its `collections`, in drawing order, as the asker may know them.

    Raises `NotFound` for a collection that is absent, hidden or not tiled.
    """
    catalog, identity = platform(request).catalog, who(request)
    tiled = {layer.id: layer for layer in catalog.readable_by(identity.role) if layer.tiles is not None}
    single = request.path_params.get("layer")
    chosen = request.query_params.get("collections")
    wanted = [single] if single is not None else chosen.split(",") if chosen is not None else list(tiled)
    if single is not None and chosen is not None:
        raise BadRequest("collections: chỉ dùng ở /ogc/tiles. · collections: only at /ogc/tiles.")
    for name in wanted:
        if name not in tiled:
            raise NotFound(f"Không có ô bản đồ của lớp '{name}'. · There are no tiles of a collection '{name}'.")
    return [layer for name, layer in tiled.items() if name in wanted]


def list_tilesets(request: Request) -> Response:
    """The tilesets of the layer or of the city."""
    _check_parameters(request, {"json"}, {"collections"})
    return _json(tileset_list(_tileset(request)))


def describe(request: Request) -> Response:
    """The tileset's metadata, or its TileJSON with `f=tilejson`."""
    check_matrix_set(request.path_params["matrix_set"])
    _check_parameters(request, {"json", "tilejson"}, {"collections"})
    as_tilejson = request.query_params.get("f") == "tilejson"
    return _json((tilejson if as_tilejson else metadata)(_tileset(request)))


def list_matrix_sets(request: Request) -> Response:
    """The list of tile matrix sets: one."""
    _check_parameters(request, {"json"}, set())
    link = {
        "href": f"{root_url(request)}/ogc/tileMatrixSets/{WEB_MERCATOR_QUAD}",
        "rel": "self",
        "type": "application/json",
    }
    one = {"id": WEB_MERCATOR_QUAD, "title": definition()["title"], "uri": TILE_MATRIX_SET_URI, "links": [link]}
    return _json({"tileMatrixSets": [one]})


def describe_matrix_set(request: Request) -> Response:
    """The definition of the tile matrix set."""
    check_matrix_set(request.path_params["matrix_set"])
    _check_parameters(request, {"json"}, set())
    return _json(definition())


def _tileset(request: Request) -> Tileset:
    layers, identity, root = asked_layers(request), who(request), root_url(request)
    with acting_as(platform(request).engines, identity) as connection:
        boxes = [box for layer in layers if (box := extent(connection, layer)) is not None]
    box = None
    if boxes:
        wests, souths, easts, norths = zip(*boxes, strict=True)
        box = (min(wests), min(souths), max(easts), max(norths))
    if "layer" in request.path_params:
        return Tileset(
            layers[0].title.vi, layers, identity.role, root, f"{root}/ogc/collections/{layers[0].id}/tiles", box
        )
    chosen = ",".join(layer.id for layer in layers) if "collections" in request.query_params else ""
    return Tileset(DATASET, layers, identity.role, root, f"{root}/ogc/tiles", box, chosen=chosen)


def _caching(layers: Sequence[Layer], identity: Identity) -> dict[str, str]:
    """Whoever keeps the tile has to ask whether it still holds; shared caches keep only what everybody may see."""
    shared = identity == ANONYMOUS and all(layer.access.read == EVERYBODY for layer in layers)
    return {"Cache-Control": f"{'public' if shared else 'private'}, no-cache", "Vary": "Cookie, Authorization"}


def _asked_day(request: Request) -> date:
    text = request.query_params.get("datetime")
    if text is None:
        return datetime.now(CITY_TIME).date()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(
            f"datetime='{text}' không phải là một ngày (ví dụ 2026-01-31). · datetime='{text}' is not a day, "
            "as in 2026-01-31."
        ) from None
    return moment.astimezone(CITY_TIME).date() if moment.tzinfo else moment.date()


def _check_parameters(request: Request, formats: set[str], known: set[str]) -> None:
    for name in request.query_params:
        if name not in known | {"f"}:
            raise BadRequest(f"Tham số '{name}' không có ở đây. · There is no parameter '{name}' here.")
    asked = request.query_params.get("f")
    if asked is not None and asked not in formats:
        raise BadRequest(f"f={asked}: chỉ có {', '.join(sorted(formats))}. · f={asked}: only the above.")


def _json(document: object) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")
