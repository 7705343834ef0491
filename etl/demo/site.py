"""The ground the city stands on: relief, water, blocks, and exactly as many parcels as asked for."""

from dataclasses import dataclass

import numpy as np

from etl.demo.blocks import Ground, classify
from etl.demo.chance import Bools, Floats, Ints, stream
from etl.demo.lattice import COLUMN_M, ROW_M, Lattice, make_lattice
from etl.demo.parcels import Alleys, Parcels, cut_parcels
from etl.demo.terrain import Terrain, make_terrain
from etl.demo.wards import cell_wards, unit_positions
from etl.demo.waters import Waters, make_waters

# Đà Lạt's real place (108.44 E, 11.94 N) in EPSG:5899; bigger cities move east to stay inside the province's zone.
CENTRE = np.array([574_958.0, 1_320_522.0])
CENTRE_LON_LAT = (108.44, 11.94)
_WESTERN_LIMIT = 565_200.0
_MARGIN_M = 650.0


@dataclass(frozen=True)
class Site:
    """Everything natural and cadastral: `ward` is each cell's index in `OLD_WARDS`, `ground` its use."""

    centre: Floats
    half: float
    lattice: Lattice
    terrain: Terrain
    waters: Waters
    ground: Ints
    ward: Ints
    parcels: Parcels
    alleys: Alleys


def make_site(parcels: int, seed: int) -> Site:
    """The site of a city with exactly `parcels` parcels."""
    # Parcels per cell as found by trial: bigger cities have less fringe.
    cells = int(parcels / (11 + 3 * np.log10(parcels / 2000))) + 100
    while True:
        site = _site(cells, parcels, seed)
        if len(site.parcels) == parcels:
            return site
        cells = int(cells * parcels / len(site.parcels) * 1.15) + 6


def _site(cells: int, wanted: int, seed: int) -> Site:
    width = np.sqrt(cells * COLUMN_M * ROW_M)
    centre = np.array([max(CENTRE[0], _WESTERN_LIMIT + width / 2), CENTRE[1]])
    lattice = make_lattice(cells, centre, stream(seed, "lattice"))
    low, high = lattice.nodes.min(axis=(0, 1)) - _MARGIN_M, lattice.nodes.max(axis=(0, 1)) + _MARGIN_M
    low, high = np.floor(low / 20) * 20, np.ceil(high / 20) * 20
    half = float((high - low).max() / 2)
    terrain = make_terrain(low, high, centre, stream(seed, "terrain"))
    waters = make_waters(terrain, centre, half, stream(seed, "waters"))
    ground = classify(lattice, terrain, waters, half, stream(seed, "ground"))
    parcels, alleys = cut_parcels(lattice, ground, waters.areas, stream(seed, "parcels"))
    chosen = _nearest_blocks(lattice, parcels.block, wanted, stream(seed, "outskirts"))
    parcels = parcels[chosen]
    used = np.bincount(parcels.block, minlength=len(ground)) > 0
    ground = np.where(used, ground, Ground.WILD)
    kept = used[alleys.block]
    # Alleys number one another through `parent`: they are kept as a whole, and unused ones are left out when written.
    alleys = Alleys(alleys.ends, np.where(kept, alleys.block, -1), alleys.level, alleys.parent)
    return Site(centre, half, lattice, terrain, waters, ground, cell_wards(lattice), parcels, alleys)


def _nearest_blocks(lattice: Lattice, block: Ints, wanted: int, rng: np.random.Generator) -> Bools:
    """Which parcels lie in the blocks nearest to the centre that hold `wanted` parcels; the last in part."""
    away = np.linalg.norm(unit_positions(lattice), axis=1) + rng.normal(0, 0.035, lattice.rows * lattice.columns)
    rank = away.argsort(kind="stable").argsort(kind="stable")
    order = rank[block].argsort(kind="stable")
    chosen = np.zeros(len(block), dtype=bool)
    chosen[order[:wanted]] = True
    return chosen
