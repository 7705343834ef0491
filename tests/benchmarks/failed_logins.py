"""Ten thousand failed log-ins from one address, while somebody else logs in: how long, how many passwords looked at.

python tests/benchmarks/failed_logins.py [ATTEMPTS]   makes a private server of its own.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gis_core import postgres
from gis_core.accounts import add_account, log_in
from gis_core.db import Engines, engines
from gis_core.errors import NotAuthenticated, TooManyRequests
from layers.migrate import migrate

PASSWORD = "mười hai ký tự trở lên"


def main(attempts: int) -> None:
    """Print the figures."""
    folder = Path(tempfile.mkdtemp(prefix="langbiang-benchmark-"))
    try:
        url = postgres.start(folder, for_tests=True)
        migrate(url, folder)
        ways = engines(url, folder)
        with ways.owner.begin() as connection:
            add_account(connection, "lan", "planner", (), PASSWORD)
        alone = statistics.median(own_log_in(ways) for _ in range(9))
        begun = time.perf_counter()
        with ThreadPoolExecutor(9) as pool:
            flood = [pool.submit(attack, ways, number) for number in range(attempts)]
            meanwhile = [own_log_in(ways) for _ in range(9)]
            outcomes = Counter(one.result() for one in flood)
        seconds = time.perf_counter() - begun
        print(f"{attempts} failed log-ins in {seconds:.1f} s: {dict(outcomes)}")
        print(
            f"log-in of somebody else: {alone:.0f} ms alone, {statistics.median(meanwhile):.0f} ms meanwhile (medians)"
        )
        ways.dispose()
    finally:
        postgres.stop(folder)
        shutil.rmtree(folder)


def attack(ways: Engines, number: int) -> str:
    """What became of one attempt: `looked at` costs an Argon2 hash, `refused` does not."""
    try:
        log_in(ways.accounts, f"name-{number % 100}", "wrong wrong wrong", "198.51.100.1")
    except NotAuthenticated:
        return "looked at"
    except TooManyRequests:
        return "refused"
    return "opened"


def own_log_in(ways: Engines) -> float:
    """Milliseconds that an honest log-in from elsewhere takes."""
    start = time.perf_counter()
    log_in(ways.accounts, "lan", PASSWORD, "192.0.2.1")
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
