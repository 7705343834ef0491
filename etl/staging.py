"""The staging table of one load: filled by COPY, settled set-wise, then merged into the layer's table."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely
from psycopg2 import sql
from sqlalchemy.dialects import postgresql

from etl.prepare import Prepared
from etl.purposes import PURPOSES, has_purposes
from gis_core.crs import STORAGE_SRID
from gis_core.layer import Layer
from gis_core.table import table

SYSTEM = ("file_no", "row_number", "source_ref")


@dataclass(frozen=True)
class Staging:
    """The staging table of one load into `layer`; `fields` are those that the files fill."""

    layer: Layer
    fields: tuple[str, ...]
    spatial: bool

    @property
    def merged(self) -> tuple[str, ...]:
        """The columns that go into the layer's table, beside source and reference."""
        return self.fields + (("geom",) if self.spatial else ())

    def create(self) -> sql.Composable:
        """The statement that makes the table; it goes with the transaction."""
        parts: list[sql.Composable] = [
            sql.SQL("file_no smallint"),
            sql.SQL("row_number bigint"),
            sql.SQL("source_ref text"),
        ]
        parts += [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(self._type(name))) for name in self.copied[3:]]
        return sql.SQL("create temporary table staging ({}) on commit drop").format(sql.SQL(", ").join(parts))

    @property
    def copied(self) -> tuple[str, ...]:
        """All columns of the staging table in order."""
        return (
            SYSTEM
            + self.fields
            + ((PURPOSES,) if has_purposes(self.layer) else ())
            + (("geom",) if self.spatial else ())
        )

    def _type(self, name: str) -> str:
        if name == PURPOSES or (name in {one.name for one in self.layer.fields} and self.layer[name].references):
            return "text"
        if name == "geom":
            return f"geometry({str(self.layer.shape).upper()}, {STORAGE_SRID})"
        return str(table(self.layer).c[name].type.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]

    def copy(self, cursor: Any, file_no: int, prepared: Prepared) -> None:
        """Append the prepared rows."""
        count = len(prepared.rows)
        if not count:
            return
        columns: dict[str, pa.Array] = {
            "file_no": pa.array(np.full(count, file_no, dtype=np.int16)),
            "row_number": pa.array(prepared.rows),
            "source_ref": prepared.refs,
        }
        for name in self.copied[3:]:
            if name == "geom":
                columns[name] = _hexadecimal(prepared, count)
            else:
                columns[name] = prepared.values.get(name, pa.nulls(count, pa.string()))
        lines = BytesIO()
        pyarrow.csv.write_csv(pa.table(columns), lines, pyarrow.csv.WriteOptions(include_header=False))
        lines.seek(0)
        cursor.copy_expert("copy staging from stdin with (format csv)", lines)


def _hexadecimal(prepared: Prepared, count: int) -> pa.Array:
    if prepared.geometry is None:
        return pa.nulls(count, pa.string())
    # The column's type gives the SRID; and bytes to hexadecimal is much faster here than in GEOS.
    return pa.array([None if wkb is None else wkb.hex() for wkb in shapely.to_wkb(prepared.geometry)], pa.string())


_SAME = sql.SQL("feature.source = %(source)s and feature.source_ref = staging.source_ref")


def update_statement(staging: Staging) -> sql.Composable:
    """The update of the features of `source` (a parameter) that differ from what is staged.

    An update and an insert and not one `on conflict`: that would use up an identity number for every row that is there
    already, and lock it.
    """
    names = [sql.Identifier(name) for name in staging.merged]
    return sql.SQL(
        "update {target} as feature set {settings} from staging"
        " where {same} and row({own}) is distinct from row({staged})"
    ).format(
        target=sql.Identifier("city", staging.layer.id),
        settings=_listed("{0} = staging.{0}", names),
        same=_SAME,
        own=_listed("feature.{}", names),
        staged=_listed("staging.{}", names),
    )


def insert_statement(staging: Staging, *, known: bool) -> sql.Composable:
    """The insert of the staged features that the layer does not have of `source` (a parameter).

    `known`: it has some of that source. If it has none, nothing needs to be compared.
    """
    names = [sql.Identifier(name) for name in staging.merged]
    target = sql.Identifier("city", staging.layer.id)
    statement = sql.SQL(
        # The author is asked for once and not, as the column's default would, for every row.
        "insert into {target} ({names}, source, source_ref, updated_by)"
        " select {staged}, %(source)s, staging.source_ref, (select acting.subject()) from staging"
    ).format(target=target, names=_listed("{}", names), staged=_listed("staging.{}", names))
    if not known:
        return statement
    new = sql.SQL(" where not exists (select from {target} as feature where {same})").format(target=target, same=_SAME)
    return statement + new


def _listed(pattern: str, names: Sequence[sql.Identifier]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL(pattern).format(name) for name in names)


def reference_fields(layer: Layer, fields: Sequence[str]) -> list[tuple[str, str, bool]]:
    """(field, referred layer, required) of the reference fields among `fields`."""
    return [(one.name, one.references, one.required) for one in layer.fields if one.references and one.name in fields]
