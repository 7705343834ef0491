"""What is said about the city shown: its title, where it lies, whose data they are, and whether they are invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from gis_core.features import extent
from gis_core.layer import Layer, Text
from gis_core.platform_tables import CITY
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
    """What is known of the city by its manifest and from the rows that the connection's role may read."""
    found = sources(connection, layers)
    known = {layer.id: layer for layer in layers}
    boxes = (extent(connection, known[name]) for name in MAIN_LAYERS if name in known)
    return About(
        box=next((box for box in boxes if box is not None), None),
        attribution=_noticed(city_attribution(connection), found),
        invented=INVENTED in found,
    )


def is_invented(connection: Connection, layer: Layer) -> bool:
    """Whether the layer holds rows of a generated city."""
    return INVENTED in sources_of(connection, layer)


def city_row(connection: Connection) -> Row[Any] | None:
    """What the manifest of the loaded city told; None where only single files were loaded."""
    return connection.execute(select(CITY)).first()


def city_attribution(connection: Connection) -> Text | None:
    """Whose data the city's are, as its manifest tells; None without one."""
    row = city_row(connection)
    return None if row is None else Text(row.attribution_vi, row.attribution_en)


def _noticed(attribution: Text | None, found: set[str]) -> Text | None:
    """The attribution with OpenStreetMap's notice, where its data are shown and nobody mentioned them."""
    if not any(source.startswith(OPENSTREETMAP) for source in found):
        return attribution
    if attribution is None:
        return OPENSTREETMAP_NOTICE
    if "OpenStreetMap" in attribution.vi:
        return attribution
    notice = OPENSTREETMAP_NOTICE
    return Text(f"{attribution.vi}; {notice.vi}", f"{attribution.en}; {notice.en}")


def sources(connection: Connection, layers: Sequence[Layer]) -> set[str]:
    """The sources from which the rows of `layers` were loaded."""
    return {source for layer in layers for source in sources_of(connection, layer)}


def sources_of(connection: Connection, layer: Layer) -> list[str]:
    """The layer's sources in order, each found by one step in the index on (source, source_ref), not by scanning."""
    source = table(layer).c.source
    first = select(source.label("source")).order_by(source).limit(1)
    steps = first.cte("steps", recursive=True)
    following = (
        select(source).where(source > steps.c.source).order_by(source).limit(1).correlate(steps).scalar_subquery()
    )
    steps = steps.union_all(select(following).where(steps.c.source.is_not(None)))
    found = connection.execute(select(steps.c.source).where(steps.c.source.is_not(None)))
    return list(found.scalars())
