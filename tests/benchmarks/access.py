"""What acting as somebody costs: the same query with role and row policies and without, in turn, in one run.

python tests/benchmarks/access.py [REQUESTS]   makes a private server of its own with 20,000 households.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from gis_core import postgres
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as, engines
from layers.migrate import migrate

WARDS = ("24787", "24778")
HOUSEHOLDS = """
insert into city.business_households (business_name, business_status, ward_code, phone, geom)
select 'Hộ ' || n, case when n % 5 = 0 then 'tam_ngung' else 'hoat_dong' end,
       (array['24787', '24778'])[1 + n % 2], '09' || n,
       st_setsrid(st_makepoint(571000 + n % 200, 1320000 + n / 200), 5899)
  from generate_series(1, 20000) as n
"""
QUERY = sa.text(
    "select id, business_name from city.business_households"
    " where geom && st_makeenvelope(571050, 1320000, 571060, 1320100, 5899)"
    "   and ward_code = any (:wards) and business_status = any (:states) order by id limit 100"
)
OFFICER = Identity("lan", "tax_officer", WARDS[:1])


def main(requests: int) -> None:
    """Print the medians and their differences."""
    folder = Path(tempfile.mkdtemp(prefix="langbiang-benchmark-"))
    try:
        url = postgres.start(folder, for_tests=True)
        migrate(url, folder)
        ways = engines(url, folder)
        with ways.owner.begin() as connection:
            connection.execute(sa.text(HOUSEHOLDS))
        with ways.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("vacuum analyze city.business_households")
        report("citizen", compare(ways, ANONYMOUS, WARDS, ("hoat_dong",), requests))
        report("officer of one ward", compare(ways, OFFICER, OFFICER.wards, ("hoat_dong", "tam_ngung"), requests))
        ways.dispose()
    finally:
        postgres.stop(folder)
        shutil.rmtree(folder)


def compare(
    ways: Engines, who: Identity, wards: tuple[str, ...], states: tuple[str, ...], requests: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of `requests` runs each: as the owner, whom no policy binds, and acting as `who`."""
    asked = {"wards": list(wards), "states": list(states)}

    def free() -> int:
        with ways.owner.begin() as connection:
            return len(connection.execute(QUERY, asked).all())

    def bound() -> int:
        with acting_as(ways, who) as connection:
            return len(connection.execute(QUERY, asked).all())

    if free() != bound():
        raise AssertionError("the two ways must find the same rows")
    pairs = [(timed(free), timed(bound)) for _ in range(requests)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def timed(work: Callable[[], int]) -> float:
    """Milliseconds that `work` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def report(name: str, times: tuple[list[float], list[float]]) -> None:
    """Print a line with the medians."""
    free, bound = (statistics.median(one) for one in times)
    print(f"{name:20}  without {free:.2f} ms   acting {bound:.2f} ms   overhead {bound - free:+.2f} ms (medians)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
