"""Jobs over HTTP: in the background, for their owner only, with the rights of today, and files that expire."""

import threading
import time

import sqlalchemy as sa
from pyogrio import read_info
from starlette.testclient import TestClient

from api.platform import Platform
from gis_core.db import Engines
from gis_core.jobs.retention import forget_jobs, remove_files
from tests.api.processes.conftest import ASYNC, ECHO, EXPORT, OGC_PROBLEM, Person, wait_for, worked


def test_a_job_runs_in_the_background_and_belongs_to_its_owner(
    client: TestClient, house: Platform, person: Person
) -> None:
    lan, minh = person("lan"), person("minh")
    asked = {"inputs": {"text": "xin chào"}, "outputs": {"text": {}}, "response": "raw"}
    answer = lan.post(ECHO, json=asked, headers=ASYNC)
    assert answer.headers["preference-applied"] == "respond-async"
    path = answer.headers["location"].removeprefix("http://testserver")
    assert lan.get(path).json()["status"] == "accepted"
    early = lan.get(f"{path}/results")
    assert (early.status_code, early.json()["type"]) == (404, OGC_PROBLEM + "result-not-ready")
    assert worked(house, answer) == path
    state = lan.get(path).json()
    assert (state["status"], state["progress"], state["type"]) == ("successful", 100, "process")
    assert {"created", "started", "finished", "updated"} <= set(state)
    assert lan.get(f"{path}/results").text == "xin chào"
    assert [one["jobID"] for one in lan.get("/ogc/jobs").json()["jobs"]] == [state["jobID"]]
    for stranger in (minh, client):
        assert stranger.get("/ogc/jobs").json()["jobs"] == []
        refusals = [stranger.get(path), stranger.get(f"{path}/results"), stranger.delete(path)]
        assert {(one.status_code, one.json()["type"]) for one in refusals} == {(404, OGC_PROBLEM + "no-such-job")}
    assert lan.get(path).json()["status"] == "successful"


def test_the_list_of_jobs_is_filtered_and_paged(house: Platform, person: Person) -> None:
    lan = person()
    paths = [worked(house, lan.post(ECHO, json={}, headers=ASYNC)) for _ in range(3)]
    lan.post("/ogc/processes/zone-report/execution", json={"inputs": {"parcel_id": 1}}, headers=ASYNC)
    seen, address = [], "/ogc/jobs?limit=2"
    while address:
        page = lan.get(address).json()
        seen += [one["jobID"] for one in page["jobs"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert len(seen) == len(set(seen)) == 4
    assert seen[::-1][:3] == [path.rpartition("/")[2] for path in paths]

    def number(question: str) -> int:
        return len(lan.get(f"/ogc/jobs?{question}").json()["jobs"])

    assert (number("status=successful"), number("status=accepted,running"), number("processID=echo")) == (3, 1, 3)
    assert (number("type=process"), number("type=other")) == (4, 0)
    assert (number("datetime=2020-01-01/.."), number("datetime=../2020-01-01")) == (4, 0)
    assert (number("maxDuration=60"), number("minDuration=60")) == (3, 0)
    for wrong in ("status=lost", "limit=0", "after=x", "after=WyJhIiwiYiJd", "datetime=soon", "minDuration=x", "x=1"):
        assert lan.get(f"/ogc/jobs?{wrong}").status_code == 400, wrong


def test_dismissing_stops_the_statement_that_a_job_waits_for(house: Platform, person: Person) -> None:
    lan = person()
    answer = lan.post(ECHO, json={"inputs": {"pause": 60}}, headers=ASYNC)
    path = f"/ogc/jobs/{answer.json()['jobID']}"
    worker = threading.Thread(target=worked, args=(house, answer))
    worker.start()
    wait_for(lambda: lan.get(path).json().get("message", "").startswith("Đang chờ"), "the job began")
    began = time.monotonic()
    assert lan.delete(path).json()["status"] == "dismissed"
    worker.join(10)
    assert not worker.is_alive()
    assert time.monotonic() - began < 5
    assert lan.get(f"{path}/results").status_code == 410
    again = lan.delete(path)
    assert (again.status_code, again.json()["status"]) == (200, "dismissed")


def test_dismissing_what_has_ended_removes_its_result(house: Platform, person: Person) -> None:
    lan = person()
    path = worked(house, lan.post(EXPORT, json={"inputs": {"collection": "wards", "format": "csv"}}))
    folder = house.settings.data / "jobs" / path.rpartition("/")[2]
    assert [one.name for one in folder.iterdir()] == ["wards.csv"]
    assert lan.delete(path).json()["status"] == "dismissed"
    assert list(folder.iterdir()) == []
    assert lan.get(f"{path}/results").status_code == 410
    assert lan.get(f"{path}/results/wards.csv").status_code == 410


def test_a_failed_job_gives_its_reason(house: Platform, person: Person) -> None:
    lan = person()
    asked = {"inputs": {"parcel_id": 424_242}}
    path = worked(house, lan.post("/ogc/processes/zone-report/execution", json=asked, headers=ASYNC))
    assert lan.get(path).json()["status"] == "failed"
    reason = lan.get(f"{path}/results")
    assert reason.status_code == 422
    assert "There is no parcel 424242" in reason.json()["detail"]


def test_the_owner_works_with_the_rights_of_today(house: Platform, person: Person, small_city: Engines) -> None:
    officer = person("vinh", "tax_officer")
    export = {"inputs": {"collection": "business_households", "format": "csv"}}
    first, second = (officer.post(EXPORT, json=export) for _ in range(2))
    path = worked(house, first)
    assert officer.get(f"{path}/results").status_code == 200
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("update platform.account set role = 'planner', wards = '{}' where name = 'vinh'"))
    refused = officer.get(f"{path}/results")
    assert refused.status_code == 403
    assert officer.get(f"{path}/results/business_households.csv").status_code == 403
    again = worked(house, second)
    header = officer.get(f"{again}/results/business_households.csv").text.splitlines()[0]
    assert "owner_name" not in header
    third = officer.post(EXPORT, json=export)
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("update platform.account set disabled_at = now() where name = 'vinh'"))
    number = worked(house, third).rpartition("/")[2]
    with small_city.owner.begin() as connection:
        row = connection.execute(
            sa.text("select status, message from platform.job where id = :id"), {"id": number}
        ).one()
    assert row.status == "failed"
    assert "has been disabled" in row.message


def test_an_export_is_what_items_answer_and_is_given_to_its_owner_only(
    client: TestClient, house: Platform, person: Person, small_city: Engines
) -> None:
    officer, minh = person("vinh", "operator"), person("minh")
    inputs = {
        "collection": "land_parcels", "format": "gpkg", "filter": "land_use_code = 'ODT'",
        "bbox": [108.0, 11.0, 109.0, 13.0], "properties": ["parcel_uid", "area_m2"], "crs": CRS_5899,
    }  # fmt: skip
    answer = officer.post(EXPORT, json={"inputs": inputs})
    path = worked(house, answer)
    [link] = officer.get(f"{path}/results").json().values()
    assert (link["type"], link["href"].rpartition("/")[2]) == ("application/geopackage+sqlite3", "land_parcels.gpkg")
    file = officer.get(link["href"])
    assert 'filename="land_parcels.gpkg"' in file.headers["content-disposition"]
    assert "no-store" in file.headers["cache-control"]
    saved = house.settings.data / "saved.gpkg"
    saved.write_bytes(file.content)
    found = read_info(saved)
    assert (found["features"], list(found["fields"]), found["crs"]) == (
        12,
        ["id", "parcel_uid", "area_m2"],
        "EPSG:5899",
    )
    for stranger in (minh, client):
        assert stranger.get(link["href"]).status_code == 404
    assert officer.get(f"{path}/results/..%2Fsecrets").status_code == 404
    assert officer.get(f"{path}/results/other.gpkg").status_code == 404
    assert client.post(EXPORT, json={"inputs": inputs}).status_code == 404


CRS_5899 = "http://www.opengis.net/def/crs/EPSG/0/5899"


WRONG_EXPORTS: tuple[dict[str, object], ...] = (
    {"collection": "nothing"},
    {"format": "docx"},
    {"filter": "owner_name = 'x'"},
    {"properties": ["owner_name"]},
    {"properties": "no_such_column"},
    {"filter": {"op": "=", "args": [1]}},
    {"bbox": [1, 2]},
    {"bbox": "a,b,c,d"},
    {"crs": "EPSG:1"},
    {"datetime": "soon"},
    {"limit": 0},
    {"sortby": ["-nothing"]},
)


def test_an_export_that_items_would_refuse_is_refused_before_it_is_queued(person: Person) -> None:
    planner = person()
    for wrong in WRONG_EXPORTS:
        answer = planner.post(EXPORT, json={"inputs": {"collection": "land_parcels", "format": "csv"} | wrong})
        assert answer.status_code in (400, 404), (wrong, answer.text)
    assert planner.get("/ogc/jobs").json()["jobs"] == []


def test_exporting_personal_columns_is_in_the_audit(house: Platform, person: Person, small_city: Engines) -> None:
    admin = person("quan", "administrator")
    worked(house, admin.post(EXPORT, json={"inputs": {"collection": "land_parcels", "format": "csv"}}))
    with small_city.owner.begin() as connection:
        entry = connection.execute(sa.text("select * from platform.audit where action = 'read'")).one()
    assert (entry.subject, entry.role, entry.layer, entry.row_count) == ("quan", "administrator", "land_parcels", 25)
    assert "owner_name" in entry.fields
    assert entry.request.startswith("JOB export ")
    assert entry.address == "testclient"


def test_files_and_jobs_are_forgotten_in_time(house: Platform, person: Person, small_city: Engines) -> None:
    planner, files = person(), house.settings.data / "jobs"
    path = worked(house, planner.post(EXPORT, json={"inputs": {"collection": "wards", "format": "csv"}}))
    number = path.rpartition("/")[2]
    remove_files(small_city, files, 48)
    assert planner.get(f"{path}/results/wards.csv").status_code == 200
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("update platform.job set finished_at = now() - interval '3 days'"))
    remove_files(small_city, files, 48)
    assert not (files / number).exists()
    expired = planner.get(f"{path}/results/wards.csv")
    assert expired.status_code == 410
    assert "48 hours" in expired.json()["detail"]
    assert forget_jobs(small_city, 4) == 0
    assert forget_jobs(small_city, 2) == 1
    assert planner.get(path).status_code == 404
