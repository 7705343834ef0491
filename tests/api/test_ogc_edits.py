import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from gis_core.accounts import add_account
from gis_core.credentials import add_credential
from gis_core.crs import transformer
from gis_core.db import Engines

PARCELS = "/ogc/collections/land_parcels/items"
PLACES = "/ogc/collections/places/items"
HOUSEHOLDS = "/ogc/collections/business_households/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
POINT = {"type": "Point", "coordinates": [108.44, 11.94]}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[108.44, 11.94], [108.45, 11.94], [108.45, 11.95], [108.44, 11.95], [108.44, 11.94]]],
}
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def sign_in(small_city: Engines) -> SignIn:
    """Makes an account and gives the headers of a request by it."""

    def made(role: str, *wards: str) -> dict[str, str]:
        with small_city.owner.begin() as connection:
            account = add_account(connection, f"{role}.test", role, wards, "mật khẩu đủ dài cho thử nghiệm")
            token = add_credential(connection, account, "token", "test", "write")
        return {"Authorization": f"Bearer {token}"}

    return made


def place(name: str = "Hồ Xuân Hương", geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    kind = {"place_kind": PLACE_KIND}
    return {"type": "Feature", "geometry": geometry, "properties": {"name": name, **kind, **properties}}


PLACE_KIND = "school"


@pytest.fixture(autouse=True)
def place_kind(small_city: Engines) -> None:
    """The first code of the list of places, whatever the city calls it."""
    global PLACE_KIND
    with small_city.owner.begin() as connection:
        PLACE_KIND = connection.scalar(sa.text("select min(code) from platform.code where list = 'place_kind'"))


def test_a_feature_is_created_read_changed_and_deleted(client: TestClient, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    made = client.post(PLACES, json=place(), headers=operator)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    address = made.headers["location"]
    read = client.get(address).json()
    assert read["properties"]["name"] == "Hồ Xuân Hương"
    assert read["geometry"]["coordinates"] == pytest.approx([108.44, 11.94], abs=1e-8)
    patch = {"properties": {"name_en": "Xuân Hương lake"}}
    patched = client.patch(address, json=patch, headers={**operator, "If-Match": client.get(address).headers["etag"]})
    assert (patched.status_code, patched.headers["etag"]) == (204, '"2"')
    assert client.get(address).json()["properties"]["name"] == "Hồ Xuân Hương"
    replaced = client.put(address, json=place("Hồ lớn"), headers={**operator, "If-Match": '"2"'})
    assert replaced.status_code == 204
    found = client.get(address).json()["properties"]
    assert (found["name"], found["name_en"], found["source"]) == ("Hồ lớn", None, "langbiang")
    assert client.delete(address, headers={**operator, "If-Match": '"3"'}).status_code == 204
    assert client.get(address).status_code == 404


def test_every_change_leaves_its_history_and_author(client: TestClient, small_city: Engines, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    address = client.post(PLACES, json=place(), headers=operator).headers["location"]
    client.patch(address, json={"properties": {"name": "Khác"}}, headers={**operator, "If-Match": "*"})
    client.delete(address, headers={**operator, "If-Match": "*"})
    with small_city.owner.begin() as connection:
        rows = connection.execute(
            sa.text("select operation, name, replaced_by from history.places order by history_id")
        ).all()
    assert rows == [("update", "Hồ Xuân Hương", "operator.test"), ("delete", "Khác", "operator.test")]


def test_an_edit_needs_to_know_the_state_it_changes(client: TestClient, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    address = client.post(PLACES, json=place(), headers=operator).headers["location"]
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.request(method, address, json=place(), headers=operator).status_code == 428
        stale = client.request(method, address, json=place(), headers={**operator, "If-Match": '"9", "8-ab"'})
        assert stale.status_code == 412
        garbage = client.request(method, address, json=place(), headers={**operator, "If-Match": "latest"})
        assert garbage.status_code == 412
    assert client.get(address).headers["etag"].startswith('"1-')


@pytest.mark.parametrize("srid", [4326, 3857, 5899, 3405, 9218])
def test_geometries_are_read_in_the_system_they_are_sent_in(client: TestClient, sign_in: SignIn, srid: int) -> None:
    x, y = transformer(4326, srid).transform(108.44, 11.94)
    sent = {"type": "Point", "coordinates": [y, x] if srid == 4326 else [x, y]}
    headers = {**sign_in("operator"), "Content-Crs": f"<{EPSG}{srid}>"}
    made = client.post(PLACES, json=place(geometry=sent), headers=headers)
    assert made.status_code == 201, made.text
    found = client.get(made.headers["location"]).json()["geometry"]["coordinates"]
    assert found == pytest.approx([108.44, 11.94], abs=1e-6)


def test_who_may_not_write_is_refused_and_nothing_is_stored(client: TestClient, sign_in: SignIn) -> None:
    assert client.post(PLACES, json=place()).status_code == 401
    assert client.post(PLACES, json=place(), headers=sign_in("planner")).status_code == 403
    assert client.delete(f"{PARCELS}/1", headers={**sign_in("operator"), "If-Match": "*"}).status_code == 403
    assert client.get(PLACES).json()["numberMatched"] == 0
    assert client.get(f"{PARCELS}/1").status_code == 200


def test_clients_learn_from_options_whether_they_may_edit(client: TestClient, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    assert client.options(PLACES).headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options(PLACES, headers=operator).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.options(f"{PLACES}/1", headers=operator).headers["allow"].endswith("PUT, PATCH, DELETE")
    assert client.options(PARCELS, headers=operator).headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_openapi_document_describes_the_edits_a_role_may_make(client: TestClient, sign_in: SignIn) -> None:
    assert set(client.get("/ogc/openapi").json()["paths"]["/collections/places/items"]) == {"get"}
    document = client.get("/ogc/openapi", headers=sign_in("operator")).json()
    validate(document)
    assert set(document["paths"]["/collections/places/items"]) == {"get", "post"}
    assert set(document["paths"]["/collections/places/items/{featureId}"]) == {"get", "put", "patch", "delete"}
    assert set(document["paths"]["/collections/land_parcels/items"]) == {"get"}


def test_a_role_may_not_write_outside_its_rows(client: TestClient, sign_in: SignIn) -> None:
    officer = sign_in("tax_officer", "24769")
    household = {"business_name": "Quán Mây", "business_status": "hoat_dong", "ward_code": "24769"}
    feature = {"type": "Feature", "geometry": POINT, "properties": household}
    made = client.post(HOUSEHOLDS, json=feature, headers=officer)
    assert made.status_code == 201, made.text
    household["ward_code"] = "24781"
    assert client.post(HOUSEHOLDS, json=feature, headers=officer).status_code == 403
    moved = client.put(made.headers["location"], json=feature, headers={**officer, "If-Match": "*"})
    assert moved.status_code == 403


def test_a_replacement_leaves_columns_alone_that_its_author_cannot_see(
    client: TestClient, small_city: Engines, sign_in: SignIn
) -> None:
    properties = {"parcel_uid": "T3", "ward_code": "24769", "parcel_no": "3"}
    feature = {"type": "Feature", "geometry": SQUARE, "properties": properties}
    headers = {**sign_in("planner"), "If-Match": "*"}
    assert client.put(f"{PARCELS}/3", json=feature, headers=headers).status_code == 204
    with small_city.owner.begin() as connection:
        row = connection.execute(
            sa.text("select owner_name, area_m2, st_geometrytype(geom) from city.land_parcels where id = 3")
        ).one()
    assert row == ("Người 3", None, "ST_MultiPolygon")
    hidden = {**feature, "properties": {**properties, "owner_name": "Kẻ khác"}}
    assert client.put(f"{PARCELS}/3", json=hidden, headers=headers).status_code == 400


def test_all_mistakes_are_listed_with_their_places(client: TestClient, sign_in: SignIn) -> None:
    properties = {
        "ward_code": "1", "area_m2": -1, "land_use_code": "NOPE", "survey_date": "soon", "parcel_no": 5,
        "colour": "red",
    }  # fmt: skip
    feature = {"type": "Feature", "geometry": POINT, "properties": properties, "place": None}
    answer = client.post(PARCELS, json=feature, headers=sign_in("planner"))
    assert answer.status_code == 400
    pointers = {one["pointer"] for one in answer.json()["errors"]}
    assert pointers == {
        "/place", "/geometry", "/properties", "/properties/ward_code", "/properties/area_m2", "/properties/parcel_no",
        "/properties/land_use_code", "/properties/survey_date",
    }  # fmt: skip
    assert client.get(PARCELS).json()["numberMatched"] == 25


BOWTIE = {"type": "Polygon", "coordinates": [[[108.4, 11.9], [108.5, 12], [108.5, 11.9], [108.4, 12], [108.4, 11.9]]]}


@pytest.mark.parametrize(
    "geometry",
    [
        None, {}, {"type": "Point"}, {"type": "Point", "coordinates": []}, {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Point", "coordinates": [11.94, 108.44]}, {"type": "Point", "coordinates": [0, 0]}, BOWTIE,
        "POINT(1 1)", {"type": "Nonsense", "coordinates": [1, 2]}, [1, 2],
        {"type": "Polygon", "coordinates": [[[108, 11], [109, 12]]]},
        {"type": "Point", "coordinates": [1e308, 1e308]},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_geometries_are_refused(client: TestClient, sign_in: SignIn, geometry: Any) -> None:
    answer = client.post(PLACES, json=place(geometry=geometry), headers=sign_in("operator"))
    assert answer.status_code == 400, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/geometry"]


BODIES = (
    b"", b"{", b"[]", b"null", b"3", b'"x"', b"{}", b'{"type":"Feature"}', b'{"type":"FeatureCollection"}',
    b'{"type":"FeatureCollection","features":[]}', b'{"type":"FeatureCollection","features":[1]}', b"\xff\xfe",
    b'{"type":"Feature","geometry":null,"properties":null}', b'{"type":"Feature","geometry":null,"properties":[]}',
    b'{"type":"Feature","properties":{"name":"a\\u0000b"}}', b"[" * 100_000, b'{"type":"Feature","properties":3}',
)  # fmt: skip


def test_whatever_is_sent_is_never_an_internal_error(client: TestClient, sign_in: SignIn) -> None:
    operator = {**sign_in("operator"), "If-Match": "*"}
    address = client.post(PLACES, json=place(), headers=operator).headers["location"]
    for body in BODIES:
        for method, path in (("POST", PLACES), ("PUT", address), ("PATCH", address)):
            answer = client.request(method, path, content=body, headers=operator)
            nothing_to_change = method == "PATCH" and body in (b"{}", b'{"type":"Feature"}')
            assert answer.status_code in (400, 413) or nothing_to_change, (method, body, answer.text)
        changes = client.post(PLACES.replace("/items", "/changes"), content=body, headers=operator)
        assert changes.status_code in (400, 413), body
    assert client.get(PLACES).json()["numberMatched"] == 1


def test_the_id_in_the_path_is_the_one_that_counts(client: TestClient, sign_in: SignIn) -> None:
    operator = {**sign_in("operator"), "If-Match": "*"}
    first, second = (client.post(PLACES, json=place(name), headers=operator).headers["location"] for name in "ab")
    other = {**place("changed"), "id": int(second.rpartition("/")[2])}
    answer = client.put(first, json=other, headers=operator)
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/id"]
    assert client.get(second).json()["properties"]["name"] == "b"
    for name in ("999", "abc"):
        assert client.put(f"{PLACES}/{name}", json=place(), headers=operator).status_code == 404
        assert client.delete(f"{PLACES}/{name}", headers=operator).status_code == 404


def test_a_key_that_exists_is_a_conflict(client: TestClient, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    feature = place(source="survey", source_ref="1")
    assert client.post(PLACES, json=feature, headers=operator).status_code == 201
    assert client.post(PLACES, json=feature, headers=operator).status_code == 409


def test_a_reference_to_nothing_is_refused(client: TestClient, sign_in: SignIn) -> None:
    numbers = "/ogc/collections/house_numbers/items"
    with_parcel = {"house_number": "12", "street_name": "Phan Đình Phùng", "parcel_id": 999}
    schema = client.get("/ogc/collections/house_numbers/schema").json()["properties"]
    feature = {
        "type": "Feature", "geometry": POINT, "properties": {**with_parcel, "status": schema["status"]["enum"][0]}
    }  # fmt: skip
    headers = sign_in("planner")
    assert client.post(numbers, json=feature, headers=headers).status_code == 400
    feature["properties"]["parcel_id"] = 3  # type: ignore[index]
    assert client.post(numbers, json=feature, headers=headers).status_code == 201


def test_a_batch_is_carried_out_as_a_whole(client: TestClient, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    collection = {"type": "FeatureCollection", "features": [place(f"Điểm {n}") for n in range(300)]}
    made = client.post(PLACES, json=collection, headers=operator)
    assert (made.status_code, made.json()["changed"]) == (200, 300)
    ids = [one["id"] for one in made.json()["features"]]
    assert ids == sorted(ids)
    changes = [
        {"op": "create", "feature": place("mới")},
        {"op": "update", "id": ids[0], "version": 1, "feature": {"properties": {"name": "sửa"}}},
        {"op": "replace", "id": ids[1], "version": 1, "feature": place("thay")},
        {"op": "delete", "id": ids[2], "version": 1},
    ]
    batch = PLACES.replace("/items", "/changes")
    done = client.post(batch, json={"changes": changes}, headers=operator)
    assert done.status_code == 200, done.text
    assert [one["id"] for one in done.json()["features"]][1:] == ids[:3]
    assert client.get(f"{PLACES}/{ids[0]}").json()["properties"]["name"] == "sửa"
    assert client.get(f"{PLACES}/{ids[2]}").status_code == 404
    # The same batch again meets changed rows: nothing of it happens.
    assert client.post(batch, json={"changes": changes}, headers=operator).status_code in (404, 412)
    assert client.get(PLACES).json()["numberMatched"] == 300


def test_one_mistake_stops_a_batch_and_all_mistakes_are_told(client: TestClient, sign_in: SignIn) -> None:
    features = [place(), place(name=5), place(geometry=None)]
    collection = {"type": "FeatureCollection", "features": features}
    answer = client.post(PLACES, json=collection, headers=sign_in("operator"))
    assert answer.status_code == 400
    pointers = [one["pointer"] for one in answer.json()["errors"]]
    assert pointers == ["/features/1/properties/name", "/features/2/geometry"]
    assert client.get(PLACES).json()["numberMatched"] == 0


def test_too_many_changes_at_once_are_refused(client: TestClient, sign_in: SignIn) -> None:
    collection = json.dumps({"type": "FeatureCollection", "features": [1] * 10_001})
    assert client.post(PLACES, content=collection, headers=sign_in("operator")).status_code == 413


def test_a_read_of_personal_data_is_in_the_audit(client: TestClient, small_city: Engines, sign_in: SignIn) -> None:
    inspector = sign_in("inspector", "24769")
    found = client.get(f"{PARCELS}/3", headers=inspector)
    assert found.json()["properties"]["owner_name"] == "Người 3"
    assert found.headers["cache-control"].startswith("private")
    client.get(PARCELS, params={"f": "csv", "owner_name": "Người 4"}, headers=inspector)
    with small_city.owner.begin() as connection:
        rows = connection.execute(
            sa.text("select subject, layer, row_count from platform.audit where action = 'read' order by id")
        ).all()
    assert rows == [("inspector.test", "land_parcels", 1), ("inspector.test", "land_parcels", 1)]
