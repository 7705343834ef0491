"""Roads of an OpenStreetMap extract (PBF), as the rows of a file like any other."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import osmium
import pyarrow as pa
import shapely
from pyproj import CRS

from etl.batch import Batch, Opened, batch
from gis_core.errors import LoadRefused

COLUMNS = (
    "osm_id", "name", "ref", "highway", "oneway", "surface", "width", "lanes", "maxspeed",
    "car", "motorbike", "bridge", "tunnel", "osm_tags",
)  # fmt: skip
ROAD_CLASSES = {
    "motorway": "trunk", "motorway_link": "trunk", "trunk": "trunk", "trunk_link": "trunk",
    "primary": "primary", "primary_link": "primary", "secondary": "secondary", "secondary_link": "secondary",
    "tertiary": "tertiary", "tertiary_link": "tertiary", "unclassified": "residential", "residential": "residential",
    "living_street": "alley", "service": "service", "track": "track", "path": "path", "footway": "path",
    "steps": "path", "cycleway": "path", "pedestrian": "path", "bridleway": "path", "construction": "construction",
}  # fmt: skip
SURFACES = {
    "asphalt": "asphalt", "paved": "paved", "paving_stones": "paved", "sett": "paved", "cobblestone": "paved",
    "concrete": "concrete", "concrete:plates": "concrete", "concrete:lanes": "concrete",
    "gravel": "gravel", "fine_gravel": "gravel", "compacted": "gravel", "pebblestone": "gravel",
    "unpaved": "earth", "ground": "earth", "dirt": "earth", "earth": "earth", "mud": "earth",
    "sand": "earth", "grass": "earth",
}  # fmt: skip
_NO_CARS = {"path", "footway", "steps", "cycleway", "pedestrian", "bridleway"}
_NO_MOTORBIKES = {"footway", "steps", "pedestrian", "motorway", "motorway_link"}
_REFUSALS = {"no", "private"}

Row = tuple[dict[str, str | None], shapely.LineString]


def open_osm(path: Path, batch_rows: int) -> Opened:
    """The ways tagged `highway` of the extract `path`; raises `LoadRefused` where it cannot be read or has none."""
    if next(_ways(path), None) is None:
        raise LoadRefused(f"{path}: không có đường (highway) nào. · The extract holds no way tagged highway.")
    return Opened(path, CRS.from_epsg(4326), None, COLUMNS, partial(_batches, path, batch_rows))


def _batches(path: Path, batch_rows: int) -> Iterator[Batch]:
    ways = _ways(path)
    first = 1
    while chunk := list(islice(ways, batch_rows)):
        attributes = pa.table({name: pa.array([row[name] for row, _ in chunk], pa.string()) for name in COLUMNS})
        lines = np.empty(len(chunk), dtype=object)
        lines[:] = [line for _, line in chunk]
        yield batch(first, attributes, lines)
        first += len(chunk)


def _ways(path: Path) -> Iterator[Row]:
    processor = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    try:
        for item in processor:
            if isinstance(item, osmium.osm.Way):
                nodes = [(node.lon, node.lat) for node in item.nodes if node.location.valid()]
                if len(nodes) > 1:
                    tags = {tag.k: tag.v for tag in item.tags}
                    yield _attributes(item.id, tags), shapely.LineString(nodes)
    except RuntimeError as error:
        raise LoadRefused(f"{path}: không đọc được tệp OSM. · The OSM file cannot be read: {error}") from error


def _attributes(osm_id: int, tags: dict[str, str]) -> dict[str, str | None]:
    highway = tags["highway"]
    return {
        "osm_id": str(osm_id),
        "name": tags.get("name"),
        "ref": tags.get("ref"),
        "highway": ROAD_CLASSES.get(highway, "other"),
        "oneway": _oneway(tags),
        "surface": SURFACES.get(tags["surface"], "unknown") if "surface" in tags else None,
        "width": _metres(tags.get("width")),
        "lanes": tags["lanes"] if tags.get("lanes", "").isdigit() else None,
        "maxspeed": tags["maxspeed"] if tags.get("maxspeed", "").isdigit() else None,
        "car": _open_to(tags, ("motorcar", "motor_vehicle", "vehicle", "access"), usually=highway not in _NO_CARS),
        "motorbike": _open_to(
            tags, ("motorcycle", "motor_vehicle", "vehicle", "access"), usually=highway not in _NO_MOTORBIKES
        ),
        "bridge": str(tags.get("bridge", "no") != "no").lower(),
        "tunnel": str(tags.get("tunnel", "no") != "no").lower(),
        "osm_tags": json.dumps(tags, ensure_ascii=False, sort_keys=True),
    }


def _oneway(tags: dict[str, str]) -> str:
    stated = tags.get("oneway")
    if stated in {"-1", "reverse"}:
        return "-1"
    if stated is None and (tags.get("junction") == "roundabout" or tags["highway"] == "motorway"):
        return "1"
    return "1" if stated in {"yes", "true", "1"} else "0"


def _open_to(tags: dict[str, str], keys: tuple[str, ...], *, usually: bool) -> str:
    """Whether a vehicle may go there: the most special access tag decides (OSM wiki, Key:access)."""
    stated = next((tags[key] for key in keys if key in tags), None)
    return str(usually if stated is None else stated not in _REFUSALS).lower()


def _metres(text: str | None) -> str | None:
    number = (text or "").replace(",", ".").removesuffix("m").strip()
    return number if number.replace(".", "", 1).isdigit() else None
