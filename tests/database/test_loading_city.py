"""A city folder is loaded by its manifest, goes on after an interruption; wrong manifests are told in a sentence."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import sqlalchemy as sa
from rasterio.transform import from_origin
from rich.progress import Progress

from etl.city import city_is_loaded, load_city
from etl.manifest import RasterEntry, read_manifest
from etl.raster import load_raster
from gis_core.db import Engines
from gis_core.errors import LoadRefused
from gis_core.layer import Text

EAST, NORTH = 575_000.0, 1_320_000.0
HEAD = """
title = { vi = "Thành phố nhỏ", en = "Small city" }
centre = [108.44, 11.94]
attribution = { vi = "dữ liệu thử", en = "test data" }
"""
PLACES = """
[[load]]
layer = "places"
file = "places.gpkg"
source = "test"
"""
PARCELS = """
[[load]]
layer = "land_parcels"
file = "parcels.gpkg"
source = "test"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with places and parcels, and a manifest of both."""
    made = tmp_path / "city"
    made.mkdir()
    (made / "city.toml").write_text(HEAD + PLACES + PARCELS)
    places = {"name": ["Hồ"], "place_kind": ["lake"], "geometry": [shapely.Point(EAST, NORTH)]}
    gpd.GeoDataFrame(places, crs=5899).to_file(made / "places.gpkg")
    _write_parcels(made, EAST)
    return made


def _write_parcels(folder: Path, east: float) -> None:
    square = shapely.box(east, NORTH, east + 30, NORTH + 30)
    numbers = {"MaXa": ["24805"], "SoTo": ["1"], "SoThua": ["1"], "geometry": [square]}
    gpd.GeoDataFrame(numbers, crs=5899).to_file(folder / "parcels.gpkg")


def _load(city: Engines, folder: Path) -> None:
    with Progress(disable=True) as progress:
        load_city(city.owner, folder, folder.parent / "data", progress, demo_layers=False)


def _counts(city: Engines) -> tuple[int, ...]:
    with city.owner.connect() as connection:
        tables = ("city.places", "city.land_parcels", "history.places")
        return tuple(connection.execute(sa.text(f"select count(*) from {one}")).scalar_one() for one in tables)


def test_every_file_of_the_manifest_is_loaded_and_reported(city: Engines, folder: Path) -> None:
    assert not city_is_loaded(city.owner)
    _load(city, folder)
    assert city_is_loaded(city.owner)
    assert _counts(city) == (1, 1, 0)
    reports = {path.name for path in (folder.parent / "data" / "load-reports").glob("*.html")}
    assert reports == {"places-places.gpkg.html", "land_parcels-parcels.gpkg.html"}


def test_an_interrupted_city_is_completed_by_loading_it_again(city: Engines, folder: Path) -> None:
    _write_parcels(folder, EAST + 900_000)
    with pytest.raises(LoadRefused, match=r"parcels\.gpkg"):
        _load(city, folder)
    assert _counts(city) == (1, 0, 0)
    assert not city_is_loaded(city.owner)
    _write_parcels(folder, EAST)
    _load(city, folder)
    assert _counts(city) == (1, 1, 0)
    assert city_is_loaded(city.owner)


def test_a_file_expected_to_be_refused_is_no_failure(city: Engines, folder: Path) -> None:
    (folder / "city.toml").write_text(HEAD + PLACES + PARCELS + "refused = true\n")
    _write_parcels(folder, EAST + 900_000)
    _load(city, folder)
    assert _counts(city) == (1, 0, 0)
    assert city_is_loaded(city.owner)


def test_a_file_that_should_be_refused_and_is_not_stops_the_city(city: Engines, folder: Path) -> None:
    (folder / "city.toml").write_text(HEAD + PLACES + PARCELS + "refused = true\n")
    with pytest.raises(LoadRefused, match="should have been refused"):
        _load(city, folder)
    assert not city_is_loaded(city.owner)


def test_an_unknown_layer_is_never_an_expected_refusal(city: Engines, folder: Path) -> None:
    (folder / "city.toml").write_text(HEAD + PLACES.replace('"places"', '"sights"') + "refused = true\n")
    with pytest.raises(LoadRefused, match="no layer 'sights'"):
        _load(city, folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("title = ", "cannot be read"),
        (HEAD, "'load'"),
        (HEAD.replace("centre", "center") + PLACES, "'centre'"),
        (HEAD.replace("[108.44, 11.94]", '["east", 11.94]') + PLACES, "east"),
        (HEAD.replace(', en = "Small city"', "") + PLACES, "'en'"),
        (HEAD + "box = [1, 2, 3]\n" + PLACES, "wrong"),
        (HEAD + PLACES.replace('file = "places.gpkg"\n', ""), "'file'"),
    ],
)
def test_a_wrong_manifest_is_told_in_a_sentence(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "city.toml").write_text(content)
    with pytest.raises(LoadRefused, match=words) as refusal:
        read_manifest(tmp_path)
    assert "city.toml" in str(refusal.value)


@pytest.mark.parametrize(("name", "words"), [("absent", "no such folder"), (".", "no city.toml")])
def test_a_folder_without_a_city_is_told(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(LoadRefused, match=words):
        read_manifest(tmp_path / name)


def test_holes_of_a_terrain_stay_holes(city: Engines, tmp_path: Path) -> None:
    heights = np.array([[1500.0, np.nan], [1490.5, 1480.0]], dtype=np.float32)
    path = tmp_path / "heights.tif"
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32", "crs": "EPSG:5899"}
    with rasterio.open(path, "w", **profile, transform=from_origin(EAST, NORTH, 30, 30)) as raster:
        raster.write(heights, 1)
    entry = RasterEntry("terrain", path, Text("Địa hình", "Terrain"))
    with rasterio.open(load_raster(city.owner, entry, tmp_path / "rasters", "test")) as made:
        found = made.read(1, masked=True)
    assert found.mask.tolist() == [[False, True], [False, False]]
    assert found.compressed().tolist() == [1500.0, 1490.5, 1480.0]
    with city.owner.connect() as connection:
        assert connection.execute(sa.text("select file, srid from platform.raster")).all() == [("terrain.tif", 5899)]


def test_a_file_that_is_no_raster_is_refused_and_leaves_nothing(city: Engines, tmp_path: Path) -> None:
    path = tmp_path / "heights.tif"
    path.write_text("no raster")
    entry = RasterEntry("terrain", path, Text("Địa hình", "Terrain"))
    with pytest.raises(LoadRefused, match="The raster cannot be read"):
        load_raster(city.owner, entry, tmp_path / "rasters", "test")
    assert list((tmp_path / "rasters").iterdir()) == []
