"""Keyset paging: a page continues after the sort key of the last row, so it stays right while rows come and go."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, false, or_

from gis_core.errors import BadRequest
from gis_core.statements import Bind, Remembered


def encode_key(key: Sequence[Any]) -> str:
    """The sort key of a row as an URL-safe token."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_key(token: str, length: int) -> list[Any]:
    """The sort key in `token`. Raises `BadRequest` where it is not a key of `length` values."""
    try:
        key = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        key = None
    scalar = isinstance(key, list) and not any(isinstance(value, list | dict) or "\0" in str(value) for value in key)
    if not isinstance(key, list) or not scalar or len(key) != length:
        raise BadRequest(
            "after: không phải là vị trí trang do máy chủ này cấp cho cách sắp xếp này. · "
            "after: this is not a page position that this server gave for this sort order; follow the 'next' link."
        )
    return key


def after_key(token: str, columns: Sequence[ColumnElement[Any]], descending: Sequence[bool]) -> Remembered:
    """True for the rows that come after the row with the key `token` in the order of `columns`, nulls last."""
    key = decode_key(token, len(columns))
    # As text: the database's own reading of it is the inverse of its JSON writing.
    values = {
        f"key_{place}": one if isinstance(one, str) else json.dumps(one)
        for place, one in enumerate(key)
        if one is not None
    }

    def build(bind: Bind) -> ColumnElement[bool]:
        typed = [
            cast(cast(bind(f"key_{place}"), Text), column.type) if f"key_{place}" in values else None
            for place, column in enumerate(columns)
        ]
        return _after(columns, typed, descending)

    return Remembered(("after", tuple(columns), tuple(descending), tuple(values)), build, values)


def _after(
    columns: Sequence[ColumnElement[Any]], key: Sequence[ColumnElement[Any] | None], descending: Sequence[bool]
) -> ColumnElement[bool]:
    steps = []
    for place, column in enumerate(columns):
        same = [_same(other, value) for other, value in zip(columns[:place], key[:place], strict=True)]
        steps.append(and_(*same, _later(column, key[place], descending=descending[place])))
    # The bare comparison of the last key (the primary key) keeps the index in use for the unsorted case.
    return steps[0] if len(steps) == 1 else or_(*steps)


def _same(column: ColumnElement[Any], value: ColumnElement[Any] | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _later(column: ColumnElement[Any], value: ColumnElement[Any] | None, *, descending: bool) -> ColumnElement[bool]:
    if value is None:
        return false()  # nulls come last: in this key nothing is later
    beyond = column < value if descending else column > value
    return or_(beyond, column.is_(None)) if getattr(column, "nullable", True) else beyond
