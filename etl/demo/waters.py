"""Lakes in the lowest ground, streams down the slopes, and ponds where a stream finds no way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from rasterio.features import shapes
from shapely.geometry.base import BaseGeometry

from etl.demo.chance import Floats
from etl.demo.names import INVENTED
from etl.demo.terrain import Terrain, lake_reach

_STEP_M = 22.0
_LAKE_NAMES = ("Sương Mai", "Bóng Thông", "Đồi Cỏ", "Chiều Tím", "Lặng Gió", "Mây Trắng", "Trăng Non", "Suối Nguồn")


@dataclass(frozen=True)
class Waters:
    """The city's waters in EPSG:5899: lakes (the central one first), ponds, and streams as lines."""

    lakes: list[shapely.Polygon]
    ponds: list[shapely.Polygon]
    streams: list[shapely.LineString]

    @property
    def areas(self) -> BaseGeometry:
        """All standing water as one geometry."""
        return shapely.union_all([*self.lakes, *self.ponds])


def make_waters(terrain: Terrain, centre: Floats, half: float, rng: np.random.Generator) -> Waters:
    """Waters of the city of half-width `half` metres around `centre`."""
    lakes = _lakes(terrain, centre, half)
    count = int(np.clip(half * half / 110_000, 6, 400))
    streams, ends = _streams(terrain, count, shapely.union_all(lakes), rng)
    ponds = _ponds(ends, lakes, rng)
    return Waters(lakes, ponds, streams)


def _lakes(terrain: Terrain, centre: Floats, half: float) -> list[shapely.Polygon]:
    reach = lake_reach(half)
    basin = centre + np.array([0.6 * reach, -0.4 * reach])
    level = float(terrain.sample(basin[None]).item()) + 9.0
    found = _below(terrain, level)
    central = [area for area in found if area.distance(shapely.Point(basin)) < reach]
    low = _below(terrain, float(np.percentile(terrain.heights, 1.5)))
    taken = shapely.union_all([area.buffer(150) for area in central])
    others = [area for area in low if 15_000 < area.area < 900_000 and not area.intersects(taken)]
    # The basin may be part of a larger hollow: only the water within its reach is dammed up.
    dam = shapely.Point(basin).buffer(2.2 * reach)
    dammed = [_largest(_smooth(area.intersection(dam), terrain.step)) for area in central]
    biggest = sorted((area for area in dammed if area.area > 4000), key=lambda area: -area.area)[:1]
    return biggest + sorted(others, key=lambda area: -area.area)[: max(2, int(half / 1500))]


def _below(terrain: Terrain, level: float) -> list[shapely.Polygon]:
    mask = (terrain.heights < level).astype("uint8")
    outlines = [shapely.geometry.shape(shape) for shape, _ in shapes(mask, mask > 0, transform=terrain.transform)]
    smooth = [_smooth(outline, terrain.step) for outline in outlines if outline.area > 5000]
    return [_largest(area) for area in smooth if not area.is_empty]


def _smooth(area: BaseGeometry, step: float) -> BaseGeometry:
    """`area` with the stairs of the grid and its holes smoothed away."""
    rounded = area.buffer(-1.2 * step).buffer(2.4 * step).buffer(-1.2 * step).simplify(step / 5)
    return shapely.union_all(
        [shapely.Polygon(part.exterior) for part in shapely.get_parts(rounded) if not part.is_empty]
    )


def _largest(area: BaseGeometry) -> shapely.Polygon:
    parts = shapely.get_parts(area)
    return max(parts, key=lambda part: part.area) if len(parts) else shapely.Polygon()


def _streams(
    terrain: Terrain, count: int, lakes: BaseGeometry, rng: np.random.Generator
) -> tuple[list[shapely.LineString], Floats]:
    """Lines down the slopes from `count` springs, and the points (n, 2) where those that reach no lake end."""
    point = terrain.random_points(count, rng)
    heading = -terrain.gradient(point)
    path, flowing = [point], np.ones(count, dtype=bool)
    length = np.zeros(count, dtype=int)
    shapely.prepare(lakes)
    for _ in range(220):
        down = -terrain.gradient(point)
        steepness = np.linalg.norm(down, axis=1, keepdims=True)
        heading = 0.55 * heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-9) + down / np.maximum(
            steepness, 1e-9
        )
        onward = point + _STEP_M * heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-9)
        falls = terrain.sample(onward) < terrain.sample(point) + 0.05
        flowing &= falls & ~shapely.contains_xy(lakes, point) & terrain.covers(onward)
        point = np.where(flowing[:, None], onward, point)
        length += flowing
        path.append(point)
    tracks = np.stack(path, axis=1)
    long = [k for k in range(count) if length[k] >= 14]
    lines = [shapely.LineString(tracks[k, : length[k] + 1]).simplify(1.5) for k in long]
    ends = np.array([tracks[k, length[k]] for k in long]).reshape(-1, 2)
    return _merged(lines), ends


def _merged(lines: list[BaseGeometry]) -> list[shapely.LineString]:
    """`lines` each cut where it first comes within a few metres of an earlier one, as tributaries are."""
    kept: list[Any] = []
    for line in sorted(lines, key=lambda one: -one.length):
        near = [other for other in kept if other.distance(line) < 12]
        part = line.difference(shapely.union_all([other.buffer(12) for other in near])) if near else line
        head = [one for one in shapely.get_parts(part) if one.length > 150]
        kept += head[:1]
    return kept


def _ponds(ends: Floats, lakes: list[shapely.Polygon], rng: np.random.Generator) -> list[shapely.Polygon]:
    ponds: list[shapely.Polygon] = []
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    for end in ends:
        radius = rng.uniform(14, 34) * (1 + 0.22 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.1 * np.sin(3 * angle))
        pond = shapely.Polygon(end + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
        if all(pond.distance(other) > 40 for other in [*lakes, *ponds]):
            ponds.append(pond)
    return ponds


def water_features(waters: Waters) -> tuple[Mapping[str, Any], list[BaseGeometry]]:
    """Columns and geometries of layer `water`."""
    names: list[str | None] = [f"Hồ {_LAKE_NAMES[k % len(_LAKE_NAMES)]} {INVENTED}" for k in range(len(waters.lakes))]
    names += [None] * len(waters.ponds) + [f"Suối {k + 1} {INVENTED}" for k in range(len(waters.streams))]
    kinds = ["lake"] * len(waters.lakes) + ["pond"] * len(waters.ponds) + ["stream"] * len(waters.streams)
    return {"name": names, "water_kind": kinds}, [*waters.lakes, *waters.ponds, *waters.streams]
