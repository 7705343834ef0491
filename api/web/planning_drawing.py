"""How the layers of a planners' sheet are painted, and its legend: only what is in the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.web.language import Language
from api.web.wording import code_name
from gis_core.layer import Layer, Style
from gis_core.view_map import Drawn
from tiles.legend import Entry, Palette

LINE_MM = 0.22
"""Millimetres for each unit of a style's width."""
THINNEST_MM = 0.09


@dataclass(frozen=True, slots=True)
class LayerDrawing:
    """The shapes of a layer in the frame with the colours of its codes; widths and radius in mm."""

    layer: Layer
    shapes: Sequence[Drawn]
    colours: dict[str | None, str]
    outline: str
    width: float
    radius: float
    opacity: float
    outline_opacity: float


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend: a layer, or one of its classes, as an area, a line or a point."""

    name: str
    kind: str
    colour: str
    outline: str
    opacity: float


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The lines of the legend that belong to one layer."""

    title: str
    keys: list[Key]


def painted(layer: Layer, shapes: Sequence[Drawn], palette: Palette, opacity: float) -> LayerDrawing:
    """The drawing of the layer; `opacity` is what the reader chose, from 0 to 1."""
    style = _style(layer)
    known = _known_colours(layer, style, palette)
    colours: dict[str | None, str] = {
        code: known.get(code or "", style.colour) for code in {one.code for one in shapes}
    }
    return LayerDrawing(
        layer, shapes, colours, style.outline, max(style.width * LINE_MM, THINNEST_MM),
        radius=max(style.width * LINE_MM, 0.5), opacity=round(style.opacity * opacity, 3), outline_opacity=opacity,
    )  # fmt: skip


def legend_of(drawn: Sequence[LayerDrawing], palette: Palette, language: Language) -> list[KeyGroup]:
    """The legend of what is in the frame, the topmost layer first."""
    return [_group(one, palette, language) for one in reversed(drawn)]


def _group(drawn: LayerDrawing, palette: Palette, language: Language) -> KeyGroup:
    layer, style = drawn.layer, _style(drawn.layer)
    kind = {2: "area", 1: "line", 0: "point"}[max(one.dimension for one in drawn.shapes)]
    entries = _entries(layer, style, palette)
    present = {one.code for one in drawn.shapes}
    keys = [
        Key(code_name(entries, entry.code, language), kind, drawn.colours[entry.code], drawn.outline, drawn.opacity)
        for entry in entries
        if entry.code in present
    ]
    if style.colour_by is None or not keys:
        keys = [Key(layer.title[language], kind, style.colour, drawn.outline, drawn.opacity)]
    return KeyGroup(layer.title[language], keys)


def _known_colours(layer: Layer, style: Style, palette: Palette) -> dict[str, str]:
    return {entry.code: entry.colour for entry in _entries(layer, style, palette) if entry.colour}


def _entries(layer: Layer, style: Style, palette: Palette) -> Sequence[Entry]:
    codes = layer[style.colour_by].codes if style.colour_by else None
    return palette.get(codes.id if codes else "", ())


def _style(layer: Layer) -> Style:
    assert layer.style is not None  # noqa: S101 - only styled layers are drawn
    return layer.style
