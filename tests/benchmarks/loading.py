"""How fast and in how much memory polygons are loaded, beside `ogr2ogr` with COPY on the same file and database.

Run it as `uv run python tests/benchmarks/loading.py --polygons 1000000`; it makes its own PostGIS
cluster and removes it.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from etl.load import Request, load
from gis_core import postgres
from layers import CATALOG
from layers.migrate import migrate

SIDE_M = 30.0
CORNER = (555_000.0, 1_295_000.0)


def write_polygons(path: Path, count: int, batch: int = 50_000) -> None:
    """Write `count` four-sided parcels with sheet and number to a GeoPackage in EPSG:5899, batch by batch."""
    side = int(np.ceil(np.sqrt(count)))
    rng = np.random.default_rng(1)
    for first in range(0, count, batch):
        numbers = np.arange(first, min(first + batch, count))
        table = pa.table(
            {
                "MaXa": pa.array(np.full(len(numbers), "24805")),
                "SoTo": pa.array((numbers // 400 + 1).astype(str)),
                "SoThua": pa.array((numbers % 400 + 1).astype(str)),
                "DienTich": pa.array(np.full(len(numbers), SIDE_M**2)),
                "LoaiDat": pa.array(rng.choice(["ODT", "CLN", "HNK"], len(numbers))),
                "ward_code": pa.array(np.full(len(numbers), "24805")),
                "geom": pa.array(shapely.to_wkb(_squares(numbers, side, rng))),
            }
        )
        pyogrio.write_arrow(
            table, path, layer="parcels", driver="GPKG", geometry_name="geom", geometry_type="Polygon", crs="EPSG:5899",
            append=first > 0,
        )  # fmt: skip


def _squares(numbers: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    west = CORNER[0] + (numbers % side) * SIDE_M
    south = CORNER[1] + (numbers // side) * SIDE_M
    gap = rng.uniform(0.1, 1.0, len(numbers))
    ring = [
        (west + gap, south),
        (west + SIDE_M, south + gap),
        (west + SIDE_M - gap, south + SIDE_M),
        (west, south + SIDE_M - gap),
    ]
    corners = np.stack([np.column_stack(corner) for corner in [*ring, ring[0]]], axis=1)
    return np.asarray(shapely.polygons(corners))


@contextmanager
def peak_memory() -> Iterator[Callable[[], float]]:
    """Watch this process and its children; the function tells the largest sum of resident memory so far, in GiB."""
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.2):
            peak = max(peak, sum(map(_resident, [os.getpid(), *_children(os.getpid())])))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: peak / 2**30
    finally:
        done.set()
        watcher.join()


def _resident(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/statm").read_text().split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def time_ogr2ogr(path: Path, url: sa.URL) -> float:
    """Seconds that GDAL's own loader takes, with COPY and a spatial index."""
    target = f"PG:host={url.query['host']} port={url.port or 5432} dbname={url.database} user={url.username}"
    command = [
        "ogr2ogr", "-f", "PostgreSQL", target, str(path), "-nln", "by_ogr2ogr", "-nlt", "MULTIPOLYGON",
        "-a_srs", "EPSG:5899", "-lco", "SPATIAL_INDEX=GIST", "-lco", "GEOMETRY_NAME=geom", "-overwrite",
    ]  # fmt: skip
    start = time.perf_counter()
    subprocess.run(command, check=True, env={**os.environ, "PG_USE_COPY": "YES", "PGPASSWORD": str(url.password)})
    return time.perf_counter() - start


def time_load(path: Path, url: sa.URL) -> float:
    """Seconds that `langbiang load land_parcels` takes, with all checks, keys, history and indexes."""
    engine = sa.create_engine(url)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    start = time.perf_counter()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        result = load(engine, Request(CATALOG["land_parcels"], (path,), "benchmark"), progress)
    seconds = time.perf_counter() - start
    engine.dispose()
    print(f"  {result.counts}")
    return seconds


def _server_versions(url: sa.URL) -> str:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        row = connection.execute(sa.text("select current_setting('server_version'), postgis_lib_version()")).one()
    engine.dispose()
    return f"PostgreSQL {row[0]}, PostGIS {row[1]}"


def _emptied(url: sa.URL) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # Layers refuse TRUNCATE (their history would be lost); a replica's session fires no triggers.
        connection.exec_driver_sql("set session_replication_role = replica")
        connection.exec_driver_sql("truncate city.land_parcels cascade")
    engine.dispose()


def _machine() -> str:
    version = subprocess.run(["ogr2ogr", "--version"], check=True, capture_output=True, text=True).stdout
    return (
        f"{version.partition(',')[0]}; Python {sys.version.split()[0]}, shapely {shapely.__version__}; "
        f"{os.cpu_count()} cores"
    )


def compare(path: Path, polygons: int, url: sa.URL) -> float:
    """The speed of `langbiang load` as a part of ogr2ogr's, both measured now and printed with the machine's load."""
    ogr = time_ogr2ogr(path, url)
    print(f"ogr2ogr, COPY, GiST index: {ogr:.1f} s, {polygons / ogr:,.0f} polygons/s; load {os.getloadavg()[0]:.1f}")
    _emptied(url)
    with peak_memory() as peak:
        own = time_load(path, url)
    print(
        f"langbiang load: {own:.1f} s, {polygons / own:,.0f} polygons/s, peak {peak():.2f} GiB; "
        f"{ogr / own:.2f} of ogr2ogr's speed; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return ogr / own


def main() -> None:
    """Print both times side by side, run after run, with versions and the load of the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--file", type=Path, help="use this file of parcels instead of a generated one")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="langbiang-benchmark-"))
    try:
        path = options.file or folder / "parcels.gpkg"
        if options.file is None:
            write_polygons(path, options.polygons)
        url = postgres.create_database(postgres.start(folder / "data"), "benchmark")
        migrate(url, folder / "data")
        polygons = int(pyogrio.read_info(path)["features"])
        print(f"{polygons:,} polygons, {path.stat().st_size / 2**20:.0f} MiB; {_server_versions(url)}; {_machine()}")
        ratios = [compare(path, polygons, url) for _ in range(options.runs)]
        print(f"median of {options.runs}: {statistics.median(ratios):.2f} of ogr2ogr's speed")
    finally:
        postgres.stop(folder / "data")
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
