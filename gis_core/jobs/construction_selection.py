"""What PostGIS selects for the construction job: buildings in or near forest, and the ground that they stand on.

Every question is asked once for all buildings. Layers that some roles see in part only (permits, reports, flags) are
not joined by place here: below a row policy PostgreSQL uses no spatial index, see `construction_surroundings`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis_core.jobs.construction_exemption import ZonePairs
from gis_core.jobs.construction_rules import Bools, Days, Floats, Ints, Texts

DATASETS = ("quy_hoach", "kiem_ke", "dia_chinh")
"""Codes of list `forest_dataset`: forest planning, forest inventory, forest land of the cadastre."""

# From the pieces to the buildings, which are many more: the planner, which cannot tell how few of them are near, would
# go the other way (40 s of 48 for a million). A building whose ring crosses itself is judged by its repaired copy.
_NEAR = text(
    """
    with pair as (
        select b.id as building, p.forest_dataset, p.forest_id, d.metres,
               st_distance(p.geom, st_pointonsurface(b.footprint)) as from_middle,
               case when d.metres = 0 then st_intersection(p.geom, b.footprint) end as shared
          from platform.forest_piece p
         cross join lateral (
               select id, geom, case when st_isvalid(geom) then geom else st_makevalid(geom) end as footprint
                 from city.buildings
                where st_dwithin(geom, p.geom, :reach)
                  and (cast(:wards as text[]) is null or ward_code = any (:wards)) offset 0) b
         cross join lateral (select st_distance(p.geom, b.geom) as metres offset 0) d
         where p.forest_function = any (:functions))
    select building, forest_dataset as dataset, min(metres) as distance, min(from_middle) as from_middle,
           coalesce(case when count(distinct forest_id) filter (where shared is not null) > 1
                         then st_area(st_unaryunion(st_collect(shared))) else sum(st_area(shared)) end, 0) as overlap,
           (array_agg(forest_id order by metres, st_area(shared) desc nulls last, forest_id))[1] as forest_id
      from pair group by building, forest_dataset
    """
)
_ON_FOREST_PARCELS = text(
    """
    select b.id as building, 'dia_chinh' as dataset, 0.0 as distance, 0.0 as from_middle,
           sum(st_area(st_intersection(p.geom, b.geom))) as overlap, null as forest_id
      from city.land_parcels p
      join city.buildings b on st_intersects(p.geom, b.geom)
     where p.land_use_code = any (:uses) and st_isvalid(b.geom) and st_isvalid(p.geom)
       and coalesce(p.valid_from, '-infinity') <= :day and coalesce(p.valid_to, 'infinity') >= :day
       and (cast(:wards as text[]) is null or b.ward_code = any (:wards))
     group by b.id
    """
)
_FIRST_SURVEY = text(
    """
    select first_seen_on from (
        select first_seen_on, count(*) as found, sum(count(*)) over () as total
          from city.buildings where first_seen_on is not null group by first_seen_on) as days
     where found >= greatest(:share * total, 2) order by first_seen_on limit 1
    """
)
_BUILDINGS = text(
    """
    select b.id, b.source, b.source_ref, b.building_kind, b.storeys, b.height_m, b.first_seen_on, b.ward_code,
           st_asbinary(b.geom) as geom
      from unnest(cast(:ids as bigint[])) as asked(id) join city.buildings b on b.id = asked.id order by b.id
    """
)
_FOREST = text(
    """
    select id, forest_dataset, forest_function, source_class, forest_compartment, forest_subcompartment, forest_plot,
           forest_owner
      from city.forest where id = any (cast(:ids as bigint[]))
    """
)
# Here and below one look-up by the spatial index for each building: how many there are the planner cannot know.
_PARCELS = text(
    """
    select b.id as building, p.id as parcel, p.parcel_uid, p.map_sheet_no, p.parcel_no, p.land_use_code,
           st_area(st_intersection(p.geom, b.geom)) as overlap
      from unnest(cast(:ids as bigint[])) as asked(id)
      join city.buildings b on b.id = asked.id
     cross join lateral (
           select id, parcel_uid, map_sheet_no, parcel_no, land_use_code, geom from city.land_parcels
            where st_intersects(geom, b.geom) and st_isvalid(geom)
              and coalesce(valid_from, '-infinity') <= :day and coalesce(valid_to, 'infinity') >= :day offset 0) p
     where st_isvalid(b.geom)
     order by b.id, overlap desc, p.id
    """
)
_PURPOSES = text(
    """
    select parcel_id, land_use_code, area_m2 from city.land_parcel_purposes
     where parcel_id = any (cast(:ids as bigint[])) order by parcel_id, rank
    """
)
# The plans in force when the building was begun, at the latest the day on which it was first seen.
_ZONES = text(
    """
    select b.id as building, l.plan_level, l.plan_code, l.plan_name, l.decision_no, z.zone_symbol, z.land_use_code,
           z.zone_function, z.floors_max, z.building_density_pct, z.architecture_regulated,
           st_area(st_intersection(z.geom, b.geom)) as overlap
      from unnest(cast(:ids as bigint[])) as asked(id)
      join city.buildings b on b.id = asked.id
     cross join lateral (
           select id, plan_id, zone_symbol, land_use_code, zone_function, floors_max, building_density_pct,
                  architecture_regulated, geom
             from city.planning_zones
            where st_intersects(geom, b.geom) and st_isvalid(geom)
              and coalesce(valid_from, '-infinity') <= coalesce(b.first_seen_on, :day)
              and coalesce(valid_to, 'infinity') >= coalesce(b.first_seen_on, :day) offset 0) z
      join city.plans l on l.id = z.plan_id
     where l.plan_status in ('phe_duyet', 'cong_bo', 'dieu_chinh', 'het_hieu_luc') and st_isvalid(b.geom)
     order by b.id, overlap desc, z.id
    """
)
_PRESENT = text(
    """
    select forest_dataset, count(*) as features, count(*) filter (where forest_function is null) as without_function,
           count(*) filter (where not forest_function = any (:functions)) as other_function
      from city.forest group by forest_dataset order by forest_dataset
    """
)


@dataclass(frozen=True, slots=True)
class Area:
    """Which buildings are asked about: up to `reach` m from forest, in `wards` (None: everywhere), as of `day`."""

    reach: float
    wards: tuple[str, ...] | None
    day: date


@dataclass(frozen=True)
class NearForest:
    """Pairs of a building (its id) and a forest dataset within reach; distances in m, overlap in m².

    `from_middle` is that of a point inside the footprint, halfway across it; `forest` is the id of the nearest or most
    overlapped forest, -1 for forest land of the cadastre.
    """

    building: Ints
    dataset: Texts
    distance: Floats
    from_middle: Floats
    overlap: Floats
    forest: Ints


@dataclass(frozen=True)
class Buildings:
    """Arrays (n,) in the order of ids; '' , not-a-number and not-a-time where nobody knows."""

    id: Ints
    source: Texts
    ref: Texts
    kind: Texts
    storeys: Floats
    height: Floats
    seen: Days
    ward: Texts
    geometry: Any
    repaired: int

    @cached_property
    def area(self) -> Floats:
        """The footprints in m²."""
        return np.asarray(shapely.area(self.geometry))

    def where(self, chosen: Bools) -> "Buildings":
        """The chosen ones."""
        return Buildings(
            self.id[chosen], self.source[chosen], self.ref[chosen], self.kind[chosen], self.storeys[chosen],
            self.height[chosen], self.seen[chosen], self.ward[chosen], self.geometry[chosen], self.repaired,
        )  # fmt: skip

    def positions(self, ids: Ints) -> Ints:
        """Where the buildings of these ids stand in the arrays; every id must be known."""
        return np.searchsorted(self.id, ids)


def array_literal(values: Iterable[int | str]) -> str:
    """Ids or codes as PostgreSQL writes an array: one value to bind, however many they are."""
    return "{" + ",".join(map(str, values)) + "}"


def near_forest(connection: Connection, area: Area, functions: Sequence[str], uses: Sequence[str]) -> NearForest:
    """All buildings within reach of forest of these functions, or on parcels of these land uses."""
    wards = None if area.wards is None else list(area.wards)
    asked = {"reach": area.reach, "functions": list(functions), "wards": wards}
    rows = list(connection.execute(_NEAR, asked))
    rows += connection.execute(_ON_FOREST_PARCELS, {"uses": list(uses), "day": area.day, "wards": wards})
    columns = zip(*rows, strict=True) if rows else ((),) * 6
    building, dataset, distance, middle, overlap, forest = columns
    return NearForest(
        np.array(building, dtype=np.int64), np.array(dataset, dtype=str), numbers(distance), numbers(middle),
        numbers(overlap), identifiers(forest),
    )  # fmt: skip


def first_survey(connection: Connection, share: float) -> date | None:
    """The first day on which at least this share of the buildings was first seen; None where there is none.

    What stood there then was begun nobody knows when.
    """
    found: date | None = connection.scalar(_FIRST_SURVEY, {"share": share})
    return found


def read_buildings(connection: Connection, ids: Ints) -> Buildings:
    """The buildings of these ids."""
    rows = connection.execute(_BUILDINGS, {"ids": array_literal(ids.tolist())}).all()
    columns = zip(*rows, strict=True) if rows else ((),) * 9
    number, source, ref, kind, storeys, height, seen, ward, geom = columns
    geometry = shapely.from_wkb(np.array([bytes(one) for one in geom], dtype=object))
    broken = ~shapely.is_valid(geometry)
    geometry[broken] = shapely.make_valid(geometry[broken])
    return Buildings(
        np.array(number, dtype=np.int64), texts(source), texts(ref), texts(kind), numbers(storeys), numbers(height),
        days(seen), texts(ward), geometry, int(broken.sum()),
    )  # fmt: skip


def read_forest(connection: Connection, ids: Ints) -> dict[int, dict[str, Any]]:
    """The forest features of these ids."""
    rows = connection.execute(_FOREST, {"ids": array_literal(np.unique(ids[ids >= 0]).tolist())}).mappings()
    return {row["id"]: dict(row) for row in rows}


def read_parcels(connection: Connection, ids: Ints, day: date) -> list[dict[str, Any]]:
    """Pairs of these buildings with the parcels in force below them, the most overlapped first."""
    return [
        dict(row) for row in connection.execute(_PARCELS, {"ids": array_literal(ids.tolist()), "day": day}).mappings()
    ]


def read_purposes(connection: Connection, parcels: Ints) -> list[tuple[int, str, float]]:
    """Parcel, purpose of use and its m² (not-a-number where unknown) for each purpose of these parcels."""
    asked = {"ids": array_literal(np.unique(parcels[parcels >= 0]).tolist())}
    return [
        (row.parcel_id, row.land_use_code, np.nan if row.area_m2 is None else row.area_m2)
        for row in connection.execute(_PURPOSES, asked)
    ]


def read_zones(connection: Connection, ids: Ints, day: date) -> list[dict[str, Any]]:
    """Pairs of these buildings with the zones below them that were in force when they were first seen."""
    return [
        dict(row) for row in connection.execute(_ZONES, {"ids": array_literal(ids.tolist()), "day": day}).mappings()
    ]


def zone_pairs(rows: Sequence[dict[str, Any]], buildings: Buildings) -> ZonePairs:
    """The rows as arrays."""
    regulated = {True: 1.0, False: 0.0, None: 0.5}
    return ZonePairs(
        buildings.positions(np.array([row["building"] for row in rows], dtype=np.int64)),
        texts(row["plan_level"] for row in rows), texts(row["land_use_code"] for row in rows),
        numbers(regulated[row["architecture_regulated"]] for row in rows), numbers(row["overlap"] for row in rows),
    )  # fmt: skip


def forest_datasets(connection: Connection, functions: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many features each forest dataset has, and how many count as no forest: by function, or without one."""
    rows = connection.execute(_PRESENT, {"functions": list(functions)}).mappings()
    return {row["forest_dataset"]: {name: row[name] for name in row if name != "forest_dataset"} for row in rows}


def texts(values: Iterable[Any]) -> Texts:
    """The values as texts, '' for None."""
    return np.array([value or "" for value in values], dtype=str)


def numbers(values: Iterable[Any]) -> Floats:
    """The values as numbers, not-a-number for None."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def identifiers(values: Iterable[Any]) -> Ints:
    """The values as ids, -1 for None."""
    return np.array([-1 if value is None else value for value in values], dtype=np.int64)


def days(values: Iterable[date | None]) -> Days:
    """The values as days, not-a-time for None."""
    return np.array(list(values), dtype="datetime64[D]")
