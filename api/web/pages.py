"""The city's map at `/`: the page, and the settings its script starts from."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response
from sqlalchemy import Connection
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.asking import who
from api.platform import platform, root_url
from api.web.about import About, about
from api.web.language import Language, language, remember_language
from api.web.rasters import raster_group, raster_sources
from api.web.results import Results, results
from api.web.templating import HERE, reader, rendered
from api.web.texts import TEXTS
from gis_core.db import acting_as
from tiles.legend import legend, read_palette
from tiles.raster import rasters

SCRIPT_TEXTS = ("js_",)
"""What the keys of the texts begin with that the scripts of every map need."""


def routes() -> list[BaseRoute]:
    """The page and the files it is made of."""
    return [Route("/", map_page), Mount("/static", StaticFiles(directory=HERE / "static"))]


def map_page(request: Request) -> Response:
    """The map with its layer tree, in the language of the request."""
    with acting_as(platform(request).engines, who(request)) as connection:
        shown = city_map(request, connection)
    return map_answer(request, "map.html", shown, shown.settings)


@dataclass(frozen=True, slots=True)
class CityMap:
    """What a page with a map shows: answers to what was searched for, the tree, the city, its script's settings."""

    results: Results
    groups: list[dict[str, Any]]
    city: About
    settings: dict[str, Any]


def city_map(request: Request, connection: Connection) -> CityMap:
    """The map of all layers that the asker may read."""
    chosen, identity = language(request), who(request)
    layers = platform(request).catalog.readable_by(identity.role)
    asked = request.query_params.get("q", "")
    found = results(connection, identity, asked, chosen) if asked else Results("")
    groups, city = legend(layers, read_palette(connection)), about(connection, layers)
    shown = rasters(connection, platform(request).settings.data)
    groups += raster_group(shown, len(layers), chosen)
    settings = {
        "language": chosen, "layers": [_layer(one, chosen) for group in groups for one in group["layers"]],
        "texts": script_texts(chosen, SCRIPT_TEXTS), "box": city.box, "root": root_url(request),
        "rasters": raster_sources(shown), "attribution": city.attribution[chosen] if city.attribution else "",
    }  # fmt: skip
    return CityMap(found, groups, city, settings)


def map_answer(request: Request, template: str, shown: CityMap, settings: dict[str, Any], **values: object) -> Response:
    """The page `template` with the map `shown`; kept by nobody but its reader."""
    chosen, text = language(request), shown.results.text
    page = rendered(
        template, chosen, other="vi" if chosen == "en" else "en", here=request.url.path,
        kept=f"{urlencode({'q': text})}&" if text else "", results=shown.results, groups=shown.groups, city=shown.city,
        # Within <script type="application/json">: the text must not be able to close the element.
        settings=orjson.dumps(settings).decode().replace("<", "\\u003c"), invented=shown.city.invented,
        **reader(request), **values,
    )  # fmt: skip
    response = HTMLResponse(page, shown.results.status, headers={"Cache-Control": "private, no-cache"})
    remember_language(request, response)
    return response


def script_texts(chosen: Language, beginnings: tuple[str, ...]) -> dict[str, str]:
    """The texts for scripts in one language, by what follows one of `beginnings` in their keys."""
    return {
        key.removeprefix(beginning): text[chosen]
        for beginning in beginnings
        for key, text in TEXTS.items()
        if key.startswith(beginning)
    }


def _layer(one: dict[str, Any], chosen: Language) -> dict[str, Any]:
    return {
        "id": one["id"],
        "title": one["title"][chosen],
        "minZoom": one["min_zoom"],
        "classifiedBy": one["classified_by"],
        "rank": one["rank"],
    }
