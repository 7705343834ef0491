"""MapLibre styles (specification version 8) made from the layers' declarations and the city's code lists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gis_core.extent import STORAGE_AREA
from gis_core.layer import Layer, Style
from tiles.legend import Palette
from tiles.matrix import WEB_MERCATOR_QUAD
from tiles.vector import CUT, label_layer, label_zoom, labels_whole

FONT = "Noto Sans Regular"
FONT_RANGES = {
    "vietnamese": ["U+0102-0103", "U+0110-0111", "U+0128-0129", "U+0168-0169", "U+01A0-01A1", "U+01AF-01B0",
                   "U+0300-0309", "U+0323", "U+1EA0-1EF9", "U+20AB"],
    "latin": ["U+0000-00FF", "U+0131", "U+0152-0153", "U+2000-206F", "U+20AC", "U+2122"],
    "latin-ext": ["U+0100-02BA", "U+1E00-1E9F", "U+1EF2-1EFF"],
}  # fmt: skip
"""The files of the font, each with the characters it is taken for; the first that holds a character draws it."""

Paint = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours that do not come from a layer: ground, lettering and its halo; `strength` scales every opacity."""

    ground: str
    ink: str
    halo: str
    strength: float = 1.0


THEMES: Mapping[str, Theme] = {
    "default": Theme("#f4f2ec", "#2b2b2b", "#ffffff"),
    "dark": Theme("#1d2126", "#e8e6e1", "#14171a", 0.85),
    "print": Theme("#ffffff", "#000000", "#ffffff"),
}
"""The styles that are served, by id."""


def style(name: str, layers: Sequence[Layer], palette: Palette, root: str) -> dict[str, Any]:
    """The style `name` for `layers` in drawing order, each with its own vector source from the server at `root`."""
    drawn = [layer for layer in layers if layer.style and layer.tiles]
    theme = THEMES[name]
    painted = [one for layer in drawn for one in _painted(layer, palette, theme)]
    labels = [one for layer in drawn for one in _label(layer, theme)]
    ground = {"id": "ground", "type": "background", "paint": {"background-color": theme.ground}}
    return {
        "version": 8,
        "name": f"langbiang-{name}",
        "font-faces": {FONT: [_font_face(root, script, ranges) for script, ranges in FONT_RANGES.items()]},
        "sources": {layer.id: _source(layer, root) for layer in drawn},
        "layers": [ground, *painted, *labels],
    }


def _font_face(root: str, script: str, ranges: list[str]) -> dict[str, Any]:
    file = f"{root}/static/vendor/noto-sans/noto-sans-{script}-400-normal.woff2"
    return {"url": file, "unicode-range": ranges}


def _source(layer: Layer, root: str) -> dict[str, Any]:
    assert layer.tiles is not None  # noqa: S101 - only tiled layers are drawn
    return {
        "type": "vector",
        "tiles": [f"{root}/ogc/collections/{layer.id}/tiles/{WEB_MERCATOR_QUAD}/{{z}}/{{y}}/{{x}}?f=mvt"],
        "minzoom": layer.tiles.min_zoom,
        "maxzoom": layer.tiles.max_zoom,
        "bounds": STORAGE_AREA,  # beyond, there are no tiles to ask for
    }


def _painted(layer: Layer, palette: Palette, theme: Theme) -> Iterator[dict[str, Any]]:
    assert layer.style is not None  # noqa: S101 - only styled layers are drawn
    colour = _colour(layer, layer.style, palette)
    for kind, geometry in _kinds(layer):
        only = {"filter": ["==", ["geometry-type"], geometry]} if layer.shape == "Geometry" else {}
        for suffix, (drawing, paint) in _PAINTS[kind](layer.style, colour, theme.strength).items():
            yield _layer(layer, f"{layer.id}-{suffix}", drawing) | {"paint": paint} | only


def _kinds(layer: Layer) -> list[tuple[str, str]]:
    every = [("area", "Polygon"), ("line", "LineString"), ("point", "Point")]
    shape = (layer.shape or "").removeprefix("Multi")
    return every if shape == "Geometry" else [one for one in every if one[1] == shape]


def _area(style: Style, colour: Any, strength: float) -> dict[str, tuple[str, Paint]]:
    outline = {"line-color": style.outline, "line-width": _by_zoom(style.width), "line-opacity": 0.9 * strength}
    return {
        "area": ("fill", {"fill-color": colour, "fill-opacity": style.opacity * strength}),
        "outline": ("line", outline),
    }


def _line(style: Style, colour: Any, strength: float) -> dict[str, tuple[str, Paint]]:
    paint = {"line-color": colour, "line-width": _by_zoom(style.width), "line-opacity": style.opacity * strength}
    return {"line": ("line", paint)}


def _point(style: Style, colour: Any, strength: float) -> dict[str, tuple[str, Paint]]:
    paint = {
        "circle-color": colour,
        "circle-radius": _grown(style.width, 0.35, 0.8, 1.8),
        "circle-opacity": style.opacity * strength,
        "circle-stroke-color": style.outline,
        "circle-stroke-width": _grown(1.0, 0.3, 0.8, 1.5),
        "circle-stroke-opacity": style.opacity * strength,
    }
    return {"point": ("circle", paint)}


_PAINTS: Mapping[str, Callable[[Style, Any, float], dict[str, tuple[str, Paint]]]] = {
    "area": _area, "line": _line, "point": _point,
}  # fmt: skip


def _label(layer: Layer, theme: Theme) -> Iterator[dict[str, Any]]:
    first = label_zoom(layer)
    if layer.style is None or first is None:
        return
    along = layer.shape in ("LineString", "MultiLineString")
    layout = {
        "text-field": ["to-string", ["get", layer.style.label]],
        "text-font": [FONT],
        "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 18, 13],
        "text-max-width": 8,
        "text-padding": 4,
        "symbol-placement": "line" if along else "point",
        **({"text-offset": [0, 1.1], "text-anchor": "top"} if layer.shape in ("Point", "Geometry") else {}),
    }
    paint = {"text-color": theme.ink, "text-halo-color": theme.halo, "text-halo-width": 1.4}
    for suffix, source in _label_sources(layer).items():
        made = _layer(layer, f"{layer.id}-{suffix}", "symbol") | {"minzoom": first} | source
        made["layout"] |= layout
        yield made | {"paint": paint}


def _label_sources(layer: Layer) -> dict[str, dict[str, Any]]:
    """Where labels are taken from: the end of the style layer's id, and its source layer with the filter it takes."""
    found: dict[str, dict[str, Any]] = {"label": {"source-layer": label_layer(layer) or layer.id}}
    if labels_whole(layer):
        found["label-whole"] = {"source-layer": layer.id, "filter": ["!", ["has", CUT]]}
    return found


def _layer(layer: Layer, name: str, drawing: str) -> dict[str, Any]:
    assert layer.style is not None  # noqa: S101 - only styled layers are drawn
    assert layer.tiles is not None  # noqa: S101 - only tiled layers are drawn
    return {
        "id": name,
        "type": drawing,
        "source": layer.id,
        "source-layer": layer.id,
        "minzoom": layer.tiles.min_zoom,
        "metadata": {"langbiang:layer": layer.id, "langbiang:display": layer.display},
        "layout": {"visibility": "visible" if layer.style.visible else "none"},
    }


def _colour(layer: Layer, style: Style, palette: Palette) -> Any:
    """The one colour, or an expression that chooses it by the code; codes without a colour take the layer's."""
    if style.colour_by is None:
        return style.colour
    codes = layer[style.colour_by].codes
    pairs = [(entry.code, entry.colour) for entry in palette.get(codes.id if codes else "", ()) if entry.colour]
    if not pairs:
        return style.colour
    flat = [part for pair in pairs for part in pair]
    return ["match", ["to-string", ["get", style.colour_by]], *flat, style.colour]


def _grown(size: float, *factors: float) -> list[Any]:
    """The size of a point: small where many points share a screen."""
    stops = [part for zoom, factor in zip((12, 16, 19), factors, strict=True) for part in (zoom, size * factor)]
    return ["interpolate", ["linear"], ["zoom"], *stops]


def _by_zoom(width: float) -> list[Any]:
    return ["interpolate", ["exponential", 1.5], ["zoom"], 9, width * 0.4, 14, width, 18, width * 3.5]
