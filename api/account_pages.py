"""The look of the pages about accounts: log-in, one's own account, the audit."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse

from api.asking import asker
from api.web.language import language, remember_language
from gis_core.layer import Text
from gis_core.query import CITY_TIME

ROLE_NAMES: Mapping[str, Text] = {
    "citizen": Text("Người dân", "Citizen"),
    "planner": Text("Cán bộ quy hoạch", "Planner"),
    "tax_officer": Text("Cán bộ thuế", "Tax officer"),
    "inspector": Text("Thanh tra", "Inspector"),
    "operator": Text("Điều hành", "Operator"),
    "administrator": Text("Quản trị", "Administrator"),
}
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "web" / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """The page `account/TEMPLATE.html` in the language of `request`; nobody keeps a copy of it."""
    chosen, found = language(request), asker(request)
    other = urlencode({**request.query_params, "lang": "vi" if chosen == "en" else "en"})
    body = _ENVIRONMENT.get_template(f"account/{template}.html").render(
        language=chosen, other_language=other, t=lambda vi, en: Text(vi, en)[chosen], roles=ROLE_NAMES,
        account=found.account, csrf_token=found.session.csrf_token if found.session else "", **values,
    )  # fmt: skip
    response = HTMLResponse(body, status, {"Cache-Control": "private, no-store"})
    remember_language(request, response)
    return response


def _moment(value: datetime) -> str:
    return value.astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M:%S")


def _day(value: datetime) -> str:
    return value.astimezone(CITY_TIME).strftime("%d/%m/%Y")


@pass_context
def _spoken(context: Context, message: str) -> str:
    """The part in the page's language of an error that says the same in both."""
    vietnamese, _, english = message.partition(" · ")
    return english if english and context["language"] == "en" else vietnamese


_ENVIRONMENT.filters |= {"moment": _moment, "day": _day, "spoken": _spoken}
