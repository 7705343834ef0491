"""A full disk while loading is told in one sentence, and nothing is half loaded."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from rich.progress import Progress

from etl.load import Request, load
from gis_core.errors import LoadRefused
from layers import CATALOG

SMALL = "96m"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own with little room, which the database's account may write."""
    folder = Path(tempfile.mkdtemp(prefix="langbiang-small-"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)]
    made = subprocess.run(mount, check=False, capture_output=True)
    if made.returncode:
        folder.rmdir()
        pytest.skip("making a small file system takes the right to mount")
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def cramped(server: sa.URL, migrated_template: str, small_disk: Path) -> Iterator[sa.Engine]:
    """A migrated database that lives on the small disk."""
    administration = sa.create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    engine = sa.create_engine(server.set(database="cramped"))
    with administration.connect() as connection:
        connection.exec_driver_sql(f"create tablespace cramped location '{small_disk}'")
        connection.exec_driver_sql(f'create database cramped template "{migrated_template}" tablespace cramped')
        try:
            yield engine
        finally:
            engine.dispose()
            connection.exec_driver_sql("drop database cramped with (force)")
            connection.exec_driver_sql("drop tablespace cramped")
            administration.dispose()


def test_a_full_disk_is_named_and_nothing_is_loaded(cramped: sa.Engine, tmp_path: Path) -> None:
    numbers = np.arange(300_000)
    west, south = 560_000 + (numbers % 600) * 40.0, 1_300_000 + (numbers // 600) * 40.0
    squares = shapely.box(west, south, west + 39, south + 39)
    parcels = {"MaXa": "24805", "SoTo": "1", "SoThua": numbers.astype(str), "geometry": squares}
    path = tmp_path / "parcels.parquet"
    gpd.GeoDataFrame(parcels, crs=5899).to_parquet(path)
    request = Request(CATALOG["land_parcels"], (path,), "test")
    full = r"parcels\.parquet: .*disk is full; nothing was loaded"
    with pytest.raises(LoadRefused, match=full), Progress(disable=True) as progress:
        load(cramped, request, progress)
    with cramped.connect() as connection:
        assert connection.execute(sa.text("select count(*) from city.land_parcels")).scalar_one() == 0
