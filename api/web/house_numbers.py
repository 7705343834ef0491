"""The pages of the house-number staff: what waits at `/house-numbers`, a new number at `/house-numbers/new`."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from api.asking import asker, who
from api.platform import Platform, platform, root_url
from api.web.about import Box, about, is_invented
from api.web.language import language
from api.web.templating import page
from api.web.texts import TEXTS
from gis_core import numbering_lists as lists
from gis_core import numbering_office as office
from gis_core.addresses.house_number import written
from gis_core.db import acting_as
from gis_core.errors import BadRequest, LangbiangError, NotAllowed
from gis_core.features import refusing_bad_values
from gis_core.numbering_lists import Wanted
from gis_core.parcels import parcel_id
from gis_core.query import CITY_TIME

router = APIRouter()
House = Annotated[Platform, Depends(platform)]
Field = Annotated[str, Form(max_length=200)]
SEE_OTHER = 303
STAFF = frozenset({"planner", "administrator"})
DONE = ("sent", "approved", "dropped")


@router.get("/house-numbers")
def overview(request: Request, house: House) -> Response:
    """Proposals waiting and findings of the check, narrowed by ward, street and kind of fault."""
    return _turned_away(request) or _overview(request, house)


@router.get("/house-numbers/new")
def new_number(request: Request, house: House) -> Response:
    """The form for a new number: a place first, then the number that the rules give it."""
    return _turned_away(request) or _form(request, house, dict(request.query_params))


@router.post("/house-numbers")
def put_forward(
    request: Request, house: House, lon: Field = "", lat: Field = "", road: Field = "", number: Field = "",
    confirmed: Field = "",
) -> Response:  # fmt: skip
    """Stores the proposal and goes to the list, or shows the form again with the reason why not."""
    if refused := _turned_away(request):
        return refused
    asked = {"lon": lon, "lat": lat, "road": road, "number": number, "confirmed": confirmed}
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            site = office.site_at(connection, *_place(asked))
            found = office.suggestion(connection, site, road)
            proper = office.checked_number(number, found.path)
            if office.breaks_parity(proper, found.proposal.parity) and not confirmed:
                return _form(request, house, asked, doubt=True)
            office.put_forward(connection, house.catalog["house_numbers"], site, found, proper)
    except LangbiangError as error:
        return _form(request, house, asked, error)
    return RedirectResponse("/house-numbers?done=sent", SEE_OTHER)


@router.post("/house-numbers/{number}/approve")
def approve(
    request: Request, house: House, number: str, version: Field = "", decision: Field = "", decided_on: Field = ""
) -> Response:
    """Puts a proposal of somebody else into force."""
    if refused := _turned_away(request):
        return refused
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            layer = house.catalog["house_numbers"]
            office.approve(connection, layer, parcel_id(number), _version(version), decision, _day(decided_on))
    except LangbiangError as error:
        return _overview(request, house, error)
    return RedirectResponse("/house-numbers?done=approved", SEE_OTHER)


@router.post("/house-numbers/{number}/drop")
def drop(request: Request, house: House, number: str, version: Field = "") -> Response:
    """Takes a proposal back."""
    if refused := _turned_away(request):
        return refused
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            office.take_back(connection, house.catalog["house_numbers"], parcel_id(number), _version(version))
    except LangbiangError as error:
        return _overview(request, house, error)
    return RedirectResponse("/house-numbers?done=dropped", SEE_OTHER)


def _turned_away(request: Request) -> Response | None:
    """The way to the log-in for strangers, a refusal for other roles, None for the staff."""
    identity, chosen = who(request), language(request)
    if identity.role in STAFF:
        return None
    if asker(request).account is None:
        if request.method == "GET":
            return RedirectResponse(f"/login?{urlencode({'next': _here(request)})}", SEE_OTHER)
        raise NotAllowed(f"{TEXTS['numbers_staff_only'].vi} · {TEXTS['numbers_staff_only'].en}")
    told = TEXTS["numbers_staff_only"][chosen]
    return page(request, "message.html", 403, title=TEXTS["numbers"][chosen], message=told, invented=False)


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path) + query


def _overview(request: Request, house: Platform, error: LangbiangError | None = None) -> Response:
    chosen, asked = language(request), request.query_params
    wanted = Wanted(*(asked.get(name, "").strip()[:200] for name in ("ward", "street", "fault")))
    with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
        waiting, found = lists.waiting(connection, wanted), lists.found(connection, wanted)
        wards, invented = lists.wards(connection), is_invented(connection, house.catalog["house_numbers"])
    faults = house.catalog["house_number_findings"]["fault"].codes
    names = {one.code: one.en if chosen == "en" else one.vi for one in (faults.codes if faults else ())}
    done = asked.get("done", "")
    return page(
        request, "house_numbers.html", error.status if error else 200, csrf_token=_token(request), wanted=wanted,
        wards=wards, faults=names, waiting=[_told(one) for one in waiting], found=[_told(one) for one in found],
        total=found[0]["total"] if found else 0, fault=_spoken(error, chosen), invented=invented,
        done=TEXTS[f"numbers_{done}"][chosen] if done in DONE and not error else "",
        today=datetime.now(CITY_TIME).date().isoformat(),
    )  # fmt: skip


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a list, with its day as it is written here and its place as the map's address has it."""
    place = f"{row['lat']:.6f}/{row['lon']:.6f}" if row["lon"] is not None else ""
    since = row["updated_at"].astimezone(CITY_TIME).strftime("%d/%m/%Y") if "updated_at" in row else ""
    return {**row, "place": place, "since": since}


def _form(
    request: Request, house: Platform, asked: dict[str, str], error: LangbiangError | None = None, *,
    doubt: bool = False,
) -> Response:  # fmt: skip
    chosen = language(request)
    site = found = None
    if asked.get("parcel") or asked.get("lon") or asked.get("lat"):
        try:
            with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
                named = asked.get("parcel", "").strip()
                place = office.parcel_place(connection, parcel_id(named)) if named else _place(asked)
                site = office.site_at(connection, *place)
                asked = {**asked, "lon": f"{site.longitude:.7f}", "lat": f"{site.latitude:.7f}"}
                found = office.suggestion(connection, site, asked.get("road", ""))
        except LangbiangError as refused:
            error = error or refused
    with acting_as(house.engines, who(request)) as connection:
        city = about(connection, house.catalog.readable_by(who(request).role))
    return page(
        request, "house_number_new.html", error.status if error else 200, csrf_token=_token(request), asked=asked,
        site=site, found=found, road=asked.get("road") or (site.roads[0] if site else ""), written=written,
        reasons=[one[chosen] for one in found.proposal.reasons] if found else [], doubt=doubt,
        invented=city.invented, fault=_spoken(error, chosen), settings=_settings(request, city.box, asked),
    )  # fmt: skip


def _settings(request: Request, box: Box | None, asked: dict[str, str]) -> str:
    """What the script of the form's map starts from; the text cannot close the element that holds it."""
    try:
        place = list(_place(asked))
    except BadRequest:
        place = []
    settings = {"place": place, "box": box, "root": root_url(request)}
    return orjson.dumps(settings).decode().replace("<", "\\u003c")


def _place(asked: dict[str, str]) -> tuple[float, float]:
    """Longitude and latitude; a decimal comma is understood. Raises `BadRequest` for what are no numbers."""
    try:
        longitude, latitude = (float(asked.get(name, "").strip().replace(",", ".")) for name in ("lon", "lat"))
    except ValueError:
        raise BadRequest("Kinh độ, vĩ độ phải là số. · Longitude and latitude must be numbers.") from None
    return longitude, latitude


def _version(shown: str) -> int:
    if not shown.isascii() or not shown.isdigit() or len(shown) > 9:
        raise BadRequest("Thiếu phiên bản của đề xuất. · The version of the proposal is missing; load the page again.")
    return int(shown)


def _day(shown: str) -> date:
    try:
        return date.fromisoformat(shown)
    except ValueError:
        raise BadRequest("Hãy ghi ngày quyết định. · Give the date of the decision.") from None


def _token(request: Request) -> str:
    session = asker(request).session
    return session.csrf_token if session else ""


def _spoken(error: LangbiangError | None, chosen: str) -> str:
    vietnamese, _, english = str(error or "").partition(" · ")
    return english if english and chosen == "en" else vietnamese
