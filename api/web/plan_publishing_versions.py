"""Published plan versions: the public list and its Atom feed, the plans on two axes of time, and withdrawals."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode

import feedgenerator
import orjson
from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from api.asking import who
from api.platform import Platform, platform, root_url
from api.web.language import Language, language
from api.web.plan_publishing_page import SEE_OTHER, Figures, day_of, number, plan_page, spoken, turned_away
from api.web.plan_publishing_upload import conflict_page
from api.web.plan_texts import PLAN_TEXTS
from gis_core.db import acting_as
from gis_core.errors import BadRequest, Conflict, LangbiangError
from gis_core.features import refusing_bad_values
from gis_core.plan_drafts import LONGEST
from gis_core.plan_versions import ask_withdrawal, drop_withdrawal, withdraw
from gis_core.plan_versions_known import Asked, versions_as_known, zones_as_known
from gis_core.plan_versions_list import publications
from gis_core.query import CITY_TIME

router = APIRouter()
House = Annotated[Platform, Depends(platform)]
Word = Annotated[str, Form(max_length=2000)]
DONE = ("asked", "dropped", "withdrawn")
PARAMETERS = frozenset({"day", "known-at", "plan", "lon", "lat", "bbox", "f", "lang", "done"})
ATOM = "application/atom+xml"
FEED_SECONDS = 60


@router.get("/planning/versions")
def versions(request: Request, house: House) -> Response:
    """What was valid on `day` as known on `known-at`, and what was published and withdrawn; a page, or JSON by `f`."""
    if _wants_json(request):
        return _document(request, house)
    try:
        return _page(request, house, _asked(request.query_params))
    except BadRequest as error:
        now = datetime.now(CITY_TIME)
        return _page(request, house, Asked(now.date(), now), error)


@router.get("/planning/feed.atom")
def feed(request: Request, house: House) -> Response:
    """The feed of publications and withdrawals, newest first, in the language asked for."""
    chosen, root = language(request), root_url(request)
    with acting_as(house.engines, who(request)) as connection:
        rows = publications(connection, "citizen")
    made = feedgenerator.Atom1Feed(
        title=f"{PLAN_TEXTS['versions'][chosen]} – Langbiang", link=f"{root}/planning/versions",
        description=PLAN_TEXTS["feed_about"][chosen], language=chosen, author_name="Langbiang",
        feed_url=f"{root}/planning/feed.atom?lang={chosen}",
    )  # fmt: skip
    entries = [entry for row in rows for entry in _entries(row, root, chosen)]
    for entry in sorted(entries, key=lambda one: one["updateddate"], reverse=True):
        made.add_item(**entry)
    headers = {"Cache-Control": f"public, max-age={FEED_SECONDS}"}
    return Response(made.writeString("utf-8"), headers=headers, media_type=ATOM)


@router.post("/planning/versions/{publication}/ask")
def ask(request: Request, house: House, publication: str, reason: Word = "") -> Response:
    """Asks that somebody else withdraws the version."""
    turned_away(request)
    return _decided(request, house, number(publication), "asked", reason)


@router.post("/planning/versions/{publication}/drop")
def drop(request: Request, house: House, publication: str) -> Response:
    """Takes the request back."""
    turned_away(request)
    return _decided(request, house, number(publication), "dropped")


@router.post("/planning/versions/{publication}/withdraw")
def approve_withdrawal(request: Request, house: House, publication: str) -> Response:
    """Withdraws the version that somebody else asked to withdraw."""
    turned_away(request)
    return _decided(request, house, number(publication), "withdrawn")


def _decided(request: Request, house: Platform, publication: int, step: str, reason: str = "") -> Response:
    try:
        with acting_as(house.engines, who(request)) as connection, refusing_bad_values():
            match step:
                case "asked":
                    ask_withdrawal(connection, publication, reason)
                case "dropped":
                    drop_withdrawal(connection, publication)
                case _:
                    withdraw(connection, publication)
    except Conflict as error:
        return conflict_page(request, error, _code_of(request, house, publication), None)
    except BadRequest as error:
        now = datetime.now(CITY_TIME)
        return _page(request, house, Asked(now.date(), now), error)
    return RedirectResponse(f"/planning/versions?done={step}", SEE_OTHER)


def _code_of(request: Request, house: Platform, publication: int) -> str:
    with acting_as(house.engines, who(request)) as connection:
        rows = publications(connection, "planner")
    return next((str(row["plan_code"]) for row in rows if row["id"] == publication), "")


def _page(request: Request, house: Platform, asked: Asked, error: LangbiangError | None = None) -> Response:
    chosen, identity = language(request), who(request)
    with acting_as(house.engines, identity) as connection, refusing_bad_values():
        valid = [one for one in versions_as_known(connection, asked) if asked.plan_code in (None, one["plan_code"])]
        listed = publications(connection, identity.role, asked.plan_code)
    done = request.query_params.get("done", "")
    days = {"day": asked.day.isoformat(), "known-at": asked.known_at.astimezone(CITY_TIME).date().isoformat()}
    return plan_page(
        request, "plan_versions.html", error.status if error else 200, valid=valid, publications=listed,
        planner=identity.role == "planner", fault=spoken(error, chosen) if error else "",
        done=PLAN_TEXTS[f"done_{done}"][chosen] if done in DONE else "",
        days=days, kept=f"{urlencode(days)}&" if {"day", "known-at"} & set(request.query_params) else "",
    )  # fmt: skip


def _document(request: Request, house: Platform) -> Response:
    asked, identity = _asked(request.query_params), who(request)
    with acting_as(house.engines, identity) as connection, refusing_bad_values():
        valid = [one for one in versions_as_known(connection, asked) if asked.plan_code in (None, one["plan_code"])]
        narrowed = asked.plan_code is not None or asked.box is not None
        zones = [_feature(one) for one in zones_as_known(connection, asked)] if narrowed else None
        listed = publications(connection, "citizen", asked.plan_code)
    told: dict[str, Any] = {"day": asked.day, "known_at": asked.known_at, "versions": valid, "publications": listed}
    if zones is not None:
        told["zones"] = {"type": "FeatureCollection", "features": zones}
    return Response(orjson.dumps(told), media_type="application/json", headers={"Cache-Control": "no-cache"})


def _feature(zone: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in zone.items() if name not in ("id", "geometry")}
    geometry = orjson.Fragment(zone["geometry"]) if zone["geometry"] else None
    return {"type": "Feature", "id": zone["id"], "geometry": geometry, "properties": properties}


def _wants_json(request: Request) -> bool:
    wanted = request.query_params.get("f")
    if wanted not in (None, "json", "html"):
        raise BadRequest(f"f='{wanted[:20]}': dùng html hoặc json. · f='{wanted[:20]}': use html or json.")
    accepted = request.headers.get("accept", "")
    return wanted == "json" or (wanted is None and "application/json" in accepted and "text/html" not in accepted)


def _asked(given: Mapping[str, str]) -> Asked:
    """What is asked for: by default today, as known now. Raises `BadRequest`."""
    if unknown := sorted(set(given) - PARAMETERS):
        raise BadRequest(
            f"Không có tham số '{unknown[0][:40]}'. · There is no parameter '{unknown[0][:40]}'; known are "
            f"{', '.join(sorted(PARAMETERS))}."
        )
    now = datetime.now(CITY_TIME)
    day = day_of(given["day"], "day", "day") if given.get("day") else now.date()
    code = given.get("plan") or None
    if code is not None and (len(code) > LONGEST or not code.isprintable()):
        raise BadRequest("plan: mã đồ án không hợp lệ. · plan: this is no plan code.")
    return Asked(day, _moment(given.get("known-at", ""), now), code, _box(given))


def _moment(shown: str, now: datetime) -> datetime:
    """The end of a day in the city's time, or a moment. Raises `BadRequest` for the future: nobody knows it yet."""
    if not shown:
        return now
    if len(shown) > len("2026-01-31"):
        try:
            found = datetime.fromisoformat(shown.replace(" ", "+"))  # a plus sign that the address bar took for a space
        except ValueError:
            found = _end_of(day_of(shown, "known-at", "known-at"))
        found = found if found.tzinfo else found.replace(tzinfo=CITY_TIME)
    else:
        found = _end_of(day_of(shown, "known-at", "known-at"))
        found = now if found.date() == now.date() else found
    if found > now:
        raise BadRequest("known-at nằm ở tương lai. · known-at lies in the future: nothing is known of it yet.")
    return found


def _end_of(day: date) -> datetime:
    if day.year > date.max.year - 1:
        raise BadRequest("known-at nằm ở tương lai. · known-at lies in the future: nothing is known of it yet.")
    return datetime.combine(day, time(), CITY_TIME) + timedelta(days=1, microseconds=-1)


def _box(given: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    """The box of `bbox`, or that of the place `lon`, `lat`; None where neither is asked for. Raises `BadRequest`."""
    shown = given["bbox"].split(",") if given.get("bbox") else [given.get(name, "") for name in ("lon", "lat")] * 2
    if not any(shown):
        return None
    try:
        west, south, east, north = (float(one) for one in shown)
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise BadRequest(
            "lon, lat hoặc bbox (tây, nam, đông, bắc) phải là độ WGS 84. · "
            "lon and lat, or bbox (west, south, east, north), must be degrees of WGS 84."
        )
    return west, south, east, north


def _entries(row: Mapping[str, Any], root: str, chosen: Language) -> list[dict[str, Any]]:
    """The entries of a publication: one for it, another where it was withdrawn."""
    figures = Figures(chosen)
    plan = {"plan": f"{row['plan_code']} – {row['plan_name']}", "version": row["plan_version"]}
    link = f"{root}/planning/versions#p{row['id']}"
    told = PLAN_TEXTS["in_force_from"][chosen].format(
        day=figures.day(row["valid_from"]), decision=row["decision_no"],
        changes=figures.changed(row["summary"]["difference"]),
    )  # fmt: skip
    made = [_entry(PLAN_TEXTS["version_title"][chosen].format(**plan), link, told, row["published_at"], "published")]
    if row["withdrawn_at"]:
        title = PLAN_TEXTS["withdrawn_title"][chosen].format(**plan)
        made.append(_entry(title, link, row["withdrawal_reason"], row["withdrawn_at"], "withdrawn"))
    return made


def _entry(title: str, link: str, told: str, moment: datetime, kind: str) -> dict[str, Any]:
    return {
        # A summary is HTML to readers of feeds.
        "title": title, "link": link, "description": escape(told), "pubdate": moment, "updateddate": moment,
        "unique_id": feedgenerator.get_tag_uri(f"{link}-{kind}", moment), "categories": (kind,),
    }  # fmt: skip
