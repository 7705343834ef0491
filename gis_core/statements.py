"""Statements whose SQL is compiled once: building one with SQLAlchemy costs more than most answers take.

The fixed part is an ordinary SQLAlchemy statement with the marks below where each request differs. Conditions that
differ in values only are `Remembered`. Nothing that a client sends becomes SQL text: all values are bind parameters.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Any

from cachetools import LRUCache
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Integer,
    bindparam,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

WHERE = literal_column("langbiang_where", Boolean)
LIMIT = literal_column("langbiang_limit", Integer)
OFFSET = literal_column("langbiang_offset", Integer)

Bind = Callable[[str], BindParameter[Any]]
"""Gives the bind parameter for the name of a value."""

_statements: LRUCache[Hashable, str] = LRUCache(2_000)
_conditions: LRUCache[Hashable, tuple[str, dict[str, Any]]] = LRUCache(2_000)
_lock = Lock()
_PARAMETER = re.compile(r"(?<!%)%\(")


class Remembered(ColumnElement[bool]):
    """A condition whose SQL depends on `shape` alone; `build` makes it from a bind parameter for each of `values`.

    `execute` compiles it once for each shape; in any other statement it stands for the condition with its values.
    """

    inherit_cache = False
    type = Boolean()

    def __init__(
        self, shape: Hashable, build: Callable[[Bind], ColumnElement[bool]], values: Mapping[str, Any]
    ) -> None:
        self.shape = shape
        self.build = build
        self.values = values

    def plain(self) -> ColumnElement[bool]:
        """The condition with its values."""
        return self.build(lambda name: bindparam(name, self.values[name], unique=True))


@compiles(Remembered)
def _compile_remembered(element: Remembered, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.plain(), **options)})"


def execute(
    connection: Connection,
    key: Hashable,
    build: Callable[[], Executable],
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int = 0,
    offset: int = 0,
) -> CursorResult[Any]:
    """The result of the statement that `build` makes, its marks replaced by what is given here.

    `key` tells apart statements that `build` makes differently.
    """
    words, parameters = [], {LIMIT.name: limit, OFFSET.name: offset}
    for place, condition in enumerate(conditions):
        sql, values = _condition(connection, condition, place)
        words.append(sql)
        parameters |= values
    statement = _statement(connection, key, build).replace(WHERE.name, " AND ".join(words) or "true")
    return connection.exec_driver_sql(statement, parameters)


def _statement(connection: Connection, key: Hashable, build: Callable[[], Executable]) -> str:
    with _lock:
        sql = _statements.get(key)
    if sql is None:
        made = build().compile(connection.engine, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
        sql = str(made).replace(LIMIT.name, "%(langbiang_limit)s").replace(OFFSET.name, "%(langbiang_offset)s")
        with _lock:
            _statements[key] = sql
    return sql


def _condition(connection: Connection, condition: ColumnElement[bool], place: int) -> tuple[str, dict[str, Any]]:
    """The condition as SQL, and its values; `place` keeps their names apart from those of other conditions."""
    if not isinstance(condition, Remembered):
        return _compiled(connection, condition, place)
    shape = (condition.shape, place)
    with _lock:
        known = _conditions.get(shape)
    if known is None:
        known = _compiled(connection, condition.build(bindparam), place)
        with _lock:
            _conditions[shape] = known
    sql, constants = known
    return sql, constants | {f"c{place}_{name}": value for name, value in condition.values.items()}


def _compiled(connection: Connection, condition: ColumnElement[bool], place: int) -> tuple[str, dict[str, Any]]:
    made = condition.compile(
        connection.engine, compile_kwargs={"render_postcompile": True}  # lists become one parameter for each value
    )  # fmt: skip
    return f"({_PARAMETER.sub(f'%(c{place}_', str(made))})", {f"c{place}_{k}": v for k, v in made.params.items()}
