"""Reports to subscribers: to allowed hosts only, and never in the way of a job."""

import asyncio
import uuid

import httpx
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.platform import Platform
from api.worker import tell, worker_app
from gis_core.errors import BadRequest, NotAllowed, Unavailable
from gis_core.jobs.hosts import deliver, read_hosts
from tests.api.processes.conftest import ASYNC, ECHO, Listener, Person, pointers, worked


def callbacks(house: Platform) -> list[tuple[str, str]]:
    """The reports that wait for the worker: job and status."""
    with house.engines.owner.begin() as connection:
        waiting = (
            "select args from queue.procrastinate_jobs where task_name = 'callback' and status = 'todo' order by id"
        )
        return [(one["number"], one["status"]) for one in connection.scalars(sa.text(waiting))]


def test_subscribers_are_told_of_beginning_and_result(house: Platform, person: Person, told: Listener) -> None:
    lan = person()
    uris = {name: f"{told.url}/{name}" for name in ("successUri", "inProgressUri", "failedUri")}
    path = worked(house, lan.post(ECHO, json={"inputs": {"text": "á"}, "subscriber": uris}, headers=ASYNC))
    number = path.rpartition("/")[2]
    waiting = [one for one in callbacks(house) if one[0] == number]
    assert [status for _, status in waiting] == ["running", "successful"]
    for _, status in waiting:
        tell(house, uuid.UUID(number), status)
    assert told.heard[0][0] == "/inProgressUri"
    assert told.heard[0][1]["jobID"] == number
    assert told.heard[1] == ("/successUri", {"text": "á"})


def test_a_dead_or_redirecting_subscriber_fails_no_job(house: Platform, person: Person, told: Listener) -> None:
    lan = person()
    uris = {"successUri": f"{told.url}/x"}
    path = worked(house, lan.post(ECHO, json={"subscriber": uris}, headers=ASYNC))
    number = uuid.UUID(path.rpartition("/")[2])
    told.status = 302
    tell(house, number, "successful")  # refused and written to the log: nothing to try again
    assert [place for place, _ in told.heard] == ["/x"]
    told.status = 503
    with pytest.raises(Unavailable):  # by which the queue knows that it is to try again
        tell(house, number, "successful")
    assert lan.get(path).json()["status"] == "successful"


ELSEWHERE = (
    "http://elsewhere.example/x",
    "http://127.0.0.1:1/x",
    "http://127.0.0.1/x",
    "http://localhost/x",
    "http://[::1]/x",
    "http://2130706433/x",
    "ftp://hooks.example.org/x",
    "file:///etc/passwd",
    "http://user:word@hooks.example.org/x",
    "http://hooks.example.org:8080/x",
    "https://hooks.example.org.evil.example/",
    "",
    "x" * 5000,
)


def test_subscribers_elsewhere_are_refused(person: Person) -> None:
    lan = person()
    for uri in ELSEWHERE:
        answer = lan.post(ECHO, json={"subscriber": {"successUri": uri}}, headers=ASYNC)
        assert pointers(answer) == {"/subscriber/successUri"}, uri


def test_a_name_that_stands_for_a_private_address_is_called_only_where_the_address_is_listed_too() -> None:
    url = read_hosts("localhost:9000").checked("http://localhost:9000/x")
    with pytest.raises(NotAllowed, match="private network"):
        read_hosts("localhost:9000").place(url)
    assert read_hosts("localhost:9000,127.0.0.0/8:9000,[::1]:9000").place(url) in ("127.0.0.1", "::1")
    with pytest.raises(Unavailable, match="not known"):
        read_hosts("nowhere.invalid").place(httpx.URL("http://nowhere.invalid/"))
    with pytest.raises(BadRequest, match="neither host nor network"):
        read_hosts("https://hooks.example.org/x")


def test_a_dead_host_is_named_and_tried_again_later() -> None:
    with pytest.raises(Unavailable, match="could not be reached"):
        deliver("http://127.0.0.1:9/x", {}, read_hosts("127.0.0.1:9"))


def test_subscribers_belong_to_jobs(client: TestClient, person: Person) -> None:
    lan, uris = person(), {"successUri": "https://hooks.example.org/x"}
    assert pointers(lan.post(ECHO, json={"subscriber": uris})) == {"/subscriber"}
    assert pointers(lan.post(ECHO, json={"subscriber": {}}, headers=ASYNC)) == {"/subscriber/successUri"}
    assert pointers(lan.post(ECHO, json={"subscriber": {**uris, "x": 1}}, headers=ASYNC)) == {"/subscriber/x"}
    assert pointers(lan.post(ECHO, json={"subscriber": []}, headers=ASYNC)) == {"/subscriber"}


def test_a_worker_tells_subscribers_and_puts_off_what_fails(house: Platform, person: Person, told: Listener) -> None:
    lan = person()

    async def work() -> None:
        app = worker_app(house)
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False)

    uris = {"inProgressUri": f"{told.url}/begun", "successUri": f"{told.url}/done"}
    lan.post(ECHO, json={"inputs": {"text": "á"}, "subscriber": uris}, headers=ASYNC)
    asyncio.run(work())
    assert sorted(place for place, _ in told.heard) == ["/begun", "/done"]
    told.status = 500
    answer = lan.post(ECHO, json={"subscriber": uris}, headers=ASYNC)
    asyncio.run(work())
    assert lan.get(answer.headers["location"]).json()["status"] == "successful"
    with house.engines.owner.begin() as connection:
        waiting = "select attempts, scheduled_at > now() from queue.procrastinate_jobs where status = 'todo'"
        later = connection.execute(sa.text(f"{waiting} and task_name = 'callback'")).all()
    assert [tuple(one) for one in later] == [(1, True), (1, True)]
