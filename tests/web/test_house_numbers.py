"""The pages of the house-number staff: from a place to a number in force that the search finds."""

from collections.abc import Callable, Iterator

import httpx
import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis_core.db import Engines
from tests.web.conftest import SECONDS, session

pytestmark = pytest.mark.browser
ROWS = """
insert into city.roads (street_name, road_class, osm_id, geom)
 values ('Hai Bà Trưng', 'residential', 1,
         st_geomfromtext('MULTILINESTRING((575420 1320498,575000 1320498))', 5899));
insert into city.house_numbers (house_number, street_name, ward_code, status, geom)
 select (2 * n)::text, 'Hai Bà Trưng', '24769', 'hien_hanh',
        st_setsrid(st_makepoint(575420 - 42 * n, 1320502), 5899) from generate_series(1, 4) as n;
"""
PLACE = (575_420 - 42 * 2 - 20, 1_320_503)
"""Between number 4 and number 6."""
Opener = Callable[..., Page]


def degrees(city: Engines, x: float, y: float) -> tuple[float, float]:
    with city.owner.connect() as connection:
        statement = sa.text(
            "select st_x(p), st_y(p) from st_transform(st_setsrid(st_makepoint(:x, :y), 5899), 4326) as p"
        )
        row = connection.execute(statement, {"x": x, "y": y}).one()
        return row[0], row[1]


@pytest.fixture
def opened(browser: Browser, site: str, city: Engines) -> Iterator[Opener]:
    """Opens a page of the site in a session of an account of that role."""
    with city.owner.begin() as connection:
        connection.execute(sa.text(ROWS))
    expect.set_options(timeout=SECONDS)
    contexts: list[BrowserContext] = []

    def open_page(role: str, path: str, width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "langbiang", "value": session(city, role), "url": site}])
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.goto(f"{site}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_number_is_proposed_by_the_rules_approved_by_another_person_and_found(
    opened: Opener, site: str, city: Engines
) -> None:
    lon, lat = degrees(city, *PLACE)
    page = opened("planner", f"/house-numbers/new?lon={lon}&lat={lat}", width=390)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cấp số nhà mới")
    expect(page.get_by_text("Không còn số nguyên trống, nên thêm chữ A sau số 4.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Số nhà", exact=True).fill("7")
    page.get_by_role("button", name="Đề xuất số này").click()
    expect(page.get_by_text("Số này thuộc bên kia đường")).to_be_visible()
    page.get_by_label("Số nhà", exact=True).fill("4")
    page.get_by_role("button", name="Đề xuất số này").click()
    expect(page.get_by_role("alert")).to_contain_text("Số 4 Hai Bà Trưng đã có trong phường này")
    page.get_by_label("Số nhà", exact=True).fill("4a")
    page.get_by_role("button", name="Đề xuất số này").click()
    expect(page.get_by_role("status")).to_contain_text("cần người thứ hai duyệt")
    expect(page.get_by_text("Bạn đã đề xuất; cần người khác duyệt.")).to_be_visible()
    expect(page.get_by_role("button", name="Duyệt")).to_have_count(0)

    other = opened("administrator", "/house-numbers")
    assert Axe().run(other).response["violations"] == []
    late = opened("administrator", "/house-numbers")
    for one in (other, late):
        one.get_by_label("Số quyết định").fill("12/QĐ-UBND")
        one.get_by_role("button", name="Duyệt 4A Hai Bà Trưng").click()
    expect(other.get_by_role("status")).to_contain_text("Đã duyệt")
    expect(late.get_by_role("alert")).to_contain_text("vừa được người khác duyệt")
    found = httpx.get(f"{site}/search", params={"q": "4A Hai Bà Trưng"}).json()["features"][0]["properties"]
    assert found["match_level"] == "house"


def test_the_database_refuses_that_somebody_approves_their_own_proposal(
    opened: Opener, site: str, city: Engines
) -> None:
    lon, lat = degrees(city, *PLACE)
    page = opened("planner", f"/house-numbers/new?lon={lon}&lat={lat}")
    page.get_by_role("button", name="Đề xuất số này").click()
    token = page.request.get(f"{site}/whoami").json()["csrf_token"]
    with city.owner.connect() as connection:
        house = connection.scalar(sa.text("select id from city.house_numbers where status = 'du_kien'"))
    form = {"csrf_token": token, "version": "1", "decision": "1", "decided_on": "2026-01-02"}
    assert page.request.post(f"{site}/house-numbers/{house}/approve", form=form).status == 403
    edit = {"type": "Feature", "properties": {"status": "hien_hanh"}}
    headers = {"X-CSRF-Token": token, "If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    address = f"{site}/ogc/collections/house_numbers/items/{house}"
    assert page.request.patch(address, data=edit, headers=headers).status == 403


@pytest.mark.parametrize(
    ("place", "words"),
    [((575_200, 1_320_400), "trên mặt nước"), ((500_000, 1_320_400), "ngoài thành phố"),
     ((575_200, 1_320_900), "không có đường nào")],
)  # fmt: skip
def test_a_place_where_no_house_can_stand_is_refused_in_words(
    opened: Opener, city: Engines, place: tuple[float, float], words: str
) -> None:
    lon, lat = degrees(city, *place)
    page = opened("planner", f"/house-numbers/new?lon={lon}&lat={lat}")
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_a_parcel_is_a_place_and_an_unknown_one_is_named(opened: Opener, city: Engines) -> None:
    expect(opened("inspector", "/parcels/1").get_by_role("link", name="Cấp số nhà mới")).to_have_count(0)
    page = opened("planner", "/parcels/1")
    page.get_by_role("link", name="Cấp số nhà mới").click()
    expect(page.get_by_role("heading", name="Số theo quy tắc")).to_be_visible()
    lon, lat = degrees(city, 575_020, 1_320_520)
    assert float(page.get_by_label("Kinh độ").input_value()) == pytest.approx(lon, abs=1e-4)
    assert float(page.get_by_label("Vĩ độ").input_value()) == pytest.approx(lat, abs=1e-4)
    page.goto(page.url.replace("parcel=1", "parcel=987654321"))
    expect(page.get_by_role("alert")).to_contain_text("Không có thửa đất 987654321")


def test_others_are_sent_to_the_log_in_or_refused(opened: Opener, site: str) -> None:
    answer = httpx.get(f"{site}/house-numbers")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fhouse-numbers")
    assert httpx.post(f"{site}/house-numbers", data={"number": "1"}).status_code == 403
    page = opened("inspector", "/house-numbers")
    expect(page.get_by_text("dành cho cán bộ quy hoạch")).to_be_visible()
