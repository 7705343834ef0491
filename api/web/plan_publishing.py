"""The planners' pages of drafts: `/planning/drafts` with the upload, `/planning/drafts/{draft}` with what was found."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from sqlalchemy import Connection, RowMapping
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.asking import who
from api.offered import plan_uploads
from api.platform import Platform, platform, root_url
from api.web import plan_publishing_upload, plan_publishing_versions
from api.web.about import about
from api.web.language import Language, language
from api.web.plan_publishing_page import (
    SEE_OTHER,
    embedded,
    number,
    plan_page,
    script_words,
    seen_version,
    spoken,
    turned_away,
)
from api.web.plan_publishing_upload import conflict_page, said_about, start_check
from api.web.plan_texts import PLAN_TEXTS
from api.web.wording import worded
from etl.plan_check import NOT_FROM_FILES
from etl.plan_upload import remove
from gis_core import plan_drafts as office
from gis_core import plan_drafts_view as view
from gis_core.db import acting_as
from gis_core.errors import BadRequest, Conflict, LangbiangError, NoSuchJob
from gis_core.features import refusing_bad_values
from gis_core.jobs.queue import find_submitted
from gis_core.layer import Layer
from gis_core.plan_versions import publish
from gis_core.query import CITY_TIME
from tiles.legend import Palette, read_palette

router = APIRouter()
House = Annotated[Platform, Depends(platform)]
Word = Annotated[str, Form(max_length=2000)]
DONE = ("new", "known", "submitted", "returned", "discarded", "published")
SYSTEMS = ("EPSG:5899", "EPSG:9218", "EPSG:9217", "EPSG:5898", "EPSG:3405", "EPSG:4756", "EPSG:4326", "EPSG:32648")
"""Reference systems that plan files of the region come in."""
FIELDS = 2_000
"""Fields of a form: a box to tick for each offered repair."""
Step = Callable[[Connection, int, int], None]


def install(app: FastAPI) -> None:
    """Adds all routes of plan publishing to `app`."""
    for one in (router, plan_publishing_upload.router, plan_publishing_versions.router):
        app.include_router(one)


@router.get("/planning/drafts")
def overview(request: Request, house: House) -> Response:
    """The form for an upload, and the drafts, those that wait for approval first."""
    if refused := turned_away(request):
        return refused
    chosen = language(request)
    with acting_as(house.engines, who(request)) as connection:
        rows, plans = office.drafts(connection), office.known_plans(connection)
        levels = read_palette(connection).get("plan_level", ())
    limit = house.settings.largest_request
    return plan_page(
        request, "plan_drafts.html", rows=[_state(row) for row in rows], plans=plans, systems=SYSTEMS,
        levels={one.code: one.name[chosen] for one in levels}, done=_done(request, chosen), limit=limit >> 20,
        today=datetime.now(CITY_TIME).date().isoformat(),
        settings=embedded({"limit": limit, "words": script_words(chosen)}),
    )  # fmt: skip


@router.get("/planning/drafts/{draft}")
def one(request: Request, house: House, draft: str) -> Response:
    """A draft with findings, offered repairs, comparison and what can be done next."""
    return turned_away(request) or _draft_page(request, house, number(draft))


@router.get("/planning/drafts/{draft}/state")
def state(request: Request, house: House, draft: str) -> Response:
    """How far the check of a draft has come, as JSON."""
    if refused := turned_away(request):
        return refused
    with acting_as(house.engines, who(request)) as connection:
        row = office.find_draft(connection, number(draft))
    job = _job(request, house, row)
    told = {"status": row["status"], "version": row["version"]}
    if job is not None:
        told |= {"progress": job["progress"], "message": _half(job["message"] or "", language(request))}
        told |= {"failed": job["status"] in ("failed", "dismissed")}
    return Response(orjson.dumps(told), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/planning/drafts/{draft}/map/{part}")
def part_of_map(request: Request, house: House, draft: str, part: str) -> Response:
    """Zones, findings, repairs, changes or what is affected, as GeoJSON in WGS 84."""
    if refused := turned_away(request):
        return refused
    with acting_as(house.engines, who(request)) as connection:
        office.find_draft(connection, number(draft))
        body = view.collection(connection, number(draft), part)
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": "no-store"})


async def sent_form(request: Request) -> FormData:
    """What the form of `request` holds."""
    return await request.form(max_files=0, max_fields=FIELDS)


Sent = Annotated[FormData, Depends(sent_form)]


@router.post("/planning/drafts/{draft}/correct")
def correct(request: Request, house: House, draft: str, sent: Sent) -> Response:
    """Takes in corrected details and columns, and checks again."""
    form = {name: value for name, value in sent.items() if isinstance(value, str)}
    fields = _zone_fields(house)
    columns = {name: form[f"column_{name}"] for name in fields if f"column_{name}" in form} or None

    def step(connection: Connection, found: int, version: int) -> None:
        office.correct(connection, found, version, said_about(connection, form), columns)

    return _taken_step(request, house, draft, form.get("version", ""), step, "", again=True)


@router.post("/planning/drafts/{draft}/accept")
def accept(request: Request, house: House, draft: str, sent: Sent) -> Response:
    """Lets the chosen repaired copies count, and checks again."""
    rows = [number(row) for row in sent.getlist("row") if isinstance(row, str)]

    def step(connection: Connection, found: int, version: int) -> None:
        office.accept_repairs(connection, found, version, rows)

    return _taken_step(request, house, draft, str(sent.get("version", "")), step, "", again=True)


@router.post("/planning/drafts/{draft}/again")
def again(request: Request, house: House, draft: str, version: Word = "") -> Response:
    """Checks again."""
    return _taken_step(request, house, draft, version, office.check_again, "", again=True)


@router.post("/planning/drafts/{draft}/submit")
def hand_in(request: Request, house: House, draft: str, version: Word = "") -> Response:
    """Hands the draft in for approval."""
    return _taken_step(request, house, draft, version, office.submit_draft, "?done=submitted")


@router.post("/planning/drafts/{draft}/return")
def give_back(request: Request, house: House, draft: str, version: Word = "", note: Word = "") -> Response:
    """Gives the draft back with a reason."""

    def step(connection: Connection, found: int, seen: int) -> None:
        office.return_draft(connection, found, seen, note)

    return _taken_step(request, house, draft, version, step, "?done=returned")


@router.post("/planning/drafts/{draft}/discard")
def discard(request: Request, house: House, draft: str, version: Word = "") -> Response:
    """Discards the draft and removes its file."""
    gone: list[str | None] = []

    def step(connection: Connection, found: int, seen: int) -> None:
        gone.append(office.discard(connection, found, seen))

    answer = _taken_step(request, house, draft, version, step, "?done=discarded")
    if gone and gone[0] and answer.status_code == SEE_OTHER:
        remove(plan_uploads(house.settings) / gone[0])
    return answer


@router.post("/planning/drafts/{draft}/approve")
def approve(request: Request, house: House, draft: str, version: Word = "") -> Response:
    """Publishes the version."""

    def step(connection: Connection, found: int, seen: int) -> None:
        publish(connection, house.catalog["planning_zones"], found, seen)

    return _taken_step(request, house, draft, version, step, "?done=published")


def _taken_step(
    request: Request, house: Platform, draft: str, version: str, step: Step, after: str, *, again: bool = False
) -> Response:
    """The way to the draft's page after the step; a conflict or the page with what is wrong where it was refused."""
    turned_away(request)
    found = number(draft)
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            step(connection, found, seen_version(version))
        if again:
            start_check(request, house, found)
    except Conflict as error:
        with acting_as(house.engines, who(request)) as connection:
            code = office.find_draft(connection, found)["plan_code"]
        return conflict_page(request, error, code, found)
    except BadRequest as error:
        return _draft_page(request, house, found, error)
    return RedirectResponse(f"/planning/drafts/{found}{after}", SEE_OTHER)


def _draft_page(request: Request, house: Platform, draft: int, error: LangbiangError | None = None) -> Response:
    chosen, identity, zones = language(request), who(request), house.catalog["planning_zones"]
    with acting_as(house.engines, identity) as connection:
        row, palette = office.find_draft(connection, draft), read_palette(connection)
        shown = {
            "findings": view.listed_findings(connection, draft), "repairs": view.offered_repairs(connection, draft),
            "changes": [_worded(one, zones, palette, chosen) for one in view.listed_changes(connection, draft)],
            "parcels": view.affected(connection, draft, "land_parcels"),
            "permits": view.affected(connection, draft, "building_permits"),
        }  # fmt: skip
        box = view.extent(connection, draft) or about(connection, house.catalog.readable_by(identity.role)).box
    job = _job(request, house, row)
    failed = row["status"] == "checking" and job is not None and job["status"] in ("failed", "dismissed")
    return plan_page(
        request, "plan_draft.html", error.status if error else 200, one=_state(row),
        mine=identity.subject in row["hands"], failed=_half(job["message"] or "", chosen) if failed and job else "",
        levels={level.code: level.name[chosen] for level in palette.get("plan_level", ())},
        fields=[(name, zones[name].title[chosen]) for name in _zone_fields(house)],
        fault=spoken(error, chosen) if error else "", done=_done(request, chosen), systems=SYSTEMS,
        settings=embedded(_settings(request, row, box, chosen)), **shown,
    )  # fmt: skip


def _settings(request: Request, row: RowMapping, box: Any, chosen: Language) -> dict[str, Any]:
    place = f"/planning/drafts/{row['id']}"
    return {
        "box": box, "root": root_url(request), "words": script_words(chosen), "map": f"{place}/map/",
        "state": f"{place}/state", "checking": row["status"] == "checking",
    }  # fmt: skip


def _worded(change: dict[str, Any], layer: Layer, palette: Palette, chosen: Language) -> dict[str, Any]:
    """The change with the names of the fields that differ, and their values before and after in words."""
    both = before, after = change["before"] or {}, change["after"] or {}
    fields = [
        (
            one.title[chosen],
            *(worded(one, said[one.name], palette, chosen) if one.name in said else "–" for said in both),
        )
        for one in layer.fields
        if change["kind"] == "changed" and before.get(one.name) != after.get(one.name)
    ]
    return {**change, "fields": fields}


def _zone_fields(house: Platform) -> list[str]:
    return [one.name for one in house.catalog["planning_zones"].fields if one.name not in NOT_FROM_FILES]


def _job(request: Request, house: Platform, row: RowMapping) -> RowMapping | None:
    """The job that checks the draft, where it is the asker's own; nobody else is told of it."""
    if row["job"] is None or row["status"] != "checking":
        return None
    try:
        return find_submitted(house.engines, who(request), row["job"], house.jobs)
    except NoSuchJob:
        return None


def _state(row: RowMapping) -> dict[str, Any]:
    """The draft with the state that people are told of: a checked one may be blocked."""
    told = "blocked" if row["status"] == "checked" and row["blocking"] else row["status"]
    return {**row, "told": told}


def _half(message: str, chosen: Language) -> str:
    vietnamese, _, english = message.partition(" · ")
    return english if english and chosen == "en" else vietnamese


def _done(request: Request, chosen: Language) -> str:
    done = request.query_params.get("done", "")
    return PLAN_TEXTS[f"done_{done}"][chosen] if done in DONE else ""
