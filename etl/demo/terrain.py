"""The invented relief: heights on a grid, sampled anywhere, written as a cloud-optimised GeoTIFF."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine, from_origin

from etl.demo.chance import Bools, Floats

_WAVES = 44
_BASE_M = 1480.0


@dataclass(frozen=True)
class Terrain:
    """Heights in metres on a north-up grid in EPSG:5899; `west`, `north` are the outer corner of the first cell."""

    heights: Floats
    west: float
    north: float
    step: float

    @property
    def transform(self) -> Affine:
        """The affine transform from cell to metres."""
        return from_origin(self.west, self.north, self.step, self.step)

    @property
    def extent(self) -> tuple[Floats, Floats]:
        """The lower left and the upper right corner of the grid."""
        rows, columns = self.heights.shape
        low = np.array([self.west, self.north - rows * self.step])
        return low, np.array([self.west + columns * self.step, self.north])

    def sample(self, points: Floats) -> Floats:
        """Heights in metres at `points` (n, 2), bilinear between cell centres, held constant beyond the grid."""
        rows, columns = self.heights.shape
        x = np.clip((points[:, 0] - self.west) / self.step - 0.5, 0, columns - 1.001)
        y = np.clip((self.north - points[:, 1]) / self.step - 0.5, 0, rows - 1.001)
        i, j = x.astype(int), y.astype(int)
        u, v, h = x - i, y - j, self.heights
        upper = h[j, i] * (1 - u) + h[j, i + 1] * u
        lower = h[j + 1, i] * (1 - u) + h[j + 1, i + 1] * u
        return np.asarray(upper * (1 - v) + lower * v)

    def covers(self, points: Floats, margin: float = 60.0) -> Bools:
        """Which `points` (n, 2) lie on the grid, at least `margin` metres inside it."""
        low, high = self.extent
        return np.asarray(((points > low + margin) & (points < high - margin)).all(axis=1))

    def random_points(self, count: int, rng: np.random.Generator) -> Floats:
        """`count` points (count, 2) spread evenly over the grid."""
        low, high = self.extent
        return np.asarray(low + rng.random((count, 2)) * (high - low))

    def gradient(self, points: Floats, reach: float = 15.0) -> Floats:
        """Slope vectors (n, 2) in metres per metre at `points`, uphill, over twice `reach` metres."""
        east, north = np.array([reach, 0.0]), np.array([0.0, reach])
        differences = [self.sample(points + side) - self.sample(points - side) for side in (east, north)]
        return np.column_stack(differences) / (2 * reach)


def make_terrain(low: Floats, high: Floats, centre: Floats, rng: np.random.Generator) -> Terrain:
    """Hills between the corners `low` and `high` (metres), a basin for a lake near `centre`, rising outskirts."""
    size = high - low
    step = 10.0 if size.max() < 12_000 else 20.0
    x = np.arange(low[0] + step / 2, high[0], step)
    y = np.arange(high[1] - step / 2, low[1], -step)
    half = float(size.max()) / 2
    heights = np.full((len(y), len(x)), _BASE_M)
    _add_waves(heights, x, y, half, rng)
    dx, dy = (x - centre[0])[None, :], (y - centre[1])[:, None]
    heights += 170.0 * ((dx**2 + dy**2) / half**2)
    reach = lake_reach(half)
    heights -= 60.0 * np.exp(-((dx - 0.6 * reach) ** 2 / (1.9 * reach) ** 2 + (dy + 0.4 * reach) ** 2 / reach**2))
    return Terrain(heights, float(low[0]), float(high[1]), step)


def lake_reach(half: float) -> float:
    """The radius in metres of the central basin of a city whose half-width is `half` metres."""
    return float(np.clip(0.14 * half, 90, 420))


def _add_waves(heights: Floats, x: Floats, y: Floats, half: float, rng: np.random.Generator) -> None:
    lengths = np.geomspace(420, max(min(half, 5000), 1200), _WAVES)
    amplitudes = lengths**0.8 / np.sqrt((lengths**1.6).sum()) * 62.0
    for length, amplitude in zip(lengths, amplitudes, strict=True):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        k = 2 * np.pi / length
        a, b = k * np.cos(angle) * x + phase, k * np.sin(angle) * y
        # cos(a + b) by the addition theorem: two outer products instead of one cosine per cell
        heights += amplitude * (np.outer(np.cos(b), np.cos(a)) - np.outer(np.sin(b), np.sin(a)))


def write_terrain(terrain: Terrain, path: Path) -> None:
    """Write the heights as float32, deflated and tiled, with overviews."""
    rows, columns = terrain.heights.shape
    with rasterio.open(
        path, "w", driver="COG", height=rows, width=columns, count=1, dtype="float32", crs="EPSG:5899",
        transform=terrain.transform, compress="deflate", nodata=-9999.0,
    ) as file:  # fmt: skip
        file.write(np.round(terrain.heights, 2).astype("float32"), 1)
