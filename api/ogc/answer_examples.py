"""Examples of answers for the OpenAPI document: what a city of this kind is told, shortened."""

from typing import Any

_ROOT = "https://langbiang.example/ogc"


def _link(path: str, rel: str, media_type: str = "application/json") -> dict[str, str]:
    return {"href": f"{_ROOT}{path}", "rel": rel, "type": media_type}


FEATURE: dict[str, Any] = {
    "type": "Feature",
    "id": 7,
    "geometry": {"type": "Point", "coordinates": [108.4383, 11.9404]},
    "properties": {"name": "Chợ Đà Lạt", "place_kind": "market"},
    "links": [_link("/collections/places/items/7", "self", "application/geo+json")],
}
FEATURES: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [{name: value for name, value in FEATURE.items() if name != "links"}],
    "links": [
        _link("/collections/places/items?limit=1", "self", "application/geo+json"),
        _link("/collections/places/items?limit=1&after=Wzdd", "next", "application/geo+json"),
    ],
    "timeStamp": "2026-01-05T01:30:00Z",
    "numberMatched": 137,
    "numberReturned": 1,
}
LANDING_PAGE: dict[str, Any] = {
    "title": "Langbiang",
    "links": [_link("", "self"), _link("/conformance", "conformance"), _link("/collections", "data")],
}
CONFORMANCE = {"conformsTo": ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"]}
COLLECTION: dict[str, Any] = {
    "id": "places",
    "title": "Địa điểm",
    "links": [_link("/collections/places/items", "items", "application/geo+json")],
    "extent": {"spatial": {"bbox": [[108.31, 11.79, 108.59, 12.01]]}},
    "itemType": "feature",
    "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/5899"],
    "storageCrs": "http://www.opengis.net/def/crs/EPSG/0/5899",
}
COLLECTIONS: dict[str, Any] = {"links": [_link("/collections", "self")], "collections": [COLLECTION]}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"{_ROOT}/collections/places/schema",
    "type": "object",
    "title": "Địa điểm",
    "properties": {"name": {"title": "Tên", "type": "string"}},
}
CHANGED = {"changed": 1, "features": [{"id": 138, "version": 1}]}
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "limit=0: phải trong 1…. · limit=0: this must be within 1….",
}
TILESETS: dict[str, Any] = {
    "links": [_link("/tiles", "self")],
    "tilesets": [
        {
            "title": "Thành phố · The city",
            "dataType": "vector",
            "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
            "tileMatrixSetId": "WebMercatorQuad",
            "tileMatrixSetURI": "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
            "links": [_link("/tiles/WebMercatorQuad", "self")],
        }
    ],
}
STYLES: dict[str, Any] = {
    "default": "default",
    "styles": [
        {
            "id": "default",
            "title": "Bản đồ sáng",
            "links": [_link("/styles/default", "stylesheet", "application/vnd.mapbox.style+json")],
        }
    ],
}
