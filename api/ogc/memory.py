"""What one server remembers between requests: answers that only a change of their layer can change."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from cachetools import LRUCache, TTLCache
from fastapi import Request
from sqlalchemy import Connection, select

from gis_core.layer import Layer
from gis_core.platform_tables import CODE, LAYER_VERSION

CODES_SECONDS = 30.0
"""How long a changed code list may stay unseen; the lists have no version of their own."""

Codes = dict[str, dict[str, tuple[str, str]]]
"""By list and code: the Vietnamese and the English name."""


class Memory:
    """Answers by key; the least recently used are forgotten. Keys carry layer version and policy."""

    def __init__(self) -> None:
        self._answers: LRUCache[Hashable, Any] = LRUCache(20_000)
        self._codes: TTLCache[str, Codes] = TTLCache(1, CODES_SECONDS)
        self._lock = Lock()

    def recall[Answer](self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer kept under `key`, else the one that `make` gives; made twice rather than waited for."""
        with self._lock:
            if key in self._answers:
                found: Answer = self._answers[key]
                return found
        made = make()
        with self._lock:
            self._answers[key] = made
        return made

    def codes(self, connection: Connection) -> Codes:
        """All code lists, as they were at most `CODES_SECONDS` ago."""
        with self._lock:
            known = self._codes.get("all")
        if known is None:
            known = _read_codes(connection)
            with self._lock:
                self._codes["all"] = known
        return known


def memory(request: Request) -> Memory:
    """The memory of the application that received `request`."""
    found: Memory = request.app.state.ogc_memory
    return found


def layer_version(connection: Connection, layer: Layer) -> int:
    """The version of the layer, raised by every change of its rows; 0 where nothing was ever stored."""
    column = LAYER_VERSION.c
    return int(connection.scalar(select(column.version).where(column.layer == layer.id)) or 0)


def _read_codes(connection: Connection) -> Codes:
    column, found = CODE.c, Codes()
    rows = connection.execute(select(column.list, column.code, column.vi, column.en).order_by(column.list, column.rank))
    for name, code, vietnamese, english in rows:
        found.setdefault(name, {})[code] = (vietnamese, english)
    return found
