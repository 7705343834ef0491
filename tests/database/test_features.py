import json
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import from_wkt, transform
from shapely.geometry import LineString

from gis_core.crs import CRS84, published, transformer
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.extent import BBox
from gis_core.features import extent, feature, feature_count, feature_page
from gis_core.query import Interval, Query, Sort
from gis_core.testing import CENTRE, add, point, square
from layers import CATALOG

CAMERAS = CATALOG["cameras"]
PLANNER = Identity("lan", "planner")


def features(city: Engines, query: Query, who: Identity = ANONYMOUS) -> list[dict[str, Any]]:
    with acting_as(city, who) as connection:
        return list(json.loads(feature_page(connection, query).features))


def every_page(city: Engines, query: Query) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    key = None
    while True:
        with acting_as(city, ANONYMOUS) as connection:
            page = feature_page(connection, Query(**{**vars(query), "after": key}))
        found += json.loads(page.features)
        assert page.returned <= query.limit
        if page.next_key is None:
            return found
        key = page.next_key


def test_text_comes_out_as_it_went_in(city: Engines) -> None:
    words = 'Lô A < B & "C" \\ đường Trần Phú 😀'
    with city.owner.begin() as connection:
        add(connection, CAMERAS, point(), camera_code="C1", site_name=words)
    assert features(city, Query(CAMERAS, "citizen"))[0]["properties"]["site_name"] == words


def test_coordinates_follow_the_axis_order_of_the_system_asked_for(city: Engines) -> None:
    with city.owner.begin() as connection:
        add(connection, CAMERAS, point())
    longitude, latitude = transformer(5899, 4326).transform(*CENTRE)
    expected = {CRS84: (longitude, latitude), "http://www.opengis.net/def/crs/EPSG/0/4326": (latitude, longitude)}
    expected["http://www.opengis.net/def/crs/EPSG/0/5899"] = CENTRE
    expected["http://www.opengis.net/def/crs/EPSG/0/9218"] = transformer(5899, 9218).transform(*CENTRE)
    for uri, coordinates in expected.items():
        found = features(city, Query(CAMERAS, "citizen", crs=published()[uri]))
        assert found[0]["geometry"]["coordinates"] == pytest.approx(coordinates, abs=1e-3)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_hold_every_feature_once_and_in_order_nulls_last(city: Engines, descending: bool, limit: int) -> None:
    heights = [3.5, None, 12.0, 3.5, None, 8.0, 12.0]
    with city.owner.begin() as connection:
        for number, height in enumerate(heights):
            add(connection, CAMERAS, point(number), camera_code=f"C{number}", mount_height_m=height)
    found = every_page(
        city, Query(CAMERAS, "citizen", sort=(Sort("mount_height_m", descending=descending),), limit=limit)
    )
    got = [one["properties"]["mount_height_m"] for one in found]
    known = sorted((height for height in heights if height is not None), reverse=descending)
    assert got == [*known, None, None]
    assert len({one["id"] for one in found}) == len(heights)


def test_a_page_stays_right_while_rows_come_and_go(city: Engines) -> None:
    with city.owner.begin() as connection:
        ids = [add(connection, CAMERAS, point(number)) for number in range(6)]
    with acting_as(city, ANONYMOUS) as connection:
        first = feature_page(connection, Query(CAMERAS, "citizen", limit=3))
    with city.owner.begin() as connection:
        connection.execute(sa.text("delete from city.cameras where id = :id"), {"id": ids[0]})
    second = features(city, Query(CAMERAS, "citizen", limit=3, after=first.next_key))
    assert [one["id"] for one in second] == ids[3:]


def test_a_box_finds_what_meets_it_in_the_system_of_the_box(city: Engines) -> None:
    parcels = CATALOG["land_parcels"]
    wkts = [square(40 * column - 200, 40 * row - 200, 30) for column in range(10) for row in range(10)]
    with city.owner.begin() as connection:
        ids = [add(connection, parcels, wkt) for wkt in wkts]

    @settings(max_examples=100, deadline=None)
    @given(
        st.floats(-200, 200), st.floats(-200, 200), st.floats(0, 300), st.floats(0, 300),
        st.sampled_from([4326, 3857, 9218, 5899]),
    )  # fmt: skip
    def check(x: float, y: float, width: float, height: float, srid: int) -> None:
        move = transformer(5899, srid)
        west, south = move.transform(CENTRE[0] + x, CENTRE[1] + y)
        scale = 1e-5 if srid == 4326 else 1.0
        crs = next(one for one in published().values() if one.srid == srid)
        asked = BBox(west, south, west + scale * width, south + scale * height, crs)
        moved = [transform(from_wkt(wkt), move.transform, interleaved=False) for wkt in wkts]
        wanted = LineString([(asked.xmin, asked.ymin), (asked.xmax, asked.ymax)]).envelope
        found = {one["id"] for one in features(city, Query(parcels, "citizen", bbox=asked, limit=100))}
        # Within a micrometre of touching, PROJ in Python and in PostGIS may disagree.
        tiny = scale * 1e-6
        certain = {one for one, geometry in zip(ids, moved, strict=True) if geometry.buffer(-tiny).intersects(wanted)}
        possible = {one for one, geometry in zip(ids, moved, strict=True) if geometry.buffer(tiny).intersects(wanted)}
        assert certain <= found <= possible

    check()


def test_a_world_box_returns_everything_and_a_box_elsewhere_nothing(city: Engines) -> None:
    with city.owner.begin() as connection:
        add(connection, CAMERAS, point())
    system = published()[CRS84]
    assert len(features(city, Query(CAMERAS, "citizen", bbox=BBox(-180, -90, 180, 90, system)))) == 1
    assert features(city, Query(CAMERAS, "citizen", bbox=BBox(177, 65, -177, 70, system))) == []
    assert features(city, Query(CAMERAS, "citizen", bbox=BBox(-180, 89, 180, 90, system))) == []


def test_legal_validity_answers_as_of_a_day(city: Engines) -> None:
    wards = CATALOG["wards"]
    with city.owner.begin() as connection:
        add(connection, wards, square(), code="24781", name="Phường 2", valid_to="2025-06-30")
        add(connection, wards, square(), code="24781", name="Phường Xuân Hương - Đà Lạt", valid_from="2025-07-01")

    def names(start: date | datetime | None, end: date | datetime | None) -> list[str]:
        found = features(city, Query(wards, "citizen", interval=Interval(start, end)))
        return [one["properties"]["name"] for one in found]

    assert names(date(2025, 6, 30), date(2025, 6, 30)) == ["Phường 2"]
    assert names(date(2025, 7, 1), date(2025, 7, 1)) == ["Phường Xuân Hương - Đà Lạt"]
    assert len(names(None, None)) == 2
    assert names(date(2025, 7, 1), None) == ["Phường Xuân Hương - Đà Lạt"]
    # 17:00 UTC is midnight in Đà Lạt: the next day there.
    moment = datetime.fromisoformat("2025-06-30T17:00:00+00:00")
    assert names(moment, moment) == ["Phường Xuân Hương - Đà Lạt"]


def test_a_day_as_the_end_of_a_span_of_instants_is_the_whole_day(city: Engines) -> None:
    reports = CATALOG["report_points"]
    with city.owner.begin() as connection:
        add(connection, reports, point(), report_code="R1", received_at="2026-03-01T23:30:00+07:00")
        add(connection, reports, point(), report_code="R2", received_at="2026-03-02T00:10:00+07:00")
    found = features(city, Query(reports, "citizen", interval=Interval(date(2026, 3, 1), date(2026, 3, 1))))
    assert [one["properties"]["report_code"] for one in found] == ["R1"]


@pytest.mark.parametrize("use", ["equals", "sort", "properties"])
def test_an_unknown_and_a_hidden_property_are_the_same_mistake(city: Engines, use: str) -> None:
    households = CATALOG["business_households"]
    messages = []
    for name in ("tax_debt", "no_such_thing", "updated_by", "geom"):
        choice: dict[str, Any] = {
            "equals": {"equals": {name: "1"}}, "sort": {"sort": (Sort(name),)}, "properties": {"properties": (name,)},
        }[use]  # fmt: skip
        with pytest.raises(BadRequest) as caught:
            features(city, Query(households, "citizen", **choice))
        messages.append(str(caught.value).replace(name, "…"))
    assert len(set(messages)) == 1


def test_the_reference_in_the_source_does_not_give_a_personal_number_away(city: Engines) -> None:
    households = CATALOG["business_households"]
    with city.owner.begin() as connection:
        add(connection, households, point(), source_ref="068090123456", ward_code="24778", business_status="hoat_dong")
    assert "source_ref" not in features(city, Query(households, "citizen"))[0]["properties"]
    officer = Identity("tam", "tax_officer", ("24778",))
    found = features(city, Query(households, "tax_officer"), officer)
    assert found[0]["properties"]["source_ref"] == "068090123456"


def test_an_officer_sees_the_households_of_own_wards_only_also_in_counts_and_extents(city: Engines) -> None:
    households = CATALOG["business_households"]
    with city.owner.begin() as connection:
        own = add(connection, households, point(), ward_code="24778")
        other = add(connection, households, point(5000), ward_code="24781")
    officer = Identity("tam", "tax_officer", ("24778",))
    query = Query(households, "tax_officer")
    assert [one["id"] for one in features(city, query, officer)] == [own]
    with acting_as(city, officer) as connection:
        assert feature_count(connection, query).number == 1
        around = extent(connection, households)
        assert around is not None
        assert around[2] - around[0] < 0.001
        with pytest.raises(NotFound):
            feature(connection, query, other)
    with acting_as(city, Identity("nobody", "tax_officer", ())) as connection:
        assert feature_count(connection, query).number == 0


@pytest.mark.parametrize(
    ("name", "value"), [("retention_days", "many"), ("installed_on", "soon"), ("range_m", "1e999")]
)
def test_a_value_of_the_wrong_type_is_refused_in_words(city: Engines, name: str, value: str) -> None:
    with pytest.raises(BadRequest, match="wrong type"):
        features(city, Query(CAMERAS, "citizen", equals={name: value}))


def test_an_exact_count_is_exact_and_an_estimate_says_so(city: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    import gis_core.features as module

    with city.owner.begin() as connection:
        for number in range(30):
            add(connection, CAMERAS, point(number))
    with acting_as(city, ANONYMOUS) as connection:
        assert feature_count(connection, Query(CAMERAS, "citizen")) == module.Count(30, exact=True)
    monkeypatch.setattr(module, "EXACT_COUNT_LIMIT", 10)
    with city.owner.begin() as connection:
        connection.execute(sa.text("analyze city.cameras"))
    with acting_as(city, ANONYMOUS) as connection:
        estimated = feature_count(connection, Query(CAMERAS, "citizen"))
    assert not estimated.exact
    assert 11 <= estimated.number <= 40


def test_a_feature_without_geometry_is_still_a_feature(city: Engines) -> None:
    with city.owner.begin() as connection:
        add(connection, CAMERAS)
    assert features(city, Query(CAMERAS, "citizen"))[0]["geometry"] is None
