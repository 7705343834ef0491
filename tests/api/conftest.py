"""A server on the migrated database of a test, with a few features in it."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
import sqlalchemy as sa
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from starlette.testclient import TestClient

from api.app import create_app
from etl.manifest import RasterEntry
from etl.raster import load_raster
from gis_core.db import Engines
from gis_core.layer import Text
from gis_core.settings import Settings

ROWS = """
insert into city.wards (code, name, valid_from, valid_to, area_km2, geom) values
 ('24778', 'Phường 1', '2000-01-01', '2025-06-30', 1.8, {box_1}),
 ('24769', 'Xuân Hương – Đà Lạt', '2025-07-01', null, 30.25, {box_2}),
 ('24781', 'Lâm Viên – Đà Lạt', '2025-07-01', null, null, {box_3});
insert into city.land_parcels (parcel_uid, ward_code, map_sheet_no, parcel_no, area_m2, land_use_code, owner_name, geom)
 select 'T' || n, '24769', (n / 10)::text, n::text, n * 12.5, case when n % 2 = 0 then 'ODT' else 'CLN' end,
        'Người ' || n, st_multi(st_makeenvelope(574000 + 40 * n, 1321000, 574030 + 40 * n, 1321030, 5899))
 from generate_series(1, 25) as n;
insert into city.report_points (report_code, report_category, report_severity, report_status, is_public, received_at,
                                public_content, reporter_name, geom)
 select 'PA' || n, (select code from platform.code where list = 'report_category' order by rank limit 1),
        (select code from platform.code where list = 'report_severity' order by rank limit 1),
        (select code from platform.code where list = 'report_status' order by rank limit 1),
        n % 2 = 0, timestamptz '2025-11-01 08:00+07' + n * interval '1 day', 'Đèn < hỏng ' || n, 'Người ' || n,
        st_setsrid(st_makepoint(574000 + n, 1321000), 5899)
 from generate_series(1, 6) as n;
"""


def box(west: float, south: float) -> str:
    """SQL for a square of a hundredth of a degree, as stored."""
    return f"st_multi(st_transform(st_makeenvelope({west}, {south}, {west + 0.01}, {south + 0.01}, 4326), 5899))"


@pytest.fixture
def small_city(city: Engines) -> Engines:
    """The engines on a database with three wards, 25 parcels and six reports of which three are public."""
    with city.owner.begin() as connection:
        statements = ROWS.format(box_1=box(108.43, 11.94), box_2=box(108.44, 11.94), box_3=box(108.45, 11.94))
        connection.execute(sa.text(statements))
    return city


@pytest.fixture
def client(small_city: Engines, database: sa.URL, data_folder: Path) -> Iterator[TestClient]:
    """A client of the server on that database."""
    url = database.render_as_string(hide_password=False)
    settings = Settings(DATABASE_URL=url, data=data_folder, requests_per_minute=10**6)
    with TestClient(create_app(settings)) as made:
        yield made


def pixels(content: bytes) -> np.ndarray:
    """Red, green, blue and opacity (4, n, m) of a picture."""
    with MemoryFile(content) as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture lies nowhere
        with memory.open() as file:
            return np.asarray(file.read())


def relief(east: np.ndarray, north: np.ndarray) -> np.ndarray:
    """Heights in metres of an invented smooth relief at coordinates in EPSG:5899."""
    return 1500 + 80 * np.sin((east - 573_000) / 350) + 60 * np.cos((north - 1_319_000) / 280)


@pytest.fixture
def terrain(small_city: Engines, data_folder: Path, tmp_path: Path) -> Path:
    """The file of the relief as registered: 300 by 200 cells of 10 m from 573000, 1322000, a square of holes in it."""
    east, north = np.meshgrid(573_005 + 10 * np.arange(300), 1_321_995 - 10 * np.arange(200))
    heights = relief(east, north).astype("float32")
    heights[20:30, 40:50] = np.nan
    file = tmp_path / "relief.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=300, height=200, count=1, dtype="float32", crs="EPSG:5899",
        transform=from_origin(573_000, 1_322_000, 10, 10),
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    entry = RasterEntry("terrain", file, Text("Địa hình", "Terrain"), "elevation")
    return load_raster(small_city.owner, entry, data_folder / "rasters", "test")


@pytest.fixture
def imagery(small_city: Engines, data_folder: Path, tmp_path: Path) -> Path:
    """The file of an image as registered, in UTM 49N: band n has the value 40 n in its western half and 0 elsewhere."""
    file = tmp_path / "image.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=120, height=80, count=4, dtype="uint8", crs="EPSG:32649",
        photometric="MINISBLACK",  # else GDAL takes the fourth band for opacity
        transform=from_origin(220_000, 1_322_000, 10, 10),
    ) as raster:  # fmt: skip
        for number in range(1, 5):
            band = np.zeros((80, 120), dtype="uint8")
            band[:, :60] = 40 * number
            raster.write(band, number)
    entry = RasterEntry("imagery", file, Text("Ảnh", "Image"))
    return load_raster(small_city.owner, entry, data_folder / "rasters", "test")
