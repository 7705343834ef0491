"""The card of a parcel as people meet it: a page of its own, beside the map, on a phone, on paper."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis_core.db import Engines
from tests.web.conftest import SECONDS, drawn

pytestmark = pytest.mark.browser
ROWS = """
insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, decision_no)
 values ('QHPK-01', 1, 'Quy hoạch phân khu mẫu', 'subdivision', 'cong_bo', '12/QĐ-UBND');
insert into city.planning_zones (plan_id, zone_symbol, land_use_code, zone_function, floors_max, valid_from, geom)
 values (1, 'A-01', 'ODT', 'Đất ở đô thị', 4, '2026-01-01',
         st_multi(st_makeenvelope(575000, 1320400, 575030, 1320700, 5899)));
update city.land_parcels set valid_to = '2024-12-31' where parcel_no = '1';
insert into city.land_parcel_lineage (from_parcel_id, to_parcel_id, kind, changed_on)
 select a.id, b.id, 'tach', '2025-01-01' from city.land_parcels a, city.land_parcels b
  where a.parcel_no = '1' and b.parcel_no in ('2', '3');
"""
PARCEL = "#map=19/11.940080/108.440700"
"""A view whose centre lies in the first parcel of the trial city, away from its report point."""
LAKE = "#map=18/11.938900/108.441500"
Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: str, city: Engines) -> Iterator[Opener]:
    """Opens a page of the site; whatever the page complains about on the console fails the test."""
    with city.owner.begin() as connection:
        connection.execute(sa.text(ROWS))
    expect.set_options(timeout=SECONDS)
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(path: str, *, phone: bool = False, **options: Any) -> Page:
        size: dict[str, Any] = {"viewport": {"width": 1000, "height": 700}}
        if phone:
            size = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(**size, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(site + path)
        return drawn(page) if page.locator("#stage").count() and options.get("java_script_enabled", True) else page

    yield open_page
    for context in contexts:
        context.close()
    # Chromium also writes of the pages that are meant to be no success: a past parcel, an unknown code.
    meant = ("410 (Gone)", "404 (Not Found)", "GPU stall")
    assert [text for text in said if not any(one in text for one in meant)] == []


def faults(page: Page) -> list[tuple[str, str]]:
    """What axe finds on the page."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], node["html"][:160]) for one in found for node in one["nodes"]]


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_page_fits_and_axe_finds_nothing(opened: Opener, phone: bool) -> None:
    page = opened("/parcels/1", phone=phone)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thửa 0, tờ 7")
    expect(page.get_by_role("img", name="Sơ đồ thửa đất")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == (390 if phone else 1000)
    assert faults(page) == []
    page.goto(page.url.replace("/parcels/1", "/parcels/2"))
    expect(page.get_by_text("Thửa đất này không còn từ ngày 01/01/2025")).to_be_visible()
    assert faults(page) == []
    page.goto(page.url.replace("/parcels/2", "/verify/AAAA-BBBB-CCCC-DDDD?lang=en"))
    expect(page.get_by_role("status")).to_contain_text("No extract has this code")
    assert faults(page) == []


def test_a_past_parcel_leads_to_its_successors(opened: Opener) -> None:
    page = opened("/parcels/2")
    page.get_by_role("link", name="Thửa 3, tờ 7").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thửa 3, tờ 7")
    expect(page.get_by_role("heading", name="Biến động thửa đất")).to_be_visible()


def test_the_card_needs_no_script(opened: Opener) -> None:
    page = opened("/parcels/1", java_script_enabled=False)
    expect(page.get_by_role("row", name="A-01 Đất ở đô thị")).to_contain_text("75,0 %")
    expect(page.get_by_role("link", name="Tải bản trích lục (PDF)")).to_have_attribute("href", "/parcels/1.pdf")


def test_the_printed_card_has_map_and_notice_and_no_chrome(opened: Opener) -> None:
    page = opened("/parcels/1")
    page.emulate_media(media="print")
    expect(page.get_by_role("img", name="Sơ đồ thửa đất")).to_be_visible()
    expect(page.get_by_text("Chỉ để tham khảo")).to_be_visible()
    expect(page.get_by_role("link", name="Tải bản trích lục (PDF)")).to_be_hidden()
    expect(page.locator(".masthead")).to_be_hidden()


def test_a_click_on_land_opens_the_card_of_its_parcel_beside_the_map(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    card = page.locator("#details .parcel-card")
    expect(card).to_contain_text("Quy hoạch phân khu mẫu")
    expect(page.locator("#details-title")).to_have_text("Thửa 0, tờ 7")
    assert "feature=land_parcels.1" in page.url
    assert faults(page) == []
    page.get_by_role("button", name="Danh sách").click()
    expect(page.locator("#details .picked button").first).to_be_visible()


def test_water_is_said_to_be_no_parcel(opened: Opener) -> None:
    page = opened(f"/{LAKE}")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#details-title")).to_have_text("Không có thửa đất ở đây.")
    expect(page.locator("#details .picked")).to_contain_text("Hồ Xuân Hương")
