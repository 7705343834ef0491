"""Triggers that note which tiles a change touches: old place and new, whoever made it and however many rows it took."""

from collections.abc import Iterator
from importlib.resources import files

from sqlalchemy import Connection

from gis_core.catalog import Catalog
from gis_core.crs import STORAGE_SRID
from gis_core.layer import Layer

_TRANSITIONS = {
    "insert": "referencing new table as new_rows",
    "update": "referencing old table as old_rows new table as new_rows",
    "delete": "referencing old table as old_rows",
}


def apply_tile_triggers(connection: Connection, catalog: Catalog) -> None:
    """Make the trigger function and every layer's triggers equal to the declarations."""
    function = files("gis_core").joinpath("sql/tile_triggers.sql").read_text("utf-8")
    connection.exec_driver_sql(function.replace("{storage}", str(STORAGE_SRID)))
    for layer in catalog.layers:
        for statement in _layer_triggers(layer):
            connection.exec_driver_sql(statement)


def _layer_triggers(layer: Layer) -> Iterator[str]:
    for event, transition in _TRANSITIONS.items():
        name, table = f"touch_tiles_{event}", f'city."{layer.id}"'
        if layer.tiles is None:
            yield f"drop trigger if exists {name} on {table}"
        else:
            yield (
                f"create or replace trigger {name} after {event} on {table} {transition} for each statement"
                f" execute function platform.touch_tiles({layer.tiles.min_zoom}, {layer.tiles.max_zoom})"
            )
