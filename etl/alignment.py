"""Does a file lie on what is already there, or would it after the datum shift that was forgotten or applied in vain?

Boundaries and centre lines of one city follow each other: parcels end at roads, zones at parcels, wards at streams.
So the share of a file's outline that runs along known lines is high where the file lies right, and falls to chance
226 m away.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from etl.batch import Geometries
from gis_core.crs import transformer

Points = NDArray[np.float64]

POINTS = 500
"""Points on the file's outlines that are compared."""
NEAR_M = (5.0, 15.0)
"""Distances at which a point counts as running along a line: survey accuracy, half the width of a street."""
CERTAIN = 5.0
"""Standard deviations above chance from which an alignment is believed; on Đà Lạt's layers the right place reaches 12
to 21 and no wrong one more than 3."""
CONVINCING = 8.0
"""Standard deviations from which no further layer is asked."""
CLEARLY = 1.5
"""By how much the shifted place must be better than the stated one."""
VN2000, WGS84 = 4756, 4326


@dataclass(frozen=True, slots=True)
class Shift:
    """The datum shift by which a file seems to be off: `forgotten`, or else applied in vain; `metres` at its place."""

    forgotten: bool
    metres: float


def shift_against(placed: Geometries, lines: Iterable[Geometries]) -> Shift | None:
    """The datum shift that would put `placed` onto the `lines` (both EPSG:5899); None where nothing speaks for it.

    Layers are only taken as long as none convinces that the file lies right.
    """
    points = _outline(placed)
    if not len(points):
        return None
    shift = datum_shift(points)
    here = back = forth = 0.0
    for control in lines:
        found = np.abs(significance(points, shift, control))
        here, back, forth = np.maximum((here, back, forth), found).tolist()
        if here > max(CONVINCING, back, forth):
            return None
    best = max(back, forth)
    if best < CERTAIN or best < CLEARLY * here:
        return None
    return Shift(forgotten=bool(back >= forth), metres=float(np.hypot(*shift)))


def datum_shift(points: Points) -> Points:
    """By how many metres (east, north) the same degrees lie elsewhere in EPSG:5899 on WGS 84 than on VN-2000."""
    middle = np.median(points, axis=0)
    lon, lat = transformer(5899, VN2000).transform(*middle)
    return np.asarray(transformer(WGS84, 5899).transform(lon, lat), dtype=np.float64) - middle


def significance(points: Points, shift: Points, lines: Geometries) -> tuple[float, float, float]:
    """How far from chance the points run along (or avoid) the lines: where they are, moved by −shift and by +shift.

    In standard deviations over moves of like length in other directions; the larger of the two distances counts.
    """
    moves = np.vstack(([0.0, 0.0], -shift, shift, _other_moves(shift)))
    tree = shapely.STRtree(_segments(lines))
    found = []
    everywhere = (points[np.newaxis] + moves[:, np.newaxis]).reshape(-1, 2)
    distances = np.full(len(everywhere), np.inf)
    (rows, _), near = tree.query_nearest(
        shapely.points(everywhere), max_distance=3 * NEAR_M[-1], return_distance=True, all_matches=False
    )
    distances[rows] = near
    for tolerance in NEAR_M:
        shares = np.exp(-((distances / tolerance) ** 2)).reshape(len(moves), -1).mean(axis=1)
        chance, spread = float(shares[3:].mean()), float(shares[3:].std())
        # A handful of touching points is no evidence, however rare it is by chance.
        spread = max(spread, 3 / len(points))
        found.append((shares[:3] - chance) / spread)
    strongest = np.argmax(np.abs(found).max(axis=1))
    here, back, forth = found[strongest]
    return float(here), float(back), float(forth)


def _other_moves(shift: Points) -> Points:
    length, direction = float(np.hypot(*shift)), float(np.arctan2(shift[1], shift[0]))
    angles = np.deg2rad([angle for angle in range(0, 360, 20) if 25 < angle % 180 < 155])
    return np.array(
        [
            (length * factor * np.cos(direction + angle), length * factor * np.sin(direction + angle))
            for factor in (0.7, 1.0, 1.3)
            for angle in angles
        ]
    )


def _outline(geometry: Geometries) -> Points:
    """Points spread evenly over the outlines of `geometry`; of points, the points themselves."""
    usable = geometry[~shapely.is_empty(geometry) & np.isfinite(shapely.bounds(geometry)).all(axis=1)]
    dots = usable[shapely.get_dimensions(usable) == 0]
    lines = _segments(usable)
    chosen = np.random.default_rng(0)  # the same file is always judged alike
    if not len(lines):
        coordinates = shapely.get_coordinates(dots)
        return coordinates[:: max(1, len(coordinates) // POINTS)]
    weights = shapely.length(lines)
    if not weights.sum():
        return np.empty((0, 2))
    rows = chosen.choice(len(lines), POINTS, p=weights / weights.sum())
    return shapely.get_coordinates(shapely.line_interpolate_point(lines[rows], chosen.random(POINTS), normalized=True))


def _segments(geometry: Geometries) -> Geometries:
    """The straight pieces of all lines and rings of `geometry`, as lines of two points."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    rings = shapely.get_rings(parts)
    lines = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    coordinates, owner = shapely.get_coordinates(np.concatenate((rings, lines)), return_index=True)
    inside = owner[1:] == owner[:-1]
    pairs = np.stack((coordinates[:-1][inside], coordinates[1:][inside]), axis=1)
    return np.asarray(shapely.linestrings(pairs), dtype=object) if len(pairs) else np.empty(0, dtype=object)


def shift_sentence(stated: CRS, shift: Shift) -> str:
    """The shift in one sentence a language, with the option of the command that undoes it."""
    amount = shift.metres
    if shift.forgotten:
        advice = "--crs EPSG:4756" if stated.is_geographic else "--crs EPSG:5899"
        return (
            f"lệch khoảng {amount:.0f} m so với các lớp kiểm soát: toạ độ có thể là VN-2000 nhưng tệp ghi "
            f"{stated.name}; thử {advice}. · "
            f"Off by about {amount:.0f} m against the layers already loaded: the coordinates may be VN-2000 although "
            f"the file says {stated.name}; try {advice}."
        )
    advice = "--crs EPSG:4326" if stated.is_geographic else f'--crs "{wgs84_twin(stated)}"'
    return (
        f"lệch khoảng {amount:.0f} m so với các lớp kiểm soát: toạ độ có thể là WGS 84 nhưng tệp ghi {stated.name}; "
        f"thử {advice}. · "
        f"Off by about {amount:.0f} m against the layers already loaded: the coordinates may be WGS 84 although the "
        f"file says {stated.name}; try {advice}."
    )


def wgs84_twin(stated: CRS) -> str:
    """The projection of `stated` on WGS 84, as a PROJ string: what a program without the datum shift uses."""
    operation = stated.coordinate_operation
    given = {} if operation is None else {parameter.name: parameter.value for parameter in operation.params}
    return (
        f"+proj=tmerc +lat_0=0 +lon_0={given.get('Longitude of natural origin', 107.75)}"
        f" +k={given.get('Scale factor at natural origin', 0.9999)} +x_0={given.get('False easting', 500000)} +y_0=0"
        " +datum=WGS84 +units=m +type=crs"
    )
