"""What the planners' map asks the server: picks, changes, measures, uploaded areas, sheets."""

import io
import json
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import sqlalchemy as sa
from shapely.geometry import LineString, Polygon, box, shape
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.canaries import CANARY
from gis_core.crs import transformer
from gis_core.db import Engines
from gis_core.settings import Settings
from gis_core.testing import add
from layers import CATALOG

PLANS = """
insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, decision_no, decision_date,
                        valid_from, valid_to, geom) values
 ('PK-01', 1, 'Phân khu 1', 'subdivision', 'het_hieu_luc', '1/QĐ', '2019-12-01', '2020-01-01', '2025-12-31', {all}),
 ('PK-01', 2, 'Phân khu 1', 'subdivision', 'cong_bo', '2/QĐ', '2025-12-01', '2026-01-01', null, {all}),
 ('QHC', 1, 'Quy hoạch chung', 'general', 'cong_bo', '3/QĐ', null, '2020-01-01', null, {all});
insert into city.planning_zones (plan_id, zone_symbol, land_use_code, zone_function, valid_from, valid_to, geom)
select p.id, z.symbol, z.use, z.use, p.valid_from, p.valid_to, z.geom
  from (values ('PK-01', 1, 'A-01', 'ODT', {all}), ('PK-01', 2, 'B-01', 'CLN', {west}),
               ('PK-01', 2, 'B-02', 'TMD', {east}), ('QHC', 1, 'C-01', 'ODT', {all}))
       as z (plan, version, symbol, use, geom)
  join city.plans p on p.plan_code = z.plan and p.plan_version = z.version;
"""
SQUARES = {"all": (574_000, 1_321_000, 574_100, 1_321_100), "west": (574_000, 1_321_000, 574_060, 1_321_100),
           "east": (574_060, 1_321_000, 574_100, 1_321_100)}  # fmt: skip


def degrees(x: float, y: float) -> tuple[float, float]:
    return transformer(5899, 4326).transform(x, y)


@pytest.fixture
def planned(client: TestClient, small_city: Engines) -> TestClient:
    """A client of a city with two versions of a plan below a general plan."""
    squares = {name: f"st_multi(st_makeenvelope({', '.join(map(str, one))}, 5899))" for name, one in SQUARES.items()}
    with small_city.owner.begin() as connection:
        connection.execute(sa.text(PLANS.format(**squares)))
        add(connection, CATALOG["cameras"], "POINT(574030 1321050)", camera_code="CAM-1")
    return client


def at(client: TestClient, x: float, y: float, **asked: Any) -> dict[str, list[dict[str, Any]]]:
    lon, lat = degrees(x, y)
    answer = client.get("/planning/at", params={"lon": lon, "lat": lat, **asked})
    assert answer.status_code == 200, answer.text
    return {one["layer"]: one["features"] for one in answer.json()["layers"]}


def detail(answer: Any) -> str:
    return str(answer.json()["detail"])


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def sheet(client: TestClient, **asked: Any) -> Any:
    lon, lat = degrees(574_050, 1_321_050)
    given = {"lon": lon, "lat": lat, "scale": 1000, "layers": "planning_zones,land_parcels"}
    return client.get("/planning/map.pdf", params=given | asked)


def upload(client: TestClient, name: str, content: bytes) -> Any:
    return client.post("/planning/area", params={"name": name}, content=content)


def test_the_page_is_open_to_everybody_and_offers_publishing_to_planners_only(planned: TestClient) -> None:
    answer = planned.get("/planning")
    assert answer.status_code == 200
    assert "/planning/drafts" not in answer.text
    assert "<style" not in answer.text
    settings = answer.text.partition('id="settings">')[2].partition("</script>")[0]
    assert json.loads(settings)["days"] == ["2020-01-01", "2026-01-01"]


def test_all_features_at_a_point_are_listed_with_plan_decision_and_validity(planned: TestClient) -> None:
    found = at(planned, 574_030, 1_321_050, day="2026-02-01", near=3)
    assert [one["title"] for one in found["planning_zones"]] == ["B-01", "C-01"]
    assert found["planning_zones"][0]["facts"] == [
        "Phân khu 1, phiên bản 2", "Quyết định 2/QĐ (01/12/2025)", "Hiệu lực từ 01/01/2026"
    ]  # fmt: skip
    assert found["planning_zones"][0]["class"] == "Đất trồng cây lâu năm (CLN)"
    assert [one["title"] for one in found["plans"]] == ["Phân khu 1", "Quy hoạch chung"]
    assert [one["title"] for one in found["cameras"]] == ["CAM-1"]


def test_picks_follow_the_day(planned: TestClient) -> None:
    found = at(planned, 574_030, 1_321_050, day="2025-12-31", layers="planning_zones")
    assert [(one["title"], one["facts"][-1]) for one in found["planning_zones"]] == [
        ("A-01", "Hiệu lực từ 01/01/2020 đến 31/12/2025"), ("C-01", "Hiệu lực từ 01/01/2020"),
    ]  # fmt: skip


def test_a_line_or_a_point_counts_only_as_near_as_asked(planned: TestClient) -> None:
    assert "cameras" not in at(planned, 574_036, 1_321_050, near=5)
    assert "cameras" in at(planned, 574_036, 1_321_050, near=7)


def test_nothing_personal_is_in_a_list_of_picks(client: TestClient, canary_city: Engines, data_folder: Path) -> None:
    url = canary_city.owner.url.render_as_string(hide_password=False)
    with TestClient(create_app(Settings(DATABASE_URL=url, data=data_folder))) as canaries:
        answer = canaries.get("/planning/at", params={"lon": 108.443, "lat": 11.94, "near": 2000})
    assert answer.status_code == 200
    assert CANARY not in answer.text


SHEET = "/planning/map.pdf?lon=108.4&lat=11.9&scale=1000"
WRONG_QUESTIONS = [
    ("/planning/at?lon=108.4&lat=11.9&day=2026-02-30", 400, "day=2026-02-30"),
    ("/planning/at?lon=108.4&lat=11.9&day=20260201", 400, "day=20260201"),
    ("/planning/at?lon=abc&lat=11.9", 400, "lon=abc"),
    ("/planning/at?lon=nan&lat=11.9", 400, "lon=nan"),
    ("/planning/at?lat=11.9", 400, "lon="),
    ("/planning/at?lon=2&lat=48", 400, "lon=2"),
    ("/planning/at?lon=108.4&lat=11.9&near=1e9", 400, "near=1e9"),
    ("/planning/at?lon=108.4&lat=11.9&layers=nothing", 404, "nothing"),
    ("/planning/at?lon=108.4&lat=11.9&layers=construction_flags", 404, "construction_flags"),
    ("/planning/at?lon=108.4&lat=11.9&colour=red", 400, "colour"),
    ("/planning/changes?from=2026-01-01&to=2026-01-01", 400, "two different days"),
    ("/planning/changes?from=hôm+qua&to=2026-01-01", 400, "from=hôm qua"),
    ("/planning/measure?points=108.4,11.9", 400, "at least two points"),
    ("/planning/measure?points=108.4,11.9;108.5", 400, "108.5"),
    ("/planning/measure?points=" + ";".join(["108.4,11.9"] * 401), 400, "at most 400"),
    (SHEET, 400, "at least one layer"),
    ("/planning/map.pdf?lon=108.4&lat=11.9&scale=5&layers=wards", 400, "scale=5"),
    (f"{SHEET}&layers=wards&paper=a0", 400, "paper=a0"),
    (f"{SHEET}&layers=wards&opacity=wards:999", 400, "opacity"),
    (f"{SHEET}&layers=wards&area=1;2", 400, "area"),
    (f"{SHEET}&layers=wards&view=%22%3E%3Cscript", 400, "view"),
    (f"{SHEET}&layers=wards&filter-layer=wards&filter=colour=1", 400, "colour"),
    (f"{SHEET}&layers=wards&title=" + "x" * 121, 400, "title"),
]


def test_a_wrong_question_is_refused_in_a_sentence(planned: TestClient) -> None:
    for path, status, said in WRONG_QUESTIONS:
        answer = planned.get(path)
        assert (answer.status_code, path) == (status, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in detail(answer)


def test_changes_name_land_uses_and_carry_their_shapes(planned: TestClient) -> None:
    found = planned.get("/planning/changes?from=2025-12-31&to=2026-01-01").json()
    assert found["totals"] == {"changed": {"count": 2, "area_m2": 10_000.0}}
    first = found["changes"]["features"][0]
    assert (first["properties"]["before"]["symbol"], first["properties"]["after"]["symbol"]) == ("A-01", "B-01")
    assert first["properties"]["after"]["land_use"] == "Đất trồng cây lâu năm (CLN)"
    lon, lat = degrees(574_030, 1_321_050)
    assert shape(first["geometry"]).contains(box(lon, lat, lon + 1e-6, lat + 1e-6))


def test_lengths_and_areas_are_those_of_the_plane_of_the_cadastre(planned: TestClient) -> None:
    corners = [(574_000.0, 1_321_000.0), (574_300.0, 1_321_000.0), (574_300.0, 1_321_400.0)]
    points = ";".join("{:.9f},{:.9f}".format(*degrees(*one)) for one in corners)
    found = planned.get("/planning/measure", params={"points": points}).json()
    assert found["length_m"] == pytest.approx(700, abs=0.01)
    assert found["perimeter_m"] == pytest.approx(1200, abs=0.01)
    assert found["area_m2"] == pytest.approx(60_000, abs=0.05)


def test_sides_that_cross_have_no_area(planned: TestClient) -> None:
    found = planned.get("/planning/measure?points=108.4,11.9;108.5,12;108.5,11.9;108.4,12").json()
    assert (found["area_m2"], found["crosses"]) == (None, True)


AREA = Polygon([(574_010, 1_321_010), (574_090, 1_321_010), (574_090, 1_321_060), (574_010, 1_321_060)])


def file_of(folder: Path, name: str, geometry: list[Any], crs: str = "EPSG:5899", without: str = "") -> bytes:
    """A file with these geometries; a ZIP of a shapefile, `without` one of its parts, where the name ends so."""
    frame = gpd.GeoDataFrame({"n": range(len(geometry))}, geometry=geometry, crs=crs)
    if not name.endswith(".zip"):
        frame.to_crs(4326 if name.endswith("json") else crs).to_file(folder / name)
        return (folder / name).read_bytes()
    frame.to_file(folder / "vung.shp")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(folder.glob("vung.*")):
            if part.suffix != without:
                archive.write(part, part.name)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["vùng.geojson", "area.gpkg", "vung.zip"])
def test_an_uploaded_area_comes_back_in_degrees_and_its_shares_sum_to_a_hundred(
    planned: TestClient, tmp_path: Path, name: str
) -> None:
    halves = [AREA.intersection(box(574_000, 1_321_000, 574_040, 1_321_100)),
              AREA.intersection(box(574_040, 1_321_000, 574_100, 1_321_100))]  # fmt: skip
    answer = upload(planned, name, file_of(tmp_path, name, halves))
    assert answer.status_code == 200, answer.text
    inputs = {"area": answer.json()["area"], "day": "2026-02-01"}
    report = planned.post("/ogc/processes/zone-report/execution", json={"inputs": inputs}).json()["result"]
    assert report["area_m2"] == pytest.approx(AREA.area, abs=0.02)
    shares = {
        one["plan_code"]: [(zone["zone_symbol"], zone["percent"]) for zone in one["zones"]] for one in report["plans"]
    }
    assert shares == {"PK-01": [("B-01", 62.5), ("B-02", 37.5)], "QHC": [("C-01", 100.0)]}


def encrypted(content: bytes) -> bytes:
    """The archive with the flag of encryption on its first member, in both of its headers."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + offset
        changed[place : place + 2] = struct.pack("<H", 1)
    return bytes(changed)


def bomb(_folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vung.shp", bytes(60 << 20))
    return packed.getvalue()


BOW = Polygon([(574_010, 1_321_010), (574_090, 1_321_060), (574_090, 1_321_010), (574_010, 1_321_060)])
LONG = LineString([(574_010, 1_321_010), (574_090, 1_321_060)])


WRONG_FILES: list[tuple[str, Callable[[Path], bytes], int, str]] = [
    ("area.dxf", lambda _: b"0", 415, "area.dxf"),
    ("area.geojson", lambda _: b"", 422, "empty"),
    ("area.geojson", lambda _: b"{}", 422, "cannot be read"),
    ("area.geojson", lambda _: b" " * ((5 << 20) + 1), 413, "5 MB"),
    ("area.zip", lambda _: b"PK nothing", 422, "no sound ZIP"),
    ("area.zip", bomb, 413, "50 MB"),
    ("area.zip", lambda folder: encrypted(file_of(folder, "a.zip", [AREA])), 422, "encrypted"),
    ("area.zip", lambda folder: file_of(folder, "a.zip", [AREA], without=".prj"), 422, "reference system"),
    ("area.gpkg", lambda folder: file_of(folder, "a.gpkg", [BOW]), 400, "Self-intersection"),
    ("area.gpkg", lambda folder: file_of(folder, "a.gpkg", [LONG]), 400, "polygons and nothing else"),
    ("area.gpkg", lambda folder: file_of(folder, "a.gpkg", [AREA], crs="EPSG:2154"), 400, "outside of Vietnam"),
    ("area.gpkg", lambda folder: file_of(folder, "a.gpkg", [AREA] * 1001), 413, "1000 polygons"),
]


def test_an_area_that_cannot_be_taken_is_refused_in_a_sentence_that_names_the_file(
    planned: TestClient, tmp_path: Path
) -> None:
    for number, (name, make, status, said) in enumerate(WRONG_FILES):
        folder = tmp_path / str(number)
        folder.mkdir()
        answer = upload(planned, name, make(folder))
        assert (answer.status_code, said) == (status, said), answer.text
        assert said in detail(answer)
        assert name in detail(answer) or status == 413
        assert "/tmp" not in detail(answer)


def test_a_sheet_tells_all_that_a_map_must_tell(planned: TestClient) -> None:
    area = ";".join("{:.7f},{:.7f}".format(*degrees(x, y)) for x, y in AREA.exterior.coords[:-1])
    words = {"title": "Khu trung tâm", "day": "2025-12-31", "area": area, "opacity": "planning_zones:40"}
    answer = sheet(planned, **words, **{"filter-layer": "planning_zones", "filter": "zone_symbol LIKE 'A%'"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert "no-store" in answer.headers["cache-control"]
    text = text_of(answer.content)
    for said in ("Khu trung tâm", "31/12/2025", "không phải hôm nay", "1:1.000", "Đất ở tại đô thị (ODT)", "A-01",
                 "zone_symbol LIKE 'A%'", "Vùng đã vẽ", "Chỉ để tham khảo", "Thửa đất"):  # fmt: skip
        assert said in text
    for hidden in ("C-01", "B-01", "Công trình"):
        assert hidden not in text


def test_the_legend_of_a_sheet_holds_only_what_is_in_its_frame(planned: TestClient) -> None:
    text = text_of(sheet(planned, layers="planning_zones,wards,cameras", day="2026-02-01", lang="en").content)
    assert "Planning zones" in text
    assert "Cameras" in text or "Camera" in text
    assert "Wards" not in text


def test_an_empty_frame_is_said_to_be_empty(planned: TestClient) -> None:
    answer = sheet(planned, lon=107.9, lat=11.5)
    assert answer.status_code == 200
    assert "Không có đối tượng nào trong khung" in text_of(answer.content)


def test_a_frame_that_is_too_crowded_is_refused_with_the_name_of_the_layer(
    planned: TestClient, small_city: Engines
) -> None:
    with small_city.owner.begin() as connection:
        connection.execute(
            sa.text(
                "insert into city.house_numbers (house_number, street_name, status, geom)"
                " select n::text, 'A', 'hien_hanh', st_setsrid(st_makepoint(574000 + n % 100, 1321010 + n % 80), 5899)"
                " from generate_series(1, 12001) n"
            )
        )
    answer = sheet(planned, layers="house_numbers")
    assert answer.status_code == 413
    assert "12000" in detail(answer)


def test_sheets_are_limited_by_the_minute(small_city: Engines, database: sa.URL, data_folder: Path) -> None:
    url = database.render_as_string(hide_password=False)
    with TestClient(create_app(Settings(DATABASE_URL=url, data=data_folder, extracts_per_minute=2))) as limited:
        statuses = [sheet(limited, layers="nothing").status_code for _ in range(3)]
    assert statuses == [404, 404, 429]
