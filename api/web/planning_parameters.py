"""The parameters of the planners' requests, read strictly: every mistake is named, nothing is ignored."""

import math
from collections.abc import Collection
from datetime import date, datetime

from fastapi import Request
from pyproj.exceptions import ProjError
from shapely.geometry import MultiPolygon, Polygon

from gis_core.crs import STORAGE_SRID, transformer
from gis_core.errors import BadRequest
from gis_core.extent import STORAGE_AREA
from gis_core.query import CITY_TIME

Place = tuple[float, float]

MOST_VERTICES = 400
"""Vertices that an address may carry; larger areas are sent in the body of a request."""


def only(request: Request, known: Collection[str]) -> None:
    """Nothing where the request has no parameters but `known`. Raises `BadRequest` naming the first other."""
    for name in request.query_params:
        if name not in known:
            raise BadRequest(f"Tham số '{name}' không có ở đây. · There is no parameter '{name}' here.")


def today() -> date:
    """The day it is in the city."""
    return datetime.now(CITY_TIME).date()


def asked_day(request: Request, name: str) -> date:
    """The day in parameter `name`, today without it. Raises `BadRequest`."""
    words = request.query_params.get(name)
    if words is None:
        return today()
    try:
        return datetime.strptime(words, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise BadRequest(
            f"{name}={words[:40]}: phải là một ngày, ví dụ 2026-01-31. · {name}={words[:40]}: this is not a day, as in "
            "2026-01-31."
        ) from None


def asked_number(request: Request, name: str, least: float, most: float, default: float | None = None) -> float:
    """The number in parameter `name`, `default` without it. Raises `BadRequest` outside of the limits."""
    words = request.query_params.get(name, "")
    if not words and default is not None:
        return default
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise BadRequest(
            f"{name}={words[:40]}: phải là số trong {least:g} – {most:g}. · {name}={words[:40]}: this must be a number "
            f"within {least:g} – {most:g}."
        )
    return value


def asked_place(request: Request) -> Place:
    """The place `lon`, `lat` in metres east and north, as stored. Raises `BadRequest` beyond the stored area."""
    west, south, east, north = STORAGE_AREA
    lon, lat = asked_number(request, "lon", west, east), asked_number(request, "lat", south, north)
    return stored([(lon, lat)])[0]


def asked_points(request: Request, name: str) -> list[Place]:
    """The places of parameter `name`, written `lon,lat;lon,lat`, in degrees; none without it. Raises `BadRequest`."""
    words = request.query_params.get(name, "")
    return _points(words, name) if words else []


def asked_area(request: Request, name: str) -> MultiPolygon | None:
    """The area of parameter `name` in metres as stored, None without it. Raises `BadRequest`.

    Written as rings `lon,lat;lon,lat;…`, `!` between the rings of a polygon and `_` between polygons.
    """
    words = request.query_params.get(name, "")
    if not words:
        return None
    if words.count(";") + words.count("!") + words.count("_") >= MOST_VERTICES:
        raise _too_many(name)
    parts = [[stored(_points(ring, name)) for ring in part.split("!")] for part in words.split("_")]
    if any(len(ring) < 3 for part in parts for ring in part):
        raise BadRequest(f"{name}: mỗi vòng cần ít nhất 3 đỉnh. · {name}: a ring needs at least 3 corners.")
    return MultiPolygon([Polygon(part[0], part[1:]) for part in parts])


def stored(places: list[Place]) -> list[Place]:
    """The places (longitude, latitude) in metres east and north, as stored."""
    try:
        return [transformer(4326, STORAGE_SRID).transform(lon, lat, errcheck=True) for lon, lat in places]
    except ProjError:
        raise BadRequest("Toạ độ nằm ngoài khu vực. · A place lies beyond the area.") from None


def _points(words: str, name: str) -> list[Place]:
    if words.count(";") >= MOST_VERTICES:
        raise _too_many(name)
    west, south, east, north = STORAGE_AREA
    found: list[Place] = []
    for pair in words.split(";"):
        try:
            lon, lat = (float(one) for one in pair.split(","))
        except ValueError:
            lon = lat = math.nan
        if not (west <= lon <= east and south <= lat <= north):
            raise BadRequest(
                f"{name}: '{pair[:40]}' không phải kinh độ, vĩ độ ở Việt Nam. · {name}: '{pair[:40]}' is not a "
                "longitude and latitude in Vietnam."
            )
        found.append((lon, lat))
    return found


def _too_many(name: str) -> BadRequest:
    return BadRequest(f"{name}: tối đa {MOST_VERTICES} đỉnh. · {name}: at most {MOST_VERTICES} corners.")
