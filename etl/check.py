"""Values of a batch in the types of their fields, and which rows break the layer's declaration."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gis_core.layer import Field, Kind, Layer

Values = dict[str, pa.Array]
Mask = NDArray[np.bool_]

_ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(), "integer": pa.int32(), "bigint": pa.int64(), "number": pa.float64(), "money": pa.int64(),
    "boolean": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("us", tz="UTC"),
    "json": pa.string(), "uuid": pa.string(),
}  # fmt: skip
_TRUE = {"true", "t", "yes", "y", "1", "có", "co", "x", "đúng"}
_FALSE = {"false", "f", "no", "n", "0", "không", "khong", "sai"}


@dataclass(frozen=True)
class Fault:
    """Rows (a mask) that break one rule, under the reason `code`; `detail` tells a row's value."""

    code: str
    rows: Mask
    detail: Callable[[int], str]


def kind_of(layer: Layer, name: str) -> Kind:
    """The kind of the field; dates for legal validity, text for a reference (a file gives the other's `source_ref`)."""
    if name in ("valid_from", "valid_to"):
        return "date"
    one = layer[name]
    return "text" if one.references else one.kind


def typed(values: pa.Array | pa.ChunkedArray, kind: Kind) -> tuple[pa.Array, Mask]:
    """`values` as `kind`, blank text as null, and a mask of the rows whose value is none of that kind (null there)."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if _is_text(whole.type):
        whole = _blank_as_null(whole.cast(pa.string()))
    elif kind in ("text", "json", "uuid"):
        whole = _as_text(whole)
    target = _ARROW[kind]
    if (
        kind in ("number", "integer", "bigint", "money")
        and not _is_text(whole.type)
        and not pa.types.is_temporal(whole.type)
    ):
        return _numeric(whole, target)
    if kind == "text" or (whole.type == target and kind not in ("json", "uuid")):
        return whole, np.zeros(len(whole), dtype=bool)
    if kind == "date" and pa.types.is_timestamp(whole.type):
        return whole.cast(target, safe=False), np.zeros(len(whole), dtype=bool)
    return _one_by_one(whole, kind)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _blank_as_null(texts: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _as_text(values: pa.Array) -> pa.Array:
    # Sheet and parcel numbers often come as reals: 16.0 is the number 16.
    if pa.types.is_floating(values.type) and pc.all(pc.equal(values, pc.trunc(values))).as_py() is not False:
        values = pc.if_else(pc.is_finite(values), values, None).cast(pa.int64())
    return values.cast(pa.string())


def _numeric(values: pa.Array, target: pa.DataType) -> tuple[pa.Array, Mask]:
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    try:
        return values.cast(target), np.zeros(len(values), dtype=bool)
    except pa.ArrowInvalid:
        return _one_by_one(values.cast(pa.string()), "number" if target == pa.float64() else "bigint", target)


def _one_by_one(values: pa.Array, kind: Kind, target: pa.DataType | None = None) -> tuple[pa.Array, Mask]:
    parse = _PARSERS[kind]
    found: list[Any] = []
    bad = np.zeros(len(values), dtype=bool)
    for row, value in enumerate(values.to_pylist()):
        try:
            found.append(None if value is None else parse(value))
        except (ValueError, TypeError, OverflowError):
            found.append(None)
            bad[row] = True
    return pa.array(found, target or _ARROW[kind]), bad


def _number(value: Any) -> float:
    text = str(value).replace("\u00a0", "").replace(" ", "")
    found = float(text.replace(",", ".") if "," in text and "." not in text else text)
    if not np.isfinite(found):
        raise ValueError(text)
    return found


def _whole(value: Any, limit: int) -> int:
    text = str(value).strip()
    found = int(text) if text.lstrip("+-").isdigit() else _number(text)
    if found != int(found) or abs(found) > limit:
        raise ValueError(text)
    return int(found)


def _truth(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError(text)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if "/" in text:
        return datetime.strptime(text.split()[0], "%d/%m/%Y").date()  # noqa: DTZ007 a day has no zone
    return datetime.fromisoformat(text).date()


def _moment(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def _json(value: Any) -> str:
    orjson.loads(value)
    return str(value)


_PARSERS: dict[Kind, Callable[[Any], Any]] = {
    "number": _number,
    "integer": lambda value: _whole(value, 2**31 - 1),
    "bigint": lambda value: _whole(value, 2**63 - 1),
    "money": lambda value: _whole(value, 2**63 - 1),
    "boolean": _truth,
    "date": _day,
    "timestamp": _moment,
    "json": _json,
    "uuid": lambda value: str(uuid.UUID(str(value))),
}


def faults(layer: Layer, values: Values, codes: Mapping[str, pa.Array]) -> Iterator[Fault]:
    """What breaks the declaration of `layer`: missing, patterns, ranges, codes (list → known codes), validity."""
    for one in layer.fields:
        if one.name in values:
            yield from _field_faults(one, values[one.name], codes)
    if "valid_from" in values and "valid_to" in values:
        reversed_rows = pc.less(values["valid_to"], values["valid_from"])
        yield _fault("validity_reversed", reversed_rows, "valid_to", values["valid_to"])


def _field_faults(one: Field, values: pa.Array, codes: Mapping[str, pa.Array]) -> Iterator[Fault]:
    if one.required:
        yield _fault("value_missing", pc.is_null(values), one.name, values)
    if one.references:
        return
    if one.pattern is not None:
        wrong = pc.invert(pc.match_substring_regex(values, f"^(?:{one.pattern})$"))
        yield _fault("wrong_pattern", wrong, one.name, values)
    if one.minimum is not None:
        yield _fault("out_of_range", pc.less(values, one.minimum), one.name, values)
    if one.maximum is not None:
        yield _fault("out_of_range", pc.greater(values, one.maximum), one.name, values)
    if one.codes is not None:
        unknown = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=codes[one.codes.id])))
        yield _fault("unknown_code", unknown, one.name, values)


def _fault(code: str, rows: pa.Array, name: str, values: pa.Array) -> Fault:
    mask = pc.fill_null(rows, False).to_numpy(zero_copy_only=False)
    return Fault(
        code,
        np.asarray(mask, dtype=bool),
        lambda row: name if code == "value_missing" else f"{name} = {values[row].as_py()}",
    )
