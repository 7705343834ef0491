"""The street lattice: rows and columns of crossings, bent like the streets of a hill town; cells lie between them.

A cell is a quadrilateral; every straight cut of it at constant fractions is straight on the ground too, so that
parcels cut from one cell neither overlap nor leave gaps.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from etl.demo.chance import Floats, Ints

COLUMN_M, ROW_M = 152.0, 118.0
# Half widths in metres of the road reserve, by the class of a lattice line.
HALF_WIDTHS = {"trunk": 8.5, "secondary": 6.5, "tertiary": 5.0, "residential": 3.5}


@dataclass(frozen=True)
class Lattice:
    """Crossings `nodes` (rows + 1, columns + 1, 2) in EPSG:5899, row 0 in the south, and the road class of each line.

    Edges are numbered rows first: edge `j * columns + i` runs east from node (j, i); those after `first_column_edge`
    run north. Cell `j * columns + i` has node (j, i) as its south-western corner.
    """

    nodes: Floats
    row_class: list[str]
    column_class: list[str]

    @property
    def rows(self) -> int:
        """The number of rows of cells."""
        return int(self.nodes.shape[0]) - 1

    @property
    def columns(self) -> int:
        """The number of columns of cells."""
        return int(self.nodes.shape[1]) - 1

    @property
    def first_column_edge(self) -> int:
        """The number of the first edge that runs north."""
        return (self.rows + 1) * self.columns

    def edge_nodes(self) -> Ints:
        """Flat node numbers (edges, 2) of each edge's ends."""
        number = np.arange((self.rows + 1) * (self.columns + 1)).reshape(self.rows + 1, self.columns + 1)
        east = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
        north = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
        return np.concatenate([east, north])

    def edge_ends(self) -> Floats:
        """Coordinates (edges, 2, 2) of each edge's ends."""
        return np.asarray(self.nodes.reshape(-1, 2)[self.edge_nodes()])

    def edge_classes(self) -> list[str]:
        """The road class of each edge."""
        rows = [name for name in self.row_class for _ in range(self.columns)]
        return rows + self.column_class * self.rows

    def cell_edges(self) -> Ints:
        """Edge numbers (cells, 4) of each cell: south, east, north, west."""
        j, i = np.divmod(np.arange(self.rows * self.columns), self.columns)
        west = self.first_column_edge + j * (self.columns + 1) + i
        return np.stack([j * self.columns + i, west + 1, (j + 1) * self.columns + i, west], axis=1)

    def cell_corners(self) -> Floats:
        """Corners (cells, 4, 2) of each cell on the road axes: SW, SE, NE, NW."""
        n = self.nodes
        return np.stack([n[:-1, :-1], n[:-1, 1:], n[1:, 1:], n[1:, :-1]], axis=2).reshape(-1, 4, 2)

    def cell_polygons(self) -> Any:
        """Each cell (cells,) as a polygon up to the road axes: together they tile the plane."""
        return np.asarray(shapely.polygons(self.cell_corners()))


def make_lattice(cells: int, centre: Floats, rng: np.random.Generator) -> Lattice:
    """A lattice of about `cells` cells around `centre` (easting, northing in metres)."""
    columns = max(round(np.sqrt(cells * ROW_M / COLUMN_M)), 6)
    rows = max(round(cells / columns), 6)
    x, y = _cuts(columns, COLUMN_M, rng), _cuts(rows, ROW_M, rng)
    grid = np.stack(np.meshgrid(x, y), axis=2) + rng.uniform(-7, 7, (rows + 1, columns + 1, 2))
    return Lattice(_bend(grid, rng) + centre, _line_classes(rows + 1, rng), _line_classes(columns + 1, rng))


def _cuts(count: int, spacing: float, rng: np.random.Generator) -> Floats:
    steps = spacing * rng.uniform(0.82, 1.22, count)
    cuts = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(cuts - cuts[-1] / 2)


def _bend(grid: Floats, rng: np.random.Generator) -> Floats:
    """`grid` moved by slow waves; their slopes add up to less than 1, so that no cell folds over."""
    moved = grid.copy()
    for length, slope in ((5600.0, 0.13), (3100.0, 0.15), (1700.0, 0.17), (900.0, 0.11)):
        for angle in rng.uniform(0, np.pi, 2):
            k = 2 * np.pi / length
            phase = k * (np.cos(angle) * grid[..., 0] + np.sin(angle) * grid[..., 1]) + rng.uniform(0, 2 * np.pi)
            across = np.array([-np.sin(angle), np.cos(angle)])
            moved += (slope / k) * np.sin(phase)[..., None] * across
    return moved


def _line_classes(count: int, rng: np.random.Generator) -> list[str]:
    classes = ["residential"] * count
    middle = count // 2 + int(rng.integers(-1, 2))
    for line in range(count):
        if (line - middle) % 4 == 0:
            classes[line] = "tertiary" if (line - middle) % 8 else "secondary"
    if count > 8:
        classes[min(middle + 4, count - 2)] = "trunk"
    return classes


def inset(corners: Floats, margins: Floats) -> Floats:
    """Quadrilaterals (n, 4, 2) moved inwards by `margins` (n, 4) metres on the sides SW-SE, SE-NE, NE-NW, NW-SW."""
    following = np.roll(corners, -1, axis=1)
    along = following - corners
    along /= np.linalg.norm(along, axis=2, keepdims=True)
    inward = np.stack([-along[..., 1], along[..., 0]], axis=2)
    point = corners + inward * margins[..., None]
    before_point, before_along = np.roll(point, 1, axis=1), np.roll(along, 1, axis=1)
    cross = before_along[..., 0] * along[..., 1] - before_along[..., 1] * along[..., 0]
    gap = point - before_point
    t = (gap[..., 0] * along[..., 1] - gap[..., 1] * along[..., 0]) / cross
    return np.asarray(before_point + t[..., None] * before_along)


def place(quads: Floats, s: Floats, t: Floats) -> Floats:
    """Points (…, 2) at fractions `s` (west to east) and `t` (south to north) of `quads` (…, 4, 2)."""
    s, t = s[..., None], t[..., None]
    south = quads[..., 0, :] * (1 - s) + quads[..., 1, :] * s
    north = quads[..., 3, :] * (1 - s) + quads[..., 2, :] * s
    return np.asarray(south * (1 - t) + north * t)
