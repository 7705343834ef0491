"""Geometries are brought to the shape of the layer, and every repair or refusal is told."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from etl.repair import repaired, unusable

SQUARE = shapely.box(0, 0, 10, 10)
BOW_TIE = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def array(*geometries: shapely.Geometry | None) -> np.ndarray:
    made = np.empty(len(geometries), dtype=object)
    made[:] = geometries
    return made


def test_a_polygon_becomes_a_multipolygon_without_a_repair() -> None:
    done = repaired(array(SQUARE), "MultiPolygon")
    assert done.geometry[0].geom_type == "MultiPolygon"
    assert not any(mask.any() for mask in (*done.repaired.values(), *done.refused.values(), *done.remarked.values()))


def test_a_self_crossing_ring_is_repaired_and_its_reason_kept() -> None:
    done = repaired(array(SQUARE, BOW_TIE), "MultiPolygon")
    assert done.repaired["made_valid"].tolist() == [False, True]
    assert done.geometry[1].is_valid
    assert done.geometry[1].area == pytest.approx(50)
    assert "Self-intersection" in done.details["made_valid", 1]


def test_a_ring_without_area_is_refused() -> None:
    flat = shapely.Polygon([(0, 0), (10, 0), (5, 0), (0, 0)])
    assert repaired(array(flat, SQUARE), "MultiPolygon").refused["zero_area"].tolist() == [True, False]


def test_a_point_is_refused_where_polygons_are_wanted() -> None:
    done = repaired(array(shapely.Point(1, 2)), "MultiPolygon")
    assert done.refused["wrong_geometry_type"].tolist() == [True]
    assert done.details["wrong_geometry_type", 0] == "Point"


def test_an_almost_closed_line_is_closed_to_a_polygon() -> None:
    line = shapely.LineString([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0.2)])
    done = repaired(array(line), "MultiPolygon")
    assert done.repaired["ring_closed"].tolist() == [True]
    assert done.geometry[0].area == pytest.approx(100, abs=2)


def test_heights_and_repeated_vertices_are_removed() -> None:
    raised = shapely.LineString([(0, 0, 5), (0, 0, 5), (3, 4, 6)])
    done = repaired(array(raised), "MultiLineString")
    assert done.repaired["flattened"].tolist() == [True]
    assert done.repaired["points_removed"].tolist() == [True]
    assert shapely.get_num_coordinates(done.geometry[0]) == 2


def test_a_thin_polygon_is_remarked_on_and_kept() -> None:
    done = repaired(array(shapely.box(0, 0, 100, 0.1)), "MultiPolygon")
    assert done.remarked["sliver"].tolist() == [True]
    assert not done.refused["zero_area"].any()


def test_the_polygons_of_a_collection_are_taken() -> None:
    mixed = shapely.GeometryCollection([SQUARE, shapely.LineString([(0, 0), (1, 1)])])
    done = repaired(array(mixed), "MultiPolygon")
    assert done.repaired["parts_dropped"].tolist() == [True]
    assert done.geometry[0].area == 100


def test_absent_unreadable_infinite_and_huge_geometries_are_told_apart() -> None:
    geometry = array(None, None, shapely.Point(float("nan"), 1), shapely.Point(0, 0).buffer(1, quad_segs=50))
    found = unusable(geometry, np.array([False, True, False, False]), vertex_limit=100)
    assert [code for row in range(4) for code, mask in found.items() if mask[row]] == [
        "geometry_missing", "geometry_unreadable", "coordinates_not_finite", "too_many_vertices",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=4, max_size=9))
def test_whatever_ring_comes_a_valid_multipolygon_or_a_refusal_leaves(points: list[tuple[int, int]]) -> None:
    done = repaired(array(shapely.Polygon(points)), "MultiPolygon")
    refused = any(mask[0] for mask in done.refused.values())
    assert refused or (done.geometry[0].is_valid and done.geometry[0].geom_type == "MultiPolygon")
