"""Tiles kept in memory and on disk, under keys that name everything a tile depends on."""

from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b
from threading import Lock

from cachetools import LRUCache
from sqlalchemy import Connection, select

from gis_core.db import Identity
from gis_core.layer import Layer
from gis_core.platform_tables import LAYER_VERSION
from tiles.disk_cache import DiskCache
from tiles.matrix import Tile


class TileCache:
    """The most recently used tiles, at most `capacity` bytes of them in memory, and all of them on `disk` where given.

    The key is the tile's entity tag.
    """

    def __init__(self, capacity: int = 256 << 20, disk: DiskCache | None = None) -> None:
        # An empty tile costs its entry all the same.
        self._tiles: LRUCache[str, bytes] = LRUCache(capacity, getsizeof=lambda tile: len(tile) + 200)
        self._disk = disk
        self._lock = Lock()

    def get(self, tag: str) -> bytes | None:
        """The tile kept under `tag`, None where there is none."""
        with self._lock:
            known = self._tiles.get(tag)
        if known is None and self._disk is not None:
            known = self._disk.get(tag.encode())
            if known is not None:
                self._remember(tag, known)
        return known

    def put(self, tag: str, tile: bytes) -> None:
        """Keeps `tile`; in memory not where it alone is larger than the cache."""
        self._remember(tag, tile)
        if self._disk is not None:
            self._disk.put(tag.encode(), tile)

    def _remember(self, tag: str, tile: bytes) -> None:
        with self._lock:
            if len(tile) < self._tiles.maxsize:
                self._tiles[tag] = tile


def layer_versions(connection: Connection) -> dict[str, tuple[int, float]]:
    """The version of every layer and since when, in seconds since 1970: another one after every change.

    The moment tells two versions of one number apart, which there are after a database was restored from a backup.
    """
    columns = LAYER_VERSION.c
    found = connection.execute(select(columns.layer, columns.version, columns.changed_at))
    return {row.layer: (row.version, row.changed_at.timestamp()) for row in found}


_TILE_VERSIONS = """
select known.layer, coalesce(touched.version, known.version) as version,
       coalesce(touched.changed_at, known.changed_at) as changed_at
  from platform.layer_version as known
  left join lateral (
       select max(tile.version) as version, max(tile.changed_at) as changed_at
         from generate_series(0, %(zoom)s) as level
         join platform.tile_version as tile
           on tile.layer = known.layer and tile.zoom = level and tile.tile_row = %(row)s >> (%(zoom)s - level)
          and tile.tile_col = %(col)s >> (%(zoom)s - level) and (tile.whole or level = %(zoom)s)
        where known.layer = any(%(followed)s)
       ) as touched on true
 where known.layer = any(%(layers)s)
"""


def versions(connection: Connection, layers: Sequence[Layer], who: Identity, tile: Tile) -> Hashable:
    """The versions of `tile` in each of `layers`, in order: other ones after every change that touches the tile.

    Read them before the data: a tile kept under a version then holds that version or a later one, never an older one.
    Where `who` sees only some rows it is the layer's version: the tile's would tell where something hidden has changed.
    """
    followed = [layer.id for layer in layers if who.role not in layer.access.rows]
    place = {"zoom": tile.zoom, "row": tile.row, "col": tile.col}
    found = connection.exec_driver_sql(
        _TILE_VERSIONS, {**place, "layers": [layer.id for layer in layers], "followed": followed}
    )
    known = {row.layer: (row.version, row.changed_at.timestamp()) for row in found}
    return tuple(known[layer.id] for layer in layers)


def policy(layers: Iterable[Layer], who: Identity) -> Hashable:
    """What makes tiles of `layers` differ between two identities: the role and, where rows depend on it, the person."""
    personal = any(who.role in layer.access.rows for layer in layers)
    return (who.role, who.subject, who.wards) if personal and who.role != "citizen" else (who.role,)


def entity_tag(key: Hashable) -> str:
    """The HTTP entity tag (RFC 9110, 8.8.3) of what is kept under `key`."""
    return f'"{blake2b(repr(key).encode(), digest_size=12).hexdigest()}"'
