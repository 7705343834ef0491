"""The job on planted scenes: what it finds, keeps and withdraws, and who sees what of it."""

import uuid
from datetime import date

import pytest
import sqlalchemy as sa

from gis_core.db import Engines, Identity
from gis_core.errors import BadRequest, NotFound
from gis_core.jobs.carry_out import Dismissed
from gis_core.jobs.run import find_job, run_job
from gis_core.layer import Text
from gis_core.testing import point, square
from tests.database.construction_scene import (
    ADMINISTRATOR,
    INSPECTOR,
    WARD,
    build,
    flags,
    ground,
    house,
    permit,
    rejections,
    run,
    silent,
)

CARD = {
    "building", "distance_m", "overlap_m2", "reach_m", "types", "forest", "contradictions", "parcel", "land_use",
    "permit", "permits_near", "exemption", "zones", "zone_conflicts", "reports", "cameras", "earlier_flags", "missing",
    "why",
}  # fmt: skip


def test_a_new_house_near_forest_on_farm_land_without_a_permit_is_one_flag_with_its_whole_card(city: Engines) -> None:
    with city.owner.begin() as connection:
        parcel = ground(connection)
        house(connection, 14, 500, "new")
        house(connection, 200, 500, "away")
        house(connection, 14, 300, "old", first_seen_on=date(2024, 2, 20))
        camera = build(connection, "cameras", point(100, 500), camera_code="CAM-1", install_purpose="chay_rung")
        secret = build(connection, "cameras", point(90, 500), camera_code="CAM-2", install_purpose="an_ninh")
        for one, code in ((camera, "CAM-1"), (secret, "CAM-2")):
            build(connection, "camera_views", square(-50, 400, 300), camera_id=one, camera_code=code)
        for number, (x, public) in enumerate(((40, True), (45, False), (90, True))):
            build(connection, "report_points", point(x, 505), report_code=f"PA-{number}", is_public=public,
                  report_category="trat_tu_xay_dung", public_content="Đang xây")  # fmt: skip
    summary = run(city)
    (flag,) = flags(city).values()
    assert (summary["flags"], summary["added"], summary["left_out"]["seen_before"]) == (1, 1, 1)
    assert (flag.flag_type, flag.permit_match, flag.exemption, flag.land_use_conflict) == (
        "F2",
        "none",
        "required",
        True,
    )
    assert (flag.distance_to_forest_m, flag.grade, flag.flag_status, flag.parcel_id) == (
        14.0,
        "high",
        "screened",
        parcel,
    )
    assert (flag.forest_function, flag.forest_sources) == ("RPH", "quy_hoach kiem_ke")
    assert flag.reason_vi == (
        "Công trình 96 m² cách rừng phòng hộ (lô c, khoảnh 3, tiểu khu 156b; quy hoạch ba loại rừng) 14,0 m: công "
        "trình gần rừng, không thấy giấy phép; phải có giấy phép; mục đích sử dụng đất không cho xây."
    )
    card = flag.evidence
    assert set(card) == CARD
    assert card["forest"][0]["plot"] == "c"
    assert card["parcel"]["parcel_uid"] == "24778.3.17"
    assert card["parcel"]["purposes"] == [{"code": "HNK", "area_m2": 810_000.0}]
    assert [one["zone"] for one in card["zones"]] == ["NN-01"]
    assert card["zone_conflicts"] == ["planned_use", "storeys"]
    assert [one["camera"] for one in card["cameras"]] == ["CAM-1"]
    # Beyond 50 m, or not published: not on the card.
    assert [one["report_code"] for one in card["reports"]] == ["PA-0"]
    assert card["exemption"]["law_of"] == "2025-08-19"
    assert flag.score_parts["reports"] > 0


def test_permit_and_land_are_two_facts_and_what_is_let_be_is_listed_with_its_reason(city: Engines) -> None:
    with city.owner.begin() as connection:
        parcel = ground(connection)
        house(connection, 10, 100, "permitted")
        permit(connection, "GP-1", square(10, 100, 10), parcel_id=parcel)
        house(connection, 10, 200, "larger", width=13)
        permit(connection, "GP-2", square(10, 200, 10), parcel_id=parcel)
        house(connection, 10, 300, "exempt", first_seen_on=date(2026, 4, 22))
        house(connection, 10, 400, "green", building_kind="greenhouse", storeys=1)
        house(connection, -30, 500, "green in the wood", building_kind="greenhouse", storeys=1)
        house(connection, -30, 600, "permitted in the wood")
        permit(connection, "GP-3", square(-30, 600, 10))
    summary = run(city)
    found = {ref: (flag.flag_types, flag.permit_match) for ref, flag in flags(city).items()}
    assert found == {
        "larger": ("F4", "over_footprint"), "green in the wood": ("F3", None),
        "permitted in the wood": ("F1", "in_footprint"),
    }  # fmt: skip
    assert {ref: row.rejection for ref, row in rejections(city).items()} == {
        "permitted": "permitted", "exempt": "exempt", "green": "greenhouse"
    }  # fmt: skip
    assert rejections(city)["exempt"].land_use_conflict
    assert "miễn giấy phép không thay đổi điều đó" in rejections(city)["exempt"].reason_vi
    assert rejections(city)["permitted"].reason_en.endswith("forest-planning layer): As permitted GP-1.")
    assert summary["rejected"] == {"exempt": 1, "greenhouse": 1, "permitted": 1}
    assert summary["by_type"] == {"F1": 1, "F3": 1, "F4": 1}


def test_a_second_run_writes_nothing_and_a_changed_fact_changes_only_its_flag(city: Engines) -> None:
    state = sa.text(
        "select string_agg(layer || version, ',' order by layer), (select count(*) from history.construction_flags)"
        " from platform.layer_version where layer like 'construction%'"
    )
    with city.owner.begin() as connection:
        ground(connection)
        house(connection, 14, 500, "a")
        house(connection, 20, 600, "b")
        house(connection, 20, 700, "c", building_kind="greenhouse", storeys=1)
    run(city)
    with city.owner.connect() as connection:
        before, first = connection.execute(state).one(), flags(city)
    assert {name: run(city)[name] for name in ("added", "changed", "withdrawn")} == {
        "added": 0, "changed": 0, "withdrawn": 0
    }  # fmt: skip
    with city.owner.begin() as connection:
        assert connection.execute(state).one() == before
        permit(connection, "GP-1", square(20, 600, 6))
    again = run(city)
    second = flags(city)
    assert (again["added"], again["changed"]) == (0, 1)
    assert {ref: flag.flag_code for ref, flag in first.items()} == {ref: flag.flag_code for ref, flag in second.items()}
    assert (second["b"].flag_type, second["b"].id, second["a"].version) == ("F4", first["b"].id, first["a"].version)


def test_what_people_decided_stays_and_what_nothing_indicates_any_longer_is_withdrawn(city: Engines) -> None:
    with city.owner.begin() as connection:
        ground(connection)
        for number, ref in enumerate(("open", "assigned", "decided", "kept")):
            house(connection, 14, 100 + 100 * number, ref)
    run(city)
    statement = sa.text("update city.construction_flags set flag_status = :status where flag_code = :code")
    before = flags(city)
    with city.owner.begin() as connection:
        for ref, status in (("assigned", "assigned"), ("decided", "violation")):
            connection.execute(statement, {"status": status, "code": before[ref].flag_code})
        for number in range(3):
            permit(connection, f"GP-{number}", square(14, 100 + 100 * number, 10))
    summary = run(city)
    after = flags(city)
    assert {ref: flag.flag_status for ref, flag in after.items()} == {
        "open": "withdrawn", "assigned": "assigned", "decided": "violation", "kept": "screened"
    }  # fmt: skip
    assert (summary["flags"], summary["withdrawn"]) == (1, 1)
    with city.owner.begin() as connection:
        connection.execute(sa.text("update city.building_permits set permit_status = 'thu_hoi'"))
    summary = run(city)
    after = flags(city)
    assert (after["open"].flag_status, after["open"].permit_match) == ("screened", "revoked")
    assert (after["assigned"].flag_status, after["assigned"].permit_match) == ("assigned", "revoked")
    assert (after["decided"].flag_status, after["decided"].permit_match) == ("violation", "none")
    assert summary["decided_by_people"] == 1
    # A decided flag near is told of on the cards of its neighbours.
    with city.owner.begin() as connection:
        house(connection, 30, 300, "neighbour")
    run(city)
    assert [one["status"] for one in flags(city)["neighbour"].evidence["earlier_flags"]] == ["violation"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"permit_date": date(2024, 8, 19)}, "in_footprint"),
        ({"permit_date": date(2024, 8, 18)}, "not_started"),
        ({"permit_date": date(2023, 8, 18), "extension_count": 1}, "not_started"),
        ({"permit_date": date(2023, 8, 19), "extension_count": 1}, "in_footprint"),
        ({"permit_date": date(2021, 8, 19), "extension_count": 9}, "not_started"),
        ({"permit_date": date(2014, 1, 1)}, "in_footprint"),  # before the rule: nobody knows the term
        ({"permit_date": None}, "in_footprint"),
    ],
)
def test_a_permit_that_names_no_term_lapses_by_the_rule_of_its_time(
    city: Engines, values: dict[str, object], expected: str
) -> None:
    with city.owner.begin() as connection:
        ground(connection)
        house(connection, -20, 500, "a")
        permit(connection, "GP-1", square(-20, 500, 10), commence_by=None, commencement_notice_date=None, **values)
    run(city)
    assert flags(city)["a"].permit_match == expected


def test_what_stood_at_the_first_survey_is_left_alone_by_default(city: Engines) -> None:
    with city.owner.begin() as connection:
        ground(connection)
        for number in range(5):
            house(connection, 14, 50 * number, f"old {number}", first_seen_on=date(2024, 2, 20))
        house(connection, 14, 400, "new")
    summary = run_job(city, ADMINISTRATOR, find_job("unpermitted-construction", "administrator"), {}, silent)
    assert (summary["since"], list(flags(city))) == ("2024-02-21", ["new"])
    assert summary["near_forest"]["quy_hoach"]["within"] == 6


def test_an_inspector_works_in_the_own_wards_only(city: Engines) -> None:
    with city.owner.begin() as connection:
        ground(connection)
        house(connection, 14, 500, "mine")
        house(connection, 14, 600, "theirs", ward_code="24787")
    run(city)
    with city.owner.begin() as connection:
        permit(connection, "GP-1", square(14, 500, 10))
        permit(connection, "GP-2", square(14, 600, 10), ward_code="24787")
    summary = run(city, INSPECTOR)
    assert (summary["wards"], summary["withdrawn"]) == ([WARD], 1)
    assert {ref: flag.flag_status for ref, flag in flags(city).items()} == {"mine": "withdrawn", "theirs": "screened"}
    assert list(flags(city, INSPECTOR)) == ["mine"]
    with pytest.raises(BadRequest, match="24787 is not one of your wards"):
        run(city, INSPECTOR, ward="24787")
    assert run(city, ward="24787")["withdrawn"] == 1
    assert run(city, Identity("moi", "inspector", ()))["looked_at"] == 0
    for role in ("citizen", "planner", "tax_officer", "operator"):
        with pytest.raises(NotFound):
            find_job("unpermitted-construction", role)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"distance_m": -1}, "distance_m"), ({"distance_m": 501}, "distance_m"), ({"distance_m": "far"}, "distance_m"),
        ({"ward": "Phường 1"}, "ward"), ({"since": "yesterday"}, "since"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_wrong_inputs_are_named(city: Engines, inputs: dict[str, object], named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        run(city, **inputs)


def test_a_run_that_is_dismissed_while_it_writes_leaves_nothing(city: Engines) -> None:
    with city.owner.begin() as connection:
        ground(connection)
        house(connection, 14, 500, "a")

    def stopped(share: float, words: Text) -> None:
        if share >= 1:
            raise Dismissed(str(uuid.UUID(int=0)))

    with pytest.raises(Dismissed):
        run_job(
            city, ADMINISTRATOR, find_job("unpermitted-construction", "administrator"), {"since": "2024-02-21"}, stopped
        )
    assert flags(city) == {}
    assert run(city)["flags"] == 1
