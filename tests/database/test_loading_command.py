"""`langbiang load` as a person types it: real files of every kind, one sentence and exit code 2 where it refuses."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from osmium.osm.mutable import Node, Way

from api.command_line import main
from gis_core.db import Engines

EAST, NORTH = 575_000.0, 1_320_000.0
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    city: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`langbiang load …` on the test's database: its exit code and what it writes to stdout and stderr."""
    monkeypatch.setenv("DATABASE_URL", city.owner.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANGBIANG_DATA", str(tmp_path / "data"))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["langbiang", "load", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            main()
        written = capsys.readouterr()
        return int(str(done.value.code)), written.out, written.err

    return run


def parcels(**columns: Any) -> gpd.GeoDataFrame:
    squares = [shapely.box(EAST + 40 * row, NORTH, EAST + 40 * row + 39, NORTH + 30) for row in range(5)]
    given = {"MaXa": "24805", "SoTo": "7", "SoThua": [str(row + 1) for row in range(5)], "LoaiDat": "ODT", **columns}
    return gpd.GeoDataFrame({**given, "geometry": squares}, crs="EPSG:5899")


def written(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    frame.to_file(path, **options)
    return path


def rows(city: Engines, query: str) -> list[tuple[Any, ...]]:
    with city.owner.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_an_osm_extract_fills_the_roads(city: Engines, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "roads.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in enumerate(((108.44, 11.94), (108.45, 11.94), (108.45, 11.95)), 1):
            writer.add_node(Node(id=number, location=place))
        writer.add_way(Way(id=7, nodes=[1, 2], tags={"highway": "primary", "name": "Trần Phú", "lanes": "4"}))
        writer.add_way(Way(id=8, nodes=[2, 3], tags={"highway": "steps", "surface": "concrete"}))
        writer.add_way(Way(id=9, nodes=[1, 3], tags={"waterway": "stream"}))
    code, out, _ = command("roads", path)
    assert (code, "2 thêm/inserted" in out) == (0, True)
    found = rows(city, "select osm_id, street_name, road_class, surface from city.roads order by osm_id")
    assert [tuple(map(str, row)) for row in found] == [
        ("7", "Trần Phú", "primary", "None"), ("8", "None", "path", "concrete"),
    ]  # fmt: skip


def test_closed_lines_of_a_drawing_become_parcels_once_the_system_is_given(
    city: Engines, command: Command, tmp_path: Path
) -> None:
    outlines = gpd.GeoDataFrame({"Layer": ["10"] * 5}, geometry=parcels().exterior)
    path = written(outlines, tmp_path / "parcels.dxf", driver="DXF")
    code, _, error = command("land_parcels", path)
    assert (code, "--crs EPSG:5899" in error) == (2, True)
    assert command("land_parcels", path, "--crs", "EPSG:5899")[0] == 0
    assert rows(city, "select count(*), round(sum(st_area(geom))::numeric) from city.land_parcels") == [(5, 5850)]


def test_a_zipped_shapefile_is_read_as_it_is(city: Engines, command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "shape"
    folder.mkdir()
    written(parcels(), folder / "parcels.shp")
    archive = Path(shutil.make_archive(str(tmp_path / "parcels"), "zip", folder))
    assert command("land_parcels", archive)[0] == 0
    assert rows(city, "select count(*), min(source_ref) from city.land_parcels") == [(5, "24805/7/1")]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("names", "values", "crs"),
    [
        (("X", "Y"), (1_320_700.4, 575_502.7), "EPSG:5899"),
        (("easting", "northing"), (575_502.7, 1_320_700.4), "EPSG:5899"),
        (("easting", "northing"), (1_320_700.4, 575_502.7), "EPSG:5899"),
        (("lon", "lat"), (108.4428849, 11.9424474), "EPSG:4326"),
        (("lon", "lat"), (11.9424474, 108.4428849), "EPSG:4326"),
        (("Kinh độ", "Vĩ độ"), (108.4428849, 11.9424474), "EPSG:4326"),
    ],
)
def test_a_table_of_points_lies_right_in_either_order_of_axes(
    city: Engines, command: Command, tmp_path: Path, suffix: str, names: tuple[str, str], values: tuple[float, float],
    crs: str,
) -> None:  # fmt: skip
    path = tmp_path / f"places.{suffix}"
    table = pd.DataFrame({"name": ["Hồ Xuân Hương"], "place_kind": ["lake"], **dict(zip(names, values, strict=True))})
    table.to_csv(path, index=False) if suffix == "csv" else table.to_excel(path, index=False)
    code, _, error = command("places", path, "--crs", crs)
    assert (code, error.count("Traceback")) == (0, 0)
    wanted = "st_setsrid(st_makepoint(575502.7, 1320700.4), 5899)"
    if crs == "EPSG:4326":
        wanted = "st_transform(st_setsrid(st_makepoint(108.4428849, 11.9424474), 4326), 5899)"
    assert rows(city, f"select name, st_distance(geom, {wanted}) < 1 from city.places") == [("Hồ Xuân Hương", True)]


def test_a_mapping_fills_fields_from_other_columns_constants_and_codes(
    city: Engines, command: Command, tmp_path: Path
) -> None:
    path = written(parcels(LoaiDat="Dat o").rename(columns={"SoTo": "Sheet"}), tmp_path / "parcels.gpkg")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        'columns = { map_sheet_no = "Sheet" }\nvalues = { ward_code = "24810" }\n'
        'codes = { land_use_code = { "Dat o" = "ODT" } }\n'
    )
    assert command("land_parcels", path, "--mapping", mapping)[0] == 0
    query = "select distinct map_sheet_no, ward_code, land_use_code from city.land_parcels"
    assert rows(city, query) == [("7", "24810", "ODT")]


def test_a_dry_run_reports_and_changes_nothing(city: Engines, command: Command, tmp_path: Path) -> None:
    path, report = written(parcels(), tmp_path / "parcels.gpkg"), tmp_path / "report.json"
    tables = ("city.land_parcels", "platform.quarantine", "platform.load_report", "platform.audit")
    before = [rows(city, f"select count(*) from {name}") for name in tables]
    code, out, _ = command("land_parcels", path, "--dry-run", "--report", report)
    assert (code, "Trial, nothing loaded" in out) == (0, True)
    assert [rows(city, f"select count(*) from {name}") for name in tables] == before
    assert json.loads(report.read_text("utf-8"))["counts"]["inserted"] == 5


def test_one_bad_file_of_two_keeps_the_other_out(city: Engines, command: Command, tmp_path: Path) -> None:
    good = written(parcels(), tmp_path / "good.gpkg")
    bad = written(parcels(LoaiDat="XXX", SoTo="8"), tmp_path / "bad.gpkg")
    code, _, error = command("land_parcels", good, bad)
    assert (code, "XXX" in error) == (2, True)
    assert rows(city, "select count(*) from city.land_parcels") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("parcels", "absent.gpkg"), "There is no such layer"),
        (("land_parcels", "absent.gpkg"), "no such file"),
        (("land_parcels", "empty.gpkg"), "empty (0 bytes)"),
        (("land_parcels", "parcels.gpkg", "--crs", "EPSG:0"), "not understood"),
        (("land_parcels", "parcels.gpkg", "--box", "1,2,3"), "Four numbers"),
        (("land_parcels", "parcels.gpkg", "--file-layer", "zones"), "No such layer in the file"),
        (("land_parcels", "parcels.gpkg", "--mapping", "absent.toml"), "The mapping cannot be read"),
        (("land_parcels", "parcels.gpkg", "--mapping", "column.toml"), "column 'Sheet'"),
        (("land_parcels", "parcels.gpkg", "--mapping", "section.toml"), "Unknown sections"),
        (("land_parcels", "parcels.gpkg", "--crs", "EPSG:9218"), "EPSG:5899"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_two(
    city: Engines, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
    words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    written(parcels(), tmp_path / "parcels.gpkg")
    (tmp_path / "empty.gpkg").touch()
    (tmp_path / "column.toml").write_text('columns = { map_sheet_no = "Sheet" }')
    (tmp_path / "section.toml").write_text('colums = { map_sheet_no = "SoTo" }')
    code, out, error = command(*arguments)
    assert (code, out) == (2, "")
    assert words in error
    assert "Traceback" not in error
    assert rows(city, "select count(*) from city.land_parcels") == [(0,)]
