"""The abstract tests of OGC API Tiles Part 1 (OGC 20-057, annex A), as the OGC's executable suite carries them out.

What a test asks is that of the suite `ets-ogcapi-tiles10` where it asks more or less than the annex. With them those of
the tile matrix set (OGC 17-083r4) and of OGC API Styles (draft OGC 20-009) that the server declares.
"""

import math
from collections.abc import Iterator
from typing import Any

import httpx2
import mapbox_vector_tile
import pytest
from openapi_spec_validator import validate

RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
KINDS = tuple(f"{RELATION}tilesets-{kind}" for kind in ("vector", "map", "coverage"))
REGISTERED = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
# What Java sends with every request for a tile; it must never be answered 406.
JAVA_ACCEPT = {"Accept": "text/html, image/gif, image/jpeg, */*; q=0.2"}
VARIABLES = ("tileMatrix", "tileRow", "tileCol")


CLIENT: httpx2.Client


@pytest.fixture(scope="module", autouse=True)
def one_client() -> Iterator[None]:
    """One client for all tests: making one costs more than a request."""
    global CLIENT
    with httpx2.Client(headers={"Accept": "application/json"}, timeout=30) as CLIENT:
        yield


def document(url: str) -> dict[str, Any]:
    answer = CLIENT.get(url)
    assert answer.status_code == 200, (url, answer.text)
    return dict(answer.json())


def linked(page: dict[str, Any], *relations: str) -> list[str]:
    return [one["href"] for one in page["links"] if one["rel"] in relations]


def tilesets_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of all lists of tilesets that the page links."""
    return [one for href in linked(page, *KINDS) for one in document(href)["tilesets"]]


def vector_tilesets(server_url: str) -> list[dict[str, Any]]:
    pages = [document(f"{server_url}/"), *document(f"{server_url}/collections")["collections"]]
    found = [one for page in pages for one in tilesets_of(page) if one["dataType"] == "vector"]
    assert len(found) > 5
    return found


def template_of(tileset: dict[str, Any]) -> str:
    [template] = [one["href"] for one in tileset["links"] if all(f"{{{name}}}" in one["href"] for name in VARIABLES)]
    return str(template)


def tile(template: str, *place: int) -> httpx2.Response:
    for name, number in zip(VARIABLES, place, strict=True):
        template = template.replace(f"{{{name}}}", str(number))
    return CLIENT.get(template, headers=JAVA_ACCEPT)


def test_a_1_the_core_is_declared(server_url: str) -> None:
    declared = document(f"{server_url}/conformance")["conformsTo"]
    for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "oas30"):
        assert f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" in declared


def test_a_2_tiles_are_of_a_registered_tile_matrix_set(server_url: str) -> None:
    for one in vector_tilesets(server_url):
        assert one["tileMatrixSetURI"] == REGISTERED
        assert "/tiles/WebMercatorQuad/" in template_of(one)
        assert template_of(one).startswith("http://")


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_3_to_a_5_tile_addresses_have_the_variables_of_the_standard(server_url: str, variable: str) -> None:
    page = document(f"{server_url}/")
    assert all(f"{{{variable}}}" in template_of(one) for one in tilesets_of(page))
    for href in linked(page, *KINDS):
        for one in document(href)["tilesets"]:
            [described] = [link["href"] for link in one["links"] if link["rel"] == "self"]
            assert f"{{{variable}}}" in template_of(document(described))


def test_a_6_tiles_within_the_limits_are_answered(server_url: str) -> None:
    for one in vector_tilesets(server_url):
        for level in one["tileMatrixSetLimits"][:3]:
            matrix, row, col = (int(level[name]) for name in ("tileMatrix", "maxTileRow", "minTileCol"))
            answer = tile(template_of(one), matrix, row, col)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == MVT


def test_a_6_every_tile_over_the_city_is_answered(server_url: str) -> None:
    [city] = tilesets_of(document(f"{server_url}/"))[:1]
    described = document(next(link["href"] for link in city["links"] if link["rel"] == "self"))
    west, south = described["boundingBox"]["lowerLeft"]
    east, north = described["boundingBox"]["upperRight"]
    rows, cols = zip(place(west, north, 12), place(east, south, 12), strict=True)
    drawn = 0
    for row in range(rows[0], rows[1] + 1):
        for col in range(cols[0], cols[1] + 1):
            answer = tile(template_of(city), 12, row, col)
            assert answer.status_code == 200
            drawn += sum(len(layer["features"]) for layer in mapbox_vector_tile.decode(answer.content).values())
    assert drawn > 100


def place(longitude: float, latitude: float, level: int) -> tuple[int, int]:
    """Row and column of the tile at the place, by the formula of OGC 17-083r4, annex D.1."""
    across = (longitude + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int(down * 2**level), int(across * 2**level)


def test_a_7_tiles_outside_the_limits_are_refused(server_url: str) -> None:
    most = 2**31 - 1
    for one in vector_tilesets(server_url):
        template = template_of(one)
        for level in (one["tileMatrixSetLimits"][0], one["tileMatrixSetLimits"][12]):
            matrix, row, col = (int(level[name]) for name in ("tileMatrix", "maxTileRow", "minTileCol"))
            assert tile(template, matrix, row + 1, col).status_code in (400, 404)
            assert tile(template, matrix, row, int(level["maxTileCol"]) + 1).status_code in (400, 404)
            assert tile(template, matrix, most, most).status_code in (400, 404)
        assert tile(template, 99, 0, 0).status_code in (400, 404)
        for words in ("a", "-1", "1.5", "%00", "٣"):
            address = template.replace("{tileMatrix}", words).replace("{tileRow}", "0").replace("{tileCol}", "0")
            assert CLIENT.get(address).status_code in (400, 404)


def test_a_8_a_tileset_describes_itself(server_url: str) -> None:
    for one in vector_tilesets(server_url):
        described = document(next(link["href"] for link in one["links"] if link["rel"] == "self"))
        assert {"title", "dataType", "crs", "layers", "boundingBox", "links"} <= described.keys()
        assert described["tileMatrixSetURI"] == REGISTERED
        assert described["tileMatrixSetLimits"] == one["tileMatrixSetLimits"]
        [scheme] = linked(described, f"{RELATION}tiling-scheme")
        assert document(scheme)["uri"] == REGISTERED
        [template] = [link for link in described["links"] if link["rel"] == "item"]
        assert template["type"] == MVT
        assert template["templated"] is True


def test_a_9_lists_of_tilesets_are_linked_and_complete(server_url: str) -> None:
    pages = [document(f"{server_url}/"), *document(f"{server_url}/collections")["collections"]]
    seen = 0
    for page in pages:
        for href in linked(page, *KINDS):
            assert "/tiles" in href
            for one in document(href)["tilesets"]:
                assert {"tileMatrixSetURI", "tileMatrixSetId", "tileMatrixSetLimits", "links"} <= one.keys()
                assert template_of(one)
                seen += 1
    assert seen > 5


def test_a_10_and_a_11_the_landing_page_leads_to_the_tiles_of_the_dataset(server_url: str) -> None:
    addresses = linked(document(f"{server_url}/"), *KINDS)
    assert addresses
    assert all(document(one)["tilesets"] for one in addresses)


def test_a_12_and_a_13_collections_lead_to_their_tiles(server_url: str) -> None:
    collections = document(f"{server_url}/collections")["collections"]
    addresses = [href for one in collections for href in linked(one, *KINDS)]
    assert len(addresses) > 5
    for address in addresses:
        assert address.endswith("/tiles") or "/tiles?" in address
        assert document(address)["tilesets"]


def test_a_14_the_collections_of_a_tile_can_be_chosen(server_url: str) -> None:
    listed = document(f"{server_url}/tiles?collections=wards,places")
    [one] = listed["tilesets"]
    described = document(next(link["href"] for link in one["links"] if link["rel"] == "self"))
    assert [layer["id"] for layer in described["layers"]] == ["wards", "places"]
    row, col = place(108.45, 11.93, 12)
    found = mapbox_vector_tile.decode(tile(template_of(one), 12, row, col).content)
    assert {name.removesuffix("_label") for name in found} <= {"wards", "places"}
    assert {"wards", "places"} & found.keys()
    assert CLIENT.get(f"{server_url}/tiles/WebMercatorQuad/12/{row}/{col}?collections=nothing").status_code == 404


def test_a_18_tiles_are_mapbox_vector_tiles_within_their_box(server_url: str) -> None:
    row, col = place(108.45, 11.93, 12)
    for one in vector_tilesets(server_url):
        answer = tile(template_of(one), 12, row, col)
        for layer in mapbox_vector_tile.decode(answer.content).values() if answer.content else ():
            assert layer["extent"] == 4096
            for feature in layer["features"]:
                for x, y in points(feature["geometry"]["coordinates"]):
                    assert -1024 <= x <= 5120  # a quarter beyond the edge, so that lines join
                    assert -1024 <= y <= 5120


def points(part: Any) -> Iterator[tuple[float, float]]:
    if part and isinstance(part[0], int | float):
        yield part[0], part[1]
    else:
        for one in part:
            yield from points(one)


def test_a_23_and_a_24_the_definition_is_openapi_and_names_the_operations(server_url: str) -> None:
    definition = document(f"{server_url}/openapi")
    validate(definition)
    assert definition["openapi"].startswith("3.0.")
    names = {
        path: one["get"]["operationId"]
        for path, one in definition["paths"].items()
        if "/tiles" in path and "get" in one
    }
    for base in ("", "/collections/{collectionId}"):
        start = f"{base}/tiles"
        assert names[start].endswith(".vector.getTileSetsList")
        assert names[f"{start}/{{tileMatrixSetId}}"].endswith(".vector.getTileSet")
        tile_path = f"{start}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
        assert names[tile_path].endswith(".vector.getTile")
        parameters = definition["paths"][tile_path]["get"]["parameters"]
        assert [one["name"] for one in parameters if one["in"] == "path"][-4:] == ["tileMatrixSetId", *VARIABLES]


def test_the_tile_matrix_set_is_the_registered_one(server_url: str) -> None:
    [address] = linked(document(f"{server_url}/"), f"{RELATION}tiling-schemes")
    [listed] = document(address)["tileMatrixSets"]
    definition = document(next(one["href"] for one in listed["links"] if one["rel"] == "self"))
    assert (listed["uri"], definition["uri"]) == (REGISTERED, REGISTERED)
    assert definition["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    assert len(definition["tileMatrices"]) == 23
    around = 2 * math.pi * 6378137
    for level, matrix in enumerate(definition["tileMatrices"]):
        assert (matrix["id"], matrix["tileWidth"], matrix["tileHeight"]) == (str(level), 256, 256)
        assert (matrix["matrixWidth"], matrix["matrixHeight"]) == (2**level, 2**level)
        assert matrix["pointOfOrigin"] == pytest.approx([-around / 2, around / 2])
        assert matrix["cellSize"] == pytest.approx(around / 256 / 2**level, rel=1e-12)
        # The first scale denominator as OGC 17-083r4 prints it, halved level by level.
        assert matrix["scaleDenominator"] == pytest.approx(559082264.028717 / 2**level, rel=1e-12)


def test_limits_lie_within_the_tile_matrix_set_and_around_the_data(server_url: str) -> None:
    for one in vector_tilesets(server_url):
        described = document(next(link["href"] for link in one["links"] if link["rel"] == "self"))
        west, south = described["boundingBox"]["lowerLeft"]
        east, north = described["boundingBox"]["upperRight"]
        for level in one["tileMatrixSetLimits"]:
            matrix = int(level["tileMatrix"])
            assert 0 <= level["minTileRow"] <= level["maxTileRow"] < 2**matrix
            assert 0 <= level["minTileCol"] <= level["maxTileCol"] < 2**matrix
            if abs(west) < 180:  # a layer without features has no box of its own
                (top, left), (bottom, right) = place(west, north, matrix), place(east, south, matrix)
                assert level["minTileRow"] <= top <= bottom <= level["maxTileRow"]
                assert level["minTileCol"] <= left <= right <= level["maxTileCol"]


def test_styles_are_linked_listed_and_served(server_url: str) -> None:
    [address] = linked(document(f"{server_url}/"), f"{RELATION}styles")
    assert address == f"{server_url}/styles"
    listed = document(address)
    names = [one["id"] for one in listed["styles"]]
    assert len(names) == len(set(names))
    assert listed["default"] in names
    collections = {one["id"] for one in document(f"{server_url}/collections")["collections"]}
    for one in listed["styles"]:
        [sheet] = [link for link in one["links"] if link["rel"] == "stylesheet"]
        assert sheet["href"] == f"{server_url}/styles/{one['id']}"
        answer = CLIENT.get(sheet["href"])
        assert answer.headers["content-type"] == sheet["type"] == "application/vnd.mapbox.style+json"
        style = answer.json()
        assert style["version"] == 8
        layers = {layer["source-layer"].removesuffix("_label") for layer in style["layers"] if "source-layer" in layer}
        assert layers <= collections
    assert CLIENT.get(f"{server_url}/styles/nothing").status_code == 404
