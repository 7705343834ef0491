"""A collection's fields as JSON Schema: schema, queryables and sortables, with labels, units and codes."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.ogc.asked import Asked, Language
from api.ogc.memory import Codes
from gis_core.layer import Field, Layer
from gis_core.properties import SYSTEM_FIELDS, WRITTEN_BY_PEOPLE, comparable_fields, published_fields

_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "bigint": {"type": "integer"},
    "number": {"type": "number"},
    "money": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "json": {},
    "uuid": {"type": "string", "format": "uuid"},
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID_TITLE = {"vi": "Mã đối tượng", "en": "Feature id"}
_GEOMETRY_TITLE = {"vi": "Hình học", "en": "Geometry"}


def schema(asked: Asked, layer: Layer, codes: Codes) -> dict[str, Any]:
    """The schema of the collection's features: what is answered, and what an edit may send (Features Part 5)."""
    language, role = asked.language, asked.identity.role
    found = {"id": {"type": "integer", "title": _ID_TITLE[language], "x-ogc-role": "id", "readOnly": True}}
    found |= _geometry(layer, language)
    found |= _properties(layer, published_fields(layer, role), codes, language)
    for name, one in found.items():
        if name in SYSTEM_FIELDS and name not in WRITTEN_BY_PEOPLE:
            one["readOnly"] = True
    required = [one.name for one in layer.fields_for(role) if one.required]
    return _document(asked, layer, "schema", found) | ({"required": required} if required else {})


def queryables(asked: Asked, layer: Layer, codes: Codes) -> dict[str, Any]:
    """What features may be filtered by: the geometry and every single-valued property."""
    found = _geometry(layer, asked.language)
    found |= _properties(layer, comparable_fields(layer, asked.identity.role), codes, asked.language)
    return _document(asked, layer, "queryables", found) | {"additionalProperties": False}


def sortables(asked: Asked, layer: Layer, codes: Codes) -> dict[str, Any]:
    """What features may be sorted by: every single-valued property."""
    found = _properties(layer, comparable_fields(layer, asked.identity.role), codes, asked.language)
    return _document(asked, layer, "sortables", found) | {"additionalProperties": False}


def value_schema(one: Field, codes: Codes, language: Language) -> dict[str, Any]:
    """The JSON Schema of a field's values, null aside."""
    found: dict[str, Any] = {"title": one.title[language], **_TYPES[one.kind]}
    if one.note:
        found["description"] = one.note[language]
    if one.unit:
        found["x-ogc-unit"] = one.unit
    limits = {"minimum": one.minimum, "maximum": one.maximum, "pattern": one.pattern and f"^({one.pattern})$"}
    found |= {name: limit for name, limit in limits.items() if limit is not None}
    if one.codes and (known := codes.get(one.codes.id)):
        found["enum"] = list(known)
        found["oneOf"] = [{"const": code, "title": names[language == "en"]} for code, names in known.items()]
    if one.references:
        found |= {"x-ogc-role": "reference", "x-ogc-collectionId": one.references}
    return found


def _properties(layer: Layer, fields: Iterable[Field], codes: Codes, language: Language) -> dict[str, Any]:
    found = {one.name: value_schema(one, codes, language) for one in fields}
    roles = {"valid_from": "primary-interval-start", "valid_to": "primary-interval-end"}
    if not layer.validity and layer.moment:
        roles = {layer.moment: "primary-instant"}
    for name, role in roles.items():
        if name in found:
            found[name]["x-ogc-role"] = role
    for position, one in enumerate(found.values(), start=1):
        one["x-ogc-propertySeq"] = position
    return found


def _geometry(layer: Layer, language: Language) -> dict[str, Any]:
    if layer.shape is None:
        return {}
    kind = "any" if layer.shape == "Geometry" else layer.shape.lower()
    about = {"title": _GEOMETRY_TITLE[language], "format": f"geometry-{kind}", "x-ogc-role": "primary-geometry"}
    return {"geometry": about}


def _document(asked: Asked, layer: Layer, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": _DIALECT,
        "$id": f"{asked.ogc}/collections/{layer.id}/{name}",
        "type": "object",
        "title": layer.title[asked.language],
        "description": layer.description[asked.language],
        "properties": properties,
    }
