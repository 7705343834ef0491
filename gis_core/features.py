"""Features as GeoJSON, built by PostGIS; Python passes the bytes through."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    Text,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.exc import DataError, InternalError
from sqlalchemy.sql.selectable import LateralFromClause

from gis_core.audit import record_count, record_read
from gis_core.crs import CRS84, STORAGE_SRID, PublishedCrs, published
from gis_core.errors import BadRequest, NotFound
from gis_core.jsonfg import geometry_dimension, root_members, time_json
from gis_core.layer import Layer
from gis_core.paging import encode_key
from gis_core.platform_tables import LAYER_VERSION
from gis_core.query import Query, chosen_columns, conditions, position, projection, time_columns
from gis_core.statements import LIMIT, OFFSET, WHERE, Remembered, execute
from gis_core.table import table

DEGREE_DIGITS = 9  # 0.1 mm; the conformance suite refuses more
METRE_DIGITS = 4
EXACT_COUNT_LIMIT = 100_000
"""Up to this many matching rows are counted; beyond, the planner's estimate is given, and said to be one."""


@dataclass(frozen=True, slots=True)
class Page:
    """The features of a page as the text of a JSON array; `next_key` continues after it, None on the last page.

    `layer_version` is that of the layer as it was read.
    """

    features: str
    returned: int
    next_key: str | None
    layer_version: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many features match; `exact` False: the planner's estimate."""

    number: int
    exact: bool


def feature_page(connection: Connection, query: Query) -> Page:
    """The page of features asked for. Raises `BadRequest` where a value cannot be read as its property's type."""
    # One row more than asked for tells whether there is a next page.
    with refusing_bad_values():
        found = execute(
            connection, ("page", *_shape(query)), lambda: _page_statement(query),
            [*conditions(query), *position(query)], limit=query.limit, offset=query.offset,
        ).one()  # fmt: skip
    returned = min(found.found, query.limit)
    record_read(connection, query, returned)
    more = found.found > query.limit
    return Page(f"[{found.features}]", returned, encode_key(found.last[0]) if more else None, found.layer_version)


def collection_members(query: Query) -> dict[str, Any]:
    """What stands before the features of a collection: its type and, in JSON-FG, what holds for all of them."""
    found: dict[str, Any] = {"type": "FeatureCollection"}
    if query.profile == "rfc7946":
        return found
    return found | root_members(query.layer, query.crs) | geometry_dimension(query.layer)


def feature(connection: Connection, query: Query, feature_id: int) -> str:
    """The feature with that id as the text of a GeoJSON Feature. Raises `NotFound`, alike for absent and for hidden."""
    return versioned_feature(connection, query, feature_id)[0]


def versioned_feature(connection: Connection, query: Query, feature_id: int) -> tuple[str, int]:
    """The text as by `feature`, and the version of its row. Raises `NotFound`."""
    columns = table(query.layer).c
    found: Any = execute(
        connection, ("feature", *_shape(query)),
        lambda: _feature_statement(query),
        [Remembered(("id", query.layer.id), lambda bind: columns.id == bind("id"), {"id": feature_id})],
    ).first()  # fmt: skip
    if found is None:
        raise NotFound(
            f"Không có đối tượng '{feature_id}' trong '{query.layer.id}'. · "
            f"There is no feature '{feature_id}' in '{query.layer.id}'."
        )
    record_read(connection, query, 1)
    return found[0], found[1]


def _shape(query: Query) -> tuple[Hashable, ...]:
    """What the fixed part of the statement depends on."""
    names = tuple(column.name for column in chosen_columns(query))
    return (
        query.layer.id, names, tuple(time_columns(query)), query.sort, query.skip_geometry, query.crs.uri, query.profile
    )  # fmt: skip


def _feature_statement(query: Query) -> Executable:
    rows = table(query.layer)
    properties = _properties(query, rows)
    feature = _feature(query, rows, properties)
    return select(feature, rows.c.version).select_from(rows.join(properties, true())).where(WHERE)


def _page_statement(query: Query) -> Executable:
    rows = projection(query).where(WHERE).limit(LIMIT + 1).offset(OFFSET).cte("page")
    properties = _properties(query, rows)
    made = (
        select(
            _feature(query, rows, properties).label("feature"), rows.c.page_key, func.row_number().over().label("place")
        )
        .select_from(rows.join(properties, true()))
        .cte("made")
    )
    kept = made.c.place <= LIMIT
    version = select(LAYER_VERSION.c.version).where(LAYER_VERSION.c.layer == query.layer.id).scalar_subquery()
    return select(
        func.coalesce(func.string_agg(made.c.feature, ",").filter(kept), "").label("features"),
        func.count().label("found"),
        func.array_agg(made.c.page_key).filter(made.c.place == LIMIT).label("last"),
        func.coalesce(version, 0).label("layer_version"),
    )


def feature_count(connection: Connection, query: Query) -> Count:
    """How many features match the query, its paging left aside."""
    matching = select(literal(1)).select_from(table(query.layer)).where(*conditions(query))
    limited = matching.limit(EXACT_COUNT_LIMIT + 1).subquery()
    number = int(_one(connection, select(func.count().label("number")).select_from(limited)).number)
    record_count(connection, query, number)
    if number <= EXACT_COUNT_LIMIT:
        return Count(number, exact=True)
    return Count(max(_estimate(connection, matching), number), exact=False)


def extent(connection: Connection, layer: Layer) -> tuple[float, float, float, float] | None:
    """The box around what the role sees of the layer, in degrees (west, south, east, north); None if empty."""
    if layer.shape is None:
        return None
    # Moving the stored box is enough for an announcement; 21 points an edge keep it from being too small.
    box = func.ST_SetSRID(func.ST_Extent(table(layer).c.geom), STORAGE_SRID)
    edge = func.ST_Segmentize(box, 1000.0)
    moved = select(func.ST_Transform(edge, 4326).label("box")).cte("moved")
    found = connection.execute(
        select(*(getattr(func, name)(moved.c.box) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")))
    ).one()
    return None if found[0] is None else (found[0], found[1], found[2], found[3])


def published_geometry(geometry: ColumnElement[Any], crs: PublishedCrs) -> ColumnElement[Any]:
    """The stored geometry in `crs`, its coordinates in the order that the authority of `crs` prescribes."""
    moved = geometry if crs.srid == STORAGE_SRID else func.ST_Transform(geometry, crs.srid)
    return func.ST_FlipCoordinates(moved) if crs.northing_first else moved


def _properties(query: Query, rows: Any) -> LateralFromClause:
    """The properties of each of `rows` as a row of their own: PostgreSQL writes a row as JSON faster than pairs."""
    chosen = select(*(rows.c[column.name] for column in chosen_columns(query)))
    return chosen.correlate(rows).lateral("properties")


def _feature(query: Query, rows: Any, properties: LateralFromClause) -> ColumnElement[str]:
    return func.concat(
        literal_column("""'{"type":"Feature","id":'"""), rows.c.id,
        *_members(query, rows),
        literal_column("""',"properties":'"""), func.row_to_json(properties.table_valued()), literal_column("'}'"),
        type_=Text,
    )  # fmt: skip


def _members(query: Query, rows: Any) -> list[ColumnElement[Any]]:
    """Where a feature is and, where the profile tells it, when."""
    nowhere: ColumnElement[Any] = literal_column("'null'")
    placed = _geometry(rows.c.geom, query.crs) if "geom" in rows.c and not query.skip_geometry else nowhere
    if query.profile == "rfc7946":
        return [literal_column("""',"geometry":'"""), placed]
    time = time_json({name: rows.c[name] for name in time_columns(query)})
    members = [literal_column("""',"time":'"""), time, literal_column("""',"place":'""")]
    if query.crs.uri == CRS84:  # what GeoJSON can say is said there (OGC 21-045r1, 7.3.2)
        return [*members, nowhere, literal_column("""',"geometry":'"""), placed]
    doubled = query.profile == "jsonfg-plus" and placed is not nowhere
    fallback = _geometry(rows.c.geom, published()[CRS84]) if doubled else nowhere
    return [*members, placed, literal_column("""',"geometry":'"""), fallback]


def _geometry(stored: ColumnElement[Any], crs: PublishedCrs) -> ColumnElement[str]:
    """The GeoJSON text of the stored geometry in `crs`; the text null where there is none."""
    digits = DEGREE_DIGITS if crs.geographic else METRE_DIGITS
    # Options 0: no crs member of its own; the answer's Content-Crs says it.
    return func.coalesce(func.ST_AsGeoJSON(published_geometry(stored, crs), digits, 0), literal_column("'null'"))


def _estimate(connection: Connection, statement: Select[Any]) -> int:
    compiled = statement.compile(connection.engine)
    plan = connection.exec_driver_sql(f"explain (format json) {compiled}", compiled.params).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])


def _one(connection: Connection, statement: Executable) -> Any:
    with refusing_bad_values():
        return connection.execute(statement).one()


@contextmanager
def refusing_bad_values() -> Iterator[None]:
    """Nothing; turns the database's refusal of a value within the block into `BadRequest`."""
    try:
        yield
    except (DataError, InternalError) as error:  # the latter is what PostGIS raises for geometries it cannot judge
        reason = str(error.orig).splitlines()[0]
        raise BadRequest(
            "Một giá trị trong yêu cầu không đúng kiểu dữ liệu. · "
            f"A value in the request is of the wrong type: {reason}."
        ) from None
