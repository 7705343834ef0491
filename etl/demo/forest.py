"""Forest as two registers know it: the planning of three forest types, and the inventory of what grows there.

Compartments (tiểu khu) of about 830 ha hold nine sub-compartments (khoảnh), and these nine plots (lô), as TT
31/2018/TT-BNNPTNT sizes them; the two registers disagree in places, as real ones do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from rasterio.features import shapes
from shapely.geometry.base import BaseGeometry

from etl.demo.blocks import Ground
from etl.demo.chance import Ints, stream
from etl.demo.names import INVENTED
from etl.demo.site import Site
from etl.demo.wards import OLD_NAMES

_PLOT_M = 320.0
_FUNCTION_BY_WARD = {"Phường 7": "RDD", "Phường 12": "RDD"}
_OWNER = {"RDD": "Vườn quốc gia", "RPH": "Ban quản lý rừng phòng hộ", "RSX": "Công ty lâm nghiệp"}


@dataclass(frozen=True)
class Forest:
    """Plots of one register: areas in EPSG:5899, function, and compartment, sub-compartment and plot numbers."""

    dataset: str
    areas: Any
    function: list[str]
    compartment: list[str]
    subcompartment: list[str]
    plot: list[str]
    ward: list[str]


def cell_functions(site: Site) -> Any:
    """The forest function (RDD, RPH or RSX) that planning gives each cell of the lattice, should forest stand there."""
    names = OLD_NAMES[site.ward]
    rural = np.char.startswith(names, "Xã")
    special = np.isin(names, list(_FUNCTION_BY_WARD))
    return np.where(special, "RDD", np.where(rural, "RSX", "RPH"))


def make_forest(site: Site, seed: int) -> list[Forest]:
    """The planning register and the inventory."""
    rng = stream(seed, "forest")
    planned = _wooded(site, (Ground.FOREST, Ground.WILD), fringe=26.0)
    # The inventory sees trees on some farms and bare ground in some planned forest.
    felled = _patches(site, 0.05, rng)
    grown = shapely.intersection(_patches(site, 0.06, rng), _wooded(site, (Ground.FARM,), fringe=0.0))
    grows = shapely.union(shapely.difference(planned, felled), grown)
    return [_plots(site, "quy_hoach", planned), _plots(site, "kiem_ke", grows.buffer(-3).buffer(3))]


def _wooded(site: Site, kinds: tuple[Ground, ...], fringe: float) -> BaseGeometry:
    """The blocks of `kinds` without water, and their edge pushed `fringe` metres outwards onto farms only."""
    cells = site.lattice.cell_polygons()
    inside = shapely.coverage_union_all(cells[np.isin(site.ground, kinds)])
    if fringe:
        outskirts = shapely.coverage_union_all(cells)
        around = outskirts.buffer(200).difference(outskirts)
        inside = inside.union(around).buffer(-40).buffer(40 + fringe, quad_segs=3).intersection(outskirts)
    town = np.isin(site.ground, (Ground.DENSE, Ground.VILLA, Ground.PUBLIC, Ground.PARK))
    built = shapely.union_all(cells[town]).buffer(6, quad_segs=1)
    return shapely.difference(inside, shapely.union_all([built, site.waters.areas.buffer(8)]))


def _patches(site: Site, share: float, rng: np.random.Generator) -> BaseGeometry:
    """Irregular spots over about `share` of the ground."""
    terrain, step = site.terrain, site.terrain.step * 2
    rows, columns = (size // 2 for size in terrain.heights.shape)
    x, y = np.arange(columns) * step, np.arange(rows)[:, None] * step
    field = np.zeros((rows, columns))
    for length in (260.0, 340.0, 450.0, 600.0):
        for _ in range(3):
            angle, phase = rng.uniform(0, 2 * np.pi, 2)
            k = 2 * np.pi / length
            field += np.cos(k * np.cos(angle) * x + k * np.sin(angle) * y + phase)
    mask = (field > np.quantile(field, 1 - share)).astype("uint8")
    transform = terrain.transform @ terrain.transform.scale(2)
    found = [shapely.geometry.shape(shape) for shape, _ in shapes(mask, mask > 0, transform=transform)]
    return shapely.union_all([one.buffer(step / 2).simplify(step / 3) for one in found])


def _plots(site: Site, dataset: str, wooded: BaseGeometry) -> Forest:
    corners, compartment, subcompartment, plot = _grid(site)
    cells = np.array(shapely.polygons(corners))
    parts = np.array(shapely.get_parts(wooded))
    tree = shapely.STRtree(parts)
    cell, part = tree.query(cells, predicate="intersects")
    pieces = shapely.intersection(cells[cell], parts[part])
    polygons, owner = shapely.get_parts(pieces, return_index=True)
    keep = (shapely.get_type_id(polygons) == 3) & (shapely.area(polygons) > 400)
    polygons, cell = polygons[keep], cell[owner[keep]]
    merged, first = _joined(polygons, cell)
    middle = shapely.get_coordinates(shapely.point_on_surface(merged))
    nearest = shapely.STRtree(site.lattice.cell_polygons()).nearest(shapely.points(middle))
    return Forest(
        dataset, merged, cell_functions(site)[nearest].tolist(), [compartment[k] for k in first],
        [subcompartment[k] for k in first], [plot[k] for k in first], OLD_NAMES[site.ward[nearest]].tolist(),
    )  # fmt: skip


def _joined(polygons: Any, cell: Ints) -> tuple[Any, Ints]:
    """One multi-area for each cell number that occurs, and these numbers."""
    order = cell.argsort(kind="stable")
    numbers, index = np.unique(cell[order], return_inverse=True)
    return np.asarray(shapely.multipolygons(polygons[order], indices=index)), numbers


def _grid(site: Site) -> tuple[Any, list[str], list[str], list[str]]:
    """Plots of about 10 ha (corners n, 4, 2) over the whole ground, with their three numbers."""
    low = site.lattice.nodes.min(axis=(0, 1)) - 460
    high = site.lattice.nodes.max(axis=(0, 1)) + 460
    columns, rows = (int(size) for size in np.ceil((high - low) / _PLOT_M))
    x, y = low[0] + np.arange(columns + 1) * _PLOT_M, low[1] + np.arange(rows + 1) * _PLOT_M
    nodes = np.stack(np.meshgrid(x, y), axis=2)
    nodes = nodes + 55 * np.stack([np.sin(nodes[..., 1] / 310), np.sin(nodes[..., 0] / 270)], axis=2)
    corners = np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2).reshape(-1, 4, 2)
    j, i = np.divmod(np.arange(rows * columns), columns)
    big = (rows // 9 - j // 9) * (columns // 9 + 1) + i // 9
    # Letters mark compartments that were divided later (tiểu khu 156b).
    compartment = [f"{140 + one // 2}{'b' if one % 2 else ''}" for one in big.tolist()]
    sub = ((2 - j % 9 // 3) * 3 + i % 9 // 3 + 1).tolist()
    plot = ((2 - j % 3) * 3 + i % 3 + 1).tolist()
    return corners, compartment, [str(one) for one in sub], [str(one) for one in plot]


def forest_features(registers: list[Forest]) -> tuple[Mapping[str, Any], Any]:
    """Columns and areas of layer `forest`."""
    joined: dict[str, list[Any]] = {}
    for register in registers:
        planning = register.dataset == "quy_hoach"
        count = len(register.areas)
        cover = ["Rừng trồng thông ba lá" if k % 3 else "Rừng tự nhiên lá kim" for k in range(count)]
        columns = {
            "forest_dataset": [register.dataset] * count,
            "forest_function": register.function,
            "forest_compartment": register.compartment,
            "forest_subcompartment": register.subcompartment,
            "forest_plot": register.plot,
            "forest_origin": [None] * count if planning else ["trong" if k % 3 else "tu_nhien" for k in range(count)],
            "forest_owner": [f"{_OWNER[one]} {INVENTED}" for one in register.function],
            "forest_status": [None] * count if planning else cover,
            "planned_forestry_land": [True if planning else None] * count,
            "ward_name_survey": register.ward,
            "area_ha": np.round(shapely.area(register.areas) / 10_000, 4).tolist(),
        }
        for name, values in columns.items():
            joined.setdefault(name, []).extend(values)
    return joined, np.concatenate([register.areas for register in registers])
