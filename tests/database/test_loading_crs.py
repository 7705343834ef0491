"""Every file of a generated set that lies wrong is refused with the reason, every file that lies right is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer
from rich.progress import Progress
from sqlalchemy import Engine

from etl.load import Request, load
from etl.location import Location, known_location
from etl.suspicion import judge
from gis_core.db import Engines
from gis_core.table import table
from layers import CATALOG

CORNER = (571_000.0, 1_318_000.0)
WGS84_TWIN = "+proj=tmerc +lat_0=0 +lon_0=107.75 +k=0.9999 +x_0=500000 +datum=WGS84 +units=m +type=crs"


@dataclass(frozen=True)
class Mistake:
    """How coordinates in EPSG:5899 get into a file, and which system the file states."""

    name: str
    coordinates: Callable[[np.ndarray], np.ndarray]
    stated: str | int
    word: str | None


def into(system: str | int) -> Callable[[np.ndarray], np.ndarray]:
    """Coordinates of EPSG:5899 in `system`."""
    return between(5899, system)


def between(source: str | int, target: str | int) -> Callable[[np.ndarray], np.ndarray]:
    move = Transformer.from_crs(CRS(source), CRS(target), always_xy=True)
    return lambda points: np.column_stack(move.transform(points[:, 0], points[:, 1]))


def swapped(points: np.ndarray) -> np.ndarray:
    return points[:, ::-1]


def decimal(points: np.ndarray) -> np.ndarray:
    """What a program makes of the numbers when it takes 107.45 for the meridian, put out in WGS 84."""
    return between("+proj=tmerc +lat_0=0 +lon_0=107.45 +k=0.9999 +x_0=500000 +datum=WGS84 +type=crs", 4326)(points)


RIGHT = [
    Mistake("right in 5899", into(5899), 5899, None),
    Mistake("right in WGS 84", into(4326), 4326, None),
    Mistake("right in VN-2000 degrees", into(4756), 4756, None),
    Mistake("right in zone 9218", into(9218), 9218, None),
    Mistake("right in UTM 49N", into(32649), 32649, None),
]
WRONG = [
    Mistake("VN-2000 degrees called WGS 84", into(4756), 4326, "226 m"),
    Mistake("VN-2000 metres with a .prj without datum shift", into(5899), WGS84_TWIN, "226 m"),
    Mistake("WGS 84 degrees called VN-2000", into(4326), 4756, "226 m"),
    Mistake("zone 108°30′ called 107°45′", into(9218), 5899, "EPSG:9218"),
    Mistake("zone 108°15′ called 107°45′", into(9217), 5899, "EPSG:9217"),
    Mistake("national zone 108° called 107°45′", into(5898), 5899, "EPSG:5898"),
    Mistake("107°45′ called 108°30′", into(5899), 9218, "EPSG:5899"),
    Mistake("107.45 taken for the meridian", decimal, 4326, "107"),
    Mistake("107°45′ read as 108° and put out in WGS 84", between("EPSG:5898", 4326), 4326, "108°00′"),
    Mistake("axes exchanged in metres", swapped, 5899, "axes"),
    Mistake("axes exchanged in degrees", lambda points: swapped(into(4326)(points)), 4326, "axes"),
    Mistake("degrees called metres", into(4326), 5899, "EPSG:4326"),
    Mistake("metres called degrees", into(5899), 4326, "EPSG:5899"),
    Mistake("metres without a system", into(5899), "", "--crs EPSG:5899"),
    Mistake("degrees without a system", into(4326), "", "--crs EPSG:4326"),
]
SEEDS = range(10)


def quarter(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Parcels of a quarter of a city, and those of an older survey: uneven blocks turned by the seed, in EPSG:5899."""
    rng = np.random.default_rng(seed)
    widths = rng.uniform(14, 34, (2, 24))
    east, north = (np.concatenate(([0.0], np.cumsum(one + 12 * (np.arange(24) % 5 == 4)))) for one in widths)
    boxes = [
        shapely.box(east[i], north[j], east[i] + widths[0, i], north[j] + widths[1, j])
        for i in range(24)
        for j in range(24)
    ]
    turn, origin = rng.uniform(0, np.pi / 2), np.array(CORNER) + rng.uniform(0, 3000, 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def place(points: np.ndarray) -> np.ndarray:
        return points @ rotation.T + origin

    parcels = shapely.transform(np.array(boxes), place)
    return parcels, parcels[rng.random(len(parcels)) < 0.3]


@pytest.fixture
def known(city: Engines, tmp_path: Path) -> Callable[[np.ndarray, int], Location]:
    """What the database knows after the ward and the older survey of a quarter were loaded."""
    ward = np.array([shapely.box(558_000, 1_305_000, 592_000, 1_340_000)])
    _load(city.owner, tmp_path / "wards.parquet", "wards", ward, {"code": "24805", "name": "Xuân Trường"})

    def after(older: np.ndarray, seed: int) -> Location:
        # Each quarter is a city of its own: the one before is taken away.
        with city.owner.begin() as connection:
            connection.execute(table(CATALOG["land_parcels"]).delete())
        numbers = {"MaXa": "24805", "SoTo": str(seed), "SoThua": [str(row) for row in range(len(older))]}
        _load(city.owner, tmp_path / "older.parquet", "land_parcels", older, numbers)
        with city.owner.connect() as connection:
            location = known_location(connection, CATALOG["land_parcels"], None, None)
            lines = list(location.lines(location.box))
        return Location(location.box, location.area, lambda _bounds: lines)

    return after


def _load(owner: Engine, path: Path, layer: str, geometry: np.ndarray, values: dict[str, Any]) -> None:
    gpd.GeoDataFrame({**values, "geometry": geometry}, crs=5899).to_parquet(path)
    with Progress(disable=True) as progress:
        load(owner, Request(CATALOG[layer], (path,), "older"), progress)


def verdict(mistake: Mistake, parcels: np.ndarray, location: Location) -> str | None:
    """What the loader says of the parcels written with the mistake."""
    sample = shapely.transform(parcels, mistake.coordinates)
    stated = CRS(mistake.stated) if mistake.stated else None
    return judge(sample, stated, location.box, location.area, location.lines)


def test_all_of_two_hundred_files_are_judged_rightly(known: Callable[[np.ndarray, int], Location]) -> None:
    judged, faults = 0, []
    for seed in SEEDS:
        parcels, older = quarter(seed)
        location = known(older, seed)
        for mistake in (*RIGHT, *WRONG):
            said = verdict(mistake, parcels, location)
            judged += 1
            if (mistake.word is None) != (said is None) or (mistake.word or "") not in (said or ""):
                faults.append((seed, mistake.name, said))
    assert judged == 200
    assert faults == []
