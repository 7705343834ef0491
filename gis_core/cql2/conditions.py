"""Conditions of a filter: logic, comparison, like, between, in, is null; space and time have modules of their own."""

import operator
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from gis_core.cql2.parse import Language, parsed
from gis_core.cql2.spatial import SPATIAL, spatial
from gis_core.cql2.temporal import TEMPORAL, temporal
from gis_core.cql2.terms import Node, Scope, alike, arguments, expect, mistake, term
from gis_core.crs import PublishedCrs
from gis_core.layer import Layer, Role
from gis_core.statements import Remembered

_COMPARISONS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def _known_by(words: str, language: Language, layer: Layer, role: Role, crs: PublishedCrs) -> tuple[str, ...]:
    return words, language, layer.id, role, crs.uri


@cached(LRUCache(1024), key=_known_by, lock=Lock())
def filter_condition(words: str, language: Language, layer: Layer, role: Role, crs: PublishedCrs) -> Remembered:
    """What a row of the layer has to fulfil by the filter, whose geometries are in `crs`.

    Raises `BadRequest` saying what cannot be read or is not allowed; unknown and hidden properties are not told apart.
    """
    found = condition(parsed(words, language), Scope(layer, role, crs))
    # A map asks the same filter for box after box; whatever the filter compares with is part of its shape.
    return Remembered(("filter", words, language, layer.id, role, crs.uri), lambda _bind: found, {})


def condition(node: Node, scope: Scope) -> ColumnElement[bool]:
    """The node as a condition. Raises `BadRequest` where it is none."""
    if isinstance(node, bool):
        return true() if node else false()
    if not isinstance(node, dict):
        raise mistake("biểu thức phải là điều kiện.", "a condition is expected, not a bare value.")
    name = node.get("op")
    if not isinstance(name, str):
        return expect(term(node, scope), "boolean").expression
    for names, make in _CONDITIONS:
        if name in names:
            return make(node, scope)
    return expect(term(node, scope), "boolean").expression


def _logic(node: Node, scope: Scope) -> ColumnElement[bool]:
    parts = node.get("args")
    if not isinstance(parts, list) or len(parts) < 2:
        raise mistake("'and', 'or' cần ít nhất hai đối số.", "'and' and 'or' take two arguments or more.")
    join = and_ if node["op"] == "and" else or_
    return join(*(condition(one, scope) for one in parts))


def _negation(node: Node, scope: Scope) -> ColumnElement[bool]:
    return not_(condition(arguments(node, 1)[0], scope))


def _comparison(node: Node, scope: Scope) -> ColumnElement[bool]:
    left, right = alike(*(term(one, scope) for one in arguments(node, 2)))
    return _COMPARISONS[node["op"]](left.expression, right.expression)


def _like(node: Node, scope: Scope) -> ColumnElement[bool]:
    words, pattern = (expect(term(one, scope), "text") for one in arguments(node, 2))
    if isinstance(pattern.value, str) and (len(pattern.value) - len(pattern.value.rstrip("\\"))) % 2:
        raise mistake("mẫu LIKE kết thúc bằng \\.", "a LIKE pattern ends with the escape character \\.")
    return words.expression.like(pattern.expression)


def _between(node: Node, scope: Scope) -> ColumnElement[bool]:
    value, low, high = (term(one, scope) for one in arguments(node, 3))
    _, low = alike(value, low)
    value, high = alike(value, high)
    return value.expression.between(low.expression, high.expression)


def _in(node: Node, scope: Scope) -> ColumnElement[bool]:
    value, choices = arguments(node, 2)
    if not isinstance(choices, list) or not choices:
        raise mistake("'in' cần một danh sách.", "'in' takes a list of values.")
    known = term(value, scope)
    return known.expression.in_([alike(known, term(one, scope))[1].expression for one in choices])


def _is_null(node: Node, scope: Scope) -> ColumnElement[bool]:
    return term(arguments(node, 1)[0], scope).expression.is_(None)


_CONDITIONS: tuple[tuple[frozenset[str], Callable[[Node, Scope], ColumnElement[bool]]], ...] = (
    (frozenset({"and", "or"}), _logic),
    (frozenset({"not"}), _negation),
    (frozenset(_COMPARISONS), _comparison),
    (frozenset({"like"}), _like),
    (frozenset({"between"}), _between),
    (frozenset({"in"}), _in),
    (frozenset({"isNull"}), _is_null),
    (frozenset(SPATIAL), spatial),
    (frozenset(TEMPORAL), temporal),
)
