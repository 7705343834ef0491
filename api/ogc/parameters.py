"""The parameters of the items paths, read strictly: every mistake is named, nothing is ignored."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import cast, get_args

from sqlalchemy import ColumnElement

from api.ogc.asked import Question, only
from gis_core.cql2 import Language, filter_condition
from gis_core.crs import CRS84, PublishedCrs, published, published_crs
from gis_core.errors import BadRequest
from gis_core.extent import BBox
from gis_core.jsonfg import PROFILE_URI, Profile
from gis_core.layer import Layer
from gis_core.properties import checked_value, comparable_fields
from gis_core.query import Interval, Query, Sort, property_column

LIMIT_DEFAULT = 10
LIMIT_MAXIMUM = 10_000
OFFSET_MAXIMUM = 10**9
ITEM_PARAMETERS = frozenset({"crs", "properties", "skipGeometry", "profile"})
FILTER_PARAMETERS = frozenset({"filter", "filter-lang", "filter-crs"})
ITEMS_PARAMETERS = (
    ITEM_PARAMETERS | FILTER_PARAMETERS | {"bbox", "bbox-crs", "limit", "offset", "after", "datetime", "sortby"}
)

_PROFILE = re.compile(rf"(?:{re.escape(PROFILE_URI)})?([\w.-]+)|\[ogc-profile:([\w.-]+)\]|https?://\S+", re.ASCII)
"""A profile as OGC 23-058r2 lets it be written; its name is in one of the groups, or it is one of somebody else."""
_PROFILES: Mapping[str, tuple[Profile, ...]] = {
    "json": get_args(Profile), "geojson": get_args(Profile),
    "jsonfg": ("jsonfg", "jsonfg-plus"), "jsonfg-file": ("jsonfg", "jsonfg-plus"),
}  # fmt: skip
"""The profiles that each format offers, the default first."""
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?", re.ASCII)


def items_query(asked: Question, layer: Layer) -> Query:
    """The query that the parameters of an items path mean. Raises `BadRequest` naming the first wrong parameter."""
    role, given = asked.identity.role, asked.parameters
    fields = {one.name: one for one in comparable_fields(layer, role)}
    only(asked, ITEMS_PARAMETERS | set(fields))
    if "after" in given and "offset" in given:
        raise BadRequest("offset: không dùng cùng 'after'. · offset: give either 'offset' or 'after', not both.")
    return Query(
        layer, role, bbox=_bbox(given), interval=interval(given.get("datetime")),
        equals={name: checked_value(fields[name], given[name], name) for name in given if name in fields},
        conditions=_filter(layer, asked), sort=_sort(layer, asked), properties=properties(layer, asked),
        skip_geometry=skip_geometry(given),
        limit=min(whole_number(given, "limit", LIMIT_DEFAULT, minimum=1), LIMIT_MAXIMUM),
        offset=whole_number(given, "offset", 0, minimum=0, maximum=OFFSET_MAXIMUM),
        after=given.get("after"), crs=crs(given), profile=profile(asked),
    )  # fmt: skip


def crs(given: dict[str, str]) -> PublishedCrs:
    """The reference system by parameter `crs`, CRS84 without. Raises `BadRequest`."""
    return published_crs(given["crs"]) if "crs" in given else published()[CRS84]


def skip_geometry(given: dict[str, str]) -> bool:
    """Whether `skipGeometry` asks for features without geometry. Raises `BadRequest`."""
    words = given.get("skipGeometry", "false")
    if words not in ("true", "false"):
        raise BadRequest(f"skipGeometry={words}: dùng true hoặc false. · skipGeometry={words}: use true or false.")
    return words == "true"


def profile(asked: Question) -> Profile:
    """The GeoJSON profile by format and by the first item of parameter `profile` that is offered. Raises `BadRequest`.

    What is not offered is passed over: asking is a wish, and the answer tells its profile (OGC 23-058r2, clause 13).
    """
    offered = _PROFILES.get(asked.format, ("rfc7946",))
    words = asked.parameters.get("profile", offered[0])
    found = [_PROFILE.fullmatch(one) for one in words.split(",")]
    if None in found:
        raise BadRequest(
            f"profile={words}: dùng tên, URI hoặc CURIE của quy cách, ví dụ {', '.join(offered)}. · "
            f"profile={words}: give names, URIs or CURIEs of profiles, for example {', '.join(offered)}."
        )
    names = [one[1] or one[2] for one in found if one]
    return next((one for name in names for one in offered if one == name), offered[0])


def properties(layer: Layer, asked: Question) -> tuple[str, ...] | None:
    """The names in parameter `properties`, each once; None where it is not given. Raises `BadRequest`."""
    if "properties" not in asked.parameters:
        return None
    names = tuple(dict.fromkeys(asked.parameters["properties"].split(",")))
    for name in names:
        property_column(layer, asked.identity.role, name, "properties")
    return names


def _filter(layer: Layer, asked: Question) -> tuple[ColumnElement[bool], ...]:
    given = asked.parameters
    system = published_crs(given.get("filter-crs", CRS84), "filter-crs")
    language = given.get("filter-lang", "cql2-text")
    if language not in get_args(Language):
        raise BadRequest(
            f"filter-lang={language}: dùng cql2-text hoặc cql2-json. · "
            f"filter-lang={language}: use cql2-text or cql2-json."
        )
    if "filter" not in given:
        return ()
    return (filter_condition(given["filter"], cast(Language, language), layer, asked.identity.role, system),)


def whole_number(given: dict[str, str], name: str, default: int, *, minimum: int, maximum: int | None = None) -> int:
    """The whole number in parameter `name`, `default` without it. Raises `BadRequest` outside of the limits."""
    words = given.get(name)
    if words is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,18}", words):
        raise BadRequest(f"{name}={words}: phải là số nguyên. · {name}={words}: this is not a whole number.")
    if not minimum <= int(words) <= (maximum or int(words)):
        limits = f"{minimum}" + (f" – {maximum}" if maximum else "…")
        raise BadRequest(f"{name}={words}: phải trong {limits}. · {name}={words}: this must be within {limits}.")
    return int(words)


def _bbox(given: dict[str, str]) -> BBox | None:
    system = published_crs(given.get("bbox-crs", CRS84), "bbox-crs")
    return read_bbox(given["bbox"], system) if "bbox" in given else None


def read_bbox(words: str, system: PublishedCrs) -> BBox:
    """The box that parameter `bbox` says in `system`. Raises `BadRequest`."""
    try:
        numbers = [float(one) for one in words.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)) or "_" in words:
        raise BadRequest(
            f"bbox={words}: phải là 4 hoặc 6 số, cách nhau bằng dấu phẩy. · "
            f"bbox={words}: there must be 4 or 6 numbers, separated by commas."
        )
    middle = len(numbers) // 2  # with 6 numbers, the third of each corner is a height: the layers are flat
    low, high = numbers[:2], numbers[middle : middle + 2]
    if system.northing_first:
        low, high = low[::-1], high[::-1]
    if low[1] > high[1] or (low[0] > high[0] and not system.geographic):
        raise BadRequest(
            f"bbox={words}: góc dưới nằm trên góc trên. · bbox={words}: the lower corner lies above the upper one; "
            "the order of the numbers is that of the axes of bbox-crs."
        )
    return BBox(low[0], low[1], high[0], high[1], system)


def interval(words: str | None) -> Interval | None:
    """The time that parameter `datetime` says, None without it. Raises `BadRequest`."""
    if words is None:
        return None
    ends = words.split("/")
    if len(ends) > 2:
        raise _bad_moment(words)
    start, end = (None if one in ("", "..") and len(ends) == 2 else _moment(one, words) for one in (ends[0], ends[-1]))
    if start and end and _comparable(start) > _comparable(end):
        raise BadRequest(f"datetime={words}: bắt đầu sau kết thúc. · datetime={words}: it ends before it begins.")
    return Interval(start, end)


def _moment(words: str, whole: str) -> date | datetime:
    if not _MOMENT.fullmatch(words):
        raise _bad_moment(whole)
    try:
        return datetime.fromisoformat(words) if "T" in words else date.fromisoformat(words)
    except ValueError:
        raise _bad_moment(whole) from None


def _comparable(moment: date | datetime) -> str:
    return (moment.date() if isinstance(moment, datetime) else moment).isoformat()


def _bad_moment(words: str) -> BadRequest:
    return BadRequest(
        f"datetime={words}: dùng ngày (2025-07-01), thời điểm RFC 3339 hoặc khoảng a/b, '..' để ngỏ. · "
        f"datetime={words}: give a day (2025-07-01), an RFC 3339 instant, or an interval a/b with '..' for an open end."
    )


def _sort(layer: Layer, asked: Question) -> tuple[Sort, ...]:
    words = asked.parameters.get("sortby")
    if words is None:
        return ()
    known = {one.name for one in comparable_fields(layer, asked.identity.role)}
    # An unescaped '+' in a query means a blank.
    found = tuple(Sort(one.lstrip("+- "), descending=one.startswith("-")) for one in words.split(","))
    for one in found:
        if one.name not in known or [other.name for other in found].count(one.name) > 1:
            raise BadRequest(
                f"sortby={words}: '{one.name}' không sắp xếp được hoặc lặp lại. · "
                f"sortby={words}: '{one.name}' cannot be sorted by, or is given twice; there are {', '.join(known)}."
            )
    return found
