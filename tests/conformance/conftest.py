"""A server of its own process on a small city, as the clients and suites of other people meet it."""

import collections
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

import httpx2
import pytest
import sqlalchemy as sa

from gis_core import postgres
from gis_core.accounts import add_account
from gis_core.credentials import add_credential

ROWS = """
insert into city.wards (code, name, valid_from, valid_to, geom)
 select lpad((24000 + n)::text, 5, '0'), 'Phường ' || n, date '2020-01-01' + n,
        case when n % 2 = 0 then date '2025-06-30' end,
        st_multi(st_transform(st_makeenvelope(108.40 + n / 100.0, 11.9, 108.41 + n / 100.0, 11.95, 4326), 5899))
 from generate_series(1, 12) as n;
insert into city.places (name, place_kind, geom)
 select 'Địa điểm ' || n, (select min(code) from platform.code where list = 'place_kind'),
        st_transform(st_setsrid(st_makepoint(108.40 + n / 1000.0, 11.9 + (n % 7) / 100.0), 4326), 5899)
 from generate_series(1, 137) as n;
insert into city.roads (street_name, road_class, geom)
 select 'Đường ' || n, (select min(code) from platform.code where list = 'road_class'),
        st_multi(st_transform(st_setsrid(st_makeline(st_makepoint(108.4, 11.9 + n / 100.0),
                                                     st_makepoint(108.5, 11.9 + n / 100.0)), 4326), 5899))
 from generate_series(1, 9) as n;
insert into city.report_points (report_code, report_category, report_severity, report_status, is_public, received_at,
                                geom)
 select 'PA' || n, (select min(code) from platform.code where list = 'report_category'),
        (select min(code) from platform.code where list = 'report_severity'),
        (select min(code) from platform.code where list = 'report_status'),
        n % 3 > 0, timestamptz '2025-11-01 08:00+07' + n * interval '1 day',
        st_setsrid(st_makepoint(574000 + n, 1321000), 5899)
 from generate_series(1, 30) as n;
"""


@pytest.fixture(scope="session")
def small_database(server: sa.URL, migrated_template: str) -> Iterator[sa.URL]:
    """The owner's address of a database with a small city, which these tests only read."""
    name = f"conformance_{uuid.uuid4().hex}"
    url = postgres.create_database(server, name, template=migrated_template)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(ROWS))
    yield url
    postgres.drop_database(server, name)


@dataclass(frozen=True)
class AccessLog:
    """What the server was asked for, as it wrote down itself."""

    path: Path

    def __len__(self) -> int:
        return len(self.path.read_text("utf-8").splitlines())

    def since(self, mark: int) -> list[str]:
        """The requests after the first `mark` lines: method, path, query in plain letters, status."""
        # The server writes a line after it has answered: until the log has grown and then rests, there may be more.
        deadline, held = time.monotonic() + 10, mark
        while time.monotonic() < deadline and (len(self) == mark or len(self) != held):
            held = len(self)
            time.sleep(0.2)
        lines = self.path.read_text("utf-8").splitlines()[mark:]
        return [unquote_plus(line.partition(LINE_START)[2]) for line in lines if LINE_START in line]


LINE_START = "asked: "


@pytest.fixture(scope="session")
def access_log(tmp_path_factory: pytest.TempPathFactory) -> AccessLog:
    """The log of the server that all these tests ask."""
    return AccessLog(tmp_path_factory.mktemp("conformance") / "server.log")


@pytest.fixture(scope="session")
def server_url(small_database: sa.URL, data_folder: Path, access_log: AccessLog) -> Iterator[str]:
    """The address of the API's root on a running server; one for all tests, which end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "DATABASE_URL": small_database.render_as_string(hide_password=False), "LANGBIANG_DATA": str(data_folder),
        "PORT": str(port), "LANGBIANG_REQUESTS_PER_MINUTE": "1000000", "LANGBIANG_ECHO_PROCESS": "1",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--host", "127.0.0.1",
        "--port", str(port), "--access-log",
        "--access-log-fmt", f"{LINE_START}%(method)s %(path)s?%(query_string)s %(status)d", "api.app:create_app",
    ]  # fmt: skip
    with (
        access_log.path.open("wb") as log,
        subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}/ogc"
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def operator_password(small_database: sa.URL) -> str:
    """An application password of the account `operator.gis`, with which a desktop GIS may also write."""
    engine = sa.create_engine(small_database, poolclass=sa.NullPool)
    with engine.begin() as connection:
        account = add_account(connection, "operator.gis", "operator", (), "mật khẩu đủ dài cho thử nghiệm")
        return add_credential(connection, account, "application_password", "QGIS", "write")


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints how each suite and each client fared, one a line."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            folder, _, name = report.nodeid.partition("::")[0].rpartition("/")
            if folder.endswith("conformance"):
                counts[name.removeprefix("test_").removesuffix(".py")][outcome] += 1
    if counts:
        terminalreporter.section("conformance")
    for name, found in counts.items():
        failed = found["failed"] + found["error"]
        terminalreporter.write_line(f"{name}: {found['passed']} passed, {failed} failed, {found['skipped']} skipped")
