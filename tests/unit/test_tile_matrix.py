"""Addresses of tiles, and the published definition of their matrix set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.errors import NotFound
from tiles.matrix import HALF_WORLD, MAX_ZOOM, Tile, definition, limits, read_tile


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    zoom = draw(st.integers(0, MAX_ZOOM))
    places = st.integers(0, 2**zoom - 1)
    return Tile(zoom, draw(places), draw(places))


@given(tiles())
def test_four_children_fill_their_parent(tile: Tile) -> None:
    box = tile.bounds()
    first = Tile(tile.zoom + 1, 2 * tile.row, 2 * tile.col).bounds()
    last = Tile(tile.zoom + 1, 2 * tile.row + 1, 2 * tile.col + 1).bounds()
    assert (first.xmin, first.ymax) == pytest.approx((box.xmin, box.ymax), abs=1e-6)
    assert (last.xmax, last.ymin) == pytest.approx((box.xmax, box.ymin), abs=1e-6)
    assert (first.xmax, first.ymin) == pytest.approx((last.xmin, last.ymax), abs=1e-6)


@given(tiles())
def test_a_tile_is_read_back_from_its_address(tile: Tile) -> None:
    assert read_tile("WebMercatorQuad", str(tile.zoom), str(tile.row), str(tile.col)) == tile


@given(tiles())
def test_the_limits_of_a_tile_hold_that_tile(tile: Tile) -> None:
    box = tile.bounds()
    inside = (box.xmin + 1e-6, box.ymin + 1e-6, box.xmax - 1e-6, box.ymax - 1e-6)
    (level,) = limits(inside, tile.zoom, tile.zoom)
    assert (level["minTileRow"], level["maxTileRow"]) == (tile.row, tile.row)
    assert (level["minTileCol"], level["maxTileCol"]) == (tile.col, tile.col)


def test_a_widened_tile_stays_within_the_world() -> None:
    assert Tile(0, 0, 0).bounds(0.5).xmax == HALF_WORLD


@pytest.mark.parametrize(
    "address",
    [
        ("WebMercatorQuad", "99", "0", "0"),
        ("WebMercatorQuad", "1", "2", "0"),
        ("WebMercatorQuad", "1", "0", "2147483647"),
        ("WebMercatorQuad", "-1", "0", "0"),
        ("WebMercatorQuad", "a", "0", "0"),
        ("WebMercatorQuad", "1", "0", "١"),
        ("WebMercatorQuad", "1", "0", "9" * 4000),
        ("WorldCRS84Quad", "1", "0", "0"),
    ],
)
def test_an_address_outside_of_the_matrix_set_is_not_found(address: tuple[str, str, str, str]) -> None:
    with pytest.raises(NotFound):
        read_tile(*address)


def test_the_definition_has_the_scales_of_the_registered_matrix_set() -> None:
    matrices = definition()["tileMatrices"]
    # OGC 17-083r4, annex D.1: WebMercatorQuad, tile matrices 0 and 18.
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert matrices[18]["cellSize"] == pytest.approx(0.597164283559817, rel=1e-9)
    assert matrices[18]["matrixWidth"] == 262144
