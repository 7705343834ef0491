"""JSON-FG 1.0, clause by clause of OGC 21-045r1, and GDAL as a reader that knows nothing of ours."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from gis_core.crs import CRS84, published, transformer
from gis_core.db import Engines

CLASS = "http://www.opengis.net/spec/json-fg-1/1.0/conf/"
PROFILE = "http://www.opengis.net/def/profile/OGC/0/"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
JSONFG = "application/vnd.ogc.fg+json"
WARDS = "/ogc/collections/wards/items"
PARCELS = "/ogc/collections/land_parcels/items"
REPORTS = "/ogc/collections/report_points/items"
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def features_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return document["features"] if document["type"] == "FeatureCollection" else [document]


def assert_time(time: Any) -> None:
    """Clauses 8.2 and 8.3: days or instants in UTC, an interval's ends alike and in order."""
    if time is None:
        return
    assert time.keys() <= {"date", "timestamp", "interval"}
    assert DAY.fullmatch(time.get("date", "2000-01-01"))
    assert INSTANT.fullmatch(time.get("timestamp", "2000-01-01T00:00:00Z"))
    if "interval" in time:
        ends = [one for one in time["interval"] if one != ".."]
        assert len(time["interval"]) == 2
        assert all(DAY.fullmatch(one) for one in ends) or all(INSTANT.fullmatch(one) for one in ends)
        assert ends == sorted(ends)


def assert_jsonfg(document: dict[str, Any]) -> None:
    """The requirements of the classes core and types-schemas for a root object."""
    assert {f"{CLASS}core", f"{CLASS}types-schemas"} <= set(document["conformsTo"])
    assert document["featureType"]
    crs = document["coordRefSys"]
    for feature in features_of(document):
        assert {"type", "id", "geometry", "place", "time", "properties"} <= feature.keys()
        assert feature is document or not feature.keys() & {"conformsTo", "coordRefSys", "featureType"}
        assert_time(feature["time"])
        place, geometry = feature["place"], feature["geometry"]
        if place is not None:
            assert crs != CRS84
            assert place != geometry
            assert shapely.from_geojson(json.dumps(place)).is_valid
        if geometry is not None:
            points = shapely.get_coordinates(shapely.from_geojson(json.dumps(geometry)))
            assert (abs(points) <= [180, 90]).all()
    dimension = document.get("geometryDimension")
    if dimension is not None:
        places = [one["place"] or one["geometry"] for one in document["features"]]
        assert {shapely.from_geojson(json.dumps(one)).geom_type for one in places if one} <= {
            0: {"Point"}, 1: {"LineString", "MultiLineString"}, 2: {"Polygon", "MultiPolygon"}
        }[dimension]  # fmt: skip


@pytest.mark.parametrize("path", [WARDS, f"{WARDS}/2", REPORTS, "/ogc/collections/places/items"])
def test_documents_fulfil_the_standard_in_every_system(client: TestClient, path: str) -> None:
    for uri, profile in itertools.product(published(), ("jsonfg", "jsonfg-plus")):
        answer = client.get(path, params={"f": "jsonfg", "crs": uri, "profile": profile})
        assert answer.headers["content-type"] == JSONFG
        assert answer.headers["content-crs"] == f"<{uri}>"
        document = answer.json()
        assert_jsonfg(document)
        assert document["coordRefSys"] == uri
        for feature in features_of(document):
            assert (feature["geometry"] is None) == (profile == "jsonfg" and uri != CRS84)
            assert (feature["place"] is None) == (uri == CRS84)
        assert [one["href"] for one in document["links"] if one["rel"] == "profile"] == [PROFILE + profile]


def test_place_holds_what_geojson_holds_in_the_same_system(client: TestClient) -> None:
    for srid in (4326, 5899, 3857):
        plain = client.get(f"{WARDS}/2", params={"crs": f"{EPSG}{srid}"}).json()
        found = client.get(f"{WARDS}/2", params={"crs": f"{EPSG}{srid}", "profile": "jsonfg-plus"}).json()
        assert found["place"] == plain["geometry"]
        assert found["geometry"] == client.get(f"{WARDS}/2").json()["geometry"]
        assert (found["id"], found["properties"]) == (2, plain["properties"])


def test_time_is_legal_validity_with_open_ends_and_else_the_moment(client: TestClient, small_city: Engines) -> None:
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("update city.wards set valid_from = null where code = '24781'"))
        moment = "timestamptz '2025-11-05 08:00:00.25+07'"
        connection.execute(sa.text(f"update city.report_points set received_at = {moment} where report_code = 'PA4'"))
    wards = client.get(WARDS, params={"f": "jsonfg", "properties": "code"}).json()["features"]
    assert [one["time"] for one in wards] == [
        {"interval": ["2000-01-01", "2025-06-30"]}, {"interval": ["2025-07-01", ".."]}, None
    ]  # fmt: skip
    assert [one["properties"].keys() for one in wards] == [{"code"}] * 3
    reports = client.get(REPORTS, params={"f": "jsonfg"}).json()["features"]
    assert [one["time"] for one in reports] == [
        {"timestamp": "2025-11-03T01:00:00Z"}, {"timestamp": "2025-11-05T01:00:00.25Z"},
        {"timestamp": "2025-11-07T01:00:00Z"},
    ]  # fmt: skip
    status = "(select min(code) from platform.code where list = 'permit_status')"
    with small_city.owner.begin() as connection:
        columns = "(permit_no, permit_status, permit_date)"
        connection.execute(
            sa.text(f"insert into city.building_permits {columns} values ('GP1', {status}, '2025-08-01')")
        )
    [permit] = client.get("/ogc/collections/building_permits/items", params={"f": "jsonfg"}).json()["features"]
    assert (permit["time"], permit["place"], permit["geometry"]) == ({"date": "2025-08-01"}, None, None)


def test_the_schema_that_a_document_names_describes_its_features(client: TestClient) -> None:
    for path in (WARDS, f"{WARDS}/1"):
        document = client.get(path, params={"f": "jsonfg"}).json()
        assert document["featureType"] == "wards"
        properties = client.get(document["featureSchema"]).json()["properties"]
        assert features_of(document)[0]["properties"].keys() <= properties.keys()


def test_pages_continue_in_the_same_format_and_profile(client: TestClient) -> None:
    found, address = [], f"{PARCELS}?f=jsonfg&limit=10&profile=jsonfg-plus&crs={EPSG}5899"
    while address:
        document = client.get(address).json()
        assert_jsonfg(document)
        assert document["numberMatched"] == 25
        found += [one["id"] for one in document["features"]]
        following = [one for one in document["links"] if one["rel"] == "next"]
        assert all(one["type"] == JSONFG for one in following)
        address = following[0]["href"] if following else ""
    assert found == list(range(1, 26))


def test_an_accept_header_asks_for_it(client: TestClient) -> None:
    accepted = (JSONFG, "application/fg+json", f"text/xml, {JSONFG};q=0.9, */*;q=0.1")
    for accept, path in itertools.product(accepted, (WARDS, f"{WARDS}/1")):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.headers["content-type"] == JSONFG
        assert_jsonfg(answer.json())


PROFILES: list[tuple[dict[str, str], str]] = [
    ({}, "rfc7946"), ({"profile": "rfc7946"}, "rfc7946"), ({"profile": "jsonfg"}, "jsonfg"),
    ({"profile": f"{PROFILE}jsonfg-plus"}, "jsonfg-plus"), ({"profile": "[ogc-profile:jsonfg]"}, "jsonfg"),
    ({"profile": "rel-as-link,jsonfg"}, "jsonfg"), ({"profile": "https://example.org/jsonfg"}, "rfc7946"),
    ({"profile": "codelists-inline"}, "rfc7946"), ({"f": "jsonfg", "profile": "rfc7946"}, "jsonfg"),
]  # fmt: skip


def test_the_answer_follows_the_profile_that_it_names(client: TestClient) -> None:
    for (asked, profile), path in itertools.product(PROFILES, (WARDS, f"{WARDS}/1")):
        answer = client.get(path, params=asked)
        document = answer.json()
        assert [one["href"] for one in document["links"] if one["rel"] == "profile"] == [PROFILE + profile]
        assert ("conformsTo" in document) == (profile != "rfc7946")
        assert all(("place" in one) == (profile != "rfc7946") for one in features_of(document))
        assert answer.headers["content-type"] == (JSONFG if "f" in asked else "application/geo+json")


def test_what_cannot_be_a_profile_is_refused(client: TestClient) -> None:
    for words in ("", "a b", "jsonfg,", "[ogc-profile:jsonfg", "'"):
        answer = client.get(WARDS, params={"profile": words})
        assert answer.status_code == 400
        assert "profile" in answer.json()["detail"]


def test_a_table_or_a_page_has_no_profile(client: TestClient) -> None:
    for name in ("csv", "html"):
        plain, asked = (client.get(WARDS, params={"f": name, **more}) for more in ({}, {"profile": "jsonfg"}))
        assert (asked.status_code, asked.headers["content-type"]) == (200, plain.headers["content-type"])


def test_hidden_rows_and_fields_stay_hidden(client: TestClient) -> None:
    document = client.get(REPORTS, params={"f": "jsonfg"})
    assert [one["id"] for one in document.json()["features"]] == [2, 4, 6]
    assert "reporter_name" not in document.text
    assert client.get(f"{REPORTS}/1", params={"f": "jsonfg"}).status_code == 404


def test_a_feature_without_geometry_asked_for_has_none(client: TestClient) -> None:
    for path in (WARDS, f"{WARDS}/1"):
        for name in ("json", "jsonfg"):
            parameters = {"f": name, "skipGeometry": "true", "crs": f"{EPSG}5899"}
            for feature in features_of(client.get(path, params=parameters).json()):
                assert (feature["geometry"], feature.get("place")) == (None, None)


@pytest.mark.parametrize("query", [{"f": "jsonfg-file"}, {"f": "geojson", "profile": "jsonfg-plus"}])
@pytest.mark.parametrize("srid", [5899, 4326])
def test_gdal_reads_a_whole_result(client: TestClient, query: dict[str, str], srid: int, tmp_path: Path) -> None:
    answer = client.get(PARCELS, params={**query, "crs": f"{EPSG}{srid}", "filter": "area_m2 > 100"})
    assert_jsonfg(answer.json())
    path = tmp_path / "parcels.json"
    path.write_bytes(answer.content)
    about = pyogrio.read_info(path)
    assert (about["driver"], about["crs"]) == ("JSONFG", f"EPSG:{srid}")
    found = pyogrio.read_dataframe(path)
    assert sorted(found["parcel_no"]) == sorted(str(n) for n in range(9, 26))
    first = found[found["parcel_no"] == "9"].iloc[0].geometry.bounds
    west, south = transformer(5899, srid).transform(574_360, 1_321_000)
    assert first[:2] == pytest.approx((west, south), abs=1e-6 if srid == 4326 else 1e-3)


def test_gdal_reads_a_page_and_a_feature_with_their_times(client: TestClient, tmp_path: Path) -> None:
    for name in (WARDS, f"{WARDS}/1"):
        path = tmp_path / "wards.json"
        path.write_bytes(client.get(name, params={"f": "jsonfg", "crs": f"{EPSG}5899"}).content)
        found = pyogrio.read_dataframe(path)
        assert pyogrio.read_info(path)["driver"] == "JSONFG"
        assert found.crs.to_epsg() == 5899
        assert str(found.iloc[0]["time_start"])[:10] == "2000-01-01"
        assert str(found.iloc[0]["time_end"])[:10] == "2025-06-30"


def test_an_empty_result_is_a_complete_document(client: TestClient) -> None:
    for name in ("jsonfg", "jsonfg-file"):
        document = client.get(PARCELS, params={"f": name, "parcel_no": "none"}).json()
        assert_jsonfg(document)
        assert document["features"] == []
