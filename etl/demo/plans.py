"""A general plan of the whole city and subdivision plans of its parts, two of them amended; zones tile each plan."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from etl.demo.blocks import Ground
from etl.demo.chance import Bools, Ints
from etl.demo.forest import cell_functions
from etl.demo.names import INVENTED
from etl.demo.site import Site


@dataclass(frozen=True)
class Use:
    """A planned use: land-use code, function, symbol, limits (density %, FAR, floors, height, setbacks, people/ha)."""

    code: str
    function: str
    symbol: str
    density: float | None = None
    far: float | None = None
    floors: tuple[int, int] | None = None
    height: float | None = None
    setbacks: tuple[float, float] | None = None
    people: float = 0.0


USES = {
    "centre": Use("ODT", "Đất ở đô thị mật độ cao chỉnh trang", "OC", 80, 4.0, (2, 5), 19, (0, 0), 320),
    "homes": Use("ODT", "Đất ở đô thị hiện hữu", "OH", 70, 2.8, (1, 4), 16, (2.4, 0), 240),
    "villas": Use("ODT", "Đất ở biệt thự, nhà vườn", "BT", 40, 1.2, (1, 3), 12, (4.5, 2), 70),
    "trade": Use("TMD", "Đất thương mại, dịch vụ, du lịch", "TM", 50, 2.5, (2, 5), 22, (6, 3)),
    "public": Use("DGD", "Đất công trình công cộng, giáo dục", "CC", 40, 1.6, (1, 4), 16, (6, 4)),
    "park": Use("DKV", "Đất cây xanh, công viên", "CX", 5, 0.05, (1, 1), 5, (10, 10)),
    "farm": Use("HNK", "Đất nông nghiệp, canh tác công nghệ cao", "NN", 10, 0.1, (1, 1), 6, (6, 3)),
    "RPH": Use("RPH", "Đất rừng phòng hộ", "RP"),
    "RDD": Use("RDD", "Đất rừng đặc dụng", "RD"),
    "RSX": Use("RSX", "Đất rừng sản xuất", "RS"),
    "water": Use("MNC", "Mặt nước", "MN"),
}
DEVELOPMENT = ("centre", "homes", "villas", "trade", "public")


@dataclass
class Plan:
    """One version of a plan: its cells with their uses, and the zones made of them."""

    code: str
    version: int
    name: str
    level: str
    status: str
    valid_from: date
    valid_to: date | None
    cells: Ints
    uses: Any
    group: Ints
    zones: list[tuple[str, str, BaseGeometry]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """The plan's `source_ref`."""
        return f"{self.code}/{self.version}"


def cell_uses(site: Site) -> Any:
    """The planned use (a key of `USES`) of every cell, following what stands there."""
    away = np.linalg.norm(site.lattice.cell_corners().mean(axis=1) - site.centre, axis=1) / site.half
    dense = np.where(away < 0.22, "centre", "homes")
    wooded = cell_functions(site)
    ground = site.ground
    kinds = {
        Ground.DENSE: dense,
        Ground.VILLA: "villas",
        Ground.FARM: "farm",
        Ground.PUBLIC: "public",
        Ground.PARK: "park",
    }
    uses = np.select([ground == kind for kind in kinds], [np.asarray(use) for use in kinds.values()], wooded)
    middles = shapely.points(site.lattice.cell_corners().mean(axis=1))
    lakes = shapely.union_all(site.waters.lakes)
    shapely.prepare(lakes)
    return np.where(shapely.contains(lakes, middles), "water", uses)


@dataclass(frozen=True)
class Grid:
    """Cells that tile the city, row by row from the south, each with its planned use ('' where nothing is planned).

    The subdivision plans lie around the cell `middle` (row, column), `half` (rows, columns) to each side of theirs.
    """

    cells: Any
    columns: int
    uses: Any
    middle: tuple[int, int]
    half: tuple[int, int]


def site_grid(site: Site) -> Grid:
    """The blocks of the demo city as a grid for plans."""
    rows, columns = site.lattice.rows, site.lattice.columns
    half = (max(rows // 9, 1), max(columns // 9, 1))
    return Grid(site.lattice.cell_polygons(), columns, cell_uses(site), (rows // 2, columns // 2), half)


def make_plans(grid: Grid, rng: np.random.Generator) -> list[Plan]:
    """All plan versions with their zones."""
    uses = grid.uses
    j, i = np.divmod(np.arange(len(uses)), grid.columns)
    everything = np.flatnonzero(uses != "")
    general = Plan(
        "QHC-MAU", 1, f"Quy hoạch chung thành phố mẫu đến năm 2045 {INVENTED}", "general", "cong_bo",
        date(2021, 3, 15), None, everything, uses[everything], ((j // 4) * 1000 + i // 4)[everything],
    )  # fmt: skip
    plans = [general]
    for number, window in enumerate(_windows(grid), start=1):
        plans += _subdivision(number, np.flatnonzero(window & (uses != "")), uses, rng)
    for plan in plans:
        plan.zones = _zones(plan, grid.cells)
    return plans


def _windows(grid: Grid) -> list[Bools]:
    """Cells of five parts of the city that do not overlap: the centre and four around it."""
    j, i = np.divmod(np.arange(len(grid.uses)), grid.columns)
    half_j, half_i = grid.half
    windows = []
    for dj, di in ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2)):
        mid_j, mid_i = grid.middle[0] + dj * half_j, grid.middle[1] + di * half_i
        inside_j = (j >= mid_j - half_j) & (j < mid_j + half_j)
        windows.append(inside_j & (i >= mid_i - half_i) & (i < mid_i + half_i))
    return windows


def _subdivision(number: int, cells: Ints, uses: Any, rng: np.random.Generator) -> list[Plan]:
    """One plan, or its two versions for the first two: the amendment turns some homes into trade and parks."""
    code, name = f"QHPK-{number:02d}", f"Quy hoạch phân khu {number} {INVENTED}"
    start, changed = date(2018 + number % 3, 2 + number, 10), date(2024 + number % 2, 9, 1)
    first = np.where(rng.random(len(cells)) < 0.04, "park", uses[cells])
    amended = number <= 2
    plan = Plan(
        code, 1, name, "subdivision", "het_hieu_luc" if amended else "cong_bo",
        start, changed - timedelta(days=1) if amended else None, cells, first, np.arange(len(cells)),
    )  # fmt: skip
    if not amended:
        return [plan]
    built = np.isin(first, DEVELOPMENT)
    draw = rng.random(len(cells))
    second = np.where(built & (draw < 0.14), "trade", np.where(built & (draw < 0.22), "park", first))
    return [plan, Plan(code, 2, name, "subdivision", "cong_bo", changed, None, cells, second, np.arange(len(cells)))]


def _zones(plan: Plan, cells: Any) -> list[tuple[str, str, BaseGeometry]]:
    """Symbol, use and area of each zone: the cells of one group and use together."""
    names, use = np.unique(plan.uses, return_inverse=True)
    key = plan.group * len(names) + use
    order = key.argsort(kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    counts = dict.fromkeys(names.tolist(), 0)
    zones = []
    for members in np.split(order, starts[1:]):
        name = str(plan.uses[members[0]])
        counts[name] += 1
        area = shapely.coverage_union_all(cells[plan.cells[members]])
        zones.append((f"{USES[name].symbol}-{counts[name]:02d}", name, area))
    return zones


def plan_features(plans: list[Plan], grid: Grid) -> tuple[dict[str, Any], list[Any]]:
    """Columns and areas of layer `plans`, made on `grid`."""
    columns = {
        "plan_code": [plan.code for plan in plans],
        "plan_version": [plan.version for plan in plans],
        "plan_name": [plan.name for plan in plans],
        "plan_level": [plan.level for plan in plans],
        "plan_scale": ["1/10000" if plan.level == "general" else "1/2000" for plan in plans],
        "plan_status": [plan.status for plan in plans],
        "decision_no": [f"{10 + k}/QĐ-{plan.valid_from.year} {INVENTED}" for k, plan in enumerate(plans)],
        "decision_date": [plan.valid_from - timedelta(days=20) for plan in plans],
        "approving_authority": [f"Cơ quan phê duyệt {INVENTED}"] * len(plans),
        "announced_on": [plan.valid_from for plan in plans],
        "planning_period": ["2021–2045" if plan.level == "general" else "2018–2035" for plan in plans],
        "valid_from": [plan.valid_from for plan in plans],
        "valid_to": [plan.valid_to for plan in plans],
    }
    return columns, [shapely.coverage_union_all(grid.cells[plan.cells]) for plan in plans]


def zone_features(plans: list[Plan]) -> tuple[dict[str, Any], list[Any]]:
    """Columns and areas of layer `planning_zones`."""
    rows = [(plan, symbol, USES[name], name, area) for plan in plans for symbol, name, area in plan.zones]
    uses = [use for _, _, use, _, _ in rows]
    columns: dict[str, Any] = {
        "plan_id": [plan.ref for plan, *_ in rows],
        "zone_symbol": [symbol for _, symbol, *_ in rows],
        "lot_symbol": [None] * len(rows),
        "land_use_code": [use.code for use in uses],
        "zone_function": [use.function for use in uses],
        "zone_area_m2": [round(area.area, 1) for *_, area in rows],
        "building_density_pct": [use.density for use in uses],
        "floor_area_ratio": [use.far for use in uses],
        "floors_min": [use.floors and use.floors[0] for use in uses],
        "floors_max": [use.floors and use.floors[1] for use in uses],
        "height_max_m": [use.height for use in uses],
        "setback_front_m": [use.setbacks and use.setbacks[0] for use in uses],
        "setback_side_m": [use.setbacks and use.setbacks[1] for use in uses],
        "population_planned": [int(use.people * area.area / 10_000) for *_, use, _, area in rows],
        "architecture_regulated": [name in {"centre", "trade"} for *_, name, _ in rows],
        "valid_from": [plan.valid_from for plan, *_ in rows],
        "valid_to": [plan.valid_to for plan, *_ in rows],
    }
    return columns, [area for *_, area in rows]
