"""What changed between the plans of two days, as JSON for the planners' page and for anybody else."""

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response

from api.asking import who
from api.platform import platform
from api.web.language import language
from api.web.planning_parameters import asked_day, only
from api.web.wording import code_name
from gis_core.db import acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.features import refusing_bad_values
from gis_core.plan_changes import MOST, Changes, plan_changes
from tiles.legend import Palette, read_palette

_two_at_once = CapacityLimiter(2)
"""Overlaying two plans of a whole city keeps a processor busy: other requests do not wait for it."""


async def changes(request: Request) -> Response:
    """The changes from the day `from` to the day `to`, today without; the largest first, and the totals of all."""
    return await to_thread.run_sync(_answer, request, limiter=_two_at_once)


def _answer(request: Request) -> Response:
    only(request, {"from", "to", "lang"})
    before, after = asked_day(request, "from"), asked_day(request, "to")
    if before == after:
        raise BadRequest("Hãy chọn hai ngày khác nhau. · Choose two different days.")
    identity = who(request)
    if not {"plans", "planning_zones"} <= {layer.id for layer in platform(request).catalog.readable_by(identity.role)}:
        raise NotFound("Không có quy hoạch ở đây. · There are no plans here.")
    with acting_as(platform(request).engines, identity) as connection, refusing_bad_values():
        found, palette = plan_changes(connection, before, after), read_palette(connection)
    document = {
        "from": before, "to": after, "totals": found.totals,
        "listed": len(found.pieces), "most": MOST,
        "changes": {"type": "FeatureCollection", "features": _features(found, palette, language(request))},
    }  # fmt: skip
    return Response(
        orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "private, no-cache"}
    )


def _features(found: Changes, palette: Palette, chosen: str) -> list[dict[str, object]]:
    return [
        {
            "type": "Feature",
            "id": place,
            "geometry": orjson.Fragment(piece["geometry"]),
            "properties": {
                "kind": piece["kind"],
                "plan_code": piece["plan_code"],
                "area_m2": piece["area_m2"],
                "before": _named(piece["before"], palette, chosen),
                "after": _named(piece["after"], palette, chosen),
            },
        }
        for place, piece in enumerate(found.pieces, start=1)
    ]


def _named(zone: dict[str, object] | None, palette: Palette, chosen: str) -> dict[str, object] | None:
    """The zone with the name of its land use."""
    if zone is None:
        return None
    code = zone["land_use_code"]
    return zone | {"land_use": code_name(palette.get("land_use", ()), str(code), chosen) if code else None}
