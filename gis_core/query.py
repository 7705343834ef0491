"""One query builder behind items, pages, exports, tiles and jobs: from what is asked of a layer to SQL.

PostgreSQL enforces who may see what (`gis_core.access`); the builder names only columns the role may see, so that an
unknown and a hidden property are the same mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, Text, cast, func, or_, select

from gis_core.access import visible_columns
from gis_core.crs import CRS84, PublishedCrs, published
from gis_core.errors import BadRequest
from gis_core.extent import BBox, within
from gis_core.jsonfg import Profile
from gis_core.layer import Layer, Role
from gis_core.paging import after_key
from gis_core.statements import Remembered
from gis_core.table import table

CITY_TIME = ZoneInfo("Asia/Ho_Chi_Minh")

NOT_PROPERTIES = frozenset({"id", "geom", "version"})


@dataclass(frozen=True, slots=True)
class Interval:
    """A time span, both ends included; None leaves that end open. An instant has two equal ends."""

    start: date | datetime | None
    end: date | datetime | None


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key; nulls come last in either direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """What is asked of a layer on behalf of a role. `after` continues a page at the key it ended with.

    `properties` None: all that the role may see. `conditions` are SQL over the layer's table, made from a filter by
    somebody who took the columns from `property_columns`.
    """

    layer: Layer
    role: Role
    bbox: BBox | None = None
    interval: Interval | None = None
    equals: Mapping[str, str] = field(default_factory=dict)
    conditions: Sequence[ColumnElement[bool]] = ()
    sort: tuple[Sort, ...] = ()
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False
    limit: int = 10
    offset: int = 0
    after: str | None = None
    crs: PublishedCrs = field(default_factory=lambda: published()[CRS84])
    profile: Profile = "rfc7946"


@cache
def property_columns(layer: Layer, role: Role) -> Mapping[str, ColumnElement[Any]]:
    """The columns that are properties of the layer's features for `role`, by name, in declared order."""
    columns = table(layer).c
    return {name: columns[name] for name in visible_columns(layer, role) if name not in NOT_PROPERTIES}


def property_column(layer: Layer, role: Role, name: str, parameter: str) -> ColumnElement[Any]:
    """The column of property `name`. Raises `BadRequest` naming the parameter, alike for unknown and hidden names."""
    known = property_columns(layer, role)
    if name not in known:
        raise BadRequest(
            f"{parameter}: '{name}' không phải là thuộc tính của '{layer.id}'. · "
            f"{parameter}: '{name}' is not a property of '{layer.id}'; its properties are {', '.join(known)}."
        )
    return known[name]


def chosen_columns(query: Query) -> list[ColumnElement[Any]]:
    """The property columns that the answer carries."""
    if query.properties is None:
        return list(property_columns(query.layer, query.role).values())
    return [property_column(query.layer, query.role, name, "properties") for name in query.properties]


def time_columns(query: Query) -> dict[str, ColumnElement[Any]]:
    """The columns of a feature's own time that the role may see, by name; none where the answer does not tell it."""
    if query.profile == "rfc7946":
        return {}
    names = ("valid_from", "valid_to") if query.layer.validity else (query.layer.moment,)
    return {name: one for name, one in property_columns(query.layer, query.role).items() if name in names}


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """What a row has to fulfil, the position in the paging left aside."""
    found: list[ColumnElement[bool]] = []
    if query.bbox and query.layer.shape:
        found.append(within(table(query.layer).c.geom, query.bbox))
    found += _in_interval(query.layer, query.interval) if query.interval else []
    found += [_equals(query, name, value) for name, value in query.equals.items()]
    return [*found, *query.conditions]


def position(query: Query) -> list[ColumnElement[bool]]:
    """What a row has to fulfil to come after the key at which the page before ended."""
    if query.after is None:
        return []
    keys = [property_column(query.layer, query.role, one.name, "sortby") for one in query.sort]
    descending = [*(one.descending for one in query.sort), False]
    return [after_key(query.after, [*keys, table(query.layer).c.id], descending)]


def projection(query: Query) -> Select[Any]:
    """What is answered of each row, in order, whichever rows they are.

    Columns: `id`, `geom` (as stored, absent where not asked), the chosen properties, those of the feature's own time
    where the profile tells it, and `page_key`, at which the page after the row continues.
    """
    columns = table(query.layer).c
    keys = [property_column(query.layer, query.role, one.name, "sortby") for one in query.sort]
    geometry = [columns.geom] if query.layer.shape and not query.skip_geometry else []
    chosen = dict.fromkeys([*chosen_columns(query), *time_columns(query).values()])
    page_key = func.json_build_array(*keys, columns.id).label("page_key")
    labelled = [column.label(column.name) for column in chosen]
    return select(columns.id.label("id"), *geometry, *labelled, page_key).order_by(*ordering(query))


def ordering(query: Query) -> list[ColumnElement[Any]]:
    """The sort keys of the answer; the last is the id, so that the order is total."""
    keys = [property_column(query.layer, query.role, one.name, "sortby") for one in query.sort]
    ordered = [_ordered(key, descending=one.descending) for key, one in zip(keys, query.sort, strict=True)]
    return [*ordered, table(query.layer).c.id]


def _in_interval(layer: Layer, interval: Interval) -> list[ColumnElement[bool]]:
    columns = table(layer).c
    if layer.validity:
        first, last = columns.valid_from, columns.valid_to
        begun = [or_(first.is_(None), first <= _day(interval.end))] if interval.end else []
        return begun + ([or_(last.is_(None), last >= _day(interval.start))] if interval.start else [])
    if layer.moment is None:
        return []  # OGC API Features: what has no time of its own matches every time
    return _within_interval(columns[layer.moment], interval)


def _within_interval(column: ColumnElement[Any], interval: Interval) -> list[ColumnElement[bool]]:
    start, end = interval.start, interval.end
    if isinstance(column.type, Date):
        return ([column >= _day(start)] if start else []) + ([column <= _day(end)] if end else [])
    # A day as the end of a span of instants means the whole day, in the time zone of the connection: the city's.
    moment = column if isinstance(end, datetime) else cast(column, Date)
    return ([column >= start] if start else []) + ([moment <= end] if end else [])


def _day(moment: date | datetime) -> date:
    return moment.astimezone(CITY_TIME).date() if isinstance(moment, datetime) else moment


def _equals(query: Query, name: str, value: str) -> ColumnElement[bool]:
    column = property_column(query.layer, query.role, name, name)
    shape = ("equals", query.layer.id, name)
    return Remembered(shape, lambda bind: column == cast(cast(bind("value"), Text), column.type), {"value": value})


def _ordered(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    return (column.desc() if descending else column.asc()).nulls_last()
