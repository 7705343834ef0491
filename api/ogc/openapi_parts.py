"""The reusable parts of the OpenAPI document. Texts are pairs, Vietnamese and English."""

from typing import Any, cast

from api.ogc.asked import Language
from api.ogc.parameters import LIMIT_DEFAULT, LIMIT_MAXIMUM, OFFSET_MAXIMUM
from gis_core.exports import FILE_FORMATS
from gis_core.layer import Text


def _query(name: str, about: Text, schema: dict[str, Any], **members: Any) -> dict[str, Any]:
    # Style and explode are written out: the conformance suite does not know their defaults.
    return {
        "name": name, "in": "query", "required": False, "description": about, "style": "form", "explode": False,
        "schema": schema, **members,
    }  # fmt: skip


_FILE_TYPES = {name: one.media_type for name, one in FILE_FORMATS.items() if name != "geojson"}
_MEDIA_TYPES = {
    "json": "application/json", "geojson": "application/geo+json", "html": "text/html",
    "schema": "application/schema+json", "openapi": "application/vnd.oai.openapi+json;version=3.0",
    "problem": "application/problem+json", **_FILE_TYPES,
}  # fmt: skip


def _answer(about: Text, **content: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {_MEDIA_TYPES[name]: {"schema": one} for name, one in content.items()}}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_HTML = {"type": "string"}
_STRINGS = {"type": "array", "items": {"type": "string"}}

PARAMETERS = {
    "f": _query("f", Text("Định dạng", "Format"), {"type": "string", "enum": ["json", "html"]}),
    "f-items": _query("f", Text("Định dạng", "Format"), {"type": "string", "enum": ["json", "html", *FILE_FORMATS]}),
    "lang": _query("lang", Text("Ngôn ngữ", "Language"), {"type": "string", "enum": ["vi", "en"], "default": "vi"}),
    "limit": _query(
        "limit",
        Text("Số đối tượng mỗi trang", "Features per page"),
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAXIMUM, "default": LIMIT_DEFAULT},
    ),
    "offset": _query(
        "offset",
        Text("Bỏ qua bao nhiêu đối tượng; liên kết 'next' nhanh hơn", "Features to skip; 'next' links are faster"),
        {"type": "integer", "minimum": 0, "maximum": OFFSET_MAXIMUM, "default": 0},
    ),
    "after": _query(
        "after", Text("Vị trí trang, lấy từ liên kết 'next'", "Page position, from a 'next' link"), {"type": "string"}
    ),
    "bbox": _query(
        "bbox",
        Text("Vùng: 4 hoặc 6 số theo trục của bbox-crs", "Box: 4 or 6 numbers in the axis order of bbox-crs"),
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        example=[108.40, 11.90, 108.50, 12.00],
    ),
    "filter": _query(
        "filter", Text("Điều kiện lọc CQL2", "CQL2 filter"), {"type": "string"},
        examples={
            "text": {"value": "casei(accenti(name)) LIKE casei(accenti('xuan huong%'))"},
            "box": {"value": "S_INTERSECTS(geometry,BBOX(108.43,11.93,108.45,11.95))"},
        },
    ),
    "filter-lang": _query(
        "filter-lang", Text("Ngôn ngữ của điều kiện", "Language of the filter"),
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
    ),
    "datetime": _query(
        "datetime",
        Text("Thời điểm hoặc khoảng theo hiệu lực pháp lý", "Instant or interval, on the axis of legal validity"),
        {"type": "string"},
        example="2025-07-01/..",
    ),
    "properties": _query("properties", Text("Chỉ các thuộc tính này", "Only these properties"), _STRINGS),
    "sortby": _query("sortby", Text("Sắp xếp; '-' là giảm dần", "Sort keys; '-' means descending"), _STRINGS),
    "skipGeometry": _query(
        "skipGeometry", Text("Không gửi hình học", "Leave geometries out"), {"type": "boolean", "default": False}
    ),
}  # fmt: skip

_HEADER = {"in": "header", "required": False, "schema": {"type": "string"}}
PARAMETERS |= {
    "If-Match": _HEADER | {
        "name": "If-Match", "required": True,
        "description": Text("ETag đã đọc, hoặc *", "The entity tag that was read, or *"),
    },
    "Content-Crs": _HEADER | {
        "name": "Content-Crs",
        "description": Text("Hệ toạ độ của hình học gửi lên", "Reference system of the geometry sent, as <URI>"),
    },
}  # fmt: skip

RESPONSES = {
    "Edited": {"description": Text("Đã ghi", "Done")},
    "LandingPage": _answer(Text("Trang chủ", "Landing page"), json=_of("landingPage"), html=_HTML),
    "ConformanceDeclaration": _answer(Text("Lớp tuân thủ", "Conformance"), json=_of("confClasses"), html=_HTML),
    "OpenAPI": _answer(Text("Tài liệu này", "This document"), openapi={"type": "object"}, html=_HTML),
    "Collections": _answer(Text("Các lớp dữ liệu", "Collections"), json=_of("collections"), html=_HTML),
    "Collection": _answer(Text("Một lớp dữ liệu", "A collection"), json=_of("collection"), html=_HTML),
    "Schema": _answer(Text("Lược đồ JSON", "A JSON Schema"), schema={"type": "object"}, html=_HTML),
    "Features": _answer(
        Text("Một trang đối tượng", "A page of features"),
        geojson=_of("featureCollection"),
        html=_HTML,
        **{name: {"type": "string", "format": "binary"} for name in _FILE_TYPES},
    ),
    "Feature": _answer(Text("Một đối tượng", "A feature"), geojson=_of("feature"), html=_HTML),
    "NotModified": {"description": Text("Không đổi so với ETag", "Not changed since the entity tag")},
    "Problem": _answer(Text("Yêu cầu bị từ chối, kèm lý do", "Refused, with the reason"), problem=_of("problem")),
}

_LINKS = {"type": "array", "items": _of("link")}
_GEOMETRIES = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]


def _object(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


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
    "featureCollection": _object(["type", "features"], type={"type": "string", "enum": ["FeatureCollection"]},
                                 features={"type": "array", "items": _of("feature")}, links=_LINKS,
                                 timeStamp={"type": "string", "format": "date-time"}, numberMatched=_COUNT,
                                 numberReturned=_COUNT, numberMatchedIsEstimate={"type": "boolean"}),
    "problem": _object(["title", "status"], type=_STRING, title=_STRING, status={"type": "integer"}, detail=_STRING),
}  # fmt: skip


def localized(part: Any, language: Language) -> Any:
    """The part with each pair of texts replaced by the one in `language`."""
    if isinstance(part, Text):
        return part[language]
    if isinstance(part, dict):
        return {name: localized(value, language) for name, value in cast(dict[str, Any], part).items()}
    return part
