"""Raster tiles, their tilesets, styles and legends over HTTP."""

from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from etl.manifest import RasterEntry
from etl.raster import load_raster
from gis_core.crs import transformer
from gis_core.db import Engines
from gis_core.layer import Text
from tests.api.conftest import pixels
from tiles.matrix import HALF_WORLD, Tile

TERRAIN = "/ogc/collections/terrain"
TILES = f"{TERRAIN}/map/tiles/WebMercatorQuad"


def address(zoom: int, east: float, north: float, srid: int = 5899) -> str:
    """The address of the tile of `zoom` that holds the point."""
    x, y = transformer(srid, 3857).transform(east, north)
    span = Tile(zoom, 0, 0).span
    return f"{zoom}/{int((HALF_WORLD - y) // span)}/{int((x + HALF_WORLD) // span)}"


INNER = address(16, 574_500, 1_320_900)
HOLE = address(17, 573_450, 1_321_750)


def test_each_style_draws_its_own_picture_in_both_formats(client: TestClient, terrain: Path) -> None:
    drawn = {}
    for style in ("hillshade", "slope", "elevation"):
        path = f"{TERRAIN}/styles/{style}/map/tiles/WebMercatorQuad/{INNER}"
        png, webp = client.get(path), client.get(path, params={"f": "webp"})
        assert (png.status_code, png.headers["content-type"]) == (200, "image/png")
        assert (webp.status_code, webp.headers["content-type"]) == (200, "image/webp")
        assert pixels(png.content).shape == (4, 256, 256)
        np.testing.assert_array_equal(pixels(png.content)[:3], pixels(webp.content)[:3])
        drawn[style] = png.content
    assert len(set(drawn.values())) == 3
    assert client.get(f"{TILES}/{INNER}").content == drawn["hillshade"]


def test_light_from_another_side_makes_another_picture(client: TestClient, terrain: Path) -> None:
    usual = client.get(f"{TILES}/{INNER}")
    told = client.get(f"{TILES}/{INNER}", params={"azimuth": "315", "altitude": "45"})
    other = client.get(f"{TILES}/{INNER}", params={"azimuth": "135"})
    assert told.content == usual.content
    assert other.content != usual.content
    assert other.headers["etag"] != usual.headers["etag"]


def test_nothing_is_drawn_where_nothing_is_known(client: TestClient, terrain: Path) -> None:
    hole = pixels(client.get(f"{TILES}/{HOLE}").content)[3]
    assert 0 < (hole == 0).mean() < 1
    far = client.get(f"{TILES}/15/0/0")
    assert far.status_code == 200
    assert not pixels(far.content).any()
    assert (pixels(client.get(f"{TILES}/{INNER}").content)[3] == 255).all()


def test_a_tile_is_not_sent_again_until_the_raster_is_loaded_anew(
    client: TestClient, terrain: Path, small_city: Engines, data_folder: Path
) -> None:
    first = client.get(f"{TILES}/{INNER}")
    held = {"If-None-Match": first.headers["etag"]}
    again = client.get(f"{TILES}/{INNER}", headers=held)
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "public, no-cache"
    entry = RasterEntry("terrain", terrain, Text("Địa hình", "Terrain"), "elevation")
    load_raster(small_city.owner, entry, data_folder / "rasters", "test")
    anew = client.get(f"{TILES}/{INNER}", headers=held)
    assert anew.status_code == 200
    assert anew.headers["etag"] != first.headers["etag"]


def test_tilesets_describe_the_tiles_there_are(client: TestClient, terrain: Path) -> None:
    for start, style in ((f"{TERRAIN}/map/tiles", "hillshade"), (f"{TERRAIN}/styles/slope/map/tiles", "slope")):
        [listed] = client.get(start).json()["tilesets"]
        assert listed["dataType"] == "map"
        tileset = client.get(f"{start}/WebMercatorQuad").json()
        assert tileset["style"]["id"] == style
        limits = tileset["tileMatrixSetLimits"][-1]
        place = f"{limits['tileMatrix']}/{limits['maxTileRow']}/{limits['maxTileCol']}"
        template = next(one["href"] for one in tileset["links"] if one["type"] == "image/png")
        for name, value in zip(("{tileMatrix}", "{tileRow}", "{tileCol}"), place.split("/"), strict=True):
            template = template.replace(name, value)
        assert client.get(template).headers["content-type"] == "image/png"
        told = client.get(f"{start}/WebMercatorQuad", params={"f": "tilejson"}).json()
        assert told["minzoom"] <= 12
        assert told["maxzoom"] in (13, 14)
        west, south, east, north = told["bounds"]
        assert (west, south) == pytest.approx(transformer(5899, 4326).transform(573_000, 1_320_000), abs=1e-3)
        assert (east, north) == pytest.approx(transformer(5899, 4326).transform(576_000, 1_322_000), abs=1e-3)
    lit = client.get(f"{TERRAIN}/map/tiles/WebMercatorQuad", params={"f": "tilejson", "azimuth": "90"}).json()
    assert lit["tiles"][0].endswith("azimuth=90")


def test_legends_tell_values_units_and_colours_in_both_languages(client: TestClient, terrain: Path) -> None:
    styles = client.get(f"{TERRAIN}/styles").json()
    assert (styles["default"], [one["id"] for one in styles["styles"]]) == (
        "hillshade", ["hillshade", "slope", "elevation"]
    )  # fmt: skip
    units = {}
    for one in styles["styles"]:
        legend = client.get(next(link["href"] for link in one["links"] if link["rel"] == "legend")).json()
        values = [stop["value"] for stop in legend["stops"]]
        assert values == sorted(values)
        assert legend["title"]["vi"] != legend["title"]["en"]
        units[one["id"]] = legend["unit"]
    assert units == {"hillshade": "%", "slope": "deg", "elevation": "m"}


def test_an_image_is_drawn_by_the_bands_and_the_stretch_asked_for(client: TestClient, imagery: Path) -> None:
    place = address(16, 220_200, 1_321_600, 32649)
    path = f"/ogc/collections/imagery/map/tiles/WebMercatorQuad/{place}"
    asked = {"properties": "band_4,band_2,band_1", "rescale": "0,255"}
    drawn = pixels(client.get(path, params=asked).content)
    seen = {tuple(one) for one in drawn[:3].reshape(3, -1).T[(drawn[3] == 255).reshape(-1)].tolist()}
    assert (160, 80, 40) in seen
    grey = pixels(client.get(path, params={"properties": "band_3", "rescale": "0,240"}).content)
    assert grey[0].max() == 128
    assert (grey[0] == grey[1]).all()
    assert client.get(path).status_code == 200


ABSENT = [
    "nothing/map/tiles/WebMercatorQuad/1/0/0", "wards/map/tiles/WebMercatorQuad/1/0/0", "terrain/map/tiles/Other/1/0/0",
    "terrain/map/tiles/WebMercatorQuad/23/0/0", "terrain/map/tiles/WebMercatorQuad/1/2/0",
    "terrain/map/tiles/WebMercatorQuad/1/-1/0", "terrain/map/tiles/WebMercatorQuad/a/0/0", "terrain/map/tiles/Other",
    "terrain/styles/sepia/map/tiles/WebMercatorQuad/1/0/0", "terrain/styles/sepia/legend", "nothing/styles",
    "terrain/styles/image/legend",
]  # fmt: skip
REFUSED = [
    "azimuth=361", "azimuth=nan", "azimuth=x", "altitude=-1", "altitude=91", "f=jpeg", "f=mvt", "foo=1",
    "rescale=0,1", "properties=band_1",
]  # fmt: skip


def test_tiles_outside_of_the_matrix_and_of_no_raster_are_not_found(client: TestClient, terrain: Path) -> None:
    for path in ABSENT:
        answer = client.get(f"/ogc/collections/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_wrong_parameters_are_named(client: TestClient, terrain: Path, imagery: Path) -> None:
    for query in REFUSED:
        answer = client.get(f"{TILES}/{INNER}?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), query
        assert query.partition("=")[0] in answer.json()["detail"]
    image = f"/ogc/collections/imagery/map/tiles/WebMercatorQuad/{INNER}"
    for query in (
        "rescale=1",
        "rescale=5,1",
        "rescale=a,b",
        "properties=band_9",
        "properties=band_1,band_2",
        "azimuth=1",
    ):
        assert client.get(f"{image}?{query}").status_code == 400, query
    assert client.get(f"{TERRAIN}/styles/slope/map/tiles/WebMercatorQuad/{INNER}?azimuth=1").status_code == 400
