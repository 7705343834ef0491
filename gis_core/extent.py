"""Boxes: the box a request asks for, tested in the request's own reference system."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from pyproj.exceptions import ProjError
from sqlalchemy import ColumnElement, false, func, or_

from gis_core.crs import STORAGE_SRID, PublishedCrs, transformer
from gis_core.statements import Bind, Remembered

SIDES = ("west", "south", "east", "north")
EDGE_POINTS = 21
"""Points along each edge of a box when it is moved to another reference system: straight edges do not stay straight."""
MARGIN_METRES = 1.0
"""By how much the boxes used only to find or to accept candidates are widened or narrowed, for what 21 points miss."""
STORAGE_AREA = (102.0, 6.0, 114.0, 24.0)
"""Longitudes and latitudes between which the storage system is numerically sound; everything stored lies within."""


@dataclass(frozen=True, slots=True)
class BBox:
    """A box in `crs`, x (east, longitude) first. `xmin` > `xmax` crosses the antimeridian of a geographic system."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    crs: PublishedCrs

    def parts(self) -> tuple["BBox", ...]:
        """The box itself, or its two halves where it crosses the antimeridian."""
        if self.xmin <= self.xmax:
            return (self,)
        west = BBox(self.xmin, self.ymin, 180.0, self.ymax, self.crs)
        return west, BBox(-180.0, self.ymin, self.xmax, self.ymax, self.crs)


def within(geometry: ColumnElement[object], box: BBox) -> Remembered:
    """True where the stored `geometry` meets `box`, judged by its shape in the system of the box.

    The index finds candidates by a box in the storage system; what lies well inside is accepted without transforming.
    """
    parts = [_numbers(part) for part in box.parts()]
    values = {f"{name}{place}": number for place, part in enumerate(parts) for name, number in part.items()}
    names = tuple(values)

    def build(bind: Bind) -> ColumnElement[bool]:
        return or_(*(_within_part(geometry, box.crs.srid, bind, names, place) for place in range(len(parts))))

    return Remembered(("box", geometry, box.crs.srid, names), build, values)


def meets_storage_box(geometry: ColumnElement[object], box: BBox) -> ColumnElement[bool]:
    """True where the box around the stored `geometry` may meet `box`: what the index can tell, and never too little."""
    outer = storage_box(box)
    return false() if outer is None else geometry.op("&&")(func.ST_MakeEnvelope(*outer, STORAGE_SRID))


def _numbers(box: BBox) -> dict[str, float]:
    """The numbers by which `_within_part` judges; none where nothing stored can meet `box`."""
    outer = storage_box(box)
    if outer is None:
        return {}
    boxes = {"asked": _corners(box), "outer": outer, "inner": _inner_box(box)}
    return {
        f"{name}_{side}": one for name, four in boxes.items() if four for side, one in zip(SIDES, four, strict=True)
    }


def _within_part(
    geometry: ColumnElement[object], srid: int, bind: Bind, names: Collection[str], place: int
) -> ColumnElement[bool]:
    def four(name: str) -> list[ColumnElement[float]]:
        return [bind(f"{name}_{side}{place}") for side in SIDES]

    if f"outer_west{place}" not in names:
        return false()
    west, south, east, north = four("asked")
    # The envelope of the diagonal, not ST_MakeEnvelope: a box without width or height is a line or a point, too.
    diagonal = func.ST_MakeLine(func.ST_MakePoint(west, south), func.ST_MakePoint(east, north))
    exact = func.ST_Intersects(func.ST_Transform(geometry, srid), func.ST_Envelope(func.ST_SetSRID(diagonal, srid)))
    found = geometry.op("&&")(func.ST_MakeEnvelope(*four("outer"), STORAGE_SRID))
    if f"inner_west{place}" not in names:
        return found & exact
    return found & or_(geometry.op("@")(func.ST_MakeEnvelope(*four("inner"), STORAGE_SRID)), exact)


def _corners(box: BBox) -> tuple[float, float, float, float]:
    return box.xmin, box.ymin, box.xmax, box.ymax


def storage_box(box: BBox) -> tuple[float, float, float, float] | None:
    """The box in the storage system around the part of `box` where anything can be stored; None without such."""
    try:
        west, south, east, north = transformer(box.crs.srid, 4326).transform_bounds(
            *_corners(box), densify_pts=EDGE_POINTS, errcheck=True
        )
    except ProjError:
        west, south, east, north = STORAGE_AREA  # beyond the domain of its system: anything may lie within
    if not all(map(math.isfinite, (west, south, east, north))):
        west, south, east, north = STORAGE_AREA
    area = STORAGE_AREA
    clipped = max(west, area[0]), max(south, area[1]), min(east, area[2]), min(north, area[3])
    if clipped[0] > clipped[2] or clipped[1] > clipped[3]:
        return None
    moved = transformer(4326, STORAGE_SRID).transform_bounds(*clipped, densify_pts=EDGE_POINTS)
    return moved[0] - MARGIN_METRES, moved[1] - MARGIN_METRES, moved[2] + MARGIN_METRES, moved[3] + MARGIN_METRES


def _inner_box(box: BBox) -> tuple[float, float, float, float] | None:
    """A box in the storage system that lies within `box` for certain; None where there is none or `box` is vast."""
    if box.crs.srid == STORAGE_SRID:
        return _corners(box)
    vast = 1.0 if box.crs.geographic else 100_000.0
    if box.xmax - box.xmin > vast or box.ymax - box.ymin > vast:
        return None
    steps = [index / EDGE_POINTS for index in range(EDGE_POINTS + 1)]
    across = [box.xmin + step * (box.xmax - box.xmin) for step in steps]
    up = [box.ymin + step * (box.ymax - box.ymin) for step in steps]
    move = transformer(box.crs.srid, STORAGE_SRID).transform
    left = max(move([box.xmin] * len(up), up)[0]) + MARGIN_METRES
    right = min(move([box.xmax] * len(up), up)[0]) - MARGIN_METRES
    bottom = max(move(across, [box.ymin] * len(across))[1]) + MARGIN_METRES
    top = min(move(across, [box.ymax] * len(across))[1]) - MARGIN_METRES
    finite = all(map(math.isfinite, (left, right, bottom, top)))
    return (left, bottom, right, top) if finite and left < right and bottom < top else None
