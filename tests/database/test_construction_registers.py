"""The job where registers lack something, contradict each other or are drawn wrongly; and its own rules."""

from datetime import date

import pytest
import shapely
import sqlalchemy as sa

from gis_core.db import Engines
from gis_core.errors import Conflict
from gis_core.testing import square
from tests.database.construction_scene import (
    WARD,
    build,
    flags,
    ground,
    house,
    permit,
    run,
)


def test_without_plan_or_storeys_a_check_is_asked_for_and_never_silence(city: Engines) -> None:
    with city.owner.begin() as connection:
        build(connection, "forest", square(-1000, 0, 1000), forest_dataset="quy_hoach", forest_function="RSX")
        house(connection, 10, 100, "no plan", first_seen_on=date(2026, 4, 22))
        house(connection, 10, 200, "no storeys", storeys=None)
        permit(connection, "GP-1", square(10, 200, 10))
    summary = run(city)
    found = flags(city)
    assert {ref: (flag.flag_status, flag.needs_check) for ref, flag in found.items()} == {
        "no plan": ("candidate", True), "no storeys": ("candidate", True)
    }  # fmt: skip
    assert found["no plan"].exemption == "unknown"
    assert found["no plan"].evidence["missing"] == ["general_plan", "land_use"]
    assert "cần kiểm tra: chưa có quy hoạch chung tại đây" in found["no plan"].reason_vi
    assert "storeys" in found["no storeys"].evidence["missing"]
    assert (summary["needs_check"], summary["missing"]["general_plan"]) == (2, 2)


def test_a_permit_with_wrong_coordinates_counts_by_its_parcel_and_the_summary_says_so(city: Engines) -> None:
    with city.owner.begin() as connection:
        parcel = ground(connection)
        house(connection, 14, 500, "a")
        # 225.6 m off, as without the datum shift: beside the parcel.
        permit(connection, "GP-1", square(-180, 500, 10), parcel_id=parcel, footprint_m2=70)
    summary = run(city)
    flag = flags(city)["a"]
    assert (flag.permit_match, flag.flag_type, flag.evidence["permit"]["by_parcel"]) == ("over_footprint", "F4", True)
    assert "toạ độ giấy phép sai, đối chiếu theo thửa đất" in flag.reason_vi
    assert summary["contradictions"]["permits_misplaced"] == 1
    assert summary["contradictions"]["matched_by_parcel"] == 1


def test_forest_layers_that_contradict_each_other_are_reported(city: Engines) -> None:
    with city.owner.begin() as connection:
        build(connection, "forest", square(-1000, 0, 1000), forest_dataset="quy_hoach", forest_function="RDD")
        build(connection, "forest", square(0, 0, 100), forest_dataset="kiem_ke", forest_function="RPH")
        build(connection, "forest", square(500, 0, 100), forest_dataset="kiem_ke", forest_function=None)
        house(connection, -50, 50, "planned")
        house(connection, 20, 50, "trees")
    summary = run(city)
    assert summary["contradictions"]["forest"] == {
        "planned_without_trees": 1, "trees_without_plan": 1, "cadastre_without_plan": 0
    }  # fmt: skip
    assert summary["forest_layers"]["kiem_ke"] == {
        "features": 2, "without_function": 1, "other_function": 0
    }  # fmt: skip
    found = flags(city)
    assert (found["planned"].flag_type, found["trees"].flag_type) == ("F1", "F2")
    assert found["trees"].evidence["contradictions"] == ["trees_without_plan"]


def test_distances_and_overlaps_are_those_of_shapely(city: Engines) -> None:
    ring = shapely.Point(575_000, 1_320_700).buffer(500, quad_segs=200)
    other = shapely.Point(575_300, 1_320_900).buffer(350, quad_segs=90)
    with city.owner.begin() as connection:
        for shape in (ring, other):  # overlapping each other, as real ones do
            build(
                connection,
                "forest",
                shapely.MultiPolygon([shape]).wkt,
                forest_dataset="quy_hoach",
                forest_function="RPH",
            )
        for number in range(40):
            house(connection, -15 + 4 * number, -180 + 11 * number, str(number))
    run(city, distance_m=100)
    with city.owner.connect() as connection:
        assert connection.scalar(sa.text("select max(st_npoints(geom)) from platform.forest_piece")) <= 64
        rows = connection.execute(sa.text(
            "select f.distance_to_forest_m, f.overlap_forest_m2, st_asbinary(f.geom) from city.construction_flags f"
        )).all()  # fmt: skip
    wood = ring.union(other)
    assert len(rows) == 40
    for distance, overlap, geom in rows:
        footprint = shapely.from_wkb(bytes(geom))
        assert distance == pytest.approx(footprint.distance(wood), abs=0.01)
        assert overlap == pytest.approx(footprint.intersection(wood).area, abs=0.01)


def test_an_area_that_crosses_itself_is_cut_all_the_same_and_pieces_follow_every_edit(city: Engines) -> None:
    bow = "MULTIPOLYGON(((575500 1320700,575600 1320800,575600 1320700,575500 1320800,575500 1320700)))"
    pieces = sa.text("select coalesce(sum(st_area(geom)), 0) from platform.forest_piece")
    with city.owner.begin() as connection:
        number = build(connection, "forest", bow, forest_dataset="quy_hoach", forest_function="RPH")
        assert connection.scalar(pieces) == pytest.approx(5000)
        connection.execute(
            sa.text("update city.forest set geom = st_geomfromtext(:wkt, 5899) where id = :id"),
            {"wkt": square(size=30), "id": number},
        )
        assert connection.scalar(pieces) == pytest.approx(900)
        house(connection, 40, 10, "a")
    assert run(city)["flags"] == 1
    with city.owner.begin() as connection:
        connection.execute(sa.text("delete from city.forest"))
        assert connection.scalar(pieces) == 0
    assert run(city)["withdrawn"] == 1


def test_a_building_that_crosses_itself_ends_no_run(city: Engines) -> None:
    with city.owner.begin() as connection:
        ground(connection)
        bow = "MULTIPOLYGON(((575490 1320800,575510 1320820,575510 1320800,575490 1320820,575490 1320800)))"
        build(connection, "buildings", bow, source_ref="bow", ward_code=WARD, first_seen_on=date(2025, 8, 19))
    summary = run(city)
    assert (summary["flags"], summary["left_out"]["repaired_outlines"]) == (1, 1)
    assert flags(city)["bow"].overlap_forest_m2 == pytest.approx(100)


def test_a_rule_that_was_taken_away_is_named_and_a_changed_one_is_followed(city: Engines) -> None:
    tolerance = sa.text("update platform.construction_rule set condition = condition || cast(:more as jsonb)"
                        " where rule = 'SCREENING'")  # fmt: skip
    with city.owner.begin() as connection:
        ground(connection)
        house(connection, 14, 500, "a")
        permit(connection, "GP-1", square(14, 500, 6))
    assert run(city)["by_type"] == {"F4": 1}
    try:
        with city.owner.begin() as connection:
            connection.execute(tolerance, {"more": '{"edge_m": 5, "footprint_ratio": 9}'})
        assert run(city)["by_type"] == {}
        with city.owner.begin() as connection:
            connection.execute(tolerance, {"more": '{"edge_m": "wide"}'})
        with pytest.raises(Conflict, match="row SCREENING"):
            run(city)
    finally:
        with city.owner.begin() as connection:
            connection.execute(tolerance, {"more": '{"edge_m": 2, "footprint_ratio": 1.2}'})


def test_a_city_without_forest_or_buildings_gives_an_empty_summary(city: Engines) -> None:
    assert (run(city)["flags"], run(city)["looked_at"], run(city)["near_forest"]) == (0, 0, {})
