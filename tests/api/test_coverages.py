"""Parts of rasters over HTTP: the same values as in the file, in every reference system the right way round."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile
from rasterio.windows import Window
from starlette.testclient import TestClient

from gis_core.crs import PUBLISHED_SRIDS, transformer
from tests.api.conftest import pixels, relief

COVERAGE = "/ogc/collections/terrain/coverage"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def geotiff(client: TestClient, path: str = COVERAGE, **parameters: str) -> tuple[np.ma.MaskedArray, dict[str, object]]:
    """The values of the first band and the profile of the file that is answered."""
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/tiff; application=geotiff"
    with MemoryFile(answer.content) as memory, memory.open() as file:
        return file.read(1, masked=True), dict(file.profile) | {"bounds": file.bounds, "units": file.units}


def degrees(east: float, north: float) -> tuple[float, float]:
    return transformer(5899, 4326).transform(east, north)


def test_the_whole_raster_is_answered_cell_by_cell_as_it_is_stored(client: TestClient, terrain: Path) -> None:
    values, profile = geotiff(client)
    with rasterio.open(terrain) as file:
        stored = file.read(1, masked=True)
    np.testing.assert_array_equal(values, stored)
    assert values.mask.sum() == 100
    assert (profile["crs"].to_epsg(), profile["nodata"], profile["units"]) == (5899, -9999.0, ("m",))


def test_a_box_is_answered_by_all_the_cells_it_touches(client: TestClient, terrain: Path) -> None:
    values, profile = geotiff(client, bbox="573101,1321003,573149,1321018", **{"bbox-crs": f"{EPSG}/5899"})
    with rasterio.open(terrain) as file:
        stored = file.read(1, window=Window(10, 98, 5, 2))
    np.testing.assert_array_equal(values, stored)
    assert tuple(profile["bounds"]) == (573_100, 1_321_000, 573_150, 1_321_020)


def test_a_box_says_its_numbers_in_the_order_of_its_reference_system(client: TestClient, terrain: Path) -> None:
    (west, south), (east, north) = degrees(573_500, 1_320_500), degrees(574_500, 1_321_500)
    longitude_first, _ = geotiff(client, bbox=f"{west},{south},{east},{north}")
    latitude_first, _ = geotiff(client, bbox=f"{south},{west},{north},{east}", **{"bbox-crs": f"{EPSG}/4326"})
    np.testing.assert_array_equal(longitude_first, latitude_first)
    assert client.get(COVERAGE, params={"bbox": f"{south},{west},{north},{east}"}).status_code == 400


def test_gdal_finds_every_height_at_its_place_whatever_the_reference_system(
    client: TestClient, terrain: Path, tmp_path: Path
) -> None:
    for system in (CRS84, *(f"{EPSG}/{srid}" for srid in PUBLISHED_SRIDS)):
        check_by_gdal(client, tmp_path, system)


def check_by_gdal(client: TestClient, tmp_path: Path, system: str) -> None:
    answer = client.get(COVERAGE, params={"crs": system})
    assert answer.headers["content-crs"] == f"<{system}>"
    file = tmp_path / "coverage.tif"
    file.write_bytes(answer.content)
    places = [(573_605.0, 1_321_205.0), (574_805.0, 1_320_305.0), (575_605.0, 1_321_605.0)]
    lines = "".join("{} {}\n".format(*degrees(*place)) for place in places)
    found = subprocess.run(
        ["gdallocationinfo", "-valonly", "-wgs84", str(file)], input=lines, capture_output=True, text=True, check=True
    ).stdout.split()
    expected = [float(relief(*map(np.array, place))) for place in places]
    # The relief rises by 0.3 m a metre at most, and the cell found has its middle within 7 m of the place.
    assert [float(one) for one in found] == pytest.approx(expected, abs=2.2)
    told = subprocess.run(["gdalinfo", str(file)], capture_output=True, text=True, check=True).stdout
    assert f'ID["EPSG",{4326 if system == CRS84 else system.rpartition("/")[2]}]' in told


def test_subsets_by_axis_are_boxes(client: TestClient, terrain: Path) -> None:
    box, _ = geotiff(client, bbox="573500,1320500,574500,1321500", **{"bbox-crs": f"{EPSG}/5899"})
    subset, _ = geotiff(client, subset="E(573500:574500),N(1320500:1321500)")
    np.testing.assert_array_equal(box, subset)
    (west, south), (east, north) = degrees(573_500, 1_320_500), degrees(574_500, 1_321_500)
    in_degrees, _ = geotiff(client, subset=f"Lat({south}:{north}),Lon({west}:{east})")
    by_box, _ = geotiff(client, bbox=f"{west},{south},{east},{north}")
    np.testing.assert_array_equal(in_degrees, by_box)
    strip, _ = geotiff(client, subset="N(1321000:*)")
    assert strip.shape == (100, 300)
    assert geotiff(client, subset="E(574003),N(1321003)")[0].shape == (1, 1)


def test_coverage_json_has_the_values_of_the_geotiff_and_where_they_are(client: TestClient, terrain: Path) -> None:
    parameters = {"subset": "E(573380:573450),N(1321750:1321820)"}
    values, _ = geotiff(client, **parameters)
    answer = client.get(COVERAGE, params=parameters | {"f": "covjson"})
    assert answer.headers["content-type"] == "application/prs.coverage+json"
    document = answer.json()
    assert document["domain"]["axes"] == {
        "x": {"start": 573_385.0, "stop": 573_445.0, "num": 7},
        "y": {"start": 1_321_815.0, "stop": 1_321_755.0, "num": 7},
    }
    [told] = document["domain"]["referencing"]
    assert told == {"coordinates": ["x", "y"], "system": {"type": "ProjectedCRS", "id": f"{EPSG}/5899"}}
    heights = document["ranges"]["elevation"]
    assert (heights["shape"], heights["axisNames"]) == ([7, 7], ["y", "x"])
    assert heights["values"] == [
        None if one is None else pytest.approx(one, abs=1e-3) for one in values.reshape(-1).tolist()
    ]
    assert None in heights["values"]
    assert document["parameters"]["elevation"]["unit"]["symbol"]["value"] == "m"
    by_latitude = client.get(COVERAGE, params=parameters | {"f": "covjson", "crs": f"{EPSG}/4326"}).json()
    assert by_latitude["domain"]["referencing"][0]["coordinates"] == ["y", "x"]
    assert by_latitude["domain"]["axes"]["x"]["start"] == pytest.approx(degrees(573_385, 1_321_815)[0], abs=2e-4)


def test_a_coarser_or_finer_answer_covers_the_same_ground(client: TestClient, terrain: Path) -> None:
    for asked, shape in (
        ({"scale-factor": "4"}, (50, 75)),
        ({"scale-factor": "0.5"}, (400, 600)),
        ({"scale-size": "E(30),N(20)"}, (20, 30)),
        ({"width": "60"}, (40, 60)),
        ({"height": "10", "width": "11"}, (10, 11)),
        ({"crs": CRS84, "scale-size": "Lon(30),Lat(20)"}, (20, 30)),
    ):
        values, profile = geotiff(client, **asked)
        assert values.shape == shape
        whole = geotiff(client, **({"crs": asked["crs"]} if "crs" in asked else {}))[1]["bounds"]
        assert tuple(profile["bounds"]) == pytest.approx(tuple(whole))
        assert float(values.mean()) == pytest.approx(1500, abs=25)


def test_bands_are_chosen_by_the_names_of_the_schema(client: TestClient, imagery: Path) -> None:
    schema = client.get("/ogc/collections/imagery/schema").json()
    assert list(schema["properties"]) == ["band_1", "band_2", "band_3", "band_4"]
    values, profile = geotiff(client, "/ogc/collections/imagery/coverage", properties="band_3")
    assert (values[0, 0], values[0, 119], profile["count"]) == (120, 0, 1)
    assert profile["crs"].to_epsg() == 32649
    collection = client.get("/ogc/collections/imagery").json()
    assert collection["storageCrs"] == f"{EPSG}/32649"
    assert collection["storageCrs"] in collection["crs"]
    moved, _ = geotiff(client, "/ogc/collections/imagery/coverage", crs=f"{EPSG}/5899")
    assert moved.mask.any()
    assert set(np.unique(moved.compressed())) >= {0, 40}


def test_the_schema_of_the_relief_tells_unit_and_missing_value(client: TestClient, terrain: Path) -> None:
    answer = client.get("/ogc/collections/terrain/schema", params={"lang": "en"})
    assert answer.headers["content-type"] == "application/schema+json"
    [(name, band)] = answer.json()["properties"].items()
    assert (name, band["title"], band["type"]) == ("elevation", "Elevation", "number")
    assert (band["x-ogc-unit"], band["x-ogc-nilValues"]) == ("m", [-9999.0])


def test_a_raster_is_a_collection_with_its_extent_and_the_links_to_its_data(client: TestClient, terrain: Path) -> None:
    listed = {one["id"]: one for one in client.get("/ogc/collections").json()["collections"]}
    alone = client.get("/ogc/collections/terrain").json()
    assert alone == listed["terrain"] | {"links": alone["links"]}
    west, south, east, north = alone["extent"]["spatial"]["bbox"][0]
    assert west < degrees(573_000, 1_320_000)[0] < degrees(576_000, 1_322_000)[0] < east
    assert south < degrees(573_000, 1_320_000)[1] < degrees(576_000, 1_322_000)[1] < north
    assert (alone["storageCrs"], alone["dataType"]) == (f"{EPSG}/5899", "coverage")
    relations = {one["rel"].rpartition("/")[2] for one in alone["links"]}
    assert {"coverage", "schema", "tilesets-map", "styles", "self", "alternate"} <= relations
    for one in alone["links"]:
        assert client.get(one["href"]).status_code == 200, one
    assert {
        f"http://www.opengis.net/spec/ogcapi-coverages-1/1.0/conf/{name}" for name in ("core", "subsetting")
    } <= set(client.get("/ogc/conformance").json()["conformsTo"])


def test_a_picture_of_the_relief_is_transparent_where_nothing_is_known(client: TestClient, terrain: Path) -> None:
    answer = client.get(COVERAGE, params={"f": "png"})
    assert answer.headers["content-type"] == "image/png"
    drawn = pixels(answer.content)
    assert drawn.shape == (4, 200, 300)
    assert (drawn[3] == 0).sum() == 100


def test_what_a_client_holds_is_not_sent_again(client: TestClient, terrain: Path) -> None:
    first = client.get(COVERAGE, params={"width": "10"})
    again = client.get(COVERAGE, params={"width": "10"}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(COVERAGE, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


REFUSED = [
    "bbox=1,2,3,4,5", "bbox=a,b,c,d", "bbox=10,10,11,11", "bbox=nan,1,2,3", "bbox=108.5,11.9,108.4,11.8",
    "bbox=108.4,11.9,108.5,12&bbox-crs=EPSG:4326", "bbox=108.4,11.9,108.5,12&subset=Lat(11.9:12)",
    "subset=garbage((", "subset=", "subset=Lat(11.9:12.0),E(573000:574000)", "subset=Lat(12:11)", "subset=Lat(a:b)",
    "subset=Lat(11.9:12),Lat(11.9:12)", "subset=time(2020)", "subset=E(1:2)&subset-crs=" + CRS84, "subset=N(1:2)",
    "crs=http://www.opengis.net/def/crs/EPSG/0/1", "properties=height", "properties=", "scale-factor=0",
    "scale-factor=-1", "scale-factor=x", "scale-factor=inf", "scale-factor=2&width=10", "scale-size=E(0),N(1)",
    "scale-size=Lat(10),Lon(10)", "scale-size=E(10),E(10)", "scale-size=10", "width=0", "width=1.5", "height=-3",
    "width=99999999", "f=xml", "datetime=2020-01-01", "bbox=1,2,3,4&bbox=1,2,3,4", "lang=fr",
]  # fmt: skip


def test_what_cannot_be_answered_is_refused_with_the_reason(client: TestClient, terrain: Path) -> None:
    for query in REFUSED:
        answer = client.get(f"{COVERAGE}?{query}")
        assert answer.status_code == 400, (query, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json"
        detail = answer.json()["detail"]
        assert query.partition("=")[0] in detail or "'terrain'" in detail, (query, detail)


def test_too_large_an_answer_is_refused_telling_how_to_ask_for_less(client: TestClient, terrain: Path) -> None:
    for form in ("geotiff", "covjson", "png"):
        answer = client.get(COVERAGE, params={"width": "9000", "f": form})
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert "smaller bbox" in answer.json()["detail"]


def test_the_scale_factor_told_for_a_large_raster_is_enough(
    client: TestClient, terrain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.ogc.coverages_parameters import LARGEST

    monkeypatch.setitem(LARGEST, "covjson", 1000)
    refused = client.get(COVERAGE, params={"f": "covjson"})
    [factor] = re.findall(r"\(scale-factor=([0-9.]+)\)\.$", refused.json()["detail"])
    answer = client.get(COVERAGE, params={"f": "covjson", "scale-factor": factor})
    assert answer.status_code == 200
    assert 800 <= len(answer.json()["ranges"]["elevation"]["values"]) <= 1000


def test_what_is_no_raster_is_not_found(client: TestClient, terrain: Path) -> None:
    for path in ("nothing/coverage", "wards/coverage", "nothing", "nothing/schema", "terrain/queryables"):
        answer = client.get(f"/ogc/collections/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_a_raster_whose_file_is_gone_is_unavailable_and_no_stack_trace(client: TestClient, terrain: Path) -> None:
    terrain.rename(terrain.with_suffix(".away"))
    answer = client.get(COVERAGE)
    terrain.with_suffix(".away").rename(terrain)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert str(terrain.parent) not in answer.text
