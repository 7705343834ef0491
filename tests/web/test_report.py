"""Reporting from a telephone, with and without a script, and what the office makes of it."""

import re
import uuid
from collections.abc import Callable, Iterator
from io import BytesIO

import httpx
import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from PIL import ExifTags, Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis_core.accounts import find_account
from gis_core.db import Engines
from gis_core.sessions import open_session
from tests.web.conftest import SECONDS

pytestmark = pytest.mark.browser
PLACE = {"lon": "108.437", "lat": "11.944"}
WORDS = "Rác đổ bừa, gọi 0903 123 456 hoặc 0903.123.456"
Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: str, city: Engines) -> Iterator[Opener]:
    """Opens a page of the site as somebody of that role, None for nobody."""
    expect.set_options(timeout=SECONDS)
    contexts: list[BrowserContext] = []

    def open_page(path: str, role: str | None = None, width: int = 390, *, script: bool = True) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=script)
        contexts.append(context)
        if role:
            context.add_cookies([{"name": "langbiang", "value": session(city, role), "url": site}])
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.goto(f"{site}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def session(city: Engines, role: str) -> str:
    """The cookie of a new session of the account of that role, made where it is not there yet."""
    with city.owner.begin() as connection:
        connection.execute(
            sa.text(
                "insert into platform.account (name, role, wards) values (:role, :role, '{}') on conflict do nothing"
            ),
            {"role": role},
        )
        return open_session(connection, find_account(connection, role), 1)


def jpeg(*, far: bool = False) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (12.0 if far else 11.0, 56.0, 38.0), 3: "E", 4: (108.0, 26.0, 13.0)}
    written = BytesIO()
    Image.new("RGB", (640, 480), "orange").save(written, "JPEG", exif=exif)
    return written.getvalue()


def fitting(page: Page) -> Page:
    """The page, after it was found to fit a telephone and to be open to everybody."""
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    assert Axe().run(page).response["violations"] == []
    return page


def test_a_problem_is_reported_in_three_screens_handled_and_followed(opened: Opener) -> None:
    page = opened("/report")
    page.get_by_text("Nhập toạ độ").click()
    page.get_by_label("Kinh độ").fill("108,437")
    page.get_by_label("Vĩ độ").fill("11,944")
    fitting(page)
    page.locator("#coordinates").get_by_role("button", name="Dùng vị trí này").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc gì?")
    page.get_by_label("Lĩnh vực").select_option("moi_truong_rac")
    page.get_by_label("Nội dung").fill(WORDS)
    page.get_by_label("Ảnh").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg()})
    expect(page.get_by_role("status")).to_have_text("Đã nhận 1 ảnh.")
    page.get_by_label("Ảnh").set_input_files({"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"MZ"})
    expect(page.get_by_role("status")).to_contain_text("không phải là ảnh")
    fitting(page).get_by_role("button", name="Xem trước").click()
    public = page.locator(".public")
    expect(public).to_contain_text("gọi [số điện thoại đã che] hoặc [số điện thoại đã che]")
    expect(page.locator(".facts")).to_contain_text("UBND Phường Xuân Hương – Đà Lạt")
    expect(page.locator(".facts")).to_contain_text(re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d"))
    fitting(page).get_by_role("button", name="Gửi phản ánh").click()
    expect(page.get_by_role("status")).to_have_text("Đã nhận phản ánh của bạn")
    code = page.get_by_role("heading", level=1).inner_text()
    assert re.fullmatch(r"DL-\d{4}-\d{6}", code)
    expect(page.locator(".thumbs img")).to_have_count(1)
    fitting(page)
    handled_in_public(opened, code)
    page.reload()
    expect(page.get_by_role("region", name="Trả lời")).to_contain_text("Đã thu gom xong")


def handled_in_public(opened: Opener, code: str) -> None:
    desk = opened("/reports?status=moi&category=moi_truong_rac", "operator", 1440)
    fitting(desk).get_by_role("link", name=code).click()
    expect(desk.get_by_text("0903 123 456")).to_be_visible()
    fitting(desk).get_by_label("Công khai nội dung").check()
    late = opened(desk.url.removeprefix(desk.url.split("/reports")[0]), "operator", 1440)
    desk.get_by_role("button", name="Tiếp nhận").click()
    expect(desk.get_by_role("status")).to_have_text("Đã ghi nhận.")
    late.get_by_role("button", name="Tiếp nhận").click()
    expect(late.get_by_role("alert")).to_be_visible()
    opened(f"/r/{code}")
    duplicate_is_followed(opened, code)
    desk.locator("summary", has_text="Phân công").click()
    desk.get_by_role("button", name="Phân công").click()
    desk.get_by_role("button", name="Bắt đầu xử lý").click()
    desk.get_by_label("Lời nhắn").first.fill("Đã thu gom xong")
    desk.get_by_role("button", name="Đã xử lý: trả lời").click()
    desk.get_by_role("button", name="Công khai kết quả").click()
    expect(desk.locator(".history")).to_contain_text("Đã công khai")


def duplicate_is_followed(opened: Opener, code: str) -> None:
    page = opened("/report?lon=108.437&lat=11.944", script=False)
    page.get_by_label("Lĩnh vực").select_option("moi_truong_rac")
    page.get_by_label("Nội dung").fill("Có rác đổ bừa")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name="Có thể đã có người phản ánh")).to_be_visible()
    page.get_by_role("button", name=f"Tôi cũng gặp việc này {code}").click()
    expect(page.get_by_text("1 người cùng phản ánh")).to_be_visible()


def test_danger_shows_the_number_to_call_before_anything_else(opened: Opener) -> None:
    page = opened("/report?lon=108.437&lat=11.944&lang=en")
    page.get_by_label("Category").select_option("rung_chay_rung")
    page.get_by_label("What is wrong").fill("Có cháy rừng sau nhà tôi")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").get_by_role("link", name="Call 114 – Fire service")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("Forest rangers")
    href = fitting(page).locator("#other-language").get_attribute("href")
    assert href == "/report?lon=108.437&lat=11.944&lang=vi"  # a page that was posted has no address of its own


def test_without_a_script_a_photo_comes_along_and_a_wrong_one_loses_nothing(opened: Opener) -> None:
    page = opened("/report?lon=108.437&lat=11.944", script=False)
    page.get_by_label("Lĩnh vực").select_option("chieu_sang")
    page.get_by_label("Nội dung").fill("Đèn hỏng")
    video = b"\x00\x00\x00\x18ftypmp42" + bytes(200)
    page.get_by_label("Ảnh").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": video})
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("alert")).to_have_text("Đây là video, không phải ảnh.")
    expect(page.get_by_label("Nội dung")).to_have_value("Đèn hỏng")
    page.get_by_label("Ảnh").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(far=True)})
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("hãy kiểm tra vị trí")).to_be_visible()
    page.get_by_role("button", name="Sửa lại").click()
    expect(page.get_by_label("Nội dung")).to_have_value("Đèn hỏng")
    expect(page.locator(".thumbs img")).to_have_count(1)


def test_a_place_is_found_by_parcel_and_by_address_and_outside_the_city_its_authority_is_named(
    opened: Opener, site: str, city: Engines
) -> None:
    with city.owner.connect() as connection:
        parcel = connection.scalar(sa.text("select min(id) from city.land_parcels"))
    page = opened(f"/report?parcel={parcel}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc gì?")
    page.goto(f"{site}/report?q=khong+co+noi+nay")
    expect(page.get_by_role("status").first).to_contain_text("Không tìm thấy")
    page.goto(f"{site}/report?lon=108.3&lat=11.5")
    expect(page.locator(".notice-box")).to_contain_text("ngoài địa bàn thành phố")
    expect(page.locator(".notice-box")).to_contain_text("1022")


def form(**more: str) -> dict[str, str]:
    return {"key": str(uuid.uuid4()), **PLACE, "category": "khac", "words": "Nắp cống mất", **more}


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/report", form(words=""), 400), ("/report", form(words="x" * 5_000), 400), ("/report", form(key="1"), 400),
        ("/report", form(lon="chỗ này"), 400), ("/report", form(lon="nan"), 400), ("/report", form(lon="1e999"), 400),
        ("/report", form(category="không có"), 400), ("/report/preview", form(category=""), 400),
        ("/report", form(category="a\0b"), 400),
        ("/report", form(lat="60"), 400), ("/report/follow", form(code="DL-2026-999999"), 404),
        ("/report/photos", form(), 400), ("/r/DL-2026-999999/answer", {"key": str(uuid.uuid4()), "words": "x"}, 404),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_status(site: str, path: str, data: dict[str, str], status: int) -> None:
    answer = httpx.post(f"{site}{path}", data=data)
    assert answer.status_code == status, answer.text[:2000]
    assert "Traceback" not in answer.text


def test_the_same_form_sent_five_times_is_one_case_and_a_script_in_its_text_stays_text(site: str) -> None:
    data = form(words="<script>alert(1)</script> & \x00 𝕊 e\u0301")
    places = {httpx.post(f"{site}/report", data=data).headers["location"] for _ in range(5)}
    assert len(places) == 1
    receipt = httpx.get(f"{site}{places.pop()}").text
    assert "&lt;script&gt;alert(1)" in receipt
    assert "<script>alert" not in receipt


@pytest.mark.parametrize(
    "path", ["/r/x", "/r/DL-2026-000000?key=1", "/report/photos/1", "/report/photos/1?key=x", "/r/%00"]
)
def test_what_is_not_there_is_said_so(site: str, path: str) -> None:
    assert httpx.get(f"{site}{path}").status_code in (400, 404)


def test_only_the_office_sees_the_desk(opened: Opener, site: str, city: Engines) -> None:
    assert httpx.get(f"{site}/reports").status_code == 303
    assert httpx.post(f"{site}/reports/1/step", data={"to": "dong"}).status_code == 403
    cookie = {"langbiang": session(city, "planner")}
    assert httpx.get(f"{site}/reports", cookies=cookie).status_code == 403
    office = {"langbiang": session(city, "operator")}
    for path, status in (
        ("/reports/999999", 404),
        ("/reports?after=x", 400),
        ("/reports/photos/1", 404),
        ("/reports", 200),
    ):
        assert httpx.get(f"{site}{path}", cookies=office).status_code == status


def test_an_impatient_address_is_told_to_wait(site: str) -> None:
    answers = [httpx.post(f"{site}/report", data=form(), headers={"X-Forwarded-For": "203.0.113.9"}) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert "Nắp cống mất" in answers[-1].text
