"""A planner publishes an amended plan of 214 zones, in a browser: checks, comparison, approval, withdrawal."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import shapely
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.offered import offered
from gis_core.db import Engines
from gis_core.jobs.carry_out import carry_out
from gis_core.settings import Settings
from layers import CATALOG
from tests.database import plan_city as plans
from tests.web.conftest import SECONDS, session

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]


@pytest.fixture
def worker(city: Engines, data_folder: Path) -> Iterator[None]:
    """A worker that carries out what is submitted, as long as the test runs."""
    jobs, ended = offered(Settings(data=data_folder), CATALOG), threading.Event()

    def work() -> None:
        while not ended.wait(0.1):
            with city.owner.begin() as connection:
                waiting = connection.scalars(sa.text("select id from platform.job where status = 'accepted'")).all()
            for number in waiting:
                carry_out(city, uuid.UUID(str(number)), jobs=jobs, files=data_folder / "jobs")

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def opened(browser: Browser, city: Engines, running_server: str, worker: None) -> Iterator[Opener]:
    """Opens a page of the site in a session of a planner of that name."""
    plans.found_city(city)
    expect.set_options(timeout=SECONDS)
    contexts: list[BrowserContext] = []

    def open_page(name: str, path: str, width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "langbiang", "value": session(city, name, "planner"), "url": running_server}])
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.goto(f"{running_server}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def upload(page: Page, file: Path, day: str = "2026-01-01") -> None:
    page.get_by_label("Tệp: SHP").set_input_files(file)
    page.get_by_label("Mã đồ án").fill(plans.CODE)
    page.get_by_label("Số quyết định phê duyệt").fill("1234/QĐ-UBND")
    page.get_by_label("Ngày quyết định").fill("2025-12-01")
    page.get_by_label("Có hiệu lực từ").fill(day)
    page.get_by_role("button", name="Tải lên và kiểm tra").click()


def judged(page: Page) -> Page:
    """The page of a draft, after its check and with its map drawn."""
    page.wait_for_selector(".state:not(.checking)", timeout=SECONDS)
    page.wait_for_selector("#draft-map[aria-busy=false]", timeout=SECONDS)
    return page


def zones_on(site: str, day: str) -> int:
    asked = {"datetime": day, "limit": "1"}
    return int(httpx.get(f"{site}/ogc/collections/planning_zones/items", params=asked).json()["numberMatched"])


def tile_version(site: str) -> str:
    """What the tile over the plan is known by."""
    address = f"{site}/ogc/collections/planning_zones/tiles/WebMercatorQuad/14/7644/13127"
    return httpx.get(address).headers["etag"]


def test_an_amended_plan_is_published_by_two_planners_and_withdrawn_by_two(
    opened: Opener, running_server: str, tmp_path: Path
) -> None:
    plans.amended().to_file(tmp_path / "phan-khu-7.gpkg")
    lan = opened("lan", "/planning/drafts")
    upload(lan, tmp_path / "phan-khu-7.gpkg")
    judged(lan)
    expect(lan.get_by_text("Không có lỗi chặn.")).to_be_visible()
    row = lan.get_by_role("region", name="Theo ký hiệu khu đất").get_by_role("row", name="Đổi")
    expect(row.get_by_role("cell").first).to_have_text("11")
    expect(lan.get_by_role("heading", name="Thửa đất bị ảnh hưởng (21)")).to_be_visible()
    expect(lan.get_by_text("GP-1").first).to_be_visible()
    assert Axe().run(lan).response["violations"] == []
    lan.get_by_role("button", name="Gửi duyệt").click()
    expect(lan.get_by_role("status").first).to_contain_text("cần người thứ hai duyệt")
    expect(lan.get_by_role("button", name="Duyệt và công bố")).to_have_count(0)

    known = tile_version(running_server)
    minh, late = opened("minh", "/planning/drafts", 390), opened("hoa", "/planning/drafts/1")
    minh.get_by_role("link", name=f"{plans.CODE} – Phân khu 7").click()
    judged(minh)
    assert minh.evaluate("document.documentElement.scrollWidth") == 390
    assert Axe().run(minh).response["violations"] == []
    minh.get_by_role("button", name="Duyệt và công bố").click()
    expect(minh.get_by_role("status").first).to_contain_text("Đã công bố")
    judged(late).get_by_role("button", name="Duyệt và công bố").click()
    expect(late.get_by_role("alert")).to_contain_text("minh đã duyệt và công bố bản thảo này lúc")
    assert (zones_on(running_server, "2025-12-31"), zones_on(running_server, "2026-01-01")) == (214, 214)
    assert tile_version(running_server) != known
    assert f"{plans.CODE} – Phân khu 7, phiên bản 2" in httpx.get(f"{running_server}/planning/feed.atom").text

    lan.goto(f"{running_server}/planning/versions?day=2026-01-01")
    expect(lan.get_by_role("row", name=plans.CODE)).to_contain_text("1234/QĐ-UBND")
    assert Axe().run(lan).response["violations"] == []
    lan.get_by_text("Đề nghị rút").first.click()
    lan.get_by_label("Lý do").fill("Sai số quyết định")
    lan.get_by_role("button", name="Đề nghị rút").click()
    expect(lan.get_by_text("Cần người khác duyệt việc rút.")).to_be_visible()
    minh.goto(f"{running_server}/planning/versions")
    minh.get_by_role("button", name="Duyệt rút phiên bản").click()
    expect(minh.get_by_role("status")).to_contain_text("phiên bản trước có hiệu lực trở lại")
    expect(minh.get_by_role("row", name=plans.CODE)).not_to_contain_text("1234/QĐ-UBND")


def test_a_plan_that_must_not_be_published_says_why_shows_where_and_offers_a_repair(
    opened: Opener, running_server: str, tmp_path: Path
) -> None:
    frame = plans.amended()
    west, south, east, north = frame.geometry[40].bounds
    frame.loc[40, "geometry"] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    frame.to_file(tmp_path / "crossing.gpkg")
    lan = opened("lan", "/planning/drafts")
    upload(lan, tmp_path / "crossing.gpkg", "2020-01-01")
    expect(lan.get_by_role("alert")).to_contain_text("phiên bản 1 đã công bố có hiệu lực từ 01/01/2020")
    lan.get_by_label("Có hiệu lực từ").fill("2026-01-01")
    lan.get_by_role("button", name="Tải lên và kiểm tra").click()
    judged(lan)
    expect(lan.get_by_text("Còn 1 lỗi chặn")).to_be_visible()
    expect(lan.get_by_role("button", name="Gửi duyệt")).to_be_disabled()
    fly = lan.get_by_role("button", name="Xem trên bản đồ OH-041").first
    before = scale(lan)
    fly.focus()
    lan.keyboard.press("Enter")
    deadline = time.monotonic() + SECONDS / 1000
    while scale(lan) == before and time.monotonic() < deadline:
        lan.wait_for_timeout(50)
    assert scale(lan) != before
    assert Axe().run(lan).response["violations"] == []
    lan.get_by_role("checkbox", name="OH-041").check()
    lan.get_by_role("button", name="Dùng các bản sửa đã chọn").click()
    judged(lan)
    expect(lan.get_by_text("Không có lỗi chặn.")).to_be_visible()
    expect(lan.get_by_text("Đã dùng bản sửa")).to_be_visible()


def scale(page: Page) -> str:
    """What the map's scale bar says."""
    return page.locator(".maplibregl-ctrl-scale").inner_text()
