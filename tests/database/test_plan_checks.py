"""What the check of a plan draft finds, offers and compares, against files made with known mistakes."""

import zipfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa
from shapely.affinity import translate

from gis_core.db import Engines, acting_as
from gis_core.plan_drafts import accept_repairs, correct, find_draft
from tests.database import plan_city as plans
from tests.database.plan_city import LAN

LATER = date(2027, 1, 1)


@pytest.fixture
def city_with_plan(city: Engines) -> Engines:
    """A small city with one plan in force."""
    plans.found_city(city)
    return city


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """The folder of uploads."""
    return tmp_path / "uploads"


def written(frame: gpd.GeoDataFrame, path: Path) -> Path:
    """The file of the frame."""
    frame.to_file(path)
    return path


def faulty() -> gpd.GeoDataFrame:
    """The amended frame with one mistake of each kind."""
    frame = plans.amended()
    west, south, east, north = frame.geometry[40].bounds
    frame.loc[40, "geometry"] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    frame.loc[50, "geometry"] = frame.geometry[50].buffer(2, join_style="mitre")
    frame.loc[60, "geometry"] = translate(frame.geometry[60], 5000)
    frame.loc[70, "LoaiDat"] = "XYZ"
    frame.loc[80, "KiHieuKhuDat"] = frame.KiHieuKhuDat[0]
    frame.loc[90, "KiHieuKhuDat"] = frame.KiHieuKhuDat[91]
    frame.loc[100, "geometry"] = None
    frame.loc[110, "KiHieuKhuDat"] = None
    frame["TangCao"] = frame["TangCao"].astype(object)
    frame.loc[120, "TangCao"] = "bốn"
    return frame


def test_the_difference_of_a_sound_file_equals_what_shapely_counts(
    city_with_plan: Engines, uploads: Path, tmp_path: Path
) -> None:
    draft = plans.drafted(city_with_plan, uploads, written(plans.amended(), tmp_path / "amended.gpkg"))
    with acting_as(city_with_plan, LAN) as connection:
        row = find_draft(connection, draft)
    found, before, after = row["summary"]["difference"], plans.frame(), plans.amended()
    assert (row["status"], row["blocking"], row["summary"]["zones"]) == ("checked", 0, plans.ZONES)
    assert {kind: one["count"] for kind, one in found["symbol"].items()} == {
        "added": 1, "removed": 1, "changed": 11, "unchanged": 202,
    }  # fmt: skip
    turned = shapely.union_all(after.geometry[:10])
    lost = shapely.difference(before.geometry[20], after.geometry[20])
    assert found["ground"]["changed"]["area_m2"] == pytest.approx(turned.area, abs=0.01)
    assert found["ground"]["removed"]["area_m2"] == pytest.approx(lost.area, abs=0.01)
    assert "added" not in found["ground"]
    assert (found["parcels"], found["permits"]) == (21, 1)


def test_each_mistake_is_found_at_its_zone_and_only_grave_ones_block(
    city_with_plan: Engines, uploads: Path, tmp_path: Path
) -> None:
    draft = plans.drafted(city_with_plan, uploads, written(faulty(), tmp_path / "faulty.gpkg"))
    found = plans.found_in(city_with_plan, draft)
    rows = {code: {row for one in several for row in one["row_numbers"]} for code, several in found.items()}
    assert rows.pop("overlap") >= {51}
    assert rows == {
        "invalid_ring": {41}, "outside_city": {61}, "unknown_code": {71}, "symbol_contradicts": {1, 81},
        "symbol_repeated": {91, 92}, "geometry_missing": {101}, "value_missing": {111}, "wrong_type": {121},
        "gap": set(),
    }  # fmt: skip
    notes = {code for code, several in found.items() if several[0]["severity"] == "note"}
    assert notes == {"gap", "symbol_repeated"}
    assert sum(one["area"] for one in found["overlap"]) == pytest.approx(
        shapely.difference(faulty().geometry[50], plans.frame().geometry[50]).area, rel=0.2
    )
    assert all(one["geom"] is not None for code in rows if code != "geometry_missing" for one in found[code])
    with acting_as(city_with_plan, LAN) as connection:
        assert find_draft(connection, draft)["blocking"] == sum(
            len(several) for code, several in found.items() if code not in notes
        )


def test_a_repaired_copy_counts_only_after_a_planner_has_accepted_it(
    city_with_plan: Engines, uploads: Path, tmp_path: Path
) -> None:
    frame = plans.amended()
    west, south, east, north = frame.geometry[40].bounds
    frame.loc[40, "geometry"] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    draft = plans.drafted(city_with_plan, uploads, written(frame, tmp_path / "crossing.gpkg"))
    zone = sa.text(
        "select geom is null, st_area(repaired), st_asbinary(drawn) from platform.plan_draft_zone where row_number = 41"
    )
    with acting_as(city_with_plan, LAN) as connection:
        unused, area, drawn = connection.execute(zone).one()
        assert (unused, area) == (True, pytest.approx(shapely.make_valid(frame.geometry[40]).area))
        assert shapely.from_wkb(bytes(drawn)).equals_exact(frame.geometry[40], 1e-6)
        assert find_draft(connection, draft)["blocking"] == 1
        accept_repairs(connection, draft, find_draft(connection, draft)["version"], [41])
    plans.checked(city_with_plan, uploads, draft)
    with acting_as(city_with_plan, LAN) as connection:
        unused, *_ = connection.execute(zone).one()
        assert (unused, find_draft(connection, draft)["blocking"]) == (False, 0)
    assert "repair_accepted" in plans.found_in(city_with_plan, draft)


@pytest.mark.parametrize(
    ("really", "stated", "words", "suggestion"),
    [
        (4756, 4326, "lệch khoảng 226 m so với lớp kiểm soát, có thể là VN-2000", "EPSG:4756"),
        (4326, 4756, "lệch khoảng 226 m so với lớp kiểm soát, có thể là WGS 84", "EPSG:4326"),
        (9218, 5899, "lệch ~82 km", "EPSG:9218"),
        (5899, 9218, "lệch ~82 km", "EPSG:5899"),
        (5899, 4326, "không có vị trí trên mặt đất", "EPSG:5899"),
    ],
)
def test_a_wrong_reference_system_blocks_in_words_and_stores_no_zone(
    city_with_plan: Engines, uploads: Path, tmp_path: Path, really: int, stated: int, words: str, suggestion: str
) -> None:
    frame = plans.amended().to_crs(really).set_crs(stated, allow_override=True)
    draft = plans.drafted(city_with_plan, uploads, written(frame, tmp_path / "moved.gpkg"))
    found = plans.found_in(city_with_plan, draft)
    assert list(found) == ["crs_suspicious"]
    assert found["crs_suspicious"][0]["severity"] == "blocking"
    assert found["crs_suspicious"][0]["detail_vi"].startswith(words) or words in found["crs_suspicious"][0]["detail_vi"]
    assert found["crs_suspicious"][0]["suggestion"] == suggestion
    with acting_as(city_with_plan, LAN) as connection:
        assert connection.scalar(sa.text("select count(*) from platform.plan_draft_zone")) == 0
        version = find_draft(connection, draft)["version"]
        correct(connection, draft, version, plans.about(crs=suggestion))
    plans.checked(city_with_plan, uploads, draft)
    with acting_as(city_with_plan, LAN) as connection:
        assert find_draft(connection, draft)["blocking"] == 0


def test_a_drawing_without_attributes_or_system_is_read_after_the_planner_has_said_what_they_are(
    city_with_plan: Engines, uploads: Path, tmp_path: Path
) -> None:
    rings = plans.frame().geometry.boundary
    drawing = gpd.GeoDataFrame({"Layer": [f"OH-{n:03d}" for n in range(1, plans.ZONES + 1)]}, geometry=rings)
    drawing.to_file(tmp_path / "drawing.dxf", driver="DXF")
    draft = plans.drafted(city_with_plan, uploads, tmp_path / "drawing.dxf")
    assert list(plans.found_in(city_with_plan, draft)) == ["crs_unknown"]
    with acting_as(city_with_plan, LAN) as connection:
        version = find_draft(connection, draft)["version"]
        correct(connection, draft, version, plans.about(crs="EPSG:5899"), {"zone_symbol": "Layer"})
    plans.checked(city_with_plan, uploads, draft)
    with acting_as(city_with_plan, LAN) as connection:
        row = find_draft(connection, draft)
    assert (row["blocking"], row["summary"]["zones"]) == (0, plans.ZONES)
    assert row["summary"]["difference"]["symbol"]["changed"]["count"] == plans.ZONES  # they say nothing any more


@pytest.mark.parametrize("kind", ["shp", "geojson"])
def test_shapefiles_in_a_zip_and_geojson_are_read_like_geopackages(
    city_with_plan: Engines, uploads: Path, tmp_path: Path, kind: str
) -> None:
    short = {"KiHieuKhuDat": "zonesymbol", "MatDoXayDung": "MatDo"}  # dBASE has ten letters for a name
    if kind == "shp":
        plans.amended().rename(columns=short).to_file(tmp_path / "plan.shp", encoding="utf-8")
        file = tmp_path / "plan.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for part in tmp_path.glob("plan.[!z]*"):
                archive.write(part, f"Bản vẽ/{part.name}")
    else:
        file = tmp_path / "plan.geojson"
        plans.amended().to_crs(4326).to_file(file)
    draft = plans.drafted(city_with_plan, uploads, file, valid_from=LATER)
    with acting_as(city_with_plan, LAN) as connection:
        row = find_draft(connection, draft)
    assert row["summary"]["zones"] == plans.ZONES
    assert row["summary"]["columns"]["zone_symbol"] in ("zonesymbol", "KiHieuKhuDat")
    assert row["summary"]["difference"]["ground"]["changed"]["count"] >= 10
