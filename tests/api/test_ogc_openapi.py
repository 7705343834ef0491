"""The OpenAPI document by its word: every example is sent to the server, every answer shown fits its schema."""

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from api.ogc.openapi import OPENAPI_TYPE
from gis_core.accounts import ROLES_WITH_WARDS, add_account
from gis_core.credentials import add_credential
from gis_core.db import Engines
from gis_core.layer import ROLES, Role
from layers import CATALOG

SignIn = Callable[[Role], dict[str, str]]


@pytest.fixture
def sign_in(small_city: Engines) -> SignIn:
    """Makes an account, of one ward where the role is bound to wards, and gives the headers of a request by it."""

    def made(role: Role) -> dict[str, str]:
        wards = ("24769",) if role in ROLES_WITH_WARDS else ()
        with small_city.owner.begin() as connection:
            account = add_account(connection, f"{role}.test", role, wards, "mật khẩu đủ dài cho thử nghiệm")
            token = add_credential(connection, account, "token", "test", "write")
        return {"Authorization": f"Bearer {token}"}

    return made


def resolved(document: dict[str, Any], part: Any) -> Any:
    """The part with every reference in it replaced by what it refers to."""
    if isinstance(part, list):
        return [resolved(document, one) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" not in part:
        return {name: resolved(document, value) for name, value in part.items()}
    target: Any = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return resolved(document, target)


def examples_of(parameter: dict[str, Any]) -> list[str]:
    values = [parameter["example"]] if "example" in parameter else []
    values += [one["value"] for one in parameter.get("examples", {}).values()]
    return [",".join(map(str, one)) if isinstance(one, list) else worded(one) for one in values]


def worded(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def requests_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """For each operation GET its address by the examples of its path, once plain and once with each other example."""
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        address, query = path, []
        for one in resolved(document, operations["get"].get("parameters", [])):
            if one["in"] == "path":
                address = address.replace(f"{{{one['name']}}}", examples_of(one)[0] if examples_of(one) else "{}")
            elif one["in"] == "query":
                query += [{one["name"]: words} for words in examples_of(one)]
        if "{}" not in address:  # a layer without rows has no feature to show
            yield from ((address, parameters) for parameters in [{}, *query])


def test_every_example_of_a_parameter_is_answered(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    asked = list(requests_of(document))
    assert len(asked) > 500
    for path, parameters in asked:
        if not path.startswith(("/processes", "/jobs")):
            answer = client.get(f"/ogc{path}", params=parameters)
            assert answer.status_code == 200, (path, parameters, answer.text)


def test_every_parameter_of_reading_has_an_example(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    for path, operations in document["paths"].items():
        if path.startswith(("/collections/{", "/tiles", "/styles")) or "/items" in path:
            for one in resolved(document, operations["get"]["parameters"]):
                assert examples_of(one) or one["name"] == "featureId", (path, one["name"])


def test_every_answer_that_is_shown_fits_its_schema(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    shown = 0
    for answer in document["components"]["responses"].values():
        for content in resolved(document, answer).get("content", {}).values():
            if "example" in content:
                jsonschema.validate(content["example"], content["schema"])
                shown += 1
    assert shown >= 10


def test_real_answers_fit_the_schemas(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    schemas = resolved(document, document["components"]["schemas"])
    for path, name in (
        ("", "landingPage"), ("/conformance", "confClasses"), ("/collections", "collections"), ("/styles", "styles"),
        ("/collections/wards", "collection"), ("/collections/wards/items", "featureCollection"), ("/tiles", "tileSets"),
        ("/collections/wards/items/1", "feature"), ("/tiles/WebMercatorQuad", "tileSet"),
        ("/collections/wards/items/1?f=jsonfg", "feature"), ("/collections/wards/items?f=jsonfg", "featureCollection"),
    ):  # fmt: skip
        jsonschema.validate(client.get(f"/ogc{path}").json(), schemas[name])
    jsonschema.validate(client.get("/ogc/collections/wards/items?limit=0").json(), schemas["problem"])


WRITERS = [role for role in ROLES if any(role in layer.access.write for layer in CATALOG.layers)]


@pytest.mark.parametrize("role", WRITERS)
def test_every_example_of_a_body_is_taken(client: TestClient, sign_in: SignIn, small_city: Engines, role: Role) -> None:
    headers = sign_in(role)
    document = client.get("/ogc/openapi", headers=headers).json()
    validate(document)
    operations = document["paths"]
    paths = [path for path, one in operations.items() if path.endswith("/items") and "post" in one]
    assert paths
    for path in paths:
        assert_taken(client, headers, path.removesuffix("/items"), operations)


def assert_taken(client: TestClient, headers: dict[str, str], path: str, operations: dict[str, Any]) -> None:
    """By the examples a feature is made, replaced, changed, deleted, and made again in a batch."""
    items, item = operations[f"{path}/items"], operations[f"{path}/items/{{featureId}}"]
    sent = {**headers, "If-Match": "*"}
    made = client.post(f"/ogc{path}/items", json=body_of(items["post"]), headers=sent)
    assert made.status_code == 201, (path, made.text)
    address = made.headers["location"]
    assert client.put(address, json=body_of(item["put"]), headers=sent).status_code == 204, path
    patch = body_of(item["patch"])
    assert client.patch(address, json=patch, headers=sent).status_code == 204, path
    assert client.get(address, headers=headers).json()["properties"]["source"] == patch["properties"]["source"]
    assert client.delete(address, headers=sent).status_code == 204, path
    batch = body_of(operations[f"{path}/changes"]["post"])
    answer = client.post(f"/ogc{path}/changes", json=batch, headers=headers)
    assert (answer.status_code, answer.json()["changed"]) == (200, 1), path


def body_of(operation: dict[str, Any]) -> Any:
    [content] = operation["requestBody"]["content"].values()
    return content["example"]


def test_tile_operations_bear_the_names_of_the_standard(client: TestClient) -> None:
    answer = client.get("/ogc/openapi")
    assert answer.headers["content-type"] == OPENAPI_TYPE
    names = [one["operationId"] for path in answer.json()["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
    for start in ("dataset", "collection"):
        for end in ("getTileSetsList", "getTileSet", "getTile"):
            assert f"{start}.vector.{end}" in names
