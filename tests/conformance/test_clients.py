"""GDAL as its users call it, against a running server."""

import httpx2
import pyogrio
import pytest
from pyproj import Transformer

COUNTS = {"wards": 12, "places": 137, "roads": 9, "report_points": 30}


def test_gdal_reads_every_feature_of_every_collection(server_url: str) -> None:
    source = f"OAPIF:{server_url}"
    names = [name for name, _ in pyogrio.list_layers(source)]
    assert names == [one["id"] for one in httpx2.get(f"{server_url}/collections").json()["collections"]]
    for name in names:
        found = pyogrio.read_dataframe(source, layer=name, PAGE_SIZE="50")
        assert len(found) == COUNTS.get(name, 0), name


def test_gdal_reads_the_stored_system_without_loss(server_url: str) -> None:
    stored = pyogrio.read_dataframe(f"OAPIF:{server_url}", layer="places", CRS="EPSG:5899")
    degrees = pyogrio.read_dataframe(f"OAPIF:{server_url}", layer="places", CRS="OGC:CRS84")
    move = Transformer.from_crs(5899, 4326, always_xy=True).transform
    assert stored.crs.to_epsg() == 5899
    for near, far in zip(stored.geometry, degrees.geometry, strict=True):
        assert move(near.x, near.y) == pytest.approx((far.x, far.y), abs=1e-8)


def test_gdal_pushes_filters_and_boxes_down(server_url: str) -> None:
    source = f"OAPIF:{server_url}"
    found = pyogrio.read_dataframe(source, layer="places", where="name = 'Địa điểm 7'")
    assert list(found["name"]) == ["Địa điểm 7"]
    several = pyogrio.read_dataframe(source, layer="wards", where="name LIKE 'Phường 1%' AND code > '24010'")
    assert set(several["name"]) == {"Phường 11", "Phường 12"}
    near = pyogrio.read_dataframe(source, layer="places", CRS="OGC:CRS84", bbox=(108.4, 11.9, 108.42, 11.97))
    assert 0 < len(near) < 30
