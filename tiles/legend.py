"""The legend: what each layer's drawing means, from its declaration and the city's code lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gis_core.layer import Layer, Style, Text
from gis_core.platform_tables import CODE


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of a list with its names, and its colour where it has one."""

    code: str
    name: Text
    colour: str | None


Palette = Mapping[str, Sequence[Entry]]
"""The entries of each code list, in the order of the list."""


def read_palette(connection: Connection) -> Palette:
    """All code lists as the database has them now: a city may change names and colours there."""
    columns = CODE.c
    rows = connection.execute(
        select(columns.list, columns.code, columns.vi, columns.en, columns.colour).order_by(columns.list, columns.rank)
    )
    found: dict[str, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.list, []).append(Entry(row.code, Text(row.vi, row.en), row.colour))
    return found


def legend(layers: Sequence[Layer], palette: Palette) -> list[dict[str, Any]]:
    """The layers in groups, the topmost drawn first, each with its swatch or with one for each class.

    `rank` counts from the topmost layer of all.
    """
    groups: dict[str, dict[str, Any]] = {}
    for rank, layer in enumerate(reversed(layers)):
        if layer.style and layer.tiles:
            title = {"vi": layer.group.vi, "en": layer.group.en}
            group = groups.setdefault(layer.group.en, {"title": title, "layers": []})
            group["layers"].append({"rank": rank, **_described(layer, layer.style, palette)})
    return list(groups.values())


def _described(layer: Layer, style: Style, palette: Palette) -> dict[str, Any]:
    assert layer.tiles is not None  # noqa: S101 - only tiled layers are drawn
    return {
        "id": layer.id,
        "title": {"vi": layer.title.vi, "en": layer.title.en},
        "description": {"vi": layer.description.vi, "en": layer.description.en},
        "swatch": _swatch(layer, style),
        "visible": style.visible,
        "min_zoom": layer.tiles.min_zoom,
        "classified_by": style.colour_by,
        "classes": _classes(layer, style, palette),
    }


def _swatch(layer: Layer, style: Style) -> dict[str, Any]:
    shape = (layer.shape or "").removeprefix("Multi")
    kind = {"Polygon": "area", "LineString": "line", "Point": "point"}.get(shape, "area")
    if layer.shape == "Geometry":  # areas, lines and points: a mark as for points stands for all
        kind = "point" if style.width > 2 else "area"
    return {"kind": kind, "colour": style.colour, "outline": style.outline, "opacity": style.opacity}


def _classes(layer: Layer, style: Style, palette: Palette) -> list[dict[str, Any]]:
    if style.colour_by is None:
        return []
    codes = layer[style.colour_by].codes
    return [
        {"code": entry.code, "vi": entry.name.vi, "en": entry.name.en, "colour": entry.colour or style.colour}
        for entry in palette.get(codes.id if codes else "", ())
    ]
