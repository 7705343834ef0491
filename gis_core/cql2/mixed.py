"""Spatial conditions with a collection of mixed dimensions, which PostGIS up to 3.4 cannot relate to anything.

The collection means the union of its parts. Each condition is put together from what PostGIS tells of those of one
dimension.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_

_TURNED = {"s_within": "s_contains", "s_contains": "s_within"}


def homogeneous_parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The geometry as one geometry for each of its dimensions; points within lines and lines within areas vanish."""
    if not isinstance(geometry, shapely.GeometryCollection):
        return [geometry]
    simple = shapely.get_parts(shapely.unary_union(geometry))
    dimensions = shapely.get_dimensions(simple)
    return [shapely.union_all(simple[dimensions == one]) for one in sorted(set(dimensions.tolist()))]


def related_to_parts(
    name: str, stored: ColumnElement[Any], parts: Sequence[ColumnElement[Any]], greatest: int, *, turned: bool
) -> ColumnElement[bool]:
    """Whether the stored geometry stands in the relation `name` to the union of `parts`; `turned`: the union to it.

    `greatest` is the greatest dimension of the parts. The stored geometry is no collection.
    """
    name = _TURNED.get(name, name) if turned else name
    # Interior meets interior; and nothing of the one lies outside the other.
    meets = or_(*(func.ST_Relate(stored, one, "T********") for one in parts))
    covers = and_(*(func.ST_Covers(stored, one) for one in parts))
    covered = func.ST_IsEmpty(reduce(lambda left, one: func.ST_Difference(left, one), parts, stored))
    dimension = func.ST_Dimension(stored)
    found: dict[str, ColumnElement[bool]] = {
        "s_contains": and_(meets, covers),
        "s_within": and_(meets, covered),
        "s_equals": and_(covers, covered),
        "s_touches": and_(or_(*(func.ST_Intersects(stored, one) for one in parts)), not_(meets)),
        "s_overlaps": and_(dimension == greatest, meets, not_(covers), not_(covered)),
        "s_crosses": and_(
            dimension != greatest, meets,
            case((dimension < literal(greatest), not_(covered)), else_=not_(covers)),
        ),
    }  # fmt: skip
    return found[name]
