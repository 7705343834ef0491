from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.addresses.forms import forest_lot, parcel_number, position
from gis_core.addresses.gazetteer import Gazetteer, Rows, build
from gis_core.addresses.house_number import key
from gis_core.addresses.premises import premises
from gis_core.addresses.rank import candidates, rank, worth_trying
from gis_core.addresses.readings import Reading, readings
from gis_core.addresses.tokens import tokens

STREETS = (
    "Phan Đình Phùng", "3 Tháng 2", "Nguyễn Thị Minh Khai", "Trần Phú", "Nguyễn Chí Thanh", "Cô Giang", "Thánh Tâm",
    "Thanh Tâm", "Xô Viết Nghệ Tĩnh", "Đường số 3 KQH Bạch Đằng", "Bạch Đằng", "Phó Đức Chính", "Cách Mạng Tháng Tám",
    "Nguyên Tử Lực", "Hùng Vương", "Hồ Xuân Hương", "Mai Anh Đào", "Ngô Thì Nhậm", "Tô Hiến Thành", "Nhà Chung",
)  # fmt: skip
OLD = {"24784": "Phường 1", "24781": "Phường 2", "24778": "Phường 9", "24811": "Xã Xuân Trường"}
SUCCESSOR = {"24784": "24781", "24781": "24781", "24778": "24778", "24811": "24805"}
NEW = {
    "24781": "Phường Xuân Hương - Đà Lạt", "24778": "Phường Lâm Viên - Đà Lạt", "24805": "Phường Xuân Trường - Đà Lạt",
}  # fmt: skip


def _ward(code: str, name: str, period: str) -> dict[str, Any]:
    return {
        "code": code, "name": name, "level": None, "former_district": "Thành phố Đà Lạt" if period == "old" else None,
        "province_code": "68", "successor_code": SUCCESSOR[code] if period == "old" else None, "period": period,
    }  # fmt: skip


def _unit(code: str, name: str, province: str) -> dict[str, Any]:
    return {"code": code, "period": "old", "name": name, "district": "", "province": province, "successor_code": None}


@pytest.fixture(scope="module")
def known() -> Gazetteer:
    """The names of a small city."""
    return build(
        Rows(
            houses=[(name, "24781", "24784", 10) for name in STREETS],
            wards=[_ward(*one, "old") for one in OLD.items()] + [_ward(*one, "new") for one in NEW.items()],
            aliases=[
                ("Phan Đình Phùng", "PĐP", "verified"), ("Ba Tháng Hai", "3 Tháng 2", "verified"),
                ("Trần Phú", "Đường Lạ", "rejected"),
            ],
            units=[_unit("68", "Tỉnh Lâm Đồng", "Lâm Đồng"), _unit("79", "Thành phố Hồ Chí Minh", "Hồ Chí Minh")],
            places=[("places", 7, "Chợ Đà Lạt (mẫu)", "market")],
        )
    )  # fmt: skip


def best(text: str, known: Gazetteer) -> Reading:
    return readings(tokens(text, known.vocabulary), known)[0]


@pytest.mark.parametrize(
    ("text", "number", "street", "ward"),
    [
        ("12 Nguyễn Chí Thanh, Phường 1, Đà Lạt", "12", "Nguyễn Chí Thanh", "Phường 1"),
        ("12 nguyen chi thanh p1 da lat", "12", "Nguyễn Chí Thanh", "Phường 1"),
        ("12 Nguyeenx Chis Thanh, P.1, DDaf Lajt", "12", "Nguyễn Chí Thanh", "Phường 1"),
        ("12 Nguye64n Chi1 Thanh, P1, D9a2 La5t", "12", "Nguyễn Chí Thanh", "Phường 1"),
        ("1822 ngo6 thì nhậm", "1822", "Ngô Thì Nhậm", None),
        ("12 to6 hien thanh", "12", "Tô Hiến Thành", None),
        ("442-444 Nha2 Chung", "442-444", "Nhà Chung", None),
        ("3 ngo6 Trần Phú", "6/3", "Trần Phú", None),
        ("12 Trần Phú to6", "12", "Trần Phú", None),
        ("Số 12, đường Nguyễn Chí Thanh, F.1, TP Đà Lạt", "12", "Nguyễn Chí Thanh", "Phường 1"),
        ("Lâm Đồng, Đà Lạt, P1, Nguyễn Chí Thanh 12", "12", "Nguyễn Chí Thanh", "Phường 1"),
        ("Hẻm 247 Phan Đình Phùng, số 5, P.2", "247/5", "Phan Đình Phùng", "Phường 2"),
        ("5 hẻm 247 PĐP, P2, Đà Lạt", "247/5", "Phan Đình Phùng", "Phường 2"),
        ("83/2Aphandinhphung", "83/2A", "Phan Đình Phùng", None),
        ("ngõ 11B Cô Giang, số 3", "11B/3", "Cô Giang", None),
        ("3 Bis/7 Co Giang P9", "3Bis/7", "Cô Giang", "Phường 9"),
        ("75 A Hung Vuong", "75A", "Hùng Vương", None),
        ("19 Đ. Trần Phú", "19", "Trần Phú", None),
        ("19 D Trần Phú", "19D", "Trần Phú", None),
        ("15 3/2 P1 Da Lat", "15", "3 Tháng 2", "Phường 1"),
        ("3/2 3/2, Phường 1", "3/2", "3 Tháng 2", "Phường 1"),
        ("12/3 đường 3-2", "12/3", "3 Tháng 2", None),
        ("15 Ba Tháng Hai", "15", "3 Tháng 2", None),
        ("7 CMT8", "7", "Cách Mạng Tháng Tám", None),
        ("9 XVNT", "9", "Xô Viết Nghệ Tĩnh", None),
        ("9 Ng. T. Minh Khai", "9", "Nguyễn Thị Minh Khai", None),
        ("12 Phan Đnh Phùng", "12", "Phan Đình Phùng", None),
        ("450 Nguyen Tu Luc", "450", "Nguyên Tử Lực", None),
        ("122-124 Trần Phú", "122-124", "Trần Phú", None),
        ("4 Đường số 3 KQH Bạch Đằng", "4", "Đường số 3 KQH Bạch Đằng", None),
        ("4 Đường số 3 KQ Bạch Đằng", "4", "Đường số 3 KQH Bạch Đằng", None),
        ("8 Phó Đức Chính", "8", "Phó Đức Chính", None),
        ("12 Hồ Xuân Hương, Xuân Hương - Đà Lạt", "12", "Hồ Xuân Hương", "Phường Xuân Hương - Đà Lạt"),
        ("Tiệm bánh Ban Mai, 8 Trần Phú, P.1", "8", "Trần Phú", "Phường 1"),
        ("12 Nguyễn Chí Thanh (số cũ 10)", "12", "Nguyễn Chí Thanh", None),
        ("Tổ 5, 12 Trần Phú", "12", "Trần Phú", None),
    ],
)
def test_an_address_is_read_however_it_is_written(
    text: str, number: str, street: str, ward: str | None, known: Gazetteer
) -> None:
    found = best(text, known)
    assert found.street is not None
    assert (found.premises.number, found.street.street.name) == (number, street)
    assert (found.wards[0].wards[0].name if found.wards else None) == ward


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("hẻm 12 số 3", "12/3"), ("số 3 hẻm 12", "12/3"), ("12/3", "12/3"), ("kiệt 12 số 3", "12/3"),
        ("số 5 ngách 3 ngõ 12", "12/3/5"), ("1806/127/2/6/15", "1806/127/2/6/15"), ("lô B12", "Lô B12"),
    ],
)  # fmt: skip
def test_alleys_in_words_and_in_figures_are_the_same_number(text: str, number: str, known: Gazetteer) -> None:
    assert premises(tokens(text, known.vocabulary)).number == number


def test_names_that_differ_in_marks_only_are_both_meant_unless_the_marks_are_typed(known: Gazetteer) -> None:
    plain = worth_trying(readings(tokens("5 thanh tam", known.vocabulary), known))
    exact = worth_trying(readings(tokens("5 Thánh Tâm", known.vocabulary), known))
    assert {one.street.street.name for one in plain if one.street} == {"Thánh Tâm", "Thanh Tâm"}
    assert [one.street.street.name for one in exact if one.street] == ["Thánh Tâm"]


def test_a_town_elsewhere_is_noticed(known: Gazetteer) -> None:
    assert best("12 Trần Phú, Quận 5, TP Hồ Chí Minh", known).elsewhere is not None
    assert best("12 Trần Phú, Đà Lạt, Lâm Đồng", known).elsewhere is None


def test_a_place_is_found_without_the_remark_behind_its_name(known: Gazetteer) -> None:
    place = best("cho da lat", known).place
    assert place is not None
    assert place.id == 7


def test_a_rejected_alias_is_never_understood(known: Gazetteer) -> None:
    assert "la" not in known.phrases


@pytest.mark.parametrize(
    "text",
    ["11.9416, 108.4450", "108.4450 11.9416", "1320700.396 575502.707", "575502.707; 1320700.396",
     "11°56'29.8\"N 108°26'42\"E", "108°26′42″Đ, 11°56′29.8″B", "1.320.700,396 575.502,707"],
)  # fmt: skip
def test_a_pair_of_coordinates_is_read_in_either_order(text: str) -> None:
    place = position(text)
    assert place is not None
    assert abs(place.longitude - 108.445) < 1e-4
    assert abs(place.latitude - 11.9416) < 1e-4


@pytest.mark.parametrize("text", ["thửa 123 tờ 45", "tờ bản đồ số 45, thửa đất số 123", "tổ 5, thửa 123, tờ 45"])
def test_a_parcel_is_read_by_sheet_and_number_in_either_order(text: str, known: Gazetteer) -> None:
    found = parcel_number(tokens(text, known.vocabulary))
    assert found is not None
    assert (found.sheet, found.parcel) == ("45", "123")


@pytest.mark.parametrize("text", ["lô 3, khoảnh 2, tiểu khu 156b", "TK156b K2 L3", "tieu khu 156B khoanh 2 lo 3"])
def test_a_forest_lot_is_read_however_it_is_shortened(text: str, known: Gazetteer) -> None:
    found = forest_lot(tokens(text, known.vocabulary))
    assert found is not None
    assert (found.compartment, found.subcompartment, found.plot) == ("156b", "2", "3")


LEVEL = st.builds(lambda n, s: f"{n}{s}", st.integers(1, 300), st.sampled_from(["", "A", "B", "Bis"]))
NUMBERS = st.lists(LEVEL, min_size=1, max_size=4).map("/".join)


def _row(number: str, row_id: int) -> dict[str, Any]:
    return {
        "id": row_id, "street_name": "Trần Phú", "house_number": number, "asked_key": key(number),
        "status": "hien_hanh", "ward_code": "24781", "ward_code_old": "24784", "by_old_number": False,
        "parcel_id": None, "lon": 0.0, "lat": 0.0,
    }  # fmt: skip


@given(asked=NUMBERS, there=st.lists(NUMBERS, max_size=6, unique=True))
def test_never_another_house_is_given_for_the_number_asked(asked: str, there: list[str], known: Gazetteer) -> None:
    rows = [_row(number, row_id) for row_id, number in enumerate(there)]
    meant = worth_trying(readings(tokens(f"{asked} Trần Phú, P.1", known.vocabulary), known))
    ranked = rank(candidates(meant, rows))
    houses = [one.row["house_number"] for one in ranked if one.level == "house" and one.row]
    assert houses == [number for number in there if number == asked]
    assert houses or ranked[0].house_found is False


def test_a_street_that_the_layers_spell_in_two_ways_is_one() -> None:
    known = build(
        Rows(
            houses=[("Phan Đình Phùng", "24781", "24784", 10)],
            roads=["Phan Đinh Phùng", "Phan Đình Phùng", "Phan Đình Giót"],
            aliases=[("Phan Đình Phùng", "Phan Đinh Phùng", "verified")],
        )
    )
    assert [(one.name, one.lines) for one in known.streets] == [
        ("Phan Đình Phùng", {"Phan Đinh Phùng", "Phan Đình Phùng"}), ("Phan Đình Giót", {"Phan Đình Giót"}),
    ]  # fmt: skip


def test_a_street_that_the_layers_know_only_by_its_other_name_keeps_it() -> None:
    known = build(Rows(roads=["3 Tháng 2"], aliases=[("Ba Tháng Hai", "3 Tháng 2", "verified")]))
    assert [one.name for one in known.streets] == ["3 Tháng 2"]
