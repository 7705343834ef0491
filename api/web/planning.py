"""The planners' map at `/planning`: open to everybody, it shows what the role may see."""

from datetime import date, timedelta
from typing import Any

from fastapi import Request, Response
from sqlalchemy import Connection, select, union
from starlette.routing import Route

from api.asking import asker, who
from api.platform import platform
from api.rates import Rates
from api.web.language import language
from api.web.pages import CityMap, city_map, map_answer, script_texts
from api.web.planning_areas import measure, upload
from api.web.planning_changes import changes
from api.web.planning_parameters import today
from api.web.planning_picks import features_here
from api.web.planning_sheet import PAPERS, Sheets
from gis_core.catalog import Catalog
from gis_core.db import acting_as
from gis_core.exports import FILE_FORMATS
from gis_core.layer import Layer, Role
from gis_core.table import table

PAGE = "/planning"
SHOWN_FIRST = frozenset({"planning_zones", "water", "wards", "roads"})
"""The layers that are switched on at first: the zones, and what they are found by."""
MOST_DAYS = 400


def routes(rates: Rates) -> list[Route]:
    """The page and what it asks; `rates` limit the sheets that are made for it."""
    return [
        Route(PAGE, planning_page),
        Route(f"{PAGE}/at", features_here),
        Route(f"{PAGE}/changes", changes),
        Route(f"{PAGE}/measure", measure),
        Route(f"{PAGE}/area", upload, methods=["POST"]),
        Route(f"{PAGE}/map.pdf", Sheets(rates).sheet),
    ]


def planning_page(request: Request) -> Response:
    """The map with the planners' tools, in the language of the request."""
    catalog, identity = platform(request).catalog, who(request)
    with acting_as(platform(request).engines, identity) as connection:
        shown = city_map(request, connection)
        days = change_days(connection, catalog, identity.role)
    _put_plans_first(shown.groups)
    listed = [layer for layer in catalog.readable_by(identity.role) if layer.style and layer.tiles]
    return map_answer(
        request, "planning.html", shown, _settings(request, shown, listed, days), days=days, listed=listed,
        today=today(),
        formats=[name for name in FILE_FORMATS if name != "jsonfg-file"],
    )  # fmt: skip


def _put_plans_first(groups: list[dict[str, Any]]) -> None:
    for group in groups:
        for one in group["layers"]:
            one["visible"] = one["id"] in SHOWN_FIRST
    groups.sort(key=lambda group: all(one["id"] != "planning_zones" for one in group["layers"]))


def change_days(connection: Connection, catalog: Catalog, role: Role) -> list[date]:
    """The days on which plans came into force or were replaced, the earliest first; the newest `MOST_DAYS` of them."""
    if not any(layer.id == "planning_zones" for layer in catalog.readable_by(role)):
        return []
    columns = table(catalog["planning_zones"]).c
    begun = select(columns.valid_from.label("day"))
    ended = select((columns.valid_to + 1).label("day"))
    days = union(begun, ended).subquery().c.day
    found = connection.execute(select(days).where(days.is_not(None)).order_by(days.desc()).limit(MOST_DAYS))
    return sorted(found.scalars())


def _settings(request: Request, shown: CityMap, listed: list[Layer], days: list[date]) -> dict[str, Any]:
    chosen, session = language(request), asker(request).session
    known = {layer.id: layer for layer in listed}
    layers = [
        one | {"validity": known[one["id"]].validity, "display": known[one["id"]].display}
        if one["id"] in known
        else one
        for one in shown.settings["layers"]
    ]
    return shown.settings | {
        "layers": layers,
        "texts": shown.settings["texts"] | script_texts(chosen, ("planjs_",)),
        "days": [day.isoformat() for day in days],
        "today": today().isoformat(),
        "eve": (max((day for day in days if day <= today()), default=today()) - timedelta(days=1)).isoformat(),
        "papers": PAPERS,
        "csrf": session.csrf_token if session else "",
    }
