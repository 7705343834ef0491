"""Where tiles draw things, judged by the exact transformation of PostGIS; and that what they draw is valid."""

import math
from datetime import date
from typing import Any

import mapbox_vector_tile
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from gis_core.crs import transformer
from gis_core.db import Engines
from layers import CATALOG
from tiles.cells import EXTENT, TOLERANCE_CELLS, ground_box, is_straight
from tiles.matrix import HALF_WORLD, Tile
from tiles.vector import SIMPLIFIED_BELOW, VectorTiles

WATER = CATALOG["water"]
DAY = date(2026, 1, 15)
EXAMPLES = settings(
    max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DA_LAT = (108.44, 11.94)


def tile_at(zoom: int, lon: float, lat: float) -> Tile:
    x, y = transformer(4326, 3857).transform(lon, lat)
    span = Tile(zoom, 0, 0).span
    return Tile(zoom, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span))


def drawn(connection: sa.Connection, tile: Tile) -> list[Any]:
    """The geometries of the water in the tile, in cells."""
    content = VectorTiles().tile(connection, [WATER], "citizen", tile, DAY)
    layers = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True}) if content else {}
    return [shape(one["geometry"]) for one in layers.get("water", {"features": []})["features"]]


def cells(connection: sa.Connection, tile: Tile) -> list[tuple[float, float]]:
    """The vertices of the water, transformed one by one, in cells of the tile."""
    points = connection.execute(
        sa.text(
            "select st_x(geom), st_y(geom) from (select (st_dumppoints(st_transform(geom, 3857))).geom"
            " from city.water) as vertices"
        )
    )
    west, north, cell = tile.col * tile.span - HALF_WORLD, HALF_WORLD - tile.row * tile.span, tile.span / EXTENT
    return [((x - west) / cell, (north - y) / cell) for x, y in points]


@EXAMPLES
@given(
    lon=st.floats(102.2, 113.8), lat=st.floats(6.2, 23.8), zoom=st.integers(8, 20),
    turn=st.floats(0, 6), size=st.floats(30, 400),
)  # fmt: skip
def test_a_vertex_is_drawn_where_the_exact_transformation_has_it(
    city: Engines, lon: float, lat: float, zoom: int, turn: float, size: float
) -> None:
    """Wherever anything can be stored and at every level: within the tolerance, and a cell for the rounding."""
    tile = tile_at(zoom, lon, lat)
    (x, y), radius = transformer(4326, 3857).transform(lon, lat), size * tile.span / EXTENT
    corners = [(x + radius * math.cos(turn + k * 2.1), y + radius * math.sin(turn + k * 2.1)) for k in (0, 1, 2, 0)]
    ring = ", ".join(f"{east} {north}" for east, north in corners)
    with city.owner.connect() as connection:
        connection.execute(
            sa.text(
                "insert into city.water (water_kind, geom) values ('lake',"
                f" st_multi(st_transform(st_geomfromtext('POLYGON(({ring}))', 3857), 5899)))"
            )
        )
        (found,) = drawn(connection, tile)
        exact = cells(connection, tile)
        connection.rollback()
    allowed = TOLERANCE_CELLS + 1 + (TOLERANCE_CELLS if zoom < SIMPLIFIED_BELOW else 0)
    inside = [one for one in exact if all(0 <= value <= EXTENT for value in one)]
    vertices = [point for part in getattr(found, "geoms", [found]) for point in part.exterior.coords]
    assert all(min(math.dist(one, vertex) for vertex in vertices) <= allowed for one in inside)
    assert found.is_valid


@pytest.mark.parametrize("zoom", range(10, 23))
def test_in_the_city_every_tile_of_these_levels_is_drawn_by_the_affine_map(zoom: int) -> None:
    assert is_straight(tile_at(zoom, *DA_LAT))


@pytest.mark.parametrize("zoom", range(6))
def test_a_vast_tile_or_one_where_nothing_is_stored_is_not(zoom: int) -> None:
    assert not is_straight(tile_at(zoom, *DA_LAT))
    assert ground_box(Tile(zoom + 4, 0, 0)) is None
    assert not is_straight(Tile(zoom + 4, 0, 0))


@pytest.mark.parametrize("zoom", [11, 13, 15, 17])
def test_shapes_that_rounding_would_break_are_drawn_valid(city: Engines, zoom: int) -> None:
    """Spikes, necks and holes narrower than a cell."""
    tile = tile_at(zoom, *DA_LAT)
    cell = tile.span / EXTENT
    east, north = transformer(4326, 5899).transform(*DA_LAT)
    rings = {
        "spike": [(0, 0), (300, 0), (300, 300), (150.2, 300), (150, 900), (149.9, 300), (0, 300), (0, 0)],
        "neck": [(0, 0), (200, 0), (100.2, 200), (200, 400), (0, 400), (99.8, 200), (0, 0)],
        "sliver": [(0, 0), (300, 0.3), (300, 0.5), (0, 0.2), (0, 0)],
        "comb": [
            (0, 0),
            (300, 0),
            *((300 - n * 3 - step, 200 * step) for n in range(90) for step in (0.4, 0.6)),
            (0, 0),
        ],
    }
    with city.owner.connect() as connection:
        for ring in rings.values():
            corners = ", ".join(f"{east + x * cell} {north + y * cell}" for x, y in ring)
            connection.execute(
                sa.text(
                    "insert into city.water (water_kind, geom) values"
                    f" ('lake', st_multi(st_makevalid(st_geomfromtext('POLYGON(({corners}))', 5899))))"
                )
            )
        found = drawn(connection, tile)
        connection.rollback()
    assert len(found) == len(rings)
    assert all(one.is_valid and not one.is_empty for one in found)
