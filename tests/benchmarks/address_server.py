"""How fast a server of its own answers searches and suggestions in a city of many house numbers."""

import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import sqlalchemy as sa

from etl.demo.names import streets
from etl.demo.wards import OLD_WARDS
from gis_core.addresses import find
from gis_core.db import ANONYMOUS, Engines, acting_as, engines
from tests.addresses.spelling import without_marks

CONCURRENCY = 8
_QUERIES = 3_000
# A third on the street, a third in alleys, a third in alleys of alleys; every number once.
_FILL = """
insert into city.house_numbers
       (house_number, alley_path, street_name, ward_code, ward_code_old, status, full_address, source, geom)
select number, nullif(substring(number from '(.*)/'), ''), street, ward_new, ward_old, 'hien_hanh',
       number || ' ' || street, 'benchmark',
       st_setsrid(st_makepoint(573000 + s % 60 * 80 + n % 40, 1318500 + s / 60 * 300 + n / 40), 5899)
  from unnest(cast(:streets as text[]), cast(:old as text[]), cast(:new as text[]))
       with ordinality as one (street, ward_old, ward_new, s),
       generate_series(1, :each) as n,
       lateral (select case n % 3 when 0 then n::text
                                  when 1 then (n / 20 + 1) || '/' || (n % 20 + 1)
                                  else (n / 20 + 1) || '/' || (n % 20 + 1) || '/' || (n % 7 + 1) end) as made (number)
"""
_MEASURED = re.compile(r"measured ([\d.]+) ([\d.]+) ([\d.]+) (\d+) (\d+)")


def measure_server(url: sa.URL, city: Engines, data: Path, addresses: int, port: int, seconds: int) -> None:
    """Fill the city up to `addresses` house numbers, and print the time of its index and the answers' latencies."""
    _fill(city, addresses)
    print(f"\n{addresses:,} house numbers", flush=True)
    searches, suggestions = _paths(city)
    indexes, first, taken = _in_process(url, data, searches)
    p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    print(f"| indexes rebuilt {indexes:.1f} s, streets and names read with the first search {first:.1f} s |")
    print(f"| search, in process, one at a time | p50 {p50:.1f} ms | p95 {p95:.1f} ms |", flush=True)
    with _serving(url, data, port) as root:
        for words, paths in (("search", searches), ("suggest", suggestions)):
            (data / "paths").write_text("\n".join(paths), "utf-8")
            p50, p95, p99, rate, errors = _wrk(root, data / "paths", seconds)
            print(
                f"| {words}, {CONCURRENCY} at a time | p50 {p50} ms | p95 {p95} ms | p99 {p99} ms | {rate}/s |"
                f" {errors} errors |",
                flush=True,
            )


def _fill(city: Engines, addresses: int) -> None:
    names = streets(max(150, addresses // 1000))
    old = [OLD_WARDS[k % len(OLD_WARDS)] for k in range(len(names))]
    with city.owner.begin() as connection:
        # The rows of an earlier measurement go, and no history of either is written.
        connection.exec_driver_sql("set local session_replication_role = replica")
        connection.exec_driver_sql("delete from city.house_numbers where source = 'benchmark'")
        connection.execute(
            sa.text(_FILL),
            {
                "streets": [f"{name} mới" for name in names],
                "old": [ward.code for ward in old],
                "new": [ward.successor for ward in old],
                "each": addresses // len(names),
            },
        )
    with city.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("vacuum analyze city.house_numbers")


def _paths(city: Engines) -> tuple[list[str], list[str]]:
    """Paths of searches (as written, without marks, with an absent number), and of suggestions for halves of them."""
    with city.owner.connect() as connection:
        rows = connection.execute(
            sa.text(
                "select h.house_number, h.street_name, w.name from city.house_numbers as h"
                " join city.wards as w on w.code = h.ward_code_old and w.valid_to is not null"
                " where h.source = 'benchmark' order by random() limit :count"
            ),
            {"count": _QUERIES},
        ).all()
    rng = random.Random(6)
    searches, suggestions = [], []
    for number, street, ward in rows:
        text = rng.choice(["{} {}, {}, Đà Lạt", "{} {}", "Số {} đường {}, {}", "{}/9999 {}"]).format(
            number, street, ward
        )
        text = without_marks(text).lower() if rng.random() < 0.5 else text
        searches.append(f"/search?q={quote(text)}")
        half = f"{number} {street}"
        suggestions.append(f"/search/suggest?q={quote(half[: rng.randint(1, len(half))].strip())}")
    return searches, suggestions


def _in_process(url: sa.URL, data: Path, searches: list[str]) -> tuple[float, float, list[float]]:
    """Seconds of rebuilding every index of the table and of the first search, then milliseconds of the other searches.

    By engines of its own: what is kept in memory is kept for each.
    """
    city = engines(url, data)
    begun = time.perf_counter()
    with city.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("reindex table city.house_numbers")
    indexes = time.perf_counter() - begun
    taken = []
    with acting_as(city, ANONYMOUS) as connection:
        for path in searches[:1000]:
            begun = time.perf_counter()
            find(connection, ANONYMOUS, unquote(path.partition("=")[2]), limit=5, language="vi")
            taken.append((time.perf_counter() - begun) * 1000)
    city.dispose()
    return indexes, taken[0] / 1000, taken[1:]


@contextmanager
def _serving(url: sa.URL, data: Path, port: int) -> Iterator[str]:
    """The root of a server on that database."""
    environment = {
        **os.environ,
        "DATABASE_URL": url.render_as_string(hide_password=False).replace("+psycopg2", ""),
        "LANGBIANG_DATA": str(data),
    }  # fmt: skip
    command = [Path(sys.executable).with_name("langbiang"), "serve", "--port", str(port)]
    with (
        (data / "server.log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            root = f"http://127.0.0.1:{port}"
            _wait_for(root, data / "server.log")
            yield root
        finally:
            server.terminate()


def _wait_for(root: str, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            answer = httpx.get(f"{root}/search", params={"q": "1 Trần Phú mới"}, timeout=30)
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if answer.status_code == 200:
            return
        raise SystemExit(f"{answer.status_code} {answer.text}")
    raise SystemExit(f"The server did not start:\n{log.read_text('utf-8')}")


def _wrk(root: str, paths: Path, seconds: int) -> tuple[str, ...]:
    """Median, 95th and 99th percentile in milliseconds, requests a second, and errors."""
    done = subprocess.run(
        ["wrk", "-t2", f"-c{CONCURRENCY}", f"-d{seconds}s", "--latency", "-s",
         str(Path(__file__).with_name("addresses.lua")), root],
        env={**os.environ, "PATHS": str(paths)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = _MEASURED.search(done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    return found.groups()
