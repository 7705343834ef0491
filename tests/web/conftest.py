"""A served city with a few features of every kind, and a browser to look at it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright

from gis_core.accounts import find_account
from gis_core.db import Engines
from gis_core.sessions import open_session

CHROMIUM = "/usr/bin/chromium"
SECONDS = 60_000
"""How long a page may take to draw, milliseconds: software rendering on a busy machine."""
ROWS = """
insert into city.wards (code, name, valid_from, geom)
 values ('24769', 'Phường Xuân Hương – Đà Lạt', '2025-07-01', {ward});
insert into city.land_parcels
 (parcel_uid, ward_code, map_sheet_no, parcel_no, area_m2, land_use_code, geom, source, source_ref)
 select '24769.7.' || n, '24769', '7', n::text, 1600, case when n % 2 = 0 then 'ODT' else 'CLN' end,
        st_multi(st_makeenvelope(575000 + 42 * (n % 10), 1320500 + 42 * (n / 10), 575040 + 42 * (n % 10),
                                 1320540 + 42 * (n / 10), 5899)), 'demo', n
 from generate_series(0, 99) as n;
insert into city.water (name, water_kind, geom)
 values ('Hồ Xuân Hương', 'lake', st_makeenvelope(575000, 1320300, 575420, 1320480, 5899));
insert into city.report_points
 (report_code, report_category, report_severity, report_status, is_public, received_at, geom)
 select 'PA1', (select code from platform.code where list = 'report_category' order by rank limit 1),
        (select code from platform.code where list = 'report_severity' order by rank limit 1),
        (select code from platform.code where list = 'report_status' order by rank limit 1),
        true, '2026-01-05 08:00+07', st_setsrid(st_makepoint(575020, 1320520), 5899);
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, drawing in software."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="session")
def running_server(shared_database: sa.URL, data_folder: Path) -> Iterator[str]:
    """The address of a server on the database that tests use one after the other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "DATABASE_URL": shared_database.render_as_string(hide_password=False),
        "LANGBIANG_DATA": str(data_folder), "PORT": str(port),
    }  # fmt: skip
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--port", str(port)]
    process = subprocess.Popen([*command, "api.app:create_app"], env=os.environ | settings)
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def site(city: Engines, running_server: str) -> str:
    """The address of a server on a small city."""
    ward = "st_multi(st_makeenvelope(574500, 1320000, 576000, 1321500, 5899))"
    with city.owner.begin() as connection:
        connection.execute(sa.text(ROWS.format(ward=ward)))
    return running_server


def session(city: Engines, name: str, role: str | None = None) -> str:
    """The cookie of a new session of the account `name` of that role (the name itself where None), made if need be."""
    with city.owner.begin() as connection:
        made = sa.text(
            "insert into platform.account (name, role, wards) values (:name, :role, '{}') on conflict do nothing"
        )
        connection.execute(made, {"name": name, "role": role or name})
        return open_session(connection, find_account(connection, name), 1)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)


def drawn(page: Page) -> Page:
    """The page, after its map has drawn everything in view."""
    page.wait_for_selector("#stage[aria-busy=false]", timeout=SECONDS)
    return page
