"""Edits of a layer's rows on behalf of an identity: the database decides what it may change, and keeps the history."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import shapely
from psycopg2 import errors
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, LargeBinary, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from gis_core.access import WRITABLE_SYSTEM_COLUMNS
from gis_core.crs import STORAGE_SRID
from gis_core.errors import BadRequest, Conflict, LangbiangError, NotAllowed, NotFound, PreconditionFailed
from gis_core.layer import Layer, Role
from gis_core.table import own_columns, table


@dataclass(frozen=True, slots=True)
class Change:
    """The values of a row that an edit sets, checked already; geometry in `srid`, x east. Names are columns."""

    values: Mapping[str, Any]
    srid: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A row after an edit: its id and its version."""

    id: int
    version: int


def writable_columns(layer: Layer, role: Role) -> tuple[str, ...]:
    """The columns that `role` may set, in the table's order; none where it may not edit the layer."""
    if role not in layer.access.write:
        return ()
    known = {one.name for one in layer.fields_for(role)} | set(WRITABLE_SYSTEM_COLUMNS)
    return tuple(name for name in own_columns(layer) if name in known)


def create(connection: Connection, layer: Layer, changes: Sequence[Change]) -> list[Stored]:
    """The new rows, in the order given. Raises what `refusals` raises; then nothing is stored."""
    columns, found = table(layer).c, []
    for names, run in _runs(changes):
        statement = insert(table(layer)).values({name: _placed(layer, name, run[0].srid) for name in names})
        rows = [{f"new_{name}": _bound(one.values[name]) for name in names} for one in run]
        with refusals(layer):
            answer = connection.execute(
                statement.returning(columns.id, columns.version, sort_by_parameter_order=True), rows
            )
            found += [Stored(*row) for row in answer]
    return found


def change(connection: Connection, layer: Layer, row_id: int, versions: set[int] | None, new: Change) -> Stored:
    """The changed row. `versions`: those the editor knows of, None any.

    Raises `NotFound`, `PreconditionFailed` where somebody else was faster, and what `refusals` raises.
    """
    column = table(layer).c
    current = _current(connection, layer, row_id, versions)
    if not new.values:
        return current
    values = {name: _placed(layer, name, new.srid) for name in new.values}
    statement = update(table(layer)).where(column.id == row_id, column.version == current.version).values(values)
    parameters = {f"new_{name}": _bound(value) for name, value in new.values.items()}
    with refusals(layer):
        row = connection.execute(statement.returning(column.id, column.version), parameters).first()
    if row is None:
        raise _gone_or_forbidden(connection, layer, row_id, current)
    return Stored(*row)


def remove(connection: Connection, layer: Layer, row_id: int, versions: set[int] | None) -> None:
    """Deletes the row. Raises like `change`."""
    column = table(layer).c
    current = _current(connection, layer, row_id, versions)
    with refusals(layer):
        done = connection.execute(delete(table(layer)).where(column.id == row_id, column.version == current.version))
    if done.rowcount == 0:
        raise _gone_or_forbidden(connection, layer, row_id, current)


@contextmanager
def refusals(layer: Layer) -> Iterator[None]:
    """Nothing; turns the database's refusals within the block into sentences.

    `Conflict` for a key that exists, `NotAllowed` for rows outside the role's policy, `BadRequest` for broken rules.
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(layer, error) from None


def _refusal(layer: Layer, error: DBAPIError) -> Exception:
    told = getattr(error.orig, "diag", None)
    constraint = getattr(told, "constraint_name", None) or getattr(told, "column_name", None) or ""
    if isinstance(error.orig, errors.UniqueViolation):
        return Conflict(
            f"'{layer.id}' đã có đối tượng với khoá này ({constraint}). · "
            f"'{layer.id}' has a feature with this key already ({constraint})."
        )
    if isinstance(error.orig, errors.InsufficientPrivilege):
        return NotAllowed(
            f"Bạn không được sửa đối tượng này của '{layer.id}'. · You may not change this feature of '{layer.id}'."
        )
    if isinstance(error.orig, errors.ForeignKeyViolation):
        return BadRequest(
            f"Đối tượng được tham chiếu không có, hoặc còn được tham chiếu ({constraint}). · "
            f"A feature referred to does not exist, or this one is still referred to ({constraint})."
        )
    if isinstance(error.orig, errors.IntegrityError | errors.DataError | errors.InternalError):
        return BadRequest(
            f"Giá trị vi phạm quy tắc của '{layer.id}' ({constraint}). · "
            f"A value breaks a rule of '{layer.id}' ({constraint})."
        )
    return error


def _runs(changes: Sequence[Change]) -> Iterator[tuple[tuple[str, ...], list[Change]]]:
    """The changes in stretches that set the same columns, so that each stretch is one statement."""
    run: list[Change] = []
    for one in changes:
        if run and (tuple(run[0].values), run[0].srid) != (tuple(one.values), one.srid):
            yield tuple(run[0].values), run
            run = []
        run.append(one)
    if run:
        yield tuple(run[0].values), run


def _placed(layer: Layer, name: str, srid: int) -> Any:
    if name != "geom":
        return bindparam(f"new_{name}", type_=table(layer).c[name].type)
    shape = func.ST_GeomFromWKB(bindparam("new_geom", type_=LargeBinary), srid)
    return shape if srid == STORAGE_SRID else func.ST_Transform(shape, STORAGE_SRID)


def _bound(value: Any) -> Any:
    return shapely.to_wkb(value) if isinstance(value, BaseGeometry) else value


def _current(connection: Connection, layer: Layer, row_id: int, versions: set[int] | None) -> Stored:
    column = table(layer).c
    version = connection.scalar(select(column.version).where(column.id == row_id))
    if version is None:
        raise NotFound(
            f"Không có đối tượng '{row_id}' trong '{layer.id}'. · There is no feature '{row_id}' in '{layer.id}'."
        )
    if versions is not None and version not in versions:
        raise _stale(layer, row_id)
    return Stored(row_id, version)


def _gone_or_forbidden(connection: Connection, layer: Layer, row_id: int, known: Stored) -> LangbiangError:
    column = table(layer).c
    version = connection.scalar(select(column.version).where(column.id == row_id))
    if version == known.version:
        return NotAllowed(
            f"Bạn không được sửa đối tượng '{row_id}'. · You may not change feature '{row_id}' of '{layer.id}'."
        )
    return _stale(layer, row_id)


def _stale(layer: Layer, row_id: int) -> PreconditionFailed:
    return PreconditionFailed(
        f"Đối tượng '{row_id}' của '{layer.id}' đã bị người khác sửa; hãy đọc lại. · "
        f"Feature '{row_id}' of '{layer.id}' was changed by somebody else; read it again."
    )
