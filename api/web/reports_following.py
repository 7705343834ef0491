"""Following a report by its code: `/r/{code}`; with the form's key also what one wrote, and answers to questions."""

import uuid
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from api.platform import Platform, platform
from api.web.language import language
from api.web.reports_page import SEE_OTHER, names_of, report_page
from api.web.texts import TEXTS
from gis_core import reports as intake
from gis_core import reports_follow as following
from gis_core.db import ANONYMOUS, acting_as
from gis_core.errors import LangbiangError, NotFound

router = APIRouter()
House = Annotated[Platform, Depends(platform)]
Word = Annotated[str, Form(max_length=5_000)]
DONE = {"sent": "report_thanks", "followed": "report_followed", "answered": "report_answered"}


@router.get("/r")
def find(request: Request) -> Response:
    """The form for a code, or the way to the report that has it."""
    code = request.query_params.get("code", "").strip().upper()
    if code:
        return RedirectResponse(f"/r/{quote(code[:40], safe='')}", SEE_OTHER)
    return report_page(request, "report_find.html", None, title=TEXTS["report_track"])


@router.get("/r/{code}")
def show(request: Request, house: House, code: str) -> Response:
    """The state of the report; what it says to those who may know."""
    return _shown(request, house, code, request.query_params.get("key", ""))


@router.post("/r/{code}/answer")
def answer(request: Request, house: House, code: str, key: Word = "", words: Word = "") -> Response:
    """Takes the reporter's answer to a question."""
    try:
        with acting_as(house.engines, ANONYMOUS) as connection:
            following.answer_question(connection, code, intake.form_key(key), words, intake.now())
    except LangbiangError as error:
        return _shown(request, house, code, key, error)
    return RedirectResponse(f"/r/{quote(code, safe='')}?{urlencode({'key': key, 'done': 'answered'})}", SEE_OTHER)


def _shown(
    request: Request, house: Platform, code: str, shown_key: str, error: LangbiangError | None = None
) -> Response:
    chosen = language(request)
    key: uuid.UUID | None = None
    try:
        key = intake.form_key(shown_key) if shown_key else None
        with acting_as(house.engines, ANONYMOUS) as connection:
            known = following.report_by_code(connection, code, key)
            states = names_of(connection, "report_status", chosen)
            categories = names_of(connection, "report_category", chosen)
            rule = intake.rule_in_words(connection, known["rule"])
    except NotFound as missing:
        return report_page(request, "report_find.html", missing, title=TEXTS["report_missing"])
    except LangbiangError as wrong:
        return report_page(request, "report_find.html", wrong, title=TEXTS["report_track"])
    question = next((one["note"] for one in reversed(known["events"]) if one["status"] == "cho_bo_sung"), None)
    done = DONE.get(request.query_params.get("done", ""), "")
    return report_page(
        request, "report_case.html", error, known=known, states=states, categories=categories, rule=rule,
        here=f"/r/{quote(code, safe='')}",
        key=str(key) if known["own"] else "", done=TEXTS[done][chosen] if done else "", question=question,
        late=known["due_at"] is not None and known["due_at"] < (known["resolved_at"] or intake.now()),
        kept=f"{urlencode({'key': shown_key})}&" if known["own"] else "",
    )  # fmt: skip
