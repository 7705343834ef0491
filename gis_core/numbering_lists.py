"""What waits for the house-number staff: proposals to be approved and findings of the check, by ward and street."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

SHOWN = 200
"""Findings on one page; the filters lead to the others."""

_WAITING = text(
    """
    select h.id, h.version, h.house_number, h.street_name, h.ward_code, h.parcel_id, h.updated_at,
           platform.wrote_house_number(h.id) as own, st_x(place) as lon, st_y(place) as lat
      from city.house_numbers h left join lateral st_transform(h.geom, 4326) as place on true
     where h.status = 'du_kien' and (cast(:ward as text) = '' or h.ward_code = :ward)
       and (cast(:street as text) = '' or platform.fold(h.street_name) = platform.fold(:street))
     order by h.updated_at, h.id limit :shown
    """
)
_FOUND = text(
    """
    select f.id, f.fault, f.house_number, f.street_name, f.ward_code, f.reason_vi, f.reason_en,
           st_x(place) as lon, st_y(place) as lat, count(*) over () as total
      from city.house_number_findings f left join lateral st_transform(f.geom, 4326) as place on true
     where (cast(:ward as text) = '' or f.ward_code = :ward) and (cast(:fault as text) = '' or f.fault = :fault)
       and (cast(:street as text) = '' or platform.fold(f.street_name) = platform.fold(:street))
     order by f.street_name, platform.house_key(f.house_number, null) collate "C", f.fault, f.id limit :shown
    """
)
_WARDS = text(
    """
    select code, name from city.wards
     where coalesce(valid_from <= current_date, true) and coalesce(valid_to >= current_date, true)
     order by name, code
    """
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the lists are narrowed to; an empty text narrows nothing. A street is found without case and marks."""

    ward: str = ""
    street: str = ""
    fault: str = ""


def waiting(connection: Connection, wanted: Wanted) -> list[dict[str, Any]]:
    """The proposals, the oldest first; `own` where who asks has put it forward."""
    asked = {"ward": wanted.ward, "street": wanted.street, "shown": SHOWN}
    return [dict(row) for row in connection.execute(_WAITING, asked).mappings()]


def found(connection: Connection, wanted: Wanted) -> list[dict[str, Any]]:
    """The first `SHOWN` findings by street and number; each row has their `total`."""
    asked = {"ward": wanted.ward, "street": wanted.street, "fault": wanted.fault, "shown": SHOWN}
    return [dict(row) for row in connection.execute(_FOUND, asked).mappings()]


def wards(connection: Connection) -> dict[str, str]:
    """The names of today's wards by code."""
    return {row.code: row.name for row in connection.execute(_WARDS)}
