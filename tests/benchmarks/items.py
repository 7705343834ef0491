"""How many items requests a second: this server beside others on the same database, in the same run, in turns.

    uv run python tests/benchmarks/items.py langbiang=http://127.0.0.1:8000/ogc/collections/land_parcels/items,json \
        tipg=http://127.0.0.1:8001/collections/city.land_parcels/items,geojson

Each server is named with the address of its items and its word for GeoJSON. Needs `wrk` (Debian package of that name).
"""

import argparse
import os
import re
import statistics
import subprocess
from pathlib import Path

KINDS = {"bbox": "a box of about 60 features", "page": "limit=1000", "item": "one item", "cql2": "CQL2 in a box"}
SCRIPT = Path(__file__).with_suffix(".lua")


def measure(address: str, form: str, kind: str, concurrency: int, seconds: int) -> float:
    """Requests a second; raises `SystemExit` where any answer was an error."""
    environment = {
        **os.environ,
        "KIND": kind,
        "ITEMS": address.partition("://")[2].partition("/")[2],
        "FILTER_FORM": form,
    }
    environment["ITEMS"] = "/" + environment["ITEMS"]
    threads = min(2, concurrency)
    done = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "20s", "-s", str(SCRIPT), address],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    if errors := re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout):
        raise SystemExit(f"{address}, {kind}: {errors[1]} answers were errors.\n{done.stdout}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout)
    return float(found[1])


def main() -> None:
    """Prints a table of medians over the rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="+", help="NAME=ADDRESS-OF-ITEMS,WORD-FOR-GEOJSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 8])
    chosen = parser.parse_args()
    servers = [(name, *rest.rsplit(",", 1)) for name, _, rest in (one.partition("=") for one in chosen.server)]
    print("| what | concurrency | " + " | ".join(name for name, *_ in servers) + " |")
    for kind, words in KINDS.items():
        for concurrency in chosen.concurrency:
            rates: dict[str, list[float]] = {name: [] for name, *_ in servers}
            for _ in range(chosen.rounds):
                for name, address, form in servers:
                    rates[name].append(measure(address, form, kind, concurrency, chosen.seconds))
            medians = " | ".join(f"{statistics.median(one):.0f}" for one in rates.values())
            print(f"| {words} | {concurrency} | {medians} |", flush=True)


if __name__ == "__main__":
    main()
