"""The audit: who read personal data and who wrote what, when and from where. It only grows.

Writes note themselves (`platform.record_change`, a trigger of every layer); reads of personal fields are noted by the
query builder's callers in the transaction that reads, so that no answer leaves without its entry.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy import Column, Connection, Select, delete, func, insert, select
from sqlalchemy.sql import visitors

from gis_core.account_tables import AUDIT
from gis_core.query import Query, chosen_columns


def record_read(connection: Connection, query: Query, rows: int) -> None:
    """Note the reading of `rows` rows, where the query shows, filters or sorts by personal fields."""
    if fields := _personal(query, lambda: {*_shown(query), *_filtered(query)}):
        record(connection, "read", query.layer.id, fields, rows)


def record_count(connection: Connection, query: Query, rows: int) -> None:
    """Note the counting of `rows` rows, where the query filters by personal fields: a number may tell as much."""
    if fields := _personal(query, lambda: set(_filtered(query))):
        record(connection, "count", query.layer.id, fields, rows)


def record(connection: Connection, action: str, layer: str, fields: Sequence[str], rows: int) -> None:
    """Note that who acts on `connection` did `action` with `rows` rows of `layer`, seeing `fields`.

    PostgreSQL refuses entries by citizens, as it refuses them all personal data.
    """
    values = {"action": action, "layer": layer, "fields": list(fields), "row_count": rows}
    connection.execute(insert(AUDIT).inline().values(values))


def entries(
    subject: str | None = None, layer: str | None = None, action: str | None = None, before: int | None = None
) -> Select[tuple[object, ...]]:
    """The entries of the audit, newest first, those older than entry `before`."""
    wanted = {AUDIT.c.subject: subject, AUDIT.c.layer: layer, AUDIT.c.action: action}
    chosen = select(AUDIT).where(*(column == value for column, value in wanted.items() if value))
    return (chosen.where(AUDIT.c.id < before) if before else chosen).order_by(AUDIT.c.id.desc())


def forget(connection: Connection, days: int) -> int:
    """How many entries older than `days` were removed. Only the owner of the database may."""
    old = AUDIT.c.at < func.now() - timedelta(days=days)
    return int(connection.execute(delete(AUDIT).where(old)).rowcount)


def _personal(query: Query, names: Callable[[], set[str]]) -> list[str]:
    """Those of `names` that are personal fields which the role may know; not asked for where it may know none."""
    known = {one.name for one in query.layer.fields_for(query.role) if one.personal}
    return sorted(known & names()) if known else []


def _shown(query: Query) -> Iterator[str]:
    yield from (column.name for column in chosen_columns(query))
    yield from (one.name for one in query.sort)


def _filtered(query: Query) -> Iterator[str]:
    yield from query.equals
    for condition in query.conditions:
        yield from (part.name for part in visitors.iterate(condition) if isinstance(part, Column))
