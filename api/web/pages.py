"""The city's map at `/`: the page, and the settings its script starts from."""

from typing import Any

import orjson
from fastapi import Request, Response
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


def routes() -> list[BaseRoute]:
    """The page and the files it is made of."""
    return [Route("/", map_page), Mount("/static", StaticFiles(directory=HERE / "static"))]


def map_page(request: Request) -> Response:
    """The map with its layer tree, in the language of the request."""
    chosen, identity = language(request), who(request)
    layers = platform(request).catalog.readable_by(identity.role)
    asked = request.query_params.get("q", "")
    with acting_as(platform(request).engines, identity) as connection:
        found = results(connection, identity, asked, chosen) if asked else Results("")
        groups = legend(layers, read_palette(connection))
        city = about(connection, layers)
        shown = rasters(connection, platform(request).settings.data)
    groups += raster_group(shown, len(layers), chosen)
    page = rendered(
        "map.html", chosen, other="vi" if chosen == "en" else "en", results=found, groups=groups, city=city,
        **reader(request), settings=_settings(groups, city, chosen, root_url(request), raster_sources(shown)),
    )  # fmt: skip
    response = HTMLResponse(page, found.status, headers={"Cache-Control": "private, no-cache"})
    remember_language(request, response)
    return response


def _settings(
    groups: list[dict[str, Any]], city: About, chosen: Language, root: str, rasters: list[dict[str, Any]]
) -> str:
    layers = [
        {
            "id": one["id"],
            "title": one["title"][chosen],
            "minZoom": one["min_zoom"],
            "classifiedBy": one["classified_by"],
            "rank": one["rank"],
        }
        for group in groups
        for one in group["layers"]
    ]
    texts = {key.removeprefix("js_"): text[chosen] for key, text in TEXTS.items() if key.startswith("js_")}
    settings = {
        "language": chosen, "layers": layers, "texts": texts, "box": city.box, "root": root,
        "rasters": rasters,
        "attribution": city.attribution[chosen] if city.attribution else "",
    }  # fmt: skip
    # Within <script type="application/json">: the text must not be able to close the element.
    return orjson.dumps(settings).decode().replace("<", "\\u003c")
