"""A view of the map as vector paths for paper, drawn by PostGIS from the layers themselves and true to scale.

Everything is in millimetres of the frame, x to the right from its left edge; y is negative upwards from its lower edge
(`ST_AsSVG` turns the axis, so that paths go into an SVG as they are). Up is the grid north of the storage system.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, case, cast, func, literal, null, select, text

from gis_core.access import visible_columns
from gis_core.crs import STORAGE_SRID
from gis_core.errors import TooLarge
from gis_core.layer import Layer, Role
from gis_core.parcel_map import Street
from gis_core.parcel_map_sql import STREETS
from gis_core.query import Interval, Query, conditions
from gis_core.table import table

MOST_SHAPES = 12_000
"""Shapes of all layers on one sheet: more can neither be told apart nor set in a few seconds."""
LABEL_MM2 = 24.0
"""An area smaller than this on paper is not labelled."""
FINEST_MM = 0.05
"""Vertices closer than this on paper are left out: no printer shows them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A sheet's map: its middle in metres as stored, the denominator of its scale, its size in mm."""

    east: float
    north: float
    scale: int
    width: float
    height: float

    @property
    def k(self) -> float:
        """Millimetres of paper for each metre."""
        return 1000 / self.scale

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north in metres as stored."""
        half_width, half_height = self.width / self.k / 2, self.height / self.k / 2
        return self.east - half_width, self.north - half_height, self.east + half_width, self.north + half_height

    @property
    def bar_metres(self) -> int:
        """The length of the scale bar in metres: a round number that takes up to a quarter of the frame."""
        longest = self.width / 4 / self.k
        power = int(10 ** math.floor(math.log10(longest)))
        return max(factor * power for factor in (1, 2, 5) if factor * power <= longest)

    @property
    def bar_mm(self) -> float:
        """The length of the scale bar on paper."""
        return self.bar_metres * self.k


@dataclass(frozen=True, slots=True)
class Drawn:
    """One shape: an area or a line as `path` (`dimension` 2 or 1), or a point at `x`, `y` (0); what it is coloured by.

    `label` is written at `x`, `y`.
    """

    id: int
    dimension: int
    path: str
    code: str | None
    label: str | None
    x: float
    y: float


def drawn_layer(
    connection: Connection, layer: Layer, role: Role, frame: Frame, day: date,
    filters: Sequence[ColumnElement[bool]] = (), limit: int = MOST_SHAPES,
) -> list[Drawn]:  # fmt: skip
    """The layer's shapes in the frame, valid on `day`, that fulfil `filters`. Raises `TooLarge` beyond `limit`."""
    found = connection.execute(_statement(layer, role, frame, day, filters).limit(limit + 1)).all()
    if len(found) > limit:
        raise TooLarge(
            f"Lớp '{layer.title.vi}' có quá nhiều đối tượng trong khung (tối đa {MOST_SHAPES} cho cả tờ); hãy chọn"
            f" tỷ lệ lớn hơn hoặc tắt lớp này. · Layer '{layer.title.en}' has too many features in the frame (at most "
            f"{MOST_SHAPES} a sheet): choose a larger scale or switch the layer off."
        )
    return [Drawn(*row) for row in found]


def street_names(connection: Connection, frame: Frame, day: date) -> list[Street]:
    """The names of the streets in the frame, each once, along its longest part."""
    left, bottom, right, top = frame.box
    values = {"left": left, "bottom": bottom, "right": right, "top": top, "k": frame.k,
              "day": day, "srid": STORAGE_SRID}  # fmt: skip
    return [Street(**row) for row in connection.execute(text(STREETS), values).mappings()]


def on_paper(frame: Frame, places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The places (metres east, north, as stored) in the frame's millimetres."""
    left, bottom, _, _ = frame.box
    return [((east - left) * frame.k, -(north - bottom) * frame.k) for east, north in places]


def _statement(
    layer: Layer, role: Role, frame: Frame, day: date, filters: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    rows = _rows_on_paper(layer, role, frame, day, filters).subquery()
    drawn, place = rows.c.drawn, func.ST_PointOnSurface(rows.c.drawn)
    fine = func.ST_Simplify(drawn, FINEST_MM, True)
    written = case((func.ST_Area(drawn) >= LABEL_MM2, cast(rows.c.label, Text)), else_=None)
    dimension = func.ST_Dimension(drawn)
    return (
        select(
            rows.c.id, dimension, case((dimension > 0, func.ST_AsSVG(fine, 0, 2)), else_=""), rows.c.code, written,
            func.coalesce(func.ST_X(place), literal(0.0)), func.coalesce(-func.ST_Y(place), literal(0.0)),
        )
        .where(~func.ST_IsEmpty(drawn))
        .order_by(rows.c.id)
    )  # fmt: skip


def _rows_on_paper(
    layer: Layer, role: Role, frame: Frame, day: date, filters: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """The rows in the frame: id, `code` to colour by, `label`, and `drawn`, the shape in mm."""
    columns, style, k = table(layer).c, layer.style, frame.k
    left, bottom, right, top = frame.box
    seen = func.ST_MakeEnvelope(left, bottom, right, top, STORAGE_SRID)
    # What is cut off at the frame is cut a little outside it: the cut must not look like a boundary.
    clipped = func.ST_ClipByBox2D(columns.geom, func.ST_Expand(seen, 4 / k))
    query = Query(layer, role, interval=Interval(day, day) if layer.validity else None, conditions=filters)
    code = columns[style.colour_by] if style and style.colour_by else null()
    label = columns[style.label] if style and style.label and _written(layer, role, style.label) else null()
    drawn = func.ST_TransScale(clipped, -left, -bottom, k, k)
    return (
        select(columns.id, code.label("code"), label.label("label"), drawn.label("drawn"))
        .where(columns.geom.op("&&")(seen), *conditions(query))
        .offset(0)  # else the drawing would be worked out anew wherever it is used
    )


def _written(layer: Layer, role: Role, name: str) -> bool:
    """Whether the field is put on paper: one that the role may know and that tells nothing of a person."""
    return name in visible_columns(layer, role) and not layer[name].personal
