"""Coordinate reference systems: the one data are stored in, those the services speak, and their axis order.

Source of the zones and of the datum shift: EPSG v12 and Decision 05/2007/QĐ-BTNMT; accuracy of VN-2000 to WGS 84 is
1 m, so nothing here promises centimetres.
"""

from dataclasses import dataclass
from functools import cache

from pyproj import CRS, Transformer

from gis_core.errors import BadRequest

STORAGE_SRID = 5899  # VN-2000 / TM-3 107°45′, the zone of Lâm Đồng
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PUBLISHED_SRIDS = (4326, 3857, 5899, 3405, 3406, 9217, 9218)
TM3_SRIDS = (5896, 5897, 5898, 5899, *range(9205, 9219))
"""The Vietnamese TM-3 zones: three of the nation and those of the provinces."""


@dataclass(frozen=True, slots=True)
class PublishedCrs:
    """One reference system the services speak; `northing_first` says that coordinates are written latitude first."""

    uri: str
    srid: int
    northing_first: bool
    geographic: bool


@cache
def published() -> dict[str, PublishedCrs]:
    """The published reference systems by URI, CRS84 first."""
    known = {CRS84: PublishedCrs(CRS84, 4326, northing_first=False, geographic=True)}
    for srid in PUBLISHED_SRIDS:
        system = system_of(srid)
        known[system.uri] = system
    return known


@cache
def system_of(srid: int) -> PublishedCrs:
    """The reference system with that EPSG code, whether it is published or only what a raster is stored in."""
    system = CRS.from_epsg(srid)
    northing_first = system.axis_info[0].direction == "north"
    return PublishedCrs(f"http://www.opengis.net/def/crs/EPSG/0/{srid}", srid, northing_first, system.is_geographic)


def published_crs(uri: str, parameter: str = "crs") -> PublishedCrs:
    """The published reference system `uri`. Raises `BadRequest` naming the parameter and what may be asked."""
    try:
        return published()[uri]
    except KeyError:
        raise BadRequest(
            f"{parameter}={uri}: hệ toạ độ không được hỗ trợ; dùng một trong: {', '.join(published())}. · "
            f"{parameter}={uri}: this reference system is not served; use one of the above."
        ) from None


@cache
def transformer(source_srid: int, target_srid: int) -> Transformer:
    """A transformer between two EPSG codes, coordinates always in the order east, north (or longitude, latitude)."""
    return Transformer.from_crs(f"EPSG:{source_srid}", f"EPSG:{target_srid}", always_xy=True)
