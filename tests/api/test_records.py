"""The data catalogue: one record for each layer and raster that the asker may see, and for no other."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from gis_core.accounts import ROLES_WITH_WARDS, add_account
from gis_core.credentials import add_credential
from gis_core.db import Engines
from gis_core.layer import ROLES, Role
from layers import CATALOG

RECORDS = "/ogc/collections/catalogue/items"
SignIn = Callable[[Role], dict[str, str]]
CITY = """
insert into platform.city (source, title_vi, title_en, attribution_vi, attribution_en, licences, contact_name,
                           contact_email)
 values ('test', 'Thành phố thử', 'Test city', 'Ghi nguồn thử', 'Test attribution', '{"test": "ODbL-1.0"}',
         'Phòng dữ liệu', 'du-lieu@example.org');
update city.land_parcels set source = 'test';
insert into platform.load_report (id, layer, files, source, started_at, finished_at, actor, outcome, counts)
 values (gen_random_uuid(), 'land_parcels', '{/secret/parcels.gpkg}', 'test', '2026-03-01 09:00+07',
         '2026-03-01 10:00+07', 'somebody', 'loaded', '{}');
"""


@pytest.fixture
def sign_in(small_city: Engines) -> SignIn:
    """Makes an account, of one ward where the role is bound to wards, and gives the headers of a request by it."""

    def made(role: Role) -> dict[str, str]:
        wards = ("24769",) if role in ROLES_WITH_WARDS else ()
        with small_city.owner.begin() as connection:
            account = add_account(connection, f"{role}.test", role, wards, "mật khẩu đủ dài cho thử nghiệm")
            token = add_credential(connection, account, "token", "test", "read")
        return {"Authorization": f"Bearer {token}"}

    return made


def found(client: TestClient, **parameters: str) -> list[str]:
    answer = client.get(RECORDS, params=parameters)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["numberMatched"] >= document["numberReturned"] == len(document["features"])
    return [one["id"] for one in document["features"]]


def record(client: TestClient, name: str, **parameters: str) -> Any:
    return client.get(f"{RECORDS}/{name}", params=parameters).json()


def test_every_role_finds_a_record_of_each_layer_it_may_read_and_of_no_other(
    client: TestClient, sign_in: SignIn, terrain: Path
) -> None:
    for role in ROLES:
        headers = {} if role == "citizen" else sign_in(role)
        document = client.get(RECORDS, headers=headers).json()
        known = {layer.id for layer in CATALOG.readable_by(role)}
        assert {one["id"] for one in document["features"]} == known | {"terrain"}
        for layer in CATALOG.keys() - known:
            assert client.get(f"{RECORDS}/{layer}", headers=headers).status_code == 404, (role, layer)


def test_a_record_counts_and_bounds_what_its_reader_may_see(client: TestClient, sign_in: SignIn) -> None:
    public = record(client, "report_points")["properties"]
    assert (public["numberOfFeatures"], public["numberIsEstimate"]) == (3, False)
    staff = client.get(f"{RECORDS}/report_points", headers=sign_in("operator")).json()["properties"]
    assert staff["numberOfFeatures"] == 6


def test_a_record_tells_sources_licence_freshness_and_contact(client: TestClient, small_city: Engines) -> None:
    with small_city.owner.begin() as connection:
        connection.exec_driver_sql(CITY)
    one = record(client, "land_parcels", lang="en")
    about = one["properties"]
    assert about["title"] == "Land parcels"
    assert about["titles"] == {"vi": "Thửa đất", "en": "Land parcels"}
    assert about["sources"] == [{"name": "test", "license": "ODbL-1.0", "loaded": "2026-03-01T10:00:00+07:00"}]
    assert (about["license"], about["rights"]) == ("ODbL-1.0", "Test attribution")
    [contact] = about["contacts"]
    assert (contact["name"], contact["emails"]) == ("Phòng dữ liệu", [{"value": "du-lieu@example.org"}])
    assert abs(datetime.fromisoformat(about["updated"]) - datetime.now(UTC)).total_seconds() < 600
    assert about["numberOfFeatures"] == 25
    assert "secret" not in client.get(RECORDS).text
    assert "somebody" not in client.get(RECORDS).text


def test_a_changed_layer_has_a_fresh_record(client: TestClient, small_city: Engines) -> None:
    first = client.get(f"{RECORDS}/land_parcels")
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{RECORDS}/land_parcels", headers=held).status_code == 304
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("delete from city.land_parcels where id > 20"))
    after = client.get(f"{RECORDS}/land_parcels", headers=held)
    assert after.json()["properties"]["numberOfFeatures"] == 20


def test_records_are_found_by_words_without_case_and_accents(client: TestClient, terrain: Path) -> None:
    assert "land_parcels" in found(client, q="THUA DAT")
    assert "land_parcels" in found(client, q="thửa   đất")
    assert found(client, q="dat thua") == []
    assert set(found(client, q="thua dat,wards")) >= {"land_parcels", "wards"}
    assert found(client, q="địa hình") == ["terrain"]
    assert len(found(client, q="")) == len(found(client))


def test_records_are_found_by_place_time_name_and_type(client: TestClient, terrain: Path) -> None:
    here = found(client, bbox="108.43,11.93,108.46,11.96")
    assert {"wards", "land_parcels", "terrain"} <= set(here)
    assert "buildings" not in here
    assert found(client, bbox="0,0,1,1") == []
    assert "wards" in found(client, datetime="2001-01-01")
    assert "wards" not in found(client, datetime="1990-01-01")
    assert "report_points" not in found(client, datetime="2026-01-01/..")
    assert found(client, ids="terrain,wards,nothing") == ["wards", "terrain"]
    assert found(client, type="service") == []
    assert found(client, type="service,dataset") == found(client)


def test_pages_of_records_add_up(client: TestClient) -> None:
    address, seen = f"{RECORDS}?limit=4", []
    while address:
        page = client.get(address).json()
        seen += [one["id"] for one in page["features"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert seen == found(client)


def test_a_record_is_a_record_by_the_standard_and_all_its_links_are_answered(client: TestClient, terrain: Path) -> None:
    for name in ("wards", "terrain"):
        one = record(client, name)
        assert one["type"] == "Feature"
        assert one["conformsTo"] == ["http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"]
        assert {"id", "geometry", "time", "properties", "links"} <= one.keys()
        assert one["properties"]["type"] == "dataset"
        assert all({"concepts", "scheme"} <= theme.keys() for theme in one["properties"]["themes"])
        relations = {link["rel"].rpartition("/")[2] for link in one["links"]}
        assert {"self", "alternate", "collection", "describedby", "schema", "styles"} <= relations
        assert relations & {"tilesets-vector", "tilesets-map"}
        for link in one["links"]:
            assert client.get(link["href"]).status_code == 200, link
    collection = client.get("/ogc/collections/catalogue").json()
    assert (collection["itemType"], collection["id"]) == ("record", "catalogue")
    assert (
        "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
        in (client.get("/ogc/conformance").json()["conformsTo"])
    )


def test_wrong_parameters_are_named(client: TestClient) -> None:
    for query in ("foo=1", "limit=0", "limit=x", "bbox=1,2", "datetime=x", "offset=-1", "f=xml", "lang=fr", "crs=x"):
        answer = client.get(f"{RECORDS}?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), query
        assert query.partition("=")[0] in answer.json()["detail"]
    assert client.get(f"{RECORDS}/nothing").status_code == 404
    assert client.get(f"{RECORDS}/wards?q=x").status_code == 400


def test_the_catalogue_is_a_page_for_people(client: TestClient, small_city: Engines) -> None:
    with small_city.owner.begin() as connection:
        connection.exec_driver_sql(CITY)
    page = client.get(RECORDS, params={"f": "html", "q": "thửa"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Thửa đất" in page.text
    assert "ODbL-1.0" in page.text
    one = client.get(f"{RECORDS}/land_parcels", params={"f": "html", "lang": "en"})
    assert "Land parcels" in one.text
    assert "01/03/2026" in one.text
    assert 'action="' in page.text
    hostile = client.get(RECORDS, params={"f": "html", "q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in hostile.text


def test_the_openapi_document_has_rasters_and_catalogue_and_is_valid(client: TestClient, terrain: Path) -> None:
    from openapi_spec_validator import validate

    document = client.get("/ogc/openapi").json()
    validate(document)
    tile = "/collections/terrain/map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
    assert {"/collections/terrain/coverage", "/collections/catalogue/items", tile} <= document["paths"].keys()
    for one in document["paths"]["/collections/terrain/coverage"]["get"]["parameters"]:
        example = one["example"]
        words = ",".join(map(str, example)) if isinstance(example, list) else str(example)
        answer = client.get("/ogc/collections/terrain/coverage", params={one["name"]: words})
        assert answer.status_code == 200, (one["name"], answer.text)
