"""The city's map at `/`: the page, and the settings its script starts from."""

from pathlib import Path
from typing import Any

import orjson
from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.asking import who
from api.platform import platform, root_url
from api.web.about import About, about
from api.web.language import Language, language, remember_language
from api.web.texts import TEXTS
from gis_core.db import acting_as
from tiles.legend import legend, read_palette

HERE = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def routes() -> list[BaseRoute]:
    """The page and the files it is made of."""
    return [Route("/", map_page), Mount("/static", StaticFiles(directory=HERE / "static"))]


def map_page(request: Request) -> Response:
    """The map with its layer tree, in the language of the request."""
    chosen, identity = language(request), who(request)
    layers = platform(request).catalog.readable_by(identity.role)
    with acting_as(platform(request).engines, identity) as connection:
        groups = legend(layers, read_palette(connection))
        city = about(connection, layers)
    page = _ENVIRONMENT.get_template("map.html").render(
        language=chosen, other="vi" if chosen == "en" else "en", t={key: text[chosen] for key, text in TEXTS.items()},
        groups=groups, city=city, account=identity.subject,
        settings=_settings(groups, city, chosen, root_url(request)),
    )  # fmt: skip
    response = HTMLResponse(page, headers={"Cache-Control": "private, no-cache"})
    remember_language(request, response)
    return response


def _settings(groups: list[dict[str, Any]], city: About, chosen: Language, root: str) -> str:
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
        "attribution": city.attribution[chosen] if city.attribution else "",
    }  # fmt: skip
    # Within <script type="application/json">: the text must not be able to close the element.
    return orjson.dumps(settings).decode().replace("<", "\\u003c")
