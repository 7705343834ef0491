"""OWSLib, the library that Python programs read OGC services with, against a running server."""

import httpx2
import pytest
from owslib.ogcapi.features import Features
from owslib.ogcapi.processes import Processes
from owslib.ogcapi.records import Records
from owslib.util import Authentication

from tests.conformance.conftest import AccessLog

BOX = [108.4, 11.9, 108.42, 11.97]


@pytest.fixture(scope="module")
def features(server_url: str) -> Features:
    """The server as OWSLib knows it."""
    return Features(f"{server_url}/")


def test_owslib_finds_the_collections_and_what_can_be_asked(features: Features, server_url: str) -> None:
    listed = httpx2.get(f"{server_url}/collections").json()["collections"]
    assert features.feature_collections() == [one["id"] for one in listed if one["itemType"] == "feature"]
    assert features.collection("places")["title"] == "Địa danh, địa điểm"
    assert {"name", "place_kind"} <= set(features.collection_queryables("places")["properties"])
    assert features.collection_schema("places")["properties"]["name"]["type"] == "string"
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in features.conformance()["conformsTo"]
    assert features.api()["openapi"].startswith("3.0")


def test_owslib_reads_pages_boxes_and_single_features(features: Features) -> None:
    names: set[str] = set()
    for offset in range(0, 150, 50):
        page = features.collection_items("places", limit=50, offset=offset)
        names |= {one["properties"]["name"] for one in page["features"]}
    assert len(names) == page["numberMatched"] == 137
    near = features.collection_items("places", bbox=BOX, limit=200)
    assert 0 < near["numberReturned"] < 30
    first = near["features"][0]
    assert features.collection_item("places", str(first["id"]))["properties"] == first["properties"]


def test_owslib_leaves_filters_to_the_server(features: Features, access_log: AccessLog) -> None:
    mark = len(access_log)
    found = features.collection_items("places", filter="name IN ('Địa điểm 7', 'Địa điểm 8')")
    assert {one["properties"]["name"] for one in found["features"]} == {"Địa điểm 7", "Địa điểm 8"}
    assert [line for line in access_log.since(mark) if "filter=name IN ('Địa điểm 7'" in line]


def test_owslib_edits_with_an_application_password(server_url: str, operator_password: str) -> None:
    editor = Features(f"{server_url}/", auth=Authentication("operator.gis", operator_password))
    kind = editor.collection_items("places", limit=1)["features"][0]["properties"]["place_kind"]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [108.44, 11.94]},
        "properties": {"name": "Điểm từ OWSLib", "place_kind": kind},
    }
    assert editor.collection_item_create("places", feature)
    [made] = editor.collection_items("places", filter="name = 'Điểm từ OWSLib'")["features"]
    headers = {"If-Match": "*"}
    address = f"{server_url}/collections/places/items/{made['id']}"
    assert httpx2.delete(address, headers=headers, auth=("operator.gis", operator_password)).status_code == 204


def test_owslib_searches_the_catalogue(server_url: str) -> None:
    catalogue = Records(f"{server_url}/")
    [name] = catalogue.records()
    found = catalogue.collection_items(name, q="địa danh")
    assert "places" in {one["id"] for one in found["features"]}
    assert catalogue.collection_item(name, "places")["properties"]["type"] == "dataset"


def test_owslib_runs_a_process(server_url: str) -> None:
    service = Processes(f"{server_url}/")
    assert "echo" in {one["id"] for one in service.processes()}
    assert "text" in service.process("echo")["inputs"]
    assert service.execute("echo", {"text": "Đà Lạt"}, {"text": {}})["text"] == "Đà Lạt"
