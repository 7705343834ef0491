"""Merging the staged rows into the layer's table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import sql

from etl.staging import Staging, merge_statements

WORTH_REBUILDING = 10
"""Indexes are made anew where at least this many times more rows come in than are there."""


def merge(cursor: Any, staging: Staging, source: str) -> tuple[int, int]:
    """Update the features that differ and insert the new ones; returns both counts.

    Other writers wait until the transaction ends; readers go on, except while the first rows fill an empty layer.
    """
    target = sql.Identifier("city", staging.layer.id)
    cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(target))
    update, insert = merge_statements(staging)
    cursor.execute(update, {"source": source})
    updated = cursor.rowcount
    with _indexes_made_after(cursor, target):
        cursor.execute(insert, {"source": source})
        inserted = cursor.rowcount
    return updated, inserted


@contextmanager
def _indexes_made_after(cursor: Any, target: sql.Identifier) -> Iterator[None]:
    """Drop the indexes of a nearly empty table for the time of a large insert: building one at the end is much faster
    than keeping it up row by row, above all the spatial one.
    """
    definitions = _indexes(cursor, target) if _fills_empty_table(cursor, target) else []
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
        " where index.indrelid = %s::regclass and not exists (select from pg_constraint where conindid = index.indexrelid)",
        (target.as_string(getattr(cursor, "connection", cursor)),),
    )
    return list(cursor.fetchall())
