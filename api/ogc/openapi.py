"""The OpenAPI 3.0 document of the API: self-contained, for the collections that the identity may read."""

from typing import Any

from api.ogc.asked import Asked, Language
from api.ogc.configuration import DESCRIPTION, TITLE
from api.ogc.memory import Codes
from api.ogc.openapi_parts import PARAMETERS, RESPONSES, SCHEMAS, localized
from api.ogc.schema import value_schema
from gis_core.crs import published
from gis_core.edits import writable_columns
from gis_core.layer import Layer, Text
from gis_core.properties import comparable_fields

OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0"

Operation = dict[str, Any]
_ITEMS_PARAMETERS = (
    "bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "after", "properties", "sortby", "skipGeometry",
    "filter", "filter-lang", "filter-crs", "f-items", "lang",
)  # fmt: skip
_ITEM_PARAMETERS = ("crs", "properties", "skipGeometry", "f", "lang")


def document(asked: Asked, codes: Codes) -> dict[str, Any]:
    """The OpenAPI document, its texts in the language asked for."""
    language = asked.language
    layers = asked.platform.catalog.readable_by(asked.identity.role)
    paths = _document_paths(language, [layer.id for layer in layers])
    for layer in layers:
        paths |= _feature_paths(asked, layer, codes)
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
            "responses": localized(RESPONSES, language),
            "schemas": SCHEMAS,
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
    found = {path: {"get": _get(name, answer, title, language)} for path, (name, answer, title) in plain.items()}
    for path, (name, answer, title) in single.items():
        operation = _get(name, answer, title, language) | {"parameters": [collection, *_references("f", "lang")]}
        operation["responses"]["404"] = {"$ref": "#/components/responses/Problem"}
        found["/collections/{collectionId}" + path] = {"get": operation}
    return found


def _get(operation_id: str, answer: str, title: Text, language: Language, tag: str = "API") -> Operation:
    return {
        "operationId": operation_id,
        "summary": title[language],
        "tags": [tag],
        "parameters": _references("f", "lang"),
        "responses": {
            "200": {"$ref": f"#/components/responses/{answer}"},
            "400": {"$ref": "#/components/responses/Problem"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _feature_paths(asked: Asked, layer: Layer, codes: Codes) -> dict[str, Any]:
    language, here = asked.language, f"/collections/{layer.id}/items"
    items = _get(f"{layer.id}.getFeatures", "Features", layer.title, language, layer.id)
    fields = comparable_fields(layer, asked.identity.role)
    items["description"] = layer.description[language]
    items["parameters"] = [
        *_references(*_ITEMS_PARAMETERS),
        *({
            "name": one.name, "in": "query", "required": False, "style": "form", "explode": False,
            "schema": _openapi_schema(value_schema(one, codes, language)),
        } for one in fields),
    ]  # fmt: skip
    item = _get(f"{layer.id}.getFeature", "Feature", layer.title, language, layer.id)
    feature_id = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "integer"}, "example": 1}
    item["parameters"] = [feature_id, *_references(*_ITEM_PARAMETERS)]
    for operation in (items, item):
        operation["responses"] |= {name: {"$ref": "#/components/responses/Problem"} for name in ("404",)}
        operation["responses"]["304"] = {"$ref": "#/components/responses/NotModified"}
    found = {here: {"get": items}, here + "/{featureId}": {"get": item}}
    if writable_columns(layer, asked.identity.role):
        _add_edits(found, layer, language)
    return found


def _add_edits(paths: dict[str, Any], layer: Layer, language: Language) -> None:
    items, item = paths
    paths[items]["post"] = _edit(f"{layer.id}.createFeature", "201", Text("Tạo đối tượng", "Create"), layer, language)
    for method, name, title in (
        ("put", "replaceFeature", Text("Thay đối tượng", "Replace")),
        ("patch", "updateFeature", Text("Sửa đối tượng", "Update")),
        ("delete", "deleteFeature", Text("Xoá đối tượng", "Delete")),
    ):
        paths[item][method] = _edit(f"{layer.id}.{name}", "204", title, layer, language)
        paths[item][method]["parameters"] = [paths[item]["get"]["parameters"][0], *_references("If-Match")]
    del paths[item]["delete"]["requestBody"]


def _edit(operation_id: str, status: str, title: Text, layer: Layer, language: Language) -> Operation:
    refused = {code: {"$ref": "#/components/responses/Problem"} for code in ("400", "403", "404", "409", "412", "428")}
    return {
        "operationId": operation_id,
        "summary": f"{title[language]}: {layer.title[language]}",
        "tags": [layer.id],
        "parameters": _references("Content-Crs"),
        "requestBody": {
            "required": True,
            "content": {"application/geo+json": {"schema": {"$ref": "#/components/schemas/feature"}}},
        },
        "responses": {status: {"$ref": "#/components/responses/Edited"}, **refused},
    }


def _openapi_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema in OpenAPI 3.0's dialect, which has no `const`."""
    return {name: value for name, value in schema.items() if name not in ("oneOf", "x-ogc-role", "x-ogc-collectionId")}


def _references(*names: str) -> list[dict[str, Any]]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _crs_parameter(name: str) -> dict[str, Any]:
    uris = list(published())
    return {
        "name": name, "in": "query", "required": False, "style": "form", "explode": False,
        "schema": {"type": "string", "format": "uri", "enum": uris, "default": uris[0]},
    }  # fmt: skip
