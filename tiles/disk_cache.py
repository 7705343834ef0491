"""Tiles kept in a folder, over restarts and for all processes of the server; the oldest make room for new ones."""

from functools import cache
from pathlib import Path

import lmdb
import structlog

FULL = 0.7
"""The share of the file that tiles fill; the rest is LMDB's, which writes what it changes beside what is there."""
READERS = 1024
_NUMBER_BYTES = 8

log = structlog.get_logger()


class DiskCache:
    """The tiles in one folder, at most `capacity` bytes of them on disk. What fails here is told in the log only.

    The folder must be on a disk of this machine: LMDB maps the file into memory.
    """

    def __init__(self, folder: Path, capacity: int) -> None:
        # Durable as a whole, not to the last tile: a crash may undo what was written last, and nothing else.
        self._files = lmdb.open(
            str(folder), map_size=capacity, max_dbs=2, metasync=False, max_readers=READERS, mode=0o600
        )
        self._tiles, self._order = self._files.open_db(b"tiles"), self._files.open_db(b"order")
        self._most = int(capacity * FULL)

    def get(self, key: bytes) -> bytes | None:
        """The tile kept under `key`, None where there is none."""
        try:
            with self._files.begin() as transaction:
                return transaction.get(key, db=self._tiles)
        except lmdb.Error as error:
            log.warning("tile_cache", error=str(error))
            return None

    def put(self, key: bytes, tile: bytes) -> None:
        """Keeps `tile` and forgets as many of the oldest as that takes."""
        try:
            with self._files.begin(write=True) as transaction:
                if transaction.put(key, tile, db=self._tiles, overwrite=False):
                    transaction.put(self._next(transaction), key, db=self._order, append=True)
                self._make_room(transaction)
        except lmdb.Error as error:
            log.warning("tile_cache", error=str(error))

    def _next(self, transaction: lmdb.Transaction) -> bytes:
        with transaction.cursor(db=self._order) as cursor:
            last = int.from_bytes(cursor.key()) if cursor.last() else 0
        return (last + 1).to_bytes(_NUMBER_BYTES)

    def _make_room(self, transaction: lmdb.Transaction) -> None:
        with transaction.cursor(db=self._order) as oldest:
            while self._used(transaction) > self._most and oldest.first():
                transaction.delete(oldest.value(), db=self._tiles)
                oldest.delete()

    def _used(self, transaction: lmdb.Transaction) -> int:
        pages = transaction.stat(self._tiles)
        return int(pages["psize"] * (pages["branch_pages"] + pages["leaf_pages"] + pages["overflow_pages"]))


@cache
def disk_cache(folder: Path, capacity: int) -> DiskCache | None:
    """The one cache of this process in `folder`, as LMDB wants it; None, and a line in the log, where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return DiskCache(folder, capacity)
    except (OSError, lmdb.Error) as error:
        log.warning("tile_cache", folder=str(folder), error=str(error))
        return None
