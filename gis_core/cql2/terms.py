"""Scalar expressions of a filter: properties, literals, arithmetic, text functions; each with its kind."""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import ColumnElement, Date, DateTime, Double, Numeric, Text, Uuid, cast, func, literal

from gis_core.crs import PublishedCrs
from gis_core.errors import BadRequest
from gis_core.layer import Kind, Layer, Role
from gis_core.properties import comparable_fields
from gis_core.table import table

TermKind = Literal["text", "number", "boolean", "date", "timestamp", "uuid"]
Node = Any
"""A node of the filter's JSON form."""

_KINDS: Mapping[Kind, TermKind] = {
    "text": "text", "integer": "number", "bigint": "number", "number": "number", "money": "number",
    "boolean": "boolean", "date": "date", "timestamp": "timestamp", "uuid": "uuid",
}  # fmt: skip
_FUNCTIONS: Mapping[str, tuple[TermKind, TermKind]] = {
    "lower": ("text", "text"), "upper": ("text", "text"), "char_length": ("text", "number"),
    "abs": ("number", "number"), "ceil": ("number", "number"), "floor": ("number", "number"),
    "round": ("number", "number"),
}  # fmt: skip
"""Functions of PostgreSQL that a filter may call: the kind they take and the kind they give."""
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "div", "^"})


@dataclass(frozen=True, slots=True)
class Term:
    """A scalar expression and its kind; `value` is that of a literal, None for everything else."""

    expression: ColumnElement[Any]
    kind: TermKind
    value: Any = None


@dataclass(frozen=True)
class Scope:
    """What a filter may speak of: the layer as the role knows it, geometries in `crs`."""

    layer: Layer
    role: Role
    crs: PublishedCrs

    @cached_property
    def properties(self) -> dict[str, Term]:
        """The single-valued properties by name."""
        columns = table(self.layer).c
        return {one.name: Term(columns[one.name], _KINDS[one.kind]) for one in comparable_fields(self.layer, self.role)}


def mistake(vietnamese: str, english: str) -> BadRequest:
    """The error that says what is wrong with a filter."""
    return BadRequest(f"filter: {vietnamese} · filter: {english}")


def arguments(node: Node, count: int) -> list[Node]:
    """The arguments of an operation. Raises `BadRequest` unless there are `count`."""
    found = node.get("args")
    if not isinstance(found, list) or len(found) != count:
        name = str(node.get("op"))[:40]
        raise mistake(f"'{name}' cần {count} đối số.", f"'{name}' takes {count} arguments.")
    return found


def term(node: Node, scope: Scope) -> Term:
    """The scalar expression `node`. Raises `BadRequest` for whatever is not one."""
    if isinstance(node, bool):
        return Term(literal(node), "boolean", node)
    if isinstance(node, int | float):
        return _number(node)
    if isinstance(node, str):
        return _text(node)
    if isinstance(node, dict) and isinstance(node.get("op"), str):
        return _operation(node, scope)
    if isinstance(node, dict) and len(node) == 1:
        [(name, value)] = node.items()
        if name == "property":
            return _property(value, scope)
        if name in ("date", "timestamp") and isinstance(value, str):
            return moment(value, name)
    raise mistake("ở đây cần một giá trị.", "a property, a value or an expression is expected here.")


def moment(words: str, kind: Literal["date", "timestamp"]) -> Term:
    """The literal day or instant. Raises `BadRequest`."""
    try:
        if kind == "date":
            day = date.fromisoformat(words)
            return Term(literal(day, Date), "date", day)
        instant = datetime.fromisoformat(words)
    except ValueError:
        raise mistake(f"'{words[:40]}' không phải thời gian.", f"'{words[:40]}' is not a {kind}.") from None
    if instant.tzinfo is None:
        raise mistake(f"'{words}' thiếu múi giờ.", f"'{words}' lacks its time zone, for example Z.")
    return Term(literal(instant, DateTime(timezone=True)), "timestamp", instant)


def alike(left: Term, right: Term) -> tuple[Term, Term]:
    """The two terms as the same kind. Raises `BadRequest` where they cannot be compared."""
    if left.kind != right.kind:
        left, right = _read_as(left, right.kind), _read_as(right, left.kind)
    if left.kind != right.kind and {left.kind, right.kind} != {"date", "timestamp"}:
        raise mistake(
            f"không so sánh được kiểu {left.kind} với {right.kind}.", f"{left.kind} and {right.kind} do not compare."
        )
    return left, right


def expect(found: Term, kind: TermKind) -> Term:
    """The term, which is of that kind. Raises `BadRequest` where it is not."""
    if found.kind != kind:
        raise mistake(f"cần kiểu {kind}, không phải {found.kind}.", f"{kind} is expected here, not {found.kind}.")
    return found


def _read_as(found: Term, kind: TermKind) -> Term:
    """A text literal read as a day, an instant or a UUID; anything else as it is."""
    if not isinstance(found.value, str):
        return found
    if kind == "date" or kind == "timestamp":
        return moment(found.value, "timestamp" if "T" in found.value else "date")
    if kind == "uuid":
        try:
            return Term(cast(literal(str(uuid.UUID(found.value)), Text), Uuid), "uuid", found.value)
        except ValueError:
            raise mistake(f"'{found.value[:40]}' không phải UUID.", f"'{found.value[:40]}' is not a UUID.") from None
    return found


def _number(value: float) -> Term:
    if not math.isfinite(value) or abs(value) > 1e300:
        raise mistake("số quá lớn.", "a number is too large.")
    # The parser makes every number a double: as one, a comparison with an integer column could not use its index.
    whole = int(value) if value == int(value) and abs(value) < 2**53 else value
    return Term(literal(whole), "number", whole)


def _text(value: str) -> Term:
    if "\0" in value:
        raise mistake("ký tự NUL không được phép.", "NUL characters are not allowed.")
    return Term(literal(value, Text), "text", value)


def _property(name: Node, scope: Scope) -> Term:
    if not isinstance(name, str) or name not in scope.properties:
        shown = str(name)[:63]
        raise mistake(
            f"'{shown}' không phải thuộc tính lọc được của '{scope.layer.id}'.",
            f"'{shown}' is not a queryable of '{scope.layer.id}'; there are {', '.join(scope.properties)}.",
        )
    return scope.properties[name]


def _operation(node: Node, scope: Scope) -> Term:
    name = node["op"]
    if name in ARITHMETIC:
        return _arithmetic(name, node, scope)
    if name in ("casei", "accenti"):
        return _folded(node, scope)
    if name.lower() in _FUNCTIONS:
        takes, gives = _FUNCTIONS[name.lower()]
        [argument] = arguments(node, 1)
        return Term(getattr(func, name.lower())(expect(term(argument, scope), takes).expression), gives)
    shown = name[:40]
    raise mistake(
        f"không có hàm '{shown}' ở đây.",
        f"there is no function '{shown}' here; there are casei, accenti, {', '.join(_FUNCTIONS)}.",
    )


def _arithmetic(name: str, node: Node, scope: Scope) -> Term:
    if name == "-" and isinstance(node.get("args"), list) and len(node["args"]) == 1:
        return Term(-expect(term(node["args"][0], scope), "number").expression, "number")
    left, right = (expect(term(one, scope), "number").expression for one in arguments(node, 2))
    made: dict[str, Any] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: cast(left, Double) / cast(right, Double),  # 1 / 2 is a half, not PostgreSQL's 0
        "%": lambda: func.mod(cast(left, Numeric), cast(right, Numeric)),
        "div": lambda: func.div(cast(left, Numeric), cast(right, Numeric)),
        "^": lambda: func.power(cast(left, Double), cast(right, Double)),
    }
    return Term(made[name](), "number")


def _folded(node: Node, scope: Scope) -> Term:
    """Text without case, without diacritics, or without both; the last is what the search indexes hold."""
    asked = set()
    while isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
        asked.add(node["op"])
        [node] = arguments(node, 1)
    words = expect(term(node, scope), "text").expression
    if asked == {"casei", "accenti"}:
        return Term(func.platform.fold(words, type_=Text), "text")
    if asked == {"casei"}:
        return Term(func.lower(func.normalize(words), type_=Text), "text")
    return Term(func.public.unaccent("public.unaccent", func.normalize(words), type_=Text), "text")
