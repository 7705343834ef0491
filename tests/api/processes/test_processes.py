"""The processes over HTTP: what is asked strictly, who may see what, and what is answered."""

import uuid

import httpx2
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.db import Engines
from gis_core.settings import Settings
from tests.api.processes.conftest import ASYNC, ECHO, OGC_PROBLEM, Listener, Person, pointers


def test_the_list_keeps_the_limit_and_leads_on(client: TestClient) -> None:
    page = client.get("/ogc/processes?limit=1").json()
    assert [one["id"] for one in page["processes"]] == ["zone-report"]
    assert {"self", "alternate", "next"} <= {one["rel"] for one in page["links"]}
    following = next(one["href"] for one in page["links"] if one["rel"] == "next")
    assert client.get(following).json()["processes"][0]["id"] != "zone-report"
    for wrong in ("limit=0", "limit=x", "limit=-1", "colour=red"):
        assert client.get(f"/ogc/processes?{wrong}").status_code == 400


def test_a_description_tells_inputs_and_outputs_in_both_languages(client: TestClient) -> None:
    found = client.get("/ogc/processes/zone-report").json()
    assert found["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
    assert found["inputs"]["day"] == {
        "title": "Ngày xét hiệu lực, mặc định hôm nay", "minOccurs": 0, "maxOccurs": 1,
        "schema": {"type": "string", "format": "date"},
    }  # fmt: skip
    english = client.get("/ogc/processes/zone-report?lang=en").json()
    assert english["title"] == "Zoning of a parcel"
    assert english["inputs"]["day"]["title"] == "As of, by default today"
    assert set(english["outputs"]) == {"result"}


def test_a_process_answers_at_once_to_everybody(client: TestClient) -> None:
    asked = {"inputs": {"parcel_id": 1}}
    answer = client.post("/ogc/processes/zone-report/execution", json=asked)
    assert answer.status_code == 200
    assert answer.json()["result"]["area_m2"] == 900.0
    assert "no-store" in answer.headers["cache-control"]
    # Without an account there is no owner: the preference is passed over.
    later = client.post("/ogc/processes/zone-report/execution", json=asked, headers=ASYNC)
    assert (later.status_code, "preference-applied" in later.headers) == (200, False)
    assert client.get("/ogc/jobs").json()["jobs"] == []


def test_raw_answers_are_the_values_themselves(client: TestClient) -> None:
    inputs = {"text": "Đà Lạt", "numbers": [1, 2], "formatted": "x"}

    def raw(*outputs: str) -> httpx2.Response:
        return client.post(ECHO, json={"inputs": inputs, "outputs": {o: {} for o in outputs}, "response": "raw"})

    assert (raw("text").text, raw("text").headers["content-type"]) == ("Đà Lạt", "text/plain; charset=utf-8")
    assert raw("numbers").json() == [1, 2]
    assert raw("box").status_code == 204
    several = raw("text", "numbers")
    assert several.headers["content-type"].startswith("multipart/related")
    assert "Content-ID: <numbers>\r\n\r\n[1,2]\r\n" in several.text
    document = client.post(ECHO, json={"inputs": inputs, "outputs": {"numbers": {}}})
    assert document.json() == {"numbers": [1, 2]}


def test_qualified_values_and_references_are_read(client: TestClient, told: Listener) -> None:
    inputs = {"text": {"href": f"{told.url}/x"}, "mixed": {"value": {"a": 1}, "mediaType": "application/json"}}
    assert client.post(ECHO, json={"inputs": inputs}).json() == {"text": "from afar", "mixed": {"a": 1}}
    refused = client.post(ECHO, json={"inputs": {"text": {"href": "http://169.254.169.254/latest/meta-data"}}})
    assert pointers(refused) == {"/inputs/text"}


def test_every_mistake_is_named_in_both_languages(client: TestClient) -> None:
    wrong = {
        "inputs": {"text": 5, "numbers": ["a"], "colour": "red", "pause": 61, "box": {"bbox": [1]}},
        "outputs": {"nothing": {}, "text": {"transmissionMode": "reference"}}, "response": "loud", "mode": "async",
    }  # fmt: skip
    answer = client.post(ECHO, json=wrong)
    assert pointers(answer) == {
        "/mode", "/response", "/outputs/nothing", "/outputs/text/transmissionMode", "/inputs/text",
        "/inputs/numbers/0", "/inputs/colour", "/inputs/pause", "/inputs/box/bbox",
    }  # fmt: skip
    assert all(" · " in one["detail"] for one in answer.json()["errors"])


BAD_REQUESTS = (
    (b"", 400),
    (b"not json", 400),
    (b"[]", 400),
    (b'"text"', 400),
    (b"null", 400),
    (b'{"inputs": []}', 400),
    (b'{"inputs": {"text": "\\u0000"}}', 400),
    (b'{"inputs": {"text": "' + b"x" * 1_000_000 + b'"}}', 400),
    (b'{"inputs": {"mixed": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}}", 400),
    (b'{"inputs": {"mixed": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", 400),
    (b'{"inputs": {"numbers": [1e999]}}', 400),
    (b'{"inputs": {"pause": 123456789012345678901234567890}}', 400),
    (b'{"inputs": {"text": {"href": "file:///etc/passwd"}}}', 400),
    (b'{"subscriber": {"successUri": 5}}', 400),
    (b'{"outputs": []}', 400),
    (b'{"outputs": {"text": "x"}}', 400),
    (b'{"outputs": {"text": {"format": {"mediaType": "image/png"}}}}', 400),
    (b'{"inputs": {"' + b"k" * 100_000 + b'": 1}}', 400),
    (b"x" * (9 << 20), 413),
)


def test_bad_requests_are_problems_and_never_failures(client: TestClient) -> None:
    for content, status in BAD_REQUESTS:
        answer = client.post(ECHO, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, content[:80]
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 10_000, content[:80]


def test_numbers_that_are_none_are_refused(client: TestClient) -> None:
    for number in ("99999999999999999999", "-1", "1.5", '"1"', "true", 'null, "area": 1'):
        content = f'{{"inputs": {{"parcel_id": {number}}}}}'
        assert client.post("/ogc/processes/zone-report/execution", content=content).status_code == 400, number


def test_other_media_types_and_unknown_things_are_refused(client: TestClient) -> None:
    xml = client.post(ECHO, content=b"<a/>", headers={"Content-Type": "application/xml"})
    assert xml.status_code == 415
    for path, kind in (("processes/nothing", "no-such-process"), ("jobs/nothing", "no-such-job")):
        absent = client.get(f"/ogc/{path}")
        assert (absent.status_code, absent.json()["type"]) == (404, OGC_PROBLEM + kind)
    assert client.post("/ogc/processes/nothing/execution", json={}).json()["type"] == OGC_PROBLEM + "no-such-process"
    assert client.get(f"/ogc/jobs/{uuid.uuid4()}/results").json()["type"] == OGC_PROBLEM + "no-such-job"
    assert client.delete(f"/ogc/jobs/{uuid.uuid4()}").status_code == 404
    # The suite of the OGC reads refusals as plain JSON only.
    plain = client.get("/ogc/processes/nothing", headers={"Accept": "application/json"})
    assert plain.headers["content-type"] == "application/json"


def test_without_the_setting_there_is_no_echo(small_city: Engines, settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"echo_process": False}))) as client:
        assert client.post(ECHO, json={}).json()["type"] == OGC_PROBLEM + "no-such-process"
        assert client.post(ECHO, json={}, headers=ASYNC).status_code == 404
        listed = [one["id"] for one in client.get("/ogc/processes").json()["processes"]]
        assert "echo" not in listed


def test_the_landing_page_leads_to_processes_and_jobs(client: TestClient) -> None:
    links = {one["rel"]: one["href"] for one in client.get("/ogc").json()["links"]}
    assert links["http://www.opengis.net/def/rel/ogc/1.0/processes"].endswith("/ogc/processes")
    assert links["http://www.opengis.net/def/rel/ogc/1.0/job-list"].endswith("/ogc/jobs")


def test_forms_are_answered_with_pages(client: TestClient, person: Person) -> None:
    form, page = "/ogc/processes/zone-report/execution?lang=vi", {"Accept": "text/html"}
    empty = client.post(form, data={"csrf_token": ""}, headers=page)
    assert empty.status_code == 400
    assert "hãy cho parcel_id hoặc area" in empty.text
    wrong = client.post(form, data={"in.parcel_id": "x<y", "in.area": "{"}, headers=page)
    assert wrong.status_code == 400
    assert "không phải JSON" in wrong.text
    assert 'value="x&lt;y"' in wrong.text
    shown = client.post(form, data={"in.parcel_id": "1", "in.day": ""}, headers=page)
    assert (shown.status_code, "<h1>Kết quả" in shown.text) == (200, True)
    lan = person()
    later = lan.post(form, data={"in.parcel_id": "1"}, headers=page, follow_redirects=False)
    assert later.status_code == 303
    assert lan.get(later.headers["location"], headers=page).status_code == 200
    assert "Đang chờ" in lan.get("/ogc/jobs?f=html").text
    stopped = lan.post(later.headers["location"].partition("?")[0] + "/dismissal", headers=page)
    assert "Đã dừng" in stopped.text
