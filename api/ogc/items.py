"""Items and item: from the request to a query, and PostGIS's GeoJSON passed through as bytes."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import pages
from api.ogc.asked import Asked, asked, only
from api.ogc.caching import cache_headers, entity_tag, not_modified
from api.ogc.files import file_answer
from api.ogc.links import GEOJSON, Link, address, formats, link, to_collection, to_profile
from api.ogc.memory import layer_version, memory
from api.ogc.parameters import ITEM_PARAMETERS, crs, items_query, profile, properties, skip_geometry
from gis_core.db import acting_as
from gis_core.errors import NotFound
from gis_core.exports import FILE_FORMATS
from gis_core.features import Count, Page, collection_members, feature_count, feature_page, versioned_feature
from gis_core.jsonfg import JSONFG, root_members
from gis_core.layer import Layer, Text
from gis_core.query import Query
from gis_core.table import table

FEATURE_FORMATS = {
    "json": (GEOJSON, "application/json", "application/vnd.geo+json"),
    "html": ("text/html", "application/xhtml+xml"),
    "jsonfg": (JSONFG, "application/fg+json"),
}
"""The formats of one feature, and the media types that ask for each."""
UNLINKED = frozenset({"geojson"})
"""Formats without a link: clients take any link to GeoJSON for the paged one, and would never see a second page."""
ITEMS_FORMATS = FEATURE_FORMATS | {name: (one.media_type,) for name, one in FILE_FORMATS.items()}
"""The formats of items; beyond those of one feature, whole results as files."""

_NOT_CONDITIONS = ITEM_PARAMETERS | {"limit", "offset", "after", "sortby", "f", "lang"}
"""Parameters that change how features are answered, not how many match."""
_NEXT = Text("Trang sau", "Next page")


def items(request: Request) -> Response:
    """A page of the collection's features, or all of them as a file."""
    asking = asked(request, ITEMS_FORMATS)
    layer = asking.platform.catalog.find(request.path_params["collection_id"], asking.identity.role)
    query = items_query(asking, layer)
    content_crs = {"Content-Crs": f"<{query.crs.uri}>"}
    with acting_as(asking.platform.engines, asking.identity) as connection:
        if asking.format in FILE_FORMATS or "if-none-match" in request.headers:
            tag = entity_tag(asking, layer_version(connection, layer))
            if held := not_modified(asking, tag, content_crs):
                return held
        if asking.format in FILE_FORMATS:
            limit = query.limit if "limit" in asking.parameters else None
            headers = cache_headers(asking, tag) | content_crs
            return file_answer(connection, query, FILE_FORMATS[asking.format], limit, headers)
        page = feature_page(connection, query)
        headers = cache_headers(asking, entity_tag(asking, page.layer_version)) | content_crs
        count = _count(asking, connection, query, page)
        if asking.format == "html":
            codes = memory(request).codes(connection)
            return pages.items(asking, query, page, count, _links(asking, layer, page), codes, headers)
    links = [*_links(asking, layer, page), to_profile(query, asking)]
    head = collection_members(query) | _schema(asking, query)
    return Response(_collection(head, links, page, count), headers=headers, media_type=asking.formats[asking.format][0])


def item(request: Request) -> Response:
    """One feature of the collection."""
    asking = asked(request, FEATURE_FORMATS)
    only(asking, ITEM_PARAMETERS)
    layer = asking.platform.catalog.find(request.path_params["collection_id"], asking.identity.role)
    feature_id = known_id(layer, request.path_params["feature_id"])
    query = Query(
        layer, asking.identity.role, properties=properties(layer, asking), crs=crs(asking.parameters),
        skip_geometry=skip_geometry(asking.parameters), profile=profile(asking),
    )  # fmt: skip
    content_crs = {"Content-Crs": f"<{query.crs.uri}>"}
    with acting_as(asking.platform.engines, asking.identity) as connection:
        if "if-none-match" in request.headers:
            tag = row_tag(asking, row_version(connection, layer, feature_id))
            if held := not_modified(asking, tag, content_crs):
                return held
        found, version = versioned_feature(connection, query, feature_id)
        codes = memory(request).codes(connection) if asking.format == "html" else {}
    headers = cache_headers(asking, row_tag(asking, version)) | content_crs
    if asking.format == "html":
        return pages.item(asking, query, orjson.loads(found), codes, headers)
    links = [*formats(asking), to_collection(asking, layer.id), to_profile(query, asking)]
    body = b"".join((found[:-1].encode(), b',"links":', orjson.dumps(links), b"}"))
    if query.profile != "rfc7946":
        # Before the feature: readers tell JSON-FG by how a document begins.
        body = orjson.dumps(root_members(layer, query.crs) | _schema(asking, query))[:-1] + b"," + body[1:]
    return Response(body, headers=headers, media_type=asking.formats[asking.format][0])


def known_id(layer: Layer, words: str) -> int:
    """The feature's id in the path. Raises `NotFound` where no feature can have it."""
    if not re.fullmatch(r"[0-9]{1,18}", words, re.ASCII):
        raise absent(layer, words)
    return int(words)


def absent(layer: Layer, words: object) -> NotFound:
    """The error that says that there is no such feature, or not for this identity."""
    return NotFound(
        f"Không có đối tượng '{words}' trong '{layer.id}'. · There is no feature '{words}' in '{layer.id}'."
    )


def row_version(connection: Connection, layer: Layer, feature_id: int) -> int:
    """The version of the feature's row. Raises `NotFound`."""
    column = table(layer).c
    version = connection.scalar(select(column.version).where(column.id == feature_id))
    if version is None:
        raise absent(layer, feature_id)
    return int(version)


def row_tag(asking: Asked, version: int) -> str:
    """The entity tag of a feature: the version of its row, then what depends on the asking."""
    # The version stands in clear, so that If-Match can be checked against the row whatever format was read.
    return f'"{version}-{entity_tag(asking, version)[3:]}'


def _links(asking: Asked, layer: Layer, page: Page) -> list[Link]:
    found = formats(asking, without=UNLINKED)
    if page.next_key is not None:
        href = address(asking, after=page.next_key, offset=None)
        found.append(link(href, "next", asking.formats[asking.format][0], _NEXT, asking.language))
    return [*found, to_collection(asking, layer.id)]


def _schema(asking: Asked, query: Query) -> dict[str, str]:
    """The member of a JSON-FG document that tells the schema of its features."""
    if query.profile == "rfc7946":
        return {}
    return {"featureSchema": f"{asking.ogc}/collections/{query.layer.id}/schema"}


def _collection(head: dict[str, Any], links: list[Link], page: Page, count: Count) -> bytes:
    rest = {
        "links": links,
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "numberMatched": count.number,
        "numberReturned": page.returned,
    }
    if not count.exact:
        rest["numberMatchedIsEstimate"] = True
    return b"".join((orjson.dumps(head)[:-1], b',"features":', page.features.encode(), b",", orjson.dumps(rest)[1:]))


def _count(asking: Asked, connection: Connection, query: Query, page: Page) -> Count:
    if page.next_key is None and query.after is None and (page.returned or not query.offset):
        return Count(query.offset + page.returned, exact=True)
    asked_for = sorted(pair for pair in asking.parameters.items() if pair[0] not in _NOT_CONDITIONS)
    key = ("count", query.layer.id, page.layer_version, asking.policy, str(asked_for))
    return memory(asking.request).recall(key, lambda: feature_count(connection, query))
