"""A small city made from the declarations, with canaries planted in every personal field.

For tests and benchmarks that must hold for every layer, also for those declared tomorrow.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert

from gis_core.catalog import Catalog
from gis_core.crs import STORAGE_SRID
from gis_core.layer import Field, Layer
from gis_core.table import table

WARDS = ("24787", "24778")
"""Two ward codes; the rows of a layer belong to them in turn."""
CANARY = "Chim Hoàng Yến"
"""What every personal text begins with: an answer that contains it has given away what it must not."""
CANARY_NUMBER = 987_650
"""Where the personal numbers of the rows begin."""

_SHAPES = {
    "Point": "POINT({x} {y})",
    "LineString": "LINESTRING({x} {y},{x}.9 {y}.9)",
    "MultiLineString": "MULTILINESTRING(({x} {y},{x}.9 {y}.9))",
    "Polygon": "POLYGON(({x} {y},{x}.9 {y},{x}.9 {y}.9,{x} {y}))",
    "MultiPolygon": "MULTIPOLYGON((({x} {y},{x}.9 {y},{x}.9 {y}.9,{x} {y})))",
    "Geometry": "POINT({x} {y})",
}


def plant(connection: Connection, catalog: Catalog, rows: int = 4) -> None:
    """Give every layer of an empty database the same number of rows: two wards, every state a row rule asks for."""
    for layer in in_reference_order(catalog):
        for position in range(rows):
            connection.execute(insert(table(layer)).values(sample(layer, position)))


def sample(layer: Layer, position: int) -> dict[str, Any]:
    """The values of one row that fulfils the declaration; rows at different positions differ wherever they may."""
    values: dict[str, Any] = {one.name: _value(layer, one, position) for one in layer.fields}
    if layer.shape is not None:
        shape = _SHAPES[layer.shape].format(x=571_000 + position, y=1_320_000 + position)
        values["geom"] = func.ST_GeomFromText(shape, STORAGE_SRID)
    return values | {"source": "canaries", "source_ref": f"{layer.id}-{position}"}


def in_reference_order(catalog: Catalog) -> list[Layer]:
    """The layers, each after those that its fields refer to."""
    ordered: list[Layer] = []
    waiting = list(catalog.layers)
    while waiting:
        known = {layer.id for layer in ordered}
        ready = [one for one in waiting if {field.references for field in one.fields} <= {None, one.id, *known}]
        ordered += ready
        waiting = [one for one in waiting if one not in ready]
    return ordered


def _value(layer: Layer, one: Field, position: int) -> object:
    if one.codes:
        codes = one.codes.codes
        return codes[position % len(codes)].code
    if one.references:
        return position + 1  # in a fresh database the rows of every layer are numbered from 1
    if one.pattern:
        ward = WARDS[position % len(WARDS)]
        return ward if re.fullmatch(one.pattern, ward) else None
    if one.maximum is not None and one.maximum <= 1:
        return one.maximum / 2
    return _plain_value(layer, one, position)


def _plain_value(layer: Layer, one: Field, position: int) -> object:
    told = f"{layer.id}.{one.name} {position}"
    day = f"2026-01-{position + 1:02}"
    values: Mapping[str, object] = {
        "text": f"{CANARY} {told}" if one.personal else told,
        "boolean": position % 2 == 0,
        "date": day,
        "timestamp": f"{day}T08:00:00+07:00",
        "json": {"position": position},
        "uuid": f"00000000-0000-0000-0000-{position:012}",
    }
    return values.get(one.kind, CANARY_NUMBER + position if one.personal else 1 + position)
