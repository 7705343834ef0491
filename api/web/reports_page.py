"""What the pages of reports share: their words, who may handle reports, and how moments are written."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, RedirectResponse

from api.asking import asker, who
from api.platform import platform
from api.web.about import is_invented
from api.web.language import Language, language
from api.web.templating import page
from api.web.texts import TEXTS
from api.web.wording import grouped
from gis_core.db import ANONYMOUS, acting_as
from gis_core.errors import LangbiangError, NotAllowed
from gis_core.query import CITY_TIME
from tiles.legend import read_palette

SEE_OTHER = 303
A_KILOMETRE = 1_000


def report_page(request: Request, template: str, error: LangbiangError | None, **values: Any) -> HTMLResponse:
    """A page of reports in the language of `request`, with the status and the sentence of `error`."""
    chosen = language(request)
    session = asker(request).session
    title = values.pop("title", None)
    house = platform(request)
    with acting_as(house.engines, ANONYMOUS) as connection:
        invented = is_invented(connection, house.catalog["wards"])
    return page(
        request, template, error.status if error else 200, csrf_token=session.csrf_token if session else "",
        fault=spoken(error, chosen), when=when, distance=lambda metres: distance(metres, chosen),
        title=title[chosen] if title else "", invented=invented, **values,
    )  # fmt: skip


def spoken(error: LangbiangError | None, chosen: str) -> str:
    """The error's sentence in the language chosen; empty without one."""
    vietnamese, _, english = str(error or "").partition(" · ")
    return english if english and chosen == "en" else vietnamese


def when(moment: datetime | None) -> str:
    """dd/MM/yyyy HH:mm in the city's time; a dash for none."""
    return moment.astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M") if moment else "–"


def distance(metres: int, chosen: Language) -> str:
    """Metres, or kilometres where they are many."""
    return f"{metres} m" if metres < A_KILOMETRE else f"{grouped(round(metres / A_KILOMETRE, 1), chosen)} km"


def names_of(connection: Connection, codes: str, chosen: str) -> dict[str, str]:
    """The names of a list's codes as the city has them now, in their order."""
    return {one.code: one.name[chosen] for one in read_palette(connection).get(codes, ())}


def turned_away(request: Request) -> Response | None:
    """The way to the log-in for strangers, a refusal for other roles, None for those who handle reports."""
    if who(request).role in platform(request).catalog["report_points"].access.write:
        return None
    told = TEXTS["desk_staff_only"]
    if request.method != "GET":
        raise NotAllowed(f"{told.vi} · {told.en}")
    if asker(request).account is None:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/login?{urlencode({'next': quote(request.url.path) + query})}", SEE_OTHER)
    chosen = language(request)
    return page(request, "message.html", 403, title=TEXTS["desk"][chosen], message=told[chosen], invented=False)
