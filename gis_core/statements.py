"""Statements whose fixed part is compiled once: building one with SQLAlchemy costs more than most answers take.

The fixed part is an ordinary SQLAlchemy statement with the marks below where each request differs. Conditions are
compiled for each request, with bind parameters; nothing that a client sends becomes SQL text.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any

from cachetools import LRUCache
from sqlalchemy import Boolean, ColumnElement, Connection, CursorResult, Executable, Integer, and_, literal_column, true

WHERE = literal_column("langbiang_where", Boolean)
LIMIT = literal_column("langbiang_limit", Integer)
OFFSET = literal_column("langbiang_offset", Integer)

_compiled: LRUCache[Hashable, str] = LRUCache(2_000)
_lock = Lock()


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
    with _lock:
        sql = _compiled.get(key)
    if sql is None:
        made = build().compile(connection.engine, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
        sql = str(made).replace(LIMIT.name, "%(langbiang_limit)s").replace(OFFSET.name, "%(langbiang_offset)s")
        with _lock:
            _compiled[key] = sql
    where = and_(true(), *conditions).compile(
        connection.engine, compile_kwargs={"render_postcompile": True}  # lists become one parameter for each value
    )  # fmt: skip
    parameters = {**where.params, LIMIT.name: limit, OFFSET.name: offset}
    return connection.exec_driver_sql(sql.replace(WHERE.name, str(where)), parameters)
