"""Scenes for tests of the construction job: a wood with farm land beside it, houses, permits; and what was found."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from gis_core.db import Engines, Identity, acting_as
from gis_core.jobs.run import find_job, run_job
from gis_core.layer import Text
from gis_core.testing import add, square
from layers import CATALOG

ADMINISTRATOR = Identity("quan", "administrator")
WARD = "24778"
INSPECTOR = Identity("thanh", "inspector", (WARD,))


def silent(share: float, words: Text) -> None: ...


def run(city: Engines, who: Identity = ADMINISTRATOR, **inputs: object) -> dict[str, Any]:
    asked = {"since": "2024-02-21"} | inputs
    return run_job(city, who, find_job("unpermitted-construction", who.role), asked, silent)


def build(connection: sa.Connection, layer: str, wkt: str | None, **values: object) -> int:
    return add(connection, CATALOG[layer], wkt, **values)


def house(connection: sa.Connection, x: float, y: float, ref: str, **values: object) -> int:
    """A house of 96 m², two storeys, seen for the first time in August 2025."""
    known: dict[str, object] = {
        "source_ref": ref, "ward_code": WARD, "building_kind": "house", "storeys": 2,
        "first_seen_on": date(2025, 8, 19),
    }  # fmt: skip
    width = float(values.pop("width", 96**0.5))  # type: ignore[arg-type]
    return build(connection, "buildings", square(x, y, width), **known | values)


def ground(connection: sa.Connection) -> int:
    """A wood in the west up to x = 0, farm land beside it, all of it in the general plan; the id of the parcel."""
    wood = {"forest_function": "RPH", "forest_compartment": "156b", "forest_subcompartment": "3", "forest_plot": "c"}
    for dataset in ("quy_hoach", "kiem_ke"):
        build(connection, "forest", square(-1000, 0, 1000), forest_dataset=dataset, **wood)
    plan = build(
        connection, "plans", square(-1000, -1000, 3000), plan_code="QHC", plan_level="general", plan_status="cong_bo"
    )
    build(connection, "planning_zones", square(-1000, -1000, 3000), plan_id=plan, zone_symbol="NN-01",
          land_use_code="HNK", floors_max=1, architecture_regulated=False)  # fmt: skip
    parcel = build(
        connection, "land_parcels", square(0, 0, 900), parcel_uid="24778.3.17", land_use_code="HNK", ward_code=WARD
    )
    build(connection, "land_parcel_purposes", None, parcel_id=parcel, rank=1, land_use_code="HNK", area_m2=810_000)
    return parcel


def permit(connection: sa.Connection, number: str, wkt: str | None, **values: object) -> int:
    known: dict[str, object] = {
        "permit_no": number, "permit_status": "da_khoi_cong", "permit_date": date(2025, 1, 5),
        "commencement_notice_date": date(2025, 2, 1), "commence_by": date(2026, 1, 5), "expires_on": date(2028, 1, 5),
        "storeys": 2, "ward_code": WARD,
    }  # fmt: skip
    return build(connection, "building_permits", wkt, **known | values)


def flags(city: Engines, who: Identity | None = None) -> dict[str, Any]:
    """The flags by the reference of their building."""
    statement = sa.text(
        "select b.source_ref, f.id, f.flag_code, f.flag_type, f.flag_types, f.flag_status, f.needs_check, f.grade,"
        " f.score, f.permit_match, f.exemption, f.land_use_conflict, f.distance_to_forest_m, f.overlap_forest_m2,"
        " f.evidence, f.reason_vi, f.reason_en, f.forest_function, f.forest_sources, f.version, f.parcel_id,"
        " f.score_parts"
        " from city.construction_flags f join city.buildings b on b.id = f.building_id"
    )
    if who is None:
        with city.owner.connect() as connection:
            return {row.source_ref: row for row in connection.execute(statement)}
    with acting_as(city, who) as connection:
        return {row.source_ref: row for row in connection.execute(statement)}


def rejections(city: Engines) -> dict[str, Any]:
    statement = (
        "select b.source_ref as building, r.* from city.construction_rejections r"
        " join city.buildings b on b.id = r.building_id"
    )
    with city.owner.connect() as connection:
        return {row.building: row for row in connection.execute(sa.text(statement))}
