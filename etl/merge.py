"""Merging the staged rows into the layer's table."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from psycopg2 import sql

from etl.staging import Staging, insert_statement, update_statement

WORTH_REBUILDING = 10
"""Indexes are made anew where at least this many times more rows come in than are there."""


def merge(cursor: Any, staging: Staging, source: str) -> tuple[int, int]:
    """Update the features that differ and insert the new ones; returns both counts.

    Other writers wait until the transaction ends; readers go on, except while the first rows fill an empty layer.
    """
    target = sql.Identifier("city", staging.layer.id)
    cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(target))
    known = _knows(cursor, target, source)
    large = _fills_empty_table(cursor, target)
    updated = _update(cursor, target, staging, source, large=large) if known else 0
    with _indexes_made_after(cursor, target) if large else nullcontext():
        cursor.execute(insert_statement(staging, known=known), {"source": source})
        inserted = cursor.rowcount
    return updated, inserted


def _knows(cursor: Any, target: sql.Identifier, source: str) -> bool:
    cursor.execute(sql.SQL("select exists (select from {} where source = %s)").format(target), (source,))
    return bool(cursor.fetchone()[0])


def _update(cursor: Any, target: sql.Identifier, staging: Staging, source: str, *, large: bool) -> int:
    if large:
        # Taken for empty, the table would be read once for every staged row.
        cursor.execute(sql.SQL("analyze {} (source, source_ref)").format(target))
    cursor.execute(update_statement(staging), {"source": source})
    return int(cursor.rowcount)


@contextmanager
def _indexes_made_after(cursor: Any, target: sql.Identifier) -> Iterator[None]:
    """Drop the indexes of a table for the time of a large insert: building one at the end is much faster than
    keeping it up row by row, above all the spatial one.
    """
    definitions = _indexes(cursor, target)
    for name, _ in definitions:
        cursor.execute(sql.SQL("drop index {}").format(sql.Identifier("city", name)))
    yield
    for _, definition in definitions:
        cursor.execute(definition)


def _fills_empty_table(cursor: Any, target: sql.Identifier) -> bool:
    cursor.execute(
        sql.SQL("select (select count(*) from staging) > %s * (select count(*) from {}) + 1000").format(target),
        (WORTH_REBUILDING,),
    )
    return bool(cursor.fetchone()[0])


def _indexes(cursor: Any, target: sql.Identifier) -> list[tuple[str, str]]:
    """(name, definition) of the indexes of `target` that back no constraint."""
    cursor.execute(
        "select class.relname, pg_get_indexdef(index.indexrelid) from pg_index as index"
        " join pg_class as class on class.oid = index.indexrelid"
        " where index.indrelid = %s::regclass"
        " and not exists (select from pg_constraint where conindid = index.indexrelid)",
        (target.as_string(getattr(cursor, "connection", cursor)),),
    )
    return list(cursor.fetchall())
