"""The gazetteer of a database, kept as long as the layers it was read from stay as they are."""

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from gis_core.addresses.gazetteer import Gazetteer, Rows, build
from gis_core.db import Identity

# The rows of two small tables without versions are told apart by their fingerprints.
_VERSION = text(
    """
    select (select string_agg(version::text, ',' order by layer) from platform.layer_version
             where layer in ('house_numbers', 'roads', 'wards', 'places', 'water')),
           (select sum(hashtext(street_alias::text)) from platform.street_alias),
           (select count(*) from platform.administrative_unit), current_date
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


class _Known:
    """The gazetteers of one database by what their readers may see."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.by_reader: dict[_Key, tuple[tuple[Any, ...], Gazetteer]] = {}


_KNOWN: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()
_KNOWN_LOCK = Lock()


def gazetteer(connection: Connection, who: Identity) -> Gazetteer:
    """The names that `who` may read, as they are now. `connection` must act as `who`."""
    with _KNOWN_LOCK:
        known = _KNOWN.setdefault(connection.engine, _Known())
    version = tuple(connection.execute(_VERSION).one())
    reader = (who.role, who.wards)
    found = known.by_reader.get(reader)
    if found is not None and found[0] == version:
        return found[1]
    with known.lock:
        found = known.by_reader.get(reader)
        if found is None or found[0] != version:
            found = known.by_reader[reader] = (version, build(read_rows(connection)))
        return found[1]


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
