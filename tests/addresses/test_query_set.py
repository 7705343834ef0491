from collections import Counter
from pathlib import Path

import pytest

from tests.addresses.facts import Facts, Query
from tests.addresses.judge import GOALS, judged, read_queries
from tests.addresses.make_queries import FILES, write_queries
from tests.addresses.spelling import TELEX, VNI, edits_between, keystrokes

HERE = Path(__file__).parent


def test_the_checked_in_queries_are_those_that_the_generator_writes(hard_city_folder: Path, tmp_path: Path) -> None:
    write_queries(hard_city_folder, tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_text("utf-8") == (HERE / name).read_text("utf-8"), (
            f"{name} differs: where the city was changed on purpose, run python -m tests.addresses.make_queries"
        )


def test_every_kind_has_at_least_150_queries_and_absent_numbers_400() -> None:
    counts = Counter(query.category for query in read_queries(HERE))
    assert set(counts) == set(GOALS)
    assert min(counts.values()) >= 150
    assert counts["absent"] >= 400
    assert counts.total() >= 3_000


def test_absent_numbers_are_absent_and_expected_houses_exist(hard_city_folder: Path) -> None:
    facts = Facts(hard_city_folder)
    houses = {(house.number, house.street, house.new_name) for house in facts.houses}
    for query in read_queries(HERE):
        if query.expected_type == "house":
            assert (query.expected_housenumber, query.expected_street, query.expected_district) in houses
        if query.expected_type == "street":
            assert query.expected_street in facts.streets


@pytest.mark.parametrize(
    ("word", "telex", "vni"),
    [
        ("Phường", "Phuwowngf", "Phu7o7ng2"),
        ("Đà", "Ddaf", "D9a2"),
        ("Nguyễn", "Nguyeenx", "Nguye6n4"),
        ("Chí", "Chis", "Chi1"),
    ],
)
def test_keystrokes_are_those_of_telex_and_vni(word: str, telex: str, vni: str) -> None:
    assert keystrokes(word, TELEX, at_end=True) == telex
    assert keystrokes(word, VNI, at_end=True) == vni


def test_an_exchange_of_neighbours_is_one_edit() -> None:
    assert edits_between("phan dinh phung", "phan dinh phugn") == 1
    assert edits_between("phan dinh phung", "pahn dinh phun") == 2


def _answer(level: str, number: str) -> dict[str, object]:
    found = {
        "match_level": level, "score": 0.95, "label": f"{number} Trần Phú", "house_found": level == "house",
        "house_number": number, "street": "Trần Phú", "ward": {"code": "24781", "name": "Phường Xuân Hương - Đà Lạt"},
    }  # fmt: skip
    return {"ambiguous": False, "features": [{"properties": found}]}


def test_another_house_is_a_wrong_house_and_an_honest_street_is_not() -> None:
    absent = Query("99 Trần Phú", "absent", "not_house", "street", expected_street="Trần Phú")
    assert judged(absent, _answer("house", "9")).wrong_house
    honest = judged(absent, _answer("street", "99"))
    assert honest.first
    assert not honest.wrong_house
