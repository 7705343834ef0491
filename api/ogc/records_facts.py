"""What the catalogue knows of each layer and raster: from declarations, rows, load reports and the city's manifest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from api.ogc.asked import Asked
from api.ogc.collections import known_extent
from api.ogc.coverages import about, degrees_box
from api.ogc.memory import layer_version, memory
from api.web.about import city_row, sources_of
from gis_core.features import Count, feature_count
from gis_core.layer import Layer, Text
from gis_core.platform_tables import LAYER_VERSION, LOAD_REPORT
from gis_core.query import Query
from layers.groups import TERRAIN
from tiles.raster import Raster, rasters

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Source:
    """Where data came from: the name under which they were loaded, their licence, the last load; None: not known."""

    name: str
    licence: str | None
    loaded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """One layer or raster. `box` in degrees; `interval`: ISO 8601 ends, None for open; `count` None for a raster."""

    id: str
    title: Text
    description: Text
    group: Text
    kind: str
    box: Box | None
    interval: tuple[str | None, str | None] | None
    count: Count | None
    changed_at: datetime | None
    sources: tuple[Source, ...]
    tiled: bool


@dataclass(frozen=True, slots=True)
class City:
    """What the loaded city's manifest tells; None where only single files were loaded."""

    title: Text
    attribution: Text
    contact: dict[str, str]
    licences: dict[str, str]


def city(connection: Connection) -> City | None:
    """The loaded city."""
    row = city_row(connection)
    if row is None:
        return None
    contact = {"name": row.contact_name, "email": row.contact_email, "url": row.contact_url}
    return City(
        Text(row.title_vi, row.title_en), Text(row.attribution_vi, row.attribution_en),
        {name: value for name, value in contact.items() if value}, row.licences,
    )  # fmt: skip


def all_facts(asked: Asked, connection: Connection, known: City | None, name: str | None = None) -> list[Facts]:
    """What is known of every layer and raster that the identity may see, layers first, the topmost drawn last.

    With `name`, of the one of that id only, where there is one.
    """
    readable = asked.platform.catalog.readable_by(asked.identity.role)
    layers = [layer for layer in readable if name in (None, layer.id)]
    loads, changes = _loads(connection), _changes(connection)
    licences = known.licences if known else {}
    found = [_of_layer(asked, connection, layer, loads, licences, changes.get(layer.id)) for layer in layers]
    drawn = [one for one in rasters(connection, asked.platform.settings.data) if name in (None, one.id)]
    return found + [_of_raster(one, licences) for one in drawn]


def _of_layer(
    asked: Asked,
    connection: Connection,
    layer: Layer,
    loads: dict[tuple[str, str], datetime],
    licences: dict[str, str],
    changed_at: datetime | None,
) -> Facts:
    extent = known_extent(asked, connection, layer)
    key = ("facts", layer.id, layer_version(connection, layer), asked.policy)
    count, names = memory(asked.request).recall(key, lambda: _counted(connection, asked, layer))
    box = extent["spatial"]["bbox"][0] if "spatial" in extent else None
    ends = extent["temporal"]["interval"][0] if "temporal" in extent else (None, None)
    interval = (ends[0], ends[1]) if any(ends) else None
    return Facts(
        layer.id, layer.title, layer.description, layer.group, "layer", box, interval, count, changed_at,
        tuple(_source(name, licences, loads.get((layer.id, name))) for name in names), layer.tiles is not None,
    )  # fmt: skip


def _counted(connection: Connection, asked: Asked, layer: Layer) -> tuple[Count, Sequence[str]]:
    return feature_count(connection, Query(layer, asked.identity.role)), sources_of(connection, layer)


def _of_raster(raster: Raster, licences: dict[str, str]) -> Facts:
    return Facts(
        raster.id, raster.title, about(raster), TERRAIN, raster.kind, degrees_box(raster), None, None,
        raster.loaded_at, (_source(raster.source, licences, raster.loaded_at),), True,
    )  # fmt: skip


def _source(name: str, licences: dict[str, str], loaded_at: datetime | None) -> Source:
    return Source(name, licences.get(name), loaded_at)


def _loads(connection: Connection) -> dict[tuple[str, str], datetime]:
    """When each layer was last loaded from each source."""
    column = LOAD_REPORT.c
    rows: Iterable[Row[Any]] = connection.execute(
        select(column.layer, column.source, func.max(column.finished_at).label("loaded_at"))
        .where(column.outcome == "loaded")
        .group_by(column.layer, column.source)
    )
    return {(row.layer, row.source): row.loaded_at for row in rows}


def _changes(connection: Connection) -> dict[str, datetime]:
    """When each layer that was ever changed last was."""
    column = LAYER_VERSION.c
    rows = connection.execute(select(column.layer, column.changed_at).where(column.version > 0))
    return {row.layer: row.changed_at for row in rows}
