"""Where the data of a city lie, and whether a file's reference system puts it there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from sqlalchemy import Connection, func, select, text

from etl.batch import Geometries, Opened
from etl.prepare import Box
from etl.suspicion import Suspicion, suspicion
from gis_core.crs import STORAGE_SRID
from gis_core.errors import LoadRefused
from gis_core.layer import Layer
from gis_core.table import table
from layers import CATALOG

Bounds = tuple[float, float, float, float]

SAMPLE = 3_000
"""So many geometries, chosen evenly among the first rows, are enough to tell one reference system from another."""
SAMPLED_ROWS = 40_000
DALAT_BOX: Box = (550_000.0, 1_290_000.0, 630_000.0, 1_370_000.0)
"""The five wards of Đà Lạt with a margin, in EPSG:5899; used until the city's own wards are loaded."""
CONTROL_LAYERS = ("land_parcels", "roads", "wards", "planning_zones", "forest", "water")
"""Layers whose lines follow those of others; buildings and points do not."""
CONTROL_FEATURES = 3_000
CONTROL_DETAIL_M = 0.5
CITY_MARGIN_M = 2_000.0
BOX_MARGIN_M = 20_000.0


@dataclass(frozen=True)
class Location:
    """Where features may lie, in EPSG:5899: `box` for every row, `area` (the wards with a margin, None: not known) for
    most of a file; `lines` gives the boundaries and centre lines already loaded near some bounds.
    """

    box: Box
    area: shapely.Geometry | None
    lines: Callable[[Bounds], Iterable[Geometries]]


def known_location(connection: Connection, layer: Layer, box: Box | None, city_box: Box | None) -> Location:
    """The location of the city as far as the database knows it: its wards, before they are loaded `city_box`.

    A `box` given by the user replaces both.
    """
    if box is not None:
        return Location(box, None, _no_lines)
    wards = connection.execute(
        text(
            "select st_asbinary(st_simplify(st_buffer(st_union(geom), :margin), 50)) from city.wards"
            " where coalesce(valid_to, 'infinity') >= current_date"
        ),
        {"margin": CITY_MARGIN_M},
    ).scalar()
    if wards is None or layer.id == "wards":
        return Location(city_box or DALAT_BOX, None, _no_lines)
    area = shapely.from_wkb(bytes(wards))
    west, south, east, north = area.bounds
    around = (west - BOX_MARGIN_M, south - BOX_MARGIN_M, east + BOX_MARGIN_M, north + BOX_MARGIN_M)
    return Location(around, area, partial(_control_lines, connection))


def _no_lines(_bounds: Bounds) -> Iterable[Geometries]:
    return ()


def _control_lines(connection: Connection, bounds: Bounds) -> Iterator[Geometries]:
    """Lines and outlines that meet `bounds` (EPSG:5899), one control layer after another; evenly chosen where many."""
    for name in CONTROL_LAYERS:
        feature = table(CATALOG[name]).c
        envelope = func.ST_MakeEnvelope(*bounds, STORAGE_SRID)
        query = select(func.ST_AsBinary(func.ST_Simplify(feature.geom, CONTROL_DETAIL_M)))
        query = (
            query.where(feature.geom.intersects(envelope)).order_by(func.hashint8(feature.id)).limit(CONTROL_FEATURES)
        )
        shapes = [bytes(row[0]) for row in connection.execute(query) if row[0] is not None]
        if shapes:
            yield np.asarray(shapely.from_wkb(shapes), dtype=object)


def checked_crs(opened: Opened, given: CRS | None, location: Location, vertex_limit: int) -> CRS:
    """The reference system under which the file fits the city. Raises `LoadRefused` with the suspicion otherwise."""
    stated, suspected = suspected_crs(opened, given, location, vertex_limit)
    if suspected is not None:
        raise LoadRefused(f"{opened.path}: {suspected.sentence}")
    if stated is None:
        raise LoadRefused(f"{opened.path}: không có hình học đọc được. · There is no readable geometry in the file.")
    return stated


def suspected_crs(
    opened: Opened, given: CRS | None, location: Location, vertex_limit: int
) -> tuple[CRS | None, Suspicion | None]:
    """The reference system in which the file is read (`given`, or what it states), and what speaks against it.

    A file without readable geometry and without a system has neither.
    """
    stated = given or opened.crs
    sample = _sample(opened, vertex_limit)
    if not len(sample):
        return stated, None  # row by row it will be told why
    return stated, suspicion(sample, stated, location.box, location.area, location.lines)


def _sample(opened: Opened, vertex_limit: int) -> Geometries:
    """Readable geometries with finite coordinates from the first rows, evenly chosen."""
    taken: list[NDArray[np.object_]] = []
    rows = 0
    for batch in opened.batches():
        if batch.geometry is not None:
            count = shapely.get_num_coordinates(batch.geometry)
            finite = np.isfinite(shapely.bounds(batch.geometry)).all(axis=1)
            taken.append(batch.geometry[(count > 0) & (count <= vertex_limit) & finite])
        rows += len(batch.rows)
        if rows >= SAMPLED_ROWS:
            break
    whole = np.concatenate(taken) if taken else np.empty(0, dtype=object)
    return whole[:: max(1, len(whole) // SAMPLE)]
