"""Mapbox Vector Tiles, built by PostGIS: one statement a tile, whatever the number of layers.

Complete: a tile holds every feature that the role may see and that meets it, and each feature is at least in the tile
of its own point, however small it is drawn. Nothing is thinned.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from cachetools import LRUCache
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Double,
    Integer,
    LargeBinary,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import psycopg2

from gis_core.access import visible_columns
from gis_core.crs import STORAGE_SRID
from gis_core.extent import storage_box
from gis_core.layer import Layer, Role
from gis_core.query import Interval, Query, conditions
from gis_core.table import table
from tiles.matrix import HALF_WORLD, Tile

EXTENT = 4096
"""Cells along each edge of a tile."""
BUFFER = 64
"""Cells by which drawings reach over the edge of a tile, so that outlines and labels are not cut."""
MERCATOR_SRID = 3857
SIMPLIFIED_BELOW = 15
"""From this zoom on geometry is drawn as stored; below it, vertices that no screen can show are left out."""
TOLERANCE_CELLS = 2
"""A quarter of a pixel at 512 pixels a tile."""
LABEL_ZOOMS = 3
"""How many levels after its layer a label appears: where every feature has room for one."""
STATEMENTS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    parameters: Mapping[str, Any]


class VectorTiles:
    """Makes tiles; keeps the text of the statements, which is the same for all tiles of the same layers and role."""

    def __init__(self) -> None:
        self._statements: LRUCache[Hashable, _Statement] = LRUCache(STATEMENTS_KEPT)
        self._lock = Lock()

    def tile(self, connection: Connection, layers: Sequence[Layer], role: Role, tile: Tile, day: date) -> bytes:
        """The tile with one MVT layer for each of `layers` whose first zoom is reached; empty where nothing is drawn.

        `day`: the features of layers with legal validity are those valid on it. Attributes are those of `tile_columns`.
        """
        drawn = [layer for layer in layers if layer.tiles is not None and tile.zoom >= layer.tiles.min_zoom]
        candidates, clip = storage_box(tile.bounds(BUFFER / EXTENT)), storage_box(tile.bounds(2 * BUFFER / EXTENT))
        if not drawn or candidates is None or clip is None:
            return b""
        statement = self._statement(drawn, role, day, tile.zoom)
        asked = _named("box", candidates) | _named("clip", clip)
        asked |= {"zoom": tile.zoom, "row": tile.row, "col": tile.col, "cell": tile.span / EXTENT}
        return bytes(connection.exec_driver_sql(statement.sql, {**statement.parameters, **asked}).scalar_one())

    def _statement(self, layers: Sequence[Layer], role: Role, day: date, zoom: int) -> _Statement:
        key = (tuple(layer.id for layer in layers), role, day, zoom)
        with self._lock:
            known = self._statements.get(key)
        if known is None:
            known = _compiled(layers, role, day, zoom)
            with self._lock:
                self._statements[key] = known
        return known


def tile_columns(layer: Layer, role: Role, zoom: int | None = None) -> list[str]:
    """The names of the attributes that tiles of `layer` carry for `role`, besides the feature id.

    At a `zoom` where features are not yet labelled only what colours them: the rest is half of such a tile's bytes.
    """
    visible = set(visible_columns(layer, role))
    names = [one.name for one in layer.fields if one.in_tiles and one.name in visible]
    first = label_zoom(layer)
    if zoom is None or first is None or zoom >= first:
        return names
    return [name for name in names if layer.style and name == layer.style.colour_by]


def label_zoom(layer: Layer) -> int | None:
    """The first zoom at which the features of `layer` are labelled, None where they are not."""
    if layer.style is None or layer.tiles is None or layer.style.label is None:
        return None
    return min(layer.tiles.min_zoom + LABEL_ZOOMS, layer.tiles.max_zoom)


def label_layer(layer: Layer) -> str | None:
    """The name of the MVT layer with one point for each feature's label; None where labels need none.

    An area cut by tiles would be labelled in each of them; a line is labelled along itself, a point where it is.
    """
    needed = layer.shape in ("Polygon", "MultiPolygon", "Geometry") and label_zoom(layer) is not None
    return f"{layer.id}_label" if needed else None


def _compiled(layers: Sequence[Layer], role: Role, day: date, zoom: int) -> _Statement:
    parts = (part for layer in layers for part in _parts(layer, role, day, zoom))
    whole: ColumnElement[Any] = next(parts)
    for part in parts:
        whole = whole.op("||", return_type=LargeBinary())(part)
    compiled = select(whole).compile(dialect=psycopg2.dialect())  # type: ignore[no-untyped-call]
    return _Statement(str(compiled), compiled.params)


def _parts(layer: Layer, role: Role, day: date, zoom: int) -> Iterator[ColumnElement[Any]]:
    candidates = _candidates(layer, role, day, tile_columns(layer, role, zoom))
    attributes = [column for column in candidates.c if column.name not in ("id", "geom")]
    drawn = _drawn(candidates, simplified=zoom < SIMPLIFIED_BELOW)
    yield _mvt(select(candidates.c.id, *attributes, drawn.label("geom")), layer.id)
    name, first = label_layer(layer), label_zoom(layer)
    if name and layer.style and layer.style.label and first is not None and zoom >= first:
        labelled = _candidates(layer, role, day, [layer.style.label])
        text = labelled.c[layer.style.label]
        yield _mvt(select(labelled.c.id, text, _own_place(labelled).label("geom")).where(text.is_not(None)), name)


def _mvt(rows: Select[Any], name: str) -> ScalarSelect[bytes]:
    # ST_AsMVT leaves out rows without geometry: those that only their box brought here.
    drawn = rows.subquery("drawn").table_valued()
    return select(func.ST_AsMVT(drawn, name, EXTENT, "geom", "id", type_=LargeBinary)).scalar_subquery()


def _candidates(layer: Layer, role: Role, day: date, names: Sequence[str]) -> Subquery:
    """The rows whose box meets that of the tile: id, the columns `names`, geometry as stored."""
    columns = table(layer).c
    asked = conditions(Query(layer, role, interval=Interval(day, day) if layer.validity else None))
    return (
        select(columns.id, *(columns[name] for name in names), columns.geom)
        .where(columns.geom.op("&&")(_box("box")), *asked)
        # The order is fixed, so that the same data make the same bytes.
        .order_by(columns.id)
        .subquery("candidate")
    )


def _drawn(candidates: Subquery, *, simplified: bool) -> ColumnElement[Any]:
    """The geometry in cells of the tile; the smallest mark there is where it would be lost between the cells."""
    moved = func.ST_Transform(_lightened(candidates.c.geom, simplified=simplified), MERCATOR_SRID)
    envelope = func.ST_TileEnvelope(_whole("zoom"), _whole("col"), _whole("row"))
    return func.coalesce(func.ST_AsMVTGeom(moved, envelope, EXTENT, BUFFER, True), _mark(candidates))


def _lightened(geometry: ColumnElement[Any], *, simplified: bool) -> ColumnElement[Any]:
    """The stored geometry without what is far outside of the tile, and simplified: every vertex transformed costs."""
    clipped = func.ST_ClipByBox2D(geometry, _box("clip"))
    if not simplified:
        return clipped
    return func.ST_Simplify(clipped, TOLERANCE_CELLS * _number("cell"), True)


def _mark(candidates: Subquery) -> ScalarSelect[Any]:
    """One cell, one cell's edge or a point at the feature's own point; null in all tiles but that point's own."""
    place = _place(candidates)
    x, y = place.c.x, place.c.y
    dimension = func.ST_Dimension(candidates.c.geom)
    point, edge = func.ST_Point(x, y), func.ST_MakeLine(func.ST_Point(x, y), func.ST_Point(x + 1, y))
    # MVT 2.1, 4.3.4.3: exterior rings have a positive area by the surveyor's formula.
    square = func.ST_ForcePolygonCCW(func.ST_MakeEnvelope(x, y, x + 1, y + 1))
    mark = case((dimension == 0, point), (dimension == 1, edge), else_=square)
    return select(mark).where(_within_tile(place)).scalar_subquery()


def _own_place(candidates: Subquery) -> ScalarSelect[Any]:
    """The feature's own point, null in all tiles but the one it lies in."""
    place = _place(candidates)
    return select(func.ST_Point(place.c.x, place.c.y)).where(_within_tile(place)).scalar_subquery()


def _place(candidates: Subquery) -> Subquery:
    """The cell `x`, `y` of the tile in which the feature's own point lies.

    Cells are counted over the whole world, so that neighbouring tiles agree whose the point is.
    """
    own = func.ST_Transform(func.ST_PointOnSurface(candidates.c.geom), MERCATOR_SRID)
    # OFFSET 0: PostgreSQL would else compute the point anew wherever one of its coordinates is used.
    point = select(own.label("point")).correlate(candidates).offset(0).subquery("own").c.point
    return (
        select(
            (func.floor((func.ST_X(point) + HALF_WORLD) / _number("cell")) - _whole("col") * EXTENT).label("x"),
            (func.floor((HALF_WORLD - func.ST_Y(point)) / _number("cell")) - _whole("row") * EXTENT).label("y"),
        )
        .offset(0)
        .subquery("place")
    )


def _within_tile(place: Subquery) -> ColumnElement[bool]:
    return and_(place.c.x.between(0, EXTENT - 1), place.c.y.between(0, EXTENT - 1))


def _box(name: str) -> ColumnElement[Any]:
    return func.ST_MakeEnvelope(*(_number(f"{name}_{side}") for side in _SIDES), STORAGE_SRID)


_SIDES = ("west", "south", "east", "north")


def _named(name: str, box: tuple[float, float, float, float]) -> dict[str, float]:
    return {f"{name}_{side}": value for side, value in zip(_SIDES, box, strict=True)}


def _number(name: str) -> BindParameter[float]:
    return bindparam(name, type_=Double, required=True)


def _whole(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer, required=True)
