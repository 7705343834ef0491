import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.errors import BadRequest
from gis_core.paging import decode_key, encode_key

TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))  # what PostgreSQL's texts can hold
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), TEXTS)


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_a_page_key_comes_back_as_it_was_and_needs_no_escaping_in_an_address(key: list[object]) -> None:
    token = encode_key(key)
    assert decode_key(token, len(key)) == key
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text())
def test_whatever_else_is_sent_as_a_page_key_is_refused(token: str) -> None:
    try:
        key = decode_key(token, 1)
    except BadRequest:
        return
    assert len(key) == 1
    assert not isinstance(key[0], list | dict)


@pytest.mark.parametrize("key", [[], [1, 2], {"a": 1}, [[1]], 5])
def test_a_key_of_another_order_is_refused(key: object) -> None:
    token = encode_key(key) if isinstance(key, list) else encode_key(json.dumps(key))  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match="after"):
        decode_key(token, 1)
