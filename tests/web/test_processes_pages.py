"""The pages of processes and jobs, as people use them: with and without an account, on a desk and on a phone."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis_core.accounts import add_account
from gis_core.db import Engines
from tests.web.conftest import ROWS, SECONDS, _wait_for

pytestmark = pytest.mark.browser
PASSWORD = "mật khẩu đủ dài cho thử nghiệm"
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def echo_site(shared_database: sa.URL, data_folder: Path) -> Iterator[str]:
    """The address of a server with an echo and its worker, on the database that tests use one after the other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "DATABASE_URL": shared_database.render_as_string(hide_password=False), "LANGBIANG_ECHO_PROCESS": "1",
        "LANGBIANG_DATA": str(data_folder), "PORT": str(port),
    }  # fmt: skip
    serve = ("-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--port", str(port), "api.app:create_app")
    programs = [subprocess.Popen([sys.executable, *one], env=os.environ | settings) for one in (serve, WORKER)]
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz", programs[0])
        yield f"http://127.0.0.1:{port}"
    finally:
        for one in programs:
            one.terminate()
        for one in programs:
            one.wait()


WORKER = ("-m", "api.worker")


@pytest.fixture
def site(city: Engines, echo_site: str) -> str:
    """That address, with a small city and the account 'lan' behind it."""
    ward = "st_multi(st_makeenvelope(574500, 1320000, 576000, 1321500, 5899))"
    with city.owner.begin() as connection:
        connection.execute(sa.text(ROWS.format(ward=ward)))
        add_account(connection, "lan", "planner", (), PASSWORD)
    return echo_site


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Opener]:
    """Opens a page of the site, signed in or not, and watches what it says on the console."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(path: str, *, signed_in: bool = False, phone: bool = False) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = browser.new_context(viewport=size, locale="vi-VN")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        if signed_in:
            page.goto(f"{site}/login")
            page.get_by_label("Tên đăng nhập").fill("lan")
            page.locator("input[type=password]").fill(PASSWORD)
            page.get_by_role("button", name="Đăng nhập").click()
            page.wait_for_url(lambda url: "/login" not in url)
        page.goto(site + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def check(page: Page, name: str) -> None:
    """Compares the page with the rules of accessibility, and its width with that of the window."""
    violations = Axe().run(page).response["violations"]
    faults = [(one["id"], node["html"][:120]) for one in violations for node in one["nodes"]]
    assert faults == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
    if folder := os.environ.get("LANGBIANG_PICTURES"):
        page.screenshot(path=Path(folder, f"{name}-{page.viewport_size['width']}.png"), full_page=True)  # type: ignore[index]


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_pages_are_accessible_and_fit(opened: Opener, phone: bool) -> None:
    anonymous = opened("/ogc/processes?f=html", phone=phone)
    expect(anonymous.get_by_role("heading", level=1)).to_have_text("Các tiến trình")
    check(anonymous, "processes")
    anonymous.goto(anonymous.url.replace("/ogc/processes", "/ogc/jobs"))
    check(anonymous, "jobs-anonymous")
    page = opened("/ogc/processes/export?f=html", signed_in=True, phone=phone)
    check(page, "export-form")
    page.get_by_label("Lớp dữ liệu").select_option("land_parcels")
    page.get_by_label("Định dạng").select_option("csv")
    page.get_by_role("button", name="Chạy").click()
    expect(page.locator("#status")).to_have_text("Đã xong")
    check(page, "job-done")
    page.get_by_role("link", name="Xem kết quả").click()
    expect(page.get_by_role("link", name="Tệp land_parcels.csv")).to_be_visible()
    check(page, "export-result")
    page.goto(page.url.partition("/ogc/")[0] + "/ogc/jobs?f=html&lang=en")
    expect(page.get_by_role("link", name="Export a collection to a file")).to_be_visible()
    check(page, "jobs-english")


def test_anybody_gets_a_report_at_once_from_the_form(opened: Opener) -> None:
    page = opened("/ogc/processes/zone-report?f=html")
    page.get_by_role("button", name="Chạy").click()
    expect(page.get_by_role("alert")).to_contain_text("hãy cho parcel_id hoặc area")
    page.get_by_label("Mã đối tượng thửa đất").fill("-5")
    page.get_by_label("Vùng GeoJSON").fill("{")
    page.get_by_role("button", name="Chạy").click()
    expect(page.get_by_role("alert")).to_contain_text("không phải JSON")
    expect(page.get_by_label("Mã đối tượng thửa đất")).to_have_value("-5")
    expect(page.get_by_label("Vùng GeoJSON")).to_have_value("{")
    check(page, "zone-report-refused")
    page.get_by_label("Vùng GeoJSON").fill("")
    page.get_by_label("Mã đối tượng thửa đất").fill("1")
    page.get_by_role("button", name="Chạy").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kết quả")
    expect(page.get_by_text("1.600")).to_be_visible()
    check(page, "zone-report-result")


def test_a_job_shows_its_progress_and_can_be_stopped(opened: Opener) -> None:
    page = opened("/ogc/processes/echo?f=html", signed_in=True)
    page.get_by_label("Chờ bao nhiêu giây").fill("60")
    page.get_by_role("button", name="Chạy").click()
    expect(page.locator("#message")).to_have_text("Đang chờ")
    expect(page.locator("#progress")).not_to_have_js_property("value", 0)
    check(page, "job-running")
    page.get_by_role("button", name="Dừng").click()
    expect(page.locator("#status")).to_have_text("Đã dừng")
    expect(page.get_by_role("button", name="Dừng")).to_have_count(0)
