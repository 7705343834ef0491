"""Spatial conditions, judged in the reference system of the filter; the index finds candidates in the stored one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import box as rectangle
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, LargeBinary, false, func, literal, not_, true

from gis_core.cql2.mixed import homogeneous_parts, related_to_parts
from gis_core.cql2.terms import Node, Scope, arguments, mistake
from gis_core.crs import STORAGE_SRID
from gis_core.extent import BBox, meets_storage_box, within
from gis_core.table import table

SPATIAL: Mapping[str, str] = {
    "s_intersects": "ST_Intersects", "s_disjoint": "ST_Disjoint", "s_equals": "ST_Equals", "s_touches": "ST_Touches",
    "s_within": "ST_Within", "s_overlaps": "ST_Overlaps", "s_crosses": "ST_Crosses", "s_contains": "ST_Contains",
}  # fmt: skip
GEOMETRY_NAMES = ("geometry", "geom")


def spatial(node: Node, scope: Scope) -> ColumnElement[bool]:
    """The spatial predicate. Raises `BadRequest` for geometries that are wrong or of the wrong kind."""
    name = node["op"]
    left, right = (_operand(one, scope) for one in arguments(node, 2))
    if isinstance(left, BaseGeometry) and isinstance(right, BaseGeometry):
        return true() if getattr(shapely, SPATIAL[name][3:].lower())(left, right) else false()
    if name == "s_disjoint":
        return not_(_tested("s_intersects", left, right, scope))
    return _tested(name, left, right, scope)


def _tested(name: str, left: Any, right: Any, scope: Scope) -> ColumnElement[bool]:
    stored = table(scope.layer).c.geom
    given = next((one for one in (left, right) if isinstance(one, BaseGeometry)), None)
    if given is None:
        itself: ColumnElement[bool] = getattr(func, SPATIAL[name])(stored, stored)
        return itself
    around = BBox(*given.bounds, scope.crs)
    if name == "s_intersects" and given.equals(rectangle(*given.bounds)):
        return within(stored, around)
    return meets_storage_box(stored, around) & _exact(name, left, right, scope)


def _exact(name: str, left: Any, right: Any, scope: Scope) -> ColumnElement[bool]:
    stored = table(scope.layer).c.geom
    turned = left is not None
    parts = homogeneous_parts(left if turned else right)
    if len(parts) > 1 and name != "s_intersects":
        here, there = _expression(None, stored, scope), [_expression(one, stored, scope) for one in parts]
        return related_to_parts(name, here, there, shapely.get_dimensions(parts).max().item(), turned=turned)
    if len(parts) == 1:
        left, right = (one and parts[0] for one in (left, right))
    operands = (_expression(one, stored, scope) for one in (left, right))
    exact: ColumnElement[bool] = getattr(func, SPATIAL[name])(*operands)
    return exact


def _expression(operand: Any, stored: ColumnElement[Any], scope: Scope) -> ColumnElement[Any]:
    if isinstance(operand, BaseGeometry):
        return func.ST_GeomFromWKB(literal(shapely.to_wkb(operand), LargeBinary), scope.crs.srid)
    return stored if scope.crs.srid == STORAGE_SRID else func.ST_Transform(stored, scope.crs.srid)


def _operand(node: Node, scope: Scope) -> BaseGeometry | None:
    """The literal geometry, east first; None for the layer's own geometry."""
    if isinstance(node, dict) and len(node) == 1 and node.get("property") in GEOMETRY_NAMES and scope.layer.shape:
        return None
    if isinstance(node, dict) and "bbox" in node:
        return _box(node["bbox"], scope)
    if isinstance(node, dict) and "type" in node:
        return _geometry(node, scope)
    raise mistake(
        "ở đây cần 'geometry' hoặc một hình học.", "the property 'geometry' or a literal geometry is expected here."
    )


def _geometry(node: Node, scope: Scope) -> BaseGeometry:
    try:
        found = shapely.force_2d(shape(node))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise mistake("hình học không đọc được.", "a geometry cannot be read.") from None
    if found.is_empty or not np.isfinite(shapely.get_coordinates(found)).all():
        raise mistake("hình học rỗng hoặc không hữu hạn.", "a geometry is empty or not finite.")
    if not found.is_valid:
        # The standard's own examples have rings that cross themselves: what they enclose is meant.
        found = shapely.make_valid(found, method="structure", keep_collapsed=True)
    if scope.crs.northing_first:
        found = shapely.transform(found, lambda points: points[:, ::-1])
    return found


def _box(numbers: Any, scope: Scope) -> BaseGeometry:
    right = isinstance(numbers, list) and len(numbers) in (4, 6)
    if not right or not all(isinstance(one, int | float) and np.isfinite(one) for one in numbers):
        raise mistake("BBOX cần 4 hoặc 6 số.", "BBOX takes 4 or 6 numbers.")
    middle = len(numbers) // 2
    low, high = numbers[:2], numbers[middle : middle + 2]
    if scope.crs.northing_first:
        low, high = low[::-1], high[::-1]
    if low[1] > high[1] or (low[0] > high[0] and not scope.crs.geographic):
        raise mistake("BBOX có góc dưới trên góc trên.", "the lower corner of a BBOX lies above the upper one.")
    parts = BBox(low[0], low[1], high[0], high[1], scope.crs).parts()
    return shapely.union_all([_solid(one) for one in parts])


def _solid(part: BBox) -> BaseGeometry:
    """The box as what it is: an area, or a line or a point where it has no width or no height."""
    corners = [(part.xmin, part.ymin), (part.xmax, part.ymax)]
    if corners[0] == corners[1]:
        return shapely.Point(corners[0])
    flat = part.xmin == part.xmax or part.ymin == part.ymax
    return shapely.LineString(corners) if flat else rectangle(*corners[0], *corners[1])
