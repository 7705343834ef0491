"""Every layer × role × column × path answers what the layer declares, and nothing else."""

import csv
import json
import math
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from httpx2 import Response
from pyproj import Transformer
from starlette.testclient import TestClient

from api.app import create_app
from api.demo_logins import LOGINS
from gis_core.canaries import CANARY, sample
from gis_core.db import Engines
from gis_core.jobs.carry_out import carry_out
from gis_core.layer import ROLES, Layer, Role
from gis_core.settings import Settings
from gis_core.table import own_columns
from layers import CATALOG

NO_PROPERTIES = {"id", "geom", "version", "updated_by"}
UNKNOWN = "no_such_column"
TABLE = {"Content-Type": "text/csv"}
LON, LAT = Transformer.from_crs(5899, 4326, always_xy=True).transform(571_001, 1_320_001)


@dataclass
class Tally:
    """Counts the cells that were compared, and keeps those that differ from the declaration."""

    cells: int = 0
    wrong: list[tuple[object, ...]] = field(default_factory=list)

    def expect(self, right: bool, *cell: object) -> None:
        self.cells += 1
        if not right:
            self.wrong.append(cell)


@pytest.fixture(scope="module")
def app(canary_city: Engines, data_folder: Path) -> Iterator[FastAPI]:
    """A running application on the city of canaries."""
    url = canary_city.owner.url.render_as_string(hide_password=False)
    made = create_app(Settings(DATABASE_URL=url, data=data_folder, requests_per_minute=10**6))
    with TestClient(made):
        yield made


@pytest.fixture(scope="module")
def clients(app: FastAPI, demo_password: str) -> dict[Role, TestClient]:
    """A client of each role."""
    found: dict[Role, TestClient] = {"citizen": TestClient(app)}
    for name, role in LOGINS.items():
        found[role] = TestClient(app)
        found[role].post("/login", data={"name": name, "password": demo_password})
        assert found[role].get("/whoami").json()["role"] == role
    return found


def declared(layer: Layer, role: Role) -> set[str]:
    """The properties that `role` may know, told from the declaration alone."""
    personal = {one.name for one in layer.fields if one.personal}
    known = {name for name in own_columns(layer) if name not in NO_PROPERTIES}
    if role in layer.access.personal:
        return known
    made_of = set(layer.source.key) or {one.name for one in layer.fields}
    return known - personal - ({"source_ref"} if made_of & personal else set())


def served(layer: Layer, role: Role) -> bool:
    return role in layer.access.read and layer.parent is None


def tile_path(layer: Layer) -> str:
    assert layer.tiles is not None
    zoom = min(layer.tiles.max_zoom, 16)
    column = int((LON + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * 2**zoom)
    return f"/tiles/WebMercatorQuad/{zoom}/{row}/{column}"


def keys(tile: bytes, name: str) -> bool:
    """Whether `name` is among the keys of the vector tile: field 3 of a layer, as its length and text."""
    return b"\x1a" + bytes([len(name)]) + name.encode() in tile


@pytest.fixture(scope="module")
def counted() -> dict[Role, int]:
    """How many cells were compared for each role."""
    return {}


@pytest.mark.parametrize("role", ROLES)
def test_every_path_shows_the_declared_columns_only(
    clients: dict[Role, TestClient], role: Role, counted: dict[Role, int]
) -> None:
    client, tally = clients[role], Tally()
    for layer in CATALOG.layers:
        path = f"/ogc/collections/{layer.id}"
        if served(layer, role):
            compare_documents(tally, client, layer, role, path)
            compare_questions(tally, client, layer, role, path)
        else:
            for part in ("", "/items", "/items/1", "/queryables", "/schema", "/tiles", "/tiles/WebMercatorQuad/14/1/1"):
                tally.expect(client.get(path + part).status_code == 404, layer.id, part)
    assert tally.wrong == []
    counted[role] = counted.get(role, 0) + tally.cells


@pytest.mark.parametrize("role", ROLES)
def test_processes_and_their_results_show_the_declared_columns_only(
    app: FastAPI, clients: dict[Role, TestClient], role: Role, counted: dict[Role, int]
) -> None:
    tally = Tally()
    for layer in CATALOG.layers:
        compare_export(tally, app, clients[role], layer, role)
    compare_report(tally, clients[role], role)
    assert tally.wrong == []
    counted[role] = counted.get(role, 0) + tally.cells


def test_jobs_their_results_and_files_are_their_owners_only(
    app: FastAPI, clients: dict[Role, TestClient], counted: dict[Role, int]
) -> None:
    tally = Tally()
    for owner in clients.keys() - {"citizen"}:
        answer = submitted(clients[owner], "export", {"collection": "wards", "format": "csv"})
        job = worked(app, answer.json()["jobID"])
        for asker, client in clients.items():
            expected = 200 if asker == owner else 404
            for path in (job, f"{job}/results", f"{job}/results/wards.csv"):
                tally.expect(client.get(path).status_code == expected, owner, asker, path)
            listed = {one["jobID"] for one in client.get("/ogc/jobs?limit=1000").json()["jobs"]}
            tally.expect((answer.json()["jobID"] in listed) == (asker == owner), owner, asker, "list")
            tally.expect(asker != "citizen" or listed == set(), owner, asker, "anonymous list")
            if asker != owner:
                tally.expect(deleted(client, job) == 404, owner, asker, "delete")
        tally.expect(deleted(clients[owner], job) == 200, owner, "delete")
    assert tally.wrong == []
    counted["citizen"] = counted.get("citizen", 0) + tally.cells


@pytest.mark.parametrize("role", ROLES)
def test_the_search_and_the_parcel_card_tell_what_the_layers_declare_only(
    clients: dict[Role, TestClient], role: Role, counted: dict[Role, int]
) -> None:
    client, tally = clients[role], Tally()
    for layer in CATALOG.layers:
        compare_search(tally, client, layer, role)
    compare_places(tally, client, role)
    assert tally.wrong == []
    counted[role] = counted.get(role, 0) + tally.cells


def test_the_matrix_is_complete(counted: dict[Role, int], capsys: pytest.CaptureFixture[str]) -> None:
    if set(counted) != set(ROLES):
        pytest.skip("only a part of the roles was compared in this run")
    assert min(counted.values()) > 1000
    with capsys.disabled():
        print(f"\n{sum(counted.values())} cells of layer × role × column × path are as declared")


def token(client: TestClient) -> dict[str, str]:
    """The header that lets the browser of the client change something."""
    return {"X-CSRF-Token": client.get("/whoami").json().get("csrf_token") or ""}


def submitted(client: TestClient, process: str, inputs: dict[str, object]) -> Response:
    headers = {"Prefer": "respond-async", **token(client)}
    return client.post(f"/ogc/processes/{process}/execution", json={"inputs": inputs}, headers=headers)


def deleted(client: TestClient, path: str) -> int:
    return client.delete(path, headers=token(client)).status_code


def worked(app: FastAPI, number: str) -> str:
    """The path of the job, after a worker has carried it out."""
    house = app.state.platform
    carry_out(house.engines, uuid.UUID(number), jobs=house.jobs, files=house.settings.data / "jobs")
    return f"/ogc/jobs/{number}"


def compare_export(tally: Tally, app: FastAPI, client: TestClient, layer: Layer, role: Role) -> None:
    inputs = {"collection": layer.id, "format": "csv"}
    answer = submitted(client, "export", inputs)
    tally.expect((answer.status_code == 201) == (served(layer, role) and role != "citizen"), layer.id, "execution")
    if answer.status_code != 201:
        tally.expect(answer.status_code == 404, layer.id, "execution", answer.text)
        return
    job = worked(app, answer.json()["jobID"])
    [file] = client.get(f"{job}/results").json().values()
    text = client.get(file["href"]).text.removeprefix("\ufeff")
    rows = list(csv.reader(text.splitlines()))
    items = client.get(f"/ogc/collections/{layer.id}/items?limit=1000").json()["features"]
    tally.expect(sorted(row[0] for row in rows[1:]) == sorted(str(one["id"]) for one in items), layer.id, "rows")
    known = declared(layer, role)
    for name in set(own_columns(layer)) - {"id", "geom", "version"}:
        tally.expect((name in rows[0]) == (name in known), layer.id, name, "job result")
        if name not in known:
            refused = submitted(client, "export", {**inputs, "properties": [name]}).status_code
            tally.expect(refused == 400, layer.id, name, "execution")
    every = submitted(client, "export", {**inputs, "properties": sorted(known)}).status_code
    for name in known:
        tally.expect(every == 201, layer.id, name, "execution")
    tally.expect(CANARY not in text or role in layer.access.personal, layer.id, "canary", "job result")


def compare_report(tally: Tally, client: TestClient, role: Role) -> None:
    answer = client.post(
        "/ogc/processes/zone-report/execution", json={"inputs": {"parcel_id": 1}}, headers=token(client)
    )
    tally.expect(answer.status_code == 200, "zone-report", answer.text)
    tally.expect(CANARY not in answer.text, "zone-report", "canary")
    for layer in (CATALOG[name] for name in ("land_parcels", "planning_zones", "plans")):
        for name in set(own_columns(layer)) - declared(layer, role) - NO_PROPERTIES:
            tally.expect(f'"{name}"' not in answer.text, "zone-report", layer.id, name)


def compare_search(tally: Tally, client: TestClient, layer: Layer, role: Role) -> None:
    """What is written in a column that the public does not know is as good as not written at all."""
    public = declared(layer, "citizen") if served(layer, "citizen") else set()
    for name in sorted(set(own_columns(layer)) - public - NO_PROPERTIES):
        value = sample(layer, 0).get(name)
        if not isinstance(value, str):
            continue
        absent = value.replace(layer.id, "no_such_layer").replace(name, UNKNOWN)
        for path in ("/search?limit=20&q=", "/results?q="):
            hidden, unknown = (client.get(path + quote(text)) for text in (value, absent))
            same = shown(hidden).replace(value, absent) == shown(unknown)
            tally.expect(hidden.status_code == 200 and same, layer.id, name, path, hidden.text)
        batch = client.post("/search/batch", content=f"address\n{value}\n", headers=token(client) | TABLE)
        [found] = csv.DictReader(batch.text.removeprefix("\ufeff").splitlines())
        tally.expect(not found["house_id"] and not found["parcel_id"], layer.id, name, "batch")


def shown(answer: Response) -> str:
    """What a search found, without what repeats the question."""
    if "json" not in answer.headers["content-type"]:
        return re.sub(r'(?:href|action|value|content)="[^"]*"', "", answer.text)
    return json.dumps(answer.json()["features"], ensure_ascii=False)


def compare_places(tally: Tally, client: TestClient, role: Role) -> None:
    personal = role in CATALOG["land_parcels"].access.personal
    for number in range(1, 5):
        page, facts = client.get(f"/parcels/{number}"), client.get(f"/parcels/{number}?f=json")
        for answer in (page, facts):
            tally.expect(answer.status_code in (200, 410), "parcel card", number, answer.text)
            tally.expect(personal or CANARY not in answer.text, "parcel card", number, "canary")
    around = client.get(f"/reverse?lon={LON}&lat={LAT}")
    tally.expect(around.status_code == 200 and CANARY not in around.text, "reverse", around.text)
    records = client.get("/ogc/collections/catalogue/items?limit=1000").json()["features"]
    told = {one["id"] for one in records}
    for layer in CATALOG.layers:
        tally.expect((layer.id in told) == served(layer, role), "catalogue", layer.id)


def compare_documents(tally: Tally, client: TestClient, layer: Layer, role: Role, path: str) -> None:
    features = client.get(f"{path}/items", params={"limit": 100}).json()["features"]
    tally.expect(bool(features), layer.id, "the sample must show something")
    item = client.get(f"{path}/items/{features[0]['id']}").json()
    schema = client.get(f"{path}/schema").json()["properties"]
    queryables = client.get(f"{path}/queryables").json()["properties"]
    pages = [client.get(path + part, params={"f": "html"}).text for part in ("/items", f"/items/{features[0]['id']}")]
    card = client.get(f"/cards/{layer.id}/{features[0]['id']}")
    tile = client.get(path + tile_path(layer)).content if layer.tiles else None
    for name in own_columns(layer):
        known = name in declared(layer, role)
        if name in NO_PROPERTIES - {"updated_by"}:
            continue
        for feature in [*features, item]:
            tally.expect((name in feature["properties"]) == known, layer.id, name, "items")
        tally.expect((name in schema) == known, layer.id, name, "schema")
        tally.expect((name in queryables) == (known and name not in structured(layer)), layer.id, name, "queryables")
        if tile is not None and not known:
            tally.expect(not keys(tile, name), layer.id, name, "tile")
    if role not in layer.access.personal:
        for text in (*pages, card.text, json.dumps(features, ensure_ascii=False), json.dumps(queryables)):
            tally.expect(CANARY not in text, layer.id, "canary")


def compare_questions(tally: Tally, client: TestClient, layer: Layer, role: Role, path: str) -> None:
    known = declared(layer, role)
    plain = sorted(known - structured(layer))
    everything = {
        "properties": ",".join(sorted(known)), "sortby": ",".join(plain), "limit": 1,
        "filter": " OR ".join(f"{name} IS NULL OR {name} IS NOT NULL" for name in plain),
    }  # fmt: skip
    answer = client.get(f"{path}/items", params=everything)
    for name in known:
        tally.expect(answer.status_code == 200, layer.id, name, "asked for, filtered and sorted by", answer.text)
    for question in ("properties={}", "sortby={}", "sortby=-{}", "filter={} IS NULL", "{}=1"):
        unknown = client.get(f"{path}/items?{question.format(UNKNOWN)}")
        for name in set(own_columns(layer)) - known - NO_PROPERTIES | {"updated_by"}:
            hidden = client.get(f"{path}/items?{question.format(name)}")
            same = hidden.text.replace(name, UNKNOWN) == unknown.text
            tally.expect(hidden.status_code == unknown.status_code == 400 and same, layer.id, name, question)


def structured(layer: Layer) -> set[str]:
    """The fields of a kind that has no order and cannot be compared."""
    return {one.name for one in layer.fields if one.kind == "json"}


def test_rows_beyond_the_own_ward_are_on_no_path(clients: dict[Role, TestClient]) -> None:
    client = clients["tax_officer"]
    (own,) = client.get("/whoami").json()["wards"]
    path = "/ogc/collections/business_households/items"
    assert {one["properties"]["ward_code"] for one in client.get(path).json()["features"]} == {own}
    seen = {one["id"] for one in client.get(path).json()["features"]}
    for number in range(1, 5):
        assert client.get(f"{path}/{number}").status_code == (200 if number in seen else 404)
        assert client.get(f"/cards/business_households/{number}").status_code == (200 if number in seen else 404)
    everything = client.get(path, params={"filter": "ward_code IS NOT NULL OR ward_code IS NULL"}).json()
    assert everything["numberMatched"] == len(seen)


def test_what_officers_see_is_never_in_a_public_cache(clients: dict[Role, TestClient]) -> None:
    for role, client in clients.items():
        for layer in CATALOG.readable_by(role):
            paths = [f"/ogc/collections/{layer.id}/items"]
            paths += [f"/ogc/collections/{layer.id}{tile_path(layer)}"] if layer.tiles else []
            for path in paths:
                cached = client.get(path).headers["cache-control"]
                assert role == "citizen" or "private" in cached or "no-store" in cached, (role, path, cached)


def test_entity_tags_of_one_role_open_nothing_for_another(clients: dict[Role, TestClient]) -> None:
    path = "/ogc/collections/business_households/items"
    tag = clients["tax_officer"].get(path).headers["etag"]
    for role in ("citizen", "planner", "operator"):
        assert clients[role].get(path, headers={"If-None-Match": tag}).status_code == 200
