"""How many requests a second our server answers, beside others on the same tables, in the same run, in turns.

    python -m tests.benchmarks.serving [--parcels 1000000] [--rounds 3] [--seconds 3]

Makes a private city, installs and starts the others (tipg and pygeoapi from PyPI, MapServer and QGIS Server from
Debian, martin and pg_tileserv where they can be had), asks each with `wrk`, prints a table with the goals, and stops
and removes all it started. An answer that is an error or has too few features ends the run.
"""

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from api.supervise import Children, interruptible
from tests.benchmarks.serving_city import City, running_city
from tests.benchmarks.serving_database import seconds as database_seconds
from tests.benchmarks.serving_database import statements
from tests.benchmarks.serving_fastcgi import mapserver, qgis_server
from tests.benchmarks.serving_install import FOLDER, Missing
from tests.benchmarks.serving_peers import Server, Site, martin, ours, pg_tileserv, pygeoapi, tipg
from tests.benchmarks.serving_questions import Question, check, questions
from tests.benchmarks.serving_table import Measured, print_table

PEERS = {
    "tipg": tipg, "pygeoapi": pygeoapi, "mapserver": mapserver, "qgis-server": qgis_server, "martin": martin,
    "pg_tileserv": pg_tileserv,
}  # fmt: skip
CONCURRENCY = (1, 8)
LONGEST_SECONDS = 60
SLOW_SECONDS = 1.0
"""A server that takes longer for one answer is not asked by several at once: eight would wait for minutes."""
_MEASURED = re.compile(r"measured [\d.]+ [\d.]+ [\d.]+ \d+ (\d+)")
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parcels", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--port", type=int, default=8120, help="the first of eight ports")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--only", default="", help="ask only what has this word in its name: 'tile', 'page', …")
    chosen = parser.parse_args()
    begun = time.monotonic()
    with interruptible(), tempfile.TemporaryDirectory(prefix="langbiang-benchmark-") as folder:
        # As root the database runs under another account, which has to pass through.
        Path(folder).chmod(0o711)
        with running_city(Path(folder) / "data", chosen.parcels) as city:
            print(f"{chosen.parcels:,} parcels made in {time.monotonic() - begun:.0f} s; {_load()}", flush=True)
            with running_servers(city, Path(folder), chosen.port, chosen.peers) as (servers, missing):
                measured = measure_all(
                    city, servers, chosen.rounds, chosen.seconds, Path(folder) / "paths", chosen.only
                )
        print_table(measured, [one.name for one in servers], missing)
    print(f"\n{_load()}; the whole run took {time.monotonic() - begun:.0f} s")


def _load() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


@contextmanager
def running_servers(
    city: City, folder: Path, port: int, peers: Sequence[str]
) -> Iterator[tuple[list[Server], dict[str, str]]]:
    """Ours and `peers`, ready, and why others are missing. Their logs stay in `.tools/bench/logs`."""
    missing: dict[str, str] = {}
    servers = list(ours(city.owner, city.data, port))
    for number, name in enumerate(peers, start=len(servers)):
        place = folder / name
        place.mkdir()
        try:
            servers.append(PEERS[name](Site(place, port + number, city.reader)))
        except Missing as reason:
            missing[name] = str(reason)
    with ExitStack() as stack:
        children = stack.enter_context(Children(FOLDER / "logs"))
        for server in servers:
            for program in server.programs:
                children.start(program)
        for server in servers:
            _await(server, children)
        yield servers, missing


def _await(server: Server, children: Children, within: float = 120) -> None:
    end = time.monotonic() + within
    while time.monotonic() < end:
        children.check(enough=1)
        try:
            if httpx.get(server.root + server.ready, timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"{server.name} does not answer {server.root}{server.ready} within {within:.0f} s.")


def measure_all(
    city: City, servers: Sequence[Server], rounds: int, seconds: int, paths: Path, only: str
) -> list[Measured]:
    """One for each question with `only` in its name and each concurrency, with the medians over the rounds."""
    return [
        measure(city, servers, question, concurrency, rounds, seconds, paths)
        for question in questions(city)
        if only in question.name
        for concurrency in CONCURRENCY
    ]


def measure(
    city: City, servers: Sequence[Server], question: Question, concurrency: int, rounds: int, seconds: int, paths: Path
) -> Measured:
    """Each of the servers that can answer, in turn, `rounds` times; and the database alone, on one connection."""
    able = [(server, *check(server, question)) for server in servers if question.paths(server)]
    rates: dict[str, list[float]] = {server.name: [] for server, *_ in able}
    alone: list[float] = []
    asked = statements(city, question) if concurrency == 1 else []
    for _ in range(rounds):
        for server, headers, one_answer in able:
            if one_answer > SLOW_SECONDS:
                rates[server.name].append(1 / one_answer)
                continue
            paths.write_text("\n".join(question.paths(server)))
            rates[server.name].append(requests_a_second(server, question, concurrency, seconds, paths, headers))
        if asked:
            alone.append(database_seconds(city, asked, seconds))
    medians = {name: statistics.median(one) for name, one in rates.items()}
    python = frozenset(server.name for server, *_ in able if server.interpreted)
    return Measured(question.name, question.kind, concurrency, medians, python, statistics.median(alone or [0.0]))


def requests_a_second(
    server: Server, question: Question, concurrency: int, seconds: int, paths: Path, headers: dict[str, str]
) -> float:
    """What `wrk` measures; raises `SystemExit` where an answer is an error.

    Takes longer than `seconds` where that was too short for each connection to be answered once.
    """
    added = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    done = subprocess.run(
        ["wrk", f"-t{min(concurrency, 2)}", f"-c{concurrency}", f"-d{seconds}s", "--timeout=60s", *added,
         "-s", str(Path(__file__).with_name("addresses.lua")), server.root],
        env={**os.environ, "PATHS": str(paths)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found, rate = _MEASURED.search(done.stdout), _RATE.search(done.stdout)
    if found is None or rate is None or found[1] != "0" or seconds > LONGEST_SECONDS:
        raise SystemExit(f"{server.name}, {question.name}: answers were errors or there were none.\n{done.stdout}")
    if float(rate[1]) * seconds < concurrency:
        return requests_a_second(server, question, concurrency, 3 * seconds, paths, headers)
    return float(rate[1])


if __name__ == "__main__":
    main()
