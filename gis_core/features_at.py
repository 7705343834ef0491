"""Which features lie at a point: all of them, layer by layer, found by PostGIS and not by what happens to be drawn."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from gis_core.access import visible_columns
from gis_core.crs import STORAGE_SRID
from gis_core.layer import Layer, Role
from gis_core.query import Interval, Query, conditions
from gis_core.table import table

MOST = 50
"""Features of one layer that are listed; a point on a map seldom means more."""


@dataclass(frozen=True, slots=True)
class Found:
    """The features of one layer at a point, the nearest first: id and known properties; `more` where some are left."""

    layer: Layer
    rows: list[dict[str, Any]]
    more: bool


def features_at(
    connection: Connection, layer: Layer, role: Role, place: tuple[float, float], near: float, day: date
) -> Found:
    """The features of `layer` at `place` (metres east, north, as stored) that are valid on `day`.

    Areas must hold the point; lines and points count up to `near` metres from it.
    """
    columns = table(layer).c
    point = func.ST_SetSRID(func.ST_MakePoint(*place), STORAGE_SRID)
    query = Query(layer, role, interval=Interval(day, day) if layer.validity else None)
    statement = (
        select(columns.id, *(columns[name] for name in _told(layer, role)))
        .where(_at(columns.geom, point, near, layer), *conditions(query))
        .order_by(columns.geom.op("<->")(point), columns.id)
        .limit(MOST + 1)
    )
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    return Found(layer, rows[:MOST], len(rows) > MOST)


def _told(layer: Layer, role: Role) -> list[str]:
    """The names of what tells one feature from another: its name, its class, what it refers to, its validity."""
    colour_by = layer.style.colour_by if layer.style else None
    references = [one.name for one in layer.fields if one.references]
    wanted = dict.fromkeys([layer.display, colour_by, *references, "valid_from", "valid_to"])
    # A list of what is near is no reason to read anything personal; the card of the chosen feature tells it.
    told = set(visible_columns(layer, role)) - {one.name for one in layer.fields if one.personal}
    return [name for name in wanted if name and name in told]


def _at(geometry: ColumnElement[Any], point: ColumnElement[Any], near: float, layer: Layer) -> ColumnElement[bool]:
    if layer.shape in ("Polygon", "MultiPolygon"):
        return func.ST_Intersects(geometry, point)
    within: ColumnElement[bool] = func.ST_DWithin(geometry, point, near)
    return within
