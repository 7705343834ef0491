"""Files are loaded all or nothing, twice without a change, and bad input is refused in one sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from pyproj import CRS
from rich.progress import Progress

from etl.load import Request, load
from etl.mapping import Filling
from etl.outcome import LoadResult
from etl.report import report_document, report_page
from gis_core.db import Engines
from gis_core.errors import LoadRefused
from layers import CATALOG

EAST, NORTH = 575_000.0, 1_320_000.0
Loader = Callable[..., LoadResult]


@pytest.fixture
def loader(city: Engines) -> Loader:
    def run(layer: str, *files: Path, **options: Any) -> LoadResult:
        options.setdefault("source", "test")
        with Progress(disable=True) as progress:
            return load(city.owner, Request(CATALOG[layer], files, **options), progress)

    return run


def parcels(count: int = 20, crs: str = "EPSG:5899", **columns: Any) -> gpd.GeoDataFrame:
    squares = [shapely.box(EAST + 40 * row, NORTH, EAST + 40 * row + 39, NORTH + 30) for row in range(count)]
    given = {
        "MaXa": "24805",
        "SoTo": "7",
        "SoThua": [str(row + 1) for row in range(count)],
        "LoaiDat": "ODT",
        **columns,
    }
    return gpd.GeoDataFrame({**given, "geometry": squares}, crs="EPSG:5899").to_crs(crs)


def written(frame: gpd.GeoDataFrame, path: Path) -> Path:
    frame.to_file(path)
    return path


def rows(city: Engines, query: str) -> list[Any]:
    with city.owner.connect() as connection:
        return list(connection.execute(sa.text(query)))


def test_loading_the_same_file_twice_changes_nothing(city: Engines, loader: Loader, tmp_path: Path) -> None:
    path = written(parcels(), tmp_path / "parcels.gpkg")
    assert loader("land_parcels", path).counts.inserted == 20
    again = loader("land_parcels", path).counts
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 20)
    assert rows(city, "select count(*) from history.land_parcels") == [(0,)]
    assert rows(city, "select distinct version from city.land_parcels") == [(1,)]


def test_a_changed_row_is_updated_and_its_old_image_kept(city: Engines, loader: Loader, tmp_path: Path) -> None:
    frame = parcels()
    loader("land_parcels", written(frame, tmp_path / "before.gpkg"))
    frame.loc[3, "LoaiDat"] = "CLN"
    counts = loader("land_parcels", written(frame, tmp_path / "after.gpkg")).counts
    assert (counts.inserted, counts.updated, counts.unchanged) == (0, 1, 19)
    assert rows(city, "select source_ref, land_use_code from history.land_parcels") == [("24805/7/4", "ODT")]


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "gml", "parquet", "shp", "csv", "xlsx"])
def test_every_format_brings_the_same_rows(city: Engines, loader: Loader, tmp_path: Path, suffix: str) -> None:
    frame = parcels().set_crs(None, allow_override=True).set_crs("EPSG:5899")
    path = tmp_path / f"parcels.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix in ("csv", "xlsx"):
        table = frame.drop(columns="geometry").assign(wkt=frame.geometry.to_wkt())
        table.to_csv(path, index=False) if suffix == "csv" else table.to_excel(path, index=False)
    elif suffix == "geojson":
        frame.to_crs(4326).to_file(path, COORDINATE_PRECISION=9)
    else:
        frame.to_file(path)
    crs = CRS.from_epsg(5899) if suffix in ("csv", "xlsx") else None
    assert loader("land_parcels", path, crs=crs).counts.inserted == 20
    found = rows(city, "select count(*), round(sum(st_area(geom))::numeric), min(source_ref) from city.land_parcels")
    assert found == [(20, 20 * 39 * 30, "24805/7/1")]


def test_refused_rows_wait_in_quarantine_with_their_reason(city: Engines, loader: Loader, tmp_path: Path) -> None:
    frame = parcels()
    frame.loc[2, "LoaiDat"] = "XXX"
    frame.loc[5, "SoThua"] = "5"
    frame.loc[7, "geometry"] = shapely.box(EAST + 900_000, NORTH, EAST + 900_010, NORTH + 9)
    result = loader("land_parcels", written(frame, tmp_path / "parcels.gpkg"))
    assert (result.counts.inserted, result.counts.refused) == (17, 3)
    kept = rows(city, "select row_number, reason_code, reason_vi from platform.quarantine order by row_number")
    assert [(row, code) for row, code, _ in kept] == [(3, "unknown_code"), (6, "duplicate_key"), (8, "outside_box")]
    assert "XXX" in kept[0][2]


def test_a_self_crossing_ring_is_repaired_and_told_with_its_row(loader: Loader, tmp_path: Path) -> None:
    frame = parcels()
    frame.loc[4, "geometry"] = shapely.Polygon(
        [(EAST, NORTH + 50), (EAST + 20, NORTH + 70), (EAST + 20, NORTH + 50), (EAST, NORTH + 70)]
    )
    result = loader("land_parcels", written(frame, tmp_path / "parcels.gpkg"))
    assert result.counts.inserted == 20
    assert [(one.code, one.row) for one in result.findings.listed if one.kind == "repaired"] == [("made_valid", 5)]


def flat_triangles() -> list[shapely.Polygon]:
    return [shapely.Polygon([(EAST + row, NORTH), (EAST + row + 9, NORTH), (EAST + row, NORTH)]) for row in range(20)]


def circle_of_many_vertices() -> shapely.Polygon:
    turns = np.linspace(0, 2 * np.pi, 200_000, endpoint=False)
    return shapely.Polygon(np.column_stack((EAST + 500 * np.cos(turns), NORTH + 500 * np.sin(turns))))


def partly_in_degrees() -> gpd.GeoDataFrame:
    frame = parcels()
    mixed = [*frame.geometry[:10], *frame.to_crs(4326).geometry[10:]]
    return frame.set_geometry(mixed).set_crs(5899, allow_override=True)


REFUSED_FRAMES: dict[str, Callable[[], gpd.GeoDataFrame]] = {
    "no rows": lambda: parcels().iloc[:0],
    "points": lambda: parcels().set_geometry(parcels().centroid),
    "infinite": lambda: parcels().set_geometry([shapely.Point(np.inf, 1)] * 20),
    "zero area": lambda: parcels().set_geometry(flat_triangles()),
    "many vertices": lambda: parcels(1).set_geometry([circle_of_many_vertices()]),
    "unknown column": parcels,
    "unknown field": parcels,
    "wrong codes": lambda: parcels(LoaiDat="ABC"),
    "one key": lambda: parcels(SoThua="1"),
    "mixed systems": partly_in_degrees,
}
FILLINGS = {
    "unknown column": Filling(columns={"map_sheet_no": "Sheet"}),
    "unknown field": Filling(values={"sheet": "1"}),
}


def refused_file(folder: Path, kind: str) -> Path:
    path = folder / "parcels.gpkg"
    if kind in REFUSED_FRAMES:
        return written(REFUSED_FRAMES[kind](), path)
    if kind == "no crs":
        shape = written(parcels(), folder / "parcels.shp")
        shape.with_suffix(".prj").unlink()
        return shape
    if kind != "absent":
        path.write_bytes(b"" if kind == "empty" else b"this is no GeoPackage at all" * 50)
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("absent", "no such file"),
        ("empty", "empty"),
        ("unreadable", "cannot be read"),
        ("no rows", "no feature"),
        ("points", "type"),
        ("no crs", "--crs EPSG:5899"),
        ("infinite", "infinite"),
        ("zero area", "zero"),
        ("many vertices", "Too many vertices"),
        ("unknown column", "'Sheet'"),
        ("unknown field", "'sheet'"),
        ("wrong codes", "ABC"),
        ("one key", "key"),
        ("mixed systems", "box"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_loads_nothing(
    city: Engines, loader: Loader, tmp_path: Path, kind: str, words: str
) -> None:
    path = refused_file(tmp_path, kind)
    with pytest.raises(LoadRefused) as refusal:
        loader("land_parcels", path, filling=FILLINGS.get(kind, Filling()))
    assert words in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert refusal.value.exit_code == 2
    assert rows(city, "select count(*) from city.land_parcels") == [(0,)]
    assert rows(city, "select outcome from platform.load_report") == [("refused",)]


def test_a_dry_run_reports_and_loads_nothing(city: Engines, loader: Loader, tmp_path: Path) -> None:
    result = loader("land_parcels", written(parcels(), tmp_path / "parcels.gpkg"), dry_run=True)
    assert (result.outcome, result.counts.inserted) == ("tried", 20)
    assert rows(city, "select count(*) from city.land_parcels") == [(0,)]


def test_several_purposes_go_to_the_detail_table_main_first(city: Engines, loader: Loader, tmp_path: Path) -> None:
    path = written(parcels(LoaiDat=["ODT+CLN"] + ["ODT"] * 19), tmp_path / "parcels.gpkg")
    assert loader("land_parcels", path).counts.purposes == 2
    assert loader("land_parcels", path).counts.purposes == 0
    query = "select rank, land_use_code, area_m2 from city.land_parcel_purposes order by rank"
    assert rows(city, query) == [(1, "ODT", None), (2, "CLN", None)]
    assert rows(city, "select land_use_code from city.land_parcels where parcel_no = '1'") == [("ODT",)]


def test_a_ward_is_filled_in_by_location_from_the_wards_in_force(city: Engines, loader: Loader, tmp_path: Path) -> None:
    wards = gpd.GeoDataFrame(
        {
            "code": ["24805", "24810"], "name": ["Xuân Trường", "Trạm Hành"],
            "valid_from": ["2025-07-01", None], "valid_to": [None, "2025-06-30"],
            "geometry": [shapely.box(EAST - 5000, NORTH - 5000, EAST + 5000, NORTH + 5000)] * 2,
        },
        crs="EPSG:5899",
    )  # fmt: skip
    loader("wards", written(wards, tmp_path / "wards.gpkg"))
    loader("land_parcels", written(parcels(), tmp_path / "parcels.gpkg"))
    assert rows(city, "select distinct ward_code from city.land_parcels") == [("24805",)]


def test_legacy_text_is_stored_as_unicode(city: Engines, loader: Loader, tmp_path: Path) -> None:
    path = tmp_path / "parcels.shp"
    parcels(DiaChi="Th«n 4, x· Xu©n Thä").to_file(path, encoding="cp1252")
    result = loader("land_parcels", path)
    assert rows(city, "select distinct parcel_address from city.land_parcels") == [("Thôn 4, xã Xuân Thọ",)]
    assert result.findings.counts["repaired", "decoded"] == 20


def test_the_report_names_counts_and_rows_in_both_languages(loader: Loader, tmp_path: Path) -> None:
    frame = parcels()
    frame.loc[2, "LoaiDat"] = "XXX"
    result = loader("land_parcels", written(frame, tmp_path / "parcels.gpkg"))
    page = report_page(result)
    assert "Thửa đất" in page
    assert "Mã không có trong danh mục" in page
    assert "http" not in page  # readable without a network
    document = json.loads(json.dumps(report_document(result), default=str))
    assert [(one["code"], one["row"]) for one in document["rows"]] == [("unknown_code", 3)]
