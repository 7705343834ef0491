"""The hard set: queries with the answers they ask for, one CSV a kind, in geocoder-tester's format.

    python -m tests.addresses.make_queries [FOLDER-OF-A-CITY] [--out FOLDER]

Without a folder the city of `make_city` is made and the files beside this one are written anew. With one, the same
kinds of queries are made for any generated city, or for the house numbers invented on a real city's streets.
https://github.com/geocoders/geocoder-tester reads the files as they are; what else a line says has no `expected_`.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, fields
from itertools import chain
from pathlib import Path
from random import Random

from tests.addresses import house_queries, misspelt_queries, place_queries, unanswerable_queries
from tests.addresses.facts import Facts, Query
from tests.addresses.make_city import make_city

HERE = Path(__file__).parent
SEED = 6
FILES = {
    "test_da_lat_houses.csv": house_queries.MAKERS,
    "test_da_lat_misspelt.csv": misspelt_queries.MAKERS,
    "test_da_lat_places.csv": place_queries.MAKERS,
    "test_da_lat_unanswerable.csv": unanswerable_queries.MAKERS,
}


def write_queries(folder: Path, out: Path) -> None:
    """Write the queries about the city in `folder` into `out`; equal cities give equal files."""
    facts = Facts(folder)
    for name, makers in FILES.items():
        # Each kind has its own chance, so that a change of one leaves the others.
        made = chain.from_iterable(make(facts, Random(f"{SEED} {make.__name__}")) for make in makers)
        _write(out / name, made)


def _write(path: Path, queries: Iterable[Query]) -> None:
    unique = {(one.query, one.category): one for one in queries}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [one.name for one in fields(Query)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(one) for one in unique.values())


def main() -> None:
    """Writes the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("city", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    if chosen.city:
        write_queries(chosen.city, chosen.out)
        return
    with tempfile.TemporaryDirectory() as made:
        make_city(Path(made) / "city")
        write_queries(Path(made) / "city", chosen.out)


if __name__ == "__main__":
    main()
