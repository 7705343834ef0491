"""Boxes: the box a request asks for, tested in the request's own reference system."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj.exceptions import ProjError
from sqlalchemy import ColumnElement, false, func, or_

from gis_core.crs import STORAGE_SRID, PublishedCrs, transformer
from gis_core.statements import Bind, Remembered

type Sides = tuple[float, float, float, float]
"""West, south, east, north."""
type FloatArray = NDArray[np.float64]
SIDES = ("west", "south", "east", "north")
EDGE_POINTS = 21
"""Points along each edge of a box when it is moved to another reference system: straight edges do not stay straight."""
STEP_DEGREES = 0.05
"""How far apart points along an edge may lie: 5 km of a parallel are 0.1 m off their chord in the storage system."""
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


def _small(box: BBox) -> bool:
    """Whether `box` is of the size of a map, in degrees, and where the storage system is sound: most boxes are."""
    west, south, east, north = STORAGE_AREA
    inside = west <= box.xmin <= box.xmax <= east and south <= box.ymin <= box.ymax <= north
    return box.crs.geographic and inside and max(box.xmax - box.xmin, box.ymax - box.ymin) <= 1.0


def _walk(box: BBox) -> FloatArray:
    """Points along the edges of the box, in the storage system: by edge (west, south, east, north), x and y, place."""
    longest = max(box.xmax - box.xmin, box.ymax - box.ymin)
    steps = max(2, math.ceil(longest / STEP_DEGREES)) if box.crs.geographic else EDGE_POINTS
    across, up = np.linspace(box.xmin, box.xmax, steps + 1), np.linspace(box.ymin, box.ymax, steps + 1)
    one = np.ones(steps + 1)
    x = np.concatenate([box.xmin * one, across, box.xmax * one, across])
    y = np.concatenate([up, box.ymin * one, up, box.ymax * one])
    return np.stack([axis.reshape(4, -1) for axis in transformer(box.crs.srid, STORAGE_SRID).transform(x, y)], axis=1)


def _inside(walked: FloatArray) -> Sides | None:
    """The box well within the edges walked; None where there is none."""
    least, greatest = walked.min(axis=2).tolist(), walked.max(axis=2).tolist()
    (west, _), (_, south) = greatest[:2]
    (east, _), (_, north) = least[2:]
    west, south, east, north = west + MARGIN_METRES, south + MARGIN_METRES, east - MARGIN_METRES, north - MARGIN_METRES
    return (west, south, east, north) if np.isfinite(walked).all() and west < east and south < north else None


def _widened(box: Sides) -> Sides:
    west, south, east, north = box
    return west - MARGIN_METRES, south - MARGIN_METRES, east + MARGIN_METRES, north + MARGIN_METRES


def _corners(box: BBox) -> Sides:
    return box.xmin, box.ymin, box.xmax, box.ymax


def storage_box(box: BBox) -> Sides | None:
    """The box in the storage system around the part of `box` where anything can be stored; None without such."""
    if _small(box):
        walked = _walk(box)
        (west, south), (east, north) = walked.min(axis=(0, 2)).tolist(), walked.max(axis=(0, 2)).tolist()
        return _widened((west, south, east, north))
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
    return _widened(transformer(4326, STORAGE_SRID).transform_bounds(*clipped, densify_pts=EDGE_POINTS))


def _inner_box(box: BBox) -> Sides | None:
    """A box in the storage system that lies within `box` for certain; None where there is none or `box` is vast."""
    if box.crs.srid == STORAGE_SRID:
        return _corners(box)
    vast = 1.0 if box.crs.geographic else 100_000.0
    if box.xmax - box.xmin > vast or box.ymax - box.ymin > vast:
        return None
    return _inside(_walk(box))
