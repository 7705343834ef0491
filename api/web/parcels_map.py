"""The colours and the legend of a parcel's small map; its shapes come from `gis_core.parcel_map`."""

from dataclasses import dataclass

from api.web.texts import TEXTS
from api.web.wording import code_name
from gis_core.parcel_map import ParcelMap
from tiles.legend import Palette

NO_COLOUR = "#dddddd"
PAPER = 0.5
"""The share of white in the colours of zones: lines, numbers and street names must stay legible on them."""
MOST_CORNERS = 60
"""Numbers at more corners than this would cover the map; the table of coordinates has them all the same."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend: what is drawn, in which colour, as an area or a line."""

    name: str
    colour: str
    outline: str
    line: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map with the colours of its codes and the legend of what it shows."""

    map: ParcelMap
    colours: dict[str | None, str]
    legend: tuple[Key, ...]
    numbered: bool


def drawing(drawn: ParcelMap, palette: Palette, language: str, *, numbered: bool) -> Drawing:
    """The map ready for a page; `numbered` asks for the numbers of the corners, given where they are legible."""
    known = {one.code: one.colour for one in palette.get("land_use", ())}
    codes = list(dict.fromkeys(one.code for one in drawn.shapes if one.layer == "planning_zones"))
    colours = {code: paper(known.get(code or "") or NO_COLOUR) for code in codes}
    zones = [Key(code_name(palette.get("land_use", ()), code, language), colours[code], "#777777")
             for code in codes if code]  # fmt: skip
    present = {one.layer for one in drawn.shapes}
    others = [key for layer, key in _others(language) if layer in present]
    parcel = Key(TEXTS["parcel_this"][language], "#ffffff", "#b3005e")
    return Drawing(drawn, colours, (parcel, *zones, *others), numbered and len(drawn.corners) <= MOST_CORNERS)


def paper(colour: str) -> str:
    """The colour `#rrggbb` mixed with white, for print."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * PAPER):02x}" for part in parts)


def _others(language: str) -> list[tuple[str, Key]]:
    return [
        ("water", Key(TEXTS["parcel_water"][language], "#b9d9ee", "#5d94b8")),
        ("buildings", Key(TEXTS["parcel_buildings"][language], "#d8d2cb", "#8d857c")),
        ("roads", Key(TEXTS["parcel_roads"][language], "#9a9a9a", "#9a9a9a", line=True)),
    ]
