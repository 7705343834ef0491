"""What the demo city needs to know of a real one: its named streets, parcels, buildings, forest, wards and relief."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
import shapely

from etl.demo.chance import Floats, Ints
from etl.demo.terrain import Terrain
from gis_core.errors import BadRequest

_FILES = {
    "parcels": "parcels.gpkg",
    "roads": "roads.osm.pbf",
    "buildings": "buildings.geojson",
    "forest": "forest_zones.gpkg",
    "plots": "forest_plots.gpkg",
    "wards": "wards_2025.geojson",
    "old_wards": "wards_before_2025.geojson",
    "water": "water.geojson",
    "terrain": "terrain_30m.tif",
}
_CRS = 5899
# What the zones of the real forest planning are planned for; NN is unclear and treated as no forest.
PLANNED = {"DD": "RDD", "MT": "RPH", "SX": "RSX"}
_WALKED = ("residential", "living_street", "service", "unclassified")


@dataclass(frozen=True)
class Street:
    """A named street: its parts in numbering direction, north to south or east to west, and its class in the source."""

    name: str
    parts: list[shapely.LineString]
    kind: str


@dataclass(frozen=True)
class RealGround:
    """The real city in EPSG:5899. `parcel_ref` holds the `source_ref` that the loader gives to each parcel."""

    streets: list[Street]
    alleys: list[shapely.LineString]
    parcels: Any
    parcel_ref: list[str]
    buildings: gpd.GeoDataFrame
    forest: gpd.GeoDataFrame
    plots: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame
    old_wards: gpd.GeoDataFrame
    water: Any
    terrain: Terrain

    @property
    def planned_forest(self) -> Any:
        """The areas planned as forest."""
        return self.forest.geometry.to_numpy()[self.forest["zone_type"].isin(list(PLANNED))]

    def ward_codes(self, points: Floats, *, old: bool = False) -> list[str]:
        """The code of the ward at, or nearest to, each of `points` (n, 2): in force now, or until 30 June 2025."""
        wards = self.old_wards if old else self.wards
        areas = wards.geometry.to_numpy()
        found = np.full(len(points), -1)
        for number, area in enumerate(areas):
            shapely.prepare(area)
            found[shapely.contains_xy(area, points)] = number
        beyond = np.flatnonzero(found < 0)
        found[beyond] = shapely.STRtree(areas).nearest(shapely.points(points[beyond]))
        return [str(code) for code in wards["ward_code"].to_numpy()[found]]

    def parcels_at(self, points: Floats) -> list[str | None]:
        """The `source_ref` of the smallest parcel around each of `points`; None where there is none."""
        tree = shapely.STRtree(self.parcels)
        point, parcel = tree.query(shapely.points(points), predicate="within")
        order = np.lexsort((shapely.area(self.parcels[parcel]), point))
        first = np.unique(point[order], return_index=True)[1]
        found: list[str | None] = [None] * len(points)
        for k, one in zip(point[order][first].tolist(), parcel[order][first].tolist(), strict=True):
            found[k] = self.parcel_ref[one]
        return found


def read_ground(folder: Path) -> RealGround:
    """The real city in `folder`. Raises `BadRequest` naming the files that are missing."""
    if missing := [name for name in _FILES.values() if not (folder / name).is_file()]:
        raise BadRequest(f"The folder {folder} cannot carry a demo city: it lacks {', '.join(missing)}.")
    roads = _read(folder / _FILES["roads"], "lines")
    parcels = _read(folder / _FILES["parcels"])
    buildings = _read(folder / _FILES["buildings"])
    buildings = buildings[buildings.geom_type.isin(["Polygon", "MultiPolygon"])].reset_index(drop=True)
    streets = _streets(roads)
    return RealGround(
        streets, _alleys(roads, streets), parcels.geometry.to_numpy(), _parcel_refs(parcels), buildings,
        _read(folder / _FILES["forest"]), _read(folder / _FILES["plots"]), _read(folder / _FILES["wards"]),
        _read(folder / _FILES["old_wards"]), _read(folder / _FILES["water"]).union_all(),
        _terrain(folder / _FILES["terrain"]),
    )  # fmt: skip


def _read(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    frame = pyogrio.read_dataframe(path, layer=layer).to_crs(_CRS)
    frame.geometry = frame.geometry.make_valid()
    return frame


def _parcel_refs(parcels: gpd.GeoDataFrame) -> list[str]:
    """`ward/grid/sequence` as the loader joins the key; a missing ward is empty."""
    columns = (parcels["ward_old_code"].fillna(""), parcels["src_grid"], parcels["parcel_seq"])
    return [f"{ward}/{grid}/{number}" for ward, grid, number in zip(*columns, strict=True)]


def _terrain(path: Path) -> Terrain:
    with rasterio.open(path) as file:
        heights = file.read(1).astype(float)
        heights[heights == file.nodata] = np.nan
        return Terrain(heights, file.bounds.left, file.bounds.top, file.transform.a)


def _streets(roads: gpd.GeoDataFrame) -> list[Street]:
    named = roads[roads["name"].notna()]
    streets = []
    for name, group in named.groupby("name", sort=True):
        merged = shapely.line_merge(shapely.union_all(group.geometry.to_numpy()))
        parts = [_numbering_direction(part) for part in shapely.get_parts(merged) if part.length > 40]
        if parts:
            parts.sort(key=lambda part: (-part.coords[0][1], -part.coords[0][0]))
            streets.append(Street(str(name), parts, str(group["highway"].mode().iloc[0])))
    return streets


def _numbering_direction(line: shapely.LineString) -> shapely.LineString:
    (x0, y0), (x1, y1) = line.coords[0][:2], line.coords[-1][:2]
    backwards = y1 > y0 if abs(y1 - y0) > abs(x1 - x0) else x1 > x0
    return shapely.reverse(line) if backwards else line


def _alleys(roads: gpd.GeoDataFrame, streets: list[Street]) -> list[shapely.LineString]:
    """Unnamed ways of 40 to 500 m that begin on a named street, turned so that they lead away from it."""
    unnamed = roads[roads["name"].isna() & roads["highway"].isin(_WALKED)]
    lines = unnamed.geometry.to_numpy()
    lines = lines[(shapely.length(lines) > 40) & (shapely.length(lines) < 500)]
    tree = shapely.STRtree([part for street in streets for part in street.parts])
    starts, ends = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    at_start, at_end = np.zeros(len(lines), dtype=bool), np.zeros(len(lines), dtype=bool)
    at_start[tree.query(starts, predicate="dwithin", distance=0.5)[0]] = True
    at_end[tree.query(ends, predicate="dwithin", distance=0.5)[0]] = True
    one_ended = at_start ^ at_end
    return [
        shapely.reverse(line) if back else line for line, back in zip(lines[one_ended], at_end[one_ended], strict=True)
    ]


def crossings(streets: list[Street]) -> tuple[Floats, list[str]]:
    """Points (n, 2) where two named streets meet, with both names."""
    parts = np.array([part for street in streets for part in street.parts])
    names = [street.name for street in streets for _ in street.parts]
    a, b = shapely.STRtree(parts).query(parts, predicate="intersects")
    pairs = [(i, j) for i, j in zip(a.tolist(), b.tolist(), strict=True) if i < j and names[i] != names[j]]
    points, labels = [], []
    for i, j in pairs:
        point = shapely.get_parts(shapely.intersection(parts[i], parts[j]))[0]
        points.append(shapely.get_coordinates(point)[0])
        labels.append(f"{names[i]} – {names[j]}")
    return np.array(points).reshape(-1, 2), labels


def most_central(points: Floats, centre: Floats) -> Ints:
    """Indices of `points`, the nearest to `centre` first."""
    return np.asarray(np.linalg.norm(points - centre, axis=1).argsort(kind="stable"))
