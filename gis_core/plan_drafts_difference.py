"""What a draft changes against the version in force when it would begin to be valid: zones, land, parcels, permits.

By symbol: zones added, removed, changed. By land: pieces of ground on which the plan says something else than before,
wherever the symbols went. Geometry is in EPSG:5899, areas are m².
"""

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from gis_core.layer import Layer

SLIVER_M2 = 1.0
"""Smaller differences come from digitising and from the 1 m accuracy of the datum shift."""
OPEN_PERMITS = ("da_cap", "da_khoi_cong", "dang_xet")
"""Permits that are pending, issued or being built upon: what the plan says still matters to them."""
NOT_PUBLISHED = ("dang_lap", "tham_dinh")
"""States of a plan's row that no decision has made law."""
IDENTITY = ("plan_id", "zone_symbol", "lot_symbol", "land_use_code")
QUANTITIES = ("zone_area_m2", "population_planned")
"""What follows from a zone's size: two zones may differ in it and yet say the same of the land."""

# The layer's row cannot be turned to JSON as a whole: who changed it is granted to nobody.
_IN_FORCE = """
with old as materialized (
select z.zone_symbol, coalesce(z.lot_symbol, '') as lot_symbol, z.geom,
       jsonb_strip_nulls(jsonb_build_object('land_use_code', z.land_use_code, __FIELDS__))
       - cast(:quantities as text[]) as said
  from city.planning_zones z join city.plans p on p.id = z.plan_id
 where p.plan_code = :code and p.plan_status <> all(:not_published) and z.geom is not null
   and coalesce(z.valid_from, '-infinity') <= :valid_from and coalesce(z.valid_to, 'infinity') >= :valid_from),
     new as materialized (
select coalesce(zone_symbol, '') as zone_symbol, coalesce(lot_symbol, '') as lot_symbol, geom,
       jsonb_strip_nulls(attributes || jsonb_build_object('land_use_code', land_use_code))
       - cast(:quantities as text[]) as said
  from platform.plan_draft_zone where draft_id = :draft and geom is not null)
"""
_BY_SYMBOL = """,
     before as (
select zone_symbol, lot_symbol, st_union(geom) as geom, jsonb_agg(distinct said) as said from old group by 1, 2),
     after as (
select zone_symbol, lot_symbol, st_union(geom) as geom, jsonb_agg(distinct said) as said from new group by 1, 2),
     compared as (
select coalesce(b.zone_symbol, a.zone_symbol) as zone_symbol, coalesce(b.lot_symbol, a.lot_symbol) as lot_symbol,
       b.geom as before_geom, a.geom as after_geom, b.said as before, a.said as after,
       case when b.geom is not null and a.geom is not null then
            st_collectionextract(st_difference(a.geom, b.geom), 3) else a.geom end as gained,
       case when b.geom is not null and a.geom is not null then
            st_collectionextract(st_difference(b.geom, a.geom), 3) else b.geom end as lost
  from before b full join after a on a.zone_symbol = b.zone_symbol and a.lot_symbol = b.lot_symbol),
     named as (
select *, case when before_geom is null then 'added' when after_geom is null then 'removed'
               when st_area(gained) > :sliver or st_area(lost) > :sliver
                    or before is distinct from after then 'changed'
               else 'unchanged' end as kind
  from compared)
insert into platform.plan_draft_change
       (draft_id, view, kind, zone_symbol, lot_symbol, before_m2, after_m2, gained_m2, lost_m2, before, after, geom)
select :draft, 'symbol', kind, zone_symbol, nullif(lot_symbol, ''), st_area(before_geom), st_area(after_geom),
       coalesce(st_area(gained), 0), coalesce(st_area(lost), 0), before, after, coalesce(after_geom, before_geom)
  from named
"""
_BY_LAND = """,
     common as materialized (
select a.said is distinct from b.said as differs, a.said as before, b.said as after, b.zone_symbol, shared.geom
  from old a join new b on b.geom && a.geom and st_intersects(a.geom, b.geom)
 cross join lateral (select st_collectionextract(st_intersection(a.geom, b.geom), 3) as geom) as shared),
     pieces as (
select case when differs then 'changed' else 'unchanged' end as kind, zone_symbol, before, after, geom from common
 union all
select 'removed', o.zone_symbol, o.said, null,
       coalesce(st_difference(o.geom, (select st_union(n.geom) from new n where n.geom && o.geom)), o.geom) from old o
 union all
select 'added', n.zone_symbol, null, n.said,
       coalesce(st_difference(n.geom, (select st_union(o.geom) from old o where o.geom && n.geom)), n.geom) from new n)
insert into platform.plan_draft_change (draft_id, view, kind, zone_symbol, after_m2, before, after, geom)
select :draft, 'ground', kind, zone_symbol, st_area(geom), before, after, st_collectionextract(geom, 3)
  from pieces where st_area(geom) > :sliver
"""
_AFFECTED = text(
    """
    insert into platform.plan_draft_affected (draft_id, layer, feature_id, name, area_m2, place)
    select :draft, 'land_parcels', p.id, coalesce(p.map_sheet_no || '/' || p.parcel_no, p.parcel_uid, p.id::text),
           sum(st_area(st_intersection(p.geom, c.geom))), st_pointonsurface(p.geom)
      from platform.plan_draft_change c join city.land_parcels p on p.geom && c.geom and st_intersects(p.geom, c.geom)
     where c.draft_id = :draft and c.view = 'ground' and c.kind <> 'unchanged'
       and coalesce(p.valid_to >= current_date, true) and coalesce(p.valid_from <= current_date, true)
     group by p.id having sum(st_area(st_intersection(p.geom, c.geom))) > :sliver
     union all
    select :draft, 'building_permits', b.id, b.permit_no, sum(st_area(st_intersection(b.geom, c.geom))),
           st_pointonsurface(b.geom)
      from platform.plan_draft_change c
      join city.building_permits b on b.geom && c.geom and st_intersects(b.geom, c.geom)
     where c.draft_id = :draft and c.view = 'ground' and c.kind <> 'unchanged' and b.permit_status = any(:open)
     group by b.id having sum(st_area(st_intersection(b.geom, c.geom))) > :sliver
    """
)
_SUMMARY = text(
    """
    select jsonb_build_object(
        'symbol', (select coalesce(jsonb_object_agg(kind, told), '{}') from (
            select kind, jsonb_build_object('count', count(*), 'before_m2', sum(coalesce(before_m2, 0)),
                   'after_m2', sum(coalesce(after_m2, 0)), 'gained_m2', sum(gained_m2), 'lost_m2', sum(lost_m2)) as told
              from platform.plan_draft_change where draft_id = :draft and view = 'symbol' group by kind) as kinds),
        'ground', (select coalesce(jsonb_object_agg(kind, told), '{}') from (
            select kind, jsonb_build_object('count', count(*), 'area_m2', sum(after_m2)) as told
              from platform.plan_draft_change where draft_id = :draft and view = 'ground' group by kind) as kinds),
        'parcels', (select count(*) from platform.plan_draft_affected
                     where draft_id = :draft and layer = 'land_parcels'),
        'permits', (select count(*) from platform.plan_draft_affected
                     where draft_id = :draft and layer = 'building_permits'))
    """
)
_BASE = text(
    """
    select coalesce(jsonb_object_agg(p.id, p.plan_version), '{}') from city.plans p
     where p.plan_code = :code and p.plan_status <> all(:not_published)
       and coalesce(p.valid_from, '-infinity') <= :valid_from and coalesce(p.valid_to, 'infinity') >= :valid_from
    """
)


def in_force(connection: Connection, code: str, valid_from: date) -> dict[str, int]:
    """The rows of plan `code` in force on that day: id → version; none for a new plan."""
    values = {"code": code, "valid_from": valid_from, "not_published": list(NOT_PUBLISHED)}
    return dict(connection.scalar(_BASE, values) or {})


def compare(connection: Connection, draft: int, zones: Layer, code: str, valid_from: date) -> dict[str, Any]:
    """Counts and m² of what the draft changes, by symbol and by land, with parcels and open permits; details are kept.

    `zones` is the layer whose fields are compared.
    """
    fields = ", ".join(f"'{one.name}', z.\"{one.name}\"" for one in zones.fields if one.name not in IDENTITY)
    values = {
        "draft": draft, "code": code, "valid_from": valid_from, "not_published": list(NOT_PUBLISHED),
        "sliver": SLIVER_M2, "quantities": list(QUANTITIES),
    }  # fmt: skip
    old_and_new = _IN_FORCE.replace("__FIELDS__", fields)
    for statement in (_BY_SYMBOL, _BY_LAND):
        connection.execute(text(old_and_new + statement), values)
    connection.execute(_AFFECTED, {"draft": draft, "open": list(OPEN_PERMITS), "sliver": SLIVER_M2})
    return dict(connection.scalar(_SUMMARY, {"draft": draft}) or {})
