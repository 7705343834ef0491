"""The manifest of a generated city: what the loader reads, in which order."""

from collections.abc import Mapping
from pathlib import Path

from etl.demo.terrain import Terrain

SOURCE = "demo"
_HEAD = """\
title = {{vi = "Thành phố mẫu", en = "Demo city"}}
centre = [{0}, {1}]

[attribution]
vi = "Dữ liệu mẫu do máy sinh ra, không phải dữ liệu thật"
en = "Generated sample data, nothing of it is real"

[licences]
demo = "CC0-1.0"

[contact]
name = "Langbiang"
"""
_TERRAIN = f"""
[[raster]]
id = "terrain"
file = "terrain.tif"
kind = "elevation"
source = "{SOURCE}"
title = {{vi = "Độ cao", en = "Elevation"}}
"""
# How far beyond the relief a coordinate may lie before the loader suspects its reference system.
_MARGIN_M = 2_000


def write_manifest(
    folder: Path, files: Mapping[str, str], centre: tuple[float, float], terrain: Terrain | None = None
) -> None:
    """Write `city.toml` into `folder`: the `centre` (longitude, latitude), and `files` by layer in load order.

    With `terrain`, its file `terrain.tif` is listed too, and its extent limits where features may lie.
    """
    text = _HEAD.format(*centre)
    if terrain:
        low, high = terrain.extent
        box = [*(low - _MARGIN_M).tolist(), *(high + _MARGIN_M).tolist()]
        text = f"box = {box}\n{text}"
        text += _TERRAIN
    for layer, file in files.items():
        text += f'\n[[load]]\nlayer = "{layer}"\nfile = "{file}"\nsource = "{SOURCE}"\n'
    (folder / "city.toml").write_text(text, encoding="utf-8")
