"""Triggers of every layer: version and author of a row, its history, the layer's version, and known codes only.

They are the database's own, so an edit by SQL counts like one through the API.
"""

from collections.abc import Iterator
from importlib.resources import files

from sqlalchemy import Connection

from gis_core.catalog import Catalog
from gis_core.layer import Layer
from gis_core.table import own_columns
from gis_core.tile_triggers import apply_tile_triggers


def apply_triggers(connection: Connection, catalog: Catalog) -> None:
    """Make the trigger functions and every layer's triggers equal to the declarations."""
    connection.exec_driver_sql(files("gis_core").joinpath("sql/triggers.sql").read_text("utf-8").replace("%", "%%"))
    for layer in catalog.layers:
        for statement in _layer_triggers(layer):
            connection.exec_driver_sql(statement)
    apply_tile_triggers(connection, catalog)


def _layer_triggers(layer: Layer) -> Iterator[str]:
    columns = ", ".join(f'"{name}"' for name in own_columns(layer))
    table = f'city."{layer.id}"'
    yield (
        f"create or replace trigger touch before update on {table} for each row"
        " when (old.* is distinct from new.*) execute function platform.touch()"
    )
    for event, transition in (
        ("insert", "referencing new table as new_rows"),
        ("update", "referencing old table as old_rows new table as new_rows"),
        ("delete", "referencing old table as old_rows"),
    ):
        yield (
            f"create or replace trigger record_{event} after {event} on {table} {transition} for each statement"
            f" execute function platform.record_change('{columns}')"
        )
    yield (
        f"create or replace trigger keep_history before truncate on {table} for each statement"
        " execute function platform.refuse_truncate()"
    )
    yield from _code_triggers(layer, table)


def _code_triggers(layer: Layer, table: str) -> Iterator[str]:
    coded = [(one.name, one.codes.id) for one in layer.fields if one.codes]
    arguments = ", ".join(f"'{part}'" for pair in coded for part in pair)
    for event in ("insert", "update"):
        if coded:
            yield (
                f"create or replace trigger check_codes_{event} after {event} on {table}"
                " referencing new table as new_rows for each statement"
                f" execute function platform.check_codes({arguments})"
            )
        else:
            yield f"drop trigger if exists check_codes_{event} on {table}"
