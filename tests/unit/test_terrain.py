"""Slope, shading and colours of a relief, against planes, the ellipsoid and GDAL's gdaldem."""

import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from rasterio.transform import from_origin

from gis_core.crs import transformer
from gis_core.layer import Text
from tiles.matrix import HALF_WORLD, TILE_PIXELS, Tile
from tiles.raster import Raster, read_part
from tiles.raster_tile import MERCATOR_SRID, Drawing, heights_of, relief, relief_tile
from tiles.terrain import gradient, hillshade, mercator_cells, slope
from tiles.terrain_styles import ELEVATION, HILLSHADE, SLOPE, coloured, ramp

WEST, NORTH, STEP = 573_000.0, 1_322_000.0, 10.0
rises = st.floats(-3, 3)


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Raster:
    """A smooth relief of 300 by 200 cells of 10 m in EPSG:5899."""
    file = tmp_path_factory.mktemp("relief") / "relief.tif"
    east, north = np.meshgrid(WEST + STEP * (np.arange(300) + 0.5), NORTH - STEP * (np.arange(200) + 0.5))
    heights = 1500 + 80 * np.sin((east - WEST) / 350) + 60 * np.cos((north - NORTH) / 280)
    with rasterio.open(
        file, "w", driver="GTiff", width=300, height=200, count=1, dtype="float32", crs="EPSG:5899", nodata=-9999,
        transform=from_origin(WEST, NORTH, STEP, STEP),
    ) as made:  # fmt: skip
        made.write(heights.astype("float32"), 1)
    box = (WEST, NORTH - 2000, WEST + 3000, NORTH)
    loaded = datetime(2026, 1, 1, tzinfo=UTC)
    return Raster("terrain", file, Text("Địa hình", "Terrain"), "elevation", 5899, box, STEP, "test", loaded)


def tile_in_the_middle(zoom: int) -> Tile:
    x, y = transformer(5899, MERCATOR_SRID).transform(WEST + 1500, NORTH - 1000)
    span = Tile(zoom, 0, 0).span
    return Tile(zoom, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span))


def places_of(tile: Tile) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels of the tile are in EPSG:5899."""
    box, cell = tile.bounds(), tile.span / TILE_PIXELS
    steps = (np.arange(TILE_PIXELS) + 0.5) * cell
    return transformer(MERCATOR_SRID, 5899).transform(*np.meshgrid(box.xmin + steps, box.ymax - steps))


@given(rises, rises)
def test_the_slope_of_a_plane_is_its_angle(east: float, north: float) -> None:
    x, y = np.meshgrid(10.0 * np.arange(6), -10.0 * np.arange(5))
    across, up = gradient(east * x + north * y, 10.0, 10.0)
    assert across.shape == (3, 4)
    np.testing.assert_allclose(across, east, atol=1e-9)
    np.testing.assert_allclose(up, north, atol=1e-9)
    np.testing.assert_allclose(slope(across, up), np.degrees(np.arctan(np.hypot(east, north))))
    assert ((hillshade(across, up) >= 0) & (hillshade(across, up) <= 1)).all()


def test_level_ground_throws_back_the_light_by_its_height_and_slopes_towards_it_more() -> None:
    level = np.zeros((1, 1))
    assert hillshade(level, level, altitude=30) == pytest.approx(0.5)
    assert hillshade(level, level + 1, azimuth=180, altitude=45) == pytest.approx(1)
    assert hillshade(level, level + 1, azimuth=0, altitude=45) == pytest.approx(0)


@given(st.floats(-60, 60), st.floats(1, 100))
def test_the_cells_of_a_tile_are_as_large_as_on_the_ellipsoid(latitude: float, cell: float) -> None:
    x, y = transformer(4326, MERCATOR_SRID).transform(108.0, latitude)
    across, down = mercator_cells(np.array([y]), cell)
    back = transformer(MERCATOR_SRID, 4326)
    geod = Geod(ellps="WGS84")
    *_, east = geod.inv(*back.transform(x - cell / 2, y), *back.transform(x + cell / 2, y))
    *_, north = geod.inv(*back.transform(x, y - cell / 2), *back.transform(x, y + cell / 2))
    assert across[0] == pytest.approx(east, rel=1e-5)
    assert down[0] == pytest.approx(north, rel=1e-5)


def test_slopes_and_shades_of_a_tile_are_those_of_gdaldem_on_the_raster_itself(raster: Raster, tmp_path: Path) -> None:
    tile = tile_in_the_middle(15)
    for style, options, tolerance in ((SLOPE, ["slope"], 0.35), (HILLSHADE, ["hillshade", "-compute_edges"], 1.5)):
        file = tmp_path / f"{style.id}.tif"
        subprocess.run(["gdaldem", options[0], str(raster.path), str(file), *options[1:], "-q"], check=True)
        with rasterio.open(file) as made:
            by_gdal = np.array(
                [one[0] for one in made.sample(np.column_stack([one.ravel() for one in places_of(tile)]))]
            )
        ours = relief_tile(Drawing(raster, style), tile).ravel()
        if style is HILLSHADE:  # gdaldem writes 1 + 254 x share
            by_gdal = (by_gdal.astype(float) - 1) / 2.54
        difference = np.abs(ours - by_gdal)
        # The nearest cell of GDAL's grid has its middle up to 7 m away, where the slope differs by as much at most.
        assert np.nanpercentile(difference, 95) < 2.5 * tolerance
        assert np.nanmedian(difference) < tolerance
        assert np.isfinite(ours).mean() > 0.7


def test_a_slope_is_not_flattened_by_the_projection(raster: Raster) -> None:
    tile = tile_in_the_middle(15)
    east, north = places_of(tile)
    true = np.degrees(
        np.arctan(np.hypot(80 / 350 * np.cos((east - WEST) / 350), 60 / 280 * np.sin((north - NORTH) / 280)))
    )
    ours = relief_tile(Drawing(raster, SLOPE), tile)
    known = np.isfinite(ours)
    assert known.mean() > 0.7
    assert np.median(np.abs(ours - true)[known]) < 0.02
    assert float(ours[known].mean()) == pytest.approx(float(true[known].mean()), rel=0.005)


def test_neighbouring_tiles_fit_at_their_edge(raster: Raster) -> None:
    left = tile_in_the_middle(15)
    box, cell = left.bounds(), left.span / TILE_PIXELS
    corners = (box.xmin, box.ymin, box.xmax + left.span, box.ymax)
    wide = read_part(raster, corners, MERCATOR_SRID, (2 * TILE_PIXELS, TILE_PIXELS), (1,), "cubic", 1)
    northings = box.ymax - (np.arange(TILE_PIXELS) + 0.5) * cell
    for style in (SLOPE, HILLSHADE):
        drawing = Drawing(raster, style)
        at_once = relief(drawing, heights_of(wide), mercator_cells(northings, cell))
        one_by_one = [relief_tile(drawing, Tile(left.zoom, left.row, left.col + step)) for step in (0, 1)]
        np.testing.assert_allclose(np.hstack(one_by_one)[:, 200:312], at_once[:, 200:312], atol=0.5)


def test_the_ramp_of_heights_has_round_steps_over_the_usual_heights(raster: Raster) -> None:
    stops = ramp(raster, ELEVATION)
    values = [value for value, _ in stops]
    assert len(stops) == 7
    assert len({high - low for low, high in pairwise(values)}) == 1
    assert values[0] <= 1380
    assert values[-1] >= 1600
    assert all(value % 50 == 0 for value in values)


def test_colours_lie_between_those_of_the_stops_and_beyond_them_are_the_last() -> None:
    stops = [(0.0, "#000000"), (10.0, "#0a1464"), (20.0, "#ffffff")]
    values = np.array([[-5.0, 0.0, 5.0, 10.0, 99.0]])
    assert coloured(values, stops)[:, 0].T.tolist() == [
        [0, 0, 0], [0, 0, 0], [5, 10, 50], [10, 20, 100], [255, 255, 255]
    ]  # fmt: skip
