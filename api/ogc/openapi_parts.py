"""The reusable parts of the OpenAPI document. Texts are pairs, Vietnamese and English."""

from collections.abc import Mapping
from typing import Any, cast

from api.ogc.answer_examples import (
    CHANGED,
    COLLECTION,
    COLLECTIONS,
    CONFORMANCE,
    FEATURE,
    FEATURES,
    LANDING_PAGE,
    PROBLEM,
    SCHEMA,
)
from api.ogc.asked import Language
from api.ogc.parameters import LIMIT_DEFAULT, LIMIT_MAXIMUM, OFFSET_MAXIMUM
from gis_core.crs import CRS84
from gis_core.exports import FILE_FORMATS
from gis_core.jsonfg import JSONFG
from gis_core.layer import Text
from gis_core.paging import encode_key


def _query(name: str, about: Text, schema: dict[str, Any], **members: Any) -> dict[str, Any]:
    # Style and explode are written out: the conformance suite does not know their defaults.
    return {
        "name": name, "in": "query", "required": False, "description": about, "style": "form", "explode": False,
        "schema": schema, **members,
    }  # fmt: skip


_HTML = {"type": "string"}
_STRINGS = {"type": "array", "items": {"type": "string"}}
_FILE_TYPES = {name: one.media_type for name, one in FILE_FORMATS.items() if "json" not in name}
_MEDIA_TYPES = {
    "json": "application/json", "geojson": "application/geo+json", "jsonfg": JSONFG, "html": "text/html",
    "schema": "application/schema+json", "openapi": "application/vnd.oai.openapi+json;version=3.0",
    "problem": "application/problem+json", **_FILE_TYPES,
}  # fmt: skip


def _formats(*names: str) -> dict[str, Any]:
    return _query("f", Text("Định dạng", "Format"), {"type": "string", "enum": list(names)}, example="json")


def filter_parameter(examples: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter `filter` of one collection, whose examples speak of its properties."""
    return _query("filter", Text("Điều kiện lọc CQL2", "CQL2 filter"), {"type": "string"}, examples=examples)


def _answer(about: Text, example: Any = None, **content: dict[str, Any]) -> dict[str, Any]:
    """The answer by media type; the example is one of the first."""
    found = {_MEDIA_TYPES[name]: {"schema": one} for name, one in content.items()}
    if example is not None:
        next(iter(found.values()))["example"] = example
    return {"description": about, "content": found}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


PARAMETERS = {
    "f": _formats("json", "html"),
    "f-item": _formats("json", "html", "jsonfg"),
    "f-items": _formats("json", "html", "jsonfg", *FILE_FORMATS),
    "profile": _query(
        "profile", Text("Quy cách của GeoJSON", "Profile of GeoJSON"),
        _STRINGS | {"default": ["rfc7946"]}, example=["jsonfg"],
    ),
    "lang": _query(
        "lang", Text("Ngôn ngữ", "Language"), {"type": "string", "enum": ["vi", "en"], "default": "vi"}, example="en"
    ),
    "limit": _query(
        "limit",
        Text("Số đối tượng mỗi trang", "Features per page"),
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAXIMUM, "default": LIMIT_DEFAULT},
        example=100,
    ),
    "offset": _query(
        "offset",
        Text("Bỏ qua bao nhiêu đối tượng; liên kết 'next' nhanh hơn", "Features to skip; 'next' links are faster"),
        {"type": "integer", "minimum": 0, "maximum": OFFSET_MAXIMUM, "default": 0},
        example=20,
    ),
    "after": _query(
        "after", Text("Vị trí trang, lấy từ liên kết 'next'", "Page position, from a 'next' link"), {"type": "string"},
        example=encode_key([10]),
    ),
    "bbox": _query(
        "bbox",
        Text("Vùng: 4 hoặc 6 số theo trục của bbox-crs", "Box: 4 or 6 numbers in the axis order of bbox-crs"),
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        example=[108.40, 11.90, 108.50, 12.00],
    ),
    "filter-lang": _query(
        "filter-lang", Text("Ngôn ngữ của điều kiện", "Language of the filter"),
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}, example="cql2-text",
    ),
    "datetime": _query(
        "datetime",
        Text("Thời điểm hoặc khoảng theo hiệu lực pháp lý", "Instant or interval, on the axis of legal validity"),
        {"type": "string"},
        example="2025-07-01/..",
    ),
    "properties": _query("properties", Text("Chỉ các thuộc tính này", "Only these properties"), _STRINGS,
                         example=["source", "updated_at"]),
    "sortby": _query("sortby", Text("Sắp xếp; '-' là giảm dần", "Sort keys; '-' means descending"), _STRINGS,
                     example=["-updated_at"]),
    "skipGeometry": _query(
        "skipGeometry", Text("Không gửi hình học", "Leave geometries out"), {"type": "boolean", "default": False},
        example=True,
    ),
}  # fmt: skip

_HEADER = {"in": "header", "required": False, "schema": {"type": "string"}}
PARAMETERS |= {
    "If-Match": _HEADER | {
        "name": "If-Match", "required": True, "example": "*",
        "description": Text("ETag đã đọc, hoặc *", "The entity tag that was read, or *"),
    },
    "Content-Crs": _HEADER | {
        "name": "Content-Crs", "example": f"<{CRS84}>",
        "description": Text("Hệ toạ độ của hình học gửi lên", "Reference system of the geometry sent, as <URI>"),
    },
}  # fmt: skip

RESPONSES = {
    "Edited": {"description": Text("Đã ghi", "Done")},
    "Changed": _answer(Text("Đã ghi tất cả", "All is done"), CHANGED, json=_of("changed")),
    "LandingPage": _answer(Text("Trang chủ", "Landing page"), LANDING_PAGE, json=_of("landingPage"), html=_HTML),
    "ConformanceDeclaration": _answer(
        Text("Lớp tuân thủ", "Conformance"), CONFORMANCE, json=_of("confClasses"), html=_HTML
    ),
    "OpenAPI": _answer(Text("Tài liệu này", "This document"), openapi={"type": "object"}, html=_HTML),
    "Collections": _answer(Text("Các lớp dữ liệu", "Collections"), COLLECTIONS, json=_of("collections"), html=_HTML),
    "Collection": _answer(Text("Một lớp dữ liệu", "A collection"), COLLECTION, json=_of("collection"), html=_HTML),
    "Schema": _answer(Text("Lược đồ JSON", "A JSON Schema"), SCHEMA, schema={"type": "object"}, html=_HTML),
    "Features": _answer(
        Text("Một trang đối tượng", "A page of features"),
        FEATURES,
        geojson=_of("featureCollection"),
        jsonfg=_of("featureCollection"),
        html=_HTML,
        **{name: {"type": "string", "format": "binary"} for name in _FILE_TYPES},
    ),
    "Feature": _answer(
        Text("Một đối tượng", "A feature"), FEATURE, geojson=_of("feature"), jsonfg=_of("feature"), html=_HTML
    ),
    "NotModified": {"description": Text("Không đổi so với ETag", "Not changed since the entity tag")},
    "Problem": _answer(
        Text("Yêu cầu bị từ chối, kèm lý do", "Refused, with the reason"), PROBLEM, problem=_of("problem")
    ),
}

_LINKS = {"type": "array", "items": _of("link")}
_GEOMETRIES = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]


def _object(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return found | ({"required": required} if required else {})


_STRING, _COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}

SCHEMAS = {
    "link": _object(["href", "rel"], href=_STRING, rel=_STRING, type=_STRING, title=_STRING),
    "landingPage": _object(["links"], title=_STRING, description=_STRING, links=_LINKS),
    "confClasses": _object(["conformsTo"], conformsTo=_STRINGS),
    "collections": _object(["links", "collections"], links=_LINKS,
                           collections={"type": "array", "items": _of("collection")}, crs=_STRINGS),
    "collection": _object(["id", "links"], id=_STRING, title=_STRING, description=_STRING, links=_LINKS,
                          extent={"type": "object"}, itemType={"type": "string", "default": "feature"},
                          crs=_STRINGS, storageCrs=_STRING),
    "geometry": _object(["type"], type={"type": "string", "enum": _GEOMETRIES}) | {"nullable": True},
    "feature": _object(["type", "geometry", "properties"], type={"type": "string", "enum": ["Feature"]},
                       id={"type": "integer"}, geometry=_of("geometry"),
                       properties={"type": "object", "nullable": True}, links=_LINKS),
    "featurePatch": _object([], type={"type": "string", "enum": ["Feature"]}, geometry=_of("geometry"),
                            properties={"type": "object"}),
    "changes": _object(["changes"], changes={"type": "array", "minItems": 1, "items": _of("change")}),
    "change": _object(["op"], op={"type": "string", "enum": ["create", "replace", "update", "delete"]},
                      id={"type": "integer"}, version={"type": "integer"}, feature=_of("featurePatch")),
    "changed": _object(["changed", "features"], changed=_COUNT, features={"type": "array", "items": _object(
        ["id"], id={"type": "integer"}, version={"type": "integer", "nullable": True})}),
    "featureCollection": _object(["type", "features"], type={"type": "string", "enum": ["FeatureCollection"]},
                                 features={"type": "array", "items": _of("feature")}, links=_LINKS,
                                 timeStamp={"type": "string", "format": "date-time"}, numberMatched=_COUNT,
                                 numberReturned=_COUNT, numberMatchedIsEstimate={"type": "boolean"}),
    "problem": _object(["title", "status"], type=_STRING, title=_STRING, status={"type": "integer"}, detail=_STRING),
}  # fmt: skip


def get_operation(operation_id: str, answer: str, title: Text, language: Language, tag: str = "API") -> dict[str, Any]:
    """The operation GET of a document, which takes `f` and `lang`."""
    return {
        "operationId": operation_id,
        "summary": title[language],
        "tags": [tag],
        "parameters": references("f", "lang"),
        "responses": {
            "200": {"$ref": f"#/components/responses/{answer}"},
            "400": {"$ref": "#/components/responses/Problem"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def references(*names: str) -> list[dict[str, Any]]:
    """References to parameters of this module."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def localized(part: Any, language: Language) -> Any:
    """The part with each pair of texts replaced by the one in `language`."""
    if isinstance(part, Text):
        return part[language]
    if isinstance(part, dict):
        return {name: localized(value, language) for name, value in cast(dict[str, Any], part).items()}
    return part
