from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.addresses.house_number import key
from gis_core.errors import Conflict
from gis_core.numbering import Plate, left_parity, legal_way, numbered_way, split
from gis_core.numbering_faults import findings
from gis_core.numbering_proposal import propose

OFF_STREET_M = 30.0


def plate(
    text: str, position: float, offset: float | None = None, *, way: int = 1, identity: int | None = None
) -> Plate:
    """A plate of a clean street: odd numbers on the left of the way that the numbers grow."""
    path, number, suffix, last = split(key(text))
    side = way if number % 2 else -way
    return Plate(
        identity or abs(hash((text, position))), "24769", "Phan Đình Phùng", path, text, number, suffix, last, 1,
        position, offset if offset is not None else 6.0 * side, abs(offset or 6.0), True,
    )  # fmt: skip


@st.composite
def streets(draw: st.DrawFn) -> tuple[list[Plate], int]:
    """A street numbered by the rules, at least four houses on each side, in either way; some houses with letters."""
    way = draw(st.sampled_from((1, -1)))
    path = draw(st.sampled_from(("", "83/", "12A/4/")))
    plates: list[Plate] = []
    for parity in (1, 0):
        position, numbers = 1000.0 if way < 0 else 0.0, range(2 - parity, 2 * draw(st.integers(4, 30)) + 2 - parity, 2)
        for number in numbers:
            for letter in ("", "A", "B")[: draw(st.sampled_from((1, 1, 1, 2, 3)))]:
                position += way * draw(st.floats(3, 20))
                plates.append(plate(f"{path}{number}{letter}", position, way=way, identity=len(plates) + 1))
    return plates, way


@given(streets())
def test_a_street_numbered_by_the_rules_has_no_fault(made: tuple[list[Plate], int]) -> None:
    plates, way = made
    assert findings(plates, OFF_STREET_M) == []
    assert numbered_way(plates) == way
    assert left_parity(plates, way) == 1


@given(streets(), st.data())
def test_every_planted_fault_is_found_at_its_plate(made: tuple[list[Plate], int], data: st.DataObject) -> None:
    plates, way = made
    at = data.draw(st.integers(0, len(plates) - 1))
    chosen = plates[at]
    planted = {
        "wrong_side": [replace(chosen, offset=-chosen.offset)],
        "off_street": [replace(chosen, distance=31.0)],
        "no_parcel": [replace(chosen, has_parcel=False)],
        "duplicate": [chosen, replace(chosen, id=10_000, position=chosen.position + way)],
    }
    for kind, instead in planted.items():
        found = findings([*plates[:at], *instead, *plates[at + 1 :]], OFF_STREET_M)
        assert {(one.kind, one.plate.id) for one in found} == {(kind, one.id) for one in instead}


@given(streets(), st.data())
def test_a_plate_moved_beyond_its_neighbours_is_out_of_order(
    made: tuple[list[Plate], int], data: st.DataObject
) -> None:
    plates, way = made
    side = [one for one in plates if one.number % 2]
    moved = data.draw(st.sampled_from(side[:-3]))
    beyond = replace(moved, position=side[-1].position + 5 * way)
    found = findings([one for one in plates if one is not moved] + [beyond], OFF_STREET_M)
    assert [(one.kind, one.plate.id) for one in found] == [("out_of_order", moved.id)]


@given(streets(), st.data())
def test_a_number_taken_out_is_a_gap_after_its_predecessor(made: tuple[list[Plate], int], data: st.DataObject) -> None:
    plates, _way = made
    numbers = sorted({one.number for one in plates if one.number % 2 == 0})
    missing = data.draw(st.sampled_from(numbers[1:-1]))
    found = findings([one for one in plates if one.number != missing], OFF_STREET_M)
    assert [(one.kind, one.plate.number) for one in found] == [("gap", missing - 2)]
    assert found[0].reason.en.endswith(f"{missing}.")


def test_a_range_of_merged_plots_leaves_no_gap() -> None:
    assert findings([plate("2", 0), plate("4-8", 10), plate("10", 20), plate("12", 30)], OFF_STREET_M) == []


def test_a_whole_street_with_its_sides_swapped_is_told_once() -> None:
    plates = [plate(str(number), 10.0 * number, 6.0 if number % 2 == 0 else -6.0) for number in range(1, 11)]
    assert [(one.kind, one.plate.text) for one in findings(plates, OFF_STREET_M)] == [("swapped_sides", "1")]


@pytest.mark.parametrize(
    ("end", "way"),
    [((0, -9), 1), ((0, 9), -1), ((-9, 0), 1), ((9, 0), -1), ((-9, -9), 1), ((9, 9), -1), ((-9, 9), 1), ((9, -9), -1)],
)
def test_streets_are_numbered_to_the_south_west_and_north_west(end: tuple[float, float], way: int) -> None:
    assert legal_way((0, 0), end) == way


@given(streets(), st.data())
def test_a_house_taken_away_gets_its_number_back(made: tuple[list[Plate], int], data: st.DataObject) -> None:
    plates, _way = made
    gone = data.draw(st.sampled_from([one for one in plates if not one.suffix]))
    rest = [one for one in plates if one.number != gone.number]
    proposal = propose(replace(gone, number=0, text=""), 1, rest)
    assert proposal.house == str(gone.number)
    neighbours = [one for one in (proposal.before, proposal.after) if one]
    assert all(one.number % 2 == gone.number % 2 for one in neighbours)


@given(streets(), st.data())
def test_a_new_house_stands_in_order_and_has_a_number_of_its_own(
    made: tuple[list[Plate], int], data: st.DataObject
) -> None:
    plates, way = made
    offset, position = data.draw(st.sampled_from((6.0, -6.0))), data.draw(st.floats(-50, 1100))
    place = replace(plates[0], number=0, position=position, offset=offset, id=0)
    proposal = propose(place, way, plates)
    path = plates[0].text.rpartition("/")[0]
    new = replace(plate(f"{path}/{proposal.house}".lstrip("/"), position, offset), id=20_000, distance=6.0)
    kinds = {one.kind for one in findings([*plates, new], OFF_STREET_M)}
    # Before the first house, and between a house and its letter, no number is left; then the officer is told so.
    assert kinds <= ({"out_of_order"} if "renumbering" in proposal.reasons[-1].en else set())


def test_letters_follow_when_no_whole_number_is_free_and_thirteen_is_a_number_like_any_other() -> None:
    street = [plate("11", 10), plate("15", 30), plate("12", 10), plate("14", 30)]
    assert propose(replace(street[0], position=20), 1, street).house == "13"
    assert propose(replace(street[2], position=20), 1, street).house == "12A"
    street.append(plate("12A", 15))
    assert propose(replace(street[2], position=20), 1, street).house == "12B"


def test_an_empty_street_starts_with_one_and_two_in_the_circulars_way() -> None:
    place = plate("1", 10, 6.0)
    assert propose(place, 1, []).house == "1"
    assert propose(place, -1, []).house == "2"


def test_a_number_with_every_letter_used_up_is_refused_in_words() -> None:
    street = [plate("2", 0), plate("4", 100), *(plate(f"2{chr(65 + k)}", 1.0 + k) for k in range(26))]
    with pytest.raises(Conflict, match="A to Z"):
        propose(replace(street[0], position=50), 1, street)
