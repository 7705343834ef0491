"""A stream of server-sent events that tells open maps which layers have changed, whoever changed them."""

from collections.abc import AsyncIterator, Mapping
from threading import Lock

import anyio
import orjson
from cachetools import TTLCache
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.routing import Route

from api.asking import who
from api.platform import Platform, platform
from gis_core.db import ANONYMOUS, acting_as
from tiles.cache import layer_versions

SECONDS = 2.0
"""How long a change may wait before it is told; maps redraw within five seconds."""
HEARTBEATS = 8
"""After how many looks without news a comment is sent: proxies keep the connection, and dead ones are noticed."""

Versions = Mapping[str, str]


class Changes:
    """What one process knows of the layers' versions: looked up at most once a second, however many maps are open."""

    def __init__(self) -> None:
        self._recent: TTLCache[str, Versions] = TTLCache(1, ttl=SECONDS / 2)
        self._lock = Lock()

    def routes(self) -> list[Route]:
        """The stream's route."""
        return [Route("/changes", self.stream)]

    async def stream(self, request: Request) -> StreamingResponse:
        """The versions of all layers that the asker may read at once, then those that change as they change."""
        readable = {layer.id for layer in platform(request).catalog.readable_by(who(request).role)}
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        events = self._events(platform(request), readable)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def _events(self, house: Platform, readable: set[str]) -> AsyncIterator[bytes]:
        told: Versions = {}
        quiet = 0
        while True:
            known = await run_in_threadpool(self._versions, house)
            news = {name: known[name] for name in known if name in readable and told.get(name) != known[name]}
            quiet = 0 if news else quiet + 1
            if news:
                yield b"event: layers\ndata: " + orjson.dumps(news) + b"\n\n"
            elif quiet % HEARTBEATS == 0:
                yield b": still here\n\n"
            told = known
            await anyio.sleep(SECONDS)

    def _versions(self, house: Platform) -> Versions:
        with self._lock:
            if "all" not in self._recent:
                with acting_as(house.engines, ANONYMOUS) as connection:
                    found = layer_versions(connection)
                self._recent["all"] = {name: f"{number}-{since}" for name, (number, since) in found.items()}
            return self._recent["all"]
