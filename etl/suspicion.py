"""Is a file where its reference system puts it? If not, which mistake would explain it: zone, datum, axes, units.

Mistakes met in Vietnamese data: numbers of one TM-3 zone labelled as another's (27 km for each 15′ of meridian), the
datum shift between VN-2000 and WGS 84 left out (226 m at Đà Lạt), northing and easting exchanged, "107.45" read as
degrees (33 km), degrees labelled as metres or the reverse, and data put out in WGS 84 after any of these.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from etl.alignment import Shift, shift_against, shift_sentence
from etl.batch import Geometries
from gis_core.crs import STORAGE_SRID, TM3_SRIDS

Points = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

AROUND_M = 500.0
"""Lines are looked for this far around a file: more than the datum shift."""
FITTING_SHARE = 0.5
"""At least this share of a file must lie in the city: a file may reach beyond it, a misplaced one lies outside."""
EXPLAINING_SHARE = 0.8
"""A mistake explains a misplaced file when undoing it brings at least this share of it into the city."""
WGS84_UTM = (32648, 32649)
VN2000_UTM = (3405, 3406)
VN2000, WGS84 = 4756, 4326


@dataclass(frozen=True)
class Explanation:
    """A mistake, where the points lie without it (n, 2) in EPSG:5899, and how to load the file in spite of it."""

    vi: str
    en: str
    points: Points
    crs: str | None = None
    share: float = 0.0


@dataclass(frozen=True)
class Suspicion:
    """Why a file must not be loaded as it is: in one sentence a language, and in parts.

    `metres` is how far off it seems to be (infinite: not computable), `shift` whether and how by the datum shift,
    `likely` the likeliest explanations, the best first.
    """

    sentence: str
    metres: float = math.inf
    shift: Shift | None = None
    likely: tuple[Explanation, ...] = ()


def judge(
    sample: Geometries,
    stated: CRS | None,
    box: tuple[float, float, float, float],
    area: shapely.Geometry | None,
    lines: Callable[[Bounds], Iterable[Geometries]],
) -> str | None:
    """Why the file must not be loaded under the system `stated`, in one sentence a language; None where it fits.

    `sample` has the coordinates of the file; `box`, `area` and what `lines` gives near some bounds are in EPSG:5899.
    """
    found = suspicion(sample, stated, box, area, lines)
    return None if found is None else found.sentence


def suspicion(
    sample: Geometries,
    stated: CRS | None,
    box: tuple[float, float, float, float],
    area: shapely.Geometry | None,
    lines: Callable[[Bounds], Iterable[Geometries]],
) -> Suspicion | None:
    """What `judge` tells, with its parts; None where the file fits."""
    city = shapely.box(*box) if area is None else area
    raw = _centres(sample)
    if stated is None:
        fitting = tuple(one for one in explanations(raw, None, city) if one.crs is not None)
        return Suspicion(_unstated(fitting), likely=fitting)
    placed = moved(raw, stated)
    if _share(placed, city) >= FITTING_SHARE:
        shapes = _placed(sample, stated)
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        around = (west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M)
        shift = shift_against(shapes, lines(around))
        return None if shift is None else Suspicion(shift_sentence(stated, shift), shift.metres, shift)
    found = explanations(raw, stated, city)
    if not found:
        return Suspicion(_nowhere(placed, city, stated))
    return Suspicion(_explained(placed, found, stated), distance(placed, found[0].points), None, tuple(found))


def explanations(raw: Points, stated: CRS | None, city: shapely.Geometry) -> list[Explanation]:
    """The mistakes that explain why points with the coordinates `raw` are not in the city, the likeliest first."""
    found = []
    for one in _mistakes(raw, stated):
        share = _share(one.points, city)
        if share >= EXPLAINING_SHARE:
            found.append(Explanation(one.vi, one.en, one.points, one.crs, share))
    # Stable: among equally good explanations the order of `_mistakes`, from plain to far-fetched, decides.
    return sorted(found, key=lambda one: -round(one.share, 1))


def _mistakes(raw: Points, stated: CRS | None) -> Iterator[Explanation]:
    yield from _read_as(raw, stated, "", "")
    if stated is not None:
        swapped = moved(raw[:, ::-1], stated)
        yield Explanation("trục toạ độ bị đảo (X là hướng bắc)", "the axes are exchanged (X is the northing)", swapped)
    yield from _read_as(raw[:, ::-1], stated, " và trục bị đảo", " and exchanged axes", swapped=True)
    if stated is not None:
        yield from _made_from_wrong_zone(raw, stated)


def _read_as(raw: Points, stated: CRS | None, vi: str, en: str, *, swapped: bool = False) -> Iterator[Explanation]:
    for srid in (
        STORAGE_SRID,
        *reversed([one for one in TM3_SRIDS if one != STORAGE_SRID]),
        *VN2000_UTM,
        *WGS84_UTM,
        WGS84,
        VN2000,
    ):
        if stated is not None and stated.to_epsg() == srid and not swapped:
            continue
        system = CRS.from_epsg(srid)
        name = f"{system.name} (EPSG:{srid})"
        suggestion = None if swapped else f"EPSG:{srid}"
        yield Explanation(
            f"toạ độ thực ra là {name}{vi}", f"the coordinates are really {name}{en}", moved(raw, system), suggestion
        )
    decimal = _transverse(107.45, shifted=True)
    yield Explanation(
        f"kinh tuyến trục 107°45′ bị hiểu thành 107,45 độ thập phân{vi}",
        f"the meridian 107°45′ was read as 107.45 decimal degrees{en}",
        moved(raw, CRS(decimal)), None if swapped else f'"{decimal}"',
    )  # fmt: skip


def _made_from_wrong_zone(raw: Points, stated: CRS) -> Iterator[Explanation]:
    """Data already put out in `stated` after their TM-3 numbers were read in a wrong zone, with or without shift."""
    right = CRS.from_epsg(STORAGE_SRID)
    for meridian in (107.45, *sorted(_meridians(), key=lambda one: abs(one - 107.75))):
        for shifted in (False, True):
            wrong = CRS(_transverse(meridian, shifted=shifted))
            numbers = _between(raw, stated, wrong)
            label = _degrees(meridian)
            extra_vi, extra_en = (
                ("", "")
                if shifted
                else (" và thiếu phép chuyển VN-2000 → WGS 84", " and without the VN-2000 datum shift")
            )
            yield Explanation(
                f"dữ liệu được tạo với kinh tuyến trục {label} thay vì 107°45′{extra_vi}",
                f"the data were made with central meridian {label} instead of 107°45′{extra_en}",
                moved(numbers, right),
            )


def _meridians() -> list[float]:
    meridians = {
        float(parameter.value)
        for srid in TM3_SRIDS
        for parameter in CRS.from_epsg(srid).coordinate_operation.params  # type: ignore[union-attr]
        if parameter.name == "Longitude of natural origin"
    }
    return sorted(meridians - {107.75})


def _degrees(meridian: float) -> str:
    if meridian == 107.45:
        return "107,45"
    return f"{int(meridian)}°{round(meridian % 1 * 60):02}′"


def _transverse(meridian: float, *, shifted: bool) -> str:
    """A TM-3 system on `meridian`; `shifted` false: on WGS 84, as written where the datum shift was forgotten."""
    datum = (
        # EPSG:6960 in the position-vector convention of PROJ strings: rotation signs opposite to EPSG's.
        "+ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
        if shifted
        else "+datum=WGS84"
    )
    return f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=0.9999 +x_0=500000 +y_0=0 {datum} +units=m +no_defs +type=crs"


def moved(points: Points, system: CRS) -> Points:
    """`points` (n, 2) of `system`, east first, in EPSG:5899; infinite where they have no place there."""
    return _between(points, system, CRS.from_epsg(STORAGE_SRID))


@cache
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _between(points: Points, source: CRS, target: CRS) -> Points:
    if source.is_geographic and (np.abs(points) > (360, 90)).any():
        return np.full_like(points, np.inf)
    try:
        east, north = _transformer(source, target).transform(points[:, 0], points[:, 1])
    except ProjError:
        return np.full_like(points, np.inf)
    return np.column_stack((east, north))


def _placed(sample: Geometries, system: CRS) -> Geometries:
    flat = np.asarray(shapely.force_2d(sample), dtype=object)
    return np.asarray(shapely.set_coordinates(flat, moved(shapely.get_coordinates(flat), system)), dtype=object)


def _centres(sample: Geometries) -> Points:
    bounds = shapely.bounds(sample)
    return np.column_stack(((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2))


def _share(points: Points, city: shapely.Geometry) -> float:
    shapely.prepare(city)
    finite = np.isfinite(points).all(axis=1)
    inside = shapely.contains_xy(city, points[finite, 0], points[finite, 1])
    return float(inside.sum()) / max(1, len(points))


def _unstated(fitting: Sequence[Explanation]) -> str:
    names = ", ".join(one.crs or "" for one in fitting[:3])
    if not names:
        return (
            "tệp không ghi hệ toạ độ và toạ độ không hợp hệ nào đã biết của thành phố; hãy hỏi nơi cấp rồi "
            "dùng --crs. · The file states no reference system, and its coordinates fit none known in the city; ask "
            "its maker, then use --crs."
        )
    return (
        f"tệp không ghi hệ toạ độ; toạ độ hợp với {names}; nếu đúng, hãy thêm --crs {fitting[0].crs}. · "
        f"The file states no reference system; its coordinates fit {names}. If that is right, add "
        f"--crs {fitting[0].crs}."
    )


def _explained(placed: Points, found: list[Explanation], stated: CRS) -> str:
    best = found[0]
    offset = distance(placed, best.points)
    where_vi, where_en = _apart(offset)
    if best.crs is not None:
        advice_vi, advice_en = f"thử --crs {best.crs}", f"try --crs {best.crs}"
    else:
        advice_vi, advice_en = (
            "hãy lấy lại bản gốc hoặc chuyển lại toạ độ",
            "ask for the original or transform it again",
        )
    return (
        f"với hệ toạ độ đã ghi ({stated.name}) dữ liệu nằm ngoài thành phố; có thể {best.vi}, {where_vi}; "
        f"{advice_vi}. · "
        f"With the stated system ({stated.name}) the data lie outside the city; perhaps {best.en}, {where_en}; "
        f"{advice_en}."
    )


def _nowhere(placed: Points, city: shapely.Geometry, stated: CRS) -> str:
    finite = placed[np.isfinite(placed).all(axis=1)]
    if not len(finite):
        return (
            f"toạ độ không thuộc hệ đã ghi ({stated.name}): chúng không có vị trí trên mặt đất. · "
            f"The coordinates do not belong to the stated system ({stated.name}): they have no place on earth in it."
        )
    centre = shapely.Point(np.median(finite, axis=0))
    away = math.ceil(shapely.distance(centre, city) / 1000)
    return (
        f"dữ liệu nằm cách thành phố {away} km với hệ toạ độ {stated.name} và không hệ nào đã biết đưa nó về thành "
        "phố; nếu là dữ liệu của nơi khác, hãy thêm --box TÂY,NAM,ĐÔNG,BẮC (EPSG:5899). · "
        f"The data lie {away} km from the city with the system {stated.name}, and no known system brings them there; "
        "if they are of another place, add --box WEST,SOUTH,EAST,NORTH (EPSG:5899)."
    )


def distance(placed: Points, explained: Points) -> float:
    """The median distance in metres between where points are and should be; infinite where not computable."""
    apart = np.hypot(*(placed - explained).T)
    finite = apart[np.isfinite(apart)]
    return float(np.median(finite)) if len(finite) else math.inf


def _apart(offset: float) -> tuple[str, str]:
    if not math.isfinite(offset):
        return "vị trí hiện tại không có trên mặt đất", "it has no place on earth as it stands"
    amount = f"{offset:.0f} m" if offset < 1000 else f"{offset / 1000:.0f} km"
    return f"lệch khoảng {amount}", f"off by about {amount}"
