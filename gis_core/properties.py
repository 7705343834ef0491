"""The properties of a layer's features as a role may know them: the declared fields and those every layer has."""

import math
import uuid
from datetime import date, datetime

from gis_core.errors import BadRequest
from gis_core.layer import Field, Kind, Layer, Role, Text
from gis_core.query import property_columns

SYSTEM_FIELDS = {
    one.name: one
    for one in (
        Field("valid_from", "date", Text("Hiệu lực từ", "Valid from")),
        Field("valid_to", "date", Text("Hiệu lực đến", "Valid to")),
        Field("source", "text", Text("Nguồn", "Source")),
        Field("source_ref", "text", Text("Mã trong nguồn", "Reference in the source")),
        Field("updated_at", "timestamp", Text("Cập nhật lúc", "Updated at")),
    )
}
WRITTEN_BY_PEOPLE = frozenset(SYSTEM_FIELDS) - {"updated_at"}
"""Those of the columns of every layer that an edit may set."""

_INTEGERS: dict[Kind, int] = {"integer": 2**31, "bigint": 2**63, "money": 2**63}
_BOOLEANS = {"true": True, "false": False}


def published_fields(layer: Layer, role: Role) -> tuple[Field, ...]:
    """The properties that `role` may know, in the table's order; none without access to the layer."""
    declared = {one.name: one for one in layer.fields}
    return tuple(declared.get(name) or SYSTEM_FIELDS[name] for name in property_columns(layer, role))


def comparable_fields(layer: Layer, role: Role) -> tuple[Field, ...]:
    """The properties that `role` may filter and sort by: all that are single values."""
    return tuple(one for one in published_fields(layer, role) if one.kind != "json")


def checked_value(one: Field, words: str, parameter: str) -> str:
    """`words`, where they can be read as a value of the field. Raises `BadRequest` naming the parameter."""
    try:
        _read(one.kind, words)
    except ValueError:
        raise BadRequest(
            f"{parameter}={words}: không phải giá trị kiểu {one.kind}. · "
            f"{parameter}={words}: this is not a value of kind {one.kind}."
        ) from None
    return words


def _read(kind: Kind, words: str) -> object:
    if kind in _INTEGERS:
        number = int(words)
        if not -_INTEGERS[kind] <= number < _INTEGERS[kind] or "_" in words:
            raise ValueError(words)
        return number
    if kind == "number" and (not math.isfinite(float(words)) or "_" in words):
        raise ValueError(words)
    if kind == "boolean" and words not in _BOOLEANS:
        raise ValueError(words)
    if kind in ("date", "timestamp"):
        return date.fromisoformat(words) if kind == "date" else datetime.fromisoformat(words)
    return uuid.UUID(words) if kind == "uuid" else words
