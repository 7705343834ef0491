"""The planners' map at `/planning`, as people use it: on a desk, on a phone, by keyboard, in two languages."""

import csv
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from gis_core.crs import transformer
from gis_core.db import Engines
from tests.web.conftest import SECONDS, drawn

pytestmark = pytest.mark.browser
PLANS = """
insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, decision_no, valid_from, valid_to)
values ('PK-01', 1, 'Phân khu 1', 'subdivision', 'het_hieu_luc', '1/QĐ', '2020-01-01', '2025-12-31'),
       ('PK-01', 2, 'Phân khu 1', 'subdivision', 'cong_bo', '2/QĐ', '2026-01-01', null);
insert into city.planning_zones (plan_id, zone_symbol, land_use_code, zone_function, floors_max, valid_from, valid_to, geom)
select p.id, z.symbol, z.use, z.function, z.floors, p.valid_from, p.valid_to,
       st_multi(st_makeenvelope(575000 + z.west, 1320500, 575000 + z.east, 1320920, 5899))
  from (values (1, 'A-01', 'ODT', 'Đất ở đô thị', 5, 0, 420), (2, 'B-01', 'ODT', 'Đất ở đô thị', 5, 0, 210),
               (2, 'B-02', 'TMD', 'Thương mại', 9, 210, 420)) as z (version, symbol, use, function, floors, west, east)
  join city.plans p on p.plan_version = z.version;
"""  # noqa: E501
PLACE = "map=16/11.941763/108.442305"
"""A view whose centre lies where zone B-01 ends and B-02 begins, in the middle of the trial city."""
Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: str, city: Engines) -> Iterator[Opener]:
    """Opens the planners' map at what follows # in its address, and watches what it says on the console."""
    with city.owner.begin() as connection:
        connection.execute(sa.text(PLANS))
    contexts: list[BrowserContext] = []
    said: list[str] = []
    asked: list[Request] = []

    def open_page(view: str = PLACE, *, phone: bool = False, query: str = "") -> Page:
        size: dict[str, Any] = {"viewport": {"width": 1200, "height": 760}}
        if phone:
            size = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(**size)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request))
        page.goto(f"{site}/planning{query}#{view}")
        page.wait_for_selector("body[data-ready]")
        return drawn(page)

    expect.set_options(timeout=SECONDS)
    yield open_page
    _let_finish(contexts, asked)
    for context in contexts:
        context.close()
    # Software rendering makes Chromium remark on the speed of reading pixels back, and refusals are wanted here.
    expected = ("GPU stall", "GL Driver Message", "Failed to load resource")
    assert [text for text in said if not any(one in text for one in expected)] == []


def _let_finish(contexts: list[BrowserContext], asked: list[Request]) -> None:
    """Waits until the server has answered: what it still reads would stand in the way of emptying the database."""
    deadline = time.monotonic() + SECONDS / 1000
    waiting = [one for one in asked if one.url.startswith("http") and not one.url.endswith("/changes")]
    while any(one.timing["responseEnd"] < 0 and one.failure is None for one in waiting):
        assert time.monotonic() < deadline
        contexts[0].pages[0].wait_for_timeout(50)


def kept(page: Page) -> dict[str, str]:
    """What the address keeps."""
    return {name: values[0] for name, values in parse_qs(page.url.partition("#")[2]).items()}


def point(page: Page, x: float = 0, y: float = 0) -> tuple[float, float]:
    """Where the page shows the place so many pixels from the middle of its map."""
    canvas = page.locator("#map canvas").bounding_box()
    assert canvas
    return canvas["x"] + canvas["width"] / 2 + x, canvas["y"] + canvas["height"] / 2 + y


def choose(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    expect(page.locator("[role=tabpanel][inert]")).to_have_count(0)


def faults(page: Page) -> list[tuple[str, str]]:
    return [(one["id"], node["html"][:120]) for one in Axe().run(page).response["violations"] for node in one["nodes"]]


def picked(page: Page, x: float) -> list[str]:
    """The titles of the zones listed for a click so far from the middle."""
    if page.locator("#details").is_visible():
        page.locator("#details .close").click()
    page.mouse.click(*point(page, x))
    expect(page.locator("#details .picked, #details-title")).not_to_have_count(0)
    expect(page.locator("#details-title")).not_to_have_text("Đang tải…")
    return [text for text in page.locator("#details .picked span").all_inner_texts() if "-0" in text]


def test_a_filter_shows_the_same_rows_in_map_table_picks_and_files(opened: Opener) -> None:
    page = opened()
    choose(page, "Lọc")
    page.locator("summary", has_text="Chức năng sử dụng").click()
    page.locator('[data-field="zone_function"] input').fill("thuong MAI")
    page.locator("#filter").get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator("#table-count")).to_have_text("1–1 trong 1 dòng")
    expect(page.locator("#filter-status")).to_contain_text("bản đồ và bảng hiện đúng các dòng này")
    drawn(page)
    assert (picked(page, 60), picked(page, -60)) == (["B-02"], [])
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines())
    assert [row["zone_symbol"] for row in rows] == ["B-02"]
    again = opened(page.url.partition("#")[2])
    expect(again.locator("#table-count")).to_have_text("1–1 trong 1 dòng")
    expect(again.locator('[data-field="zone_function"] input')).to_have_value("thuong MAI")
    again.get_by_role("button", name="Bỏ lọc").click()
    expect(again.locator("#table")).to_be_hidden()
    assert "filter" not in kept(again)


def test_the_table_is_sorted_by_its_heads_and_a_row_flies_to_its_feature(opened: Opener) -> None:
    fields = json.dumps({"layer": "planning_zones", "fields": {"floors_max": ["5", ""]}})
    page = opened(f"{PLACE}&filter={quote(fields)}&tab=filter")
    head = page.locator("#table th", has_text="Tầng cao tối đa")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.locator("#table tbody tr").first).to_contain_text("B-02")
    page.get_by_role("button", name="Phóng đến: B-02").click()
    expect(page.locator("#details-title")).to_have_text("B-02")
    assert kept(page)["sort"] == "-floors_max"
    assert re.fullmatch(r"planning_zones\.\d+", kept(page)["feature"])


def test_map_table_and_picks_follow_the_day(opened: Opener) -> None:
    page = opened()
    assert picked(page, 60) == ["B-02"]
    page.locator("#day-slider").press("ArrowLeft")
    page.locator("#day-slider").press("ArrowLeft")
    expect(page.locator("#day-words")).to_have_text("01/01/2020")
    expect(page.locator("#details .picked")).to_contain_text(["A-01"])
    expect(page.locator("#details .picked").last).to_contain_text("Hiệu lực từ")
    assert kept(page)["day"] == "2020-01-01"
    page.locator("#day").fill("2025-12-31")
    expect(page.locator("#day-mark")).to_have_text("31/12/2025")
    choose(page, "Lọc")
    page.locator("#filter").get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator("#table tbody tr")).to_have_count(1)
    expect(page.locator("#table tbody tr")).to_contain_text("A-01")
    page.get_by_role("button", name="Hôm nay").click()
    expect(page.locator("#table tbody tr")).to_have_count(2)


def test_an_area_is_drawn_undone_finished_and_its_shares_sum_to_a_hundred(opened: Opener) -> None:
    page = opened()
    choose(page, "Vùng")
    page.get_by_role("button", name="Vẽ vùng").click()
    for number, (x, y) in enumerate([(-80, -60), (80, -60), (80, 60), (-80, 60)], start=1):
        page.mouse.click(*point(page, x, y))
        expect(page.locator("#area-status")).to_have_text(f"{number} đỉnh.")
        page.wait_for_timeout(350)  # two clicks at once would be a double click, which ends the drawing
    page.get_by_role("button", name="Hoàn tác").first.click()
    expect(page.locator("#area-status")).to_have_text("3 đỉnh.")
    page.get_by_role("button", name="Làm lại").click()
    page.get_by_role("button", name="Xong").click()
    rows = page.locator("table.shares tbody tr")
    expect(rows).to_have_count(2)
    shares = [float(text.replace(",", ".")) for text in rows.locator("td:last-child").all_inner_texts()]
    assert sum(shares) == 100.0
    expect(page.locator("table.shares tfoot")).to_contain_text("100,0")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải bảng CSV").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].endswith("area_m2,percent")
    assert lines[-1].endswith(",100")
    again = opened(f"{PLACE}&area={kept(page)['area']}&tab=area")
    expect(again.locator("table.shares tbody tr")).to_have_count(2)


def test_an_area_is_drawn_by_the_keyboard_alone(opened: Opener) -> None:
    page = opened()
    choose(page, "Vùng")
    page.get_by_role("button", name="Vẽ vùng").press("Enter")
    expect(page.locator("#map canvas")).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press("Enter")
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
        drawn(page)
    page.keyboard.press("Backspace")
    expect(page.locator("#area-status")).to_have_text("2 đỉnh.")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Enter")
    expect(page.locator("#area-status")).to_have_text("4 đỉnh.")
    page.keyboard.press("Enter")  # the same place again ends the drawing
    expect(page.locator("table.shares")).to_be_visible()


def test_an_area_is_uploaded_and_a_wrong_file_is_refused_in_words(opened: Opener, tmp_path: Path) -> None:
    page = opened()
    choose(page, "Vùng")
    page.locator("#area-file").set_input_files({"name": "a.dwg", "mimeType": "image/x-dwg", "buffer": b"AC1032"})
    expect(page.locator("#area-status")).to_contain_text("không thuộc loại nhận ở đây")
    move = transformer(5899, 4326).transform
    ring = [move(575_000 + x, 1_320_500 + y) for x, y in ((10, 10), (200, 10), (200, 100), (10, 100), (10, 10))]
    area = {"type": "Polygon", "coordinates": [ring]}
    file = {"name": "vùng.geojson", "mimeType": "application/geo+json", "buffer": json.dumps(area).encode()}
    page.locator("#area-file").set_input_files(file)
    expect(page.locator("#shares h3")).to_have_text("vùng.geojson")
    expect(page.locator("table.shares tbody")).to_contain_text("B-01 · Đất ở tại đô thị (ODT)")
    expect(page.locator("table.shares tfoot")).to_contain_text("17.100,00")


def test_two_days_are_compared_by_a_list_and_by_a_divider(opened: Opener) -> None:
    page = opened()
    choose(page, "So sánh")
    page.get_by_role("button", name="So sánh trước và sau ngày 01/01/2026").click()
    expect(page.locator("#changes-status")).to_have_text("1 thay đổi từ 31/12/2025 đến 01/01/2026, lớn nhất trước.")
    entry = page.locator(".changes button")
    expect(entry).to_contain_text("A-01 (Đất ở đô thị) → B-02 (Thương mại)")
    expect(entry).to_contain_text("88.200 m²")
    before = page.url
    entry.click()
    expect(page).not_to_have_url(before)
    page.get_by_label("Kéo so sánh", exact=True).check()
    divider = page.get_by_role("separator")
    divider.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "52")
    assert {name: kept(page)[name] for name in ("than", "swipe", "day")} == {
        "than": "2025-12-31", "swipe": "52", "day": "2026-01-01",
    }  # fmt: skip
    drawn(page)
    assert (picked(page, -60), picked(page, 60)) == (["A-01"], ["B-02"])
    divider.press("Escape")
    expect(divider).to_be_hidden()


def test_a_distance_is_measured_and_escape_ends_it(opened: Opener) -> None:
    page = opened()
    page.get_by_role("button", name="Đo khoảng cách").click()
    for x in (-100, 100):
        page.mouse.click(*point(page, x))
        page.wait_for_timeout(350)  # two clicks at once would be a double click, which ends the line
    expect(page.locator("#measured")).to_have_text(re.compile(r"Chiều dài [\d.,]+ m \(VN-2000\)"))
    page.keyboard.press("Escape")
    expect(page.locator("#measure")).to_be_hidden()


def test_the_view_is_exported_as_a_sheet_and_as_a_picture(opened: Opener) -> None:
    page = opened(f"{PLACE}&tab=output")
    page.get_by_label("Tên tờ bản đồ").fill("Khu trung tâm")
    for button, beginning in (("Tải PDF", b"%PDF-1.7"), ("Tải ảnh PNG", b"\x89PNG\r\n")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert Path(download.value.path()).read_bytes().startswith(beginning)
    expect(page.get_by_label("Liên kết cố định")).to_have_value(page.url)


def test_a_question_that_fails_is_said_in_words_and_can_be_asked_again(opened: Opener) -> None:
    page = opened()
    page.route("**/queryables**", lambda route: route.fulfill(status=503, body=""))
    page.evaluate("console.warn = console.error = () => {}")
    choose(page, "Lọc")
    expect(page.locator("#filter-fields .fault")).to_contain_text("Không kết nối được máy chủ")
    page.unroute("**/queryables**")
    page.locator("#filter-fields").get_by_role("button", name="Thử lại").click()
    expect(page.locator("summary", has_text="Tầng cao tối đa")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_axe_finds_nothing_in_any_tab_in_either_language(opened: Opener, phone: bool) -> None:
    language = "en" if phone else "vi"
    fields = quote(json.dumps({"layer": "planning_zones", "fields": {}}))
    page = opened(f"{PLACE}&filter={fields}&than=2025-12-31&changes=1", phone=phone, query=f"?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    expect(page.locator(".changes li")).to_have_count(1)
    found = faults(page)
    if phone:
        page.get_by_role("button", name="Planning tools").tap()
    for tab in page.get_by_role("tab").all():
        tab.click()
        found += faults(page)
    assert found == []


def test_the_print_holds_map_legend_day_and_notice(opened: Opener) -> None:
    page = opened(f"{PLACE}&day=2025-12-31&tab=output")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#print-facts")).to_contain_text("quy hoạch tại ngày 31/12/2025")
    expect(page.locator('[data-layer="planning_zones"] .classes li:visible')).to_have_text(["Đất ở tại đô thị"])
    expect(page.locator(".print-only")).to_contain_text("Chỉ để tham khảo")
    expect(page.locator(".tabs")).to_be_hidden()
