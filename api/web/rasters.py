"""The rasters in the map's layer tree: one entry for each style, its legend, and what the script draws it from."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.web.language import Language
from api.web.wording import UNITS, grouped
from layers.groups import TERRAIN
from tiles.matrix import WEB_MERCATOR_QUAD
from tiles.raster import Raster
from tiles.raster_tileset import degrees, zooms
from tiles.terrain_styles import HILLSHADE, STYLES, RasterStyle, legend

SHADE_OPACITY = 0.55
"""How strongly shadows lie over the colours below them."""


def raster_group(rasters: Sequence[Raster], first_rank: int, language: Language) -> list[dict[str, Any]]:
    """The group of the tree with an entry for each style of each raster; no group where there are no rasters."""
    entries = [_entry(raster, style, language) for raster in rasters for style in STYLES[raster.kind]]
    for rank, one in enumerate(entries, start=first_rank):
        one["rank"] = rank
    return [{"title": {"vi": TERRAIN.vi, "en": TERRAIN.en}, "layers": entries}] if entries else []


def raster_sources(rasters: Sequence[Raster]) -> list[dict[str, Any]]:
    """What the script draws, the lowest first: shadows lie over the colours of heights and slopes."""
    found = [_source(raster, style) for raster in rasters for style in reversed(STYLES[raster.kind])]
    return sorted(found, key=lambda one: bool(one["opacity"] != 1))


def _entry(raster: Raster, style: RasterStyle, language: Language) -> dict[str, Any]:
    known = legend(raster, style)
    title: Mapping[str, str] = known["title"]
    if raster.kind == "imagery":
        title = {"vi": raster.title.vi, "en": raster.title.en}
    colours = [one["colour"] for one in known["stops"]]
    colour = colours[len(colours) // 2] if colours else "#7a8f6a"
    return {
        "id": _id(raster, style), "title": title, "description": known["description"],
        "swatch": {"kind": "area", "colour": colour, "outline": "#555555", "opacity": 1},
        "visible": False, "min_zoom": 0, "classified_by": None, "classes": [],
        "unit": UNITS.get(style.unit, style.unit),
        "ramp": [{"colour": one["colour"], "words": grouped(round(one["value"], 2), language)}
                 for one in known["stops"]],
    }  # fmt: skip


def _source(raster: Raster, style: RasterStyle) -> dict[str, Any]:
    first, last = zooms(raster)
    address = f"/ogc/collections/{raster.id}/styles/{style.id}/map/tiles/{WEB_MERCATOR_QUAD}/{{z}}/{{y}}/{{x}}?f=png"
    return {
        "id": _id(raster, style), "tiles": address, "bounds": degrees(raster), "minzoom": first, "maxzoom": last,
        "opacity": SHADE_OPACITY if style is HILLSHADE else 1,
    }  # fmt: skip


def _id(raster: Raster, style: RasterStyle) -> str:
    return f"{raster.id}_{style.id}"
