"""Records as GeoJSON features (OGC 20-004r1, Record Core), and the catalogue that holds them as a collection."""

from datetime import datetime
from typing import Any

from api.ogc.asked import Asked, Language
from api.ogc.collections import RELATION
from api.ogc.coverages import COVERAGE, COVERAGE_FORMATS, COVERAGE_TITLES
from api.ogc.links import FORMAT_TITLES, GEOJSON, Link, formats, link
from api.ogc.records_facts import Box, City, Facts, Source
from gis_core.crs import CRS84
from gis_core.layer import Text
from gis_core.query import CITY_TIME

CATALOGUE = "catalogue"
TITLE = Text("Danh mục dữ liệu", "Data catalogue")
ABOUT = Text(
    "Mỗi bản ghi mô tả một lớp dữ liệu: nội dung, nguồn, giấy phép, độ mới, phạm vi và cách lấy dữ liệu.",
    "One record for each layer: what it holds, sources, licence, freshness, extent and how to get the data.",
)
RECORD_CORE = "http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"
NO_LICENCE = Text("không nêu", "none stated")
_LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
_EXPORTS = {"csv": "text/csv", "gpkg": "application/geopackage+sqlite3", "flatgeobuf": "application/flatgeobuf"}


def record(asked: Asked, facts: Facts, city: City | None) -> dict[str, Any]:
    """The record of one layer or raster, in the language asked for, titles in both."""
    language = asked.language
    properties: dict[str, Any] = {
        "type": "dataset",
        "title": facts.title[language],
        "titles": {"vi": facts.title.vi, "en": facts.title.en},
        "description": facts.description[language],
        "descriptions": {"vi": facts.description.vi, "en": facts.description.en},
        "keywords": [facts.group[language], facts.id],
        "themes": [{"concepts": [{"id": facts.group.en, "title": facts.group[language]}], "scheme": _scheme(asked)}],
        "language": {"code": language, "name": _LANGUAGES[language]},
        "languages": [{"code": code, "name": name} for code, name in _LANGUAGES.items()],
        "license": licence(facts, language),
        "sources": [_source(one, language) for one in facts.sources],
        "contacts": [_contact(asked, city)],
        "formats": [{"mediaType": one} for one in _media_types(facts)],
    }
    if city is not None:
        properties["rights"] = city.attribution[language]
    if facts.changed_at is not None:
        properties["updated"] = _instant(facts.changed_at)
    if facts.count is not None:
        properties |= {"numberOfFeatures": facts.count.number, "numberIsEstimate": not facts.count.exact}
    return {
        "id": facts.id,
        "type": "Feature",
        "conformsTo": [RECORD_CORE],
        "geometry": _geometry(facts.box),
        "time": _time(facts),
        "properties": properties,
        "links": _links(asked, facts),
    }


def catalogue_collection(asked: Asked) -> dict[str, Any]:
    """The description of the catalogue as a collection."""
    here, language = f"{asked.ogc}/collections/{CATALOGUE}", asked.language
    items = Text("Các bản ghi", "The records")
    this = Text("Danh mục này", "This catalogue")
    return {
        "id": CATALOGUE,
        "type": "Collection",
        "title": TITLE[language],
        "description": ABOUT[language],
        "itemType": "record",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "extent": {},
        "links": [
            link(here, "self" if asked.format == "json" else "alternate", "application/json", this, language),
            link(f"{here}?f=html", "self" if asked.format == "html" else "alternate", "text/html", this, language),
            link(f"{here}/items?f=json", "items", GEOJSON, items, language),
            link(f"{here}/items?f=html", "items", "text/html", items, language),
        ],
    }


def licence(facts: Facts, language: Language) -> str:
    """The licence of the data: an SPDX identifier where all sources have the same, else what each of them has."""
    found = list(dict.fromkeys(one.licence for one in facts.sources if one.licence))
    if len(found) == 1:
        return found[0]
    return ", ".join(found) if found else NO_LICENCE[language]


def _scheme(asked: Asked) -> str:
    return f"{asked.ogc}/collections/{CATALOGUE}"


def _source(one: Source, language: Language) -> dict[str, str]:
    found = {"name": one.name, "license": one.licence or NO_LICENCE[language]}
    return found | ({"loaded": _instant(one.loaded_at)} if one.loaded_at else {})


def _contact(asked: Asked, city: City | None) -> dict[str, Any]:
    """Who answers questions: as the city's manifest tells, else this site."""
    known = city.contact if city else {}
    name = known.get("name") or (city.title[asked.language] if city else "Langbiang")
    found: dict[str, Any] = {
        "name": name,
        "roles": ["pointOfContact"],
        "links": [{"href": known.get("url") or f"{asked.root}/", "rel": "about", "type": "text/html"}],
    }
    return found | ({"emails": [{"value": known["email"]}]} if "email" in known else {})


def _media_types(facts: Facts) -> list[str]:
    if facts.kind != "layer":
        return [types[0] for types in COVERAGE_FORMATS.values()]
    return [GEOJSON, *_EXPORTS.values()]


def _geometry(box: Box | None) -> dict[str, Any] | None:
    if box is None:
        return None
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _time(facts: Facts) -> dict[str, Any] | None:
    if facts.interval is None:
        return None
    return {"interval": [end or ".." for end in facts.interval]}


def _instant(moment: datetime) -> str:
    return moment.astimezone(CITY_TIME).isoformat(timespec="seconds")


def _links(asked: Asked, facts: Facts) -> list[Link]:
    here, catalogue = f"{asked.ogc}/collections/{facts.id}", f"{asked.ogc}/collections/{CATALOGUE}"
    record_address, language = f"{catalogue}/items/{facts.id}", asked.language
    this, all_records = Text("Bản ghi này", "This record"), Text("Danh mục dữ liệu", "The catalogue")
    found = [
        link(f"{record_address}?f=json", "self", GEOJSON, this, language),
        link(f"{record_address}?f=html", "alternate", "text/html", this, language),
        link(catalogue, "collection", "application/json", all_records, language),
        link(here, "describedby", "application/json", Text("Lớp dữ liệu", "The collection"), language),
        link(f"{here}/schema", f"{RELATION}schema", "application/schema+json", Text("Lược đồ", "Schema"), language),
    ]
    return [*found, *(_layer_links if facts.kind == "layer" else _raster_links)(asked, facts, here)]


def _layer_links(asked: Asked, facts: Facts, here: str) -> list[Link]:
    language = asked.language
    found = [
        link(f"{here}/items?f=json", "items", GEOJSON, Text("Đối tượng", "Features"), language),
        link(f"{here}/items?f=html", "items", "text/html", Text("Xem đối tượng", "Browse the features"), language),
    ]
    for name, media_type in _EXPORTS.items():
        found.append(link(f"{here}/items?f={name}", "enclosure", media_type, FORMAT_TITLES[name], language))
    if facts.tiled:
        tiles, style = Text("Ô bản đồ véc-tơ", "Vector tiles"), Text("Kiểu bản đồ", "Map style")
        found.append(link(f"{here}/tiles", f"{RELATION}tilesets-vector", "application/json", tiles, language))
        address = f"{asked.root}/styles/default"
        found.append(link(address, f"{RELATION}styles", "application/vnd.mapbox.style+json", style, language))
    return found


def _raster_links(asked: Asked, facts: Facts, here: str) -> list[Link]:  # noqa: ARG001 - alike for all rasters
    language = asked.language
    found = []
    for name, types in COVERAGE_FORMATS.items():
        found.append(link(f"{here}/coverage?f={name}", COVERAGE, types[0], COVERAGE_TITLES[name], language))
    tiles, styles = Text("Ô bản đồ ảnh", "Map tiles"), Text("Kiểu vẽ và chú giải", "Styles and legends")
    found.append(link(f"{here}/map/tiles", f"{RELATION}tilesets-map", "application/json", tiles, language))
    found.append(link(f"{here}/styles", f"{RELATION}styles", "application/json", styles, language))
    return found


def records_links(asked: Asked, following: str | None) -> list[Link]:
    """The links of a page of records: itself, the other format, the next page, the catalogue."""
    language = asked.language
    found = formats(asked)
    if following is not None:
        found.append(link(following, "next", GEOJSON, Text("Trang sau", "Next page"), language))
    catalogue = f"{asked.ogc}/collections/{CATALOGUE}"
    return [*found, link(catalogue, "collection", "application/json", TITLE, language)]
