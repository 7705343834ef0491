"""The checks of a draft that PostGIS does over all its zones at once; each keeps its findings with their place.

Geometry is in EPSG:5899, areas are m². Statements without temporary tables: no role may make any.
"""

from typing import Any

import orjson
from sqlalchemy import Connection, text

from gis_core.jobs.job import Progress
from gis_core.layer import Text
from gis_core.plan_drafts_findings import FINDINGS, KEPT_PER_CODE, REASONS, REPAIRABLE

OVERLAP_M2 = 1.0
"""Overlaps up to a square metre come from digitising and from the 1 m accuracy of the datum shift."""
GAP_M2 = 1.0
SLIT_M = 0.5
"""Gaps that are open to the outside are found up to twice this width, in metres."""
OUTSIDE_M2 = 1.0
OUTSIDE_SHARE = 0.1
"""A zone with more of its area outside lies outside; with less it crosses the boundary, whose accuracy is metres."""
AREA_SHARE = 0.05
"""Stated and measured area may differ by this share: the zone was drawn again, or its symbol belongs to another."""
MINIMUM_AREA_M2 = 0.01

_KEEP = """
insert into platform.plan_draft_finding
       (draft_id, code, severity, row_numbers, symbols, amount, detail_vi, detail_en, geom)
select :draft, code, case when code = any(:notes) then 'note' else 'blocking' end, row_numbers, symbols, amount,
       detail_vi, detail_en, geom from (
select found.*, row_number() over (partition by code order by amount desc nulls last, row_numbers) as rank from found
) as ranked where rank <= :kept
"""

# 'structure' keeps the areas that the rings mean; PostGIS's older way would turn a bow tie inside out.
REPAIRS = (
    """
    update platform.plan_draft_zone
       set fault = coalesce(fault, case when not st_isvalid(drawn) then 'invalid_ring'
                                        when st_area(drawn) < :least then 'zero_area' end)
     where draft_id = :draft and drawn is not null
    """,
    """
    update platform.plan_draft_zone
       set repaired = (select st_multi(part) from st_collectionextract(
                              st_makevalid(drawn, 'method=structure keepcollapsed=false'), 3) as part
                        where st_area(part) >= :least)
     where draft_id = :draft and fault = any(:repairable)
    """,
    """
    update platform.plan_draft_zone
       set geom = case when fault is null then st_multi(drawn) when row_number = any(:accepted) then repaired end
     where draft_id = :draft and (fault is null or fault = any(:repairable))
    """,
)
_FAULTS = """
with found as (
select case when geom is null then fault else 'repair_accepted' end as code, array[row_number] as row_numbers,
       array_remove(array[zone_symbol], null) as symbols, cast(null as float8) as amount,
       coalesce(cast(:reasons as jsonb) ->> valid.reason, valid.reason, '') as detail_vi,
       coalesce(valid.reason, '') as detail_en,
       coalesce(valid.location, drawn) as geom
  from platform.plan_draft_zone, st_isvaliddetail(drawn) as valid
 where draft_id = :draft and fault is not null)
"""
_OVERLAPS = """
with found as (
select 'overlap' as code, array[a.row_number, b.row_number] as row_numbers,
       array_remove(array[a.zone_symbol, b.zone_symbol], null) as symbols, st_area(shared.geom) as amount,
       '' as detail_vi, '' as detail_en, shared.geom
  from platform.plan_draft_zone a
  join platform.plan_draft_zone b on b.draft_id = :draft and b.row_number > a.row_number and b.geom && a.geom
   and st_intersects(a.geom, b.geom) and not st_touches(a.geom, b.geom)
 cross join lateral (select st_collectionextract(st_intersection(a.geom, b.geom), 3) as geom) as shared
 where a.draft_id = :draft and st_area(shared.geom) > :overlap)
"""
_GAPS = """
with whole as materialized (
select st_union(geom) as geom from platform.plan_draft_zone where draft_id = :draft),
     closed as (
select st_buffer(st_buffer(geom, :slit, 'join=mitre'), -:slit, 'join=mitre') as geom from whole),
     holes as (
select st_makepolygon(st_exteriorring(ring.geom)) as geom
  from whole cross join lateral st_dump(whole.geom) as part cross join lateral st_dumprings(part.geom) as ring
 where ring.path[1] > 0
 union all
select slit.geom from closed, whole, st_dump(st_collectionextract(st_difference(closed.geom, whole.geom), 3)) as slit),
     merged as (
select (st_dump(st_difference(st_union(geom), (select geom from whole)))).geom as geom from holes),
     found as (
select 'gap' as code, cast('{}' as bigint[]) as row_numbers, cast('{}' as text[]) as symbols, st_area(geom) as amount,
       '' as detail_vi, '' as detail_en, geom
  from merged where st_area(geom) > :gap)
"""
_OUTSIDE = """
with city as materialized (
select st_union(geom) as geom from city.wards
 where coalesce(valid_from <= current_date, true) and coalesce(valid_to >= current_date, true)),
     measured as (
select z.row_number, z.zone_symbol, st_area(z.geom) as whole,
       st_collectionextract(st_difference(z.geom, city.geom), 3) as geom
  from platform.plan_draft_zone z, city
 where z.draft_id = :draft and z.geom is not null and city.geom is not null and not st_covers(city.geom, z.geom)),
     found as (
select case when st_area(geom) > :share * whole then 'outside_city' else 'crosses_boundary' end as code,
       array[row_number] as row_numbers, array_remove(array[zone_symbol], null) as symbols, st_area(geom) as amount,
       replace(round((100 * st_area(geom) / whole)::numeric, 1)::text, '.', ',') || '%' as detail_vi,
       round((100 * st_area(geom) / whole)::numeric, 1) || '%' as detail_en, geom
  from measured where st_area(geom) > :outside)
"""
_SYMBOLS = """
with grouped as (
select zone_symbol, lot_symbol, array_agg(row_number order by row_number) as row_numbers, count(*) as times,
       count(distinct jsonb_build_array(land_use_code, attributes - 'zone_area_m2' - 'population_planned')) as kinds,
       st_collect(coalesce(geom, drawn)) as geom
  from platform.plan_draft_zone where draft_id = :draft and zone_symbol is not null
 group by 1, 2 having count(*) > 1),
     found as (
select case when kinds > 1 then 'symbol_contradicts' else 'symbol_repeated' end as code, row_numbers,
       array_remove(array[zone_symbol, lot_symbol], null) as symbols, cast(null as float8) as amount,
       times || ' khu đất' as detail_vi, times || ' zones' as detail_en, geom
  from grouped)
"""
_VALUES = """
with found as (
select 'land_use_missing' as code, array[row_number] as row_numbers, array_remove(array[zone_symbol], null) as symbols,
       cast(null as float8) as amount, '' as detail_vi, '' as detail_en, geom
  from platform.plan_draft_zone where draft_id = :draft and land_use_code is null and attributes <> '{}'
 union all
select 'area_differs', array[row_number], array_remove(array[zone_symbol], null), st_area(geom) - stated,
       'ghi ' || round(stated::numeric) || ' m²', 'stated: ' || round(stated::numeric) || ' m²', geom
  from platform.plan_draft_zone, cast(attributes ->> 'zone_area_m2' as float8) as stated
 where draft_id = :draft and abs(st_area(geom) - stated) > :differing * st_area(geom))
"""
STEPS = (
    (0.45, Text("Kiểm tra hình học", "checking the geometry"), _FAULTS),
    (0.5, Text("Tìm chồng lấn", "looking for overlaps"), _OVERLAPS),
    (0.6, Text("Tìm khoảng hở", "looking for gaps"), _GAPS),
    (0.7, Text("So với ranh giới thành phố", "comparing with the city's boundary"), _OUTSIDE),
    (0.75, Text("Kiểm tra ký hiệu", "checking the symbols"), _SYMBOLS),
    (0.78, Text("Kiểm tra chỉ tiêu", "checking the values"), _VALUES),
)
# Findings from the file's values have no place of their own: that of their zone.
_PLACES = text(
    """
    update platform.plan_draft_finding f set geom = coalesce(z.geom, z.drawn)
      from platform.plan_draft_zone z
     where f.draft_id = :draft and z.draft_id = :draft and f.geom is null and z.row_number = f.row_numbers[1]
    """
)


def repair_zones(connection: Connection, draft: int, accepted: list[int]) -> None:
    """Tells sound zones from faulty ones, offers repaired copies, and uses those of the `accepted` rows."""
    values = {"draft": draft, "accepted": accepted, "repairable": list(REPAIRABLE), "least": MINIMUM_AREA_M2}
    for statement in REPAIRS:
        connection.execute(text(statement), values)


def check_zones(connection: Connection, draft: int, progress: Progress) -> None:
    """Keeps what is wrong with the zones of `draft`, alone and together, with its severity and its place."""
    values: dict[str, Any] = {
        "draft": draft, "kept": KEPT_PER_CODE, "overlap": OVERLAP_M2, "gap": GAP_M2, "slit": SLIT_M,
        "outside": OUTSIDE_M2, "share": OUTSIDE_SHARE, "differing": AREA_SHARE,
        "reasons": orjson.dumps(REASONS).decode(),
        "notes": [code for code, (severity, _) in FINDINGS.items() if severity == "note"],
    }  # fmt: skip
    for share, words, found in STEPS:
        progress(share, words)
        connection.execute(text(found + _KEEP), values)
    connection.execute(_PLACES, {"draft": draft})
