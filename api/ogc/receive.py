"""Features as clients send them: checked against the layer's schema, every mistake listed, turned into a change."""

import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
import shapely
from jsonschema import Draft202012Validator, FormatChecker
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from api.ogc.asked import Asked
from api.ogc.memory import Codes
from api.ogc.schema import value_schema
from gis_core.crs import CRS84, PublishedCrs, published, published_crs, transformer
from gis_core.edits import Change, writable_columns
from gis_core.errors import BadRequest, Mistakes
from gis_core.extent import STORAGE_AREA
from gis_core.layer import Field, Layer
from gis_core.properties import published_fields

_LIMITS = {"integer": 2**31, "bigint": 2**63, "money": 2**63}
_KEPT = ("source", "source_ref")
"""Where a row came from: a replacement that does not say keeps it."""
_FORMATS = FormatChecker(formats=())


def _is_date(words: object) -> bool:
    return not isinstance(words, str) or bool(date.fromisoformat(words))


def _is_instant(words: object) -> bool:
    return not isinstance(words, str) or datetime.fromisoformat(words).tzinfo is not None


def _is_uuid(words: object) -> bool:
    return not isinstance(words, str) or bool(uuid.UUID(words))


for _name, _check in (("date", _is_date), ("date-time", _is_instant), ("uuid", _is_uuid)):
    _FORMATS.checks(_name, ValueError)(_check)


@dataclass(frozen=True)
class Receiver:
    """Reads the features that one request sends. `codes` are the code lists of now."""

    layer: Layer
    asked: Asked
    codes: Codes

    def crs(self) -> PublishedCrs:
        """The reference system of the geometries sent, by Content-Crs. Raises `BadRequest`."""
        sent = self.asked.request.headers.get("content-crs")
        return published()[CRS84] if sent is None else published_crs(sent.strip().strip("<>"), "Content-Crs")

    def whole(self, document: Any, row_id: int | None = None) -> Change:
        """A new or replacing feature; what it leaves out becomes null. Raises `Mistakes`."""
        return self._read(document, row_id, partial=False)

    def part(self, document: Any, row_id: int) -> Change:
        """The members of a feature that a merge patch sets (RFC 7396). Raises `Mistakes`."""
        return self._read(document, row_id, partial=True)

    def _read(self, document: Any, row_id: int | None, *, partial: bool) -> Change:
        if not isinstance(document, dict):
            raise Mistakes([("", "a GeoJSON Feature is expected")])
        found = list(self._mistakes(document, row_id, partial=partial))
        system, geometry = self.crs(), None
        if self.layer.shape and ("geometry" in document or not partial):
            geometry = _geometry(self.layer, document.get("geometry"), system, found)
        if found:
            raise Mistakes(found)
        values = self._values(document.get("properties") or {}, replacing=row_id is not None, partial=partial)
        return Change(values | ({} if geometry is None else {"geom": geometry}), system.srid)

    def _mistakes(self, document: Mapping[str, Any], row_id: int | None, *, partial: bool) -> Iterator[tuple[str, str]]:
        if document.get("type", "Feature" if partial else None) != "Feature":
            yield "/type", "it must be 'Feature'"
        if "id" in document and str(document["id"]) != str(row_id) and row_id is not None:
            yield "/id", f"it differs from the id in the path, {row_id}"
        for name in sorted(document.keys() - {"type", "id", "geometry", "properties", "links", "bbox"}):
            yield f"/{name}", "a Feature has no such member here"
        validator = Draft202012Validator(self._schema(partial=partial), format_checker=_FORMATS)
        properties = document.get("properties")
        for fault in validator.iter_errors({} if partial and properties is None else properties):
            pointer = "/properties" + "".join(f"/{part}" for part in fault.absolute_path)
            yield pointer, fault.message if len(fault.message) < 200 else f"it breaks the rule '{fault.validator}'"

    def _schema(self, *, partial: bool) -> dict[str, Any]:
        fields = self._fields()
        required = [] if partial else [one.name for one in fields.values() if one.required]
        return {
            "type": "object",
            # Clients send back what they read: a property that the schema calls read-only is ignored, not refused.
            "properties": {one.name: True for one in published_fields(self.layer, self.asked.identity.role)}
            | {name: self._value_schema(one) for name, one in fields.items()},
            "required": required,
            "additionalProperties": False,
        }

    def _value_schema(self, one: Field) -> dict[str, Any]:
        found = value_schema(one, self.codes, self.asked.language)
        found.pop("oneOf", None)
        if one.kind in _LIMITS:
            found = {"minimum": -_LIMITS[one.kind], "maximum": _LIMITS[one.kind] - 1, **found}
        return found if one.required else {"anyOf": [{"type": "null"}, found]} if "enum" in found else _nullable(found)

    def _fields(self) -> dict[str, Field]:
        may = set(writable_columns(self.layer, self.asked.identity.role))
        return {one.name: one for one in published_fields(self.layer, self.asked.identity.role) if one.name in may}

    def _values(self, sent: Mapping[str, Any], *, replacing: bool, partial: bool) -> dict[str, Any]:
        fields = self._fields()
        names = [name for name in fields if name in sent or not (partial or name in _KEPT)]
        if partial or replacing or sent.get("source") is not None:
            return {name: _value(fields[name], sent.get(name)) for name in names}
        return {name: _value(fields[name], sent.get(name)) for name in names if name != "source"}


def body_of(content: bytes) -> Any:
    """The JSON that a client sent. Raises `BadRequest` where it is none, or has NUL characters."""
    if b"\0" in content or b"\\u0000" in content:
        raise BadRequest("Ký tự NUL không được phép. · NUL characters are not allowed.")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"Nội dung không phải JSON: {error}. · The content is not JSON: {error}.") from None


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | ({"type": [schema["type"], "null"]} if "type" in schema else {})


def _value(one: Field, value: Any) -> Any:
    if isinstance(value, str) and one.kind == "text":
        return unicodedata.normalize("NFC", value)
    return value


def _geometry(layer: Layer, sent: Any, system: PublishedCrs, mistakes: list[tuple[str, str]]) -> BaseGeometry | None:
    """The geometry, east first, of the layer's type; None and a mistake noted where it is wrong."""
    try:
        found = shapely.force_2d(shape(sent))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        mistakes.append(("/geometry", "it is missing, null, or no GeoJSON geometry"))
        return None
    if system.northing_first:
        found = shapely.transform(found, lambda points: points[:, ::-1])
    found = _as_many(found) if (layer.shape or "").startswith("Multi") else found
    if fault := _fault(layer, found, system):
        mistakes.append(("/geometry", fault))
        return None
    return found


def _fault(layer: Layer, found: BaseGeometry, system: PublishedCrs) -> str | None:
    if found.is_empty or not np.isfinite(shapely.get_coordinates(found)).all():
        return "it is empty or not finite"
    if layer.shape not in ("Geometry", found.geom_type):
        return f"the layer holds {layer.shape}, not {found.geom_type}"
    if not found.is_valid:
        return f"it is not valid: {shapely.is_valid_reason(found)}"
    west, south, east, north = transformer(system.srid, 4326).transform_bounds(*found.bounds)
    left, bottom, right, top = STORAGE_AREA
    if not (left <= west <= east <= right and bottom <= south <= north <= top):
        return "it lies outside Việt Nam; check Content-Crs and the order of the axes"
    return None


def _as_many(found: BaseGeometry) -> BaseGeometry:
    if found.geom_type in ("Polygon", "LineString", "Point"):
        many: BaseGeometry = getattr(shapely, f"multi{found.geom_type.lower()}s")([found])
        return many
    return found
