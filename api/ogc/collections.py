"""The collections' descriptions: pygeoapi's document, with true extents and the links of what we serve."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, func, select

from api.ogc import protocol
from api.ogc.asked import Asked
from api.ogc.items import ITEMS_FORMATS, UNLINKED
from api.ogc.links import FORMAT_TITLES, Link, formats, link
from api.ogc.memory import layer_version, memory
from gis_core.crs import CRS84
from gis_core.features import extent
from gis_core.layer import Layer, Text
from gis_core.query import CITY_TIME
from gis_core.table import table

MARGIN_DEGREES = 0.01
"""By how much an announced extent is wider than the data: clients turn its two corners only into other systems."""
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
TILESETS = f"{RELATION}tilesets-vector"
_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_SCHEMA_LINKS = (
    ("schema", "http://www.opengis.net/def/rel/ogc/1.0/schema", Text("Lược đồ", "Schema")),
    ("queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", Text("Thuộc tính lọc được", "Queryables")),
    ("sortables", "http://www.opengis.net/def/rel/ogc/1.0/sortables", Text("Thuộc tính sắp xếp được", "Sortables")),
)


def collections(asked: Asked, connection: Connection) -> dict[str, Any]:
    """The document of all collections that the identity may read."""
    found = protocol.collections(asked)
    layers = asked.platform.catalog
    found["collections"] = [_described(asked, connection, layers[one["id"]], one) for one in found["collections"]]
    found["links"] = formats(asked)
    found["crs"] = [CRS84]
    return found


def collection(asked: Asked, connection: Connection, layer: Layer) -> dict[str, Any]:
    """The document of one collection, which the identity may read."""
    return _described(asked, connection, layer, protocol.collection(asked, layer.id))


def _described(asked: Asked, connection: Connection, layer: Layer, found: dict[str, Any]) -> dict[str, Any]:
    found["extent"] = known_extent(asked, connection, layer)
    found["links"] = _links(asked, layer)
    return found


def known_extent(asked: Asked, connection: Connection, layer: Layer) -> dict[str, Any]:
    """The spatial and temporal extent of what the identity may see of the layer; found anew only after a change."""
    key = ("extent", layer.id, layer_version(connection, layer), asked.policy)
    found: dict[str, Any] = memory(asked.request).recall(key, lambda: _extent(connection, layer))
    return found


def _links(asked: Asked, layer: Layer) -> list[Link]:
    here, language = f"{asked.ogc}/collections/{layer.id}", asked.language
    this = Text("Lớp dữ liệu này", "This collection")
    found = [
        link(asked.ogc, "root", "application/json", Text("Trang chủ của API", "The API's landing page"), language),
        link(here, "self" if asked.format == "json" else "alternate", "application/json", this, language),
        link(f"{here}?f=html", "self" if asked.format == "html" else "alternate", "text/html", this, language),
    ]
    for name, types in ITEMS_FORMATS.items():
        if name in UNLINKED:
            continue
        title = FORMAT_TITLES.get(name) or Text(name, name)
        found.append(link(f"{here}/items?f={name}", "items", types[0], title, language))
    for name, relation, title in _SCHEMA_LINKS:
        found.append(link(f"{here}/{name}", relation, "application/schema+json", title, language))
        found.append(link(f"{here}/{name}?f=html", relation, "text/html", title, language))
    if layer.tiles is not None:
        tilesets = Text("Ô bản đồ véc-tơ", "Vector tiles")
        found.append(link(f"{here}/tiles", TILESETS, "application/json", tilesets, language))
    return found


def _extent(connection: Connection, layer: Layer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if box := extent(connection, layer):
        west, south, east, north = box
        wider = (
            max(west - MARGIN_DEGREES, -180), max(south - MARGIN_DEGREES, -90),
            min(east + MARGIN_DEGREES, 180), min(north + MARGIN_DEGREES, 90),
        )  # fmt: skip
        found["spatial"] = {"bbox": [[round(one, 6) for one in wider]], "crs": CRS84}
    if interval := _interval(connection, layer):
        found["temporal"] = {"interval": [interval], "trs": _GREGORIAN}
    return found


def _interval(connection: Connection, layer: Layer) -> list[str | None] | None:
    """The earliest and the latest time of the layer, None for an open end; None where it has no times."""
    column = table(layer).c
    if layer.validity:
        first, last = column.valid_from, column.valid_to
    elif layer.moment:
        first = last = column[layer.moment]
    else:
        return None
    found = connection.execute(
        select(
            func.min(first), func.max(last), func.count(), func.count(first), func.count(last)
        ).select_from(table(layer))
    ).one()  # fmt: skip
    earliest, latest, rows, begun, ended = found
    if not rows:
        return None
    # Legal validity without an end goes on; a moment that is not known says nothing about the span.
    known = not layer.validity
    return [
        _instant(earliest) if known or begun == rows else None,
        _instant(latest) if known or ended == rows else None,
    ]


def _instant(moment: date | datetime | None) -> str | None:
    if moment is None:
        return None
    exact = moment if isinstance(moment, datetime) else datetime.combine(moment, time(), CITY_TIME)
    return exact.isoformat(timespec="seconds")
