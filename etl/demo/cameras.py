"""21 camera sites with 37 cameras: watch posts on hilltops, and masts at the crossings of main streets."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from etl.demo.chance import Floats, Ints
from etl.demo.names import INVENTED
from etl.demo.terrain import Terrain

_HILLTOPS, _CROSSINGS = 6, 15
# Cameras per site: hilltops carry one or two, crossings one to three; 37 together.
_PER_SITE = (2, 1, 2, 1, 2, 1, 3, 2, 2, 2, 1, 2, 1, 3, 2, 1, 2, 2, 1, 2, 2)
_PURPOSES = ("giao_thong", "an_ninh", "giao_thong", "du_lich", "giao_thong", "an_ninh", "giao_thong", "moi_truong")
_STATUS = ("hoat_dong",) * 9 + ("mat_ket_noi", "bao_tri", "hoat_dong", "ngung")


def hilltops(terrain: Terrain, centre: Floats, reach: float) -> Floats:
    """The highest points (n, 2) of tiles of the relief within `reach` metres of `centre`, well apart."""
    rows, columns = terrain.heights.shape
    tile = max(int(reach / 3.2 / terrain.step), 4)
    found = []
    for row in range(0, rows - tile + 1, tile):
        for column in range(0, columns - tile + 1, tile):
            part = np.nan_to_num(terrain.heights[row : row + tile, column : column + tile], nan=-np.inf)
            i, j = np.unravel_index(int(part.argmax()), part.shape)
            x = terrain.west + (column + j + 0.5) * terrain.step
            y = terrain.north - (row + i + 0.5) * terrain.step
            if np.isfinite(part[i, j]) and np.hypot(x - centre[0], y - centre[1]) <= reach:
                found.append((float(part[i, j]), x, y))
    found.sort(reverse=True)
    return np.array([(x, y) for _, x, y in found[:_HILLTOPS]]).reshape(-1, 2)


def spread(points: Floats, count: int) -> Ints:
    """Indices of `count` of `points` far from each other, beginning with the first (farthest-point order)."""
    chosen = [0]
    distance = np.linalg.norm(points - points[0], axis=1)
    for _ in range(min(count, len(points)) - 1):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.array(chosen)


def camera_features(tops: Floats, crossings: Floats, names: list[str], ward: Any) -> tuple[dict[str, Any], Floats]:
    """Columns and points of layer `cameras`, on the hill `tops` and on some of the `crossings`.

    `names` are the streets of the crossings, the first of which is the most central; `ward(points)` gives ward codes.
    """
    chosen = spread(crossings, _CROSSINGS + _HILLTOPS - len(tops))
    points = np.concatenate([tops, crossings[chosen]])
    sites = [f"Đỉnh đồi {k + 1} {INVENTED}" for k in range(len(tops))] + [f"Nút giao {names[k]}" for k in chosen]
    rows = [(site, nth) for site in range(len(points)) for nth in range(_PER_SITE[site])]
    columns: dict[str, list[Any]] = {}
    codes = ward(points)
    for number, (site, nth) in enumerate(rows):
        for name, value in _camera(number, site, nth, on_hill=site < len(tops)).items():
            columns.setdefault(name, []).append(value)
    columns["site_name"] = [sites[site] for site, _ in rows]
    columns["ward_code"] = [codes[site] for site, _ in rows]
    return columns, points[[site for site, _ in rows]]


def _camera(number: int, site: int, nth: int, *, on_hill: bool) -> dict[str, Any]:
    kind = (
        "panorama"
        if on_hill and nth
        else "ptz"
        if on_hill or number % 5 == 0
        else "anpr"
        if number % 7 == 3
        else "fixed"
    )
    purpose = "chay_rung" if on_hill else _PURPOSES[(site + nth) % len(_PURPOSES)]
    wide = {"panorama": 360.0, "ptz": 62.0, "anpr": 28.0, "fixed": 84.0}[kind]
    return {
        "camera_code": f"CAM-{number + 1:03d}",
        "site_code": f"DIEM-{site + 1:02d}",
        "camera_type": kind,
        "install_purpose": purpose,
        "operator_unit": f"Hạt Kiểm lâm {INVENTED}" if on_hill else f"Trung tâm điều hành đô thị {INVENTED}",
        "azimuth_deg": 0.0 if kind == "panorama" else float((site * 67 + nth * 125) % 360),
        "fov_deg": wide,
        "range_m": 3000.0 if on_hill else 60.0 if kind == "anpr" else 150.0,
        "mount_height_m": 18.0 if on_hill else 6.5,
        "retention_days": 30,
        "notice_sign": number % 11 != 4,
        "legal_basis": "Luật 91/2025/QH15",
        "qcvn135_certified": number % 6 != 5,
        "camera_status": _STATUS[number % len(_STATUS)],
        "installed_on": date(2021, 4, 5) + timedelta(days=number * 43),
    }
