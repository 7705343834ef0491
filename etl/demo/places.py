"""Named places: settlements, hills, lakes, and what stands on the public sites."""

from typing import Any

import numpy as np
import shapely

from etl.demo.cameras import hilltops
from etl.demo.chance import Floats
from etl.demo.names import INVENTED
from etl.demo.site import Site
from etl.demo.wards import OLD_WARDS
from etl.demo.waters import water_features

# Kind of place and name for the main purpose of a parcel.
_SITES = {
    "DGD": ("school", "Trường học", "School"),
    "DYT": ("health", "Trạm y tế", "Health station"),
    "TSC": ("office", "Trụ sở cơ quan", "Public office"),
    "DVH": ("museum", "Nhà văn hóa", "House of culture"),
    "DCH": ("market", "Chợ", "Market"),
    "TON": ("religious", "Cơ sở tôn giáo", "Religious place"),
    "DTT": ("park", "Sân thể thao", "Sports ground"),
    "DKV": ("park", "Công viên", "Park"),
}


def place_features(site: Site, use_code: Any) -> tuple[dict[str, Any], list[Any]]:
    """Columns and points of layer `places`."""
    rows: list[tuple[str, str, str, Any]] = []
    middles = site.parcels.at(0.5, 0.5)
    counts: dict[str, int] = dict.fromkeys(_SITES, 0)
    for parcel in np.flatnonzero(np.isin(use_code, list(_SITES))).tolist():
        code = str(use_code[parcel])
        counts[code] += 1
        kind, vi, en = _SITES[code]
        rows.append(
            (
                f"{vi} số {counts[code]} {INVENTED}",
                f"{en} {counts[code]} (sample)",
                kind,
                shapely.Point(middles[parcel]),
            )
        )
    rows += _settlements(site, middles)
    for number, point in enumerate(hilltops(site.terrain, site.centre, site.half * 0.62), start=1):
        rows.append((f"Đồi Gió {number} {INVENTED}", f"Wind Hill {number} (sample)", "hill", shapely.Point(point)))
    waters, _ = water_features(site.waters)
    for name, lake in zip(waters["name"], site.waters.lakes, strict=False):
        rows.append((str(name), "Lake (sample)", "lake", shapely.point_on_surface(lake)))
    vi_names, en_names, kinds, points = (list(column) for column in zip(*rows, strict=True))
    return {"name": vi_names, "name_en": en_names, "place_kind": kinds}, points


def _settlements(site: Site, middles: Floats) -> list[tuple[str, str, str, Any]]:
    """One neighbourhood in the middle of each old ward's parcels."""
    ward = site.ward[site.parcels.block]
    rows = []
    for number, old in enumerate(OLD_WARDS):
        own = middles[ward == number]
        if len(own):
            middle = own[np.linalg.norm(own - own.mean(axis=0), axis=1).argmin()]
            word, english = ("Thôn", "Hamlet") if old.rural else ("Khu phố", "Quarter")
            rows.append(
                (f"{word} Trung tâm {old.name} {INVENTED}", f"{english} (sample)", "settlement", shapely.Point(middle))
            )
    return rows
