"""The office's pages: `/reports` with what waits, `/reports/{number}` with one report and its next steps."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from api.asking import who
from api.platform import Platform, platform
from api.web.language import language
from api.web.reports_page import SEE_OTHER, names_of, report_page, turned_away
from api.web.texts import TEXTS
from gis_core import reports_handling as desk
from gis_core.db import acting_as
from gis_core.errors import BadRequest, LangbiangError, NotFound
from gis_core.features import refusing_bad_values
from gis_core.numbering_lists import wards
from gis_core.reports import now

router = APIRouter()
House = Annotated[Platform, Depends(platform)]
Word = Annotated[str, Form(max_length=9_000)]
LAYER = "report_points"


@router.get("/reports")
def overview(request: Request, house: House) -> Response:
    """The reports, newest first, narrowed by state, category, ward and lateness."""
    return turned_away(request) or _overview(request, house)


@router.get("/reports/{number}")
def case(request: Request, house: House, number: int) -> Response:
    """One report with its history and the steps that may be taken."""
    return turned_away(request) or _case(request, house, number)


@router.get("/reports/photos/{number}")
def photo(request: Request, house: House, number: int) -> Response:
    """A photo as the office may see it."""
    if refused := turned_away(request):
        return refused
    with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
        found = desk.photo_content(connection, number)
    if found is None:
        raise NotFound(f"Không có ảnh {number}. · There is no photo {number}.")
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.post("/reports/{number}/step")
def step(
    request: Request, house: House, number: int, to: Word = "", version: Word = "", note: Word = "", unit: Word = "",
    main: Word = "", publish: Word = "",
) -> Response:  # fmt: skip
    """Takes a step, or shows the report again with the reason why not."""
    if refused := turned_away(request):
        return refused
    to, note, unit, main = (word.replace("\0", "") for word in (to, note, unit, main))
    asked = desk.Step(to, note, unit, main, bool(publish))
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            desk.take_step(connection, house.catalog[LAYER], who(request).role, number, _version(version), asked, now())
    except LangbiangError as error:
        return _case(request, house, number, error)
    return RedirectResponse(f"/reports/{number}?done=1", SEE_OTHER)


@router.post("/reports/{number}/public")
def publish(
    request: Request, house: House, number: int, version: Word = "", words: Word = "", public: Word = "",
    photos: Annotated[list[int], Form(max_length=20)] = [],  # noqa: B006 - read only
) -> Response:  # fmt: skip
    """Sets what everybody may see of the report."""
    if refused := turned_away(request):
        return refused
    layer, role = house.catalog[LAYER], who(request).role
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            known = desk.case(connection, layer, role, number)
            text = words.replace("\0", "")
            desk.set_public(connection, layer, known, _version(version), text, public=bool(public))
            desk.show_photos(connection, number, set(photos))
    except LangbiangError as error:
        return _case(request, house, number, error)
    return RedirectResponse(f"/reports/{number}?done=1", SEE_OTHER)


def _overview(request: Request, house: Platform) -> Response:
    chosen, asked = language(request), request.query_params
    given = {name: asked.get(name, "").replace("\0", "")[:60] for name in ("status", "category", "ward")}
    wanted = desk.Wanted(**given, overdue=bool(asked.get("overdue")))
    with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
        try:
            rows, after = desk.reports(connection, wanted, asked.get("after", ""))
            error = None
        except BadRequest as refused:
            rows, after, error = [], None, refused
        names = {name: names_of(connection, f"report_{name}", chosen) for name in ("status", "category", "severity")}
        counts, known = desk.counts(connection), wards(connection)
    narrowed = {name: value for name, value in (*given.items(), ("overdue", "1" if wanted.overdue else "")) if value}
    return report_page(
        request, "reports.html", error, rows=rows, wanted=wanted, names=names, counts=counts, wards=known,
        paged=bool(asked.get("after")), first=f"/reports?{urlencode(narrowed)}",
        following=f"/reports?{urlencode({**narrowed, 'after': after})}" if after else "",
    )  # fmt: skip


def _case(request: Request, house: Platform, number: int, error: LangbiangError | None = None) -> Response:
    chosen, layer, role = language(request), house.catalog[LAYER], who(request).role
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            known: dict[str, Any] = desk.case(connection, layer, role, number)
            names = {
                name: names_of(connection, f"report_{name}", chosen) for name in ("status", "category", "severity")
            }
            steps, units = desk.steps(connection, known), desk.units(connection, known["ward"])
    except NotFound as missing:
        told = TEXTS["report_missing"]
        return report_page(request, "report_find.html", missing, title=told)
    done = TEXTS["desk_done"][chosen] if request.query_params.get("done") and error is None else ""
    return report_page(
        request, "report_handling.html", error, known=known, names=names, steps=steps, done=done,
        here=f"/reports/{number}",
        units={code: unit[chosen] for code, unit in units.items()}, personal="report_content" in known,
        late=known["due_at"] is not None and known["due_at"] < (known["resolved_at"] or now()),
    )  # fmt: skip


def _version(shown: str) -> int:
    if not shown.isascii() or not shown.isdigit() or len(shown) > 9:
        raise BadRequest("Thiếu phiên bản; hãy tải lại trang. · The version is missing; load the page again.")
    return int(shown)
