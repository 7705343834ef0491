"""The catalogue as a pygeoapi configuration: one for each role, so that no collection is ever filtered out by hand."""

from typing import Any

from gis_core.catalog import Catalog
from gis_core.crs import CRS84, STORAGE_SRID, published
from gis_core.layer import Layer, Role, Text

TITLE = Text("Langbiang – dữ liệu không gian thành phố Đà Lạt", "Langbiang – spatial data of Đà Lạt")
DESCRIPTION = Text(
    "Các lớp dữ liệu không gian của thành phố qua OGC API: đất đai, quy hoạch, xây dựng, địa chỉ, giao thông, rừng.",
    "The city's spatial layers through OGC APIs: land, planning, construction, addresses, transport, forest.",
)
STORAGE_CRS = f"http://www.opengis.net/def/crs/EPSG/0/{STORAGE_SRID}"


def configuration(catalog: Catalog, role: Role, root: str) -> dict[str, Any]:
    """The pygeoapi configuration of what `role` may read, served at the address `root` (without `/ogc`)."""
    return {
        "server": {
            "url": f"{root}/ogc",
            "bind": {"host": "127.0.0.1", "port": 0},  # compulsory, and read by nobody: pygeoapi does not serve here
            "mimetype": "application/json",
            "encoding": "utf-8",
            "languages": ["vi-VN", "en-US"],
            "map": {"url": f"{root}/", "attribution": TITLE.vi},
        },
        "logging": {"level": "ERROR"},
        "metadata": _metadata(root),
        "resources": {layer.id: _collection(layer) for layer in catalog.readable_by(role)},
    }


def _metadata(root: str) -> dict[str, Any]:
    return {
        "identification": {
            "title": _translated(TITLE),
            "description": _translated(DESCRIPTION),
            "keywords": {"vi-VN": ["Đà Lạt", "Lâm Đồng", "GIS"], "en-US": ["Đà Lạt", "Lâm Đồng", "GIS"]},
            "terms_of_service": f"{root}/",
            "url": f"{root}/",
        },
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        "provider": {"name": "Langbiang", "url": f"{root}/"},
        "contact": {"name": "Langbiang", "url": f"{root}/"},
    }


def _collection(layer: Layer) -> dict[str, Any]:
    return {
        "type": "collection",
        "title": _translated(layer.title),
        "description": _translated(layer.description),
        "keywords": {"vi-VN": [layer.group.vi], "en-US": [layer.group.en]},
        "links": [],
        # The true extents depend on rows and role; `api.ogc.collections` puts them in.
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": CRS84}},
        "providers": [
            {
                "type": "feature",
                "name": "api.ogc.items",
                "data": layer.id,
                "crs": list(published()) if layer.shape else [CRS84],
                "storage_crs": STORAGE_CRS if layer.shape else CRS84,
            }
        ],
    }


def _translated(words: Text) -> dict[str, str]:
    return {"vi-VN": words.vi, "en-US": words.en}
