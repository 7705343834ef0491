"""The gazetteer of a database, kept as long as the layers it was read from stay as they are.

House numbers change all day: then only the streets' names are compared, by steps through an index, and in which wards
each street has how many houses may be as old as `COUNTS_SECONDS`. Houses themselves are always looked up afresh.
"""

import time
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from gis_core.addresses.gazetteer import Gazetteer, Rows, build
from gis_core.db import Identity

COUNTS_SECONDS = 60.0

# Two tables have no versions: aliases are told apart by their fingerprint, units (loaded whole) by their size.
_VERSION = text(
    """
    select (select version from platform.layer_version where layer = 'house_numbers') as houses,
           (select string_agg(version::text, ',' order by layer) from platform.layer_version
             where layer in ('roads', 'wards', 'places', 'water')) as layers,
           (select sum(hash_record(street_alias)) from platform.street_alias) as aliases,
           pg_relation_size('platform.administrative_unit') as units, current_date as day
    """
)
# PostgreSQL has no skip scan before version 18: https://wiki.postgresql.org/wiki/Loose_indexscan
_STREET_NAMES = text(
    """
    with recursive street (name) as (
        select min(street_name) from city.house_numbers
        union all
        select (select min(street_name) from city.house_numbers where street_name > street.name)
          from street where street.name is not null)
    select name from street where name is not null
    """
)
_HOUSES = text(
    "select street_name, ward_code, ward_code_old, count(*) from city.house_numbers group by 1, 2, 3 order by 1, 2, 3"
)
_ROADS = text("select distinct street_name from city.roads where street_name is not null order by 1")
_WARDS = text(
    """
    select code, name, level, former_district, province_code, successor_code,
           case when valid_to < current_date then 'old' else 'new' end as period
      from city.wards order by valid_to nulls last, code
    """
)
_PLACES = text(
    """
    select 'places', id, name, place_kind from city.places where name is not null
    union all
    select 'water', min(id), name, min(water_kind) from city.water where name is not null
       and not exists (select from city.places where places.name = water.name) group by name
    order by 1, 2
    """
)
_ALIASES = text("select street_name, alias, status from platform.street_alias order by 1, 2")
_UNITS = text(
    "select code, period, name, district, province, successor_code from platform.administrative_unit order by 1"
)

_Key = tuple[str, tuple[str, ...]]


@dataclass(slots=True)
class _Kept:
    """A gazetteer with the versions of what it was read from, and when it was read."""

    version: tuple[Any, ...]
    houses: int | None
    read_at: float
    names: frozenset[str]
    gazetteer: Gazetteer


class _Known:
    """The gazetteers of one database by what their readers may see."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.by_reader: dict[_Key, _Kept] = {}


_KNOWN: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()
_KNOWN_LOCK = Lock()


def gazetteer(connection: Connection, who: Identity) -> Gazetteer:
    """The names that `who` may read, as they are now. `connection` must act as `who`."""
    with _KNOWN_LOCK:
        known = _KNOWN.setdefault(connection.engine, _Known())
    houses, *others = connection.execute(_VERSION).one()
    version, reader = tuple(others), (who.role, who.wards)
    kept = known.by_reader.get(reader)
    if kept is None or kept.version != version or kept.houses != houses:
        with known.lock:
            kept = known.by_reader[reader] = _renewed(connection, known.by_reader.get(reader), version, houses)
    return kept.gazetteer


def _renewed(connection: Connection, kept: _Kept | None, version: tuple[Any, ...], houses: int | None) -> _Kept:
    """`kept` where its names are still all, read anew otherwise."""
    if kept is not None and kept.version == version:
        young = time.monotonic() - kept.read_at < COUNTS_SECONDS
        if kept.houses == houses or (young and _names(connection) == kept.names):
            return replace(kept, houses=houses)
    read_at = time.monotonic()
    rows = read_rows(connection)
    return _Kept(version, houses, read_at, frozenset(row[0] for row in rows.houses), build(rows))


def _names(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(_STREET_NAMES).scalars())


def read_rows(connection: Connection) -> Rows:
    """The names in the layers and tables of the database."""
    return Rows(
        houses=[tuple(row) for row in connection.execute(_HOUSES)],
        roads=list(connection.execute(_ROADS).scalars()),
        wards=[dict(row) for row in connection.execute(_WARDS).mappings()],
        places=[tuple(row) for row in connection.execute(_PLACES)],
        aliases=[tuple(row) for row in connection.execute(_ALIASES)],
        units=[dict(row) for row in connection.execute(_UNITS).mappings()],
    )
