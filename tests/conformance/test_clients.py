"""GDAL as its users call it, against a running server: the one in pyogrio's wheel, and Debian's commands."""

import json
import os
import re
import subprocess
from pathlib import Path

import httpx2
import pyogrio
import pytest
from pyproj import Transformer

from tests.conformance.conftest import AccessLog

COUNTS = {"wards": 12, "places": 137, "roads": 9, "report_points": 20}
WINDOW = (108.4, 11.9, 108.42, 11.97)


def ogr(*arguments: str, **environment: str) -> str:
    """What a command of Debian's GDAL prints. Fails where it complains."""
    done = subprocess.run(
        arguments, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


def copied(root: str, folder: Path, *arguments: str, **environment: str) -> list[dict[str, object]]:
    """The features that ogr2ogr copies out of the server."""
    made = folder / "copied.geojson"
    ogr("ogr2ogr", "-f", "GeoJSON", str(made), f"OAPIF:{root}", *arguments, **environment)
    return list(json.loads(made.read_text("utf-8"))["features"])


def boxes_asked(lines: list[str]) -> list[tuple[float, ...]]:
    found = [re.search(r"[?&]bbox=([^&\s]+)", line) for line in lines]
    return [tuple(map(float, one[1].split(","))) for one in found if one]


def items_asked(log: AccessLog, mark: int) -> list[str]:
    return [line for line in log.since(mark) if "/items?" in line]


def test_gdal_reads_every_feature_of_every_collection(server_url: str, access_log: AccessLog) -> None:
    source = f"OAPIF:{server_url}"
    names = [name for name, _ in pyogrio.list_layers(source)]
    assert names == [one["id"] for one in httpx2.get(f"{server_url}/collections").json()["collections"]]
    records = httpx2.get(f"{server_url}/collections/catalogue/items").json()["numberMatched"]
    for name in names:
        found = pyogrio.read_dataframe(source, layer=name, PAGE_SIZE="50")
        assert len(found) == (COUNTS | {"catalogue": records}).get(name, 0), name
    pages = [line for line in access_log.since(0) if "/places/items?" in line and "limit=50" in line]
    assert len(pages) >= 3


def test_debians_gdal_reads_pages_of_ten(server_url: str, access_log: AccessLog, tmp_path: Path) -> None:
    mark = len(access_log)
    found = copied(server_url, tmp_path, "places")
    assert {one["properties"]["name"] for one in found} == {f"Địa điểm {n}" for n in range(1, 138)}
    assert len(items_asked(access_log, mark)) > 2


def test_gdal_reads_the_stored_system_without_loss(server_url: str) -> None:
    stored = pyogrio.read_dataframe(f"OAPIF:{server_url}", layer="places", CRS="EPSG:5899")
    degrees = pyogrio.read_dataframe(f"OAPIF:{server_url}", layer="places", CRS="OGC:CRS84")
    move = Transformer.from_crs(5899, 4326, always_xy=True).transform
    assert stored.crs.to_epsg() == 5899
    for near, far in zip(stored.geometry, degrees.geometry, strict=True):
        assert move(near.x, near.y) == pytest.approx((far.x, far.y), abs=1e-8)


def test_gdal_reads_latitude_first_the_right_way_round(server_url: str) -> None:
    degrees = pyogrio.read_dataframe(f"OAPIF:{server_url}", layer="places", CRS="EPSG:4326")
    west, south, east, north = degrees.total_bounds
    assert 108 < west < east < 109
    assert 11 < south < north < 12


def test_gdal_pushes_filters_and_boxes_down(server_url: str, access_log: AccessLog) -> None:
    source, mark = f"OAPIF:{server_url}", len(access_log)
    found = pyogrio.read_dataframe(source, layer="places", where="name = 'Địa điểm 7'")
    assert list(found["name"]) == ["Địa điểm 7"]
    # GDAL leaves equality and times to the server and does the rest itself: its CQL is a draft of 2020.
    several = pyogrio.read_dataframe(source, layer="wards", where="name LIKE 'Phường 1%' AND code > '24010'")
    assert set(several["name"]) == {"Phường 11", "Phường 12"}
    near = pyogrio.read_dataframe(source, layer="places", CRS="OGC:CRS84", bbox=WINDOW)
    assert 0 < len(near) < 30
    asked = items_asked(access_log, mark)
    assert [line for line in asked if "Địa điểm 7" in line]
    assert WINDOW in boxes_asked(asked)


def test_debians_gdal_pushes_filters_and_boxes_down(server_url: str, access_log: AccessLog, tmp_path: Path) -> None:
    mark = len(access_log)
    [one] = copied(server_url, tmp_path, "places", "-where", "name = 'Địa điểm 7'")
    assert one["properties"]["name"] == "Địa điểm 7"
    near = copied(server_url, tmp_path, "places", "-spat", *map(str, WINDOW))
    box = ",".join(map(str, WINDOW))
    inside = httpx2.get(f"{server_url}/collections/places/items", params={"bbox": box, "limit": 200}).json()
    assert {one["properties"]["name"] for one in near} == {one["properties"]["name"] for one in inside["features"]}
    asked = items_asked(access_log, mark)
    assert [line for line in asked if "Địa điểm 7" in line]
    assert WINDOW in boxes_asked(asked)


def test_gdal_sees_more_with_an_application_password(server_url: str, operator_password: str, tmp_path: Path) -> None:
    shown = copied(server_url, tmp_path, "report_points")
    login = {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"operator.gis:{operator_password}"}
    assert (len(shown), len(copied(server_url, tmp_path, "report_points", **login))) == (20, 30)
    wrong = subprocess.run(
        ["ogrinfo", "-so", f"OAPIF:{server_url}", "report_points"],
        env={**os.environ, **login, "GDAL_HTTP_USERPWD": "operator.gis:lba_wrong"}, capture_output=True, check=False,
    )  # fmt: skip
    assert b"401" in wrong.stdout + wrong.stderr
