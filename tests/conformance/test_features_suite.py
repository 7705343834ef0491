"""The abstract tests of OGC API Features Parts 1 and 2, as the OGC's executable suite carries them out.

Sources: OGC 17-069r4 annex A, OGC 18-058r1 annex A. One server serves all tests of a function, as one run of the suite.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx2
import pytest

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0"
# What the suite's HTTP client sends where no test says otherwise; it must never be answered 406.
JAVA_ACCEPT = "text/html, image/gif, image/jpeg, */*; q=0.2"


CLIENT: httpx2.Client


@pytest.fixture(scope="module", autouse=True)
def one_client() -> Iterator[None]:
    """One client for all tests: making one costs more than a request."""
    global CLIENT
    with httpx2.Client(headers={"Accept": "application/json"}) as CLIENT:
        yield


def get(url: str, status: int = 200, **parameters: Any) -> httpx2.Response:
    answer = CLIENT.get(url, params=parameters or None)
    assert answer.status_code == status, (url, parameters, answer.text)
    return answer


def links(document: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [one for one in document["links"] if one["rel"] == rel]


def collections(server_url: str) -> list[dict[str, Any]]:
    # As the suite does: collections of records, or of cells, are none of its business.
    every = get(f"{server_url}/collections").json()["collections"]
    return [one for one in every if one.get("itemType", "feature") == "feature"]


def items_of(collection: dict[str, Any]) -> str:
    [address] = [
        one["href"] for one in links(collection, "items")
        if one["type"] == "application/geo+json" and "f=json" in one["href"]
    ]  # fmt: skip
    return address.partition("?")[0]


def inside(geometry: Any) -> bool:
    if isinstance(geometry, dict):
        return all(inside(one) for one in geometry.get("geometries", [geometry.get("coordinates", [])]))
    if geometry and not isinstance(geometry[0], list):
        return abs(geometry[0]) <= 180 and abs(geometry[1]) <= 90
    return all(inside(one) for one in geometry)


def test_landing_page_definition_and_conformance(server_url: str) -> None:
    page = get(f"{server_url}/").json()
    assert links(page, "conformance")
    assert links(page, "data")
    [description] = [one for one in links(page, "service-desc") if one["type"] == OPENAPI_TYPE]
    definition = get(description["href"])
    assert definition.headers["content-type"] == OPENAPI_TYPE
    paths = definition.json()["paths"]
    for path in ("/", "/conformance", "/collections", "/collections/{collectionId}"):
        assert {"200", "default"} & paths[path]["get"]["responses"].keys()
    classes = get(f"{server_url}/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in classes
    assert httpx2.get(f"{server_url}/", headers={"Accept": JAVA_ACCEPT}).status_code == 200
    assert server_url in str(definition.json()["servers"])


def test_collections_are_described_alike_in_the_list_and_alone(server_url: str) -> None:
    document = get(f"{server_url}/collections").json()
    assert document["crs"][0] == CRS84
    assert {one["type"] for one in links(document, "self") + links(document, "alternate")} == {
        "application/json", "text/html"
    }  # fmt: skip
    for listed in document["collections"]:
        alone = get(f"{server_url}/collections/{listed['id']}").json()
        for name in ("id", "title", "description", "extent"):
            assert alone[name] == listed[name]
        assert all(one["rel"] and one["type"] for one in alone["links"])
        assert items_of(alone)
        assert CRS84 in alone["crs"]
        assert alone["storageCrs"] in alone["crs"]
        assert len(set(alone["crs"])) == len(alone["crs"])


def test_pages_of_items_add_up_and_say_what_they_are(server_url: str) -> None:
    for collection in collections(server_url):
        page = get(items_of(collection), limit=10).json()
        assert page["type"] == "FeatureCollection"
        assert datetime.fromisoformat(page["timeStamp"]).tzinfo is not None
        assert [one["type"] for one in links(page, "self")] == ["application/geo+json"]
        assert "text/html" in {one["type"] for one in links(page, "alternate")}
        total, seen = page["numberMatched"], page["numberReturned"]
        while following := links(page, "next"):
            assert re.search(r"\?([^=&]+=[^=&]*&)*[^=&]+=[^=&]*$", following[0]["href"])
            page = get(following[0]["href"]).json()
            assert page["numberReturned"] == len(page["features"])
            seen += page["numberReturned"]
        assert seen == total


def test_every_feature_of_a_page_is_found_alone(server_url: str) -> None:
    for collection in collections(server_url):
        address = items_of(collection)
        for feature in get(address).json()["features"][:3]:
            alone = get(f"{address}/{feature['id']}").json()
            assert inside(alone["geometry"])
            assert alone["properties"] == feature["properties"]
            assert {"self", "alternate", "collection"} <= {one["rel"] for one in alone["links"]}
            assert all(one["type"] for one in alone["links"])


def test_boxes_hold_what_they_should(server_url: str) -> None:
    for collection in collections(server_url):
        address = items_of(collection)
        whole = get(address).json()["numberMatched"]
        [west, south, east, north] = collection["extent"].get("spatial", {"bbox": [[1, 2, 3, 4]]})["bbox"][0]
        assert get(address, bbox=f"{west},{south},{east},{north}").json()["numberMatched"] == whole
        for box in ("-1.5,50.0,1.5,53.0", "-80.0,-5.0,-70.0,5.0", "177,65,-177,70", "-180,-90,180,-85"):
            assert get(address, bbox=box).json()["numberMatched"] == 0
        assert get(address, bbox="-180,-90,180,90").json()["numberMatched"] == whole


def test_limits_are_kept_and_wrong_parameters_refused(server_url: str) -> None:
    for collection in collections(server_url):
        address = items_of(collection)
        for limit in (1, 50, 10_000):
            page = get(address, limit=limit).json()
            assert page["numberReturned"] == len(page["features"]) <= limit
        get(address, limit="unlimited", status=400)
        get(address, unknownQueryParameter12345=1, status=400)


def test_time_is_declared_and_accepted_everywhere(server_url: str) -> None:
    paths = get(f"{server_url}/openapi").json()["paths"]
    for collection in collections(server_url):
        declared = str(paths[f"/collections/{collection['id']}/items"]["get"]["parameters"])
        assert "#/components/parameters/datetime" in declared
        for moment in ("2025-07-01", "2025-07-01T00:00:00Z", "2024-01-01/..", "../2024-01-01", "/2024-01-01"):
            get(items_of(collection), datetime=moment)


def test_every_listed_system_is_spoken_and_named(server_url: str) -> None:
    unknown = "http://www.opengis.net/def/crs/0/unsupported"
    for collection in collections(server_url):
        address = items_of(collection)
        ids = [one["id"] for one in get(address).json()["features"]][:1]
        for path in [address, *(f"{address}/{one}" for one in ids)]:
            assert get(path).headers["content-crs"] == f"<{CRS84}>"
            get(path, crs=unknown, status=400)
            for uri in collection["crs"]:
                assert get(path, crs=uri).headers["content-crs"] == f"<{uri}>"
        get(address, **{"bbox": "1,2,3,4", "bbox-crs": unknown}, status=400)


def test_a_box_means_the_same_in_every_geographic_order(server_url: str) -> None:
    for collection in collections(server_url):
        address, latitude_first = items_of(collection), "http://www.opengis.net/def/crs/EPSG/0/4326"
        known = {one["id"] for one in get(address, bbox="108.4,11.9,108.45,11.95").json()["features"]}
        swapped = get(address, **{"bbox": "11.9,108.4,11.95,108.45", "bbox-crs": latitude_first}).json()
        assert {one["id"] for one in swapped["features"]} == known


def test_unknown_collections_and_features_are_not_found(server_url: str) -> None:
    get(f"{server_url}/collections/nothing", status=404)
    get(f"{server_url}/collections/nothing/items", status=404)
    get(f"{server_url}/collections/wards/items/999999", status=404)
