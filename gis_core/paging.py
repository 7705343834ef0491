"""Keyset paging: a page continues after the sort key of the last row, so it stays right while rows come and go."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, false, literal, or_

from gis_core.errors import BadRequest


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


def after_key(token: str, columns: Sequence[ColumnElement[Any]], descending: Sequence[bool]) -> ColumnElement[bool]:
    """True for the rows that come after the row with the key `token` in the order of `columns`, nulls last."""
    key = decode_key(token, len(columns))
    steps = []
    for position, column in enumerate(columns):
        same = [_same(other, value) for other, value in zip(columns[:position], key[:position], strict=True)]
        steps.append(and_(*same, _later(column, key[position], descending=descending[position])))
    # The bare comparison of the last key (the primary key) keeps the index in use for the unsorted case.
    return steps[0] if len(steps) == 1 else or_(*steps)


def _same(column: ColumnElement[Any], value: object) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == _typed(column, value)


def _later(column: ColumnElement[Any], value: object, *, descending: bool) -> ColumnElement[bool]:
    if value is None:
        return false()  # nulls come last: in this key nothing is later
    beyond = column < _typed(column, value) if descending else column > _typed(column, value)
    return or_(beyond, column.is_(None)) if getattr(column, "nullable", True) else beyond


def _typed(column: ColumnElement[Any], value: object) -> ColumnElement[Any]:
    # As text: the database's own reading of it is the inverse of its JSON writing.
    words = value if isinstance(value, str) else json.dumps(value)
    return cast(literal(words, Text), column.type)
