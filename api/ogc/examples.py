"""Examples for the OpenAPI document of parameters and bodies: this server takes them as they stand."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, literal, select, union_all

from api.ogc.asked import Asked
from api.ogc.memory import Codes
from api.ogc.schema import value_schema
from gis_core.edits import writable_columns
from gis_core.layer import Field, Kind, Layer, Shape
from gis_core.properties import published_fields
from gis_core.table import table

_VALUES: Mapping[Kind, Any] = {
    "integer": 1, "bigint": 1, "number": 12.5, "money": 1_000_000, "boolean": True, "date": "2025-07-01",
    "timestamp": "2025-07-01T08:00:00+07:00", "uuid": "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "json": {},
}  # fmt: skip
_WORDS = ("Ví dụ", "1/500", "01", "99999", "0123456789", "001085000001")
"""Texts, of which a field's example is the first that its pattern lets pass."""
_POINT = [108.4383, 11.9404]
_LINE = [_POINT, [108.4391, 11.9404]]
_RING = [_POINT, [108.4387, 11.9404], [108.4387, 11.9408], [108.4383, 11.9408], _POINT]
_GEOMETRIES: Mapping[Shape, dict[str, Any]] = {
    "Point": {"type": "Point", "coordinates": _POINT},
    "LineString": {"type": "LineString", "coordinates": _LINE},
    "MultiLineString": {"type": "MultiLineString", "coordinates": [_LINE]},
    "Polygon": {"type": "Polygon", "coordinates": [_RING]},
    "MultiPolygon": {"type": "MultiPolygon", "coordinates": [[_RING]]},
    "Geometry": {"type": "Point", "coordinates": _POINT},
}


def first_ids(connection: Connection, layers: Iterable[Layer]) -> dict[str, int]:
    """The lowest id that the identity sees of each layer, by layer; those without rows are left out."""
    one_each = [
        select(literal(layer.id), table(layer).c.id).order_by(table(layer).c.id).limit(1).subquery().select()
        for layer in layers
    ]
    return {row[0]: row[1] for row in connection.execute(union_all(*one_each))} if one_each else {}


def value_example(one: Field, schema: Mapping[str, Any]) -> Any:
    """A value of the field."""
    if "enum" in schema:
        return schema["enum"][0]
    if one.kind != "text":
        return _VALUES[one.kind]
    return next((words for words in _WORDS if re.fullmatch(one.pattern or ".*", words)), "")


def filter_examples(layer: Layer, fields: Iterable[Field]) -> dict[str, dict[str, str]]:
    """Filters in CQL2 text, by name, that hold for the layer's properties."""
    words = next(one.name for one in fields if one.kind == "text" and not one.codes)
    found = {"text": {"value": f"casei(accenti({words})) LIKE casei(accenti('xuân hương%'))"}}
    if layer.shape:
        found["box"] = {"value": "S_INTERSECTS(geometry,BBOX(108.43,11.93,108.45,11.95))"}
    if layer.validity:
        found["time"] = {"value": "T_INTERSECTS(INTERVAL(valid_from,valid_to),INTERVAL('2025-07-01','..'))"}
    return found


def feature_example(asked: Asked, layer: Layer, codes: Codes) -> dict[str, Any]:
    """A feature that the identity may create: what is required, no more.

    Where the identity has wards of its own, the feature lies in the first.
    """
    role, properties = asked.identity.role, dict[str, Any]()
    may = writable_columns(layer, role)
    for one in published_fields(layer, role):
        if one.name == "ward_code" and asked.identity.wards:
            properties[one.name] = min(asked.identity.wards)
        elif one.required and one.name in may:
            properties[one.name] = value_example(one, value_schema(one, codes, asked.language))
    geometry = _GEOMETRIES[layer.shape] if layer.shape else None
    return {"type": "Feature", "geometry": geometry, "properties": properties}
