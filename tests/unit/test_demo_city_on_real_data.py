import os
import re
import tomllib
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from etl.demo.city import generate

REAL = Path(os.environ.get("LANGBIANG_TEST_CITY", Path(__file__).parents[3] / "shared/data/dalat"))
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real data of Đà Lạt are not at {REAL}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("on")
    generate(2_000, 1, folder, REAL, lambda _message, _share: None)
    return folder


def test_only_layers_that_no_city_publishes_are_put_on_real_ground(folder: Path) -> None:
    manifest = tomllib.loads((folder / "city.toml").read_text("utf-8"))
    layers = [entry["layer"] for entry in manifest["load"]]
    assert layers[:2] == ["plans", "planning_zones"]
    assert set(layers[2:]) == {"building_permits", "house_numbers", "business_households", "cameras", "report_points"}
    assert {entry["source"] for entry in manifest["load"]} == {"demo"}


def test_parcel_references_are_those_of_the_real_parcels_around_the_houses(folder: Path) -> None:
    houses = pyogrio.read_dataframe(folder / "house_numbers.gpkg")
    parcels = pyogrio.read_dataframe(REAL / "parcels.gpkg")
    key = parcels["ward_old_code"].fillna("") + "/" + parcels["src_grid"] + "/" + parcels["parcel_seq"].astype(str)
    assert key.is_unique
    shapes = dict(zip(key, parcels.geometry.make_valid(), strict=True))
    linked = houses[houses["parcel_id"].notna()]
    assert len(linked) > 1000
    around = np.array([shapes[ref] for ref in linked["parcel_id"]])
    assert shapely.intersects(around, linked.geometry.to_numpy()).all()


def test_real_streets_have_odd_numbers_on_one_side_and_named_alleys(folder: Path) -> None:
    houses = pyogrio.read_dataframe(folder / "house_numbers.gpkg")
    assert len(houses) > 20_000
    street = houses[(houses["street_name"] == "Phan Đình Phùng") & houses["alley_path"].isna()]
    numbers = [int(re.match(r"\d+", one)[0]) for one in street["house_number"]]  # type: ignore[index]
    assert {number % 2 for number in numbers} == {0, 1}
    assert houses["alley_path"].notna().sum() > 1000


def test_zones_on_real_ground_do_not_overlap(folder: Path) -> None:
    zones = pyogrio.read_dataframe(folder / "planning_zones.gpkg")
    for _, own in zones.groupby("plan_id"):
        assert own.union_all().area == pytest.approx(own.area.sum(), rel=1e-9)
