"""The address search over HTTP: `/search`, `/search/suggest`, `/search/batch` and `/reverse`.

Plain Starlette routes, as for tiles: suggestions are asked for at every key. What people search for is not logged.
"""

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Request, Response
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from api.asking import address, asker, who
from api.platform import platform
from gis_core.addresses import find, reverse, suggest
from gis_core.db import acting_as
from gis_core.errors import BadRequest, TooLarge, TooManyRequests
from gis_core.jobs.geocode import geocoded_table, read_table

GEOJSON = "application/geo+json"
LANGUAGES = ("vi", "en")
MOST_ANSWERS = 20
SUGGESTIONS_PER_SECOND = 30
"""From one address or account: a fast typist makes ten keystrokes a second."""
BATCH_ROWS = 1_000
BATCH_BYTES = 1 << 20


class Search:
    """The routes of one application, and how often each client has asked for suggestions."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerSecond(SUGGESTIONS_PER_SECOND, namespace="suggest")

    def routes(self) -> list[Route]:
        """The routes of the search."""
        return [
            Route("/search", search),
            Route("/search/suggest", self.suggestions),
            Route("/search/batch", batch, methods=["POST"]),
            Route("/reverse", around),
        ]

    def suggestions(self, request: Request) -> Response:
        """What the text may become. Raises `TooManyRequests` where one client asks faster than anybody types."""
        account = asker(request).account
        if not self._limiter.hit(self._limit, account.name if account else address(request)):
            raise TooManyRequests("Quá nhiều yêu cầu; hãy chờ một giây. · Too many requests; wait a second.", 1)
        given = _parameters(request, {"q", "limit", "lang"})
        text, limit, language = _text(given), _whole(given, "limit", 8), _language(given)
        with acting_as(platform(request).engines, who(request)) as connection:
            found = suggest(connection, who(request), text, limit=limit, language=language)
        return _json(found, "application/json")


def search(request: Request) -> Response:
    """What the text means, the most probable first."""
    given = _parameters(request, {"q", "limit", "lang"})
    text, limit, language = _text(given), _whole(given, "limit", 5), _language(given)
    with acting_as(platform(request).engines, who(request)) as connection:
        return _json(find(connection, who(request), text, limit=limit, language=language), GEOJSON)


def around(request: Request) -> Response:
    """What is at and near a place."""
    given = _parameters(request, {"lon", "lat", "lang"})
    longitude, latitude, language = _degrees(given, "lon"), _degrees(given, "lat"), _language(given)
    with acting_as(platform(request).engines, who(request)) as connection:
        return _json(reverse(connection, who(request), longitude, latitude, language=language), GEOJSON)


async def batch(request: Request) -> Response:
    """The CSV table of the body with what was found of each address. Raises `TooLarge` beyond `BATCH_ROWS` rows."""
    language = _language(_parameters(request, {"lang"}))
    body = await request.body()
    if len(body) > BATCH_BYTES:
        raise _too_large()
    written = await run_in_threadpool(_geocoded, request, body, language)
    return Response(written, media_type="text/csv; charset=utf-8")


def _geocoded(request: Request, body: bytes, language: str) -> str:
    table = read_table(body)
    if len(table.rows) > BATCH_ROWS:
        raise _too_large()
    with acting_as(platform(request).engines, who(request)) as connection:
        return geocoded_table(table, _finder(connection, request, language))


def _finder(connection: Any, request: Request, language: str) -> Callable[[str], dict[str, Any]]:
    identity = who(request)
    return lambda text: find(connection, identity, text, limit=1, language=language)


def _too_large() -> TooLarge:
    return TooLarge(
        f"Tối đa {BATCH_ROWS} dòng; nhiều hơn: langbiang job run geocode table=@FILE. · "
        f"At most {BATCH_ROWS} rows; for more: langbiang job run geocode table=@FILE."
    )


def _parameters(request: Request, known: set[str]) -> dict[str, str]:
    for name in request.query_params:
        if name not in known:
            raise BadRequest(f"Tham số '{name}' không có ở đây. · There is no parameter '{name}' here.")
    return dict(request.query_params)


def _text(given: dict[str, str]) -> str:
    if "q" not in given:
        raise BadRequest("q: hãy nhập địa chỉ cần tìm. · q: give the address to be found.")
    return given["q"]


def _language(given: dict[str, str]) -> str:
    language = given.get("lang", "vi")
    if language not in LANGUAGES:
        raise BadRequest("lang: chỉ có vi, en. · lang: only vi and en.")
    return language


def _whole(given: dict[str, str], name: str, default: int) -> int:
    words = given.get(name, str(default))
    if not (words.isascii() and words.isdigit() and len(words) < 6 and 1 <= int(words) <= MOST_ANSWERS):
        raise BadRequest(f"{name}: một số từ 1 đến {MOST_ANSWERS}. · {name}: a number from 1 to {MOST_ANSWERS}.")
    return int(words)


def _degrees(given: dict[str, str], name: str) -> float:
    try:
        value = float(given[name])
    except (KeyError, ValueError):
        value = float("nan")
    if not -180 <= value <= 180:
        raise BadRequest(f"{name}: cần một số độ, ví dụ 108.44. · {name}: degrees are needed, as in 108.44.")
    return value


def _json(document: object, media_type: str) -> Response:
    # Names and numbers change any minute, and an address searched for is nobody else's business.
    return Response(orjson.dumps(document), media_type=media_type, headers={"Cache-Control": "no-store"})
