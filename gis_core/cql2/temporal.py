"""Temporal conditions between instants and intervals; an end that is open or null lies at infinity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Text, and_, cast, func, literal, not_

from gis_core.cql2.terms import Node, Scope, Term, arguments, mistake, moment, term


@dataclass(frozen=True, slots=True)
class _Span:
    start: ColumnElement[Any]
    end: ColumnElement[Any]


def _intersects(a: _Span, b: _Span) -> ColumnElement[bool]:
    return and_(a.start <= b.end, a.end >= b.start)


TEMPORAL: Mapping[str, Callable[[_Span, _Span], ColumnElement[bool]]] = {
    "t_after": lambda a, b: a.start > b.end,
    "t_before": lambda a, b: a.end < b.start,
    "t_contains": lambda a, b: and_(a.start < b.start, a.end > b.end),
    "t_disjoint": lambda a, b: not_(_intersects(a, b)),
    "t_during": lambda a, b: and_(a.start > b.start, a.end < b.end),
    "t_equals": lambda a, b: and_(a.start == b.start, a.end == b.end),
    "t_finishedBy": lambda a, b: and_(a.start < b.start, a.end == b.end),
    "t_finishes": lambda a, b: and_(a.start > b.start, a.end == b.end),
    "t_intersects": _intersects,
    "t_meets": lambda a, b: a.end == b.start,
    "t_metBy": lambda a, b: a.start == b.end,
    "t_overlappedBy": lambda a, b: and_(a.start > b.start, a.start < b.end, a.end > b.end),
    "t_overlaps": lambda a, b: and_(a.start < b.start, a.end > b.start, a.end < b.end),
    "t_startedBy": lambda a, b: and_(a.start == b.start, a.end > b.end),
    "t_starts": lambda a, b: and_(a.start == b.start, a.end < b.end),
}
"""The operators by name, after Allen's interval algebra (OGC 21-065r2, table 13)."""


def temporal(node: Node, scope: Scope) -> ColumnElement[bool]:
    """The temporal predicate. Raises `BadRequest` for what is no time."""
    left, right = (_span(one, scope) for one in arguments(node, 2))
    return TEMPORAL[node["op"]](left, right)


def _span(node: Node, scope: Scope) -> _Span:
    if isinstance(node, dict) and "interval" in node:
        ends = node["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise mistake("INTERVAL cần hai đầu.", "INTERVAL takes two ends.")
        return _Span(_end(ends[0], scope, "-infinity"), _end(ends[1], scope, "infinity"))
    instant = _instant(node, scope).expression
    return _Span(instant, instant)


def _end(node: Node, scope: Scope, infinity: str) -> ColumnElement[Any]:
    if node in ("..", ""):
        return cast(literal(infinity, Text), DateTime(timezone=True))
    found = _instant(node, scope)
    if found.value is not None:
        return found.expression
    kind = Date() if found.kind == "date" else DateTime(timezone=True)
    return func.coalesce(found.expression, cast(literal(infinity, Text), kind))


def _instant(node: Node, scope: Scope) -> Term:
    found = moment(node, "timestamp" if "T" in node else "date") if isinstance(node, str) else term(node, scope)
    if found.kind not in ("date", "timestamp"):
        raise mistake(f"cần thời gian, không phải {found.kind}.", f"a time is expected here, not {found.kind}.")
    return found
