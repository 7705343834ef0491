"""Styles and legends of the map, made from the declarations for whoever asks."""

import orjson
from fastapi import Request, Response
from starlette.routing import Route

from api.asking import who
from api.platform import platform, root_url
from gis_core.db import acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.layer import Text
from tiles.legend import legend, read_palette
from tiles.style import THEMES, style

MAPLIBRE_STYLE = "application/vnd.mapbox.style+json"
HEADERS = {"Cache-Control": "private, no-cache", "Content-Language": "vi"}
TITLES = {
    "default": Text("Bản đồ sáng", "Light map"),
    "dark": Text("Bản đồ tối", "Dark map"),
    "print": Text("Bản đồ in", "Map for print"),
}


def routes() -> list[Route]:
    """The routes of styles: those of OGC API Styles below `/ogc`, those of the map's pages beside it."""
    return [
        Route("/ogc/styles", list_styles),
        Route("/ogc/styles/{style}", read_style),
        Route("/styles", list_styles),
        Route("/styles/{style}", read_style),
        Route("/styles/{style}/legend", read_legend),
    ]


def list_styles(request: Request) -> Response:
    """The styles there are (after OGC API Styles, OGC 20-009)."""
    root = root_url(request)
    styles = [
        {
            "id": name,
            "title": TITLES[name].vi,
            "links": [{"href": f"{root}/ogc/styles/{name}", "rel": "stylesheet", "type": MAPLIBRE_STYLE}],
        }
        for name in THEMES
    ]
    return _json({"default": "default", "styles": styles}, "application/json")


def read_style(request: Request) -> Response:
    """The MapLibre style of all layers that the asker may read."""
    name, identity, root = _known(request), who(request), root_url(request)
    with acting_as(platform(request).engines, identity) as connection:
        palette = read_palette(connection)
    layers = platform(request).catalog.readable_by(identity.role)
    return _json(style(name, layers, palette, root), MAPLIBRE_STYLE)


def read_legend(request: Request) -> Response:
    """The legend of all layers that the asker may read, in groups, in both languages."""
    _known(request)
    identity = who(request)
    with acting_as(platform(request).engines, identity) as connection:
        palette = read_palette(connection)
    return _json({"groups": legend(platform(request).catalog.readable_by(identity.role), palette)}, "application/json")


def _known(request: Request) -> str:
    for name in request.query_params:
        if name != "f":
            raise BadRequest(f"Tham số '{name}' không có ở đây. · There is no parameter '{name}' here.")
    name = str(request.path_params["style"])
    if name not in THEMES:
        raise NotFound(f"Không có kiểu bản đồ '{name}'. · There is no style '{name}', only {', '.join(THEMES)}.")
    return name


def _json(document: object, media_type: str) -> Response:
    return Response(orjson.dumps(document), media_type=media_type, headers=HEADERS)
