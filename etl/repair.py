"""Geometries as a layer wants them: flat, of its shape, valid, without slivers; and what had to be done or refused.

All functions take arrays of shapely geometries (n,) in metres; masks are (n,) booleans.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from etl.batch import Geometries
from gis_core.layer import Shape

Mask = NDArray[np.bool_]

MINIMUM_AREA_M2 = 0.01
"""Below this a polygon is a drawing error: 10 cm x 10 cm, far less than any surveyed parcel."""
MINIMUM_LENGTH_M = 0.001
SLIVER_WIDTH_M = 0.2
"""Polygons thinner than this on average (2 · area / perimeter) are remarked on as slivers."""
CLOSING_GAP_M = 0.5
"""Lines whose ends are nearer than this are read as rings where a layer wants polygons."""

POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
LINEAR = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING, shapely.GeometryType.LINEARRING)
_ALLOWED: dict[Shape, Sequence[shapely.GeometryType]] = {
    "Point": (shapely.GeometryType.POINT,),
    "LineString": LINEAR,
    "MultiLineString": LINEAR,
    "Polygon": POLYGONAL,
    "MultiPolygon": POLYGONAL,
    "Geometry": tuple(shapely.GeometryType),
}


@dataclass
class Repaired:
    """Geometries after repair; `refused` and `repaired` hold masks by reason, `details` words on single rows."""

    geometry: Geometries
    refused: dict[str, Mask] = field(default_factory=dict)
    repaired: dict[str, Mask] = field(default_factory=dict)
    remarked: dict[str, Mask] = field(default_factory=dict)
    details: dict[tuple[str, int], str] = field(default_factory=dict)


def unusable(geometry: Geometries, unreadable: Mask, vertex_limit: int) -> dict[str, Mask]:
    """Rows refused before anything is computed, by reason: absent, unreadable, not finite, too many vertices."""
    absent = (shapely.is_missing(geometry) | shapely.is_empty(geometry)) & ~unreadable
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    not_finite = np.zeros(len(geometry), dtype=bool)
    not_finite[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    return {
        "geometry_missing": absent & ~not_finite,
        "geometry_unreadable": unreadable,
        "coordinates_not_finite": not_finite,
        "too_many_vertices": shapely.get_num_coordinates(geometry) > vertex_limit,
    }


def repaired(geometry: Geometries, shape: Shape) -> Repaired:
    """Usable `geometry` brought to `shape`; rows that cannot be are in `refused`: ignore their geometry."""
    work = Repaired(geometry.copy())
    _flatten(work)
    if shape in ("Polygon", "MultiPolygon"):
        _close_lines(work)
    _take_parts(work, shape)
    wrong = ~np.isin(shapely.get_type_id(work.geometry), _ALLOWED[shape])
    work.refused["wrong_geometry_type"] = wrong
    _note_types(work, wrong)
    _make_valid(work, ~wrong)
    _remove_points(work)
    _measure(work, ~wrong)
    work.geometry = _promoted(work.geometry, shape)
    return work


def _flatten(work: Repaired) -> None:
    raised = shapely.has_z(work.geometry) | shapely.has_m(work.geometry)
    if raised.any():
        work.geometry[raised] = shapely.force_2d(work.geometry[raised])
    work.repaired["flattened"] = raised


def _close_lines(work: Repaired) -> None:
    lines = shapely.get_type_id(work.geometry) == shapely.GeometryType.LINESTRING
    candidates = lines & (shapely.get_num_points(work.geometry) >= 4)
    gap = np.full(len(lines), np.inf)
    ends = work.geometry[candidates]
    gap[candidates] = shapely.distance(shapely.get_point(ends, 0), shapely.get_point(ends, -1))
    near = gap <= CLOSING_GAP_M
    for row in np.flatnonzero(near):
        work.geometry[row] = shapely.Polygon(shapely.get_coordinates(work.geometry[row]))
    work.repaired["line_to_polygon"] = near
    work.repaired["ring_closed"] = near & (gap > 0)


def _take_parts(work: Repaired, shape: Shape) -> None:
    """Replace collections by their parts of the wanted kind; multipoints of one point by the point."""
    kinds = shapely.get_type_id(work.geometry)
    mixed = kinds == shapely.GeometryType.GEOMETRYCOLLECTION
    if shape == "Point":
        single = (kinds == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(work.geometry) == 1)
        work.geometry[single] = shapely.get_geometry(work.geometry[single], 0)
    elif shape != "Geometry":
        for row in np.flatnonzero(mixed):
            work.geometry[row] = _parts_of(work.geometry[row], _ALLOWED[shape])
        work.repaired["parts_dropped"] = mixed & ~shapely.is_empty(work.geometry)


def _parts_of(geometry: shapely.Geometry, kinds: Sequence[shapely.GeometryType]) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    wanted = parts[np.isin(shapely.get_type_id(parts), kinds)]
    if not len(wanted):
        return geometry
    whole = shapely.MultiPolygon if shapely.get_dimensions(wanted[0]) == 2 else shapely.MultiLineString
    return whole(wanted.tolist())


def _note_types(work: Repaired, wrong: Mask) -> None:
    for row in np.flatnonzero(wrong):
        work.details["wrong_geometry_type", int(row)] = work.geometry[row].geom_type


def _make_valid(work: Repaired, usable: Mask) -> None:
    polygonal = usable & np.isin(shapely.get_type_id(work.geometry), POLYGONAL)
    broken = polygonal & ~shapely.is_valid(work.geometry)
    if broken.any():
        for row, reason in zip(np.flatnonzero(broken), shapely.is_valid_reason(work.geometry[broken]), strict=True):
            work.details["made_valid", int(row)] = str(reason)
        work.geometry[broken] = [_sound(one) for one in work.geometry[broken]]
    work.repaired["made_valid"] = broken
    _drop_slivers(work, broken)


def _sound(geometry: shapely.Geometry) -> shapely.Geometry:
    """A valid geometry of the polygons of `geometry`; what it is where no polygon is left."""
    sound = _parts_of(shapely.make_valid(geometry, method="structure", keep_collapsed=False), POLYGONAL)
    # GEOS may leave polygons that share an edge side by side, which a multipolygon must not do.
    return sound if shapely.is_valid(sound) else shapely.union_all(shapely.get_parts(sound))


def _drop_slivers(work: Repaired, broken: Mask) -> None:
    """Remove the crumbs below the minimum area that repairing a polygon leaves behind."""
    dropped = work.repaired.setdefault("parts_dropped", np.zeros(len(work.geometry), dtype=bool))
    for row in np.flatnonzero(broken):
        parts = shapely.get_parts(work.geometry[row])
        large = parts[shapely.area(parts) >= MINIMUM_AREA_M2]
        if 0 < len(large) < len(parts):
            work.geometry[row] = shapely.multipolygons(large)
            dropped[row] = True


def _remove_points(work: Repaired) -> None:
    coordinates, owner = shapely.get_coordinates(work.geometry, return_index=True)
    same = (owner[1:] == owner[:-1]) & (coordinates[1:] == coordinates[:-1]).all(axis=1)
    candidates = np.zeros(len(work.geometry), dtype=bool)
    candidates[owner[1:][same]] = True
    if not candidates.any():
        return
    cleaned = shapely.remove_repeated_points(work.geometry[candidates])
    fewer = shapely.get_num_coordinates(cleaned) < shapely.get_num_coordinates(work.geometry[candidates])
    work.geometry[candidates] = cleaned
    removed = np.zeros(len(work.geometry), dtype=bool)
    removed[np.flatnonzero(candidates)[fewer]] = True
    # Polygons that were repaired anyway are told of once.
    work.repaired["points_removed"] = removed & ~work.repaired["made_valid"]


def _measure(work: Repaired, usable: Mask) -> None:
    dimension = shapely.get_dimensions(work.geometry)
    area, length = shapely.area(work.geometry), shapely.length(work.geometry)
    polygonal, linear = usable & (dimension == 2), usable & (dimension == 1)
    emptied = usable & shapely.is_empty(work.geometry)
    work.refused["zero_area"] = (polygonal & (area < MINIMUM_AREA_M2)) | emptied
    work.refused["zero_length"] = linear & (length < MINIMUM_LENGTH_M)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = 2 * area / length
    work.remarked["sliver"] = polygonal & (area >= MINIMUM_AREA_M2) & (width < SLIVER_WIDTH_M)


def _promoted(geometry: Geometries, shape: Shape) -> Geometries:
    kinds = shapely.get_type_id(geometry)
    if shape == "MultiPolygon":
        single = kinds == shapely.GeometryType.POLYGON
        geometry[single] = shapely.multipolygons(geometry[single][:, np.newaxis])
    elif shape == "MultiLineString":
        single = np.isin(kinds, (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING))
        geometry[single] = shapely.multilinestrings(geometry[single][:, np.newaxis])
    elif shape in ("Polygon", "LineString"):
        lone = np.isin(kinds, (shapely.GeometryType.MULTIPOLYGON, shapely.GeometryType.MULTILINESTRING))
        lone &= shapely.get_num_geometries(geometry) == 1
        geometry[lone] = shapely.get_geometry(geometry[lone], 0)
    return geometry
