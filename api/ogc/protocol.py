"""pygeoapi as a protocol library: its functions, called with our configuration, answering a document.

Its own Starlette application is not used (it loses context and blocks the event loop), nor are its pages: they share
one cache of translated configurations among all API objects of a process, so one role would see the other's titles.
"""

from collections.abc import Callable
from typing import Any, cast

import orjson
from pygeoapi.api import API, APIRequest
from pygeoapi.api import describe_collections as _describe_collections
from pygeoapi.api import landing_page as _landing_page
from starlette.datastructures import Headers, QueryParams

from api.ogc.asked import Asked, Language
from api.ogc.configuration import configuration
from gis_core.errors import LangbiangError

_Answer = tuple[dict[str, str], int, str]
_LOCALES: dict[Language, str] = {"vi": "vi-VN", "en": "en-US"}
_VIETNAMESE = {
    "This document as JSON": "Tài liệu này dạng JSON",
    "This document as HTML": "Tài liệu này dạng trang web",
    "The OpenAPI definition as JSON": "Mô tả OpenAPI dạng JSON",
    "The OpenAPI definition as HTML": "Mô tả OpenAPI dạng trang web",
    "Conformance": "Các lớp tuân thủ",
    "Collections": "Các lớp dữ liệu",
    "The landing page of this server as JSON": "Trang chủ của máy chủ dạng JSON",
    "The landing page of this server as HTML": "Trang chủ của máy chủ dạng trang web",
    "Schema of collection in JSON": "Lược đồ của lớp dạng JSON",
    "Schema of collection in HTML": "Lược đồ của lớp dạng trang web",
    "Queryables for this collection as JSON": "Thuộc tính lọc được dạng JSON",
    "Queryables for this collection as HTML": "Thuộc tính lọc được dạng trang web",
    "Items as GeoJSON": "Đối tượng dạng GeoJSON",
    "Items as HTML": "Đối tượng dạng trang web",
}
_NOT_SERVED = ("application/ld+json", "text/csv; charset=utf-8")


class _Request:
    """The part of a web framework's request that pygeoapi reads."""

    def __init__(self, path: str, language: Language) -> None:
        self.query_params = QueryParams({"f": "json", "lang": _LOCALES[language]})
        self.headers = Headers()
        self.scope = {"path": path}


def landing_page(asked: Asked) -> dict[str, Any]:
    """The landing page, its links limited to what is served."""
    found = _call(_landing_page, asked)
    known = {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}
    found["links"] = [link for link in found["links"] if link["rel"] in known]
    return found


def collections(asked: Asked) -> dict[str, Any]:
    """The collections that the identity may read."""
    return _call(_describe_collections, asked)


def collection(asked: Asked, layer_id: str) -> dict[str, Any]:
    """One collection that the identity may read; the caller made sure of that."""
    return _call(_describe_collections, asked, layer_id)


def _call(function: Callable[..., _Answer], asked: Asked, *arguments: str) -> dict[str, Any]:
    # A fresh API object costs 2 ms, and what one role may see never lies about for the next.
    api = API(configuration(asked.platform.catalog, asked.identity.role, asked.root), {})
    request = APIRequest(_Request(asked.request.url.path, asked.language), api.locales)
    _headers, status, content = function(api, request, *arguments)
    if status != 200:
        raise LangbiangError(f"pygeoapi answered {status} to {asked.request.url.path}.")
    return cast(dict[str, Any], _tidied(orjson.loads(content), asked.language))


def _tidied(part: Any, language: Language) -> Any:
    """The document without links that nobody serves, link titles in `language`."""
    if isinstance(part, list):
        kept = (one for one in part if not (isinstance(one, dict) and one.get("type") in _NOT_SERVED))
        return [_tidied(one, language) for one in kept]
    if not isinstance(part, dict):
        return part
    found = {name: _tidied(value, language) for name, value in part.items()}
    if language == "vi" and "href" in found:
        found["title"] = _VIETNAMESE.get(found["title"], found["title"])
    return found
