import re

from openapi_spec_validator import validate
from starlette.testclient import TestClient

from api.ogc.conformance import CLASSES
from gis_core.crs import CRS84, PUBLISHED_SRIDS
from gis_core.layer import ROLES
from layers import CATALOG

DOCUMENTS = (
    "", "/", "/conformance", "/openapi", "/collections", "/collections/wards", "/collections/wards/schema",
    "/collections/wards/queryables", "/collections/wards/sortables", "/collections/wards/items",
    "/collections/wards/items/1",
)  # fmt: skip
OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0"


def links(document: dict, rel: str) -> list[dict]:
    return [one for one in document["links"] if one["rel"] == rel]


def test_every_document_is_there_as_json_and_as_a_page_in_both_languages(client: TestClient) -> None:
    for path in DOCUMENTS:
        for language in ("vi", "en"):
            assert client.get(f"/ogc{path}", params={"lang": language}).json()
            page = client.get(f"/ogc{path}", params={"lang": language}, headers={"Accept": "text/html"})
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert f'<html lang="{language}">' in page.text


def test_pages_load_nothing_from_other_servers(client: TestClient) -> None:
    for path in DOCUMENTS:
        page = client.get(f"/ogc{path}", params={"f": "html"}).text
        loaded = re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page)
        assert loaded
        assert all(one.startswith("http://testserver/") for one in loaded)
        for one in loaded:
            assert client.get(one).status_code == 200


def test_every_link_of_a_document_is_absolute_typed_and_leads_to_that_type(client: TestClient) -> None:
    for path in DOCUMENTS:
        for one in client.get(f"/ogc{path}").json().get("links", []):
            own = one["href"].startswith("http://testserver/")
            assert own or one["href"] == "http://www.opengis.net/def/profile/OGC/0/rfc7946"
            if one["rel"] not in ("about", "profile"):
                answer = client.get(one["href"])
                assert answer.status_code == 200
                assert answer.headers["content-type"].split(";")[0] == one["type"].split(";")[0], one


def test_the_landing_page_links_the_openapi_document_under_its_exact_type(client: TestClient) -> None:
    document = client.get("/ogc").json()
    [description] = links(document, "service-desc")
    assert description["type"] == OPENAPI_TYPE
    assert client.get(description["href"]).headers["content-type"] == OPENAPI_TYPE
    assert links(document, "conformance")
    assert links(document, "data")


def test_the_openapi_document_is_valid_and_stands_alone(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    validate(document)
    assert document["openapi"].startswith("3.0")
    assert all(one.startswith("#/") for one in re.findall(r'"\$ref":\s*"([^"]+)"', client.get("/ogc/openapi").text))
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))


def test_the_openapi_document_declares_the_parameters_as_the_conformance_suite_asks(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    known = document["components"]["parameters"]
    for name in ("bbox", "limit", "datetime"):
        assert (known[name]["in"], known[name]["style"], known[name]["explode"]) == ("query", "form", False)
        for layer in CATALOG.readable_by("citizen"):
            items = document["paths"][f"/collections/{layer.id}/items"]["get"]
            assert {"$ref": f"#/components/parameters/{name}"} in items["parameters"]
    assert known["bbox"]["schema"] == {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    assert known["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10}
    assert known["datetime"]["schema"] == {"type": "string"}


def test_the_declared_classes_are_answered(client: TestClient) -> None:
    assert client.get("/ogc/conformance").json()["conformsTo"] == list(CLASSES)


def test_only_readable_collections_are_listed_and_hidden_ones_are_absent_everywhere(client: TestClient) -> None:
    listed = [one["id"] for one in client.get("/ogc/collections").json()["collections"]]
    layers = [layer.id for layer in CATALOG.readable_by("citizen")]
    assert listed[: len(layers)] == layers  # then rasters and the catalogue
    assert not {layer.id for layer in CATALOG.layers} & set(listed[len(layers) :])
    hidden = next(layer.id for layer in CATALOG.layers if "citizen" not in layer.access.read)
    for path in ("", "/schema", "/queryables", "/sortables", "/items", "/items/1"):
        answers = [client.get(f"/ogc/collections/{name}{path}") for name in (hidden, "nothing")]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].text.replace(hidden, "nothing") == answers[1].text
    assert hidden not in client.get("/ogc/openapi").text
    assert len(ROLES) > 1


def test_a_collection_tells_its_title_in_the_language_asked_for(client: TestClient) -> None:
    path = "/ogc/collections/wards"
    assert client.get(path).json()["title"] == "Phường, xã"
    assert client.get(path, params={"lang": "en"}).json()["title"] == "Wards and communes"
    accepted = client.get(path, headers={"Accept-Language": "fr;q=0.9, en-GB;q=0.8"})
    assert accepted.json()["title"] == "Wards and communes"
    assert accepted.headers["content-language"] == "en"
    assert client.get(path, params={"lang": "tlh"}).status_code == 400


def test_a_collection_alone_and_in_the_list_is_described_alike(client: TestClient) -> None:
    for listed in client.get("/ogc/collections").json()["collections"]:
        alone = client.get(f"/ogc/collections/{listed['id']}").json()
        assert alone == listed
        assert {"id", "title", "description", "extent", "crs", "storageCrs"} <= alone.keys()
        assert [one["type"] for one in links(alone, "items")][:2] == ["application/geo+json", "text/html"]


def test_a_collection_tells_extents_around_its_features_and_its_reference_systems(client: TestClient) -> None:
    wards = client.get("/ogc/collections/wards").json()
    [[west, south, east, north]] = wards["extent"]["spatial"]["bbox"]
    assert 108.41 < west < 108.43 < 108.46 < east < 108.48
    assert 11.92 < south < 11.94 < 11.95 < north < 11.97
    assert wards["extent"]["temporal"]["interval"] == [["2000-01-01T00:00:00+07:00", None]]
    epsg = [f"http://www.opengis.net/def/crs/EPSG/0/{srid}" for srid in PUBLISHED_SRIDS]
    assert wards["crs"] == [CRS84, *epsg]
    assert wards["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/5899"
    reports = client.get("/ogc/collections/report_points").json()["extent"]["temporal"]["interval"]
    assert reports == [["2025-11-03T08:00:00+07:00", "2025-11-07T08:00:00+07:00"]]


def test_schema_and_queryables_tell_labels_units_codes_and_roles(client: TestClient) -> None:
    found = client.get("/ogc/collections/land_parcels/schema").json()["properties"]
    assert found["area_m2"] == {
        "title": "Diện tích", "type": "number", "x-ogc-unit": "m2", "minimum": 0,
        "x-ogc-propertySeq": found["area_m2"]["x-ogc-propertySeq"],
    }  # fmt: skip
    assert {"const": "ODT", "title": "Đất ở tại đô thị"} in found["land_use_code"]["oneOf"]
    assert "ODT" in found["land_use_code"]["enum"]
    assert found["geometry"]["format"] == "geometry-multipolygon"
    assert (found["id"]["x-ogc-role"], found["id"]["readOnly"]) == ("id", True)
    assert found["valid_from"]["x-ogc-role"] == "primary-interval-start"
    assert found["updated_at"]["readOnly"] is True
    english = client.get("/ogc/collections/land_parcels/queryables", params={"lang": "en"})
    assert english.json()["properties"]["area_m2"]["title"] == "Area"
    assert english.headers["content-type"] == "application/schema+json"


def test_hidden_fields_are_in_no_schema(client: TestClient) -> None:
    for path in ("schema", "queryables", "sortables"):
        assert "owner_name" not in client.get(f"/ogc/collections/land_parcels/{path}").text
    assert "owner_name" not in client.get("/ogc/openapi").text


def test_a_document_is_not_sent_again_while_it_holds(client: TestClient) -> None:
    for path in DOCUMENTS:
        first = client.get(f"/ogc{path}")
        assert first.headers["cache-control"].startswith("public")
        again = client.get(f"/ogc{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(f"/ogc{path}", params={"lang": "en"}, headers={"If-None-Match": first.headers["etag"]})
        assert other.status_code == 200


def test_unknown_parameters_and_formats_of_documents_are_named(client: TestClient) -> None:
    for path in DOCUMENTS:
        for parameter, value in (("unknown", "1"), ("f", "xml")):
            answer = client.get(f"/ogc{path}", params={parameter: value})
            assert answer.status_code == 400
            assert answer.headers["content-type"] == "application/problem+json"
            assert parameter in answer.json()["detail"]
