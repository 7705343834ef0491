"""A small map of one parcel and its surroundings as vector paths, drawn by PostGIS, crisp at any size on paper.

Everything is in millimetres of the frame, x to the right from its left edge; y is negative upwards from its lower edge
(`ST_AsSVG` turns the axis, so that paths go into an SVG as they are). Up is the grid north of the storage system.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely import from_wkb, get_coordinates, get_parts
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient
from sqlalchemy import Connection, text

from gis_core.crs import STORAGE_SRID
from gis_core.parcel_map_sql import AREAS, OUTLINE, STREETS

SCALES = (200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 2_500, 4_000, 5_000, 7_500, 10_000, 15_000, 20_000, 25_000,
          50_000, 100_000)  # fmt: skip
"""The denominators a map may have: round numbers that a ruler can be used with."""
FILLED = 0.6
"""The share of the frame's width or height that the parcel itself fills at most; the rest shows where it lies."""
LABEL_MM2 = 14.0
"""A neighbour smaller than this on paper is not numbered."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing on the map: its layer and SVG path, the code it is coloured by, the number written at `x`, `y`."""

    layer: str
    path: str
    code: str | None
    label: str | None
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Street:
    """The name of a street, written along it at a place, turned clockwise by `angle` degrees."""

    name: str
    x: float
    y: float
    angle: float


@dataclass(frozen=True, slots=True)
class Corner:
    """One vertex of the parcel: its number, its place on the map, and that of its label outside the outline."""

    number: int
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class ParcelMap:
    """The map at 1:`scale` in a frame of `width` by `height` mm."""

    width: float
    height: float
    scale: int
    outline: str
    shapes: tuple[Shape, ...]
    streets: tuple[Street, ...]
    corners: tuple[Corner, ...]

    @property
    def bar_metres(self) -> int:
        """The length of the scale bar in metres: a round number that takes up to a third of the frame."""
        longest = self.width / 3 * self.scale / 1000
        power = int(10 ** math.floor(math.log10(longest)))
        return max(factor * power for factor in (1, 2, 5) if factor * power <= longest)

    @property
    def bar_mm(self) -> float:
        """The length of the scale bar on paper."""
        return self.bar_metres * 1000 / self.scale


def parcel_map(connection: Connection, parcel: int, day: date, width: float, height: float) -> ParcelMap | None:
    """The map of the parcel as of `day` in a frame of `width` by `height` mm; None where it has no outline."""
    geometry = outline(connection, parcel)
    if geometry is None:
        return None
    west, south, east, north = geometry.bounds
    scale = _scale(east - west, north - south, width, height)
    k = 1000 / scale
    left, bottom = (west + east - width / k) / 2, (south + north - height / k) / 2
    frame = {
        "id": parcel, "day": day, "srid": STORAGE_SRID, "label_mm2": LABEL_MM2, "k": k,
        "left": left, "bottom": bottom, "right": left + width / k, "top": bottom + height / k,
    }  # fmt: skip
    shapes = tuple(Shape(**row) for row in _rows(connection, AREAS, frame))
    return ParcelMap(
        width, height, scale,
        outline=next(one.path for one in shapes if one.layer == "parcel"),
        shapes=tuple(one for one in shapes if one.layer != "parcel"),
        streets=tuple(Street(**row) for row in _rows(connection, STREETS, frame)),
        corners=_corners(geometry, left, bottom, k),
    )  # fmt: skip


def outline(connection: Connection, parcel: int) -> MultiPolygon | None:
    """The parcel's outline in the storage system, exterior rings clockwise; None where it has none."""
    found = connection.execute(text(OUTLINE), {"id": parcel}).scalar_one_or_none()
    if found is None:
        return None
    geometry = from_wkb(bytes(found))
    return None if geometry.is_empty else MultiPolygon([orient(one, sign=-1.0) for one in get_parts(geometry)])


def rings(geometry: MultiPolygon) -> list[list[tuple[float, float]]]:
    """The rings' vertices (east, north) in metres to 0.01, each once, in the order in which they are numbered."""
    parts: list[Polygon] = list(geometry.geoms)
    closed = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return [[(round(x, 2), round(y, 2)) for x, y in get_coordinates(ring)[:-1].tolist()] for ring in closed]


def _scale(width_m: float, height_m: float, width: float, height: float) -> int:
    needed = max(width_m / width, height_m / height) * 1000 / FILLED
    return next((one for one in SCALES if one >= needed), SCALES[-1] * math.ceil(needed / SCALES[-1]))


def _corners(geometry: MultiPolygon, left: float, bottom: float, k: float) -> tuple[Corner, ...]:
    middle = geometry.centroid
    found: list[Corner] = []
    for number, (east, north) in enumerate((one for ring in rings(geometry) for one in ring), start=1):
        x, y = (east - left) * k, -(north - bottom) * k
        away_x, away_y = east - middle.x, middle.y - north
        away = math.hypot(away_x, away_y) or 1.0
        found.append(Corner(number, x, y, x + 2.6 * away_x / away, y + 2.6 * away_y / away))
    return tuple(found)


def _rows(connection: Connection, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(statement), values).mappings()]
