"""What each block of the lattice is: houses, villas, farms, forest, a public site, a park, or nothing."""

from enum import IntEnum

import numpy as np
import shapely

from etl.demo.chance import Floats, Ints
from etl.demo.lattice import Lattice
from etl.demo.terrain import Terrain
from etl.demo.wards import RURAL, cell_wards, unit_positions
from etl.demo.waters import Waters


class Ground(IntEnum):
    """What stands on a block."""

    WILD = 0
    DENSE = 1
    VILLA = 2
    FARM = 3
    FOREST = 4
    PUBLIC = 5
    PARK = 6


def classify(lattice: Lattice, terrain: Terrain, waters: Waters, half: float, rng: np.random.Generator) -> Ints:
    """The `Ground` of each cell: houses low and central, farms outside, forest on heights and steep slopes."""
    corners = lattice.cell_corners()
    middle = corners.mean(axis=1)
    away = np.linalg.norm(unit_positions(lattice), axis=1)
    heights = terrain.sample(middle) - 170.0 * (((middle - middle.mean(axis=0)) / half) ** 2).sum(axis=1)
    height_rank = heights.argsort().argsort() / len(heights)
    slope = np.linalg.norm(terrain.gradient(middle, 40.0), axis=1)
    score = 1.0 - 0.85 * away - 0.95 * (height_rank - 0.45) - 0.8 * slope + rng.normal(0, 0.06, len(away))
    score -= 0.12 * RURAL[cell_wards(lattice)]
    ground = np.select([score > 0.58, score > 0.44], [Ground.DENSE, Ground.VILLA], Ground.FARM)
    ground[(height_rank > 0.78) | (slope > 0.36)] = Ground.FOREST
    _settle_public(ground, rng)
    return _give_way_to_water(ground, corners, waters)


def _settle_public(ground: Ints, rng: np.random.Generator) -> None:
    chance = rng.random(len(ground))
    built = (ground == Ground.DENSE) | (ground == Ground.VILLA)
    ground[built & (chance < 0.05)] = Ground.PUBLIC
    ground[built & (chance > 0.975)] = Ground.PARK


def _give_way_to_water(ground: Ints, corners: Floats, waters: Waters) -> Ints:
    """`ground` with gardens instead of houses along streams and single rows of plots on the shores."""
    cells = shapely.STRtree(np.asarray(shapely.polygons(corners)))
    if waters.streams:
        stream, cell = cells.query(waters.streams, predicate="intersects")
        lengths = shapely.length(shapely.intersection(np.array(waters.streams)[stream], cells.geometries[cell]))
        wet = np.zeros(len(ground))
        np.add.at(wet, cell, lengths)
        ground[(wet > 35) & np.isin(ground, (Ground.DENSE, Ground.PUBLIC, Ground.VILLA))] = Ground.FARM
    shore = cells.query([*waters.lakes, *waters.ponds], predicate="intersects")[1]
    ground[shore[np.isin(ground[shore], (Ground.DENSE, Ground.PUBLIC))]] = Ground.VILLA
    return ground
