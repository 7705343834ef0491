"""The map at `/`, as people use it: on a desk, on a phone, by keyboard, in two languages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis_core.db import Engines
from tests.web.conftest import SECONDS, drawn

pytestmark = pytest.mark.browser
PARCEL = "#map=18/11.939982/108.440565"
"""A view whose centre lies in the first parcel of the trial city."""
Opener = Callable[..., Page]


@pytest.fixture
def asked() -> list[str]:
    """The addresses that the opened pages and their workers have asked for."""
    return []


@pytest.fixture
def opened(browser: Browser, site: str, asked: list[str]) -> Iterator[Opener]:
    """Opens a page of the site and watches what it asks for and what it says on the console."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(path: str = "/", *, phone: bool = False) -> Page:
        size: dict[str, Any] = {"viewport": {"width": 1100, "height": 700}}
        if phone:
            size = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(**size)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(site + path)
        return drawn(page)

    yield open_page
    for context in contexts:
        context.close()
    elsewhere = [url for url in asked if not url.startswith((f"{site}/", "blob:", "data:"))]
    assert elsewhere == []
    # Software rendering makes Chromium remark on the speed of reading pixels back; that is no fault of the page.
    assert [text for text in said if "GPU stall" not in text and "GL Driver Message" not in text] == []


def test_the_map_draws_our_tiles_and_names_what_it_shows(opened: Opener, asked: list[str]) -> None:
    page = opened()
    assert any("/ogc/collections/land_parcels/tiles/WebMercatorQuad/" in url for url in asked)
    expect(page.get_by_role("heading", name="Lớp bản đồ")).to_be_visible()
    classes = page.locator('[data-layer="land_parcels"] .classes li:visible')
    expect(classes).to_have_text(["Đất trồng cây lâu năm", "Đất ở tại đô thị"])
    expect(page.get_by_text("Dữ liệu mẫu được sinh tự động")).to_be_visible()


def test_a_click_lists_every_feature_at_the_point_and_shows_the_chosen_one(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    canvas = page.locator(".maplibregl-canvas").bounding_box()
    assert canvas
    page.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    picked = page.locator("#details .picked button")
    expect(picked).to_have_count(3)
    assert [text.split("\n")[-1] for text in picked.all_inner_texts()] == [
        "Phản ánh hiện trường",
        "Thửa đất",
        "Phường, xã",
    ]
    picked.nth(1).click()
    expect(page.locator("#details-title")).to_have_text("Thửa 0, tờ 7")
    expect(page.locator("#details .facts")).to_contain_text("1.600,0 m²")
    expect(page.locator("#details .parcel-card")).to_contain_text("Đất ở tại đô thị (ODT)")
    page.get_by_role("button", name="Danh sách").click()
    expect(picked).to_have_count(3)


def test_the_address_brings_back_view_layers_and_feature(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    page.get_by_role("checkbox", name="Thửa đất").uncheck()
    drawn(page)
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    page.locator("#details .picked button").first.click()
    expect(page.locator("#details-title")).to_have_text("PA1")
    kept = "/#" + page.url.split("#", 1)[1]
    again = opened(kept)
    expect(again.get_by_role("checkbox", name="Thửa đất")).not_to_be_checked()
    expect(again.locator("#details-title")).to_have_text("PA1")
    assert again.url.split("#", 1)[1] == kept[2:]


def test_a_layer_that_is_switched_off_is_neither_drawn_nor_picked(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    for name in ("Thửa đất", "Phản ánh hiện trường", "Phường, xã"):
        page.get_by_role("checkbox", name=name).uncheck()
    drawn(page)
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#details-title")).to_have_text("Không có đối tượng nào ở đây.")


def test_the_keyboard_alone_reaches_a_feature_and_leaves_it(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến bản đồ")).to_be_focused()
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#details-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    expect(page.locator(".maplibregl-canvas")).to_be_focused()


def test_english_is_one_switch_away_and_stays(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Map layers")).to_be_visible()
    assert page.url.endswith(PARCEL)
    page.goto(page.url.split("/?")[0] + "/")
    expect(page.get_by_role("heading", name="Map layers")).to_be_visible()


def test_coordinates_are_shown_in_both_systems(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    page.mouse.move(900, 500)
    expect(page.locator("#coordinates")).to_contain_text("VN-2000 X 1320")


def test_on_a_phone_the_layers_are_a_sheet_over_the_map(opened: Opener) -> None:
    page = opened(f"/{PARCEL}", phone=True)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    expect(page.get_by_role("heading", name="Lớp bản đồ")).to_be_hidden()
    page.get_by_role("button", name="Lớp và chú giải").tap()
    expect(page.get_by_role("heading", name="Lớp bản đồ")).to_be_visible()
    page.locator("#layers .close").tap()
    page.touchscreen.tap(195, 450)
    expect(page.locator("#details")).to_be_visible()
    sheet = page.locator("#details").bounding_box()
    assert sheet
    assert (sheet["x"], sheet["width"]) == (0, 390)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_axe_finds_nothing(opened: Opener, phone: bool, language: str) -> None:
    page = opened(f"/?lang={language}{PARCEL}", phone=phone)
    faults = [
        (one["id"], node["html"][:120]) for one in Axe().run(page).response["violations"] for node in one["nodes"]
    ]
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    page.locator("#details .picked button").first.click()
    page.wait_for_selector("#details .facts")
    faults += [
        (one["id"], node["html"][:120]) for one in Axe().run(page).response["violations"] for node in one["nodes"]
    ]
    assert faults == []


def test_an_open_map_shows_within_seconds_what_somebody_changed(opened: Opener, city: Engines) -> None:
    page = opened(f"/{PARCEL}")
    classes = page.locator('[data-layer="land_parcels"] .classes li:visible')
    expect(classes).to_have_text(["Đất trồng cây lâu năm", "Đất ở tại đô thị"])
    with city.owner.begin() as connection:
        connection.execute(sa.text("update city.land_parcels set land_use_code = 'RSX'"))
    expect(classes).to_have_text(["Đất rừng sản xuất"], timeout=20_000)


def test_a_lost_connection_is_said_in_words(opened: Opener, site: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/tiles/**", lambda route: route.abort())
    page.goto(site)
    expect(page.get_by_role("status")).to_contain_text("Không tải được một phần bản đồ", timeout=SECONDS)
    context.close()


def test_the_print_holds_map_legend_and_notice(opened: Opener) -> None:
    page = opened(f"/{PARCEL}")
    page.emulate_media(media="print")
    expect(page.get_by_text("Đất trồng cây lâu năm").first).to_be_visible()
    expect(page.locator(".maplibregl-canvas")).to_be_visible()
    expect(page.locator(".maplibregl-ctrl-zoom-in")).to_be_hidden()
    expect(page.locator('[data-layer="house_numbers"] .zoom-hint')).to_be_hidden()
