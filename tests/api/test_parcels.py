"""A parcel's card, its extract and the check of extracts, over HTTP."""

import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.accounts import add_account
from gis_core.canaries import CANARY
from gis_core.db import Engines
from gis_core.settings import Settings

PASSWORD = "đúng mật khẩu dài"
EXTRACTS_A_MINUTE = 30
# Parcel 1 is 40 m by 30 m; zone A takes its western 24 m, zone B the rest but for 2 cm and a strip in no zone.
ROWS = f"""
insert into city.wards (code, name, valid_from, valid_to, geom) values
 ('24781', 'Phường 2', null, '2025-06-30', {{ward}}),
 ('24781', 'Phường Xuân Hương - Đà Lạt', '2025-07-01', null, {{ward}});
insert into city.land_parcels (parcel_uid, ward_code, ward_code_survey, map_sheet_no, parcel_no, old_map_sheet_no,
 old_parcel_no, area_m2, land_use_code, owner_name, certificate_no, survey_date, valid_from, valid_to, geom) values
 ('P1', '24781', '24781', '12', '45', '3', '7', 1200, 'ODT', '{CANARY} chủ đất', '{CANARY} giấy', '2016-05-08', null,
  null, {{parcel_1}}),
 ('P2', '24781', '24781', '12', '90', null, null, 100, 'ODT', null, null, null, '2021-02-05', null, {{parcel_2}}),
 ('P3', '24781', '24781', '12', '91', null, null, 100, 'ODT', null, null, null, '2021-02-05', null, {{parcel_3}}),
 ('P4', '24781', '24781', '12', '46', null, null, 200, 'ODT', null, null, null, null, '2021-02-04', {{parcel_4}}),
 ('P5', '24781', '24781', '12', '47', null, null, null, null, null, null, null, null, null, null);
insert into city.land_parcel_purposes (parcel_id, rank, land_use_code, area_m2, term) values
 (1, 1, 'ODT', 300, 'Lâu dài'), (1, 2, 'CLN', 900, '50 năm');
insert into city.land_parcel_lineage (from_parcel_id, to_parcel_id, kind, changed_on, decision_no) values
 (4, 2, 'tach', '2021-02-05', '11/BĐ'), (4, 3, 'tach', '2021-02-05', '12/BĐ');
insert into city.house_numbers (house_number, street_name, ward_code, ward_code_old, parcel_id, parcel_confidence,
 status, full_address, geom) values
 ('83/2A', 'Phan Đình Phùng', '24781', '24781', 1, 0.8, 'hien_hanh', '83/2A Phan Đình Phùng',
  {{at}});
insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, decision_no) values
 ('QHPK-01', 2, 'Quy hoạch phân khu Hồ Xuân Hương', 'subdivision', 'cong_bo', '1234/QĐ-UBND');
insert into city.planning_zones
 (plan_id, zone_symbol, land_use_code, zone_function, floors_max, valid_from, geom) values
 (1, 'A-01', 'ODT', 'Đất ở đô thị', 5, '2026-01-01', {{zone_a}}),
 (1, 'B-02', 'CLN', 'Đất cây xanh', null, '2026-01-01', {{zone_b}}),
 (1, 'C-03', 'DKV', 'Công viên', null, '2026-01-01', {{zone_c}});
insert into city.building_permits (permit_no, permit_status, permit_date, parcel_id, investor_name, work_name, storeys,
 geom) values
 ('15/GPXD', 'da_cap', '2025-03-04', 1, '{CANARY} chủ đầu tư', '{CANARY} nhà ông', 3, {{permit}}),
 ('16/GPXD', 'da_cap', '2025-04-04', null, '{CANARY} khác', null, 2, {{permit_near}});
insert into city.forest (forest_dataset, forest_function, forest_compartment, forest_subcompartment, geom) values
 ('quy_hoach', 'RPH', '145', '3', {{forest}});
"""


def box(west: float, south: float, width: float, height: float) -> str:
    """SQL of a rectangle in metres from a corner of the trial city."""
    x, y = 575_000 + west, 1_320_500 + south
    return f"st_multi(st_makeenvelope({x}, {y}, {x + width}, {y + height}, 5899))"


SHAPES = {
    "ward": box(-500, -500, 2000, 2000), "parcel_1": box(0, 0, 40, 30), "parcel_2": box(100, 0, 10, 10),
    "parcel_3": box(110, 0, 10, 10), "parcel_4": box(100, 0, 20, 10), "zone_a": box(-50, -50, 74, 200),
    "zone_b": box(24, -50, 14, 200), "zone_c": box(38, -50, 0.02, 200), "permit": box(5, 5, 10, 10),
    "permit_near": box(60, 5, 10, 10), "forest": box(0, 25, 40, 100),
    "at": "st_setsrid(st_makepoint(575002, 1320502), 5899)",
}  # fmt: skip


@pytest.fixture
def parcel_city(city: Engines) -> Engines:
    """The engines on a city of five parcels: one with everything, two born of a split, the one split, one undrawn."""
    with city.owner.begin() as connection:
        connection.execute(sa.text(ROWS.format(**SHAPES)))
        for role in ("tax_officer", "planner"):
            add_account(connection, role, role, ("24781",) if role == "tax_officer" else (), PASSWORD)
    return city


@pytest.fixture
def app(parcel_city: Engines, database: sa.URL, data_folder: Path) -> Iterator[FastAPI]:
    """A running application on that city, sparing with extracts."""
    url = database.render_as_string(hide_password=False)
    made = create_app(Settings(DATABASE_URL=url, data=data_folder, extracts_per_minute=EXTRACTS_A_MINUTE))
    with TestClient(made):
        yield made


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A citizen."""
    return TestClient(app)


def staff(app: FastAPI, name: str) -> TestClient:
    """Somebody who has logged in."""
    made = TestClient(app)
    made.post("/login", data={"name": name, "password": PASSWORD})
    assert made.get("/whoami").json()["role"] == name
    return made


def properties(client: TestClient, parcel: int) -> dict[str, Any]:
    """The facts of the parcel."""
    found: dict[str, Any] = client.get(f"/parcels/{parcel}?f=json").json()["properties"]
    return found


def text_of(pdf: bytes) -> str:
    """What a reader's search finds in the PDF."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def code_in(text: str) -> str:
    """The verification code printed in an extract."""
    found = re.search(r"Mã kiểm tra ((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})", text)
    assert found
    return found[1]


def test_the_page_tells_what_a_citizen_asks(client: TestClient) -> None:
    page = client.get("/parcels/1")
    assert (page.status_code, page.headers["cache-control"]) == (200, "private, no-cache")
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    for words in (
        "Thửa 45, tờ 12", "tờ 3, thửa 7", "Phường Xuân Hương - Đà Lạt (trước 01/07/2025: Phường 2)", "1.200,0 m²",
        "Đất trồng cây lâu năm (CLN)", "50 năm", "Quy hoạch phân khu Hồ Xuân Hương", "1234/QĐ-UBND",
        "hiệu lực từ 01/01/2026", "60,0 %", "tối đa 5 tầng", "khoảnh 3, tiểu khu 145", "15/GPXD", "16/GPXD",
        "83/2A Phan Đình Phùng", "độ tin cậy liên kết thửa 80 %", "Chỉ để tham khảo",
    ):  # fmt: skip
        assert words in told
    assert '<svg viewBox="0 0' in page.text  # the QR code
    assert "/report?parcel=1" in page.text


def test_english_is_one_parameter_away(client: TestClient) -> None:
    page = client.get("/parcels/1?lang=en").text
    assert "Parcel 45, sheet 12" in page
    assert "1,200.0 m²" in page
    assert "before 01/07/2025: Phường 2" in page


def test_the_shares_sum_to_a_hundred_with_slivers_and_gaps_apart(client: TestClient) -> None:
    (plan,) = properties(client, 1)["zoning"]
    assert [(one["zone_symbol"], one["area_m2"]) for one in plan["zones"]] == [("A-01", 720.0), ("B-02", 420.0)]
    assert plan["slivers"] == {"count": 1, "area_m2": 0.6, "percent": 0.1}
    assert plan["unplanned_m2"] == 59.4
    parts = [*(one["percent"] for one in plan["zones"]), plan["slivers"]["percent"], plan["unplanned_percent"]]
    assert round(sum(parts), 1) == 100.0
    assert all(one["decision_no"] == "1234/QĐ-UBND" and one["valid_from"] == "2026-01-01" for one in plan["zones"])


def test_json_is_a_feature_with_the_outline_in_degrees(client: TestClient) -> None:
    for answer in (
        client.get("/parcels/1?f=json"), client.get("/parcels/1", headers={"accept": "application/geo+json"}),
    ):  # fmt: skip
        assert answer.headers["content-type"] == "application/geo+json"
        assert "Accept" in answer.headers["vary"]
        found = answer.json()
        assert (found["type"], found["id"], found["geometry"]["type"]) == ("Feature", 1, "MultiPolygon")
        assert found["geometry"]["coordinates"][0][0][0] == pytest.approx([108.44, 11.94], abs=0.01)
        assert {one["rel"] for one in found["links"]} == {"self", "alternate", "related"}


def test_forest_and_permits_are_judged_by_place(client: TestClient) -> None:
    found = properties(client, 1)
    assert [(one["forest_compartment"], one["area_m2"]) for one in found["forest"]] == [("145", 200.0)]
    assert [one["permit_no"] for one in found["permits_here"]] == ["15/GPXD"]
    assert [(one["permit_no"], one["distance_m"]) for one in found["permits_near"]] == [("16/GPXD", 20)]


def test_nothing_personal_reaches_a_citizen(client: TestClient) -> None:
    for path in ("/parcels/1?lang=en", "/parcels/1?f=json", "/parcels/1?lang=vi"):
        assert CANARY not in client.get(path).text
    text = text_of(client.get("/parcels/1.pdf").content)
    assert CANARY not in text
    code = code_in(text)
    for form in ("html", "json"):
        assert CANARY not in client.get(f"/verify/{code}?f={form}").text


def test_personal_fields_are_for_those_who_may_read_them_and_are_noted(app: FastAPI, parcel_city: Engines) -> None:
    page = staff(app, "tax_officer").get("/parcels/1")
    assert f"{CANARY} chủ đất" in page.text
    assert "private" in page.headers["cache-control"]
    assert CANARY not in staff(app, "planner").get("/parcels/1").text
    with parcel_city.owner.connect() as connection:
        noted = connection.execute(
            sa.text("select subject, layer, fields from platform.audit where action = 'read'")
        ).all()
    assert [(one.subject, one.layer) for one in noted] == [("tax_officer", "land_parcels")]
    assert {"owner_name", "certificate_no"} <= set(noted[0].fields)


def test_an_extract_says_the_same_whoever_asks(app: FastAPI, client: TestClient) -> None:
    assert CANARY not in text_of(staff(app, "tax_officer").get("/parcels/1.pdf").content)


def test_a_parcel_that_has_ceased_to_be_names_its_successors(client: TestClient) -> None:
    page = client.get("/parcels/4")
    assert page.status_code == 410
    assert "không còn từ ngày 05/02/2021" in page.text
    assert 'href="/parcels/2"' in page.text
    assert 'href="/parcels/3"' in page.text
    assert page.headers["link"].count('rel="successor-version"') == 2
    found = client.get("/parcels/4?f=json")
    assert found.status_code == 410
    assert [one["id"] for one in found.json()["properties"]["successors"]] == [2, 3]
    refused = client.get("/parcels/4.pdf")
    assert (refused.status_code, refused.headers["content-type"]) == (410, "application/problem+json")
    assert "/parcels/2, /parcels/3" in refused.json()["detail"]


def test_a_successor_names_where_it_came_from(client: TestClient) -> None:
    assert [one["id"] for one in properties(client, 2)["predecessors"]] == [4]
    assert "Tách thửa 05/02/2021 · 11/BĐ" in client.get("/parcels/2").text


def test_a_parcel_without_outline_has_a_card_and_an_extract(client: TestClient) -> None:
    assert "chưa có ranh giới" in client.get("/parcels/5").text
    assert "chưa có ranh giới" in text_of(client.get("/parcels/5.pdf").content)


def test_what_is_no_parcel_is_not_found_in_words(client: TestClient) -> None:
    for name in ("999", "abc", "0", "-1", "1e3", "1.0", "9" * 30, "٣", "1%27%20or%201=1"):
        page = client.get(f"/parcels/{name}", headers={"accept": "text/html"})
        assert (name, page.status_code) == (name, 404)
        assert "Không tìm thấy thửa đất" in page.text
        for path in (f"/parcels/{name}?f=json", f"/parcels/{name}.pdf"):
            answer = client.get(path)
            assert (path, answer.status_code) == (path, 404)
            assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/parcels/1?f=xml").status_code == 400


def test_the_extract_holds_map_coordinates_shares_and_code(client: TestClient) -> None:
    answer = client.get("/parcels/1.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "private, no-store"
    text = text_of(answer.content)
    assert unicodedata.is_normalized("NFC", text)
    for words in (
        "TRÍCH LỤC THÔNG TIN THỬA ĐẤT", "Thửa 45, tờ 12", "Tỷ lệ 1:", "1.320.500,00", "575.040,00", "1234/QĐ-UBND",
        "60,0 %", "100,0 %", "15/GPXD", "Kiểm tra tại", "Phiên bản dữ liệu", "kinh tuyến trục 107°45′",
    ):  # fmt: skip
        assert words in text
    assert re.search(r"Lập lúc \d\d/\d\d/\d{4} \d\d:\d\d", text)
    # Northing first, as survey tables here are written: corner, X, Y, length of the side.
    assert re.search(r"1\s+1\.320\.5\d0,00\s+575\.0\d0,00\s+(30|40),00", text)


def test_the_extract_is_tagged_and_its_letters_are_embedded(client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "extract.pdf"
    file.write_bytes(client.get("/parcels/1.pdf").content)
    fonts = subprocess.run(["pdffonts", file], capture_output=True, check=True, text=True).stdout.splitlines()[2:]
    assert fonts
    assert all(re.search(r"Noto-?Sans.*\byes yes yes\b", line) for line in fonts)
    told = subprocess.run(["pdfinfo", file], capture_output=True, check=True, text=True).stdout
    assert re.search(r"Tagged:\s+yes", told)
    assert re.search(r"Page size:.*A4", told)


def test_an_extract_is_genuine_until_the_data_change(client: TestClient, parcel_city: Engines) -> None:
    code = code_in(text_of(client.get("/parcels/1.pdf").content))
    verdict = client.get(f"/verify/{code.replace('-', '').lower()}?f=json").json()
    assert (verdict["genuine"], verdict["changed"], verdict["parcel_id"]) == (True, False, 1)
    assert "Dữ liệu đến nay không thay đổi" in client.get(f"/verify/{code}").text
    with parcel_city.owner.begin() as connection:
        connection.execute(sa.text("update city.planning_zones set floors_max = 7 where zone_symbol = 'A-01'"))
        connection.execute(sa.text("update city.land_parcels set owner_name = 'Người khác' where id = 1"))
    verdict = client.get(f"/verify/{code}?f=json").json()
    assert (verdict["genuine"], verdict["changed_parts"]) == (True, ["zoning"])
    assert verdict["content"]["zoning"][0]["zones"][0]["floors_max"] == 5  # as it was printed
    page = client.get(f"/verify/{code}").text
    assert "Dữ liệu đã thay đổi sau khi lập: Quy hoạch." in page
    assert "tối đa 5 tầng" in page


def test_an_extract_of_a_removed_parcel_is_still_known(client: TestClient, parcel_city: Engines) -> None:
    code = code_in(text_of(client.get("/parcels/5.pdf").content))
    with parcel_city.owner.begin() as connection:
        connection.execute(sa.text("delete from city.land_parcels where id = 5"))
    verdict = client.get(f"/verify/{code}?f=json").json()
    assert (verdict["genuine"], verdict["changed"], verdict["changed_parts"]) == (True, True, None)
    assert "Thửa đất không còn trong dữ liệu" in client.get(f"/verify/{code}").text


def test_an_invented_code_is_said_to_be_none(client: TestClient) -> None:
    for code in ("AAAA-BBBB-CCCC-DDDD", "x", "1" * 400, "%27%20or%201=1--"):
        page = client.get(f"/verify/{code}")
        assert (code, page.status_code) == (code, 404)
        assert "Không có bản trích lục nào mang mã này" in page.text
        assert client.get(f"/verify/{code}?f=json").json()["genuine"] is False


def test_a_code_that_is_typed_into_the_form_is_checked(client: TestClient) -> None:
    code = code_in(text_of(client.get("/parcels/1.pdf").content))
    assert "Mã kiểm tra trên bản trích lục" in client.get("/verify").text
    assert code in client.get("/verify", params={"code": f" {code.lower()} "}).text


def test_the_same_content_keeps_its_code_and_other_content_gets_another(
    client: TestClient, parcel_city: Engines
) -> None:
    first, second = (code_in(text_of(client.get("/parcels/2.pdf").content)) for _ in range(2))
    assert first == second
    with parcel_city.owner.begin() as connection:
        connection.execute(sa.text("update city.land_parcels set area_m2 = 101 where id = 2"))
    assert code_in(text_of(client.get("/parcels/2.pdf").content)) != first


def test_an_entry_past_its_time_is_forgotten(client: TestClient, parcel_city: Engines) -> None:
    from gis_core.parcel_extracts import forget_extracts

    code = code_in(text_of(client.get("/parcels/1.pdf").content))
    with parcel_city.owner.begin() as connection:
        assert forget_extracts(connection) == 0
        connection.execute(sa.text("update platform.extract set expires_at = now()"))
    assert client.get(f"/verify/{code}").status_code == 404
    with parcel_city.owner.begin() as connection:
        assert forget_extracts(connection) == 1


def test_no_login_of_the_server_but_the_owner_reaches_the_register(parcel_city: Engines) -> None:
    for engine in (parcel_city.public, parcel_city.staff, parcel_city.accounts):
        with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.text("select * from platform.extract"))


def test_extracts_are_limited_and_cards_are_not(client: TestClient) -> None:
    # Unknown parcels count, too: the limit is met before anything is made.
    statuses = {client.get("/parcels/999.pdf").status_code for _ in range(EXTRACTS_A_MINUTE)}
    assert statuses == {404}
    refused = client.get("/parcels/1.pdf")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
    assert client.get("/parcels/1").status_code == 200
