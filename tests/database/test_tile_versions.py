"""A change raises the versions of the tiles that hold its old and new place, and of no other, however it is made."""

import random
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from gis_core.crs import transformer
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as
from gis_core.layer import Layer
from layers import CATALOG
from tiles.cache import versions
from tiles.matrix import HALF_WORLD, Tile

PARCELS, CAMERAS, WATER = CATALOG["land_parcels"], CATALOG["cameras"], CATALOG["water"]
EAST, NORTH = 574_000.0, 1_320_000.0
REACH = 1 / 32
"""Beyond its edges a tile draws a 64th of its width; what is twice as far away can never be in it."""


def tile_at(zoom: int, east: float, north: float) -> Tile:
    x, y = transformer(5899, 3857).transform(east, north)
    span = Tile(zoom, 0, 0).span
    return Tile(zoom, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span))


def around(*places: tuple[float, float], by: int = 3) -> set[Tile]:
    """The tiles of all levels within `by` of those at `places`."""
    return {
        Tile(zoom, middle.row + down, middle.col + right)
        for zoom in range(8, 20)
        for middle in (tile_at(zoom, *place) for place in places)
        for down in range(-by, by + 1)
        for right in range(-by, by + 1)
        if middle.row + down >= 0 and middle.col + right >= 0
    }


def seen(city: Engines, tiles: Iterable[Tile], layer: Layer = PARCELS, who: Identity = ANONYMOUS) -> dict[Tile, object]:
    with acting_as(city, who) as connection:
        return {tile: versions(connection, [layer], who, tile) for tile in tiles}


def changed(before: dict[Tile, object], after: dict[Tile, object]) -> set[Tile]:
    return {tile for tile in before if before[tile] != after[tile]}


def holding(tiles: Iterable[Tile], boxes: list[tuple[float, float, float, float]], reach: float) -> set[Tile]:
    """Those of `tiles` that one of the `boxes` meets, the tiles widened by `reach` of their width on each side."""
    moved = [transformer(5899, 3857).transform_bounds(*box) for box in boxes]
    found = set()
    for tile in tiles:
        bounds = tile.bounds(reach)
        if any(
            west <= bounds.xmax and east >= bounds.xmin and south <= bounds.ymax and north >= bounds.ymin
            for west, south, east, north in moved
        ):
            found.add(tile)
    return found


def square(east: float, north: float, side: float = 30) -> str:
    return f"st_multi(st_makeenvelope({east}, {north}, {east + side}, {north + side}, 5899))"


def run(city: Engines, *statements: str) -> None:
    with city.owner.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.fixture
def parcels(city: Engines) -> Engines:
    """The engines on a city of 400 parcels, 100 m apart."""
    run(
        city,
        "insert into city.land_parcels (parcel_uid, geom) select 'T' || n, "
        f"st_multi(st_makeenvelope({EAST} + n % 20 * 100, {NORTH} + n / 20 * 100, {EAST} + n % 20 * 100 + 30,"
        f" {NORTH} + n / 20 * 100 + 30, 5899)) from generate_series(0, 399) as n",
    )
    return city


@pytest.mark.parametrize("seed", range(3))
def test_a_parcel_that_moves_changes_the_tiles_of_its_old_and_new_place_and_no_other(
    parcels: Engines, seed: int
) -> None:
    rng = random.Random(seed)
    number, east, north = rng.randrange(400), EAST + rng.uniform(-3000, 5000), NORTH + rng.uniform(-3000, 5000)
    old = EAST + number % 20 * 100, NORTH + number // 20 * 100
    tiles = around(old, (east, north))
    before = seen(parcels, tiles)
    run(parcels, f"update city.land_parcels set geom = {square(east, north)} where parcel_uid = 'T{number}'")
    touched = changed(before, seen(parcels, tiles))
    boxes = [(*old, old[0] + 30, old[1] + 30), (east, north, east + 30, north + 30)]
    within = {tile for tile in tiles if 13 <= tile.zoom <= 18}
    assert holding(within, boxes, 0) <= touched
    assert {tile for tile in touched if tile.zoom <= 18} <= holding(within, boxes, REACH)
    # Deeper than the layer's last level, a tile goes with the one above it.
    above = {Tile(18, tile.row // 2, tile.col // 2) for tile in touched if tile.zoom == 19}
    assert above <= holding(around(old, (east, north), by=6), boxes, REACH)


@pytest.mark.parametrize(
    "statement",
    [
        f"insert into city.land_parcels (parcel_uid, geom) values ('new', {square(EAST + 50, NORTH + 50)})",
        "update city.land_parcels set parcel_no = '9' where parcel_uid = 'T0'",
        "delete from city.land_parcels where parcel_uid = 'T0'",
    ],
)
def test_whatever_is_done_to_a_parcel_its_tile_knows_and_a_far_one_does_not(parcels: Engines, statement: str) -> None:
    here, far = tile_at(18, EAST + 40, NORTH + 40), tile_at(18, EAST + 1500, NORTH + 1500)
    before = seen(parcels, [here, far])
    run(parcels, statement)
    assert changed(before, seen(parcels, [here, far])) == {here}


def test_an_update_that_changes_nothing_touches_no_tile(parcels: Engines) -> None:
    tiles = around((EAST, NORTH))
    before = seen(parcels, tiles)
    run(parcels, "update city.land_parcels set parcel_uid = parcel_uid", "delete from city.land_parcels where false")
    assert seen(parcels, tiles) == before


def test_a_change_of_thousands_of_rows_leaves_few_notes_and_touches_every_tile_they_are_in(parcels: Engines) -> None:
    tiles = {tile_at(zoom, EAST + step * 97, NORTH + step * 91) for zoom in range(13, 19) for step in range(20)}
    far = tile_at(16, EAST + 60_000, NORTH + 40_000)
    before = seen(parcels, [*tiles, far])
    run(
        parcels,
        "insert into city.land_parcels (parcel_uid, geom) select 'M' || n,"
        f" st_multi(st_makeenvelope({EAST} + n % 100 * 20, {NORTH} + n / 100 * 20, {EAST} + n % 100 * 20 + 9,"
        f" {NORTH} + n / 100 * 20 + 9, 5899)) from generate_series(0, 9999) as n",
    )
    after = seen(parcels, [*tiles, far])
    assert changed(before, after) == tiles
    run(parcels, "update city.land_parcels set parcel_no = '1'")
    last = seen(parcels, [*tiles, far])
    assert changed(after, last) == tiles
    run(parcels, "delete from city.land_parcels where parcel_uid like 'M%'")
    assert changed(last, seen(parcels, [*tiles, far])) == tiles
    with parcels.owner.connect() as connection:
        notes = connection.execute(sa.text("select count(*) from platform.tile_version")).scalar_one()
    assert notes < 2000


def test_a_statement_that_reaches_over_a_country_raises_the_whole_layer_at_once(city: Engines) -> None:
    run(city, f"insert into city.water (water_kind, geom) values ('lake', {square(EAST, NORTH)})")
    tiles = around((EAST, NORTH), (EAST + 100_000, NORTH))
    before = seen(city, tiles, WATER)
    run(
        city,
        "insert into city.water (water_kind, geom) select 'lake', st_multi(st_makeenvelope(100000 + n * 900000,"
        " 700000 + m * 1600000, 100100 + n * 900000, 700100 + m * 1600000, 5899))"
        " from generate_series(0, 1) as n, generate_series(0, 1) as m, generate_series(1, 400)",
    )
    assert changed(before, seen(city, tiles, WATER)) == tiles
    with city.owner.connect() as connection:
        kept = connection.execute(sa.text("select count(*) from platform.tile_version where layer = 'water'"))
        assert kept.scalar_one() < 300


def test_a_load_of_very_many_rows_is_told_by_one_note(city: Engines) -> None:
    run(city, f"insert into city.water (water_kind, geom) values ('lake', {square(EAST, NORTH)})")
    tiles = around((EAST, NORTH))
    before = seen(city, tiles, WATER)
    run(
        city,
        f"insert into city.water (water_kind, geom) select 'lake', st_point({EAST}, {NORTH}, 5899)"
        " from generate_series(1, 50001)",
    )
    assert changed(before, seen(city, tiles, WATER)) == tiles
    with city.owner.connect() as connection:
        kept = connection.execute(sa.text("select count(*) from platform.tile_version where layer = 'water'"))
        assert kept.scalar_one() == 1


def test_where_a_hidden_camera_has_changed_shows_in_no_tile_of_those_who_may_not_see_it(city: Engines) -> None:
    camera = (
        "insert into city.cameras (camera_code, install_purpose, camera_status, geom) select '{code}', 'an_ninh',"
        " (select code from platform.code where list = 'camera_status' limit 1), st_point({x}, {y}, 5899)"
    )
    run(city, camera.format(code="C1", x=EAST, y=NORTH))
    near, far = tile_at(18, EAST + 5000, NORTH), tile_at(18, EAST - 5000, NORTH)
    operator = Identity("someone", "operator")
    before = {who: seen(city, [near, far], CAMERAS, who) for who in (ANONYMOUS, operator)}
    run(city, camera.format(code="C2", x=EAST + 5000, y=NORTH))
    after = {who: seen(city, [near, far], CAMERAS, who) for who in (ANONYMOUS, operator)}
    assert changed(before[ANONYMOUS], after[ANONYMOUS]) == {near, far}
    assert changed(before[operator], after[operator]) == {near}


def test_a_role_reads_no_note_of_a_layer_that_it_may_not_read(canary_city: Engines) -> None:
    with acting_as(canary_city, ANONYMOUS) as connection:
        noted = set(connection.execute(sa.text("select distinct layer from platform.tile_version")).scalars())
    assert "land_parcels" in noted
    assert noted <= {layer.id for layer in CATALOG.readable_by("citizen")}
