"""What the pages of plan publishing share: who may see them, their words, and how figures are written in them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from api.asking import asker, who
from api.web.language import Language, language
from api.web.plan_texts import PLAN_TEXTS
from api.web.templating import page
from api.web.wording import grouped
from gis_core.errors import BadRequest, LangbiangError, NotAllowed, NotFound
from gis_core.plan_drafts_findings import FINDINGS
from gis_core.query import CITY_TIME

SEE_OTHER = 303
MOST_DIGITS = 18


def turned_away(request: Request) -> Response | None:
    """The way to the log-in for strangers, a refusal for other roles, None for planners."""
    if who(request).role == "planner":
        return None
    told = PLAN_TEXTS["staff_only"]
    if request.method != "GET":
        raise NotAllowed(f"{told.vi} · {told.en}")
    if asker(request).account is None:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/login?{urlencode({'next': quote(request.url.path) + query})}", SEE_OTHER)
    chosen = language(request)
    return page(request, "message.html", 403, title=PLAN_TEXTS["drafts"][chosen], message=told[chosen], invented=False)


def plan_page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page of plan publishing with its words, in the language of `request`."""
    chosen = language(request)
    words = {key: text[chosen] for key, text in PLAN_TEXTS.items()}
    return page(
        request, template, status, p=words, csrf_token=token(request), invented=False, figures=Figures(chosen), **values
    )


class Figures:
    """Areas, days and moments as a template writes them in one language."""

    def __init__(self, chosen: Language) -> None:
        self.chosen = chosen

    def area(self, square_metres: float | None) -> str:
        """Whole square metres; a dash for none."""
        return "–" if square_metres is None else f"{grouped(round(square_metres), self.chosen)} m²"

    def number(self, amount: float) -> str:
        """A whole number, its digits grouped."""
        return grouped(round(amount), self.chosen)

    def day(self, given: date | str | None) -> str:
        """dd/MM/yyyy; a dash for none."""
        if given is None:
            return "–"
        return (date.fromisoformat(given) if isinstance(given, str) else given).strftime("%d/%m/%Y")

    def moment(self, given: datetime | None) -> str:
        """dd/MM/yyyy HH:MM in the city's time; a dash for none."""
        return "–" if given is None else given.astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M")

    def finding(self, code: str) -> str:
        """What a kind of finding is called."""
        return FINDINGS[code][1][self.chosen]

    def changed(self, difference: Mapping[str, Any] | None) -> str:
        """What a version changes, in one line."""
        if not difference:
            return PLAN_TEXTS["told_nothing"][self.chosen]
        told = [
            PLAN_TEXTS[f"told_{kind}"][self.chosen].format(
                count=self.number(one["count"]), area=self.area(one["before_m2" if kind == "removed" else "after_m2"])
            )
            for kind in ("added", "removed", "changed")
            if (one := difference["symbol"].get(kind))
        ]
        told = told or [PLAN_TEXTS["told_nothing"][self.chosen]]
        if ground := difference["ground"].get("changed"):
            told.append(PLAN_TEXTS["changed_land"][self.chosen].format(area=self.area(ground["area_m2"])))
        if parcels := difference.get("parcels"):
            told.append(PLAN_TEXTS["told_parcels"][self.chosen].format(count=self.number(parcels)))
        return "; ".join(told)


def token(request: Request) -> str:
    """The session's token for forms; empty without a session."""
    session = asker(request).session
    return session.csrf_token if session else ""


def spoken(error: LangbiangError, chosen: str) -> str:
    """The error's sentence in the language chosen."""
    vietnamese, _, english = str(error).partition(" · ")
    return english if english and chosen == "en" else vietnamese


def embedded(settings: Mapping[str, Any]) -> str:
    """Settings for a script as JSON that cannot close the element that holds it."""
    return orjson.dumps(settings).decode().replace("<", "\\u003c")


def script_words(chosen: Language) -> dict[str, str]:
    """The words that scripts use."""
    return {key.removeprefix("js_"): one[chosen] for key, one in PLAN_TEXTS.items() if key.startswith("js_")}


def number(shown: str) -> int:
    """The number of a draft or a publication. Raises `NotFound` for what cannot be one."""
    if not shown.isascii() or not shown.isdigit() or len(shown) > MOST_DIGITS:
        raise NotFound(f"Không có '{shown[:40]}'. · There is no '{shown[:40]}'.")
    return int(shown)


def seen_version(shown: str) -> int:
    """The version of a draft that a form was made from. Raises `BadRequest`."""
    if not shown.isascii() or not shown.isdigit() or len(shown) > MOST_DIGITS // 2:
        raise BadRequest(
            "Thiếu phiên bản của bản thảo; hãy tải lại trang. · The draft's version is missing; load again."
        )
    return int(shown)


def day_of(shown: str, vi: str, en: str) -> date:
    """A day written as yyyy-MM-dd or dd/MM/yyyy. Raises `BadRequest` that calls it `vi` and `en`."""
    text = shown.strip()
    try:
        if "/" in text:
            return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(
            f"{vi}: '{text[:40]}' không phải là ngày; viết như 2026-01-31. · "
            f"{en}: '{text[:40]}' is no day; write it like 2026-01-31."
        ) from None
