"""The check of house numbers: the faults of whole streets, kept as features of layer `house_number_findings`."""

from collections import Counter
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, text

from gis_core.errors import NotFound
from gis_core.jobs.job import Job, Progress
from gis_core.layer import Text
from gis_core.numbering_faults import Finding, findings
from gis_core.plates import plates

SOURCE = "house-number-check"
LISTED = 1000
"""Findings that the result names; the layer has them all."""

_STREET = text(
    """
    select street_name from city.house_numbers where platform.fold(street_name) = platform.fold(:street)
     group by 1 order by street_name <> :street, count(*) desc limit 1
    """
)
# Only what differs is written: a second check of the same streets leaves versions and history alone.
_STORE = text(
    """
    with found as materialized (
        select f.fault, f.house_id, f.key, f.reason_vi, f.reason_en, h.street_name, h.house_number, h.ward_code, h.geom
          from jsonb_to_recordset(cast(:findings as jsonb))
               as f(fault text, house_id bigint, key text, reason_vi text, reason_en text)
          join city.house_numbers h on h.id = f.house_id),
    gone as (
        delete from city.house_number_findings as known
         where source = :source and (cast(:street as text) is null or street_name = :street)
           and (cast(:ward as text) is null or ward_code = :ward)
           and not exists (select from found where found.key = known.source_ref)),
    changed as (
        update city.house_number_findings as known
           set reason_vi = found.reason_vi, reason_en = found.reason_en, street_name = found.street_name,
               house_number = found.house_number, ward_code = found.ward_code, geom = found.geom
          from found
         where known.source = :source and known.source_ref = found.key
           and row(known.reason_vi, known.reason_en, known.street_name, known.house_number, known.ward_code, known.geom)
               is distinct from row(found.reason_vi, found.reason_en, found.street_name, found.house_number,
                                    found.ward_code, found.geom))
    insert into city.house_number_findings
           (fault, house_id, street_name, house_number, ward_code, reason_vi, reason_en, found_on, geom, source,
            source_ref)
    select fault, house_id, street_name, house_number, ward_code, reason_vi, reason_en, current_date, geom, :source, key
      from found
     where not exists (select from city.house_number_findings as known
                        where known.source = :source and known.source_ref = found.key)
    """
)
_LIST = text(
    """
    select id, fault, street_name, house_number, ward_code, reason_vi, reason_en,
           round(st_x(place)::numeric, 7)::float as lon, round(st_y(place)::numeric, 7)::float as lat
      from city.house_number_findings cross join lateral st_transform(geom, 4326) as place
     where source = :source and (cast(:street as text) is null or street_name = :street)
       and (cast(:ward as text) is null or ward_code = :ward)
     order by street_name, ward_code, platform.house_key(house_number, null), fault limit :limit
    """
)


class HouseNumberCheck(BaseModel):
    """One street, one ward, both or, without either, the city; a plate over `off_street_m` from its line is far."""

    model_config = ConfigDict(extra="forbid")

    street: str | None = Field(None, title="Tên đường · Street name", min_length=1, max_length=200)
    ward: str | None = Field(None, title="Mã phường, xã · Ward code", pattern="^[0-9]{5}$")
    off_street_m: float = Field(30.0, title="Biển cách đường quá (m) · Plates further off (m)", ge=1, le=150)


def check(connection: Connection, parameters: HouseNumberCheck, progress: Progress) -> dict[str, Any]:
    """Counts by kind of fault, and the findings by street. Raises `NotFound` where no number is in force there."""
    progress(0.05, Text("Đo vị trí các biển số", "measuring the plates"))
    street = _known_street(connection, parameters.street)
    measured = plates(connection, street, parameters.ward)
    if (parameters.street or parameters.ward) and not measured:
        raise NotFound("Không có số nhà hiện hành ở đó. · No house number is in force there.")
    progress(0.5, Text(f"Kiểm tra {len(measured)} số nhà", f"checking {len(measured)} numbers"))
    found = findings(measured, parameters.off_street_m)
    if parameters.ward:  # a sequence is judged as a whole, and told of in the ward
        found = [one for one in found if one.plate.ward == parameters.ward]
    progress(0.7, Text("Lưu kết quả", "storing the findings"))
    scope = {"street": street, "ward": parameters.ward, "source": SOURCE}
    _store(connection, found, scope)
    listed = connection.execute(_LIST, {**scope, "limit": LISTED}).mappings()
    return {
        "plates": sum(parameters.ward in (None, one.ward) for one in measured),
        "streets": len({one.street for one in measured}),
        "unreadable": sum(one.number == 0 for one in measured),
        "counts": dict(sorted(Counter(one.kind for one in found).items())),
        "findings": [dict(row) for row in listed],
    }


def _known_street(connection: Connection, street: str | None) -> str | None:
    """The name as the layer has it. Raises `NotFound` where no house is on a street of that name."""
    if street is None:
        return None
    known: str | None = connection.scalar(_STREET, {"street": street})
    if known is None:
        raise NotFound(f"Không có số nhà nào trên đường '{street}'. · No house number is on a street '{street}'.")
    return known


def _store(connection: Connection, found: list[Finding], scope: dict[str, Any]) -> None:
    rows = [
        {"fault": one.kind, "house_id": one.plate.id, "key": one.key, "reason_vi": one.reason.vi,
         "reason_en": one.reason.en}
        for one in found
    ]  # fmt: skip
    connection.execute(_STORE, {**scope, "findings": orjson.dumps(rows).decode()})


HOUSE_NUMBER_CHECK = Job(
    id="house-number-check",
    title=Text("Kiểm tra đánh số nhà", "Check of house numbers"),
    description=Text(
        "Tìm số trùng, thiếu, sai bên, sai thứ tự, biển xa đường hoặc chưa gắn thửa của đường, phường hay thành phố.",
        "Finds duplicate, missing and misplaced numbers, plates far from their street or without a parcel.",
    ),
    parameters=HouseNumberCheck,
    work=check,
    roles=frozenset({"planner", "administrator"}),
    reads=("house_numbers", "roads"),
    writes=("house_number_findings",),
)
