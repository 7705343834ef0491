"""How rasters are drawn: every style with its colour ramp, declared here only, and the legend of each."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis_core.errors import NotFound
from gis_core.layer import Text
from tiles.raster import Raster, bands

Colours = NDArray[np.uint8]
STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
"""Round numbers of metres between two colours of the elevation's legend."""


@dataclass(frozen=True, slots=True)
class RasterStyle:
    """One way to draw a raster. `stops`: values and colours; None: the colours spread over the raster's own values."""

    id: str
    title: Text
    unit: str
    colours: tuple[str, ...]
    stops: tuple[float, ...] | None
    note: Text


HILLSHADE = RasterStyle(
    "hillshade", Text("Bóng địa hình", "Hillshade"), "%", ("#000000", "#ffffff"), (0.0, 100.0),
    Text("Phần ánh sáng phản chiếu, theo Horn (1981)", "Share of light reflected, after Horn (1981)"),
)  # fmt: skip
# Light yellow to dark red, told apart by lightness also without sense of colour (ColorBrewer, YlOrRd, C. Brewer 2003).
SLOPE = RasterStyle(
    "slope", Text("Độ dốc", "Slope"), "deg",
    ("#ffffe5", "#ffeda0", "#fed976", "#feb24c", "#fc8d3c", "#e31a1c", "#800026"),
    (0.0, 3.0, 8.0, 15.0, 20.0, 25.0, 45.0),
    Text(
        "Độ dốc mặt đất; các mốc 3°, 8°, 15°, 20°, 25° là cấp độ dốc dùng trong điều tra đất.",
        "Steepness of the ground; 3°, 8°, 15°, 20°, 25° bound the classes used in Vietnamese soil surveys.",
    ),
)  # fmt: skip
ELEVATION = RasterStyle(
    "elevation", Text("Độ cao", "Elevation"), "m",
    ("#2f6b4f", "#6a9c5b", "#b9c77a", "#ecdfa0", "#c99d66", "#9a6a4c", "#f2efec"), None,
    Text("Độ cao so với mực nước biển", "Height above sea level"),
)  # fmt: skip
IMAGE = RasterStyle(
    "image", Text("Ảnh", "Image"), "", (), None, Text("Các kênh chọn, kéo giãn", "Chosen bands, stretched")
)

STYLES = {"elevation": (HILLSHADE, SLOPE, ELEVATION), "imagery": (IMAGE,)}
"""The styles of each kind of raster, the default first."""


def style_of(raster: Raster, name: str | None) -> RasterStyle:
    """The style `name` of the raster, its default for None. Raises `NotFound` naming those there are."""
    known = STYLES[raster.kind]
    for one in known:
        if name in (None, one.id):
            return one
    names = ", ".join(one.id for one in known)
    raise NotFound(f"'{raster.id}' không có kiểu '{name}'. · '{raster.id}' has no style '{name}', only {names}.")


def ramp(raster: Raster, style: RasterStyle) -> list[tuple[float, str]]:
    """The values and colours between which the style draws by proportion; none for an image."""
    if style.stops is not None:
        return list(zip(style.stops, style.colours, strict=True))
    if not style.colours:
        return []
    low, high = bands(raster)[0].usual
    intervals = len(style.colours) - 1
    # What lies less than a step beyond the last colour is drawn in it.
    step = next((one for one in STEPS if math.floor(low / one) * one + (intervals + 1) * one > high), STEPS[-1])
    first = math.floor(low / step) * step
    return [(float(first + step * number), colour) for number, colour in enumerate(style.colours)]


def coloured(values: NDArray[np.float64], stops: list[tuple[float, str]]) -> Colours:
    """Red, green and blue (3, n, m) of `values` (n, m) by the ramp; what NaN is drawn in means nothing."""
    places = [value for value, _ in stops]
    channels = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for _, colour in stops], dtype=float)
    known = np.nan_to_num(values, nan=places[0])
    mixed = np.stack([np.interp(known, places, channels[:, one]) for one in range(3)])
    return np.rint(mixed).astype(np.uint8)


def legend(raster: Raster, style: RasterStyle) -> dict[str, Any]:
    """What the colours of the style mean, in both languages; values in `unit`, a UCUM symbol."""
    return {
        "id": style.id,
        "raster": raster.id,
        "title": {"vi": style.title.vi, "en": style.title.en},
        "description": {"vi": style.note.vi, "en": style.note.en},
        "unit": style.unit,
        "stops": [{"value": value, "colour": colour} for value, colour in ramp(raster, style)],
    }
