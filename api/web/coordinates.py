"""A place in the two systems people here write places in: WGS 84 and VN-2000."""

import math

import orjson
from fastapi import Request, Response
from starlette.routing import Route

from gis_core.crs import STORAGE_SRID, transformer
from gis_core.errors import BadRequest
from gis_core.extent import STORAGE_AREA


def routes() -> list[Route]:
    """The route of the map's coordinate display."""
    return [Route("/coordinates", coordinates)]


def coordinates(request: Request) -> Response:
    """The place `lon`, `lat` as texts; VN-2000 has X to the north, as surveyors here write it; null far away."""
    lon, lat = (_degrees(request, name, limit) for name, limit in (("lon", 180.0), ("lat", 90.0)))
    west, south, east, north = STORAGE_AREA
    vn2000 = None
    if west <= lon <= east and south <= lat <= north:
        easting, northing = transformer(4326, STORAGE_SRID).transform(lon, lat)
        vn2000 = f"X {northing:.1f}, Y {easting:.1f}"
    document = {"wgs84": f"{lat:.6f}, {lon:.6f}", "vn2000": vn2000}
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "max-age=86400"})


def _degrees(request: Request, name: str, limit: float) -> float:
    text = request.query_params.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        raise BadRequest(
            f"{name}='{text}' phải là số độ đến {limit:.0f}. · {name}='{text}' must be degrees up to {limit:.0f}."
        )
    return value
