"""What changed between the plans in force on two days, worked out by PostGIS in one statement.

Zones in force on both days are the same rows and have not changed. Of the others, each plan's zones of one day are laid
over those of the other: zones are numbered anew with every version, so land is compared, not symbols.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from gis_core.crs import STORAGE_SRID

MOST = 500
"""Changes listed, the largest first; the totals count all of them."""
SLIVER_M2 = 1.0
"""Smaller pieces stem from boundaries digitised twice; they are summed apart."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The largest changes and the totals of all.

    Each of `pieces` has `kind` (`added`: planned on the later day only; `removed`; `changed`: another use; `limits`:
    other limits for the same use), `plan_code`, `area_m2`, the zones `before` and `after` (None where there is none)
    and the text of its GeoJSON `geometry` in degrees. `totals` has count and m² for each kind, for `unchanged` land of
    zones that were replaced, and for `sliver`.
    """

    pieces: list[dict[str, Any]]
    totals: dict[str, dict[str, float]]


def plan_changes(connection: Connection, before: date, after: date) -> Changes:
    """What changed from the plans in force on `before` to those in force on `after`."""
    values = {"before": before, "after": after, "sliver": SLIVER_M2, "most": MOST, "srid": STORAGE_SRID}
    rows = [dict(row) for row in connection.execute(text(CHANGES), values).mappings()]
    totals = {row["kind"]: {"count": row["count"], "area_m2": row["total_m2"]} for row in rows if row["rank"] == 1}
    listed = [row for row in rows if row["kind"] not in ("unchanged", "sliver") and row["geometry"] is not None]
    listed.sort(key=lambda row: (-row["area_m2"], row["kind"], str(row["before"]), str(row["after"])))
    keys = ("kind", "plan_code", "area_m2", "before", "after", "geometry")
    return Changes([{key: row[key] for key in keys} for row in listed[:MOST]], totals)


# ST_CollectionExtract(…, 3): where zones share an edge their intersection has lines beside the areas.
# What lies over what is found by the index on geometry, which is why zones are not materialized; what is worked out
# from geometry is, so that nothing is worked out twice.
# The ranks choose what is listed before geometry is written out: only those pieces are turned into degrees.
CHANGES = """
with zones as not materialized (
select z.id, z.geom, z.land_use_code, z.zone_function, p.plan_code,
       (z.building_density_pct, z.floor_area_ratio, z.floors_min, z.floors_max, z.height_max_m, z.setback_front_m,
        z.setback_side_m, z.architecture_regulated) as limits,
       json_build_object('id', z.id, 'symbol', z.zone_symbol, 'land_use_code', z.land_use_code,
                         'function', z.zone_function, 'density_pct', z.building_density_pct,
                         'floor_area_ratio', z.floor_area_ratio, 'floors_max', z.floors_max,
                         'height_max_m', z.height_max_m, 'plan_version', p.plan_version,
                         'decision_no', p.decision_no) as facts,
       coalesce(z.valid_from, '-infinity') <= :before and coalesce(z.valid_to, 'infinity') >= :before as in_before,
       coalesce(z.valid_from, '-infinity') <= :after and coalesce(z.valid_to, 'infinity') >= :after as in_after
  from city.planning_zones z left join city.plans p on p.id = z.plan_id
 where z.geom is not null),
     earlier as not materialized (select * from zones where in_before and not in_after),
     later as not materialized (select * from zones where in_after and not in_before),
     common as materialized (
select a.id as before_id, b.id as after_id, coalesce(a.plan_code, b.plan_code) as plan_code,
       case when (a.land_use_code, a.zone_function) is distinct from (b.land_use_code, b.zone_function) then 'changed'
            when a.limits is distinct from b.limits then 'limits'
            else 'unchanged' end as kind,
       st_collectionextract(st_intersection(a.geom, b.geom), 3) as geom
  from earlier a
  join later b on b.geom && a.geom and a.plan_code is not distinct from b.plan_code and st_intersects(a.geom, b.geom)),
     -- Grouped, not joined: PostgreSQL cannot foresee how many pieces there are and would compare each with each.
     rest as (
select id as before_id, null::bigint as after_id, plan_code, 'removed' as kind,
       coalesce(st_difference(own, covered), own) as geom
  from (select id, max(plan_code) as plan_code, (array_agg(geom) filter (where whole))[1] as own,
               st_union(geom) filter (where not whole) as covered
          from (select id, plan_code, geom, true as whole from earlier
                union all select before_id, plan_code, geom, false from common) as parts
         group by id) as grouped
 union all
select null, id, plan_code, 'added',
       coalesce(st_difference(own, covered), own)
  from (select id, max(plan_code) as plan_code, (array_agg(geom) filter (where whole))[1] as own,
               st_union(geom) filter (where not whole) as covered
          from (select id, plan_code, geom, true as whole from later
                union all select after_id, plan_code, geom, false from common) as parts
         group by id) as grouped),
     pieces as materialized (
select before_id, after_id, plan_code, kind, geom from common union all select * from rest),
     measured as materialized (select pieces.*, st_area(geom) as exact_m2 from pieces),
     ranked as (
select before_id, after_id, plan_code, named.kind, geom, exact_m2,
       row_number() over (partition by named.kind order by exact_m2 desc, before_id, after_id) as rank,
       count(*) over (partition by named.kind) as count, sum(exact_m2) over (partition by named.kind) as total_m2
  from measured,
       lateral (select case when exact_m2 < :sliver then 'sliver' else measured.kind end as kind) as named
 where exact_m2 > 0)
select r.kind, r.plan_code, r.rank, r.count, round(r.exact_m2::numeric, 2)::float as area_m2,
       round(r.total_m2::numeric, 2)::float as total_m2, a.facts as before, b.facts as after,
       case when r.kind not in ('unchanged', 'sliver')
            then st_asgeojson(st_transform(st_setsrid(r.geom, (:srid)::int), 4326), 7) end as geometry
  from ranked r left join earlier a on a.id = r.before_id left join later b on b.id = r.after_id
 where r.rank <= case when r.kind in ('unchanged', 'sliver') then 1 else :most end
 order by r.kind, r.rank
"""
