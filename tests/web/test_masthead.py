"""The head of every page: the sections for who reads it, a menu on narrow screens."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from gis_core.db import Engines
from tests.web.conftest import SECONDS, session

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def test_on_a_phone_the_sections_are_a_menu_that_needs_no_script(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{site}/verify")
    section = page.get_by_role("link", name="Quy hoạch", exact=True)
    expect(section).to_be_hidden()
    page.get_by_role("button", name="Trình đơn").focus()
    page.keyboard.press("Enter")
    expect(section).to_be_visible()
    page.keyboard.press("Escape")
    expect(section).to_be_hidden()
    page.get_by_role("button", name="Trình đơn").click()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Menu")).to_be_visible()
    context.close()


def test_an_open_menu_is_accessible_and_nothing_is_cut_off(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{site}/verify")
    page.get_by_role("button", name="Trình đơn").click()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    context.close()


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [("planner", ["Công bố đồ án", "Đánh số nhà"], ["Xử lý phản ánh"]),
     ("operator", ["Xử lý phản ánh"], ["Công bố đồ án", "Đánh số nhà"]),
     (None, ["Bản đồ", "Quy hoạch", "Phản ánh"], ["Công bố đồ án", "Đánh số nhà", "Xử lý phản ánh"])],
)  # fmt: skip
def test_the_sections_are_those_of_the_role(
    browser: Browser, site: str, city: Engines, role: str | None, shown: list[str], hidden: list[str]
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    if role:
        context.add_cookies([{"name": "langbiang", "value": session(city, role), "url": site}])
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{site}/verify")
    for name in shown:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    for name in hidden:
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    context.close()
