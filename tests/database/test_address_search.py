import string
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis_core.addresses import find, reverse, suggest
from gis_core.addresses.folding import fold
from gis_core.addresses.house_number import key
from gis_core.db import ANONYMOUS, Engines, acting_as
from gis_core.jobs.geocode import GEOCODE
from gis_core.jobs.run import run_job
from gis_core.table import table
from gis_core.testing import add, point, square
from layers.address_parcels import ADDRESS_PARCELS
from layers.forest import FOREST
from layers.house_numbers import HOUSE_NUMBERS
from layers.land_parcels import LAND_PARCEL_LINEAGE, LAND_PARCELS
from layers.roads import ROADS
from layers.wards import WARDS
from layers.water import WATER

VIETNAMESE = (
    string.ascii_letters
    + string.digits
    + " /-.,()'"
    + "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
)
LETTERS = VIETNAMESE + VIETNAMESE.upper() + "éüçñåšžł"[:7] + "\u0301\u0300\u0323\u031b\u0302"
MERGED, LAST = "2025-07-01", "2025-06-30"


@pytest.fixture
def streets(city: Engines) -> Engines:
    """A city of two wards with three houses, their parcels (one of them split), two streets and a lake."""
    with city.owner.begin() as connection:
        add(
            connection,
            WARDS,
            square(-500, -500, 1000),
            code="24781",
            name="Phường Xuân Hương - Đà Lạt",
            valid_from=MERGED,
        )
        add(
            connection, WARDS, square(-500, -500, 1000), code="24784", name="Phường 1", valid_to=LAST,
            successor_code="24781", former_district="Thành phố Đà Lạt", province_code="68",
        )  # fmt: skip
        numbers = {"map_sheet_no": "12", "ward_code": "24781", "ward_code_survey": "24784"}
        gone = add(connection, LAND_PARCELS, square(0, 0), parcel_no="45", valid_to=LAST, **numbers)
        parts = [
            add(connection, LAND_PARCELS, square(5 * part, 0, 5), parcel_no=str(90 + part), **numbers)
            for part in (0, 1)
        ]
        for part in parts:
            add(connection, LAND_PARCEL_LINEAGE, from_parcel_id=gone, to_parcel_id=part, kind="tach")
        wards = {
            "ward_code": "24781",
            "ward_code_old": "24784",
            "status": "hien_hanh",
            "street_name": "Phan Đình Phùng",
        }
        add(
            connection,
            HOUSE_NUMBERS,
            point(1, 1),
            house_number="83/2A",
            parcel_id=parts[0],
            parcel_confidence=0.9,
            **wards,
        )
        add(connection, HOUSE_NUMBERS, point(30, 1), house_number="5", alley_path="83", **wards)
        add(connection, HOUSE_NUMBERS, point(60, 1), house_number="85", house_number_old="77C", **wards)
        line = f"MULTILINESTRING(({point(0, -5)[6:-1]}, {point(90, -5)[6:-1]}))"
        add(connection, ROADS, line, street_name="Phan Đình Phùng")
        add(connection, WATER, square(200, 200, 100), name="Hồ Mẫu", water_kind="lake")
        add(
            connection, FOREST, square(300, 300), forest_compartment="156b", forest_subcompartment="3", forest_plot="c",
            forest_dataset="quy_hoach",
        )  # fmt: skip
    return city


@pytest.fixture
def connection(streets: Engines) -> Iterator[sa.Connection]:
    with acting_as(streets, ANONYMOUS) as made:
        yield made


def top(connection: sa.Connection, text: str, language: str = "vi") -> dict[str, Any]:
    features = find(connection, ANONYMOUS, text, language=language)["features"]
    return {"id": features[0]["id"], **features[0]["properties"]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet=LETTERS, max_size=30), min_size=20, max_size=20))
def test_python_and_the_database_fold_and_key_alike(city: Engines, words: list[str]) -> None:
    with city.owner.connect() as connection:
        rows = connection.execute(
            sa.text(
                "select platform.fold(one), platform.house_key(one, null), platform.house_key(one, '83')"
                " from unnest(cast(:words as text[])) with ordinality as given(one, place) order by place"
            ),
            {"words": words},
        ).all()
    assert [tuple(row) for row in rows] == [(fold(one), key(one), key(one, "83")) for one in words]


def test_a_house_is_found_with_its_wards_old_and_new_and_its_parcel(connection: sa.Connection) -> None:
    found = top(connection, "83/2A phan dinh phung, phuong 1, da lat")
    assert (found["match_level"], found["house_number"], found["house_found"]) == ("house", "83/2A", True)
    assert found["score"] >= 0.95
    assert found["label"] == "83/2A Phan Đình Phùng, Phường Xuân Hương - Đà Lạt"
    assert found["sublabel"] == "trước 01/07/2025: Phường 1"
    assert [(one["parcel_no"], one["confidence"]) for one in found["parcels"]] == [("90", 0.9)]


def test_all_parcels_linked_with_a_house_are_told_the_surest_first(streets: Engines) -> None:
    with streets.owner.begin() as connection:
        houses, parcels = table(HOUSE_NUMBERS).c, table(LAND_PARCELS).c
        house = connection.scalar(sa.select(houses.id).where(houses.house_number == "83/2A"))
        known = {row.parcel_no: row.id for row in connection.execute(sa.select(parcels.parcel_no, parcels.id))}
        for parcel, confidence, ended in (("90", 0.95, None), ("91", 0.6, None), ("45", 0.9, "2020-01-01")):
            add(
                connection, ADDRESS_PARCELS, None, house_id=house, parcel_id=known[parcel], relation="stands_on",
                how="Khảo sát", confidence=confidence, provenance="survey", valid_to=ended,
            )  # fmt: skip
    with acting_as(streets, ANONYMOUS) as connection:
        found = top(connection, "83/2A Phan Đình Phùng")
    assert [(one["parcel_no"], one["confidence"], one["how"]) for one in found["parcels"]] == [
        ("90", 0.95, "survey"), ("91", 0.6, "survey"),
    ]  # fmt: skip


def test_a_plate_that_leaves_out_its_alley_is_found_by_the_whole_number(connection: sa.Connection) -> None:
    assert top(connection, "hẻm 83 số 5 Phan Đình Phùng")["house_number"] == "83/5"


def test_a_number_that_is_not_there_gives_the_street_and_the_nearest_numbers(connection: sa.Connection) -> None:
    found = top(connection, "83/999 Phan Đình Phùng")
    assert (found["match_level"], found["house_found"], found["parcels"]) == ("street", False, [])
    assert [one["house_number"] for one in found["nearest_numbers"]][:2] == ["83/5", "83/2A"]


def test_a_former_number_says_what_the_number_is_now(connection: sa.Connection) -> None:
    found = top(connection, "77C Phan Đình Phùng", language="en")
    assert (found["house_number"], found["house_number_current"]) == ("77C", "85")
    assert "now 85" in found["reasons"][0]


def test_a_house_in_another_ward_than_asked_is_not_given_as_a_house(streets: Engines) -> None:
    with streets.owner.begin() as owner:
        add(owner, WARDS, square(900, 900), code="24778", name="Phường 9", valid_to=LAST, successor_code="24778")
    with acting_as(streets, ANONYMOUS) as connection:
        levels = [
            one["properties"]["match_level"]
            for one in find(connection, ANONYMOUS, "85 Phan Đình Phùng, Phường 9")["features"]
        ]
    assert levels == ["street", "nearest_house"]


def test_a_parcel_that_was_split_shows_what_came_of_it(connection: sa.Connection) -> None:
    found = top(connection, "thửa 45 tờ 12 phường 1")
    assert (found["match_level"], found["current"]) == ("parcel", False)
    assert [one["parcel_no"] for one in found["successors"]] == ["90", "91"]


def test_a_parcel_that_ended_is_gone_from_the_day_after_its_last(connection: sa.Connection) -> None:
    assert "01/07/2025" in top(connection, "thửa 45 tờ 12 phường 1")["reasons"][1]


def test_a_street_comes_with_its_line_so_that_the_map_can_go_there(connection: sa.Connection) -> None:
    for text in ("Phan Đình Phùng", "9999 phan dinh phung"):
        found = find(connection, ANONYMOUS, text)["features"][0]
        assert found["geometry"]["type"] == "MultiLineString"
        west, south, east, north = found["bbox"]
        longitude, latitude = found["properties"]["point"]
        assert west <= longitude <= east
        assert south <= latitude <= north


def test_a_date_that_is_a_street_or_a_house_number_is_asked_about(streets: Engines) -> None:
    with streets.owner.begin() as owner:
        for street, number in (("3 Tháng 2", "1"), ("Mai Hắc Đế", "3/2"), ("Nguyễn Trãi", "3/2")):
            add(
                owner, HOUSE_NUMBERS, point(5, 5), house_number=number, street_name=street, status="hien_hanh",
                ward_code="24781",
            )  # fmt: skip
    with acting_as(streets, ANONYMOUS) as connection:
        answer = find(connection, ANONYMOUS, "3/2")
    found = [(one["properties"]["match_level"], one["properties"]["street"]) for one in answer["features"]]
    assert answer["ambiguous"] is True
    assert found[0] == ("street", "3 Tháng 2")
    assert set(found[1:]) == {("house", "Mai Hắc Đế"), ("house", "Nguyễn Trãi")}


def test_a_forest_lot_is_found_by_its_three_numbers(connection: sa.Connection) -> None:
    assert top(connection, "lô c, khoảnh 3, tiểu khu 156b")["label"] == "Lô c, khoảnh 3, tiểu khu 156b"


def test_coordinates_give_the_parcel_under_them(connection: sa.Connection) -> None:
    assert top(connection, "575502.0 1320702.0")["parcels"][0]["parcel_no"] == "90"
    assert top(connection, "1320702.0 575502.0")["parcels"][0]["parcel_no"] == "90"


def test_a_place_in_a_lake_says_so(connection: sa.Connection) -> None:
    place = find(connection, ANONYMOUS, "575750 1320950")
    assert "mặt nước (Hồ Mẫu)" in place["message"]
    assert place["features"][0]["properties"]["match_level"] == "point"


def test_reverse_tells_parcel_house_street_and_ward(connection: sa.Connection) -> None:
    lon, lat = top(connection, "83/2A Phan Đình Phùng")["point"]
    found = reverse(connection, ANONYMOUS, lon, lat)
    assert [one["properties"]["match_level"] for one in found["features"]] == ["parcel", "house", "street", "ward"]
    assert found["features"][1]["properties"]["distance_m"] < 0.1


def test_suggestions_go_on_where_the_text_ends(connection: sa.Connection) -> None:
    assert suggest(connection, ANONYMOUS, "pha")["suggestions"][0]["text"] == "Phan Đình Phùng"
    numbers = [one["text"].split()[0] for one in suggest(connection, ANONYMOUS, "83 phan dinh")["suggestions"]]
    assert "83/2A" in numbers or suggest(connection, ANONYMOUS, "83/2 phan dinh phung")["suggestions"][0]["id"]


def test_a_house_just_added_is_found_at_once(streets: Engines) -> None:
    for number in ("12", "14"):
        with streets.owner.begin() as owner:
            add(
                owner, HOUSE_NUMBERS, point(9, 9), house_number=number, street_name="Đường Vừa Đặt", status="hien_hanh",
                ward_code="24781",
            )  # fmt: skip
        with acting_as(streets, ANONYMOUS) as connection:
            assert top(connection, f"{number} vua dat")["house_found"] is True


def test_a_street_just_named_is_found_at_once_by_who_searched_before(streets: Engines) -> None:
    with acting_as(streets, ANONYMOUS) as connection:
        assert find(connection, ANONYMOUS, "Hoa Ban Tím")["features"] == []
    with streets.owner.begin() as owner:
        house = add(
            owner, HOUSE_NUMBERS, point(9, 9), house_number="7", street_name="Hoa Ban Tím", status="hien_hanh",
            ward_code="24781",
        )  # fmt: skip
    with acting_as(streets, ANONYMOUS) as connection:
        assert top(connection, "hoa ban tim")["street"] == "Hoa Ban Tím"
    with streets.owner.begin() as owner:
        owner.execute(sa.text("update city.house_numbers set street_name = 'Hoa Sim' where id = :id"), {"id": house})
    with acting_as(streets, ANONYMOUS) as connection:
        assert top(connection, "7 hoa sim")["house_found"] is True
        assert find(connection, ANONYMOUS, "Hoa Ban Tím")["features"] == []


def test_houses_are_looked_up_by_the_index(connection: sa.Connection) -> None:
    connection.execute(sa.text("set local enable_seqscan = off"))
    plan = connection.execute(
        sa.text(
            "explain select id from city.house_numbers h where street_name = any (array['Phan Đình Phùng'])"
            " and platform.house_key(h.house_number, h.alley_path) collate \"C\" = '000085'"
        )
    ).scalars()
    assert "ix_house_numbers" in "\n".join(plan)


def test_a_table_of_addresses_is_found_by_the_job(streets: Engines, tmp_path: Any) -> None:
    table = "ten,dia chi\r\nA,85 Phan Đình Phùng\r\nB,999 Phan Đình Phùng\r\nC,\r\n"
    told: list[float] = []
    result = run_job(
        streets, ANONYMOUS, GEOCODE, {"table": table}, lambda share, _words: told.append(share), folder=tmp_path
    )
    lines = (tmp_path / result["table"]["file"]).read_text("utf-8").splitlines()
    assert lines[0].startswith("ten,dia chi,match_level,score,label")
    assert [line.split(",")[2] for line in lines[1:]] == ["house", "street", ""]
