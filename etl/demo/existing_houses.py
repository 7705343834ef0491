"""House numbers along real streets: plates beside the centre lines, numbered as TT 08/2024/TT-BXD asks."""

from dataclasses import dataclass

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


def place_houses(ground: RealGround, rng: np.random.Generator) -> Houses:
    """Houses on both sides of every named street and of the unnamed alleys that branch off."""
    names = [street.name for street in ground.streets]
    lines: list[shapely.LineString] = []
    owner: list[int] = []
    offset: list[float] = []
    clear: list[float] = []
    for number, street in enumerate(ground.streets):
        for part, start in zip(street.parts, np.cumsum([0.0, *(part.length for part in street.parts)]), strict=False):
            lines.append(part)
            owner.append(number)
            offset.append(start)
            clear.append(_OFFSET_M.get(street.kind, 7.5))
    roads = shapely.STRtree([*lines, *ground.alleys])
    on_street = _along(lines, owner, offset, clear, _SPACING_M["street"], rng)
    on_street = _free(on_street, roads, ground)
    on_street = on_street[on_street.key.argsort(kind="stable")]
    plates = plates_in_order(on_street.key, on_street.left, rng)
    paths = _alley_names(ground.alleys, lines, owner, offset, on_street, plates)
    kept = [k for k, path in enumerate(paths) if path]
    alleys = [ground.alleys[k] for k in kept]
    inside = _along(alleys, list(range(len(kept))), [14.0] * len(kept), [5.5] * len(kept), _SPACING_M["alley"], rng)
    inside = _free(inside, roads, ground)
    inside = inside[inside.key.argsort(kind="stable")]
    numbers = plates_in_order(inside.key, inside.left, rng)
    named = [paths[k] or (0, "") for k in kept]
    alley_path = [named[line][1] for line in inside.line.tolist()]
    number = plates + [f"{path}/{plate}" for path, plate in zip(alley_path, numbers, strict=True)]
    street = [names[k] for k in on_street.line.tolist()] + [names[named[line][0]] for line in inside.line.tolist()]
    points = np.concatenate([on_street.points, inside.points])
    old = [f"{k % 880 + 1}C" if hit else None for k, hit in enumerate((rng.random(len(points)) < 0.04).tolist())]
    paths_of = [None] * len(on_street.points) + alley_path
    wards, before = ground.ward_codes(points), ground.ward_codes(points, old=True)
    return _first_of_each(Houses(points, number, old, paths_of, street, wards, before, ground.parcels_at(points)))


def _first_of_each(houses: Houses) -> Houses:
    """`houses` without those whose ward, street and number have come before."""
    first: dict[str, int] = {}
    for k, ref in enumerate(houses.ref):
        first.setdefault(ref, k)
    keep = list(first.values())
    lists = (
        houses.number,
        houses.old_number,
        houses.alley_path,
        houses.street,
        houses.ward,
        houses.ward_old,
        houses.parcel,
    )
    return Houses(houses.points[keep], *([column[k] for k in keep] for column in lists))  # type: ignore[arg-type]


def _along(
    lines: list[shapely.LineString],
    owner: list[int],
    offset: list[float],
    aside: list[float],
    spacing: float,
    rng: np.random.Generator,
) -> _Plots:
    """Sites about `spacing` metres apart on both sides of `lines`, `aside` metres from them."""
    length = shapely.length(np.array(lines, dtype=object))
    count = np.maximum((length / spacing).astype(int), 1)
    index = np.tile(np.repeat(np.arange(len(lines)), count), 2)
    nth = np.tile(np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count), 2)
    left = np.arange(len(index)) >= count.sum()
    at = (nth + rng.uniform(0.25, 0.75, len(index))) * length[index] / count[index]
    chosen = np.array(lines, dtype=object)[index]
    here = shapely.get_coordinates(shapely.line_interpolate_point(chosen, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(chosen, np.minimum(at + 0.5, length[index])))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(chosen, np.maximum(at - 0.5, 0)))
    along = (ahead - behind) / np.linalg.norm(ahead - behind, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.where(left, 1, -1)[:, None]
    points = here + across * np.array(aside)[index][:, None]
    return _Plots(points, np.array(owner)[index], np.array(offset)[index] + at, left)


def _free(plots: _Plots, roads: shapely.STRtree, ground: RealGround) -> _Plots:
    """Those of `plots` that stand neither on another road nor in water nor outside the city's wards."""
    points = shapely.points(plots.points)
    on_road = np.unique(roads.query(points, predicate="dwithin", distance=_CLEARANCE_M)[0])
    free = np.ones(len(points), dtype=bool)
    free[on_road] = False
    wards = ground.wards.union_all()
    shapely.prepare(wards)
    shapely.prepare(ground.water)
    return plots[free & shapely.contains(wards, points) & ~shapely.contains(ground.water, points)]


def _alley_names(
    alleys: list[shapely.LineString],
    lines: list[shapely.LineString],
    owner: list[int],
    offset: list[float],
    houses: _Plots,
    plates: list[str],
) -> list[tuple[int, str] | None]:
    """For each alley the number of its street and the plate of the last house before its mouth on its side of it."""
    mouths, inner = shapely.get_point(alleys, 0), shapely.line_interpolate_point(alleys, 12.0)
    nearest = shapely.STRtree(lines).nearest(mouths)
    part = np.array(lines, dtype=object)[nearest]
    at = shapely.line_locate_point(part, mouths)
    here = shapely.get_coordinates(shapely.line_interpolate_point(part, np.maximum(at - 1, 0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(part, np.minimum(at + 1, shapely.length(part))))
    along, gap = ahead - here, shapely.get_coordinates(inner) - here
    left = along[:, 0] * gap[:, 1] - along[:, 1] * gap[:, 0] > 0
    side = np.array(owner)[nearest] * 2 + left
    before = np.searchsorted(houses.key, side * KEY + np.array(offset)[nearest] + at) - 1
    same = (before >= 0) & (np.floor(houses.key[np.maximum(before, 0)] / KEY) == side)
    # A number names one alley only: of two mouths behind the same house the second stays without a name.
    taken: set[int] = set()
    names: list[tuple[int, str] | None] = []
    for k, house in enumerate(before.tolist()):
        usable = bool(same[k]) and house not in taken
        names.append((owner[int(nearest[k])], plates[house]) if usable else None)
        taken |= {house} if usable else set()
    return names
