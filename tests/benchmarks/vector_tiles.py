"""How many parcel tiles a running server makes and hands out, beside the time the database alone takes for them.

Run it beside `langbiang up` with `LANGBIANG_REQUESTS_PER_MINUTE=10000000`, or it measures the limit on requests:
`uv run python tests/benchmarks/vector_tiles.py --root http://127.0.0.1:8000 --data .langbiang`.
"""

import argparse
import http.client
import random
import statistics
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from gis_core import postgres
from gis_core.db import ANONYMOUS, Engines, acting_as, engines
from gis_core.query import CITY_TIME
from layers import CATALOG
from tiles.matrix import HALF_WORLD, Tile
from tiles.vector import VectorTiles

LAYER = "land_parcels"
CONCURRENCY = 8


def tiles_with_parcels(city: Engines, zoom: int, most: int) -> list[Tile]:
    """Tiles of `zoom` around randomly chosen parcels, each once."""
    with city.owner.connect() as connection:
        points = connection.execute(
            sa.text(
                "select st_x(p), st_y(p) from (select st_transform(st_pointonsurface(geom), 3857) as p"
                f" from city.{LAYER} order by random() limit 5000) as chosen"
            )
        ).all()
    span = Tile(zoom, 0, 0).span
    found = {Tile(zoom, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span)) for x, y in points}
    return random.Random(1).sample(sorted(found, key=str), min(most, len(found)))


def database_seconds(city: Engines, tiles: Sequence[Tile]) -> list[float]:
    """What the statement of each tile takes on one connection."""
    made, taken, today = VectorTiles(), [], datetime.now(CITY_TIME).date()
    with acting_as(city, ANONYMOUS) as connection:
        made.tile(connection, [CATALOG[LAYER]], "citizen", tiles[0], today)
        for tile in tiles:
            begun = time.perf_counter()
            made.tile(connection, [CATALOG[LAYER]], "citizen", tile, today)
            taken.append(time.perf_counter() - begun)
    return taken


def fetched(root: str, tiles: Sequence[Tile], headers: dict[str, str]) -> list[tuple[float, int, str | None]]:
    """Seconds, bytes and entity tag of each tile, fetched one after the other on one connection."""
    connection, answers = http.client.HTTPConnection(urlsplit(root).netloc), []
    for tile in tiles:
        begun = time.perf_counter()
        path = f"/ogc/collections/{LAYER}/tiles/WebMercatorQuad/{tile.zoom}/{tile.row}/{tile.col}"
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 304):
            raise ValueError(f"{path}: {answer.status} {body.decode(errors='replace')}")
        answers.append((time.perf_counter() - begun, len(body), answer.headers["etag"]))
    connection.close()
    return answers


def rate(root: str, tiles: Sequence[Tile], headers: dict[str, str] | None = None) -> float:
    """Tiles a second that eight clients at once get together."""
    shares = [tiles[part::CONCURRENCY] for part in range(CONCURRENCY)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(lambda share: fetched(root, share, headers or {}), shares))
    return len(tiles) / (time.perf_counter() - begun)


def forget(city: Engines) -> None:
    """Gives the layer another version, so that no tile is known to the server any more."""
    with city.owner.begin() as connection:
        connection.execute(
            sa.text(
                f"update city.{LAYER} set source_ref = source_ref || :mark"
                f" where id = (select min(id) from city.{LAYER})"
            ),
            {"mark": uuid.uuid4().hex[:4]},
        )


def measured(root: str, city: Engines, zoom: int, most: int) -> list[str]:
    """One line of the table."""
    tiles = tiles_with_parcels(city, zoom, most)
    alone = statistics.median(database_seconds(city, tiles)) * 1000
    forget(city)
    answers = fetched(root, tiles, {})
    whole = statistics.median(seconds for seconds, _, _ in answers) * 1000
    forget(city)
    uncached, cached = rate(root, tiles), rate(root, tiles * 5)
    tag = fetched(root, tiles[:1], {})[0][2]
    known = rate(root, tiles[:1] * 2000, {"If-None-Match": str(tag)})
    size = statistics.median(size for _, size, _ in answers) / 1000
    return [
        str(zoom), str(len(tiles)), f"{size:.0f}", f"{alone:.1f}", f"{whole:.1f}", f"{whole / alone:.2f}",
        f"{uncached:.0f}", f"{cached:.0f}", f"{known:.0f}",
    ]  # fmt: skip


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default="http://127.0.0.1:8000")
    parser.add_argument("--data", type=Path, default=Path(".langbiang"))
    parser.add_argument("--most", type=int, default=150, help="tiles of each zoom")
    chosen = parser.parse_args()
    city = engines(postgres.start(chosen.data), chosen.data)
    table = Table(
        "zoom", "tiles", "kB", "database ms", "uncached ms", "ratio", "uncached/s (8)", "cached/s (8)", "304/s (8)"
    )
    for zoom in (13, 14, 15, 16, 17):
        table.add_row(*measured(chosen.root, city, zoom, chosen.most))
    city.dispose()
    Console().print(table)


if __name__ == "__main__":
    main()
