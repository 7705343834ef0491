"""Tiles kept in memory, under keys that name everything a tile depends on."""

from collections.abc import Hashable, Iterable
from hashlib import blake2b
from threading import Lock

from cachetools import LRUCache
from sqlalchemy import Connection, select

from gis_core.db import Identity
from gis_core.layer import Layer
from gis_core.platform_tables import LAYER_VERSION


class TileCache:
    """The most recently used tiles, at most `capacity` bytes of them."""

    def __init__(self, capacity: int = 256 << 20) -> None:
        # An empty tile costs its entry all the same.
        self._tiles: LRUCache[Hashable, bytes] = LRUCache(capacity, getsizeof=lambda tile: len(tile) + 200)
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The tile kept under `key`, None where there is none."""
        with self._lock:
            return self._tiles.get(key)

    def put(self, key: Hashable, tile: bytes) -> None:
        """Keeps `tile`, unless it alone is larger than the cache."""
        with self._lock:
            if len(tile) < self._tiles.maxsize:
                self._tiles[key] = tile


def layer_versions(connection: Connection) -> dict[str, tuple[int, float]]:
    """The version of every layer and since when, in seconds since 1970: another one after every change.

    The moment tells two versions of one number apart, which there are after a database was restored from a backup.
    """
    columns = LAYER_VERSION.c
    found = connection.execute(select(columns.layer, columns.version, columns.changed_at))
    return {row.layer: (row.version, row.changed_at.timestamp()) for row in found}


def versions(connection: Connection, layers: Iterable[Layer]) -> Hashable:
    """The versions of `layers`, in order.

    Read them before the data: a tile kept under a version then holds that version or a later one, never an older one.
    """
    known = layer_versions(connection)
    return tuple(known[layer.id] for layer in layers)


def policy(layers: Iterable[Layer], who: Identity) -> Hashable:
    """What makes tiles of `layers` differ between two identities: the role and, where rows depend on it, the person."""
    personal = any(who.role in layer.access.rows for layer in layers)
    return (who.role, who.subject, who.wards) if personal and who.role != "citizen" else (who.role,)


def entity_tag(key: Hashable) -> str:
    """The HTTP entity tag (RFC 9110, 8.8.3) of what is kept under `key`."""
    return f'"{blake2b(repr(key).encode(), digest_size=12).hexdigest()}"'
