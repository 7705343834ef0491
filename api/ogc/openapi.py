"""The OpenAPI 3.0 document of the API: self-contained, for the collections that the identity may read."""

from collections.abc import Mapping
from typing import Any

from api.ogc.asked import Asked, Language
from api.ogc.configuration import DESCRIPTION, TITLE
from api.ogc.examples import feature_example, filter_examples, value_example
from api.ogc.memory import Codes
from api.ogc.openapi_coverages import coverage_paths
from api.ogc.openapi_edits import edit_paths
from api.ogc.openapi_parts import (
    PARAMETERS,
    RESPONSES,
    SCHEMAS,
    filter_parameter,
    get_operation,
    localized,
    references,
)
from api.ogc.openapi_processes import PROCESS_RESPONSES, PROCESS_SCHEMAS, process_paths
from api.ogc.openapi_tiles import TILE_RESPONSES, TILE_SCHEMAS, tile_paths
from api.ogc.schema import value_schema
from gis_core.crs import published
from gis_core.edits import writable_columns
from gis_core.layer import Field, Layer, Text
from gis_core.properties import comparable_fields

OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0"

_ITEMS_PARAMETERS = (
    "bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "after", "properties", "sortby", "skipGeometry",
    "filter-lang", "filter-crs", "profile", "f-items", "lang",
)  # fmt: skip
_ITEM_PARAMETERS = ("crs", "properties", "skipGeometry", "profile", "f-item", "lang")


def document(asked: Asked, codes: Codes, ids: Mapping[str, int]) -> dict[str, Any]:
    """The OpenAPI document, its texts in the language asked for. `ids`: a feature of each layer, for examples."""
    language = asked.language
    layers = asked.platform.catalog.readable_by(asked.identity.role)
    paths = _document_paths(language, [layer.id for layer in layers])
    for layer in layers:
        paths |= _feature_paths(asked, layer, codes, ids)
    paths |= coverage_paths(asked)
    paths |= tile_paths(language, [layer.id for layer in layers if layer.tiles])
    paths |= process_paths(language, [job for job in asked.platform.jobs if asked.identity.role in job.roles])
    return {
        "openapi": "3.0.3",
        "info": {
            "title": TITLE[language],
            "description": DESCRIPTION[language],
            "version": "1.0.0",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "contact": {"name": "Langbiang", "url": f"{asked.root}/"},
        },
        "servers": [{"url": asked.ogc}],
        "tags": [{"name": "API"}, *({"name": one.id, "description": one.title[language]} for one in layers)],
        "paths": paths,
        "components": {
            "parameters": localized(PARAMETERS, language)
            | {name: _crs_parameter(name) for name in ("crs", "bbox-crs", "filter-crs")},
            "responses": localized(RESPONSES | TILE_RESPONSES | PROCESS_RESPONSES, language),
            "schemas": SCHEMAS | TILE_SCHEMAS | PROCESS_SCHEMAS,
        },
    }  # fmt: skip


def _document_paths(language: Language, collection_ids: list[str]) -> dict[str, Any]:
    collection = {
        "name": "collectionId", "in": "path", "required": True,
        "schema": {"type": "string", "enum": collection_ids}, "example": collection_ids[0],
    }  # fmt: skip
    plain = {
        "/": ("getLandingPage", "LandingPage", Text("Trang chủ của API", "Landing page")),
        "/conformance": ("getConformanceDeclaration", "ConformanceDeclaration", Text("Lớp tuân thủ", "Conformance")),
        "/openapi": ("getOpenAPI", "OpenAPI", Text("Tài liệu này", "This document")),
        "/collections": ("getCollections", "Collections", Text("Các lớp dữ liệu", "Collections")),
    }
    single = {
        "": ("describeCollection", "Collection", Text("Mô tả một lớp", "One collection")),
        "/schema": ("getSchema", "Schema", Text("Lược đồ", "Schema")),
        "/queryables": ("getQueryables", "Schema", Text("Thuộc tính lọc được", "Queryables")),
        "/sortables": ("getSortables", "Schema", Text("Thuộc tính sắp xếp được", "Sortables")),
    }
    found = {
        path: {"get": get_operation(name, answer, title, language)} for path, (name, answer, title) in plain.items()
    }
    for path, (name, answer, title) in single.items():
        operation = get_operation(name, answer, title, language) | {
            "parameters": [collection, *references("f", "lang")]
        }
        operation["responses"]["404"] = {"$ref": "#/components/responses/Problem"}
        found["/collections/{collectionId}" + path] = {"get": operation}
    return found


def _feature_paths(asked: Asked, layer: Layer, codes: Codes, ids: Mapping[str, int]) -> dict[str, Any]:
    language, here = asked.language, f"/collections/{layer.id}/items"
    items = get_operation(f"{layer.id}.getFeatures", "Features", layer.title, language, layer.id)
    fields = comparable_fields(layer, asked.identity.role)
    items["description"] = layer.description[language]
    items["parameters"] = [
        *references(*_ITEMS_PARAMETERS),
        localized(filter_parameter(filter_examples(layer, fields)), language),
        *(_property_parameter(one, value_schema(one, codes, language)) for one in fields),
    ]
    item = get_operation(f"{layer.id}.getFeature", "Feature", layer.title, language, layer.id)
    feature_id = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "integer"}}
    if layer.id in ids:
        feature_id["example"] = ids[layer.id]
    item["parameters"] = [feature_id, *references(*_ITEM_PARAMETERS)]
    for operation in (items, item):
        operation["responses"] |= {name: {"$ref": "#/components/responses/Problem"} for name in ("404",)}
        operation["responses"]["304"] = {"$ref": "#/components/responses/NotModified"}
    found = {here: {"get": items}, here + "/{featureId}": {"get": item}}
    if writable_columns(layer, asked.identity.role):
        found |= edit_paths(found, layer, language, feature_example(asked, layer, codes))
    return found


def _property_parameter(one: Field, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one.name, "in": "query", "required": False, "style": "form", "explode": False,
        "schema": _openapi_schema(schema), "example": value_example(one, schema),
    }  # fmt: skip


def _openapi_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema in OpenAPI 3.0's dialect, which has no `const`."""
    return {name: value for name, value in schema.items() if name not in ("oneOf", "x-ogc-role", "x-ogc-collectionId")}


def _crs_parameter(name: str) -> dict[str, Any]:
    uris = list(published())
    return {
        "name": name, "in": "query", "required": False, "style": "form", "explode": False,
        "schema": {"type": "string", "format": "uri", "enum": uris, "default": uris[0]}, "example": uris[0],
    }  # fmt: skip
