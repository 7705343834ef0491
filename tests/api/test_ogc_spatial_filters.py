"""The spatial functions of CQL2 against shapely over the same features, on a grid where boundaries meet exactly."""

from collections.abc import Callable
from typing import Any

import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
METRES = {"filter-crs": f"{EPSG}5899", "limit": "100", "skipGeometry": "true", "properties": "source"}
# As the test's parcels lie: every 40 m a square of 30 m.
PARCELS = {n: shapely.box(574000 + 40 * n, 1321000, 574030 + 40 * n, 1321030) for n in range(1, 26)}
REPORTS = {n: shapely.Point(574000 + n, 1321000) for n in (2, 4, 6)}
FUNCTIONS: dict[str, Callable[[Any, Any], bool]] = {
    "S_INTERSECTS": shapely.intersects, "S_DISJOINT": shapely.disjoint, "S_EQUALS": shapely.equals,
    "S_TOUCHES": shapely.touches, "S_WITHIN": shapely.within, "S_CONTAINS": shapely.contains,
    "S_OVERLAPS": shapely.overlaps, "S_CROSSES": shapely.crosses,
}  # fmt: skip

corners = st.tuples(
    st.sampled_from([574030, 574040, 574050, 574070, 574080, 574100, 574110, 574140]),
    st.sampled_from([1320990, 1321000, 1321010, 1321030, 1321040]),
)
points = corners.map(shapely.Point)
# Lines that do not run back on themselves: where such a one ends is a matter of taste.
lines = st.lists(corners, min_size=2, max_size=4, unique=True).map(shapely.LineString).filter(shapely.is_simple)
boxes = st.tuples(corners, corners).filter(lambda two: two[0][0] != two[1][0] and two[0][1] != two[1][1])
areas = boxes.map(lambda two: shapely.box(*map(min, *two), *map(max, *two)))
simple = st.one_of(points, lines, areas)
several = st.one_of(
    st.lists(points, min_size=1, max_size=3).map(shapely.MultiPoint),
    st.lists(lines, min_size=1, max_size=2).map(shapely.MultiLineString),
    st.lists(areas, min_size=1, max_size=2).map(shapely.union_all),
)
collections = st.lists(simple, min_size=1, max_size=3).map(shapely.GeometryCollection)


def found(client: TestClient, layer: str, words: str) -> set[int]:
    answer = client.get(f"/ogc/collections/{layer}/items", params={**METRES, "filter": words})
    assert answer.status_code == 200, (words, answer.text)
    return {one["id"] for one in answer.json()["features"]}


def assert_like_shapely(client: TestClient, layer: str, rows: dict[int, Any], geometry: Any) -> None:
    words = shapely.to_wkt(geometry, rounding_precision=0)
    for name, relate in FUNCTIONS.items():
        straight = {n for n, row in rows.items() if relate(row, geometry)}
        assert found(client, layer, f"{name}(geometry, {words})") == straight, (name, words)
        turned = {n for n, row in rows.items() if relate(geometry, row)}
        assert found(client, layer, f"{name}({words}, geometry)") == turned, (name, words)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=st.one_of(simple, several))
def test_areas_relate_to_geometries_as_shapely_says(client: TestClient, geometry: Any) -> None:
    assert_like_shapely(client, "land_parcels", PARCELS, geometry)


def consistent(row: Any, geometry: Any) -> bool:
    """Whether GEOS relates the two as it subtracts them.

    GEOS 3.14 says of an area within a collection that part of it lies outside, when the collection also has a point or
    line elsewhere and a corner is shared; the difference, which it finds empty, is right.
    """
    outside = shapely.relate_pattern(row, geometry, "**2******")
    return bool(outside == (row.difference(shapely.unary_union(geometry)).area > 0))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=collections)
def test_areas_relate_to_collections_as_shapely_says(client: TestClient, geometry: Any) -> None:
    assume(all(consistent(row, geometry) for row in PARCELS.values()))
    assert_like_shapely(client, "land_parcels", PARCELS, geometry)


def test_a_parcel_within_one_area_of_a_collection_is_within_it(client: TestClient) -> None:
    words = "GEOMETRYCOLLECTION (POINT (574030 1320990), POLYGON ((574070 1321000, 574070 1321030, 574030 1321030, 574030 1321000, 574070 1321000)))"  # noqa: E501
    assert found(client, "land_parcels", f"S_WITHIN(geometry, {words})") == {1}
    assert found(client, "land_parcels", f"S_CONTAINS({words}, geometry)") == {1}


NEAR = ((574002, 1321000), (574003, 1320990), (574004, 1321000), (574006, 1321005), (574010, 1321000))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.sampled_from(NEAR), min_size=2, max_size=4, unique=True))
def test_points_relate_to_collections_as_shapely_says(client: TestClient, places: list[tuple[int, int]]) -> None:
    mixed = [shapely.Point(places[0]), shapely.LineString(sorted(places))]
    assert_like_shapely(client, "report_points", REPORTS, shapely.GeometryCollection(mixed))
