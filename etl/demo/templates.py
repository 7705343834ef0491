"""How a block is cut: rows of plots along its streets, and alleys up to three levels deep into its interior.

Positions are metres from the block's south-western corner (x east, y north); a flip mirrors a block before it is laid
on the ground. Side 0 is south, 1 east, 2 north, 3 west.
"""

from dataclasses import dataclass, field

import numpy as np

from etl.demo.chance import Bools, Floats, Ints

ALLEY_HALF_WIDTHS = {1: 2.0, 2: 1.5, 3: 1.25}
_FRONT_DEPTH, _SIDE_DEPTH, _FLANK_DEPTH = 20.0, 18.0, 10.0
_LEVEL_HEIGHT, _POCKET = 31.0, 22.0


@dataclass
class Cuts:
    """Strips of plots and alleys, gathered for many blocks at once; every part is an array over the strips or alleys.

    A strip's `front` is the side its plots open to; `line` is -1 for the block's own street on that side, otherwise
    the number of an alley. An alley's `parent` is likewise -1 for the block's southern street.
    """

    strips: dict[str, list[Floats]] = field(default_factory=dict)
    alleys: dict[str, list[Floats]] = field(default_factory=dict)
    alley_count: int = 0

    def strip(
        self, block: Ints, x: tuple[Floats, Floats], y: tuple[Floats, Floats], front: int, width: float, line: Ints
    ) -> None:
        """Add one strip to each of `block`, to be cut into plots of about `width` metres along its front."""
        columns = {
            "block": block,
            "x0": x[0],
            "x1": x[1],
            "y0": y[0],
            "y1": y[1],
            "front": front,
            "width": width,
            "line": line,
        }
        _gather(self.strips, len(block), columns)

    def alley(
        self, block: Ints, start: tuple[Floats, Floats], end: tuple[Floats, Floats], level: int, parent: Ints
    ) -> Ints:
        """Add one alley to each of `block`; its numbers."""
        columns = {
            "block": block,
            "x0": start[0],
            "y0": start[1],
            "x1": end[0],
            "y1": end[1],
            "level": level,
            "parent": parent,
        }
        _gather(self.alleys, len(block), columns)
        numbers = np.arange(self.alley_count, self.alley_count + len(block))
        self.alley_count += len(block)
        return numbers


def _gather(store: dict[str, list[Floats]], count: int, columns: dict[str, object]) -> None:
    for name, values in columns.items():
        store.setdefault(name, []).append(np.broadcast_to(np.asarray(values, dtype=float), count))


def street(block: Ints) -> Ints:
    """The line number that stands for a block's own street, for each of `block`."""
    return np.full(len(block), -1)


def cut_rows(cuts: Cuts, block: Ints, w: Floats, d: Floats, width: float) -> None:
    """Two rows of plots back to back, about `width` metres wide, open to the southern and the northern street."""
    zero = np.zeros(len(block))
    cuts.strip(block, (zero, w), (zero, d / 2), 0, width, street(block))
    cuts.strip(block, (zero, w), (d / 2, d), 2, width, street(block))


def cut_whole(cuts: Cuts, block: Ints, w: Floats, d: Floats, width: float) -> None:
    """Plots as deep as the block, about `width` metres wide, open to the southern street."""
    zero = np.zeros(len(block))
    cuts.strip(block, (zero, w), (zero, d), 0, width, street(block))


def cut_dense(cuts: Cuts, block: Ints, w: Floats, d: Floats, rng: np.random.Generator) -> None:
    """Houses on all four streets, and an alley from the southern street with sub-alleys inside."""
    zero, half = np.zeros(len(block)), ALLEY_HALF_WIDTHS[1]
    f = np.minimum(_FRONT_DEPTH, 0.2 * d)
    axis = w * rng.uniform(0.42, 0.58, len(block))
    levels = np.maximum((d - 2 * f) // _LEVEL_HEIGHT, 1).astype(int)
    height = (d - 2 * f) / levels
    row = (height - 2 * ALLEY_HALF_WIDTHS[2]) / 2
    end = f + (levels - 1) * height + row + ALLEY_HALF_WIDTHS[2]
    alley = cuts.alley(block, (axis, zero), (axis, end), 1, street(block))
    cuts.strip(block, (zero, axis - half), (zero, f), 0, 6.2, street(block))
    cuts.strip(block, (axis + half, w), (zero, f), 0, 6.2, street(block))
    cuts.strip(block, (zero, w), (d - f, d), 2, 6.2, street(block))
    cuts.strip(block, (zero, zero + _SIDE_DEPTH), (f, d - f), 3, 7.0, street(block))
    cuts.strip(block, (w - _SIDE_DEPTH, w), (f, d - f), 1, 7.0, street(block))
    for level in range(int(levels.max(initial=0))):
        own: Bools = levels > level
        base = f + level * height
        last = levels - 1 == level
        for side in (-1, 1):
            part = _Interior(side, w[own], axis[own], base[own], row[own], height[own], last[own])
            part.cut(cuts, block[own], alley[own], rng)


@dataclass(frozen=True)
class _Interior:
    """The part of one level on one side (-1 west, 1 east) of a block's main alley: two rows on a sub-alley."""

    side: int
    w: Floats
    axis: Floats
    base: Floats
    row: Floats
    height: Floats
    last: Bools

    def x(self, near: Floats, far: Floats) -> tuple[Floats, Floats]:
        """The span between distances `near` and `far` from the main alley's axis."""
        a, b = self.axis + self.side * near, self.axis + self.side * far
        return (b, a) if self.side < 0 else (a, b)

    def at(self, distance: Floats) -> Floats:
        """The x at `distance` from the main alley's axis."""
        return self.axis + self.side * distance

    def cut(self, cuts: Cuts, block: Ints, alley: Ints, rng: np.random.Generator) -> None:
        """Add the sub-alley, its two rows, the plots beside the main alley, and some pockets with a third alley."""
        side, row, half2 = self.side, self.row, ALLEY_HALF_WIDTHS[2]
        outer = (self.axis if side < 0 else self.w - self.axis) - _SIDE_DEPTH
        near = np.full(len(block), ALLEY_HALF_WIDTHS[1])
        flank = near + _FLANK_DEPTH
        middle, lower, top = self.base + row + half2, self.base + row, self.base + self.height
        sub = cuts.alley(block, (self.axis, middle), (self.at(outer - 2), middle), 2, alley)
        to_alley = 3 if side > 0 else 1
        cuts.strip(block, self.x(near, flank), (self.base, lower), to_alley, 8.0, alley)
        cuts.strip(block, self.x(flank, outer), (self.base, lower), 2, 7.4, sub)
        through = ~self.last
        upper = (lower + 2 * half2, top)
        cuts.strip(
            block[through], _where(self.x(near, flank), through), _where(upper, through), to_alley, 8.0, alley[through]
        )
        pocket = (rng.random(len(block)) < 0.4) & (outer - flank > 44) & (row > 11)
        start = np.where(through, flank, 0.0)
        end = np.where(pocket, outer - _POCKET, outer)
        cuts.strip(block, self.x(start, end), upper, 0, 7.4, sub)
        self._pocket(cuts, block, sub, outer, pocket)

    def _pocket(self, cuts: Cuts, block: Ints, sub: Ints, outer: Floats, chosen: Bools) -> None:
        half3, half2 = ALLEY_HALF_WIDTHS[3], ALLEY_HALF_WIDTHS[2]
        middle, top = self.base + self.row + half2, self.base + self.height
        axis = outer - _POCKET / 2
        start, end = (self.at(axis)[chosen], middle[chosen]), (self.at(axis)[chosen], top[chosen] - 1)
        third = cuts.alley(block[chosen], start, end, 3, sub[chosen])
        upper = _where((middle + half2, top), chosen)
        outward, inward = (1, 3) if self.side > 0 else (3, 1)
        cuts.strip(block[chosen], _where(self.x(axis + half3, outer), chosen), upper, inward, 7.0, third)
        cuts.strip(block[chosen], _where(self.x(outer - _POCKET, axis - half3), chosen), upper, outward, 7.0, third)


def _where(span: tuple[Floats, Floats], chosen: Bools) -> tuple[Floats, Floats]:
    return span[0][chosen], span[1][chosen]
