"""From geometry as stored to the cells of a tile, as SQL: moved, rounded, marked where it would be lost, labelled.

Cells are counted from the tile's upper left corner, rightwards and downwards (Vector Tile Specification 2.1, 4.3).
"""

from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Double,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    column,
    func,
    select,
    text,
)

from gis_core.crs import STORAGE_SRID, transformer
from gis_core.extent import MARGIN_METRES, SIDES, storage_box
from tiles.matrix import HALF_WORLD, Tile

EXTENT = 4096
"""Cells along each edge of a tile."""
BUFFER = 64
"""Cells by which drawings reach over the edge of a tile, so that outlines and labels are not cut."""
MERCATOR_SRID = 3857
TOLERANCE_CELLS = 2
"""A quarter of a pixel at 512 pixels a tile."""
_DRAWN = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
EDGE_CELLS = TOLERANCE_CELLS + 1
"""Nearer to a tile's edge than this only the exact transformation tells on which side a point lies."""

Box = tuple[float, float, float, float]

_FROM_STORAGE = """
select a, b, d, e, across - a * x - b * y as across, down - d * x - e * y as down
  from (select (:box_west + :box_east) / 2.0 as x, (:box_south + :box_north) / 2.0 as y,
               :box_east - :box_west as wide, :box_north - :box_south as high) as box,
       lateral (select st_transform(st_point(:box_west, y, :storage), :mercator) as west,
                       st_transform(st_point(:box_east, y, :storage), :mercator) as east,
                       st_transform(st_point(x, :box_south, :storage), :mercator) as south,
                       st_transform(st_point(x, :box_north, :storage), :mercator) as north offset 0) as ends,
       lateral (select (st_x(east) - st_x(west)) / wide / :cell as a,
                       (st_x(north) - st_x(south)) / high / :cell as b,
                       (st_y(west) - st_y(east)) / wide / :cell as d,
                       (st_y(south) - st_y(north)) / high / :cell as e,
                       ((st_x(west) + st_x(east) + st_x(south) + st_x(north)) / 4 + :half) / :cell
                           - :col * :extent as across,
                       (:half - (st_y(west) + st_y(east) + st_y(south) + st_y(north)) / 4) / :cell
                           - :row * :extent as down) as middle
"""
_FROM_MERCATOR = """
select 1 / :cell as a, 0.0 as b, 0.0 as d, -1 / :cell as e,
       :half / :cell - :col * :extent as across, :half / :cell - :row * :extent as down
"""


@lru_cache(65_536)
def ground_box(tile: Tile) -> Box | None:
    """The box in the storage system around all that `tile` draws; None where nothing can be stored."""
    return storage_box(tile.bounds(BUFFER / EXTENT))


@lru_cache(65_536)
def is_straight(tile: Tile) -> bool:
    """Whether the affine map of `ground` errs nowhere in the tile by more than `TOLERANCE_CELLS`.

    Both systems are conformal, so the error grows with the square of the distance from the middle and is largest in the
    corners: in Lâm Đồng 0.1 cells at level 14, 1.5 at level 10.
    """
    box = ground_box(tile)
    if box is None:
        return False
    west, south, east, north = box
    x, y = (west + east) / 2, (south + north) / 2
    moved = transformer(STORAGE_SRID, MERCATOR_SRID).transform(
        np.array([west, east, x, x, west, east, west, east]), np.array([y, y, south, north, south, south, north, north])
    )
    at = moved[0] + 1j * moved[1]
    middle, right, up = at[:4].mean(), (at[1] - at[0]) / 2, (at[3] - at[2]) / 2
    straight = np.array([middle - right - up, middle + right - up, middle - right + up, middle + right + up])
    return bool(np.abs(at[4:] - straight).max() <= TOLERANCE_CELLS * tile.span / EXTENT)


@lru_cache(65_536)
def _whole_box(tile: Tile) -> Box:
    """A box in the storage system that lies within the tile; one of no size where nothing is, if it is not straight."""
    if not is_straight(tile):
        return (0.0, 0.0, 0.0, 0.0)
    box, margin = tile.bounds(), EDGE_CELLS * tile.span / EXTENT + MARGIN_METRES
    east, north = transformer(MERCATOR_SRID, STORAGE_SRID).transform(
        [box.xmin, box.xmin, box.xmax, box.xmax], [box.ymin, box.ymax, box.ymin, box.ymax]
    )
    return (
        max(east[:2]) + margin, max(north[0], north[2]) + margin,
        min(east[2:]) - margin, min(north[1], north[3]) - margin,
    )  # fmt: skip


def parameters(tile: Tile, box: Box) -> dict[str, Any]:
    """The values for the parameters of this module's expressions."""
    boxes = {"box": box, "whole": _whole_box(tile)}
    sides = {f"{name}_{side}": value for name, one in boxes.items() for side, value in zip(SIDES, one, strict=True)}
    # Not as whole numbers: cells counted over the world are more than an integer of PostgreSQL holds.
    return sides | {"row": float(tile.row), "col": float(tile.col), "cell": tile.span / EXTENT}


def asked_box() -> ColumnElement[Any]:
    """The box in the storage system around all that is drawn."""
    return _box("box")


def is_whole(geometry: ColumnElement[Any]) -> ColumnElement[bool]:
    """True where the stored `geometry` lies within the tile, and so is cut by no other one."""
    return geometry.op("@")(_box("whole"))


def _box(name: str) -> ColumnElement[Any]:
    return func.ST_MakeEnvelope(*(_number(f"{name}_{side}") for side in SIDES), STORAGE_SRID)


def ground(*, straight: bool) -> CTE:
    """One row, the coefficients of `ST_Affine` that lead to cells: from Mercator or, where `straight`, from storage.

    The affine map costs a fifteenth of ST_Transform. Its coefficients come from ST_Transform, not from pyproj: another
    version of PROJ may go another way between the datums.
    """
    known = {"storage": STORAGE_SRID, "mercator": MERCATOR_SRID, "half": HALF_WORLD, "extent": EXTENT}
    statement = text(_FROM_STORAGE if straight else _FROM_MERCATOR)
    used = {name: value for name, value in known.items() if f":{name}" in statement.text}
    columns = (column(name, Double) for name in ("a", "b", "d", "e", "across", "down"))
    return statement.bindparams(**used).columns(*columns).cte("ground").prefix_with("MATERIALIZED")


def drawn(candidates: FromClause, ground: CTE, *, straight: bool, simplified: bool) -> Select[Any]:
    """All columns of `candidates`, `geom` in cells: null where only the feature's box meets the tile.

    The smallest mark there is stands for what would be lost between the cells, in the tile of the feature's own point.
    """
    others = [one for one in candidates.c if one.name != "geom"]
    light = func.ST_ClipByBox2D(candidates.c.geom, asked_box())
    if simplified:
        light = func.ST_Simplify(light, TOLERANCE_CELLS * _number("cell"), True)
    reached = light if straight else func.ST_Transform(light, MERCATOR_SRID)
    # OFFSET 0: PostgreSQL would else compute a value anew wherever it is used.
    moved = (
        select(*others, candidates.c.geom.label("stored"), _affine(reached, ground).label("cells"))
        .select_from(candidates.join(ground, text("true")))
        .offset(0)
        .subquery("moved")
    )
    # What cannot be placed is kept: it may be a feature that is lost, and marked.
    reaching = func.coalesce(moved.c.cells.op("&&")(func.ST_MakeEnvelope(*_DRAWN)), True)
    snapped = select(moved, func.ST_SnapToGrid(moved.c.cells, 1).label("rounded")).where(reaching)
    rounded = snapped.offset(0).subquery("rounded")
    names = [rounded.c[one.name] for one in others]
    return select(*names, func.coalesce(_valid(rounded), _mark(rounded)).label("geom"))


def labelled(candidates: FromClause, ground: CTE, *, straight: bool) -> Select[Any]:
    """All columns of `candidates`, `geom` the cell of the feature's own point: null in all tiles but that point's."""
    others = [one for one in candidates.c if one.name != "geom"]
    located = select(*others, func.ST_PointOnSurface(candidates.c.geom).label("own")).offset(0).subquery("located")
    kept = [located.c[one.name] for one in others]
    own = located.c.own
    if not straight:
        return select(*kept, _exact_cell(located).label("geom"))
    x = ground.c.a * func.ST_X(own) + ground.c.b * func.ST_Y(own) + ground.c.across
    y = ground.c.d * func.ST_X(own) + ground.c.e * func.ST_Y(own) + ground.c.down
    near = select(*kept, own, x.label("x"), y.label("y")).select_from(located.join(ground, text("true")))
    placed = near.offset(0).subquery("near")
    at = placed.c
    within, beyond = (
        _both_between(at, EDGE_CELLS, EXTENT - EDGE_CELLS),
        _both_between(at, -EDGE_CELLS, EXTENT + EDGE_CELLS),
    )
    cell = case((within, func.ST_Point(func.floor(at.x), func.floor(at.y))), (beyond, _exact_cell(placed)))
    return select(*(at[one.name] for one in others), cell.label("geom"))


def _affine(geometry: ColumnElement[Any], ground: CTE) -> ColumnElement[Any]:
    known = ground.c
    return func.ST_Affine(geometry, known.a, known.b, known.d, known.e, known.across, known.down)


def _valid(rows: FromClause) -> ColumnElement[Any]:
    """What was rounded where that left it valid, else what ST_AsMVTGeom makes of it, at eight times the cost."""
    rounded, cells = rows.c.rounded, rows.c.cells
    fits = and_(
        func.ST_IsValid(rounded),
        ~func.ST_IsEmpty(rounded),
        func.ST_GeometryType(rounded) != "ST_GeometryCollection",
    )
    # ST_AsMVTGeom counts upwards in what it takes and downwards in what it gives.
    tile = func.ST_MakeBox2D(func.ST_Point(0, -EXTENT), func.ST_Point(EXTENT, 0))
    repaired = func.ST_AsMVTGeom(func.ST_Scale(cells, 1, -1), tile, EXTENT, BUFFER, True)
    # MVT 2.1, 4.3.4.3: exterior rings have a positive area by the surveyor's formula.
    return case((fits, func.ST_ForcePolygonCCW(rounded)), else_=repaired)


def _mark(rows: FromClause) -> ScalarSelect[Any]:
    """One cell, one cell's edge or a point at the feature's own point; null in all tiles but that point's own."""
    place = _place(func.ST_PointOnSurface(rows.c.stored), rows)
    x, y = place.c.x, place.c.y
    dimension = func.ST_Dimension(rows.c.stored)
    point, edge = func.ST_Point(x, y), func.ST_MakeLine(func.ST_Point(x, y), func.ST_Point(x + 1, y))
    square = func.ST_ForcePolygonCCW(func.ST_MakeEnvelope(x, y, x + 1, y + 1))
    mark = case((dimension == 0, point), (dimension == 1, edge), else_=square)
    return select(mark).where(_both_between(place.c, 0, EXTENT - 1)).scalar_subquery()


def _exact_cell(rows: FromClause) -> ScalarSelect[Any]:
    """The cell of the point `own` of `rows`; null outside of the tile."""
    place = _place(rows.c.own, rows)
    inside = _both_between(place.c, 0, EXTENT - 1)
    return select(func.ST_Point(place.c.x, place.c.y)).where(inside).scalar_subquery()


def _place(own: ColumnElement[Any], rows: FromClause) -> FromClause:
    """The cell `x`, `y` of the tile in which the point `own` of `rows`, as stored, lies.

    Cells are counted over the whole world, so that neighbouring tiles agree whose the point is.
    """
    moved = select(func.ST_Transform(own, MERCATOR_SRID).label("point")).correlate(rows).offset(0)
    point = moved.subquery("exact").c.point
    cell = _number("cell")
    return (
        select(
            (func.floor((func.ST_X(point) + HALF_WORLD) / cell) - _number("col") * EXTENT).label("x"),
            (func.floor((HALF_WORLD - func.ST_Y(point)) / cell) - _number("row") * EXTENT).label("y"),
        )
        .offset(0)
        .subquery("place")
    )


def _both_between(at: Any, least: int, most: int) -> ColumnElement[bool]:
    return and_(at.x.between(least, most), at.y.between(least, most))


def _number(name: str) -> BindParameter[float]:
    return bindparam(name, type_=Double, required=True)
