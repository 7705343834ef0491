"""Parcels: the plots of every block, cut from strips, with the street or alley each one opens to."""

from dataclasses import dataclass, fields

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from etl.demo.blocks import Ground
from etl.demo.chance import Bools, Floats, Ints
from etl.demo.lattice import HALF_WIDTHS, Lattice, inset, place
from etl.demo.templates import Cuts, cut_dense, cut_rows, cut_whole


@dataclass(frozen=True)
class Parcels:
    """Arrays over the parcels. `frames` (n, 4, 2): front left, front right, back right, back left, or mirrored.

    `line`: the number of the lattice edge, or of the alley plus the number of edges, that the front opens to.
    """

    frames: Floats
    block: Ints
    ground: Ints
    line: Ints
    strip: Ints

    def __len__(self) -> int:
        return len(self.block)

    def __getitem__(self, chosen: Bools | Ints | slice) -> "Parcels":
        """The parcels `chosen`."""
        return Parcels(*(getattr(self, one.name)[chosen] for one in fields(self)))

    def inner(self, left: Floats, right: Floats, front: Floats, back: Floats) -> Floats:
        """Rectangles (n, 4, 2) inside the parcels, from fractions of width (left, right) and depth (front, back)."""
        corners = [place(self.frames, a, b) for a, b in ((left, front), (right, front), (right, back), (left, back))]
        return np.stack(corners, axis=1)

    def at(self, across: float, depth: float) -> Floats:
        """Points (n, 2) at fractions of the width and of the depth, 0 being the front."""
        return place(self.frames, np.full(len(self), across), np.full(len(self), depth))

    def sizes(self) -> Floats:
        """Width and depth (n, 2) in metres."""
        f = self.frames
        width = np.linalg.norm(f[:, 1] - f[:, 0] + f[:, 2] - f[:, 3], axis=1) / 2
        depth = np.linalg.norm(f[:, 3] - f[:, 0] + f[:, 2] - f[:, 1], axis=1) / 2
        return np.stack([width, depth], axis=1)


@dataclass(frozen=True)
class Alleys:
    """Arrays over the alleys: axis `ends` (n, 2, 2) from mouth to dead end, level, and the line each leaves."""

    ends: Floats
    block: Ints
    level: Ints
    parent: Ints


def polygons(frames: Floats) -> Floats:
    """Polygons (n,) with anticlockwise rings of quadrilaterals (n, 4, 2)."""
    x, y = frames[..., 0], frames[..., 1]
    turn = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)
    return np.asarray(shapely.polygons(np.where((turn < 0)[:, None, None], frames[:, ::-1], frames)))


def areas(frames: Floats) -> Floats:
    """Areas (n,) in square metres of quadrilaterals (n, 4, 2)."""
    x, y = frames[..., 0], frames[..., 1]
    return np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2


def cut_parcels(
    lattice: Lattice, ground: Ints, water: BaseGeometry, rng: np.random.Generator
) -> tuple[Parcels, Alleys]:
    """All parcels and alleys of the blocks that are not wild; none in `water` or within 6 m of it."""
    layout = _Layout(lattice, ground, rng)
    cuts = Cuts()
    for kind, cutter, width in (
        (Ground.VILLA, cut_rows, 18.0),
        (Ground.FARM, cut_rows, 36.0),
        (Ground.FOREST, cut_whole, 90.0),
        (Ground.PUBLIC, cut_whole, 72.0),
        (Ground.PARK, cut_whole, 500.0),
    ):
        block = np.flatnonzero(ground == kind)
        cutter(cuts, block, layout.w[block], layout.d[block], width)
    block = np.flatnonzero(ground == Ground.DENSE)
    cut_dense(cuts, block, layout.w[block], layout.d[block], rng)
    parcels = _corner_plots(layout, layout.parcels(cuts, rng))
    shore = water.buffer(6)
    shapely.prepare(shore)
    dry = ~shapely.intersects(shore, polygons(parcels.frames))
    return parcels[dry], layout.alleys(cuts)


class _Layout:
    """The blocks' inset quadrilaterals, sizes and flips, and how local metres become coordinates."""

    def __init__(self, lattice: Lattice, ground: Ints, rng: np.random.Generator) -> None:
        half = np.array([HALF_WIDTHS[name] for name in lattice.edge_classes()])
        self.edges = lattice.cell_edges()
        self.edge_count = len(half)
        self.half_widths = half
        self.quads = inset(lattice.cell_corners(), half[self.edges])
        self.outer = lattice.cell_corners()
        self.ground = ground
        sides = np.linalg.norm(np.roll(self.quads, -1, axis=1) - self.quads, axis=2)
        self.w, self.d = (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2
        self.flip_x, self.flip_y = rng.random((2, len(ground))) < 0.5

    def fractions(self, block: Ints, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Fractions of the block west to east and south to north, of local metres and after flips."""
        s, t = x / self.w[block], y / self.d[block]
        return np.where(self.flip_x[block], 1 - s, s), np.where(self.flip_y[block], 1 - t, t)

    def side_edges(self, block: Ints, side: Ints) -> Ints:
        """The lattice edges on the local `side` of each block."""
        turned = np.where((side % 2 == 0) & self.flip_y[block], 2 - side, side)
        turned = np.where((side % 2 == 1) & self.flip_x[block], 4 - side, turned)
        return np.asarray(self.edges[block, turned])

    def parcels(self, cuts: Cuts, rng: np.random.Generator) -> Parcels:
        """The plots of all strips."""
        strips = {name: np.concatenate(parts) for name, parts in cuts.strips.items()}
        front = strips["front"].astype(np.int64)
        along_x = front % 2 == 0
        length = np.where(along_x, strips["x1"] - strips["x0"], strips["y1"] - strips["y0"])
        count = np.maximum(np.round(length / strips["width"]), 1).astype(np.int64)
        strip = np.repeat(np.arange(len(count)), count)
        place_in = np.arange(len(strip)) - np.repeat(np.cumsum(count) - count, count)
        shift = np.where(place_in == 0, 0.0, rng.uniform(-0.2, 0.2, len(strip)))
        low = (place_in + shift) / count[strip]
        high = (place_in + 1 + np.roll(shift, -1)) / count[strip]
        corners = _corners({name: values[strip] for name, values in strips.items()}, front[strip], low, high)
        block = strips["block"][strip].astype(np.int64)
        s, t = self.fractions(block[:, None], corners[..., 0], corners[..., 1])
        own_street = self.side_edges(block, front[strip])
        alley = strips["line"][strip].astype(np.int64)
        line = np.where(alley < 0, own_street, alley + self.edge_count)
        frames = place(self.quads[block][:, None], s, t)
        return Parcels(frames, block, self.ground[block], line, strip)

    def alleys(self, cuts: Cuts) -> Alleys:
        """All alleys; a mouth on a street lies on the street's axis."""
        if not cuts.alleys:
            none = np.zeros(0, dtype=np.int64)
            return Alleys(np.zeros((0, 2, 2)), none, none, none)
        parts = {name: np.concatenate(values) for name, values in cuts.alleys.items()}
        block, level, parent = (parts[name].astype(np.int64) for name in ("block", "level", "parent"))
        x = np.stack([parts["x0"], parts["x1"]], axis=1)
        y = np.stack([parts["y0"], parts["y1"]], axis=1)
        s, t = self.fractions(block[:, None], x, y)
        ends = place(self.quads[block][:, None], s, t)
        first = level == 1
        ends[first, 0] = self._on_street(block[first], ends[first])
        street = self.side_edges(block, np.zeros(len(block), dtype=np.int64))
        return Alleys(ends, block, level, np.where(parent < 0, street, parent + self.edge_count))

    def _on_street(self, block: Ints, ends: Floats) -> Floats:
        """Where the axes `ends` (n, 2, 2), prolonged backwards, meet the axis of the local southern street."""
        north = self.flip_y[block]
        a = self.outer[block, np.where(north, 3, 0)]
        street = self.outer[block, np.where(north, 2, 1)] - a
        back = ends[:, 0] - ends[:, 1]
        gap = ends[:, 0] - a
        cross = street[:, 0] * back[:, 1] - street[:, 1] * back[:, 0]
        share = (gap[:, 0] * back[:, 1] - gap[:, 1] * back[:, 0]) / cross
        return np.asarray(a + np.clip(share, 0, 1)[:, None] * street)


def _corners(strips: dict[str, Floats], front: Ints, low: Floats, high: Floats) -> Floats:
    """Local corners (n, 4, 2) of plots between the fractions `low` and `high` of their strips, front side first."""
    x0, x1, y0, y1 = (strips[name] for name in ("x0", "x1", "y0", "y1"))
    along_x = front % 2 == 0
    a = np.where(along_x, x0 + (x1 - x0) * low, y0 + (y1 - y0) * low)
    b = np.where(along_x, x0 + (x1 - x0) * high, y0 + (y1 - y0) * high)
    fore = np.choose(front, [y0, x1, y1, x0])
    back = np.choose(front, [y1, x0, y0, x1])
    along = np.stack([a, b, b, a], axis=1)
    across = np.stack([fore, fore, back, back], axis=1)
    wide = along_x[:, None]
    return np.stack([np.where(wide, along, across), np.where(wide, across, along)], axis=2)


def _corner_plots(layout: _Layout, parcels: Parcels) -> Parcels:
    """`parcels` with houses at a corner opening to the wider of the two streets (TT 08/2024/TT-BXD)."""
    first = np.roll(parcels.strip, 1) != parcels.strip
    last = np.roll(parcels.strip, -1) != parcels.strip
    frames, line = parcels.frames.copy(), parcels.line.copy()
    on_row = line < layout.edge_count
    on_row &= np.isin(parcels.ground, (Ground.DENSE, Ground.VILLA))
    for at_end, corner, roll in ((first, (0, 3), 1), (last, (1, 2), -1)):
        for side in (1, 3):
            edge = layout.side_edges(parcels.block, np.full(len(parcels), side))
            wider = layout.half_widths[edge] > layout.half_widths[np.where(on_row, parcels.line, 0)]
            chosen = at_end & on_row & wider & _touches(layout, parcels, corner, side)
            frames[chosen] = np.roll(parcels.frames[chosen], roll, axis=1)
            line[chosen] = edge[chosen]
    return Parcels(frames, parcels.block, parcels.ground, line, parcels.strip)


def _touches(layout: _Layout, parcels: Parcels, corner: tuple[int, int], side: int) -> Bools:
    """Whether both `corner` points of a parcel lie on the local `side` of its block."""
    turned = np.where(layout.flip_x[parcels.block], 4 - side, side)
    a = layout.quads[parcels.block, turned]
    b = layout.quads[parcels.block, (turned + 1) % 4]
    along = (b - a) / np.linalg.norm(b - a, axis=1, keepdims=True)
    near = np.ones(len(parcels), dtype=bool)
    for index in corner:
        gap = parcels.frames[:, index] - a
        near &= np.abs(along[:, 0] * gap[:, 1] - along[:, 1] * gap[:, 0]) < 0.01
    return near
