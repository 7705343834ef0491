import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.demo.city import generate
from etl.demo.site import make_site
from gis_core.errors import BadRequest
from layers import CATALOG

SIZE = 2_000


def ignore(_message: str, _share: float) -> None:
    """Progress is not watched here."""


@dataclass(frozen=True)
class Written:
    folder: Path
    layers: dict[str, pd.DataFrame]

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "truth" / f"{name}.csv")


def read(folder: Path) -> dict[str, pd.DataFrame]:
    manifest = tomllib.loads((folder / "city.toml").read_text("utf-8"))
    found = {}
    for entry in manifest["load"]:
        path = folder / entry["file"]
        found[entry["layer"]] = pd.read_csv(path) if path.suffix == ".csv" else pyogrio.read_dataframe(path)
    return found


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("city")
    generate(SIZE, 7, folder, None, ignore)
    return Written(folder, read(folder))


@pytest.fixture(scope="module")
def parcels(city: Written) -> gpd.GeoDataFrame:
    every = city.layers["land_parcels"]
    return every[every["valid_to"].isna()]


def content(frame: pd.DataFrame) -> str:
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    digest = hashlib.sha256(plain.to_csv().encode())
    if "geometry" in frame:
        digest.update(b"".join(shapely.to_wkb(frame.geometry.to_numpy())))
    return digest.hexdigest()


def references(layer: str, frame: pd.DataFrame) -> pd.Series:
    key = [frame[name].astype("string").fillna("") for name in CATALOG[layer].source.key]
    return key[0].str.cat(key[1:], sep="/") if len(key) > 1 else key[0]


def test_equal_arguments_give_equal_content_and_another_seed_another_city(city: Written, tmp_path: Path) -> None:
    generate(SIZE, 7, tmp_path / "again", None, ignore)
    generate(SIZE, 8, tmp_path / "other", None, ignore)
    again, other = read(tmp_path / "again"), read(tmp_path / "other")
    assert {name: content(frame) for name, frame in again.items()} == {
        name: content(frame) for name, frame in city.layers.items()
    }
    assert content(other["land_parcels"]) != content(city.layers["land_parcels"])
    for path in (city.folder / "truth").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "again" / "truth" / path.name).read_bytes(), path.name
    assert (city.folder / "terrain.tif").read_bytes() == (tmp_path / "again" / "terrain.tif").read_bytes()


@settings(max_examples=4, deadline=None)
@given(parcels=st.integers(2_000, 9_000), seed=st.integers(0, 2**31))
def test_a_city_of_any_size_has_exactly_that_many_parcels_and_none_in_a_lake(parcels: int, seed: int) -> None:
    site = make_site(parcels, seed)
    assert len(site.parcels) == parcels
    middles = shapely.points(site.parcels.frames.mean(axis=1))
    assert not shapely.contains(shapely.union_all(site.waters.lakes), middles).any()


@pytest.mark.parametrize("parcels", [0, 1_999, 1_000_001])
def test_a_size_out_of_range_is_refused_in_one_sentence(parcels: int, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="2,000 to 1,000,000"):
        generate(parcels, 1, tmp_path / "city", None, ignore)
    assert not (tmp_path / "city").exists()


def test_a_folder_that_lacks_the_real_files_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=re.escape("parcels.gpkg")):
        generate(SIZE, 1, tmp_path / "city", tmp_path, ignore)


def test_every_value_obeys_its_layer(city: Written) -> None:
    for name, frame in city.layers.items():
        layer = CATALOG[name]
        assert set(frame.columns) - {"geometry", "valid_from", "valid_to"} <= {one.name for one in layer.fields}
        for field in layer.fields:
            values = frame[field.name].dropna() if field.name in frame else pd.Series(dtype=object)
            if field.required:
                assert len(values) == len(frame), (name, field.name)
            if field.codes:
                in_force = {one.code for one in field.codes.codes if one.valid_to is None}
                assert set(values.astype(str)) <= in_force, (name, field.name)
            if field.pattern:
                assert values.astype(str).str.fullmatch(field.pattern).all(), (name, field.name)
            if field.minimum is not None and not values.empty:
                assert values.min() >= field.minimum, (name, field.name)
            if field.maximum is not None and not values.empty:
                assert values.max() <= field.maximum, (name, field.name)


def test_keys_are_unique_and_references_point_to_what_was_loaded_before(city: Written) -> None:
    loaded: dict[str, set[str]] = {}
    for name, frame in city.layers.items():
        for field in CATALOG[name].fields:
            if field.references and field.name in frame:
                assert set(frame[field.name].dropna()) <= loaded[field.references], (name, field.name)
        if CATALOG[name].source.key:
            refs = references(name, frame)
            assert refs.is_unique, name
            loaded[name] = set(refs)


def test_every_geometry_is_valid_and_of_the_declared_shape_in_vn_2000(city: Written) -> None:
    for name, frame in city.layers.items():
        layer = CATALOG[name]
        if layer.shape is None:
            continue
        assert frame.crs.to_epsg() == 5899, name
        assert frame.geometry.is_valid.all(), name
        assert not frame.geometry.is_empty.any(), name
        if layer.shape != "Geometry":
            assert set(frame.geometry.geom_type) == {layer.shape}, name


def test_parcels_in_force_neither_overlap_nor_lie_on_a_road(city: Written, parcels: gpd.GeoDataFrame) -> None:
    assert len(parcels) == SIZE
    areas = parcels.geometry.to_numpy()
    a, b = shapely.STRtree(areas).query(areas, predicate="intersects")
    pairs = a < b
    assert shapely.area(shapely.intersection(areas[a[pairs]], areas[b[pairs]])).sum() < 0.01
    tree = shapely.STRtree(shapely.buffer(areas, -0.05))
    assert len(tree.query(city.layers["roads"].geometry.to_numpy(), predicate="intersects")[0]) == 0


def test_purposes_add_up_to_the_parcel_and_one_parcel_in_twenty_has_two(
    city: Written, parcels: gpd.GeoDataFrame
) -> None:
    purposes = city.layers["land_parcel_purposes"].groupby("parcel_id")
    sums = purposes["area_m2"].sum()
    by_parcel = parcels.set_index(references("land_parcels", parcels))
    assert np.allclose(sums, by_parcel.loc[sums.index, "area_m2"], atol=1e-6)
    assert len(sums) == len(parcels)
    assert (purposes.size() > 1).mean() == pytest.approx(0.05, abs=0.015)


def test_retired_parcels_cover_what_came_of_them(city: Written) -> None:
    every = city.layers["land_parcels"]
    shapes = every.set_index(references("land_parcels", every)).geometry
    lineage = city.layers["land_parcel_lineage"]
    assert set(lineage["kind"]) == {"tach", "hop", "doi_so"}
    for kind, group in lineage.groupby("kind"):
        side = "to_parcel_id" if kind == "hop" else "from_parcel_id"
        for whole, rows in group.groupby(side):
            other = rows["from_parcel_id" if kind == "hop" else "to_parcel_id"]
            parts = shapely.union_all(shapes.loc[other].to_numpy())
            assert shapely.area(shapely.symmetric_difference(parts, shapes[whole])) < 0.01, whole
    retired = every[every["valid_to"].notna()]
    assert set(references("land_parcels", retired)) == set(lineage["from_parcel_id"])


def test_sheet_numbers_restart_in_each_ward_so_that_they_collide(parcels: gpd.GeoDataFrame) -> None:
    wards_of_first_sheet = parcels.loc[parcels["map_sheet_no"] == "1", "ward_code_survey"].nunique()
    assert wards_of_first_sheet > 3
    assert not parcels.duplicated(["ward_code_survey", "map_sheet_no", "parcel_no"]).any()


def test_new_wards_are_made_of_old_ones_whose_codes_some_reuse(city: Written) -> None:
    wards = city.layers["wards"]
    old, new = wards[wards["valid_to"].notna()], wards[wards["valid_from"].notna()]
    assert len(new) == 5
    assert {"24781", "24778", "24787"} <= set(old["code"]) & set(new["code"])
    for _, ward in new.iterrows():
        parts = old.loc[old["successor_code"] == ward["code"], "geometry"].union_all()
        assert parts.symmetric_difference(ward.geometry).area < 1


def test_zones_tile_each_version_of_a_plan(city: Written) -> None:
    zones, plans = city.layers["planning_zones"], city.layers["plans"]
    assert (plans["plan_level"] == "general").sum() == 1
    assert (plans["plan_version"] == 2).sum() == 2
    for ref, plan in zip(references("plans", plans), plans.geometry, strict=True):
        own = zones.loc[zones["plan_id"] == ref].geometry
        assert own.area.sum() == pytest.approx(plan.area, rel=1e-9)
        assert own.union_all().area == pytest.approx(plan.area, rel=1e-9)
    for _, versions in plans.groupby("plan_code"):
        dates = versions.sort_values("plan_version")
        gaps = dates["valid_from"].iloc[1:].to_numpy() - dates["valid_to"].iloc[:-1].to_numpy()
        assert (gaps == np.timedelta64(1, "D")).all()


def test_the_forest_registers_disagree_in_a_few_places(city: Written) -> None:
    forest = city.layers["forest"]
    by_set = {name: group.geometry.union_all() for name, group in forest.groupby("forest_dataset")}
    planned, found = by_set["quy_hoach"], by_set["kiem_ke"]
    both = planned.intersection(found).area
    assert 0.6 < both / planned.union(found).area < 0.99
    assert found.difference(planned).area > 1000
    assert forest["forest_compartment"].str.fullmatch(r"\d+b?").all()


def test_21_camera_sites_carry_37_cameras(city: Written) -> None:
    cameras = city.layers["cameras"]
    assert (len(cameras), cameras["site_code"].nunique()) == (37, 21)
    assert cameras["install_purpose"].nunique() >= 4


def test_personal_data_are_marked_as_invented(city: Written) -> None:
    for layer, field in (
        ("land_parcels", "owner_name"),
        ("building_permits", "investor_name"),
        ("report_points", "reporter_name"),
    ):
        assert city.layers[layer][field].str.endswith("(mẫu)").all()
    households = city.layers["business_households"]
    assert households["owner_id_no"].str.startswith("099").all()
    assert len(households) == pytest.approx(0.06 * SIZE, rel=0.02)
