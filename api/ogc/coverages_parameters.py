"""The parameters of the coverage path, read strictly: every mistake is named, nothing is ignored."""

import math
import re
from dataclasses import dataclass

from api.ogc.asked import Asked, only
from api.ogc.parameters import read_bbox, whole_number
from gis_core.crs import CRS84, PublishedCrs, published
from gis_core.errors import BadRequest, TooLarge
from tiles.raster import Band, Box, Raster, bands
from tiles.raster_window import Window, storage_system, systems, window

COVERAGE_PARAMETERS = frozenset(
    {"bbox", "bbox-crs", "subset", "subset-crs", "crs", "scale-factor", "scale-size", "width", "height", "properties"}
)
LARGEST = {"geotiff": 8_000_000, "covjson": 500_000, "png": 4_000_000}
"""How many values an answer in each format may have: what one request may take of the server's memory."""
PREVIEW_PIXELS = 1024
"""The longer side of a picture for which no size is asked."""
LARGEST_SIDE = 10**6
_SUBSET = re.compile(r"(Lat|Lon|E|N)\(([^():,]+)(?::([^():,]+))?\)", re.IGNORECASE)
_AXES = {"lon": 0, "e": 0, "lat": 1, "n": 1}
"""By axis: 0 across, 1 up."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request wants of a raster."""

    window: Window
    bands: tuple[Band, ...]


def wanted(asked: Asked, raster: Raster) -> Wanted:
    """What the parameters ask for. Raises `BadRequest` for the first wrong one, `TooLarge` where it is too much."""
    only(asked, COVERAGE_PARAMETERS)
    given = asked.parameters
    crs = _system(raster, given, "crs") or storage_system(raster)
    if "bbox" in given and "subset" in given:
        raise BadRequest("bbox: không dùng cùng 'subset'. · bbox: give either 'bbox' or 'subset', not both.")
    box, box_crs = _subset(raster, given) if "subset" in given else _bbox(raster, given)
    found = _bands(raster, given)
    whole = window(raster, crs, box, box_crs)
    grid = _scaled(whole, given, preview=asked.format == "png")
    _check_size(grid, whole, len(found) if asked.format != "png" else 1, asked.format)
    return Wanted(grid, found)


def _system(raster: Raster, given: dict[str, str], name: str) -> PublishedCrs | None:
    if name not in given:
        return None
    known = systems(raster)
    if given[name] not in known:
        raise BadRequest(
            f"{name}={given[name]}: hệ toạ độ không được hỗ trợ; dùng một trong: {', '.join(known)}. · "
            f"{name}={given[name]}: this reference system is not served; use one of the above."
        )
    return known[given[name]]


def _bbox(raster: Raster, given: dict[str, str]) -> tuple[Box | None, PublishedCrs]:
    system = _system(raster, given, "bbox-crs") or published()[CRS84]
    if "bbox" not in given:
        return None, system
    # A box over the antimeridian is two; no city lies there, so the part east of Greenwich is the one meant.
    box = read_bbox(given["bbox"], system).parts()[0]
    return (box.xmin, box.ymin, box.xmax, box.ymax), system


def _subset(raster: Raster, given: dict[str, str]) -> tuple[Box, PublishedCrs]:
    """The box by `subset`, open where an axis or an end is left out, and the system of its numbers."""
    ends: dict[int, tuple[float, float]] = {}
    geographic: set[bool] = set()
    for words in re.split(r",(?![^(]*\))", given["subset"]):
        found = _SUBSET.fullmatch(words.strip())
        if found is None or _AXES[found[1].lower()] in ends:
            raise _bad_subset(given["subset"])
        low, high = _end(found[2], -math.inf), _end(found[3] or found[2], math.inf)
        if math.isnan(low) or math.isnan(high) or low > high:
            raise _bad_subset(given["subset"])
        ends[_AXES[found[1].lower()]] = (low, high)
        geographic.add(found[1].lower() in ("lat", "lon"))
    if len(geographic) != 1:
        raise _bad_subset(given["subset"])
    default = published()[CRS84] if geographic == {True} else storage_system(raster)
    system = _system(raster, given, "subset-crs") or default
    if {system.geographic} != geographic:
        raise BadRequest(
            f"subset={given['subset']}: trục Lat, Lon dùng cho hệ địa lý, E, N cho hệ phẳng; đây là {system.uri}. · "
            f"subset={given['subset']}: axes Lat and Lon are geographic, E and N projected; this is {system.uri}."
        )
    (west, east), (south, north) = ends.get(0, (-math.inf, math.inf)), ends.get(1, (-math.inf, math.inf))
    return (west, south, east, north), system


def _end(words: str, open_end: float) -> float:
    if words.strip() == "*":
        return open_end
    try:
        found = float(words)
    except ValueError:
        return math.nan
    return found if math.isfinite(found) and "_" not in words else math.nan


def _bad_subset(words: str) -> BadRequest:
    return BadRequest(
        f"subset={words}: viết như Lat(11.9:12.0),Lon(108.4:108.5) hoặc E(574000:575000),N(1320000:1321000). · "
        f"subset={words}: write it as in Lat(11.9:12.0),Lon(108.4:108.5) or E(574000:575000),N(1320000:1321000); "
        "'*' leaves an end open, each axis is given once, the lower end first."
    )


def _bands(raster: Raster, given: dict[str, str]) -> tuple[Band, ...]:
    known = {band.name: band for band in bands(raster)}
    if "properties" not in given:
        return tuple(known.values())
    names = list(dict.fromkeys(given["properties"].split(",")))
    for name in names:
        if name not in known:
            raise BadRequest(
                f"properties={given['properties']}: không có kênh '{name}'; có {', '.join(known)}. · "
                f"properties={given['properties']}: there is no band '{name}', only {', '.join(known)}."
            )
    return tuple(known[name] for name in names)


def _scaled(found: Window, given: dict[str, str], *, preview: bool) -> Window:
    ways = [name for name in ("scale-factor", "scale-size", "width", "height") if name in given]
    if len(ways) > 1 and set(ways) != {"width", "height"}:
        raise BadRequest(
            f"{ways[0]}: không dùng cùng '{ways[1]}'. · {ways[0]}: give only one of scale-factor, scale-size, "
            "and width with height."
        )
    if "scale-factor" in given:
        factor = _end(given["scale-factor"], math.nan)
        if not 1e-6 <= factor <= 1e6:
            raise BadRequest(
                f"scale-factor={given['scale-factor']}: phải là số dương. · "
                f"scale-factor={given['scale-factor']}: this must be a number above zero; 2 means half as fine."
            )
        return found.sized((round(found.size[0] / factor), round(found.size[1] / factor)))
    if "scale-size" in given:
        return found.sized(_proportional(found, *_scale_size(found, given["scale-size"])))
    if ways:
        asked = [whole_number(given, name, 0, minimum=1, maximum=LARGEST_SIDE) for name in ("width", "height")]
        return found.sized(_proportional(found, *asked))
    largest = max(found.size)
    if preview and largest > PREVIEW_PIXELS:
        return found.sized((found.size[0] * PREVIEW_PIXELS // largest, found.size[1] * PREVIEW_PIXELS // largest))
    return found


def _scale_size(found: Window, words: str) -> tuple[int, int]:
    sides = [0, 0]
    for one in words.split(","):
        part = _SUBSET.fullmatch(one.strip())
        axis = part[1].lower() if part else ""
        if not part or part[3] or not re.fullmatch(r"[1-9][0-9]{0,5}", part[2]) or sides[_AXES[axis]]:
            raise _bad_scale_size(words)
        if (axis in ("lat", "lon")) != found.crs.geographic:
            raise _bad_scale_size(words)
        sides[_AXES[axis]] = int(part[2])
    return sides[0], sides[1]


def _bad_scale_size(words: str) -> BadRequest:
    return BadRequest(
        f"scale-size={words}: viết như Lon(800),Lat(600), hoặc E(800),N(600) trong hệ phẳng. · "
        f"scale-size={words}: write it as in Lon(800),Lat(600), or E(800),N(600) in a projected system."
    )


def _proportional(found: Window, width: int, height: int) -> tuple[int, int]:
    """The size with the side that is 0 in proportion to the other."""
    across, down = found.size
    return width or round(height * across / down), height or round(width * down / across)


def _check_size(grid: Window, whole: Window, count: int, form: str) -> None:
    """Raises `TooLarge`, telling by how much coarser `whole` could be answered."""
    (width, height), most = grid.size, LARGEST[form]
    if width * height * count <= most:
        return
    factor = math.ceil(10 * math.sqrt(whole.size[0] * whole.size[1] * count / most)) / 10
    coarser = f"scale-factor={factor}" if factor > 1 else "width, height"
    raise TooLarge(
        f"Kết quả có {width} × {height} ô, {count} kênh; dạng {form} có nhiều nhất {most} giá trị. Hãy hỏi vùng nhỏ "
        f"hơn hoặc thưa hơn ({coarser}). · The answer would have {width} × {height} cells in {count} bands, and at "
        f"most {most} values are answered as {form}: ask for a smaller bbox or subset, or for fewer cells ({coarser})."
    )
