"""What a parcel, or any drawn area, is planned for: shares per zone, with plan, decision and limits.

Shares follow the overlay of the area with the zones in force on a day. Slivers, which stem from boundaries digitised
twice, are reported apart, so that they neither frighten nor disappear.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from shapely import get_coordinates, get_num_coordinates, set_coordinates, to_wkb
from shapely.errors import ShapelyError
from shapely.geometry import shape
from sqlalchemy import Connection, text

from gis_core.crs import STORAGE_SRID, transformer
from gis_core.errors import BadRequest, NotFound
from gis_core.jobs.job import Job, Progress
from gis_core.layer import Text
from gis_core.query import CITY_TIME

MAX_VERTICES = 20_000


class ZoneReport(BaseModel):
    """Either a parcel's id or an area in WGS 84; zones in force on `day`; overlaps below `sliver_m2` are slivers."""

    model_config = ConfigDict(extra="forbid")

    parcel_id: int | None = Field(None, title="Mã đối tượng thửa đất · Id of the parcel", ge=1)
    area: dict[str, Any] | None = Field(None, title="Vùng GeoJSON (WGS 84) · GeoJSON area (WGS 84)")
    day: date | None = Field(None, title="Ngày xét hiệu lực, mặc định hôm nay · As of, by default today")
    sliver_m2: float = Field(1.0, title="Ngưỡng mảnh vụn (m²) · Slivers are smaller than (m²)", ge=0, le=100)

    @model_validator(mode="after")
    def _one_of_two(self) -> "ZoneReport":
        if (self.parcel_id is None) == (self.area is None):
            raise ValueError("hãy cho parcel_id hoặc area · give either parcel_id or area")
        return self


@dataclass(frozen=True, slots=True)
class Overlap:
    """The part of the area that lies in one zone, in m², with what is known of the zone."""

    zone: dict[str, Any]
    area_m2: float


def shares(total_m2: float, overlaps: Sequence[Overlap], sliver_m2: float) -> dict[str, Any]:
    """The report's lines, largest first: areas to 0.01 m², percentages of `total_m2` to 0.1.

    `unplanned_m2` is what no zone covers and `slivers` what lies below `sliver_m2`. Where the zones neither overlap nor
    leave a gap the percentages of all parts sum to exactly 100.0 (largest remainders are rounded up).
    """
    kept = sorted((one for one in overlaps if one.area_m2 >= sliver_m2), key=lambda one: -one.area_m2)
    slivers = [one for one in overlaps if one.area_m2 < sliver_m2]
    covered = sum(one.area_m2 for one in overlaps)
    unplanned = max(0.0, total_m2 - covered)
    parts = [*(one.area_m2 for one in kept), sum(one.area_m2 for one in slivers), unplanned]
    percentages = _tenths(parts, max(total_m2, covered))
    lines = [
        {**one.zone, "area_m2": round(one.area_m2, 2), "percent": percent}
        for one, percent in zip(kept, percentages, strict=False)
    ]
    return {
        "total_m2": round(total_m2, 2),
        "zones": lines,
        "slivers": {"count": len(slivers), "area_m2": round(parts[-2], 2), "percent": percentages[-2]},
        "unplanned_m2": round(unplanned, 2),
        "unplanned_percent": percentages[-1],
        "overlapping_m2": round(max(0.0, covered - total_m2), 2),
    }


def _tenths(parts: Sequence[float], whole: float) -> list[float]:
    """The parts as percentages of `whole` in tenths that sum to 100.0, by the method of largest remainders."""
    if whole <= 0:
        return [0.0 for _ in parts]
    exact = [1000.0 * part / whole for part in parts]
    tenths = [int(value) for value in exact]
    missing = round(sum(exact)) - sum(tenths)
    by_remainder = sorted(range(len(parts)), key=lambda index: tenths[index] - exact[index])
    for index in by_remainder[:missing]:
        tenths[index] += 1
    return [value / 10 for value in tenths]


def report(connection: Connection, parameters: ZoneReport, progress: Progress) -> dict[str, Any]:
    """The zone report of a parcel or an area. Raises `NotFound` without that parcel, `BadRequest` for a bad area."""
    day = parameters.day or datetime.now(CITY_TIME).date()
    progress(0.1, Text("Đọc vùng", "reading the area"))
    area, total = _area(connection, parameters)
    progress(0.4, Text("Chồng lớp quy hoạch", "overlaying the plans"))
    overlaps = _overlaps(connection, area, day)
    by_plan: dict[Any, list[Overlap]] = {}
    for one in overlaps:
        by_plan.setdefault((one.zone["plan_level"], one.zone["plan_code"]), []).append(one)
    return {
        "day": day.isoformat(),
        "parcel_id": parameters.parcel_id,
        "area_m2": round(total, 2),
        # Each plan covers the area for itself: shares of two plans must never be added.
        "plans": [
            {"plan_level": level, "plan_code": code, **shares(total, parts, parameters.sliver_m2)}
            for (level, code), parts in sorted(by_plan.items(), key=lambda item: tuple(map(str, item[0])))
        ],
        "notice": "Chỉ để tham khảo, không thay thế văn bản pháp lý. · For reference only; not a legal document.",
    }


def _area(connection: Connection, parameters: ZoneReport) -> tuple[bytes, float]:
    """The area asked about as WKB in the storage system, and its m²."""
    if parameters.parcel_id is not None:
        found = connection.execute(
            text("select st_asbinary(geom), st_area(geom) from city.land_parcels where id = :id"),
            {"id": parameters.parcel_id},
        ).one_or_none()
        if found is None or found[0] is None:
            raise NotFound(f"Không có thửa đất {parameters.parcel_id}. · There is no parcel {parameters.parcel_id}.")
        return bytes(found[0]), float(found[1])
    return _drawn(parameters.area or {})


def _drawn(area: dict[str, Any]) -> tuple[bytes, float]:
    """The drawn GeoJSON area as WKB in the storage system, and its m². Raises `BadRequest` for what is no polygon."""
    try:
        drawn = shape(area)
    except (ShapelyError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise BadRequest("area: không đọc được GeoJSON. · area: this is no GeoJSON geometry.") from None
    if drawn.geom_type not in ("Polygon", "MultiPolygon") or drawn.is_empty or not drawn.is_valid:
        raise BadRequest("area: cần một đa giác hợp lệ. · area: a valid polygon is needed, not crossing itself.")
    if get_num_coordinates(drawn) > MAX_VERTICES:
        raise BadRequest(f"area: tối đa {MAX_VERTICES} đỉnh. · area: at most {MAX_VERTICES} vertices.")
    moved = set_coordinates(drawn, np.column_stack(_to_storage(*get_coordinates(drawn).T)))
    return to_wkb(moved), float(moved.area)


def _to_storage(longitudes: Any, latitudes: Any) -> Any:
    return transformer(4326, STORAGE_SRID).transform(longitudes, latitudes)


def _overlaps(connection: Connection, area: bytes, day: date) -> list[Overlap]:
    rows = connection.execute(
        text(
            """
            with asked as (select st_geomfromwkb(:area, :srid) as geom)
            select z.id as zone_id, z.zone_symbol, z.land_use_code, z.zone_function, z.building_density_pct,
                   z.floor_area_ratio, z.floors_max, z.height_max_m, z.setback_front_m, z.valid_from, z.valid_to,
                   p.plan_code, p.plan_version, p.plan_name, p.plan_level, p.decision_no,
                   st_area(st_intersection(z.geom, asked.geom)) as area_m2
              from asked
              join city.planning_zones z on z.geom && asked.geom and st_intersects(z.geom, asked.geom)
              left join city.plans p on p.id = z.plan_id
             where coalesce(z.valid_from, '-infinity') <= :day and coalesce(z.valid_to, 'infinity') >= :day
             order by z.id
            """
        ),
        {"area": area, "srid": STORAGE_SRID, "day": day},
    ).mappings()
    overlaps = [dict(row) for row in rows]
    return [Overlap(zone=_plain(row), area_m2=float(row.pop("area_m2"))) for row in overlaps if row["area_m2"] > 0]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "area_m2"}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}


ZONE_REPORT = Job(
    id="zone-report",
    title=Text("Thông tin quy hoạch của thửa đất", "Zoning of a parcel"),
    description=Text(
        "Diện tích và tỷ lệ từng khu quy hoạch trong một thửa đất hoặc một vùng vẽ, kèm đồ án, quyết định và chỉ tiêu.",
        "Area and share of each planning zone in a parcel or a drawn area, with plan, decision and limits.",
    ),
    parameters=ZoneReport,
    work=report,
    reads=("land_parcels", "planning_zones", "plans"),
)
