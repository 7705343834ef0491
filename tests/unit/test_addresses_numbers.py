import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gis_core.addresses.folding import fold, toned, visible
from gis_core.addresses.house_number import distance, key, levels, within_range, written
from gis_core.addresses.number_words import day_and_month, number_of, spellings
from gis_core.addresses.typing_leftovers import decoded

LEVEL = st.builds(
    lambda number, suffix: f"{number}{suffix}", st.integers(1, 9_999), st.sampled_from(["", "A", "B", "Bis", "D"])
)
NUMBER = st.lists(LEVEL, min_size=1, max_size=5).map("/".join)


@given(NUMBER)
def test_a_number_written_as_on_its_plate_stays_as_it_is(number: str) -> None:
    assert written(number) == number
    assert key(written(number)) == key(number)


@given(NUMBER, st.data())
def test_zeros_spaces_and_capitals_do_not_make_another_number(number: str, data: st.DataObject) -> None:
    zeros = data.draw(st.integers(0, 2))
    other = "/".join("0" * zeros + level.lower() for level in number.split("/")).replace("/", " / ")
    assert key(other) == key(number)


@given(NUMBER, NUMBER)
def test_two_numbers_have_the_same_key_only_if_they_are_written_alike(one: str, other: str) -> None:
    assert (key(one) == key(other)) == (one == other)


@given(st.lists(NUMBER, min_size=2, max_size=20))
def test_keys_sort_as_houses_stand_level_by_level(numbers: list[str]) -> None:
    assert sorted(map(key, numbers)) == sorted(map(key, numbers), key=levels)


def test_an_alley_written_apart_belongs_to_the_number() -> None:
    assert key("5", "247") == key("247/5") == key("247/5", "247")
    assert key("247", "24") == key("24/247")


def test_a_number_lies_in_a_merged_plate_on_its_own_side_only() -> None:
    plate = key("12/122-126")
    assert [n for n in range(119, 130) if within_range(key(f"12/{n}"), plate)] == [122, 124, 126]
    assert not within_range(key("124"), plate)


def test_houses_of_the_same_alley_are_nearer_than_any_other() -> None:
    assert distance(key("83/9"), key("83/2")) < distance(key("83/9"), key("83"))
    assert distance(key("12"), key("14")) < distance(key("12"), key("20"))


@given(st.text(alphabet=string.ascii_letters + "àáảãạâầấăđêôơưỳýĐÂ ÊƠ", max_size=40))
def test_folding_twice_or_after_decomposing_changes_nothing(words: str) -> None:
    assert fold(fold(words)) == fold(words)
    assert fold(unicodedata.normalize("NFD", words)) == fold(words)
    assert fold(words).isascii()


def test_the_place_of_a_tone_does_not_matter_and_the_tone_does() -> None:
    assert toned("Hoà Bình") == toned("Hòa Bình")
    assert toned("Thánh Tâm") != toned("Thanh Tâm")


def test_what_cannot_be_seen_is_taken_away() -> None:
    assert visible("12\u200b Trần\u00a0 Phú\ufeff") == "12 Trần Phú"


def test_dates_are_read_in_words_and_figures() -> None:
    assert [number_of(words) for words in ("tu", "muoi chin", "hai muoi", "ba muoi mot", "xa")] == [4, 19, 20, 31, None]
    assert day_and_month("muoi chin thang nam") == day_and_month("19 thang 5") == (19, 5)
    assert day_and_month("cach mang thang tam") is None


@given(st.integers(1, 31), st.integers(1, 12))
def test_every_long_spelling_of_a_date_is_read_as_that_date(day: int, month: int) -> None:
    for words in spellings(day, month):
        if " thang " in words:
            assert day_and_month(words) == (day, month)


def test_telex_and_vni_are_decoded_and_other_words_are_not() -> None:
    assert [decoded(word) for word in ("phuowngf", "nguyeenx", "ddaf", "lajt")] == ["phường", "nguyễn", "đà", "lạt"]
    assert [decoded(word) for word in ("nguye64n", "d9a2", "la5t", "phu7o7ng2")] == ["nguyễn", "đà", "lạt", "phường"]
    assert [decoded(word) for word in ("dong", "p1", "cmt8", "yersn")][:3] == [None, None, None]
