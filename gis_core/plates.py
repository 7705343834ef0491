"""House-number plates measured along the streets and alleys they are numbered on.

One statement measures all plates asked for: PostGIS puts the pieces of each street together, finds the piece next to
each plate, and says how far along it and on which side of it the plate stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from gis_core.crs import STORAGE_SRID
from gis_core.numbering import Plate, legal_way, split

NEAR_M = 150.0
"""A line further from a plate than this, in metres, is not where the plate is numbered."""


@dataclass(frozen=True, slots=True)
class Around:
    """A place on a street or alley as if it were a plate; how the circular numbers its line; the run's plates.

    The plates include those that are proposed and not yet approved: nobody else may get their numbers.
    """

    place: Plate
    legal_way: int
    run: list[Plate]


# Alleys are numbered on a line that bears their path ("Hẻm 12/3 Phan Đình Phùng") or else on one without a name.
_MEASURED = text(
    """
    with streets as materialized (
        select cast(:street as text) as street_name where cast(:street as text) is not null
         union
        select street_name from city.house_numbers
         where (cast(:street as text) is null or street_name = :street)
           and (cast(:ward as text) is null or ward_code = :ward)),
    asked as materialized (
        select h.id, h.ward_code, h.street_name, h.house_number, h.parcel_id, h.geom,
               platform.house_key(h.house_number, h.alley_path) as key,
               substring(platform.house_key(h.house_number, h.alley_path) from '^(.*)/[^/]*$') as path
          from streets join city.house_numbers h using (street_name)
         where h.status = any (cast(:statuses as text[])) and coalesce(h.valid_to >= current_date, true)
           and h.geom is not null
         union all
        select 0, null, :street, '', null, st_setsrid(st_makepoint(:x, :y), :srid), '0', nullif(:path, '')
         where cast(:x as double precision) is not null),
    named as materialized (
        select street_name, platform.fold(street_name) as folded, st_linemerge(st_union(geom)) as geom
          from city.roads
         where geom is not null and coalesce(valid_to >= current_date, true)
           and exists (select from streets as s
                        where right(roads.street_name, length(s.street_name) + 1) in
                              (s.street_name, ' ' || s.street_name))
         group by 1),
    alleys as materialized (
        select street_name as line_name, parts[3] as street, platform.house_key(parts[2], null) as path
          from named
         cross join lateral regexp_match(folded, '^(hem|ngo|ngach|kiet) ([0-9][0-9a-z/]*) (.*)$') as parts
         where parts is not null),
    wanted as materialized (
        select asked.id, asked.geom, case when asked.path is null then street_name else line_name end as line_name
          from asked left join alleys on alleys.path = asked.path and alleys.street = platform.fold(street_name)),
    lines as materialized (
        select row_number() over (order by street_name, part.path) as line, street_name, part.geom
          from named cross join lateral st_dump(named.geom) as part
         where street_name in (select line_name from wanted)),
    near as (
        select w.id, w.geom as point, l.line, l.geom from wanted w
          join lines l on l.street_name = w.line_name and st_dwithin(l.geom, w.geom, :near)
        union all
        select w.id, w.geom, -r.id, part.geom from wanted w
          join city.roads r on w.line_name is null and r.street_name is null and st_dwithin(r.geom, w.geom, :near)
         cross join lateral st_dump(r.geom) as part),
    nearest as (
        select distinct on (id) id, line, geom, point, geom <-> point as distance from near
         where st_length(geom) > 0 order by id, geom <-> point, line),
    foot as (
        select *, st_linelocatepoint(geom, point) as share, 1 / st_length(geom) as metre from nearest),
    -- A tangent of two metres: at a vertex the line has two directions.
    tangent as (
        select *, st_lineinterpolatepoint(geom, greatest(0, share - metre)) as back,
               st_lineinterpolatepoint(geom, least(1, share + metre)) as ahead from foot)
    select a.id, a.ward_code, a.street_name, a.house_number, a.key, a.parcel_id is not null as has_parcel, t.line,
           t.share / t.metre as position, t.distance,
           st_x(st_startpoint(t.geom)) as start_x, st_y(st_startpoint(t.geom)) as start_y,
           st_x(st_endpoint(t.geom)) as end_x, st_y(st_endpoint(t.geom)) as end_y,
           t.distance * sign((st_x(ahead) - st_x(back)) * (st_y(point) - st_y(back))
                             - (st_y(ahead) - st_y(back)) * (st_x(point) - st_x(back))) as "offset"
      from asked a left join tangent t using (id)
     order by a.id
    """
)


def plates(connection: Connection, street: str | None = None, ward: str | None = None) -> list[Plate]:
    """The plates in force on `street`, or on all streets with a plate in `ward`; of all streets where both are None.

    Always whole streets: a sequence of numbers does not end at the border of a ward.
    """
    rows = _measured(connection, street=street, ward=ward)
    return [_plate(row) for row in rows]


def around(connection: Connection, street: str, path: str, x: float, y: float) -> Around:
    """A place in EPSG:5899 on `street`, in its alley `path` (a key, empty: none), and the numbers of that run."""
    rows = _measured(connection, street=street, path=path, x=x, y=y, statuses=["hien_hanh", "du_kien"])
    here = next(row for row in rows if row["id"] == 0)
    others = [_plate(row) for row in rows if row["id"] != 0]
    way = legal_way((here["start_x"], here["start_y"]), (here["end_x"], here["end_y"])) if here["line"] else 1
    return Around(_plate(here), way, [one for one in others if one.path == path])


def _measured(connection: Connection, **asked: Any) -> Sequence[RowMapping]:
    default = {"street": None, "ward": None, "statuses": ["hien_hanh"], "path": "", "x": None, "y": None}
    limits = {"near": NEAR_M, "srid": STORAGE_SRID}
    return connection.execute(_MEASURED, {**default, **limits, **asked}).mappings().all()


def _plate(row: RowMapping) -> Plate:
    path, number, suffix, last = split(row["key"])
    return Plate(
        row["id"], row["ward_code"] or "", row["street_name"], path, row["house_number"], number, suffix, last,
        row["line"], float(row["position"] or 0), float(row["offset"] or 0), float(row["distance"] or 0),
        row["has_parcel"],
    )  # fmt: skip
