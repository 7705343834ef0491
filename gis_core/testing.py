"""Rows for tests: the least a layer's table accepts, so that a test names only what it is about."""

from typing import Any

from sqlalchemy import Connection, func, insert

from gis_core.crs import STORAGE_SRID
from gis_core.layer import Field, Layer
from gis_core.table import table

CENTRE = (575_500.0, 1_320_700.0)
"""A place in the middle of Đà Lạt, in metres of EPSG:5899."""

_SAMPLES: dict[str, Any] = {
    "text": "mẫu", "integer": 1, "bigint": 1, "number": 1.0, "money": 1, "boolean": True, "date": "2026-01-02",
    "timestamp": "2026-01-02T03:04:05+07:00", "json": {}, "uuid": "00000000-0000-0000-0000-000000000001",
}  # fmt: skip


def square(x: float = 0.0, y: float = 0.0, size: float = 10.0) -> str:
    """A square as WKT, `size` metres wide, its lower left corner `x`, `y` metres from the centre."""
    left, low = CENTRE[0] + x, CENTRE[1] + y
    right, high = left + size, low + size
    return f"MULTIPOLYGON((({left} {low},{right} {low},{right} {high},{left} {high},{left} {low})))"


def point(x: float = 0.0, y: float = 0.0) -> str:
    """A point as WKT, `x`, `y` metres from the centre."""
    return f"POINT({CENTRE[0] + x} {CENTRE[1] + y})"


def add(connection: Connection, layer: Layer, wkt: str | None = None, **values: Any) -> int:
    """The id of a new row of `layer` with `values`; compulsory fields not named get some legal value."""
    row = {one.name: _sample(one) for one in layer.fields if one.required} | values
    if wkt is not None:
        row["geom"] = func.ST_GeomFromText(wkt, STORAGE_SRID)
    return int(connection.execute(insert(table(layer)).values(row).returning(table(layer).c.id)).scalar_one())


def _sample(one: Field) -> Any:
    if one.codes:
        return one.codes.codes[0].code
    return "24778" if one.pattern == "[0-9]{5}" else _SAMPLES[one.kind]
