"""The doors of plan publishing: uploads of every bad kind, pages for the right people, the list and the feed."""

import io
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import create_app
from api.offered import plan_uploads
from api.platform import Platform
from gis_core.accounts import add_account
from gis_core.credentials import add_credential
from gis_core.db import Engines
from gis_core.jobs.carry_out import carry_out
from gis_core.layer import Role
from gis_core.settings import Settings
from tests.database import plan_city as plans

Person = Callable[..., TestClient]
LIMIT = 2 << 20
SAID = {
    "plan_code": plans.CODE, "decision_no": "1234/QĐ-UBND", "decision_date": "2025-12-01", "valid_from": "2026-01-01",
}  # fmt: skip
JSON = {"Accept": "application/json"}
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def settings(database: sa.URL, data_folder: Path) -> Settings:
    """Settings with a small limit for uploads."""
    url = database.render_as_string(hide_password=False)
    return Settings(DATABASE_URL=url, data=data_folder, requests_per_minute=10**6, largest_request=LIMIT)


@pytest.fixture
def client(city: Engines, settings: Settings) -> Iterator[TestClient]:
    """An anonymous client of a server on a city with one plan in force."""
    plans.found_city(city)
    with TestClient(create_app(settings), follow_redirects=False) as made:
        yield made


@pytest.fixture
def person(client: TestClient, city: Engines) -> Person:
    """Makes a client of somebody with an account, who uses a token."""

    def make(name: str = "lan", role: Role = "planner") -> TestClient:
        with city.owner.begin() as connection:
            account = add_account(connection, name, role, (), "mật khẩu đủ dài cho thử nghiệm")
            token = add_credential(connection, account, "token", "thử", "write")
        return TestClient(client.app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)

    return make


def sound(tmp_path: Path) -> bytes:
    plans.amended().iloc[:30].to_file(tmp_path / "sound.gpkg")
    return (tmp_path / "sound.gpkg").read_bytes()


def worked(client: TestClient) -> None:
    """Carries out the checks that wait for a worker."""
    house: Platform = client.app.state.platform  # type: ignore[attr-defined]
    with house.engines.owner.begin() as connection:
        waiting = connection.scalars(sa.text("select id from platform.job where status = 'accepted'")).all()
    for number in waiting:
        carry_out(house.engines, uuid.UUID(str(number)), jobs=house.jobs, files=house.settings.data / "jobs")


def kept(settings: Settings) -> list[str]:
    folder = plan_uploads(settings)
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return content.getvalue()


def encrypted() -> bytes:
    """A ZIP whose entry says in both of its headers that a password is needed."""
    content = bytearray(zipped(("plan.geojson", b"{}")))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("plan.geojson")
    entry.external_attr = 0o120777 << 16
    return entry


BAD = [
    ("plan.gpkg", b"", 422, "rỗng"),
    ("plan.gpkg", b"MZ\x90\x00 no plan", 415, "Không nhận ra định dạng"),
    ("plan.vrt", b"<OGRVRTDataSource/>", 415, "Không nhận ra định dạng"),
    ("plan.gpkg", b"SQLite format 3\x00" + bytes(52) + b"GPKG" + bytes(500), 422, "không đọc được"),
    ("plan.geojson", b'{"type": "FeatureCollection", "features": [', 422, "không đọc được"),
    ("plan.geojson", b'{"type": "FeatureCollection", "features": []}', 422, "không có"),
    ("plan.zip", b"PK\x03\x04 broken", 422, "ZIP hỏng"),
    ("plan.zip", zipped(("readme.txt", b"x")), 422, "đúng một tệp"),
    ("plan.zip", zipped(("a.shp", b"x")), 422, "thiếu .shx, .dbf"),
    ("plan.zip", zipped(("a.gpkg", b"x" * 50)), 415, "Không nhận ra định dạng"),
    ("plan.zip", zipped(("../../etc/plan.geojson", b"{}")), 422, "ra ngoài thư mục"),
    ("plan.zip", zipped(("C:\\plan.geojson", b"{}")), 422, "ra ngoài thư mục"),
    ("plan.zip", zipped((link(), b"/etc/passwd")), 422, "liên kết"),
    ("plan.zip", encrypted(), 422, "mật khẩu"),
    ("plan.zip", zipped(("plan.geojson", bytes(LIMIT * 20 + 1))), 413, "lớn hơn 40 MB"),
    ("plan.zip", zipped(*((f"{n}.txt", b"") for n in range(300))), 413, "300 mục"),
    ("plan.gpkg", bytes(LIMIT + 1), 413, f"lớn quá {LIMIT}"),
]


@pytest.mark.filterwarnings("ignore:GPKG")  # what GDAL says of the broken one before it gives up
def test_a_bad_file_is_refused_in_words_and_nothing_of_it_is_kept(person: Person, settings: Settings) -> None:
    lan, before = person(), kept(settings)
    for name, content, status, words in BAD:
        answer = lan.post("/planning/drafts", files={"file": (name, content)}, data=SAID, headers=JSON)
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True), (name, answer.text)
    assert kept(settings) == before
    assert "Chưa có bản thảo nào" in lan.get("/planning/drafts").text


def test_a_file_is_told_by_its_content_and_leads_to_one_draft_however_often_it_comes(
    person: Person, tmp_path: Path, settings: Settings
) -> None:
    lan, content, before = person(), sound(tmp_path), kept(settings)
    first = lan.post("/planning/drafts", files={"file": ("bản vẽ.dat", content)}, data=SAID)
    again = lan.post("/planning/drafts", files={"file": ("other.gpkg", content)}, data=SAID | {"decision_no": "9/QĐ"})
    minh = person("minh").post("/planning/drafts", files={"file": ("third.gpkg", content)}, data=SAID)
    assert (first.status_code, again.status_code, minh.status_code) == (201, 200, 200)
    assert {one.headers["location"] for one in (first, again, minh)} == {"/planning/drafts/1"}
    assert "bản vẽ.dat" in lan.get("/planning/drafts").text
    worked(lan)
    page = lan.get("/planning/drafts/1")
    assert "Không có lỗi chặn" in page.text
    token = {"version": page.text.partition('name="version" value="')[2].partition('"')[0]}
    assert lan.post("/planning/drafts/1/discard", data=token).status_code == 303
    fresh = lan.post("/planning/drafts", files={"file": ("other.gpkg", content)}, data=SAID)
    assert (fresh.status_code, fresh.headers["location"]) == (201, "/planning/drafts/2")
    assert len({*kept(settings)} - {*before}) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"plan_code": ""}, "Mã đồ án"),
        ({"plan_code": "A\u0000B"}, "Mã đồ án"),
        ({"plan_code": "x" * 5000}, "Mã đồ án"),
        ({"plan_code": "MỚI", "plan_name": "Mới"}, "chọn cấp độ"),
        ({"plan_code": "MỚI", "plan_level": "subdivision"}, "Tên"),
        ({"decision_no": " "}, "Số quyết định"),
        ({"decision_date": "hôm qua"}, "không phải là ngày"),
        ({"decision_date": "2999-01-01"}, "tương lai"),
        ({"valid_from": "2026-02-30"}, "không phải là ngày"),
        ({"crs": "EPSG:nonsense"}, "Không hiểu hệ toạ độ"),
    ],
)
def test_what_is_said_of_a_version_has_to_be_right(person: Person, wrong: dict[str, str], words: str) -> None:
    answer = person().post("/planning/drafts", files={"file": ("a.gpkg", b"x")}, data=SAID | wrong, headers=JSON)
    assert (answer.status_code, words in answer.json()["detail"]) == (400, True), answer.text


def test_a_day_that_is_not_after_the_published_version_leads_to_the_conflict_page(
    person: Person, tmp_path: Path, settings: Settings
) -> None:
    lan, before = person(), kept(settings)
    early = SAID | {"valid_from": "2020-01-01"}
    file = {"file": ("a.gpkg", sound(tmp_path))}
    page = lan.post("/planning/drafts", files=file, data=early)
    told = lan.post("/planning/drafts", files=file, data=early, headers=JSON)
    assert (page.status_code, told.status_code) == (409, 409)
    assert "01/01/2020" in page.text
    assert "Hãy chọn ngày hiệu lực sau phiên bản mới nhất" in page.text
    assert told.json()["detail"].startswith(f"{plans.CODE}: phiên bản 1 đã công bố")
    assert kept(settings) == before


def test_pages_of_drafts_are_for_planners(client: TestClient, person: Person) -> None:
    assert client.get("/planning/drafts").headers["location"] == "/login?next=%2Fplanning%2Fdrafts"
    assert person("v", "operator").get("/planning/drafts/1").status_code == 403
    for path in ("", "/1/approve", "/1/accept", "/1/discard"):
        assert client.post(f"/planning/drafts{path}").status_code == 403
    lan = person()
    for path in ("/1", "/x", "/99999999999999999999", "/1/map/zones", "/1/state"):
        assert lan.get(f"/planning/drafts{path}").status_code == 404
    assert lan.post("/planning/drafts/1/approve", data={"version": "1"}).status_code == 404
    assert lan.post("/planning/versions/1/withdraw").status_code == 404


def test_the_list_and_the_feed_tell_everybody_what_was_published_and_not_by_whom(
    client: TestClient, person: Person, tmp_path: Path
) -> None:
    lan, minh = person(), person("minh")
    lan.post("/planning/drafts", files={"file": ("a.gpkg", sound(tmp_path))}, data=SAID)
    worked(lan)

    def step(who: TestClient, name: str, **values: str) -> int:
        version = lan.get("/planning/drafts/1/state").json()["version"]
        data = {"version": str(version), **values}
        return int(who.post(f"/planning/drafts/1/{name}", data=data).status_code)

    assert step(lan, "submit") == 303
    assert step(lan, "approve") == 403
    assert [step(minh, "return", note=one) for one in ("", " ", "\u0000", "x" * 2001)] == [400] * 4
    assert step(minh, "approve") == 303
    assert step(minh, "approve") == 409
    page = client.get("/planning/versions")
    assert "Phân khu 7, phiên bản 2" in page.text
    assert "minh" not in page.text
    assert "minh" in lan.get("/planning/versions").text
    entry = ElementTree.fromstring(client.get("/planning/feed.atom").content).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == f"{plans.CODE} – Phân khu 7, phiên bản 2"
    assert "bỏ 184 khu đất" in (entry.findtext(f"{ATOM}summary") or "")
    english = client.get("/planning/feed.atom?lang=en").text
    assert "184 zones removed" in english
    asked = {"f": "json", "day": "2025-12-31", "plan": plans.CODE}
    before = client.get("/planning/versions", params=asked).json()
    after = client.get("/planning/versions", params=asked | {"day": "2026-01-01"}).json()
    assert [one["plan_version"] for one in before["versions"] + after["versions"]] == [1, 2]
    assert (len(before["zones"]["features"]), len(after["zones"]["features"])) == (plans.ZONES, 30)
    there, wide = {"lon": "108.4423139", "lat": "11.9373951"}, {"bbox": "108.3,11.8,108.6,12.1"}
    asked_there = {"f": "json", "day": "2025-12-31"}
    assert client.get("/planning/versions", params=asked_there | wide).json()["zones"] == before["zones"]
    assert len(client.get("/planning/versions", params=asked_there | there).json()["zones"]["features"]) == 1
    unknown = client.get("/planning/versions", params=asked | {"known-at": "2001-01-01"}).json()
    assert (unknown["versions"], unknown["zones"]["features"]) == ([], [])
    items = {"datetime": "2025-12-31", "limit": "1", "f": "json"}
    assert client.get("/ogc/collections/planning_zones/items", params=items).json()["numberMatched"] == plans.ZONES


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "31 tháng 2"}, {"day": "2026-02-30"}, {"known-at": "x"}, {"known-at": "2999-01-01"},
        {"known-at": "9999-12-31"}, {"known-at": "2026-01-01T25:00"}, {"lon": "x"}, {"lon": "999", "lat": "0"},
        {"bbox": "1,2,3"}, {"bbox": "5,5,1,1"},
        {"f": "xml"},        {"nonsense": "1"}, {"plan": "\u0000"},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_understood_is_answered_with_400(client: TestClient, asked: dict[str, str]) -> None:
    assert client.get("/planning/versions", params=asked).status_code == 400
    assert client.get("/planning/versions", params={"f": "json"} | asked).status_code == 400
