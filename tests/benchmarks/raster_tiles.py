"""How many raster tiles a second a running server makes, and how many it hands out that it made before.

Run it beside `langbiang up` with `LANGBIANG_REQUESTS_PER_MINUTE=10000000`, or it measures the limit on requests:
`uv run python tests/benchmarks/raster_tiles.py --root http://127.0.0.1:8000`.
"""

import argparse
import http.client
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table

CONCURRENCY = 8
STYLES = ("hillshade", "slope", "elevation")
ZOOM_BEYOND = 3
"""Levels beyond the raster's own resolution: there are enough tiles of them for an uncached run."""


def addresses(root: str, style: str, most: int, seed: int) -> list[str]:
    """Paths of tiles of the relief, each once, in an order by chance."""
    start = f"/ogc/collections/terrain/styles/{style}/map/tiles/WebMercatorQuad"
    limits = httpx.get(f"{root}{start}").raise_for_status().json()["tileMatrixSetLimits"][-1]
    zoom, scale = int(limits["tileMatrix"]) + ZOOM_BEYOND, 2**ZOOM_BEYOND
    rows = range(scale * limits["minTileRow"], scale * (limits["maxTileRow"] + 1))
    columns = range(scale * limits["minTileCol"], scale * (limits["maxTileCol"] + 1))
    every = [f"{start}/{zoom}/{row}/{column}" for row in rows for column in columns]
    return random.Random(seed).sample(every, min(most, len(every)))


def fetched(root: str, paths: Sequence[str], tags: dict[str, str]) -> list[tuple[str, int, str]]:
    """Path, bytes and entity tag of each tile, one after the other on one connection."""
    connection, found = http.client.HTTPConnection(urlsplit(root).netloc), []
    for path in paths:
        connection.request("GET", path, headers={"If-None-Match": tags[path]} if path in tags else {})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 304):
            raise ValueError(f"{path}: {answer.status} {body[:200]!r}")
        found.append((path, len(body), answer.headers["ETag"]))
    connection.close()
    return found


def rate(root: str, paths: Sequence[str], concurrency: int, tags: dict[str, str]) -> tuple[float, dict[str, str], int]:
    """Tiles a second, their entity tags, and their bytes altogether."""
    shares = [paths[start::concurrency] for start in range(concurrency)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        answers = [one for share in pool.map(lambda share: fetched(root, share, tags), shares) for one in share]
    seconds = time.perf_counter() - begun
    return len(paths) / seconds, {path: tag for path, _, tag in answers}, sum(size for _, size, _ in answers)


def main() -> None:
    """Prints tiles a second for each style: made, from memory, and not sent again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default="http://127.0.0.1:8000")
    parser.add_argument("--tiles", type=int, default=200)
    chosen = parser.parse_args()
    table = Table("style", "clients", "made / s", "cached / s", "304 / s", "kB a tile", title="Raster tiles")
    for style in STYLES:
        for concurrency in (1, CONCURRENCY):
            # Other tiles for each round: those of the round before are in the cache.
            paths = addresses(chosen.root, style, 2 * chosen.tiles, 1)
            paths = paths[: chosen.tiles] if concurrency == 1 else paths[chosen.tiles :]
            made, tags, size = rate(chosen.root, paths, concurrency, {})
            cached, _, _ = rate(chosen.root, paths, concurrency, {})
            held, _, _ = rate(chosen.root, paths, concurrency, tags)
            row = (made, cached, held, size / len(paths) / 1000)
            table.add_row(style, str(concurrency), *(f"{one:,.1f}" for one in row))
    Console().print(table)


if __name__ == "__main__":
    main()
