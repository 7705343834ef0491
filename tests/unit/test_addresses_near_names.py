from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from gis_core.addresses.near_names import MOST_NAMES, NearNames, edits_allowed

WORDS = st.text(alphabet="aeghnotu2đ", min_size=4, max_size=9)


@given(WORDS, st.sets(WORDS, max_size=MOST_NAMES))
def test_no_name_within_the_edits_allowed_is_ruled_out_unread(typed: str, names: set[str]) -> None:
    def digits(word: str) -> str:
        return "".join(letter for letter in word if letter.isdigit())

    far = {name: OSA.distance(typed, name) for name in names if digits(name) == digits(typed)}
    near = {name: edits for name, edits in far.items() if edits <= edits_allowed(len(typed) + 1)}
    least = min(near.values(), default=0)
    expected = {
        (name, edits)
        for name, edits in near.items()
        if edits <= min(least + 1, edits_allowed(max(len(name), len(typed))))
    }
    assert set(NearNames((name, name) for name in names).nearest(typed)) == expected


def test_digits_in_a_name_are_never_taken_for_a_mistake() -> None:
    names = NearNames([("thang2", 2), ("thang4", 4)])
    assert list(names.nearest("thag4")) == [(4, 1)]
