"""Tiles kept on disk: over restarts, between processes, within their limit."""

import os
import subprocess
import sys
from pathlib import Path

from tiles.cache import TileCache
from tiles.disk_cache import DiskCache, disk_cache

LIMIT = 4 << 20


def test_a_tile_is_there_for_another_process_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tiles.disk_cache import DiskCache;"
        f"kept = DiskCache(Path(sys.argv[1]), {LIMIT}); kept.put(b'a', b'tile'); kept.put(b'b', b'')"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, timeout=60)
    kept = disk_cache(tmp_path, LIMIT)
    assert kept is not None
    assert (kept.get(b"a"), kept.get(b"b"), kept.get(b"c")) == (b"tile", b"", None)


def test_the_oldest_make_room_and_the_file_stays_within_its_limit(tmp_path: Path) -> None:
    kept = DiskCache(tmp_path, LIMIT)
    tiles = {f"{number}".encode(): os.urandom(30_000) for number in range(400)}
    for key, tile in tiles.items():
        kept.put(key, tile)
    found = [key for key in tiles if kept.get(key) is not None]
    assert found == list(tiles)[-len(found) :]
    assert len(found) > 0.5 * LIMIT / 30_000
    assert all(kept.get(key) == tiles[key] for key in found)
    assert (tmp_path / "data.mdb").stat().st_size <= LIMIT
    assert (tmp_path / "data.mdb").stat().st_mode & 0o077 == 0


def test_a_tile_larger_than_the_cache_is_not_kept_and_leaves_it_working(tmp_path: Path) -> None:
    kept = DiskCache(tmp_path, LIMIT)
    kept.put(b"vast", os.urandom(2 * LIMIT))
    kept.put(b"a", b"tile")
    assert (kept.get(b"vast"), kept.get(b"a")) == (None, b"tile")


def test_a_folder_that_cannot_be_leaves_tiles_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = TileCache(disk=disk_cache(tmp_path / "file" / "tiles", LIMIT))
    kept.put("a", b"tile")
    assert (kept.get("a"), kept.get("b")) == (b"tile", None)


def test_what_memory_has_forgotten_is_read_from_disk(tmp_path: Path) -> None:
    kept = TileCache(1000, disk_cache(tmp_path, LIMIT))
    for name in "abcdefgh":
        kept.put(name, name.encode() * 100)
    assert [kept.get(name) for name in "abcdefgh"] == [name.encode() * 100 for name in "abcdefgh"]
