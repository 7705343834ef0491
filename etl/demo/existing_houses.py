"""House numbers along real streets: plates beside the centre lines, numbered as TT 08/2024/TT-BXD asks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from etl.demo.addresses import KEY, plates_in_order
from etl.demo.chance import Bools, Floats, Ints
from etl.demo.existing_ground import RealGround
from etl.demo.houses import Houses

_SPACING_M = {"street": 15.0, "alley": 18.0}
# From the axis to a plate: wider roads have their houses farther away.
_OFFSET_M = {"trunk": 12.0, "primary": 11.0, "secondary": 10.0, "tertiary": 9.0}
_CLEARANCE_M = 5.0


@dataclass(frozen=True)
class _Plots:
    """House sites: points, the number of the line they stand on, metres from its start, and whether on the left."""

    points: Floats
    line: Ints
    along: Floats
    left: Bools

    def __getitem__(self, chosen: Bools | Ints) -> "_Plots":
        return _Plots(self.points[chosen], self.line[chosen], self.along[chosen], self.left[chosen])

    @property
    def key(self) -> Floats:
        """What sorts them by line, side and position."""
        return np.asarray((self.line * 2 + self.left) * KEY + self.along)


@dataclass(frozen=True)
class _Lines:
    """Arrays over lines: what is numbered as one with them, metres from its start, and how far aside plates stand."""

    shapes: Any
    owner: Ints
    offset: Floats
    aside: Floats

    @property
    def lengths(self) -> Floats:
        """Length of each line in metres."""
        return np.asarray(shapely.length(self.shapes))

    def at(self, index: Ints, along: Floats) -> Floats:
        """Points (n, 2) on the lines `index` at `along` metres, never beyond an end."""
        within = np.clip(along, 0, self.lengths[index])
        return shapely.get_coordinates(shapely.line_interpolate_point(self.shapes[index], within))


@dataclass(frozen=True)
class _Numbered:
    """House sites in the order of their numbers, with the plates they got."""

    plots: _Plots
    plates: list[str]


def place_houses(ground: RealGround, rng: np.random.Generator) -> Houses:
    """Houses on both sides of every named street and of the unnamed alleys that branch off."""
    streets = _street_lines(ground)
    roads = shapely.STRtree([*streets.shapes, *ground.alleys])
    outer = _numbered(streets, _SPACING_M["street"], roads, ground, rng)
    paths = _alley_names(ground.alleys, streets, outer)
    alleys = _alley_lines([line for line, path in zip(ground.alleys, paths, strict=True) if path])
    named = [path for path in paths if path]
    inner = _numbered(alleys, _SPACING_M["alley"], roads, ground, rng)
    inside = [named[line] for line in inner.plots.line.tolist()]
    on_street = outer.plots.line.tolist()
    points = np.concatenate([outer.plots.points, inner.plots.points])
    renumbered = (rng.random(len(points)) < 0.04).tolist()
    houses = Houses(
        points,
        outer.plates + [f"{path}/{plate}" for (_, path), plate in zip(inside, inner.plates, strict=True)],
        [f"{k % 880 + 1}C" if changed else None for k, changed in enumerate(renumbered)],
        [*[None] * len(on_street), *(path for _, path in inside)],
        [ground.streets[number].name for number in [*on_street, *(street for street, _ in inside)]],
        ground.ward_codes(points),
        ground.ward_codes(points, old=True),
        ground.parcels_at(points),
    )
    return _first_of_each(houses)


def _street_lines(ground: RealGround) -> _Lines:
    rows = [
        (part, number, start, _OFFSET_M.get(street.kind, 7.5))
        for number, street in enumerate(ground.streets)
        for part, start in zip(street.parts, _starts(street.parts), strict=True)
    ]
    shapes, owner, offset, aside = (np.array(column) for column in zip(*rows, strict=True))
    return _Lines(shapes, owner, offset, aside)


def _starts(parts: list[shapely.LineString]) -> list[float]:
    lengths = np.array([part.length for part in parts])
    return [float(start) for start in np.cumsum(lengths) - lengths]


def _alley_lines(alleys: list[shapely.LineString]) -> _Lines:
    """Alleys, whose first plates stand behind the corner house."""
    count = len(alleys)
    return _Lines(np.array(alleys, dtype=object), np.arange(count), np.full(count, 14.0), np.full(count, 5.5))


def _numbered(
    lines: _Lines, spacing: float, roads: shapely.STRtree, ground: RealGround, rng: np.random.Generator
) -> _Numbered:
    plots = _free(_along(lines, spacing, rng), roads, ground)
    plots = plots[plots.key.argsort(kind="stable")]
    return _Numbered(plots, plates_in_order(plots.key, plots.left, rng))


def _first_of_each(houses: Houses) -> Houses:
    """`houses` without those whose ward, street and number have come before."""
    first: dict[str, int] = {}
    for k, ref in enumerate(houses.ref):
        first.setdefault(ref, k)
    return houses[list(first.values())]


def _along(lines: _Lines, spacing: float, rng: np.random.Generator) -> _Plots:
    """Sites about `spacing` metres apart on both sides of `lines`."""
    length = lines.lengths
    count = np.maximum((length / spacing).astype(int), 1)
    total = int(count.sum())
    index = np.tile(np.repeat(np.arange(len(length)), count), 2)
    nth = np.tile(np.arange(total) - np.repeat(np.cumsum(count) - count, count), 2)
    left = np.arange(2 * total) >= total
    at = (nth + rng.uniform(0.25, 0.75, 2 * total)) * length[index] / count[index]
    along = lines.at(index, at + 0.5) - lines.at(index, at - 0.5)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.where(left, 1, -1)[:, None]
    points = lines.at(index, at) + across * lines.aside[index][:, None]
    return _Plots(points, lines.owner[index], lines.offset[index] + at, left)


def _free(plots: _Plots, roads: shapely.STRtree, ground: RealGround) -> _Plots:
    """Those of `plots` that stand neither on another road nor in water or planned forest nor outside the wards."""
    points = np.asarray(shapely.points(plots.points))
    wards = ground.wards.union_all()
    shapely.prepare(wards)
    shapely.prepare(ground.water)
    free = np.asarray(shapely.contains(wards, points) & ~shapely.contains(ground.water, points))
    free[roads.query(points, predicate="dwithin", distance=_CLEARANCE_M)[0]] = False
    free[shapely.STRtree(ground.planned_forest).query(points, predicate="within")[0]] = False
    return plots[free]


def _alley_names(alleys: list[shapely.LineString], streets: _Lines, houses: _Numbered) -> list[tuple[int, str] | None]:
    """For each alley the number of its street and the plate of the last house before its mouth on its side of it."""
    mouths, inner = shapely.get_point(alleys, 0), shapely.line_interpolate_point(alleys, 12.0)
    nearest = shapely.STRtree(streets.shapes).nearest(mouths)
    at = np.asarray(shapely.line_locate_point(streets.shapes[nearest], mouths))
    here = streets.at(nearest, at - 1)
    along, gap = streets.at(nearest, at + 1) - here, shapely.get_coordinates(inner) - here
    left = along[:, 0] * gap[:, 1] - along[:, 1] * gap[:, 0] > 0
    key, side = houses.plots.key, streets.owner[nearest] * 2 + left
    before = np.searchsorted(key, side * KEY + streets.offset[nearest] + at) - 1
    same = (before >= 0) & (np.floor(key[np.maximum(before, 0)] / KEY) == side)
    # A number names one alley only: of two mouths behind the same house the second stays without a name.
    first = np.zeros(len(before), dtype=bool)
    first[np.unique(before, return_index=True)[1]] = True
    owner = streets.owner[nearest].tolist()
    rows = zip((same & first).tolist(), owner, before.tolist(), strict=True)
    return [(street, houses.plates[house]) if usable else None for usable, street, house in rows]
