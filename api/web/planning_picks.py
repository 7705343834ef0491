"""All features at a point of the planners' map, each with what tells it from the others, as of a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy import Connection, select

from api.asking import who
from api.platform import platform
from api.web.language import Language, language
from api.web.planning_parameters import asked_day, asked_number, asked_place, only
from api.web.texts import TEXTS
from api.web.wording import code_name
from gis_core.catalog import Catalog
from gis_core.db import acting_as
from gis_core.errors import NotFound
from gis_core.features_at import Found, features_at
from gis_core.layer import Layer, Role
from gis_core.table import table
from tiles.legend import Palette, read_palette

FARTHEST = 2_000.0
"""Metres around the point within which a line or a point may be meant, at most."""
PLANS = "plans"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Telling:
    """What is needed to tell of features in words."""

    palette: Palette
    plans: Mapping[int, Row]
    language: Language

    def told(self, layer: Layer, row: Row) -> dict[str, Any]:
        name = row.get(layer.display) if layer.display else None
        return {
            "id": row["id"],
            "title": str(name) if name is not None else f"{layer.title[self.language]} {row['id']}",
            "class": self._class(layer, row),
            "facts": [fact for fact in (*self._plan(layer, row), self._validity(row)) if fact],
        }

    def _class(self, layer: Layer, row: Row) -> str | None:
        colour_by = layer.style.colour_by if layer.style else None
        code = row.get(colour_by) if colour_by else None
        codes = layer[colour_by].codes if colour_by else None
        return code_name(self.palette.get(codes.id if codes else "", ()), code, self.language) if code else None

    def _plan(self, layer: Layer, row: Row) -> list[str]:
        """The plan that the feature belongs to, and its decision; for a plan its own."""
        plan = self.plans.get(row["id"] if layer.id == PLANS else row.get("plan_id") or 0)
        if plan is None:
            return []
        words = {key: TEXTS[key][self.language] for key in ("plan_version", "plan_decision")}
        version = f"{words['plan_version']} {plan['plan_version']}"
        named = version if layer.id == PLANS else f"{plan['plan_name']}, {version}"
        decided = f" ({plan['decision_date']:%d/%m/%Y})" if plan["decision_date"] else ""
        decision = f"{words['plan_decision']} {plan['decision_no']}{decided}" if plan["decision_no"] else ""
        return [named, decision]

    def _validity(self, row: Row) -> str:
        first, last = row.get("valid_from"), row.get("valid_to")
        parts = [("plan_from", first), ("plan_until", last)]
        words = " ".join(f"{TEXTS[key][self.language]} {day:%d/%m/%Y}" for key, day in parts if day)
        return words[:1].upper() + words[1:]


def features_here(request: Request) -> Response:
    """The features at `lon`, `lat` as JSON, the topmost layer first; of the layers named by `layers`, of all without.

    Raises `NotFound` for a layer that is absent or hidden.
    """
    only(request, {"lon", "lat", "near", "day", "layers"})
    identity, catalog = who(request), platform(request).catalog
    place, day, near = asked_place(request), asked_day(request, "day"), asked_number(request, "near", 0, FARTHEST, 0)
    layers = _asked_layers(request, catalog, identity.role)
    with acting_as(platform(request).engines, identity) as connection:
        found = [features_at(connection, layer, identity.role, place, near, day) for layer in reversed(layers)]
        plans = _plans(connection, catalog, identity.role, found)
        telling = _Telling(read_palette(connection), plans, language(request))
    document = {"day": day, "layers": [_layer(one, telling) for one in found if one.rows]}
    return Response(
        orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "private, no-cache"}
    )


def _layer(found: Found, telling: _Telling) -> dict[str, Any]:
    layer = found.layer
    return {
        "layer": layer.id,
        "title": layer.title[telling.language],
        "more": found.more,
        "features": [telling.told(layer, row) for row in found.rows],
    }


def _asked_layers(request: Request, catalog: Catalog, role: Role) -> list[Layer]:
    known = {layer.id: layer for layer in catalog.readable_by(role) if layer.style and layer.tiles}
    words = request.query_params.get("layers")
    wanted = known if words is None else dict.fromkeys(filter(None, words.split(",")))
    for name in wanted:
        if name not in known:
            raise NotFound(f"Không có lớp bản đồ '{name[:60]}'. · There is no map layer '{name[:60]}'.")
    return [layer for name, layer in known.items() if name in wanted]


def _plans(connection: Connection, catalog: Catalog, role: Role, found: list[Found]) -> dict[int, Row]:
    """The plans that the features belong to, by id; none where the role may not read plans."""
    if not any(layer.id == PLANS for layer in catalog.readable_by(role)):
        return {}
    ids = {row["plan_id"] for one in found for row in one.rows if row.get("plan_id")}
    ids |= {row["id"] for one in found if one.layer.id == PLANS for row in one.rows}
    columns = table(catalog[PLANS]).c
    wanted = (columns[name] for name in ("id", "plan_name", "plan_version", "decision_no", "decision_date"))
    rows = connection.execute(select(*wanted).where(columns.id.in_(sorted(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}
