"""What is known around the buildings: permits, published reports, flags that people acted on, cameras.

Permits, reports and flags have row policies: below one, PostgreSQL may not use a spatial index before it has judged
every row (the operators are not leakproof). So what the role may see is read once, and joined by trees in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis_core.jobs.construction_permits import Permits
from gis_core.jobs.construction_rules import Ints, Rules
from gis_core.jobs.construction_selection import Buildings, array_literal, days, identifiers, numbers, texts

# The last day to begin works: as the permit says, else by the rule in force on the day of its issue.
_PERMITS = text(
    """
    select id, permit_no, permit_status, permit_date, commencement_notice_date, expires_on, storeys, footprint_m2,
           parcel_id, exemption_clause, st_asbinary(geom) as geom,
           coalesce(commence_by, case when permit_date between :valid_from and :valid_to
                                      then (permit_date + make_interval(months => granted.months))::date
                                  end) as start_by
      from city.building_permits
     cross join lateral (select :months + :more * least(coalesce(extension_count, 0), :most) as months) as granted
    """
)
_ON_PARCEL = text(
    """
    select m.id, st_area(st_intersection(m.geom, p.geom)) / nullif(st_area(m.geom), 0) as share
      from unnest(cast(:ids as bigint[])) as asked(id)
      join city.building_permits m on m.id = asked.id
      join city.land_parcels p on p.id = m.parcel_id
     where st_isvalid(m.geom) and st_isvalid(p.geom)
    """
)
# Only what is public: a card shows no more than its readers may see in the layers themselves.
_REPORTS = text(
    """
    select report_code as code, report_category as category, received_at::date as day, st_asbinary(geom) as geom
      from city.report_points where is_public and geom is not null order by received_at, report_code
    """
)
_EARLIER = text(
    """
    select flag_code as code, flag_status as status, building_id, st_asbinary(geom) as geom
      from city.construction_flags
     where flag_status not in ('candidate', 'screened', 'withdrawn') and geom is not null order by flag_code
    """
)
_CAMERAS = text(
    """
    select b.id as building, c.camera_code as code, round(st_distance(c.geom, b.geom)::numeric, 1)::float as distance
      from city.camera_views v
      join city.cameras c on c.id = v.camera_id
      join city.buildings b on st_intersects(v.geom, b.geom)
     where c.install_purpose <> 'an_ninh' and b.id = any (cast(:ids as bigint[])) order by distance, code
    """
)


@dataclass(frozen=True)
class Register:
    """The permits that the role sees: what is judged, and each one's id, number and ground of exemption."""

    permits: Permits
    id: Ints
    number: list[str]
    clause: list[str | None]


def read_permits(connection: Connection, buildings: Buildings, parcel: Ints, rules: Rules) -> Register:
    """The register. Whether an outline lies on its own parcel is measured where it can concern one of `buildings`."""
    start = rules["PERMIT-START"]
    asked = {
        "valid_from": start.valid_from or date.min, "valid_to": start.valid_to or date.max,
        "months": start.condition["months"], "more": start.condition["extension_months"],
        "most": start.condition["extensions_most"],
    }  # fmt: skip
    rows = connection.execute(_PERMITS, asked).mappings().all()
    geometry = _geometries(rows)
    number = identifiers(row["id"] for row in rows)
    own = identifiers(row["parcel_id"] for row in rows)
    touching = np.unique(shapely.STRtree(buildings.geometry).query(geometry, predicate="intersects")[0])
    concerned = np.union1d(touching, np.flatnonzero((own >= 0) & np.isin(own, parcel)))
    permits = Permits(
        geometry, texts(row["permit_status"] for row in rows), days(row["permit_date"] for row in rows),
        days(row["start_by"] for row in rows),
        days(row["commencement_notice_date"] for row in rows), days(row["expires_on"] for row in rows),
        numbers(row["storeys"] for row in rows), numbers(row["footprint_m2"] for row in rows), own,
        _on_parcel(connection, number, concerned),
    )  # fmt: skip
    return Register(permits, number, [row["permit_no"] for row in rows], [row["exemption_clause"] for row in rows])


def _on_parcel(connection: Connection, number: Ints, concerned: Ints) -> Any:
    share = np.full(len(number), np.nan)
    place = {one: k for k, one in zip(concerned.tolist(), number[concerned].tolist(), strict=True)}
    for row in connection.execute(_ON_PARCEL, {"ids": array_literal(place)}):
        share[place[row.id]] = np.nan if row.share is None else row.share
    return share


@dataclass(frozen=True)
class Around:
    """Pairs of a building (position) and something up to some metres away, the nearest first, and its rows."""

    building: Ints
    thing: Ints
    distance: Any
    rows: Sequence[Any]

    def of_each(self, count: int, most: int) -> list[list[tuple[Any, float]]]:
        """For each of `count` buildings up to `most` rows with their distance in m."""
        found: list[list[tuple[Any, float]]] = [[] for _ in range(count)]
        for building, thing, distance in zip(
            self.building.tolist(), self.thing.tolist(), self.distance.tolist(), strict=True
        ):
            if len(found[building]) < most:
                found[building].append((self.rows[thing], round(distance, 2)))
        return found


def around(buildings: Buildings, geometry: Any, rows: Sequence[Any], metres: float) -> Around:
    """What of `geometry` (whose rows these are) lies up to `metres` from each building."""
    building, thing = shapely.STRtree(geometry).query(buildings.geometry, predicate="dwithin", distance=metres)
    distance = shapely.distance(buildings.geometry[building], geometry[thing])
    order = np.lexsort((thing, distance, building))
    return Around(building[order], thing[order], distance[order], rows)


def reports_around(connection: Connection, buildings: Buildings, metres: float) -> Around:
    """The published reports near each building."""
    rows = connection.execute(_REPORTS).mappings().all()
    return around(buildings, _geometries(rows), rows, metres)


def earlier_around(connection: Connection, buildings: Buildings, metres: float) -> Around:
    """The flags near each building that people have acted on, its own left aside."""
    rows = connection.execute(_EARLIER).mappings().all()
    found = around(buildings, _geometries(rows), rows, metres)
    own = identifiers(row["building_id"] for row in rows)
    other = own[found.thing] != buildings.id[found.building] if len(rows) else np.zeros(0, dtype=bool)
    return Around(found.building[other], found.thing[other], found.distance[other], rows)


def cameras_of(connection: Connection, buildings: Buildings) -> dict[int, list[dict[str, Any]]]:
    """The cameras whose computed view meets each building, by its position; security cameras are not told of."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(_CAMERAS, {"ids": array_literal(buildings.id.tolist())}):
        place = int(np.searchsorted(buildings.id, row.building))
        found.setdefault(place, []).append({"camera": row.code, "distance_m": row.distance})
    return found


def _geometries(rows: Sequence[Any]) -> Any:
    stored = [None if row["geom"] is None else bytes(row["geom"]) for row in rows]
    geometry = shapely.from_wkb(np.array(stored, dtype=object))
    broken = ~(shapely.is_valid(geometry) | shapely.is_missing(geometry))
    geometry[broken] = shapely.make_valid(geometry[broken])
    return geometry
