"""What the files of a city folder are: `city.toml` in the folder, or a manifest shipped with the platform."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from etl.mapping import Filling
from gis_core.errors import LoadRefused
from gis_core.layer import Text

Box = tuple[float, float, float, float]
RasterKind = Literal["elevation", "imagery"]
_RASTER_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class LoadEntry:
    """One file and the layer it fills; `refused`: the file is expected to be refused, which is then no failure."""

    layer: str
    file: Path
    source: str
    crs: str | None
    file_layer: str | None
    refused: bool
    filling: Filling


@dataclass(frozen=True)
class RasterEntry:
    """One raster and the name it is served under; `kind`: its values are heights in metres, or those of an image.

    `source` None: the name of the city's folder.
    """

    id: str
    file: Path
    title: Text
    kind: RasterKind = "imagery"
    source: str | None = None


@dataclass(frozen=True)
class Contact:
    """Who answers questions about the city's data; None where the manifest does not tell."""

    name: str | None = None
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Manifest:
    """A city folder: its title, centre (longitude, latitude), attribution, box in EPSG:5899 (None: Đà Lạt's), files.

    `licences` are SPDX identifiers, or words where there is none, by the source of the rows.
    """

    title: Text
    centre: tuple[float, float]
    attribution: Text
    box: Box | None
    loads: tuple[LoadEntry, ...]
    rasters: tuple[RasterEntry, ...]
    licences: Mapping[str, str]
    contact: Contact

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the folder that the manifest names."""
        return (*(one.file for one in self.loads), *(one.file for one in self.rasters))

    @property
    def layers(self) -> frozenset[str]:
        """The layers that the folder fills."""
        return frozenset(one.layer for one in self.loads)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the city in `folder`. Raises `LoadRefused` where there is none or it is wrong."""
    if not folder.is_dir():
        raise LoadRefused(f"{folder}: không có thư mục này. · There is no such folder.")
    own = folder / "city.toml"
    if own.exists():
        return _parsed(own.read_text("utf-8"), folder, str(own))
    for shipped in sorted(resources.files("etl").joinpath("cities").iterdir(), key=lambda one: one.name):
        manifest = _parsed(shipped.read_text("utf-8"), folder, shipped.name)
        if all(file.exists() for file in manifest.files):
            return manifest
    raise LoadRefused(
        f"{folder}: không có city.toml và các tệp không phải của một thành phố đã biết. · "
        "There is no city.toml, and the files are not those of a city the platform knows."
    )


def _parsed(content: str, folder: Path, name: str) -> Manifest:
    try:
        given = tomllib.loads(content)
        return Manifest(
            title=_text(given["title"]),
            centre=(float(given["centre"][0]), float(given["centre"][1])),
            attribution=_text(given["attribution"]),
            box=_box(given.get("box")),
            loads=tuple(_load(one, folder) for one in given["load"]),
            rasters=tuple(_raster(one, folder) for one in given.get("raster", [])),
            licences={source: str(licence) for source, licence in given.get("licences", {}).items()},
            contact=Contact(**given.get("contact", {})),
        )
    except tomllib.TOMLDecodeError as error:
        raise LoadRefused(f"{name}: không đọc được. · The manifest cannot be read: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise LoadRefused(
            f"{name}: thiếu hoặc sai mục {error}. · The manifest lacks {error}, or it is wrong."
        ) from error


def _text(given: Mapping[str, str]) -> Text:
    return Text(given["vi"], given["en"])


def _box(given: list[float] | None) -> Box | None:
    if given is None:
        return None
    west, south, east, north = map(float, given)
    return west, south, east, north


def _load(given: Mapping[str, Any], folder: Path) -> LoadEntry:
    return LoadEntry(
        layer=given["layer"],
        file=folder / given["file"],
        source=given["source"],
        crs=given.get("crs"),
        file_layer=given.get("file_layer"),
        refused=bool(given.get("refused", False)),
        filling=Filling.of(given),
    )


def _raster(given: Mapping[str, Any], folder: Path) -> RasterEntry:
    title = _text(given["title"]) if "title" in given else Text(given["id"], given["id"])
    # The raster named 'terrain' has always been the relief; manifests written before kinds do not say so.
    kind = given.get("kind", "elevation" if given["id"] == "terrain" else "imagery")
    if kind not in get_args(RasterKind):
        raise ValueError(f"raster.kind = '{kind}' ({', '.join(get_args(RasterKind))})")
    if not _RASTER_ID.fullmatch(given["id"]):
        raise ValueError(f"raster.id = '{given['id']}' (a-z, 0-9, _)")
    return RasterEntry(given["id"], folder / given["file"], title, kind, given.get("source"))
