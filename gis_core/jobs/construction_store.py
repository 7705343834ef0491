"""Writing flags and rejections: only what differs is written, and what a person has decided is not touched."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, text

from gis_core.jobs.construction_selection import array_literal

SOURCE = "unpermitted-construction"
OPEN = ("candidate", "screened", "withdrawn")
"""Statuses that the job itself sets and changes; of the others it leaves the status alone."""
AT_WORK = ("assigned", "checked")
"""Statuses in which somebody works on the flag: its facts are renewed."""

# The planner cannot know how many rows the JSON has, nor what this transaction has written: left to itself it compared
# every row with every other (60 s for 4,800 flags). The lateral subqueries ask it to look each row up by its index.
#
# What the job finds out again at every run; all but the status, which a person may have taken over.
_UPDATE_FLAGS = text(
    """
    update city.construction_flags as known
       set flag_type = found.flag_type, flag_types = found.flag_types, grade = found.grade,
           needs_check = found.needs_check, building_id = found.building_id, parcel_id = found.parcel_id,
           ward_code = found.ward_code, permit_match = found.permit_match, exemption = found.exemption,
           land_use_conflict = found.land_use_conflict, distance_to_forest_m = found.distance_to_forest_m,
           overlap_forest_m2 = found.overlap_forest_m2, forest_function = found.forest_function,
           forest_sources = found.forest_sources, reason_vi = found.reason_vi, reason_en = found.reason_en,
           score = found.score, score_parts = found.score_parts, evidence = found.evidence, geom = b.geom,
           flag_status = case when known.flag_status = any (:open) then found.flag_status else known.flag_status end
      from json_populate_recordset(null::city.construction_flags, cast(:rows as json)) as found
     cross join lateral (select id from city.construction_flags
                          where source_ref = found.flag_code and source = :source offset 0) as place
     cross join lateral (select geom from city.buildings where id = found.building_id offset 0) as b
     where known.id = place.id and known.flag_status = any (:open || :at_work)
       and (row(known.flag_type, known.flag_types, known.grade, known.needs_check, known.building_id, known.parcel_id,
                known.ward_code, known.permit_match, known.exemption, known.land_use_conflict,
                known.distance_to_forest_m, known.overlap_forest_m2, known.forest_function, known.forest_sources,
                known.reason_vi, known.reason_en, known.score, known.score_parts, known.evidence, known.geom)
            is distinct from
            row(found.flag_type, found.flag_types, found.grade, found.needs_check, found.building_id, found.parcel_id,
                found.ward_code, found.permit_match, found.exemption, found.land_use_conflict,
                found.distance_to_forest_m, found.overlap_forest_m2, found.forest_function, found.forest_sources,
                found.reason_vi, found.reason_en, found.score, found.score_parts, found.evidence, b.geom)
            or (known.flag_status = any (:open) and known.flag_status <> found.flag_status))
    """
)
_INSERT_FLAGS = text(
    """
    insert into city.construction_flags
           (flag_code, flag_type, flag_types, flag_status, grade, needs_check, building_id, parcel_id, ward_code,
            permit_match, exemption, land_use_conflict, distance_to_forest_m, overlap_forest_m2, forest_function,
            forest_sources, reason_vi, reason_en, score, score_parts, evidence, detected_on, geom, source, source_ref)
    select found.flag_code, found.flag_type, found.flag_types, found.flag_status, found.grade, found.needs_check,
           found.building_id, found.parcel_id, found.ward_code, found.permit_match, found.exemption,
           found.land_use_conflict, found.distance_to_forest_m, found.overlap_forest_m2, found.forest_function,
           found.forest_sources, found.reason_vi, found.reason_en, found.score, found.score_parts, found.evidence,
           current_date, b.geom, :source, found.flag_code
      from json_populate_recordset(null::city.construction_flags, cast(:rows as json)) as found
     cross join lateral (select geom from city.buildings where id = found.building_id offset 0) as b
      left join lateral (select id from city.construction_flags
                          where source_ref = found.flag_code and source = :source offset 0) as place on true
     where place.id is null
    """
)
_WITHDRAW = text(
    """
    update city.construction_flags set flag_status = 'withdrawn'
     where source = :source and flag_status in ('candidate', 'screened')
       and (cast(:wards as text[]) is null or ward_code = any (:wards))
       and not source_ref = any (cast(:codes as text[]))
    """
)
_DECIDED = text(
    """
    select count(*) from city.construction_flags
     where source = :source and source_ref = any (cast(:codes as text[])) and not flag_status = any (:open || :at_work)
    """
)
_UPDATE_REJECTIONS = text(
    """
    update city.construction_rejections as known
       set rejection = found.rejection, building_id = found.building_id, ward_code = found.ward_code,
           permit_match = found.permit_match, exemption = found.exemption, land_use_conflict = found.land_use_conflict,
           distance_to_forest_m = found.distance_to_forest_m, overlap_forest_m2 = found.overlap_forest_m2,
           reason_vi = found.reason_vi, reason_en = found.reason_en, geom = b.geom
      from json_populate_recordset(null::city.construction_rejections, cast(:rows as json)) as found
     cross join lateral (select id from city.construction_rejections
                          where source_ref = found.building_code and source = :source offset 0) as place
     cross join lateral (select geom from city.buildings where id = found.building_id offset 0) as b
     where known.id = place.id
       and row(known.rejection, known.building_id, known.ward_code, known.permit_match, known.exemption,
               known.land_use_conflict, known.distance_to_forest_m, known.overlap_forest_m2, known.reason_vi,
               known.reason_en, known.geom)
           is distinct from
           row(found.rejection, found.building_id, found.ward_code, found.permit_match, found.exemption,
               found.land_use_conflict, found.distance_to_forest_m, found.overlap_forest_m2, found.reason_vi,
               found.reason_en, b.geom)
    """
)
_INSERT_REJECTIONS = text(
    """
    insert into city.construction_rejections
           (building_code, rejection, building_id, ward_code, permit_match, exemption, land_use_conflict,
            distance_to_forest_m, overlap_forest_m2, reason_vi, reason_en, looked_at_on, geom, source, source_ref)
    select found.building_code, found.rejection, found.building_id, found.ward_code, found.permit_match,
           found.exemption, found.land_use_conflict, found.distance_to_forest_m, found.overlap_forest_m2,
           found.reason_vi, found.reason_en, current_date, b.geom, :source, found.building_code
      from json_populate_recordset(null::city.construction_rejections, cast(:rows as json)) as found
     cross join lateral (select geom from city.buildings where id = found.building_id offset 0) as b
      left join lateral (select id from city.construction_rejections
                          where source_ref = found.building_code and source = :source offset 0) as place on true
     where place.id is null
    """
)
_FORGET = text(
    """
    delete from city.construction_rejections
     where source = :source and (cast(:wards as text[]) is null or ward_code = any (:wards))
       and not source_ref = any (cast(:codes as text[]))
    """
)


def store_flags(connection: Connection, rows: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Write these flags; how many are new and how many changed."""
    asked = {"source": SOURCE, "rows": orjson.dumps(rows).decode()}
    open_ones = {"open": list(OPEN), "at_work": list(AT_WORK)}
    changed = connection.execute(_UPDATE_FLAGS, asked | open_ones).rowcount
    return connection.execute(_INSERT_FLAGS, asked).rowcount, changed


def withdraw_others(connection: Connection, codes: Sequence[str], wards: Sequence[str] | None) -> int:
    """Take back what nobody has acted on and nothing indicates any longer; how many flags that were."""
    asked = {"source": SOURCE, "codes": array_literal(codes), "wards": None if wards is None else list(wards)}
    return connection.execute(_WITHDRAW, asked).rowcount


def decided(connection: Connection, codes: Sequence[str]) -> int:
    """How many of the flags of these codes a person has decided: they stay as they are."""
    asked = {"source": SOURCE, "codes": array_literal(codes), "open": list(OPEN), "at_work": list(AT_WORK)}
    return int(connection.scalar(_DECIDED, asked) or 0)


def store_rejections(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write these rejections."""
    asked = {"source": SOURCE, "rows": orjson.dumps(rows).decode()}
    connection.execute(_UPDATE_REJECTIONS, asked)
    connection.execute(_INSERT_REJECTIONS, asked)


def forget_other_rejections(connection: Connection, codes: Sequence[str], wards: Sequence[str] | None) -> None:
    """Delete, in `wards` (None: everywhere), the rejections of other codes."""
    asked = {"source": SOURCE, "codes": array_literal(codes), "wards": None if wards is None else list(wards)}
    connection.execute(_FORGET, asked)
