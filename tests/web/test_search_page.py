"""The search box at `/` as people use it: by keyboard alone, on a phone, without script, with a bad connection."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis_core.db import Engines
from tests.web.conftest import SECONDS, drawn

pytestmark = pytest.mark.browser
# Parcels are 40 m wide and 42 m apart; the houses of one street stand on the first ten.
ROWS = """
insert into city.roads (street_name, road_class, geom)
 select name, 'residential', st_setsrid(st_multi(st_makeline(st_makepoint(575000, y), st_makepoint(575420, y))), 5899)
   from (values ('Phan Đình Phùng', 1320490), ('Phan Bội Châu', 1320950)) as street (name, y);
insert into city.house_numbers
 (house_number, street_name, ward_code, parcel_id, parcel_confidence, status, full_address, geom)
 select (2 * n + 1)::text, 'Phan Đình Phùng', '24769', n + 1, 1.0, 'hien_hanh',
        (2 * n + 1) || ' Phan Đình Phùng, Phường Xuân Hương – Đà Lạt',
        st_setsrid(st_makepoint(575020 + 42 * n, 1320502), 5899)
 from generate_series(0, 9) as n;
"""
Opener = Callable[..., Page]
HOUSE = "7 Phan Đình Phùng"


@pytest.fixture
def opened(browser: Browser, site: str, city: Engines) -> Iterator[Opener]:
    """Opens a page of the site with houses on a street; what the page complains about fails the test."""
    with city.owner.begin() as connection:
        connection.execute(sa.text(ROWS))
    expect.set_options(timeout=SECONDS)
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(path: str = "/", *, phone: bool = False, **options: Any) -> Page:
        size: dict[str, Any] = {"viewport": {"width": 1000, "height": 700}}
        if phone:
            size = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(**size, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(site + path)
        return drawn(page) if options.get("java_script_enabled", True) else page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def box(page: Page) -> Any:
    """The search box, as a screen reader finds it."""
    return page.get_by_role("combobox", name="Tìm địa chỉ")


def search(page: Page, text: str) -> None:
    """Types `text` and sends it."""
    box(page).fill(text)
    box(page).press("Enter")


def faults(page: Page) -> list[tuple[str, str]]:
    """What axe finds on the page."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], node["html"][:160]) for one in found for node in one["nodes"]]


def test_the_keyboard_alone_finds_a_house_and_its_parcel(opened: Opener) -> None:
    page = opened()
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("7 phan dinh")
    options = page.get_by_role("listbox", name="Gợi ý").get_by_role("option")
    expect(options.first).to_contain_text(HOUSE)
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#search-status")).to_contain_text("gợi ý")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("ArrowUp")
    expect(box(page)).not_to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("ArrowDown")
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#results .result.current")).to_contain_text("Đúng số nhà")
    expect(page.locator("#details-title")).to_have_text("Thửa 3, tờ 7")
    expect(page.locator("#search-status")).to_contain_text("1 kết quả")
    assert "feature=land_parcels.4" in page.url
    assert faults(page) == []


def test_escape_closes_the_suggestions_and_then_clears_the_box(opened: Opener) -> None:
    page = opened()
    box(page).press_sequentially("phan")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box(page)).to_have_value("phan")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()


def test_a_number_that_does_not_exist_is_said_so_and_no_parcel_is_asserted(opened: Opener) -> None:
    page = opened()
    search(page, "999 Phan Đình Phùng")
    expect(page.locator("#results .sentence")).to_contain_text("Không thấy số nhà 999")
    expect(page.locator("#results .result").first).to_contain_text("Các số gần nhất")
    expect(page.locator("#details")).to_be_hidden()
    assert "feature=" not in page.url
    page.locator("#results .nearest a").first.click()
    expect(page.locator("#details-title")).to_contain_text("tờ 7")


def test_back_and_forward_walk_through_searches_and_what_they_showed(opened: Opener) -> None:
    page = opened()
    search(page, HOUSE)
    expect(page.locator("#details-title")).to_have_text("Thửa 3, tờ 7")
    search(page, "9 Phan Đình Phùng")
    expect(page.locator("#details-title")).to_have_text("Thửa 4, tờ 7")
    page.go_back()
    expect(box(page)).to_have_value(HOUSE)
    expect(page.locator("#details-title")).to_have_text("Thửa 3, tờ 7")
    page.go_back()
    expect(page.locator("#results")).to_be_hidden()
    expect(page.locator("#details")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#details-title")).to_have_text("Thửa 3, tờ 7")


def test_an_address_of_the_page_brings_back_question_and_answer(opened: Opener) -> None:
    page = opened(f"/?q={quote(HOUSE)}")
    expect(page.locator("#details-title")).to_have_text("Thửa 3, tờ 7")
    kept = page.url.split("/?", 1)[1]
    again = opened(f"/?{kept}")
    expect(again.locator("#details-title")).to_have_text("Thửa 3, tờ 7")
    expect(again.locator("#results .result.current")).to_contain_text(HOUSE)
    again.get_by_role("button", name="Trình đơn").click()
    again.get_by_role("link", name="English").click()
    expect(again.get_by_role("heading", name="Search results")).to_be_visible()
    expect(again.locator("#details-title")).to_have_text("Parcel 3, sheet 7")


def test_without_script_the_server_lists_the_answers(opened: Opener) -> None:
    page = opened(f"/?q={quote(HOUSE)}", java_script_enabled=False)
    answer = page.locator("#results .result").first
    expect(answer).to_contain_text("Đúng số nhà")
    answer.get_by_role("link", name=HOUSE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thửa 3, tờ 7")


def test_what_is_no_question_is_answered_in_words(opened: Opener) -> None:
    page = opened()
    search(page, "xyzzy qwertz")
    expect(page.locator("#results .sentence")).to_contain_text("Không tìm thấy")
    search(page, "<img src=x onerror=alert(1)>")
    expect(page.locator("#results .sentence")).to_be_visible()
    assert page.locator("#results img").count() == 0
    page.goto(page.url.split("/?")[0] + "/?q=%07")
    expect(page.locator("#results .sentence")).to_contain_text("ký tự điều khiển")


def test_a_lost_connection_and_a_full_server_are_said_in_words(opened: Opener) -> None:
    page = opened()
    page.context.set_offline(True)
    search(page, HOUSE)
    expect(page.locator("#results .sentence")).to_contain_text("Không kết nối được máy chủ")
    page.context.set_offline(False)
    page.get_by_role("button", name="Thử lại").click()
    expect(page.locator("#results .result").first).to_contain_text(HOUSE)
    page.route("**/results?*", lambda route: route.fulfill(status=429, headers={"Retry-After": "15"}))
    search(page, "9 Phan Đình Phùng")
    expect(page.locator("#results .sentence")).to_contain_text("Quá nhiều yêu cầu")


def test_only_the_last_of_what_was_typed_is_asked_for(opened: Opener) -> None:
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/suggest" in request.url else None)
    box(page).press_sequentially("phan dinh phung", delay=10)
    expect(page.get_by_role("option").first).to_be_visible()
    assert len(asked) < len("phan dinh phung")
    assert asked[-1].startswith(page.url.split("/#")[0].rstrip("/") + "/search/suggest?q=phan%20dinh%20phung")


def test_on_a_phone_the_answer_is_a_sheet_and_axe_finds_nothing(opened: Opener) -> None:
    page = opened(phone=True)
    search(page, HOUSE)
    expect(page.locator("#details .parcel-card")).to_be_visible()
    sheet = page.locator("#details").bounding_box()
    assert sheet
    assert (sheet["x"], sheet["width"]) == (0, 390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert faults(page) == []
    page.locator("#details .close").tap()
    expect(page.locator("#results .result").first).to_be_visible()
    assert faults(page) == []


def test_the_print_shows_the_map_and_no_search(opened: Opener) -> None:
    page = opened(f"/?q={quote(HOUSE)}")
    page.emulate_media(media="print")
    expect(page.locator("#search")).to_be_hidden()
    expect(page.locator("#results")).to_be_hidden()
    expect(page.locator(".maplibregl-canvas")).to_be_visible()
