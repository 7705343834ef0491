"""Plans on two axes of time: which zones were legally valid on a day, and what the platform knew of it at a moment.

A row as it is now was known since its last change; a row of the history from its change until it was replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from gis_core.crs import STORAGE_SRID
from gis_core.plan_drafts_difference import NOT_PUBLISHED

MOST = 5_000
"""Zones that an answer carries at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was valid on `day` as known at `known_at`; of one plan, or in a box (west, south, east, north in degrees).

    A place is a box without extent.
    """

    day: date
    known_at: datetime
    plan_code: str | None = None
    box: tuple[float, float, float, float] | None = None


_PLAN = (
    "id, plan_code, plan_version, plan_name, plan_level, plan_status, decision_no, decision_date, valid_from, valid_to"
)
_ZONE = "id, plan_id, zone_symbol, lot_symbol, land_use_code, zone_function, valid_from, valid_to, geom"
_KNOWN = f"""
with plan as (
select {_PLAN} from city.plans where updated_at <= :known_at
 union all
select {_PLAN} from history.plans where updated_at <= :known_at and recorded_to > :known_at),
     zone as (
select {_ZONE} from city.planning_zones where updated_at <= :known_at
 union all
select {_ZONE} from history.planning_zones where updated_at <= :known_at and recorded_to > :known_at)
"""  # noqa: S608 - names of this module
_VALID = "coalesce({0}.valid_from, '-infinity') <= :day and coalesce({0}.valid_to, 'infinity') >= :day"
_VERSIONS = text(
    _KNOWN
    + """
select p.id, p.plan_code, p.plan_version, p.plan_name, p.plan_level, p.decision_no, p.decision_date, p.valid_from,
       p.valid_to, count(z.id) as zones, coalesce(sum(st_area(z.geom)), 0) as area_m2
  from plan p left join zone z on z.plan_id = p.id and __ZONE_VALID__
 where __PLAN_VALID__ and p.plan_status <> all(:not_published)
 group by 1, 2, 3, 4, 5, 6, 7, 8, 9 order by p.plan_code, p.plan_version
""".replace("__ZONE_VALID__", _VALID.format("z")).replace("__PLAN_VALID__", _VALID.format("p"))
)
_ZONES = text(
    _KNOWN
    + """
select z.id, z.zone_symbol, z.lot_symbol, z.land_use_code, z.zone_function, z.valid_from, z.valid_to, p.plan_code,
       p.plan_version, p.decision_no, st_area(z.geom) as area_m2,
       st_asgeojson(st_transform(z.geom, 4326), 7) as geometry
  from zone z left join plan p on p.id = z.plan_id
 where __VALID__ and (cast(:code as text) is null or p.plan_code = :code)
   and (cast(:west as float8) is null
        or st_intersects(z.geom, st_transform(st_setsrid(st_envelope(
               st_makeline(st_makepoint(:west, :south), st_makepoint(:east, :north))), 4326), :srid)))
 order by p.plan_code, z.zone_symbol, z.id limit :most
""".replace("__VALID__", _VALID.format("z"))
)


def versions_as_known(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """The plan versions valid on the day, as known at the moment, with the number and the area (m²) of their zones."""
    values = {"day": asked.day, "known_at": asked.known_at, "not_published": list(NOT_PUBLISHED)}
    return [dict(row) for row in connection.execute(_VERSIONS, values).mappings()]


def zones_as_known(connection: Connection, asked: Asked) -> list[Mapping[str, Any]]:
    """The zones valid on the day, as known at the moment; `geometry` is the text of GeoJSON in degrees."""
    box = dict(zip(("west", "south", "east", "north"), asked.box or [None] * 4, strict=True))
    values = {"day": asked.day, "known_at": asked.known_at, "code": asked.plan_code, "srid": STORAGE_SRID, "most": MOST}
    return [dict(row) for row in connection.execute(_ZONES, values | box).mappings()]
