"""How pages are rendered: the templates, and what every one of them is told."""

from pathlib import Path

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from api.asking import who
from api.platform import platform
from api.web.language import language, remember_language
from api.web.texts import TEXTS

HERE = Path(__file__).parent
SECTIONS = (
    ("/", "map", None),
    ("/planning", "planning", None),
    ("/planning/drafts", "plan_publish", "planning_zones"),
    ("/house-numbers", "numbers", "house_numbers"),
    ("/report", "report_nav", None),
    ("/reports", "reports_nav", "report_points"),
)
"""The parts of the site: address, key of the name, and the layer that their readers may write; None: for everybody."""
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def rendered(template: str, chosen: str, **values: object) -> str:
    """The text of `template` in the language `chosen`."""
    texts = {key: text[chosen] for key, text in TEXTS.items()}
    return _ENVIRONMENT.get_template(template).render(language=chosen, t=texts, **values)


def reader(request: Request) -> dict[str, object]:
    """What every page tells of its reader: the account's name, None without, and the sections for the role."""
    identity, catalog = who(request), platform(request).catalog
    writes = {layer.id for layer in catalog.layers if identity.role in layer.access.write}
    sections = [(address, name) for address, name, layer in SECTIONS if layer is None or layer in writes]
    return {"account": identity.subject, "sections": sections}


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """The page `template` in the language of `request`, which it remembers; kept by nobody but its reader."""
    chosen = language(request)
    other = "vi" if chosen == "en" else "en"
    body = rendered(template, chosen, other=other, **reader(request), **{"here": request.url.path, **values})
    response = HTMLResponse(body, status, {"Cache-Control": "private, no-cache"})
    remember_language(request, response)
    return response
