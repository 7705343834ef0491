"""Alembic's environment: compares the database with the tables derived from the catalogue."""

from typing import Any

import geoalchemy2.alembic_helpers as geo
from alembic import context

from layers.tables import METADATA

SCHEMAS = {"city", "history", "platform"}


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "schema" or name in SCHEMAS


def _object_of_ours(thing: Any, name: str | None, kind: str, reflected: Any, compared: Any) -> bool:
    # Indexes on folded text are expressions, applied as declared state (gis_core.constraints).
    if kind == "index" and name is not None and name.endswith("_folded"):
        return False
    return bool(geo.include_object(thing, name, kind, reflected, compared))  # type: ignore[no-untyped-call]


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_schemas=True,
    include_name=_ours,
    include_object=_object_of_ours,
    render_item=geo.render_item,
    compare_type=True,
    compare_server_default=False,
    # Comments are declared state (gis_core.constraints).
    autogenerate_plugins=["alembic.autogenerate.*", "~alembic.autogenerate.comments"],
    version_table_schema="platform",
)
with context.begin_transaction():
    context.run_migrations()
