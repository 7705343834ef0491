"""What a planner is shown of a draft: findings, offered repairs, changes, and the map of each. Degrees are WGS 84."""

from typing import Any

from sqlalchemy import Connection, text

from gis_core.errors import NotFound
from gis_core.plan_drafts_findings import REPAIRABLE

LISTED = 200
"""Rows of one list that a page shows; the counts tell of all."""

_BOX = """
select array[round(st_xmin(b)::numeric, 6), round(st_ymin(b)::numeric, 6), round(st_xmax(b)::numeric, 6),
             round(st_ymax(b)::numeric, 6)]::float8[] from st_transform(st_envelope(st_buffer(geom, 5)), 4326) as b
"""
_FINDINGS = text(
    """
    select code, severity, row_numbers, symbols, amount, detail_vi, detail_en, suggestion, box, rank, total
      from (select f.*, row_number() over (partition by code order by amount desc nulls last, id) as rank,
                   count(*) over (partition by code) as total
              from platform.plan_draft_finding f where draft_id = :draft) as f
      left join lateral (__BOX__) as b(box) on geom is not null
     where rank <= :listed order by severity, min(id) over (partition by code), rank
    """.replace("__BOX__", _BOX)
)
_REPAIRS = text(
    """
    select row_number, zone_symbol, fault, st_area(drawn) as before_m2, st_area(repaired) as after_m2,
           st_numgeometries(repaired) as parts, geom is not null as accepted, box
      from platform.plan_draft_zone left join lateral (__BOX__) as b(box) on true
     where draft_id = :draft and fault = any(:repairable) and repaired is not null order by row_number limit 1000
    """.replace("__BOX__", _BOX.replace("geom", "drawn"))
)
_CHANGES = text(
    """
    select kind, zone_symbol, lot_symbol, before_m2, after_m2, gained_m2, lost_m2, before -> 0 as before,
           after -> 0 as after, box
      from platform.plan_draft_change left join lateral (__BOX__) as b(box) on geom is not null
     where draft_id = :draft and view = 'symbol' and kind <> 'unchanged'
     order by array_position(array['removed', 'added', 'changed'], kind), zone_symbol, lot_symbol limit :listed
    """.replace("__BOX__", _BOX)
)
_AFFECTED = text(
    """
    select layer, feature_id, name, area_m2, box
      from platform.plan_draft_affected left join lateral (__BOX__) as b(box) on place is not null
     where draft_id = :draft and layer = :layer order by area_m2 desc, feature_id limit :listed
    """.replace("__BOX__", _BOX.replace("geom", "place"))
)
_EXTENT = text(
    """
    select box from (select st_extent(coalesce(geom, drawn)) as geom from platform.plan_draft_zone
                      where draft_id = :draft and row_number <> all (array(
                            select unnest(row_numbers) from platform.plan_draft_finding
                             where draft_id = :draft and code = 'outside_city'))) as whole
      left join lateral (__BOX__) as b(box) on geom is not null
    """.replace("__BOX__", _BOX.replace("(geom, 5)", "(st_setsrid(geom::geometry, 5899), 5)"))
)
_COLLECTION = """
select coalesce('{"type":"FeatureCollection","features":[' || string_agg(
       json_build_object('type', 'Feature', 'properties', properties, 'geometry',
                         st_asgeojson(st_transform(geom, 4326), 7)::json)::text, ',') || ']}',
       '{"type":"FeatureCollection","features":[]}')
  from (__ROWS__) as shown where geom is not null
"""
_PARTS = {
    "zones": """
        select json_build_object('symbol', zone_symbol, 'use', land_use_code, 'row', row_number) as properties,
               coalesce(geom, drawn) as geom from platform.plan_draft_zone where draft_id = :draft""",
    "findings": """
        select json_build_object('code', code, 'severity', severity) as properties, geom
          from platform.plan_draft_finding where draft_id = :draft order by severity desc""",
    "repairs": """
        select json_build_object('row', row_number) as properties, repaired as geom
          from platform.plan_draft_zone where draft_id = :draft and repaired is not null""",
    "changes": """
        select json_build_object('kind', kind, 'symbol', zone_symbol) as properties, geom
          from platform.plan_draft_change where draft_id = :draft and view = 'ground' and kind <> 'unchanged'""",
    "affected": """
        select json_build_object('layer', layer, 'name', name) as properties, place as geom
          from platform.plan_draft_affected where draft_id = :draft""",
}
PARTS = tuple(_PARTS)


def listed_findings(connection: Connection, draft: int) -> list[dict[str, Any]]:
    """The findings, blocking ones first, each kind's largest first; `box` is where to look, None where nowhere."""
    return _rows(connection.execute(_FINDINGS, {"draft": draft, "listed": LISTED}))


def offered_repairs(connection: Connection, draft: int) -> list[dict[str, Any]]:
    """The zones for which there is a repaired copy, with their areas as drawn and as repaired (m²)."""
    return _rows(connection.execute(_REPAIRS, {"draft": draft, "repairable": list(REPAIRABLE)}))


def listed_changes(connection: Connection, draft: int) -> list[dict[str, Any]]:
    """The zones that the draft adds, removes or changes, with what is said of them before and after."""
    return _rows(connection.execute(_CHANGES, {"draft": draft, "listed": LISTED}))


def affected(connection: Connection, draft: int, layer: str) -> list[dict[str, Any]]:
    """The parcels or open permits on whose ground the plan would say something else, those most affected first."""
    return _rows(connection.execute(_AFFECTED, {"draft": draft, "layer": layer, "listed": LISTED}))


def extent(connection: Connection, draft: int) -> list[float] | None:
    """West, south, east and north of the draft's zones, but for those outside the city; None without any."""
    return connection.scalar(_EXTENT, {"draft": draft})  # type: ignore[no-any-return]


def collection(connection: Connection, draft: int, part: str) -> str:
    """One of `PARTS` of the draft as the text of a GeoJSON FeatureCollection. Raises `NotFound` for others."""
    if part not in _PARTS:
        raise NotFound(f"Không có phần '{part}' của bản thảo. · There is no part '{part}' of a draft.")
    return str(connection.scalar(text(_COLLECTION.replace("__ROWS__", _PARTS[part])), {"draft": draft}))


def _rows(found: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in found.mappings()]
