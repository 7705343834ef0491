"""The construction job as an OGC process: who may run it, and what becomes of its result."""

from datetime import date

from starlette.testclient import TestClient

from api.platform import Platform
from gis_core.db import Engines
from gis_core.testing import add, square
from layers import CATALOG
from tests.api.processes.conftest import ASYNC, WARD, Person, pointers, worked

PROCESS = "/ogc/processes/unpermitted-construction"
FLAGS = "/ogc/collections/construction_flags/items"


def plant(city: Engines) -> None:
    with city.owner.begin() as connection:
        add(connection, CATALOG["forest"], square(-1000, 0, 1000), forest_dataset="quy_hoach", forest_function="RPH")
        for number, ward in enumerate((WARD, "24787")):
            add(connection, CATALOG["buildings"], square(14, 100 * number, 10), source_ref=f"way/{number}", storeys=1,
                building_kind="house", first_seen_on=date(2025, 8, 19), ward_code=ward)  # fmt: skip


def test_only_inspectors_and_administrators_know_the_process(client: TestClient, person: Person) -> None:
    assert client.get(PROCESS).status_code == 404
    assert person("minh", "planner").get(PROCESS).status_code == 404
    found = person("thanh", "inspector").get(f"{PROCESS}?lang=vi").json()
    assert "tham số" not in found["title"]
    assert "không phải quy định pháp luật" in found["inputs"]["distance_m"]["title"]
    assert found["inputs"]["distance_m"]["schema"]["default"] == 30.0


def test_an_inspector_runs_it_and_finds_the_flags_of_the_own_wards_in_the_collection(
    client: TestClient, house: Platform, person: Person, small_city: Engines
) -> None:
    plant(small_city)
    inspector = person("thanh", "inspector")
    asked = {"inputs": {"since": "2024-02-21"}}
    job = worked(house, inspector.post(f"{PROCESS}/execution", json=asked, headers=ASYNC))
    assert inspector.get(job).json()["status"] == "successful"
    summary = inspector.get(f"{job}/results").json()["result"]
    assert (summary["flags"], summary["by_type"], summary["wards"]) == (1, {"F2": 1}, [WARD])
    (flag,) = inspector.get(FLAGS).json()["features"]
    assert flag["properties"]["evidence"]["building"]["source_ref"] == "way/0"
    assert flag["properties"]["needs_check"]
    # The public learns nothing of it: neither place nor person.
    assert client.get(FLAGS).status_code == 404
    assert person("minh", "planner").get(FLAGS).json()["numberReturned"] == 1
    at_once = inspector.post(f"{PROCESS}/execution", json=asked).json()["result"]
    assert (at_once["added"], at_once["changed"]) == (0, 0)


def test_wrong_inputs_and_foreign_wards_are_refused_before_anything_is_queued(person: Person) -> None:
    inspector = person("thanh", "inspector")
    wrong = {"inputs": {"distance_m": 9000, "ward": "x", "colour": "red"}}
    answer = inspector.post(f"{PROCESS}/execution", json=wrong, headers=ASYNC)
    assert pointers(answer) == {"/inputs/distance_m", "/inputs/ward", "/inputs/colour"}
    foreign = inspector.post(f"{PROCESS}/execution", json={"inputs": {"ward": "24787"}}, headers=ASYNC)
    assert foreign.status_code == 400
    assert "not one of your wards" in foreign.json()["detail"]
    assert inspector.get("/ogc/jobs").json()["jobs"] == []
