"""Control points: EPSG v12 by PROJ 9, checked with PostGIS; X is easting here, as in the database."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.crs import CRS84, published, published_crs, transformer
from gis_core.errors import BadRequest
from gis_core.extent import BBox, _inner_box, storage_box

# longitude, latitude (WGS 84), easting and northing in 5899, 9218 and 3406
POINTS = [
    (108.445, 11.9416, 575502.707, 1320700.396, 493814.96, 1320606.511, 221526.588, 1321496.029),
    (108.36, 11.85, 566266.61, 1310546.137, 484552.057, 1310477.829, 212166.429, 1311444.195),
    (108.6, 12.0, 592366.083, 1327207.839, 510694.474, 1327067.576, 238474.119, 1327807.762),
]
LONGITUDES = st.floats(107.5, 109.2)
LATITUDES = st.floats(11.2, 12.6)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("srid", "column"), [(5899, 2), (9218, 4), (3406, 6)])
def test_control_points_come_out_in_every_zone(point: tuple[float, ...], srid: int, column: int) -> None:
    east, north = transformer(4326, srid).transform(point[0], point[1])
    assert math.hypot(east - point[column], north - point[column + 1]) < 0.001


@given(LONGITUDES, LATITUDES)
def test_there_and_back_through_vn2000_stays_within_a_millimetre(longitude: float, latitude: float) -> None:
    east, north = transformer(4326, 5899).transform(longitude, latitude)
    back = transformer(5899, 4326).transform(east, north)
    assert math.hypot((back[0] - longitude) * 109_000, (back[1] - latitude) * 111_000) < 0.001


@given(LONGITUDES, LATITUDES)
def test_forgetting_the_datum_shift_would_be_226_metres(longitude: float, latitude: float) -> None:
    right = transformer(4326, 5899).transform(longitude, latitude)
    wrong = transformer(4756, 5899).transform(longitude, latitude)
    assert 224 < math.hypot(right[0] - wrong[0], right[1] - wrong[1]) < 227


def test_only_epsg_4326_puts_latitude_first_among_the_published_systems() -> None:
    assert [one.srid for one in published().values() if one.northing_first] == [4326]
    assert next(iter(published())) == CRS84


def test_an_unknown_system_is_refused_with_the_parameter_and_the_choice() -> None:
    with pytest.raises(BadRequest, match=r"bbox-crs=urn:x.*EPSG/0/5899"):
        published_crs("urn:x", "bbox-crs")


@given(LONGITUDES, LATITUDES, st.floats(1e-4, 0.5), st.floats(1e-4, 0.5), st.floats(0, 1), st.floats(0, 1))
def test_candidates_are_never_missed_and_never_accepted_wrongly(
    west: float, south: float, width: float, height: float, across: float, up: float
) -> None:
    box = BBox(west, south, west + width, south + height, published()[CRS84])
    east, north = transformer(4326, 5899).transform(west + across * width, south + up * height)
    outer = storage_box(box)
    assert outer is not None
    assert outer[0] <= east <= outer[2]
    assert outer[1] <= north <= outer[3]
    inner = _inner_box(box)
    if inner is not None:
        x = inner[0] + across * (inner[2] - inner[0])
        y = inner[1] + up * (inner[3] - inner[1])
        longitude, latitude = transformer(5899, 4326).transform(x, y)
        assert west <= longitude <= west + width
        assert south <= latitude <= south + height


@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (-180.0, 80.0, 180.0, 90.0), (177, 65, -177, 70), (0, -1, 1, 1)])
def test_world_polar_and_antimeridian_boxes_have_an_answer(box: tuple[float, float, float, float]) -> None:
    parts = BBox(*box, published()[CRS84]).parts()
    around = [storage_box(part) for part in parts]
    holds_the_city = [one is not None and one[0] < 575_502 < one[2] and one[1] < 1_320_700 < one[3] for one in around]
    assert any(holds_the_city) == (box[0] == -180 and box[1] == -90)
