"""Mapbox Vector Tiles, built by PostGIS: one statement a tile, whatever the number of layers.

Complete: a tile holds every feature that the role may see and that meets it, and each feature is at least in the tile
of its own point, however small it is drawn. Nothing is thinned.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from threading import Lock
from typing import Any

from cachetools import LRUCache
from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    LargeBinary,
    ScalarSelect,
    Select,
    Subquery,
    case,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import psycopg2

from gis_core.access import visible_columns
from gis_core.layer import Layer, Role
from gis_core.query import Interval, Query, conditions
from gis_core.table import table
from tiles.cells import EXTENT, asked_box, drawn, ground, ground_box, is_straight, is_whole, labelled, parameters
from tiles.matrix import Tile

SIMPLIFIED_BELOW = 15
"""From this zoom on geometry is drawn as stored; below it, vertices that no screen can show are left out."""
LABEL_ZOOMS = 3
"""How many levels after its layer a label appears: where every feature has room for one."""
CUT = "cut"
"""The property of an area that reaches over the edge of its tile, and so has its label from a point."""
STATEMENTS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    parameters: Mapping[str, Any]
    digest: str


class VectorTiles:
    """Makes tiles; keeps the text of the statements, which is the same for all tiles of the same layers and role."""

    def __init__(self) -> None:
        self._statements: LRUCache[Hashable, _Statement] = LRUCache(STATEMENTS_KEPT)
        self._lock = Lock()

    def tile(self, connection: Connection, layers: Sequence[Layer], role: Role, tile: Tile, day: date) -> bytes:
        """The tile with one MVT layer for each of `layers` whose first zoom is reached; empty where nothing is drawn.

        `day`: the features of layers with legal validity are those valid on it. Attributes are those of `tile_columns`.
        """
        statement, box = self._statement(layers, role, day, tile), ground_box(tile)
        if statement is None or box is None:
            return b""
        asked = {**statement.parameters, **parameters(tile, box)}
        return bytes(connection.exec_driver_sql(statement.sql, asked).scalar_one())

    def recipe(self, layers: Sequence[Layer], role: Role, day: date, tile: Tile) -> str:
        """A digest of how `tile` is made of the data: another one after a change of the declarations or of the code."""
        statement = self._statement(layers, role, day, tile)
        return "" if statement is None else statement.digest

    def _statement(self, layers: Sequence[Layer], role: Role, day: date, tile: Tile) -> _Statement | None:
        layers = [layer for layer in layers if layer.tiles is not None and tile.zoom >= layer.tiles.min_zoom]
        if not layers:
            return None
        straight = is_straight(tile)
        key = (tuple(layer.id for layer in layers), role, day, tile.zoom, straight)
        with self._lock:
            known = self._statements.get(key)
        if known is None:
            known = _compiled(layers, role, day, tile.zoom, straight=straight)
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
    """The name of the MVT layer with points for labels; None where labels need none.

    An area cut by tiles would be labelled in each of them; a line is labelled along itself, a point where it is.
    """
    needed = layer.shape in ("Polygon", "MultiPolygon", "Geometry") and label_zoom(layer) is not None
    return f"{layer.id}_label" if needed else None


def labels_whole(layer: Layer) -> bool:
    """Whether features that no tile cuts are labelled where they are drawn: those without the property `CUT`.

    Points for them would be a third of a tile's bytes and of the time to make it.
    """
    return layer.shape in ("Polygon", "MultiPolygon") and label_layer(layer) is not None


def _compiled(layers: Sequence[Layer], role: Role, day: date, zoom: int, *, straight: bool) -> _Statement:
    place = ground(straight=straight)
    parts = (part for layer in layers for part in _parts(layer, role, day, zoom, place, straight=straight))
    whole: ColumnElement[Any] = next(parts)
    for part in parts:
        whole = whole.op("||", return_type=LargeBinary())(part)
    compiled = select(whole).compile(dialect=psycopg2.dialect())  # type: ignore[no-untyped-call]
    sql = str(compiled)
    return _Statement(sql, compiled.params, blake2b(repr((sql, sorted(compiled.params.items()))).encode()).hexdigest())


def _parts(
    layer: Layer, role: Role, day: date, zoom: int, place: CTE, *, straight: bool
) -> Iterator[ColumnElement[Any]]:
    name, first, geometry = label_layer(layer), label_zoom(layer), table(layer).c.geom
    text = layer.style.label if name and layer.style and first is not None and zoom >= first else None
    cut = [case((~is_whole(geometry), true())).label(CUT)] if text and labels_whole(layer) else []
    found = _candidates(layer, role, day, tile_columns(layer, role, zoom), cut)
    yield _mvt(drawn(found, place, straight=straight, simplified=zoom < SIMPLIFIED_BELOW), layer.id)
    if name and text:
        also = [table(layer).c[text].is_not(None), *([~is_whole(geometry)] if cut else [])]
        yield _mvt(labelled(_candidates(layer, role, day, [text], also=also), place, straight=straight), name)


def _mvt(rows: Select[Any], name: str) -> ScalarSelect[bytes]:
    # ST_AsMVT leaves out rows without geometry: those that only their box brought here.
    # The order is fixed, so that features lie upon each other alike in neighbouring tiles; sorted late, what is sorted
    # is small.
    shown = rows.order_by(rows.selected_columns.id).subquery("shown").table_valued()
    return select(func.ST_AsMVT(shown, name, EXTENT, "geom", "id", type_=LargeBinary)).scalar_subquery()


def _candidates(
    layer: Layer,
    role: Role,
    day: date,
    names: Sequence[str],
    more: Sequence[ColumnElement[Any]] = (),
    also: Sequence[ColumnElement[bool]] = (),
) -> Subquery:
    """The rows whose box meets that of the tile: id, the columns `names` and `more`, geometry as stored."""
    columns = table(layer).c
    asked = conditions(Query(layer, role, interval=Interval(day, day) if layer.validity else None))
    return (
        select(columns.id, *(columns[name] for name in names), *more, columns.geom)
        .where(columns.geom.op("&&")(asked_box()), *asked, *also)
        .subquery("candidate")
    )
