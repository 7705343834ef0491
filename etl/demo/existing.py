"""The layers that no city publishes, invented on the real roads, parcels, buildings, forest and relief of a folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from etl.demo import truth
from etl.demo.buildings import TOWN_FATES
from etl.demo.cameras import camera_features, hilltops
from etl.demo.chance import Floats, Ints, pick, stream
from etl.demo.days import TODAY, Days, between, dates, span
from etl.demo.dossiers import dossier_columns
from etl.demo.existing_ground import PLANNED, RealGround, crossings, most_central, read_ground
from etl.demo.existing_houses import place_houses
from etl.demo.forest import Forest
from etl.demo.households import household_features
from etl.demo.houses import Houses, house_features
from etl.demo.manifest import write_manifest
from etl.demo.permits import Permits, permit_features
from etl.demo.plans import Grid, make_plans, plan_features, zone_features
from etl.demo.reports import report_features, sow_reports
from etl.demo.site import CENTRE, CENTRE_LON_LAT
from etl.demo.write import write_csv, write_layer
from layers import CATALOG

_CELL_M = 250.0
_HOUSEHOLDS, _REPORTS, _DOSSIERS = 0.06, 0.04, 0.2
_REACH_M = 6_000.0
_NEVER = np.datetime64("NaT", "D")


def generate_on(folder: Path, seed: int, out: Path, progress: Callable[[str, float], None]) -> None:
    """Write the invented layers of the real city in `folder` into `out`, with their manifest and ground truth."""
    progress("reading the real city", 0.0)
    ground = read_ground(folder)
    progress("house numbers", 0.2)
    houses = place_houses(ground, stream(seed, "houses"))
    out.mkdir(parents=True, exist_ok=True)
    progress("plans", 0.45)
    grid = _grid(ground, houses)
    plans = make_plans(grid, stream(seed, "plans"))
    permits, fate = _permits(ground, stream(seed, "permits"))
    progress("permits, households, cameras, reports", 0.7)
    reports, report_points = _reports(houses, stream(seed, "reports"))
    hot = reports.pop("hot")
    layers: dict[str, tuple[Any, Any]] = {
        "plans": plan_features(plans, grid),
        "planning_zones": zone_features(plans),
        "building_permits": _permit_features(ground, permits, stream(seed, "permit facts")),
        "house_numbers": house_features(houses, stream(seed, "house numbers")),
        "business_households": household_features(houses, int(len(houses) * _HOUSEHOLDS), stream(seed, "households")),
        "cameras": _cameras(ground),
        "report_points": (reports, report_points),
    }
    files = {name: write_layer(out, CATALOG[name], *content) for name, content in layers.items()}
    write_csv(out / "dossiers.csv", _dossiers(houses, stream(seed, "dossiers")))
    progress("ground truth", 0.9)
    tables = {
        "buildings": _building_truth(ground, permits, fate),
        "addresses": truth.address_truth(houses, stream(seed, "address truth")),
        "reports": {"report_code": reports["report_code"], "in_hotspot": hot},
        "plans": truth.plan_truth(plans),
    }
    truth.write_truth(out / "truth", tables)
    # Last, so that a folder with a manifest is complete.
    write_manifest(out, files, CENTRE_LON_LAT)
    progress("done", 1.0)


def _grid(ground: RealGround, houses: Houses) -> Grid:
    """Square cells over the wards; forest where planning has it, homes by the number of houses, farms elsewhere."""
    low_x, low_y, high_x, high_y = np.round(ground.wards.total_bounds / _CELL_M) * _CELL_M
    x, y = np.arange(low_x, high_x, _CELL_M), np.arange(low_y, high_y, _CELL_M)
    corner = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    cells = np.asarray(shapely.box(*corner.T, *(corner + _CELL_M).T))
    middles = shapely.points(corner + _CELL_M / 2)
    forest = ground.forest[ground.forest["zone_type"].isin(list(PLANNED))]
    cell, zone = shapely.STRtree(forest.geometry.to_numpy()).query(middles, predicate="within")
    uses = np.full(len(cells), "farm", dtype="U8")
    uses[cell] = np.array([PLANNED[kind] for kind in forest["zone_type"]])[zone]
    i, j = ((houses.points - [low_x, low_y]) // _CELL_M).astype(int).T
    inhabitants = np.bincount(np.clip(j, 0, len(y) - 1) * len(x) + np.clip(i, 0, len(x) - 1), minlength=len(cells))
    uses = np.select([inhabitants >= 45, inhabitants >= 18, inhabitants >= 5], ["centre", "homes", "villas"], uses)
    shapely.prepare(ground.water)
    uses = np.where(shapely.contains(ground.water, middles), "water", uses)
    wards = ground.wards.union_all()
    shapely.prepare(wards)
    uses = np.where(shapely.intersects(wards, middles), uses, "")
    middle = (int((CENTRE[1] - low_y) // _CELL_M), int((CENTRE[0] - low_x) // _CELL_M))
    return Grid(cells, len(x), uses, middle, (3, 4))


def _permits(ground: RealGround, rng: np.random.Generator) -> tuple[Permits, Any]:
    """Permits of about two buildings in five, and the fate of every building ('existing' for those without a story)."""
    count = len(ground.buildings)
    fate = np.where(rng.random(count) < 0.45, pick(rng, TOWN_FATES, count), "existing")
    chosen = np.flatnonzero(~np.isin(fate, ("existing", "unpermitted")))
    own = fate[chosen]
    frames = _outlines(ground, chosen, np.where(own == "exceeding_footprint", 0.8, 1.0))
    storeys = _levels(ground)[chosen] - (own == "exceeding_storeys")
    seen = _seen(ground)[chosen]
    lead = np.select([own == "expired", own == "not_started"], [980, 600], rng.integers(100, 330, len(chosen)))
    issued = seen - span(lead)
    noticed = np.where(own == "not_started", _NEVER, issued + span(rng.integers(10, 80, len(chosen))))
    expires = np.select(
        [own == "expired", own == "not_started"], [issued + span(730), issued + span(365)], issued + span(1095)
    )
    finished = np.where(TODAY - seen > np.timedelta64(150, "D"), "hoan_thanh", "da_khoi_cong")
    status = np.select(
        [own == "expired", own == "not_started", own == "revoked"], ["het_han", "da_cap", "thu_hoi"], finished
    )
    received, work = issued - span(rng.integers(8, 21, len(chosen))), np.full(len(chosen), "nha_o")
    # No parcel numbers here: the outline finds its parcel by place.
    unknown = np.full(len(chosen), -1)
    permits = Permits(unknown, chosen, frames, np.maximum(storeys, 1), status, issued, received, noticed, expires, work)
    return _with_applications(permits, ground, rng), fate


def _with_applications(permits: Permits, ground: RealGround, rng: np.random.Generator) -> Permits:
    """`permits` and some applications and refusals for parcels of house size."""
    size = shapely.area(ground.parcels)
    parcel = rng.permutation(np.flatnonzero((size > 90) & (size < 900)))[:120]
    points = shapely.get_coordinates(shapely.point_on_surface(ground.parcels[parcel]))
    frames = points[:, None] + np.array([[-3.5, -5.0], [3.5, -5.0], [3.5, 5.0], [-3.5, 5.0]])
    count = len(parcel)
    none = np.full(count, _NEVER)
    status = np.where(np.arange(count) % 4 == 3, "tu_choi", "dang_xet")
    received = between(rng, "2026-10-12", "2026-11-13", count)
    others = (
        np.full(count, -1), np.full(count, -1), frames, rng.integers(1, 4, count), status, none, received, none, none,
        np.full(count, "nha_o"),
    )  # fmt: skip
    return Permits(*(np.concatenate(pair) for pair in zip(vars(permits).values(), others, strict=True)))


def _outlines(ground: RealGround, chosen: Ints, scale: Floats) -> Floats:
    """Permitted rectangles (n, 4, 2) around the footprints, half a metre wider, shrunk by `scale`."""
    footprints = ground.buildings.geometry.to_numpy()[chosen]
    around = shapely.oriented_envelope(shapely.buffer(footprints, 0.5))
    frames = shapely.get_coordinates(around).reshape(-1, 5, 2)[:, :4]
    middle = frames.mean(axis=1, keepdims=True)
    return np.asarray(middle + (frames - middle) * scale[:, None, None])


def _levels(ground: RealGround) -> Ints:
    """Storeys of the buildings, 2 where the source does not say."""
    text = ground.buildings["building:levels"].astype("string").str.extract(r"^(\d+)")[0]
    return np.asarray(text.astype("Float64").fillna(2).clip(1, 30).to_numpy(dtype=np.int64))


def _seen(ground: RealGround) -> Days:
    return np.asarray(ground.buildings["timestamp"].dt.tz_localize(None).to_numpy().astype("datetime64[D]"))


def _permit_features(ground: RealGround, permits: Permits, rng: np.random.Generator) -> tuple[dict[str, Any], Any]:
    middles = permits.frames.mean(axis=1)
    none: list[str | None] = [None] * len(permits)
    elevation = ground.terrain.sample(middles)
    return permit_features(permits, ground.parcels_at(middles), ground.ward_codes(middles), none, elevation, rng)


def _cameras(ground: RealGround) -> tuple[dict[str, Any], Floats]:
    points, labels = crossings(ground.streets)
    near = most_central(points, CENTRE)
    near = near[np.linalg.norm(points[near] - CENTRE, axis=1) < _REACH_M]
    tops = hilltops(ground.terrain, CENTRE, _REACH_M)
    return camera_features(tops, points[near], [labels[k] for k in near.tolist()], ground.ward_codes)


def _reports(houses: Houses, rng: np.random.Generator) -> tuple[dict[str, Any], Floats]:
    house, points, hot = sow_reports(houses.points, int(len(houses) * _REPORTS), rng)
    ward, street = ([values[k] for k in house.tolist()] for values in (houses.ward, houses.street))
    return report_features(points, ward, street, hot, rng)


def _dossiers(houses: Houses, rng: np.random.Generator) -> dict[str, Any]:
    house = rng.integers(0, len(houses), int(len(houses) * _DOSSIERS)).tolist()
    return dossier_columns([houses.parcel[k] for k in house], [houses.ward[k] for k in house], rng)


def _building_truth(ground: RealGround, permits: Permits, fate: Any) -> dict[str, Any]:
    """What was decided for every real building, with its distances to the real forest."""
    footprints = ground.buildings.geometry.to_numpy()
    number = dict(zip(permits.building.tolist(), permits.number, strict=True))
    table: dict[str, Any] = {
        "osm_id": ground.buildings["osm_id"].tolist(),
        "fate": fate,
        "permit_no": [number.get(k) for k in range(len(footprints))],
        "first_seen_on": dates(_seen(ground)),
        "storeys": _levels(ground),
    }
    nearest = []
    for dataset, areas in (("quy_hoach", ground.planned_forest), ("kiem_ke", ground.plots.geometry.to_numpy())):
        register = Forest(dataset, areas, [], [], [], [], [])
        distance, overlap = truth.to_forest(footprints, register)
        nearest.append(distance)
        table |= {f"distance_{dataset}_m": distance, f"overlap_{dataset}_m2": overlap}
    closer = np.stack(nearest)
    return table | {
        "distance_m": closer.min(axis=0),
        "forest_dataset": np.array(["quy_hoach", "kiem_ke"])[closer.argmin(axis=0)],
    }
