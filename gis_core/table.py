"""Tables derived from layer declarations: the layer's own table in schema `city`, its old rows in schema `history`.

Checks, search indexes, triggers, grants and comments are not here but in `constraints`, `triggers` and `access`: they
are applied as declared state, because Alembic does not see when they change.
"""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.types import TypeEngine

from gis_core.crs import STORAGE_SRID
from gis_core.layer import Field, Kind, Layer

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

COLUMN_TYPES: dict[Kind, TypeEngine[Any]] = {
    "text": Text(),
    "integer": Integer(),
    "bigint": BigInteger(),
    "number": Double(),
    "money": BigInteger(),
    "boolean": Boolean(),
    "date": Date(),
    "timestamp": DateTime(timezone=True),
    "json": JSONB(),
    "uuid": UUID(),
}


def table(layer: Layer) -> Table:
    """The table `city.<layer>`, the same object at every call.

    Columns: `id`, the layer's fields, `geom` (EPSG:5899, absent where the layer has no shape), `valid_from` and
    `valid_to` where the layer has legal validity, then `source`, `source_ref`, `updated_at`, `updated_by`, `version`.
    """
    known = METADATA.tables.get(f"city.{layer.id}")
    return known if known is not None else _layer_table(layer)


def history_table(layer: Layer) -> Table:
    """The table `history.<layer>`: every replaced row as it was, until when, by what operation and by whom."""
    known = METADATA.tables.get(f"history.{layer.id}")
    return known if known is not None else _history_table(layer)


def own_columns(layer: Layer) -> list[str]:
    """The names of all columns of the layer's table, in order."""
    return [column.name for column in table(layer).columns]


def _layer_table(layer: Layer) -> Table:
    built = Table(
        layer.id,
        METADATA,
        Column("id", BigInteger, Identity(), primary_key=True),
        *(_column(one) for one in layer.fields),
        *_geometry(layer),
        *_validity(layer),
        Column("source", Text, nullable=False, server_default=text("'langbiang'")),
        Column("source_ref", Text),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("updated_by", Text, nullable=False, server_default=text("acting.subject()")),
        Column("version", Integer, nullable=False, server_default=text("1")),
        schema="city",
    )
    # The reference first: features of other layers are found by it whatever their source.
    Index(f"uq_{layer.id}_source", built.c.source_ref, built.c.source, unique=True)
    for one in layer.fields:
        if one.indexed or one.references:
            Index(None, built.c[one.name])
    _spatial_index(layer, built)
    return built


def _history_table(layer: Layer) -> Table:
    built = Table(
        layer.id,
        METADATA,
        Column("history_id", BigInteger, Identity(), primary_key=True),
        Column("recorded_to", DateTime(timezone=True), nullable=False),
        Column("operation", Text, nullable=False),
        Column("replaced_by", Text, nullable=False),
        *(Column(column.name, column.type, nullable=True) for column in table(layer).columns),
        schema="history",
    )
    Index(f"ix_history_{layer.id}_id", built.c.id, built.c.recorded_to)
    _spatial_index(layer, built)
    return built


def _column(one: Field) -> Column[Any]:
    target = [ForeignKey(f"city.{one.references}.id")] if one.references else []
    return Column(one.name, COLUMN_TYPES[one.kind], *target, nullable=not one.required)


def _geometry(layer: Layer) -> list[Column[Any]]:
    if layer.shape is None:
        return []
    # The index is declared beside the table: GeoAlchemy2's implicit one is invisible to Alembic.
    return [Column("geom", Geometry(layer.shape.upper(), srid=STORAGE_SRID, spatial_index=False))]


def _validity(layer: Layer) -> list[Column[Any]]:
    return [Column("valid_from", Date), Column("valid_to", Date)] if layer.validity else []


def _spatial_index(layer: Layer, built: Table) -> None:
    if layer.shape is not None:
        Index(f"ix_{built.schema}_{layer.id}_geom", built.c.geom, postgresql_using="gist")
