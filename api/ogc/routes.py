"""The routes under `/ogc`; what they answer is made in the modules beside this one."""

from importlib.resources import files
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.ogc import collections, coverages, pages, process_routes, protocol, records, schema, writes
from api.ogc.asked import Asked, asked, only
from api.ogc.caching import cache_headers, entity_tag, not_modified
from api.ogc.conformance import CLASSES
from api.ogc.examples import first_ids
from api.ogc.items import item, items
from api.ogc.links import formats, link
from api.ogc.memory import Memory, memory
from api.ogc.openapi import OPENAPI_TYPE, document
from api.ogc.records_documents import CATALOGUE, catalogue_collection
from gis_core.db import acting_as
from gis_core.layer import Text
from tiles.raster import find_raster

_DRAWN = (
    ("tiles", collections.TILESETS, Text("Ô bản đồ véc-tơ", "Vector tiles")),
    ("tileMatrixSets", f"{collections.RELATION}tiling-schemes", Text("Lưới ô bản đồ", "Tile matrix sets")),
    ("styles", f"{collections.RELATION}styles", Text("Kiểu bản đồ", "Map styles")),
)
"""What the landing page links for maps: path, relation, title."""
_ASSETS = {"style.css": "text/css", "map.js": "text/javascript"}


def install(app: FastAPI) -> None:
    """Let `app` serve the OGC API under `/ogc`."""
    app.state.ogc_memory = Memory()
    app.router.routes.extend([*ROUTES, *process_routes.routes()])


def landing_page(request: Request) -> Response:
    """The landing page."""
    asking = _document(request)
    found = protocol.landing_page(asking)
    alternates = [one for one in found["links"] if one["rel"] not in ("self", "alternate")]
    found["links"] = [*formats(asking), *alternates]
    for path, relation, title in _DRAWN:
        found["links"].append(link(f"{asking.ogc}/{path}", relation, "application/json", title, asking.language))
    found["links"] += process_routes.landing_links(asking)
    return _answer(asking, found, "landing_page", layers=_layers(asking))


def conformance(request: Request) -> Response:
    """The conformance classes that are declared."""
    asking = _document(request)
    return _answer(asking, {"conformsTo": list(CLASSES), "links": formats(asking)}, "conformance")


def openapi(request: Request) -> Response:
    """The OpenAPI document, or a page that reads it out."""
    asking = _document(request)
    with acting_as(asking.platform.engines, asking.identity) as connection:
        codes = memory(request).codes(connection)
        ids = first_ids(connection, _layers(asking))
    return _answer(asking, document(asking, codes, ids), "openapi", media_type=OPENAPI_TYPE)


def all_collections(request: Request) -> Response:
    """The collections that the identity may read."""
    asking = _document(request)
    with acting_as(asking.platform.engines, asking.identity) as connection:
        found = collections.collections(asking, connection)
        others = [*coverages.coverage_collections(asking, connection), catalogue_collection(asking)]
    found["collections"] += others
    return _answer(asking, found, "collections", layers=_layers(asking), others=others)


def one_collection(request: Request) -> Response:
    """The description of one collection."""
    asking = _document(request)
    if request.path_params["collection_id"] not in asking.platform.catalog:
        return _other_collection(asking)
    layer = asking.platform.catalog.find(request.path_params["collection_id"], asking.identity.role)
    with acting_as(asking.platform.engines, asking.identity) as connection:
        found = collections.collection(asking, connection, layer)
    return _answer(asking, found, "collection", layer=layer)


def _other_collection(asking: Asked) -> Response:
    name = asking.request.path_params["collection_id"]
    if name == CATALOGUE:
        return _answer(asking, catalogue_collection(asking), "other_collection")
    with acting_as(asking.platform.engines, asking.identity) as connection:
        raster = find_raster(connection, asking.platform.settings.data, name)
    return _answer(asking, coverages.coverage_collection(asking, raster), "other_collection")


def raster_schema(request: Request) -> Response:
    """The schema of the values of a raster's cells."""
    asking = _document(request)
    with acting_as(asking.platform.engines, asking.identity) as connection:
        raster = find_raster(connection, asking.platform.settings.data, request.path_params["collection_id"])
    found = coverages.coverage_schema(asking, raster)
    return _answer(asking, found, "schema", media_type="application/schema+json", layer=raster, name="schema")


def one_schema(request: Request) -> Response:
    """The schema, queryables or sortables of one collection."""
    asking = _document(request)
    if request.path_params["collection_id"] not in asking.platform.catalog and request.url.path.endswith("/schema"):
        return raster_schema(request)
    layer = asking.platform.catalog.find(request.path_params["collection_id"], asking.identity.role)
    make = {"schema": schema.schema, "queryables": schema.queryables, "sortables": schema.sortables}
    name = request.url.path.rpartition("/")[2]
    with acting_as(asking.platform.engines, asking.identity) as connection:
        found = make[name](asking, layer, memory(request).codes(connection))
    return _answer(asking, found, "schema", media_type="application/schema+json", layer=layer, name=name)


def asset(request: Request) -> Response:
    """The style sheet or the script of the pages."""
    name = request.url.path.rpartition("/")[2]
    content = files("api").joinpath("templates", "ogc", name).read_bytes()
    return Response(content, media_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=3600"})


def _document(request: Request) -> Asked:
    found = asked(request)
    only(found, frozenset())
    return found


def _layers(asking: Asked) -> list[Any]:
    return list(asking.platform.catalog.readable_by(asking.identity.role))


def _answer(
    asking: Asked, found: dict[str, Any], template: str, *, media_type: str = "application/json", **more: Any
) -> Response:
    tag = entity_tag(asking, orjson.dumps(found))
    if held := not_modified(asking, tag):
        return held
    if asking.format == "html":
        return pages.page(asking, template, cache_headers(asking, tag), document=found, **more)
    headers = {**cache_headers(asking, tag), "Content-Language": asking.language}
    return Response(orjson.dumps(found), headers=headers, media_type=media_type)


_COLLECTION = "/ogc/collections/{collection_id}"

# Plain Starlette routes in the application itself: behind a router of FastAPI items took a third longer.
ROUTES = [
    Route("/ogc", landing_page),
    Route("/ogc/", landing_page),
    Route("/ogc/conformance", conformance),
    Route("/ogc/openapi", openapi),
    Route("/ogc/collections", all_collections),
    Route(_COLLECTION, one_collection),
    Route(f"/ogc/collections/{CATALOGUE}/items", records.records),
    Route(f"/ogc/collections/{CATALOGUE}/items/{{record_id}}", records.one_record),
    Route(f"{_COLLECTION}/coverage", coverages.coverage),
    *(Route(f"{_COLLECTION}/{name}", one_schema) for name in ("schema", "queryables", "sortables")),
    Route(f"{_COLLECTION}/items", items),
    Route(f"{_COLLECTION}/items", writes.post_items, methods=["POST"]),
    Route(f"{_COLLECTION}/changes", writes.post_changes, methods=["POST"]),
    Route(f"{_COLLECTION}/items/{{feature_id}}", item),
    Route(f"{_COLLECTION}/items/{{feature_id}}", writes.put_item, methods=["PUT"]),
    Route(f"{_COLLECTION}/items/{{feature_id}}", writes.patch_item, methods=["PATCH"]),
    Route(f"{_COLLECTION}/items/{{feature_id}}", writes.delete_item, methods=["DELETE"]),
    *(
        Route(_COLLECTION + path, writes.allowed_methods, methods=["OPTIONS"])
        for path in ("/items", "/items/{feature_id}")
    ),
    *(Route(f"/ogc/{name}", asset) for name in _ASSETS),
]
