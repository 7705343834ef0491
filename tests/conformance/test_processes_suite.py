"""The abstract tests of OGC API Processes Part 1, as the OGC's executable suite carries them out.

Sources: OGC 18-062r2 annex A; the suite ets-ogcapi-processes10. Nothing is skipped: the server has the process `echo`.
"""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker

from tests.conformance.conftest import _wait

PROBLEM = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
CONFORMANCE = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
ECHO = "/processes/echo"
TEXT = "teststring"
# What the suite sends.
JSON = {"Accept": "application/json"}
ASYNC = JSON | {"Prefer": "respond-async"}

# The schemas of the standard (schemas.opengis.net/ogcapi/processes/part1/1.0/openapi/schemas), as far as they oblige.
LINK = {
    "type": "object",
    "required": ["href"],
    "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
}
LINKS = {"type": "array", "items": LINK}
TEXTS = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}
EXCEPTION = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": TEXTS, "title": TEXTS, "status": {"type": "integer"}, "detail": TEXTS, "instance": TEXTS},
}
STATUS = {
    "type": "object",
    "required": ["jobID", "status", "type"],
    "properties": {
        "processID": TEXTS,
        "type": {"enum": ["process"]},
        "jobID": TEXTS,
        "status": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
        "message": TEXTS,
        "created": MOMENT,
        "started": MOMENT,
        "finished": MOMENT,
        "updated": MOMENT,
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "links": LINKS,
    },
}
JOB_LIST = {
    "type": "object",
    "required": ["jobs", "links"],
    "properties": {"jobs": {"type": "array", "items": STATUS}, "links": LINKS},
}
SUMMARY = {
    "type": "object",
    "required": ["id", "version"],
    "properties": {
        "id": TEXTS,
        "version": TEXTS,
        "title": TEXTS,
        "description": TEXTS,
        "links": LINKS,
        "jobControlOptions": {"type": "array", "items": {"enum": ["sync-execute", "async-execute", "dismiss"]}},
        "outputTransmission": {"type": "array", "items": {"enum": ["value", "reference"]}},
    },
}
PROCESS_LIST = {
    "type": "object",
    "required": ["processes", "links"],
    "properties": {"processes": {"type": "array", "items": SUMMARY}, "links": LINKS},
}
KEYWORDS = {  # schema.yaml allows these and no others
    "title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
    "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required", "enum", "type",
    "not", "allOf", "oneOf", "anyOf", "items", "properties", "additionalProperties", "description", "format",
    "default", "nullable", "readOnly", "writeOnly", "example", "deprecated", "contentMediaType", "contentEncoding",
    "contentSchema",
}  # fmt: skip


@pytest.fixture(scope="module")
def root(small_database: sa.URL, data_folder: Path) -> Iterator[str]:
    """The address of the API's root on a server with the process `echo`, and a worker beside it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "DATABASE_URL": small_database.render_as_string(hide_password=False), "LANGBIANG_DATA": str(data_folder),
        "PORT": str(port), "LANGBIANG_ECHO_PROCESS": "1",
    }  # fmt: skip
    serve = ["granian", "--interface", "asgi", "--factory", "--no-ws", "--port", str(port), "api.app:create_app"]
    programs = [
        subprocess.Popen([sys.executable, "-m", *one], env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        for one in (serve, ["api.worker"])
    ]
    try:
        _wait(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}/ogc"
    finally:
        for one in programs:
            one.terminate()
        for one in programs:
            one.wait()


def get(url: str, status: int = 200, schema: dict[str, Any] | None = None) -> Any:
    answer = httpx2.get(url, headers=JSON)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    if schema:
        valid(answer.json(), schema)
    return answer.json()


def valid(document: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(document)


def post(root: str, document: dict[str, Any], status: int = 200, *, asynchronous: bool = False) -> httpx2.Response:
    answer = httpx2.post(f"{root}{ECHO}/execution", json=document, headers=ASYNC if asynchronous else JSON)
    assert answer.status_code == status, answer.text
    return answer


def kinds(schema: dict[str, Any]) -> list[str]:
    """The types that the suite finds in the schema of an input: its own, those of its choices, and of its items."""
    parts = [schema, *schema.get("oneOf", []), *([schema["items"]] if "items" in schema else [])]
    return [part["type"] for part in parts if "type" in part]


def boxed(schema: dict[str, Any]) -> bool:
    return any(part.get("format") == "ogc-bbox" for part in schema.get("allOf", []))


def described(root: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schemas of the inputs and of the outputs of the process `echo`."""
    found = get(f"{root}{ECHO}")
    return tuple({name: one["schema"] for name, one in found[part].items()} for part in ("inputs", "outputs"))  # type: ignore[return-value]


def request(root: str, **more: Any) -> dict[str, Any]:
    """The request of most tests: text for whatever may be text, a box for a box, all outputs by value."""
    inputs, outputs = described(root)
    far = {"bbox": [345345345] * 4, "crs": "urn:ogc:def:crs:EPSG:6.6:4326"}
    sent: dict[str, Any] = {name: TEXT for name, schema in inputs.items() if "string" in kinds(schema)}
    sent |= {name: far for name, schema in inputs.items() if boxed(schema)}
    return {"inputs": sent, "outputs": {name: {"transmissionMode": "value"} for name in outputs}, **more}


def first_input(root: str, **inputs: Any) -> dict[str, Any]:
    name = next(iter(described(root)[0]))
    return {"inputs": {name: TEXT, **inputs}, "outputs": {name: {"transmissionMode": "value"}}, "response": "raw"}


def job_of(answer: httpx2.Response) -> str:
    assert answer.status_code == 201
    return str(answer.headers["location"])


def ended(job: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while (state := get(job, schema=STATUS))["status"] in ("accepted", "running"):
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return dict(state)


def test_the_echo_leaves_no_test_of_the_suite_out(root: str) -> None:
    inputs, outputs = described(root)
    assert kinds(next(iter(inputs.values()))) == ["string"]
    assert any(boxed(schema) for schema in inputs.values())
    assert any(boxed(schema) for schema in outputs.values())
    assert any(kinds(schema)[:1] == ["array"] and len(kinds(schema)) > 1 for schema in inputs.values())
    assert any("contentMediaType" in schema for schema in inputs.values())
    assert any({"string", "object"} <= set(kinds(schema)) for schema in inputs.values() if "oneOf" in schema)
    assert any("oneOf" in schema for schema in outputs.values())
    assert inputs["pause"]["type"] == "integer"
    assert "async-execute" in get(f"{root}{ECHO}")["jobControlOptions"]


def test_landing_page_conformance_and_definition(root: str) -> None:
    links = {one["rel"]: one for one in get(root)["links"]}
    assert {"service-desc", "conformance", f"{RELATION}processes", f"{RELATION}job-list"} <= set(links)
    declared = get(f"{root}/conformance")["conformsTo"]
    classes = ("core", "json", "html", "oas30", "job-list", "dismiss", "callback", "ogc-process-description")
    assert {CONFORMANCE + one for one in classes} <= set(declared)
    definition = httpx2.get(links["service-desc"]["href"]).json()
    for path in ("/processes", "/processes/{processID}", "/processes/echo/execution", "/jobs", "/jobs/{jobID}"):
        assert path in definition["paths"]
    assert "/jobs/{jobID}/results" in definition["paths"]


def test_the_list_of_processes(root: str) -> None:
    page = get(f"{root}/processes", schema=PROCESS_LIST)
    assert {("self", "application/json"), ("alternate", "text/html")} <= {(o["rel"], o["type"]) for o in page["links"]}
    assert len(get(f"{root}/processes?limit=1", schema=PROCESS_LIST)["processes"]) == 1
    assert len(get(f"{root}/processes?limit=1000")["processes"]) == len(page["processes"])


def keywords(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(keywords, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for name in ("allOf", "oneOf", "anyOf", "items"):
        found |= keywords(schema.get(name))
    for one in schema.get("properties", {}).values():
        found |= keywords(one)
    return found


def test_every_description_is_one_of_the_standard(root: str) -> None:
    for listed in get(f"{root}/processes")["processes"]:
        found = get(f"{root}/processes/{listed['id']}", schema=SUMMARY)
        assert {name: found[name] for name in listed} == listed
        assert f"{RELATION}execute" in {one["rel"] for one in found["links"]}
        assert found["inputs"]
        assert found["outputs"]
        for one in (*found["inputs"].values(), *found["outputs"].values()):
            assert one["title"]
            assert keywords(one["schema"]) <= KEYWORDS
            Draft4Validator.check_schema(one["schema"])  # OpenAPI 3.0's schemas are of this age


def test_unknown_processes_and_jobs_are_exceptions(root: str) -> None:
    for path, kind in (
        (f"/processes/{uuid.uuid4()}", "no-such-process"),
        (f"/jobs/invalid-job-{uuid.uuid4()}", "no-such-job"),
        (f"/jobs/{uuid.uuid4()}/results", "no-such-job"),
    ):
        assert get(root + path, 404, EXCEPTION)["type"] == PROBLEM + kind


def test_requests_are_answered_at_once_unless_asked_otherwise(root: str) -> None:
    answer = post(root, request(root))
    assert "preference-applied" not in answer.headers
    assert answer.json()["text"] == TEXT
    assert set(post(root, {"inputs": request(root)["inputs"]}).json()) == {"text", "formatted", "mixed", "box"}
    document = post(root, request(root, response="document"))
    assert document.json() == answer.json()


def test_inputs_of_every_kind_are_taken(root: str) -> None:
    inputs, _ = described(root)
    sent = request(root)["inputs"]
    array = next(name for name, schema in inputs.items() if kinds(schema)[:1] == ["array"])
    assert post(root, {"inputs": {array: [1, 2, 3]}}).json()[array] == [1, 2, 3]
    near = {"bbox": [51.9, 7, 52, 7.1], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
    box = next(name for name, schema in inputs.items() if boxed(schema))
    assert post(root, {"inputs": {box: near}}).json()[box] == near
    thing = next(name for name, schema in inputs.items() if "object" in kinds(schema))
    assert post(root, {"inputs": sent | {thing: {"value": TEXT}}}).json()[thing] == TEXT
    assert post(root, {"inputs": sent | {thing: {"any": {"thing": 1}}}}).json()[thing] == {"any": {"thing": 1}}


def test_inputs_against_their_schema_are_exceptions(root: str) -> None:
    inputs, _ = described(root)
    formatted = next(name for name, schema in inputs.items() if "contentMediaType" in schema)
    wrong = request(root)
    wrong["inputs"][formatted] = {"type": f"wrong/type_{uuid.uuid4()}"}
    for document in (wrong, {"invalid-execute-request": "true)"}):
        answer = post(root, document, 400)
        assert answer.headers["content-type"].startswith("application/json")
        valid(answer.json(), EXCEPTION)
    assert formatted in post(root, wrong, 400).text


def test_raw_answers(root: str) -> None:
    one = post(root, first_input(root))
    assert (one.text, one.headers["content-type"].partition(";")[0]) == (TEXT, "text/plain")
    several = post(root, request(root, response="raw"))
    assert several.headers["content-type"].startswith("multipart/related")
    assert several.text.count(TEXT) == 3


def test_jobs_in_the_background(root: str) -> None:
    answer = post(root, request(root), 201, asynchronous=True)
    assert answer.headers["preference-applied"] == "respond-async"
    valid(answer.json(), STATUS)
    state = ended(job_of(answer))
    assert state["status"] == "successful"
    [results] = [one["href"] for one in state["links"] if one["rel"] == f"{RELATION}results"]
    assert get(results)["text"] == TEXT
    raw = job_of(post(root, first_input(root), 201, asynchronous=True))
    assert ended(raw)["status"] == "successful"
    assert httpx2.get(f"{raw}/results").text == TEXT
    assert httpx2.get(f"{raw}/results", headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")


def test_results_before_the_end_are_exceptions(root: str) -> None:
    job = job_of(post(root, first_input(root, pause=5), 201, asynchronous=True))
    assert get(f"{job}/results", 404, EXCEPTION)["type"] == PROBLEM + "result-not-ready"
    assert httpx2.delete(job, headers=JSON).json()["status"] == "dismissed"


def test_the_list_of_jobs(root: str) -> None:
    job = job_of(post(root, request(root), 201, asynchronous=True))
    listed = get(f"{root}/jobs?limit=1", schema=JOB_LIST)
    assert [one["jobID"] for one in listed["jobs"]] == [job.rpartition("/")[2]]
    assert ended(job)["status"] == "successful"
    assert get(f"{root}/jobs?status=failed", schema=JOB_LIST)["jobs"] == []
    assert get(f"{root}/jobs?processID=echo&type=process", schema=JOB_LIST)["jobs"]


def test_dismissing(root: str) -> None:
    job = job_of(post(root, first_input(root, pause=60), 201, asynchronous=True))
    answer = httpx2.delete(job, headers=JSON)
    valid(answer.json(), STATUS)
    assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
    assert get(job)["status"] == "dismissed"


def test_pages_are_there_for_people(root: str) -> None:
    for path in ("/processes", "/processes/echo", "/jobs"):
        page = httpx2.get(f"{root}{path}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
