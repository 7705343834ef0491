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
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def rendered(template: str, chosen: str, **values: object) -> str:
    """The text of `template` in the language `chosen`."""
    texts = {key: text[chosen] for key, text in TEXTS.items()}
    return _ENVIRONMENT.get_template(template).render(language=chosen, t=texts, **values)


def reader(request: Request) -> dict[str, object]:
    """What every page tells of its reader: the account's name, None without, and whether they issue house numbers."""
    identity = who(request)
    issues = identity.role in platform(request).catalog["house_numbers"].access.write
    return {"account": identity.subject, "issues_numbers": issues}


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """The page `template` in the language of `request`, which it remembers; kept by nobody but its reader."""
    chosen = language(request)
    other = "vi" if chosen == "en" else "en"
    body = rendered(template, chosen, other=other, **reader(request), **{"here": request.url.path, **values})
    response = HTMLResponse(body, status, {"Cache-Control": "private, no-cache"})
    remember_language(request, response)
    return response
