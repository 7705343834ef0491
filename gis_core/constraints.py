"""Checks, search indexes and comments of the layers' tables, applied as declared state after every migration."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import CheckConstraint, ColumnElement, Connection, and_, text
from sqlalchemy.schema import AddConstraint

from gis_core.catalog import Catalog
from gis_core.layer import Layer
from gis_core.table import table


def apply_constraints(connection: Connection, catalog: Catalog) -> None:
    """Make checks, folded indexes and comments equal to the declarations; what is so already is not touched.

    Raises `sqlalchemy.exc.IntegrityError` where rows already stored break a new check.
    """
    for layer in catalog.layers:
        _apply_checks(connection, layer)
        for statement in (*_folded_indexes(layer), *_comments(layer)):
            connection.exec_driver_sql(statement)


def _apply_checks(connection: Connection, layer: Layer) -> None:
    declared = dict(_checks(layer))
    existing = _existing_checks(connection, layer)
    for name in existing.keys() - declared.keys():
        connection.exec_driver_sql(f'alter table city."{layer.id}" drop constraint "{name}"')
    for name, condition in declared.items():
        # A check is compared by the fingerprint kept in its comment: PostgreSQL rewrites the expression itself, and
        # adding it again would read the whole table.
        fingerprint = hashlib.sha256(
            str(condition.compile(compile_kwargs={"literal_binds": True})).encode()
        ).hexdigest()
        if existing.get(name) == fingerprint:
            continue
        connection.exec_driver_sql(f'alter table city."{layer.id}" drop constraint if exists "{name}"')
        connection.execute(
            AddConstraint(CheckConstraint(condition, name=name, table=table(layer)), isolate_from_table=True)
        )
        connection.exec_driver_sql(f'comment on constraint "{name}" on city."{layer.id}" is \'{fingerprint}\'')


def _checks(layer: Layer) -> Iterator[tuple[str, ColumnElement[bool]]]:
    columns = table(layer).c
    for one in layer.fields:
        column = columns[one.name]
        if one.pattern is not None:
            yield f"ck_{layer.id}_{one.name}_pattern", column.regexp_match(f"^({one.pattern})$")
        limits = [limit for limit in (one.minimum, one.maximum) if limit is not None]
        if limits:
            bounds = [column >= one.minimum] if one.minimum is not None else []
            bounds += [column <= one.maximum] if one.maximum is not None else []
            yield f"ck_{layer.id}_{one.name}_range", and_(*bounds)
    if layer.validity:
        yield f"ck_{layer.id}_validity", columns.valid_from <= columns.valid_to


def _existing_checks(connection: Connection, layer: Layer) -> dict[str, str | None]:
    rows = connection.execute(
        text(
            "select conname, obj_description(oid, 'pg_constraint') from pg_constraint"
            " where contype = 'c' and conrelid = to_regclass('city.' || quote_ident(:name))"
        ),
        {"name": layer.id},
    )
    return {name: fingerprint for name, fingerprint in rows}  # noqa: C416 - rows are not typed as pairs


def _folded_indexes(layer: Layer) -> Iterator[str]:
    for one in layer.fields:
        if one.folded:
            yield (
                f'create index if not exists "ix_{layer.id}_{one.name}_folded" on city."{layer.id}"'
                f' using gin (platform.fold("{one.name}") public.gin_trgm_ops)'
            )


def _comments(layer: Layer) -> Iterator[str]:
    yield f'comment on table city."{layer.id}" is {_literal(f"{layer.title.vi} · {layer.title.en}")}'
    for one in layer.fields:
        unit = f" ({one.unit})" if one.unit else ""
        comment = _literal(f"{one.title.vi} · {one.title.en}{unit}")
        yield f'comment on column city."{layer.id}"."{one.name}" is {comment}'


def _literal(words: str) -> str:
    # `comment on` takes no bind parameters; the doubled percent sign is for the driver.
    return "'" + words.replace("'", "''").replace("%", "%%") + "'"
