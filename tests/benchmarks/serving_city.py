"""The city that the serving benchmark serves: parcels in rows of a thousand, zones over the same ground, one reader."""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from gis_core import postgres
from gis_core.access import visible_columns
from gis_core.crs import STORAGE_SRID, transformer
from gis_core.db import Engines, engines
from gis_core.settings import secret
from layers import CATALOG
from layers.migrate import migrate
from tiles.matrix import HALF_WORLD, Tile
from tiles.vector import tile_columns

PARCELS, ZONES = CATALOG["land_parcels"], CATALOG["planning_zones"]
READER = "benchmark_reader"
WEST, SOUTH = 560_000, 1_310_000
PARCEL_METRES = 20
PARCELS_PER_ZONE = 200

_PARCELS = """
with shape as (
    select corners, turn, st_makepolygon(st_makeline(array_agg(
               st_makepoint(radius * cos(angle), radius * sin(angle)) order by k))) as outline
      from generate_series(5, 12) as corners, generate_series(0, 15) as turn, generate_series(0, corners) as k,
           lateral (select 2 * pi() * (k % corners) / corners + turn * 0.1 as angle,
                           7 + 2.5 * abs(sin(turn + 3 * (k % corners))) as radius) as at
     group by corners, turn
)
insert into city.land_parcels
       (parcel_uid, ward_code, map_sheet_no, parcel_no, area_m2, land_use_code, owner_name, parcel_address, geom)
select 'P' || n, '24769', (n / 1000)::text, n::text, 100 + n % 400, (array['ODT', 'CLN', 'LUA'])[1 + n % 3],
       'Người ' || n, 'Đường ' || (n % 700),
       st_multi(st_setsrid(st_translate(outline, :west + :step * (n % :side), :south + :step * (n / :side)), :srid))
  from generate_series(0, :count - 1) as n
  join shape on corners = 5 + n % 8 and turn = n / 8 % 16
"""
_ZONES = """
insert into city.planning_zones
       (zone_symbol, lot_symbol, land_use_code, zone_function, zone_area_m2, floors_max, building_density_pct, geom)
select 'K' || n, n::text, (array['ODT', 'CLN', 'LUA'])[1 + n % 3], 'Khu ' || (n % 40), 50000 + n, 1 + n % 9, n % 80,
       st_multi(st_makepolygon(st_makeline(array_agg(st_setsrid(st_makepoint(
           :west + :step * (n % :side + 0.5 + 0.4 * far * cos(angle)),
           :south + :step * (n / :side + 0.5 + 0.4 * far * sin(angle))), :srid) order by k))))
  from generate_series(0, :count - 1) as n, lateral (select 50 + n * 37 % 351 as corners) as size,
       generate_series(0, corners) as k, lateral (select 2 * pi() * (k % corners) / corners as angle) as at,
       lateral (select 0.85 + 0.15 * sin(9 * angle + n) as far) as star
 group by n
"""


@dataclass(frozen=True)
class City:
    """The filled database: the platform's ways in, the owner's address, the data folder and how many parcels."""

    ways: Engines
    owner: sa.URL
    data: Path
    parcels: int

    @property
    def reader(self) -> sa.URL:
        """The address of the user that other servers read with."""
        return self.owner.set(username=READER, password=secret(self.data, READER))

    @property
    def side(self) -> int:
        """The number of parcels in a row, and of rows."""
        return math.isqrt(self.parcels - 1) + 1

    @property
    def metres(self) -> int:
        """The width and height of the city."""
        return self.side * PARCEL_METRES


@contextmanager
def running_city(data: Path, parcels: int) -> Iterator[City]:
    """A city of so many parcels on a private server, which stops with the block, however this process ends."""
    with postgres.running(data, for_tests=True) as url:
        migrate(url, data)
        city = City(engines(url, data), url, data, parcels)
        try:
            _fill(city)
            yield city
        finally:
            city.ways.dispose()


def _fill(city: City) -> None:
    zones = max(city.parcels // PARCELS_PER_ZONE, 25)
    zone_side = math.isqrt(zones - 1) + 1
    ground = {"west": WEST, "south": SOUTH, "srid": STORAGE_SRID}
    with city.ways.owner.begin() as connection:
        # No triggers: neither history nor a change to announce for each row.
        connection.exec_driver_sql("set local session_replication_role = replica")
        connection.execute(
            sa.text(_PARCELS), ground | {"count": city.parcels, "side": city.side, "step": PARCEL_METRES}
        )
        connection.execute(
            sa.text(_ZONES), ground | {"count": zones, "side": zone_side, "step": city.metres / zone_side}
        )
        _let_read(connection, secret(city.data, READER))
    with city.ways.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for layer in (PARCELS, ZONES):
            connection.exec_driver_sql(f"vacuum analyze city.{layer.id}")


def _let_read(connection: sa.Connection, password: str) -> None:
    """Makes the user of the other servers. They know no row policy, so none costs them anything."""
    connection.exec_driver_sql(f"create role {READER} login bypassrls password '{password}'")
    connection.exec_driver_sql(f"alter role {READER} set jit = off")
    connection.exec_driver_sql(f"alter role {READER} set max_parallel_workers_per_gather = 0")
    connection.exec_driver_sql(f"grant usage on schema city to {READER}")
    # What the platform's walls take from everybody: tipg makes a temporary function and, like QGIS, asks for extents.
    connection.exec_driver_sql(f"grant execute on all functions in schema public to {READER}")
    connection.exec_driver_sql(f"grant temporary on database {postgres.DATABASE} to {READER}")
    connection.exec_driver_sql(f"grant select on city.land_parcels, city.planning_zones to {READER}")


def properties() -> list[str]:
    """The names of the parcels' properties that everybody may see; the other servers serve the same ones."""
    return [name for name in visible_columns(PARCELS, "citizen") if name not in ("id", "geom")]


def boxes(city: City, parcels_wide: float) -> list[str]:
    """Boxes in degrees of about the square of `parcels_wide` parcels, at random places within the city."""
    rng, moved = random.Random(1), transformer(STORAGE_SRID, 4326)
    width = parcels_wide * PARCEL_METRES
    made = []
    for _ in range(2000):
        x, y = (at + rng.uniform(0, max(city.metres - width, 0)) for at in (WEST, SOUTH))
        made.append(",".join(f"{one:.6f}" for one in moved.transform_bounds(x, y, x + width, y + width)))
    return made


def tiles(city: City, zoom: int) -> list[Tile]:
    """The tiles of `zoom` inside the city, in random order; where none is, those that touch it."""
    corner = transformer(STORAGE_SRID, 3857).transform_bounds(
        WEST, SOUTH, WEST + city.metres, SOUTH + city.metres * city.parcels / city.side**2
    )
    span = Tile(zoom, 0, 0).span
    left, right = ((one + HALF_WORLD) / span for one in (corner[0], corner[2]))
    top, bottom = ((HALF_WORLD - one) / span for one in (corner[3], corner[1]))
    inside = _addresses(zoom, range(math.ceil(top), int(bottom)), range(math.ceil(left), int(right)))
    found = inside or _addresses(zoom, range(int(top), int(bottom) + 1), range(int(left), int(right) + 1))
    return random.Random(zoom).sample(found, min(len(found), 1000))


def _addresses(zoom: int, rows: range, cols: range) -> list[Tile]:
    return [Tile(zoom, row, col) for row in rows for col in cols]


def attributes(layer_id: str, zoom: int) -> list[str]:
    """What our tiles of that zoom carry; the other servers are told to carry no more."""
    return tile_columns(CATALOG[layer_id], "citizen", zoom)
