"""Links between the documents: absolute, each with relation, type and a title in the language asked for."""

from collections.abc import Mapping
from urllib.parse import urlencode

from api.ogc.asked import Asked, Language
from gis_core.jsonfg import PROFILE_URI
from gis_core.layer import Text
from gis_core.query import Query

Link = dict[str, str]
GEOJSON = "application/geo+json"

FORMAT_TITLES: Mapping[str, Text] = {
    "json": Text("Tài liệu này dạng GeoJSON", "This document as GeoJSON"),
    "jsonfg": Text("Tài liệu này dạng JSON-FG", "This document as JSON-FG"),
    "html": Text("Tài liệu này dạng trang web", "This document as HTML"),
    "geojson": Text("Toàn bộ kết quả dạng GeoJSON", "The whole result as GeoJSON"),
    "jsonfg-file": Text("Toàn bộ kết quả dạng JSON-FG", "The whole result as JSON-FG"),
    "csv": Text("Toàn bộ kết quả dạng bảng CSV", "The whole result as a CSV table"),
    "flatgeobuf": Text("Toàn bộ kết quả dạng FlatGeobuf", "The whole result as FlatGeobuf"),
    "gpkg": Text("Toàn bộ kết quả dạng GeoPackage", "The whole result as a GeoPackage"),
    "geoparquet": Text("Toàn bộ kết quả dạng GeoParquet", "The whole result as GeoParquet"),
}


def link(href: str, rel: str, media_type: str, title: Text, language: Language) -> Link:
    """One link object."""
    return {"href": href, "rel": rel, "type": media_type, "title": title[language]}


def address(asked: Asked, **changes: str | None) -> str:
    """The address asked for with some parameters changed; None removes one."""
    kept = {name: value for name, value in asked.parameters.items() if name not in changes}
    query = urlencode({**kept, **{name: value for name, value in changes.items() if value is not None}}, safe=",:/")
    return f"{asked.root}{asked.path}" + (f"?{query}" if query else "")


def formats(asked: Asked, without: frozenset[str] = frozenset()) -> list[Link]:
    """The link `self`, and one `alternate` for each other format of the document, some left out."""
    found = []
    for name, types in asked.formats.items():
        if name in without:
            continue
        current = name == asked.format
        title = FORMAT_TITLES.get(name) or Text(f"Tài liệu này dạng {name}", f"This document as {name}")
        href = asked.url if current else address(asked, f=name)
        found.append(link(href, "self" if current else "alternate", types[0], title, asked.language))
    return found


def to_collection(asked: Asked, layer_id: str) -> Link:
    """The link to the collection."""
    title = Text("Lớp dữ liệu", "The collection")
    return link(f"{asked.ogc}/collections/{layer_id}", "collection", "application/json", title, asked.language)


def to_profile(query: Query, asked: Asked) -> Link:
    """The link to the profile of GeoJSON that the answer follows (OGC 23-058r2, profile-param-response)."""
    title = Text("Quy cách của tài liệu", "The profile of this document")
    return link(f"{PROFILE_URI}{query.profile}", "profile", "text/html", title, asked.language)
