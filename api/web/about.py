"""What a page says about the city it shows: where it lies, whose data they are, and whether they are invented."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from gis_core.features import extent
from gis_core.layer import Layer, Text
from gis_core.table import table

Box = tuple[float, float, float, float]

INVENTED = "demo"
"""The source under which generated cities are loaded."""
OPENSTREETMAP = ("osm", "ways")
"""Sources, or beginnings of their names, whose data are OpenStreetMap's; the licence asks for the notice."""
OPENSTREETMAP_NOTICE = Text("© những người đóng góp OpenStreetMap (ODbL)", "© OpenStreetMap contributors (ODbL)")
MAIN_LAYERS = ("land_parcels", "buildings", "roads", "wards")
"""The layers by which the first view is chosen: the first of them that holds anything."""


@dataclass(frozen=True, slots=True)
class About:
    """The box of the first view in degrees (west, south, east, north; None without data), and the notices."""

    box: Box | None
    attribution: Text | None
    invented: bool


def about(connection: Connection, layers: Sequence[Layer]) -> About:
    """What is known of the city from the rows that the connection's role may read."""
    found = sources(connection, layers)
    openstreetmap = any(source.startswith(OPENSTREETMAP) for source in found)
    known = {layer.id: layer for layer in layers}
    boxes = (extent(connection, known[name]) for name in MAIN_LAYERS if name in known)
    return About(
        box=next((box for box in boxes if box is not None), None),
        attribution=OPENSTREETMAP_NOTICE if openstreetmap else None,
        invented=INVENTED in found,
    )


def sources(connection: Connection, layers: Sequence[Layer]) -> set[str]:
    """The sources from which the rows of `layers` were loaded."""
    return {source for layer in layers for source in _sources_of(connection, layer)}


def _sources_of(connection: Connection, layer: Layer) -> list[str]:
    """The layer's sources, each found by one step in the index on (source, source_ref), not by scanning all rows."""
    source = table(layer).c.source
    first = select(source.label("source")).order_by(source).limit(1)
    steps = first.cte("steps", recursive=True)
    following = (
        select(source).where(source > steps.c.source).order_by(source).limit(1).correlate(steps).scalar_subquery()
    )
    steps = steps.union_all(select(following).where(steps.c.source.is_not(None)))
    found = connection.execute(select(steps.c.source).where(steps.c.source.is_not(None)))
    return list(found.scalars())
