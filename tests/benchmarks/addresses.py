"""How well and how fast addresses are found, beside trigrams in the same database and addok, in the same run.

    python -m tests.benchmarks.addresses [--addok VIRTUALENV/bin/python] [--addresses 50000 600000]

The hard set of `tests/addresses` is asked of each, in process; then a server of its own is asked over HTTP by `wrk`,
eight requests at a time, in cities of so many house numbers. addok needs `redis-server`; without `--addok` it is left
out.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from rich.progress import Progress

from etl.city import load_city
from gis_core import postgres
from gis_core.db import Engines, engines
from layers.migrate import migrate
from tests.addresses.judge import read_queries
from tests.addresses.make_city import make_city
from tests.benchmarks.address_peers import Asked, ask_addok, ask_langbiang, ask_trigrams
from tests.benchmarks.address_server import measure_server

QUERIES = Path(__file__).parents[1] / "addresses"


@contextmanager
def hard_city() -> Iterator[tuple[sa.URL, Engines, Path]]:
    """A server of its own with the city of the hard set, and the data folder, all removed afterwards."""
    data = Path(tempfile.mkdtemp(prefix="langbiang-benchmark-"))
    try:
        url = postgres.start(data, for_tests=True)
        migrate(url, data)
        city = engines(url, data)
        make_city(data / "city")
        with Progress(disable=True) as progress:
            load_city(city.owner, data / "city", data, progress)
        yield url, city, data
        city.dispose()
    finally:
        postgres.stop(data)
        shutil.rmtree(data)


def print_recall(asked: list[Asked]) -> None:
    """Print, for each category of house queries and for absent numbers, what each engine found."""
    names = [one.name for one in asked]
    print("| recall@1 %, and wrong houses | queries | " + " | ".join(names) + " |")
    print("|---|---|" + "---|" * len(names))
    for category, count in asked[0].counts().items():
        cells = " | ".join(f"{one.recall(category):.1f} ({one.wrong(category)})" for one in asked)
        print(f"| {category} | {count} | {cells} |")
    print("| in process, p50 / p95 ms | | " + " | ".join(one.latency() for one in asked) + " |", flush=True)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--addok", type=Path, help="the interpreter of an environment with addok")
    parser.add_argument("--addresses", type=int, nargs="*", default=[50_000, 600_000])
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement over HTTP")
    parser.add_argument("--port", type=int, default=8106)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    queries = [
        one
        for one in read_queries(QUERIES)
        if one.category == "absent" or (one.expected_type == "house" and one.limit == 1)
    ]
    with hard_city() as (url, city, data):
        asked = [ask_langbiang(city, queries), ask_trigrams(city, queries)]
        if chosen.addok:
            asked.append(ask_addok(chosen.addok, data, queries))
        print_recall(asked)
        for addresses in chosen.addresses:
            measure_server(url, city, data, addresses, chosen.port, chosen.seconds)


if __name__ == "__main__":
    main()
