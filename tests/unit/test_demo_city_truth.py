"""What the demo city says of itself must be true: numbering, permits, forest distances, tax positions, deadlines."""

import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from etl.demo.city import generate
from etl.demo.households import debt_class
from etl.demo.reports import add_working_minutes

SIZE = 3_000


def ignore(_message: str, _share: float) -> None:
    """Progress is not watched here."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    generate(SIZE, 21, folder, None, ignore)
    return folder


def layer(folder: Path, name: str) -> pd.DataFrame:
    return pyogrio.read_dataframe(folder / f"{name}.gpkg")


def truth(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "truth" / f"{name}.csv")


@pytest.fixture(scope="module")
def judged(folder: Path) -> pd.DataFrame:
    """The buildings of the truth with their footprints, and their permits."""
    buildings = layer(folder, "buildings").set_index("osm_id")
    permits = layer(folder, "building_permits").add_prefix("p_").set_index("p_permit_no")
    table = truth(folder, "buildings").set_index("osm_id")
    table["geometry"] = buildings["geometry"]
    table["first_seen_on"] = pd.to_datetime(table["first_seen_on"])
    return table.join(permits, on="permit_no")


def test_odd_numbers_stand_left_and_even_ones_right_of_a_street_that_runs_south_or_west(folder: Path) -> None:
    houses, roads = layer(folder, "house_numbers"), layer(folder, "roads")
    own = houses[(houses["status"] == "hien_hanh") & houses["alley_path"].isna()]
    right_way = []
    for name, group in own.groupby("street_name"):
        lines = np.array(
            [part for shape in roads.loc[roads["street_name"] == name, "geometry"] for part in shape.geoms]
        )
        total = sum(np.subtract(line.coords[-1], line.coords[0]) for line in lines)
        backwards = total[1] > 0 if abs(total[1]) > abs(total[0]) else total[0] > 0
        line = lines[shapely.STRtree(lines).nearest(group.geometry.to_numpy())]
        at = shapely.line_locate_point(line, group.geometry.to_numpy())
        here, ahead = (
            shapely.get_coordinates(shapely.line_interpolate_point(line, np.clip(at + step, 0, shapely.length(line))))
            for step in (-1, 1)
        )
        along, gap = ahead - here, shapely.get_coordinates(group.geometry.to_numpy()) - here
        left = (along[:, 0] * gap[:, 1] - along[:, 1] * gap[:, 0] > 0) ^ backwards
        odd = group["house_number"].str.extract(r"^(\d+)")[0].astype(int) % 2 == 1
        right_way += (left == odd.to_numpy()).tolist()
    assert len(right_way) > 1000
    assert np.mean(right_way) > 0.998


def test_an_alley_bears_the_number_of_the_house_just_before_its_mouth(folder: Path) -> None:
    houses, roads = layer(folder, "house_numbers"), layer(folder, "roads")
    by_address = dict(
        zip(zip(houses["street_name"], houses["house_number"], strict=True), houses.geometry, strict=True)
    )
    named = [re.fullmatch(r"Hẻm (\S+) (.+)", name) for name in roads["street_name"].fillna("")]
    assert max(found[1].count("/") for found in named if found) == 2
    checked = 0
    for found, shape in zip(named, roads.geometry, strict=True):
        if found:
            mouth = shapely.Point(shape.geoms[0].coords[0])
            assert by_address[(found[2], found[1])].distance(mouth) < 40, found[0]
            checked += 1
    assert checked > 20


def test_alley_houses_carry_the_whole_path(folder: Path) -> None:
    houses = layer(folder, "house_numbers")
    inside = houses[houses["alley_path"].notna()]
    assert [one.rsplit("/", 1)[0] for one in inside["house_number"]] == inside["alley_path"].tolist()
    assert houses["house_number"].str.contains(r"\d(?:A|Bis)$").any()


def test_written_addresses_mean_the_parcel_their_house_stands_on(folder: Path) -> None:
    houses = layer(folder, "house_numbers")
    parcels = dict(zip(houses["full_address"], houses["parcel_id"], strict=True))
    full = truth(folder, "addresses").query("variant == 'full'")
    assert [parcels[address] for address in full["address"]] == full["parcel_ref"].tolist()


def test_buildings_stand_inside_their_parcels_and_out_of_the_water(folder: Path, judged: pd.DataFrame) -> None:
    parcels = layer(folder, "land_parcels").set_index("parcel_uid")["geometry"]
    ground = parcels.loc[judged["parcel_ref"].str.replace("/", ".")].to_numpy()
    assert shapely.area(shapely.difference(judged["geometry"].to_numpy(), ground)).max() < 0.01
    water = layer(folder, "water").geometry.to_numpy()
    assert (
        len(shapely.STRtree(water).query(layer(folder, "buildings").geometry.to_numpy(), predicate="intersects")[0])
        == 0
    )


def test_permitted_outlines_lie_on_their_parcels(folder: Path) -> None:
    permits = layer(folder, "building_permits")
    parcels = layer(folder, "land_parcels").set_index("parcel_uid")["geometry"]
    ground = parcels.loc[permits["parcel_id"].str.replace("/", ".")].to_numpy()
    assert shapely.area(shapely.difference(permits.geometry.to_numpy(), ground)).max() < 0.01
    assert set(permits["permit_status"]) == {
        "da_cap",
        "da_khoi_cong",
        "hoan_thanh",
        "het_han",
        "thu_hoi",
        "dang_xet",
        "tu_choi",
    }
    undecided = permits["permit_status"].isin(["dang_xet", "tu_choi"])
    assert permits.loc[undecided, "permit_date"].isna().all()
    assert permits.loc[~undecided, "permit_date"].notna().all()


def test_each_fate_is_what_permit_and_building_show(judged: pd.DataFrame) -> None:
    fates = dict(list(judged.groupby("fate")))
    excess = shapely.area(shapely.difference(judged["geometry"].to_numpy(), judged["p_geometry"].to_numpy()))
    judged = judged.assign(excess=excess)
    fates = dict(list(judged.groupby("fate")))
    assert {
        "unpermitted",
        "exempt",
        "greenhouse",
        "permitted",
        "exceeding_footprint",
        "exceeding_storeys",
        "expired",
        "not_started",
    } <= set(fates)
    for fate in ("permitted", "exceeding_storeys", "expired", "not_started"):
        assert fates[fate]["excess"].max() < 0.01, fate
    over = fates["exceeding_footprint"]
    assert (over["excess"] > np.maximum(5, 0.02 * over["footprint_m2"])).all()
    assert (fates["exceeding_storeys"]["storeys"] > fates["exceeding_storeys"]["p_storeys"]).all()
    assert (fates["permitted"]["storeys"] <= fates["permitted"]["p_storeys"]).all()
    assert (fates["expired"]["first_seen_on"] > fates["expired"]["p_expires_on"]).all()
    late = fates["not_started"]
    assert late["p_commencement_notice_date"].isna().all()
    assert (late["first_seen_on"] > late["p_commence_by"]).all()
    assert (fates["permitted"]["p_commencement_notice_date"] < fates["permitted"]["first_seen_on"]).all()


def test_no_permit_touches_a_building_without_one(folder: Path, judged: pd.DataFrame) -> None:
    bare = judged[judged["permit_no"].isna()]["geometry"].to_numpy()
    permits = layer(folder, "building_permits").geometry.to_numpy()
    a, b = shapely.STRtree(permits).query(bare, predicate="intersects")
    assert shapely.area(shapely.intersection(bare[a], permits[b])).sum() < 0.01


def test_exempt_houses_are_small_begun_in_2026_and_outside_development_areas(
    folder: Path, judged: pd.DataFrame
) -> None:
    exempt = judged[judged["fate"] == "exempt"]
    assert len(exempt) >= 3
    assert (exempt["storeys"] * exempt["footprint_m2"] < 500).all()
    assert (exempt["first_seen_on"] >= pd.Timestamp("2026-01-01")).all()
    zones = layer(folder, "planning_zones")
    development = zones[(zones["plan_id"] == "QHC-MAU/1") & zones["land_use_code"].isin(["ODT", "TMD", "DGD"])]
    a, b = shapely.STRtree(development.geometry.to_numpy()).query(exempt["geometry"].to_numpy(), predicate="intersects")
    overlap = shapely.intersection(exempt["geometry"].to_numpy()[a], development.geometry.to_numpy()[b])
    assert shapely.area(overlap).sum() < 0.01


@pytest.mark.parametrize("dataset", ["quy_hoach", "kiem_ke"])
def test_distances_to_forest_are_those_of_the_written_geometry(
    folder: Path, judged: pd.DataFrame, dataset: str
) -> None:
    forest = layer(folder, "forest")
    whole = forest[forest["forest_dataset"] == dataset].geometry.union_all()
    sample = judged.iloc[:: max(len(judged) // 120, 1)]
    measured = shapely.distance(sample["geometry"].to_numpy(), whole)
    assert np.allclose(measured, sample[f"distance_{dataset}_m"], atol=0.002)
    overlap = shapely.area(shapely.intersection(sample["geometry"].to_numpy(), whole))
    assert np.allclose(overlap, sample[f"overlap_{dataset}_m2"], atol=0.05)
    assert (judged[f"distance_{dataset}_m"] == 0).any()
    assert (judged[f"distance_{dataset}_m"] > 100).any()


def test_debts_agree_with_days_class_and_due_date(folder: Path) -> None:
    households = layer(folder, "business_households")
    assert [debt_class(days) for days in households["debt_days"]] == households["debt_class"].tolist()
    indebted = households["debt_days"] > 0
    assert ((households["tax_debt"] > 0) == indebted).all()
    assert ((households["late_fee"] > 0) <= indebted).all()
    overdue = (pd.Timestamp("2026-11-15") - pd.to_datetime(households["due_date"])).dt.days
    assert (overdue[indebted] == households.loc[indebted, "debt_days"]).all()
    assert (overdue[~indebted] < 0).all()
    assert households["debt_class"].nunique() == 5
    assert (households.loc[households["annual_revenue"] <= 10**9, "tax_payable"] == 0).all()


def test_reports_have_times_that_fit_their_status(folder: Path) -> None:
    reports = layer(folder, "report_points")
    finished = reports["report_status"].isin(["da_xu_ly", "cong_khai", "dong"])
    assert (reports["resolved_at"].notna() == finished).all()
    assert (reports["answer"].notna() == finished).all()
    assert (reports["due_at"].isna() == (reports["report_status"] == "tu_choi")).all()
    assert (reports.loc[finished, "resolved_at"] > reports.loc[finished, "received_at"]).all()
    assert (reports["due_at"].dropna() > reports.loc[reports["due_at"].notna(), "received_at"]).all()
    assert reports["received_at"].is_monotonic_increasing
    assert not reports["public_content"].str.contains(r"\d{3} \d{3}").any()


def test_the_event_log_is_in_order_within_each_dossier_and_about_a_quarter_of_the_parcels(folder: Path) -> None:
    log = pd.read_csv(folder / "dossiers.csv", parse_dates=["completed_at", "due_at"])
    assert log["case_id"].nunique() == pytest.approx(0.275 * SIZE, rel=0.05)
    assert log.groupby("case_id")["completed_at"].apply(lambda times: times.is_monotonic_increasing).all()
    assert log["completed_at"].max() <= pd.Timestamp("2026-11-15")


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 - local times without zone
    minutes=st.integers(1, 20_000),
)
def test_deadlines_fall_into_working_hours_after_the_start(start: datetime, minutes: int) -> None:
    moment = np.array([start], dtype="datetime64[m]")
    due = pd.Timestamp(add_working_minutes(moment, np.array([minutes]))[0])
    clock = due.hour * 60 + due.minute
    assert due.weekday() < 5
    assert 450 < clock <= 690 or 810 < clock <= 1050
    assert due >= pd.Timestamp(moment[0]) + pd.Timedelta(minutes=minutes)


@given(days=st.integers(0, 2000))
def test_debt_classes_follow_the_days(days: int) -> None:
    expected = (
        "khong_no"
        if days == 0
        else "duoi_30"
        if days < 30
        else "30_60"
        if days <= 60
        else "60_90"
        if days <= 90
        else "tren_90"
    )
    assert debt_class(days) == expected
