"""Areas that planners draw or bring along: an uploaded file as one area in degrees, and lengths and areas measured."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import orjson
import shapely
from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.errors import ShapelyError
from shapely.geometry import LineString, Polygon, mapping
from shapely.geometry.base import BaseGeometry

from api.web.planning_parameters import asked_points, only, stored
from etl.batch import Batch
from etl.read import open_file
from gis_core.errors import BadRequest, LoadRefused, TooLarge, WrongMediaType
from gis_core.extent import STORAGE_AREA
from gis_core.jobs.zone_report import MAX_VERTICES

LARGEST_FILE = 5 << 20
"""Bytes of an uploaded file: an area to ask about, not a data set."""
LARGEST_UNPACKED = 50 << 20
MOST_MEMBERS = 40
MOST_POLYGONS = 1_000
SUFFIXES = (".geojson", ".json", ".gpkg", ".zip")

_two_at_once = CapacityLimiter(2)


async def upload(request: Request) -> Response:
    """The union of the polygons in the file that is the body, as GeoJSON in degrees.

    `name` tells the format. Raises `TooLarge`, `WrongMediaType`, `LoadRefused` or `BadRequest`, saying why.
    """
    only(request, {"name"})
    name = PurePosixPath(request.query_params.get("name", "").replace("\\", "/")).name
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise WrongMediaType(
            f"Tệp '{name[:80]}' không thuộc loại nhận ở đây: {', '.join(SUFFIXES)}. · The file '{name[:80]}' is of none"
            " of the kinds above."
        )
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_FILE:
            raise TooLarge(
                f"Tệp lớn quá {LARGEST_FILE >> 20} MB; hãy gửi riêng vùng cần xem. · The file is larger than "
                f"{LARGEST_FILE >> 20} MB; send only the area you ask about."
            )
    area = await to_thread.run_sync(area_of_file, bytes(content), suffix, name[:80], limiter=_two_at_once)
    document = {"name": name[:80], "vertices": int(shapely.get_num_coordinates(area)), "area": mapping(area)}
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "no-store"})


def measure(request: Request) -> Response:
    """The length of the line through `points` and the area of the polygon with these corners, in the plane of VN-2000.

    The area is null with fewer than three points.
    """
    only(request, {"points"})
    places = stored(asked_points(request, "points"))
    if len(places) < 2:
        raise BadRequest("points: cần ít nhất hai điểm. · points: at least two points are needed.")
    line = LineString(places)
    ring = Polygon(places) if len(places) > 2 else None
    document = {
        "length_m": round(line.length, 2),
        "area_m2": round(ring.area, 2) if ring and ring.is_valid else None,
        "perimeter_m": round(ring.length, 2) if ring else None,
        "crosses": ring is not None and not ring.is_valid,
    }
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "max-age=86400"})


def area_of_file(content: bytes, suffix: str, name: str) -> BaseGeometry:
    """The union of the polygons in the file, in degrees. Raises `LoadRefused` or `BadRequest`, naming the file."""
    with tempfile.TemporaryDirectory(prefix="langbiang-area-") as folder:
        path = Path(folder) / f"area{suffix}"
        path.write_bytes(content)
        if suffix == ".zip":
            _check_archive(path, name)
        try:
            opened = open_file(path)
            polygons = [one for batch in _limited(opened.batches(), name) for one in batch]
        except LoadRefused as refused:
            raise LoadRefused(str(refused).replace(str(path), name)) from None
    if opened.crs is None:
        raise LoadRefused(
            f"{name}: tệp không ghi hệ toạ độ (thiếu .prj?). · The file does not state its reference system."
        )
    return _united(polygons, opened.crs, name)


def _limited(batches: Iterator[Batch], name: str) -> Iterator[list[BaseGeometry]]:
    count = vertices = 0
    for batch in batches:
        parts = [one for one in ([] if batch.geometry is None else batch.geometry) if one is not None]
        count += len(parts)
        vertices += sum(int(shapely.get_num_coordinates(one)) for one in parts)
        if count > MOST_POLYGONS or vertices > MAX_VERTICES:
            raise TooLarge(
                f"{name}: tối đa {MOST_POLYGONS} đa giác và {MAX_VERTICES} đỉnh. · At most {MOST_POLYGONS} polygons"
                f" and {MAX_VERTICES} corners."
            )
        yield parts


def _united(found: list[BaseGeometry], system: CRS, name: str) -> BaseGeometry:
    polygons = [shapely.force_2d(one) for one in found if not one.is_empty]
    if not polygons or any(one.geom_type not in ("Polygon", "MultiPolygon") for one in polygons):
        raise BadRequest(f"{name}: cần các đa giác và chỉ đa giác. · The file must hold polygons and nothing else.")
    for number, one in enumerate(polygons, start=1):
        if not one.is_valid:
            reason = shapely.is_valid_reason(one)
            raise BadRequest(f"{name}: đa giác thứ {number} không hợp lệ. · Polygon {number} is not valid: {reason}.")
    try:
        moved: BaseGeometry = shapely.transform(shapely.union_all(polygons), _to_degrees(system))
    except (ProjError, ShapelyError):
        raise _elsewhere(name) from None
    if not shapely.box(*STORAGE_AREA).contains(moved):
        raise _elsewhere(name)
    return moved


def _to_degrees(system: CRS) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    move = Transformer.from_crs(system, 4326, always_xy=True)

    def moved(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        east, north = move.transform(coordinates[:, 0], coordinates[:, 1], errcheck=True)
        return np.column_stack([east, north])

    return moved


def _elsewhere(name: str) -> BadRequest:
    return BadRequest(
        f"{name}: vùng nằm ngoài Việt Nam; hãy xem lại hệ toạ độ của tệp. · The area lies outside of Vietnam: check"
        " the reference system of the file."
    )


def _check_archive(path: Path, name: str) -> None:
    """Raises `LoadRefused` or `TooLarge` for an archive that is none, is encrypted, or unpacks to more than is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise LoadRefused(f"{name}: tệp ZIP hỏng. · This is no sound ZIP file.") from None
    if any(one.flag_bits & 1 for one in members):
        raise LoadRefused(f"{name}: tệp ZIP có mật khẩu. · The ZIP file is encrypted.")
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > LARGEST_UNPACKED:
        raise TooLarge(
            f"{name}: giải nén ra quá {LARGEST_UNPACKED >> 20} MB hoặc {MOST_MEMBERS} tệp. · It unpacks to more than "
            f"{LARGEST_UNPACKED >> 20} MB or {MOST_MEMBERS} files."
        )
