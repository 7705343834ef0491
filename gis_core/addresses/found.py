"""What the layers hold of an address: rows of houses, streets, wards, places, parcels and forest lots.

All statements are set-wise, read the layers' own tables (no copy can be stale) and run under the asker's own rights.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, text

from gis_core.addresses.house_number import distance, key

Row = Mapping[str, Any]
DIGITS = 7
"""Decimals of degrees: about a centimetre, less than the accuracy of the datum shift."""

_KEY = 'platform.house_key(h.house_number, h.alley_path) collate "C"'
HOUSE_COLUMNS = f"""
    h.id, h.house_number, h.alley_path, h.street_name, h.ward_code, h.ward_code_old, h.status, h.residential_group,
    h.house_number_old, h.parcel_id, h.parcel_confidence, h.valid_to < current_date as ended, {_KEY} as number_key,
    st_x(st_transform(h.geom, 4326)) as lon, st_y(st_transform(h.geom, 4326)) as lat
"""
# The register's own parcel is told as long as no link says more about it.
PARCELS_OF_HOUSE = """
    left join lateral (
        select jsonb_agg(jsonb_build_object(
                   'id', p.id, 'map_sheet_no', p.map_sheet_no, 'parcel_no', p.parcel_no, 'ward_code', p.ward_code,
                   'ward_code_survey', p.ward_code_survey, 'confidence', link.confidence, 'how', link.provenance,
                   'relation', link.relation, 'current', coalesce(p.valid_to >= current_date, true))
                   order by link.confidence desc, p.id) as parcels
          from (select l.parcel_id, l.confidence, l.provenance, l.relation from city.address_parcels l
                 where l.house_id = h.id and coalesce(l.valid_to >= current_date, true)
                union all
                select h.parcel_id, coalesce(h.parcel_confidence, 0.9), 'declared', 'stands_on'
                 where h.parcel_id is not null and not exists (
                       select from city.address_parcels l where l.house_id = h.id and l.parcel_id = h.parcel_id)
               ) as link
          join city.land_parcels p on p.id = link.parcel_id) as linked on true
"""

HOUSES = text(
    f"""
    select {HOUSE_COLUMNS}, linked.parcels, asked.number as asked_key, false as by_old_number
      from unnest(cast(:streets as text[]), cast(:keys as text[])) as asked(street, number)
      join city.house_numbers h on h.street_name = asked.street and {_KEY} = asked.number
      {PARCELS_OF_HOUSE}
    union all
    select {HOUSE_COLUMNS}, linked.parcels, asked.number, true
      from unnest(cast(:streets as text[]), cast(:keys as text[])) as asked(street, number)
      join city.house_numbers h on h.street_name = asked.street and h.house_number_old is not null
       and platform.house_key(h.house_number_old, null) collate "C" = asked.number
      {PARCELS_OF_HOUSE}
     limit 200
    """
)
_NUMBERED = text(
    f"""
    select {HOUSE_COLUMNS}, linked.parcels, {_KEY} as asked_key, false as by_old_number
      from city.house_numbers h {PARCELS_OF_HOUSE}
     where {_KEY} = :key and (cast(:wards as text[]) is null or h.ward_code = any (cast(:wards as text[])))
     order by h.status <> 'hien_hanh', h.street_name limit :limit
    """
)
_NEIGHBOURS = text(
    f"""
    select found.* from unnest(cast(:streets as text[])) as asked(street) cross join lateral (
        (select {HOUSE_COLUMNS} from city.house_numbers h where h.street_name = asked.street and {_KEY} < :key
            and h.status = 'hien_hanh' order by {_KEY} desc limit 6)
        union all
        (select {HOUSE_COLUMNS} from city.house_numbers h where h.street_name = asked.street and {_KEY} > :key
            and h.status = 'hien_hanh' order by {_KEY} limit 6)) as found
    """
)
# Lines that were collected as multi-lines have to be taken out of the collection: `st_linemerge` makes it empty.
_STREETS = text(
    f"""
    select asked.place, st_asgeojson(st_transform(st_multi(st_linemerge(st_collectionextract(st_collect(r.geom), 2))),
           4326), {DIGITS}) as geometry
      from jsonb_to_recordset(cast(:asked as jsonb)) as asked(place int, names jsonb)
      cross join lateral jsonb_array_elements_text(asked.names) as name
      join city.roads r on r.street_name = name group by 1
    """
)
_STREET_WARDS = text(
    """
    select distinct w.code, coalesce(w.valid_to < current_date, false) as old
      from city.roads r join city.wards w on w.geom && r.geom and st_intersects(w.geom, r.geom)
     where r.street_name = any (cast(:names as text[]))
    """
)
_STREET_POINTS = text(
    f"""
    select asked.place, st_asgeojson(st_transform(st_centroid(st_collect(h.geom)), 4326), {DIGITS}) as geometry
      from jsonb_to_recordset(cast(:asked as jsonb)) as asked(place int, names jsonb)
      join lateral (select geom from city.house_numbers
                     where street_name in (select jsonb_array_elements_text(asked.names)) limit 500) as h on true
     group by 1
    """
)
_PARCELS = text(
    f"""
    select p.id, p.map_sheet_no, p.parcel_no, p.old_map_sheet_no, p.old_parcel_no, p.ward_code, p.ward_code_survey,
           p.area_m2, p.land_use_code, p.valid_from, p.valid_to, coalesce(p.valid_to >= current_date, true) as current,
           found.by_old_number, st_asgeojson(st_transform(p.geom, 4326), {DIGITS}) as geometry
      from (select id, false as by_old_number from city.land_parcels
             where platform.house_key(parcel_no, null) collate "C" = :parcel
               and (:sheet = '' or platform.house_key(map_sheet_no, null) collate "C" = :sheet)
            union all
            select id, true from city.land_parcels
             where old_parcel_no is not null and platform.house_key(old_parcel_no, null) collate "C" = :parcel
               and (:sheet = '' or platform.house_key(old_map_sheet_no, null) collate "C" = :sheet)) as found
      join city.land_parcels p on p.id = found.id
     where cast(:wards as text[]) is null or p.ward_code = any (cast(:wards as text[]))
     order by p.id limit 200
    """
)
_SUCCESSORS = text(
    """
    with recursive line (root, id, kind, changed_on, depth) as (
        select l.from_parcel_id, l.to_parcel_id, l.kind, l.changed_on, 1
          from city.land_parcel_lineage l where l.from_parcel_id = any (cast(:ids as bigint[]))
        union
        select line.root, l.to_parcel_id, l.kind, l.changed_on, line.depth + 1
          from line join city.land_parcel_lineage l on l.from_parcel_id = line.id where line.depth < 20)
    select line.root, p.id, p.map_sheet_no, p.parcel_no, p.ward_code, p.ward_code_survey, line.kind, line.changed_on
      from line join city.land_parcels p on p.id = line.id
     where coalesce(p.valid_to >= current_date, true) order by line.root, p.id
    """
)
_FOREST = text(
    f"""
    select min(id) as id, forest_dataset, compartment, subcompartment, plot, min(ward_name_survey) as ward_name,
           sum(area_ha) as area_ha, min(forest_function) as forest_function,
           st_asgeojson(st_transform(st_collect(geom), 4326), {DIGITS}) as geometry
      from (select id, forest_dataset, ward_name_survey, area_ha, forest_function, geom,
                   forest_compartment as compartment,
                   case when :subcompartment <> '' then forest_subcompartment end as subcompartment,
                   case when :plot <> '' then forest_plot end as plot
              from city.forest
             where platform.house_key(forest_compartment, null) collate "C" = :compartment
               and (:subcompartment = '' or platform.house_key(forest_subcompartment, null) = :subcompartment)
               and (:plot = '' or platform.house_key(forest_plot, null) = :plot)) as lots
     group by forest_dataset, compartment, subcompartment, plot order by forest_dataset desc, id limit 40
    """
)
_WARD = text(
    f"""
    select id, code, coalesce(valid_to < current_date, false) as old, st_asgeojson(st_transform(
           st_simplifypreservetopology(geom, 5), 4326), {DIGITS}) as geometry
      from city.wards where code = any (cast(:codes as text[]))
    """
)
_PLACE = {
    layer: text(f"select st_asgeojson(st_transform(geom, 4326), {DIGITS}) as geometry from city.{layer} where id = :id")
    for layer in ("places", "water")
}


def _rows(connection: Connection, statement: TextClause, **values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def houses(connection: Connection, asked: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The houses of (street name as stored, number key) in `asked`, by their number now or by the one before."""
    pairs = list(asked)
    if not pairs:
        return []
    streets, keys = ([pair[part] for pair in pairs] for part in (0, 1))
    return _rows(connection, HOUSES, streets=streets, keys=keys)


def houses_numbered(
    connection: Connection, number: str, wards: Sequence[str] | None, limit: int
) -> list[dict[str, Any]]:
    """Houses with the key of `number` on any street, in one of `wards` unless None."""
    return _rows(connection, _NUMBERED, key=key(number), wards=wards, limit=limit)


def neighbours(connection: Connection, streets: Sequence[str], number: str, count: int = 6) -> list[dict[str, Any]]:
    """The houses of the street whose numbers are nearest in counting to a `number` that is not there."""
    asked = key(number)
    found = _rows(connection, _NEIGHBOURS, streets=list(streets), key=asked)
    return sorted(found, key=lambda one: distance(asked, one["number_key"]))[:count]


def street_lines(connection: Connection, names: Sequence[Sequence[str]]) -> dict[int, str]:
    """GeoJSON of the streets with these stored names, by their place in `names`; the middle of the houses where no
    line is known; nothing where neither is.
    """
    asked = [{"place": place, "names": list(one)} for place, one in enumerate(names)]
    found = {row["place"]: row["geometry"] for row in _rows(connection, _STREETS, asked=json.dumps(asked))}
    missing = [one for one in asked if one["place"] not in found]
    if missing:
        points = _rows(connection, _STREET_POINTS, asked=json.dumps(missing))
        found |= {row["place"]: row["geometry"] for row in points}
    return found


def street_wards(connection: Connection, names: Sequence[str]) -> list[dict[str, Any]]:
    """The wards that the lines of a street meet: code, and whether it is an old one."""
    return _rows(connection, _STREET_WARDS, names=list(names))


def parcels(connection: Connection, sheet: str, number: str, wards: Sequence[str] | None) -> list[dict[str, Any]]:
    """The parcels with that number on that sheet (any sheet where empty), now or formerly, in `wards` unless None."""
    asked = {"parcel": key(number), "sheet": key(sheet) if sheet else "", "wards": wards}
    return _rows(connection, _PARCELS, **asked)


def successors(connection: Connection, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The parcels of today that came of each of the parcels `ids`."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in _rows(connection, _SUCCESSORS, ids=list(ids)) if ids else ():
        found.setdefault(row["root"], []).append(row)
    return found


def forest_lots(connection: Connection, compartment: str, subcompartment: str, plot: str) -> list[dict[str, Any]]:
    """The forest lots of these numbers in each register; put together as far as a number is left out."""
    numbers = (key(one) if one else "" for one in (compartment, subcompartment, plot))
    return _rows(connection, _FOREST, **dict(zip(("compartment", "subcompartment", "plot"), numbers, strict=True)))


def ward_areas(connection: Connection, codes: Sequence[str]) -> dict[tuple[str, bool], dict[str, Any]]:
    """Id and GeoJSON of the wards `codes` by code and by whether it is an old one."""
    return {(row["code"], row["old"]): row for row in _rows(connection, _WARD, codes=list(codes))}


def place_geometry(connection: Connection, layer: str, place_id: int) -> str | None:
    """GeoJSON of a place, None where it is gone."""
    return connection.execute(_PLACE[layer], {"id": place_id}).scalar()
