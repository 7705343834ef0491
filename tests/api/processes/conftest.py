"""A server with an echo and with one host that jobs may report to, people with accounts, and a worker's hand."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import create_app
from api.platform import Platform
from gis_core.accounts import add_account
from gis_core.credentials import add_credential
from gis_core.db import Engines
from gis_core.jobs.carry_out import carry_out
from gis_core.layer import Role
from gis_core.settings import Settings

OGC_PROBLEM = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
ECHO = "/ogc/processes/echo/execution"
EXPORT = "/ogc/processes/export/execution"
ASYNC = {"Prefer": "respond-async"}
WARD = "24769"

Person = Callable[..., TestClient]


@pytest.fixture
def settings(database: sa.URL, data_folder: Path, told: "Listener") -> Settings:
    """Settings with an echo, and with one host that jobs may report to."""
    return Settings(
        DATABASE_URL=database.render_as_string(hide_password=False), data=data_folder, requests_per_minute=10**6,
        echo_process=True, callback_hosts=f"hooks.example.org, 127.0.0.1:{told.port}",
    )  # fmt: skip


@pytest.fixture
def client(small_city: Engines, settings: Settings) -> Iterator[TestClient]:
    """An anonymous client of a server on a small city."""
    with TestClient(create_app(settings)) as made:
        yield made


@pytest.fixture
def house(client: TestClient) -> Platform:
    """What that server stands on, and its worker with it."""
    found: Platform = client.app.state.platform  # type: ignore[attr-defined]
    return found


@pytest.fixture
def person(client: TestClient, small_city: Engines) -> Person:
    """Makes a client of somebody with an account, who uses a token."""

    def make(name: str = "lan", role: Role = "planner") -> TestClient:
        wards = (WARD,) if role in ("tax_officer", "inspector") else ()
        with small_city.owner.begin() as connection:
            account = add_account(connection, name, role, wards, "mật khẩu đủ dài cho thử nghiệm")
            token = add_credential(connection, account, "token", "thử", "write")
        return TestClient(client.app, headers={"Authorization": f"Bearer {token}"})

    return make


class Listener:
    """An HTTP server that writes down what it is told and answers with `status`."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.status = 204
        heard, listener = self.heard, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((self.path, orjson.loads(body)))
                self.send_response(listener.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'"from afar"')

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"


@pytest.fixture
def told() -> Iterator[Listener]:
    """Somebody who is told of jobs."""
    listener = Listener()
    thread = threading.Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield listener
    listener.server.shutdown()
    thread.join()
    listener.server.server_close()


def worked(house: Platform, answer: httpx2.Response) -> str:
    """The path of the job that was submitted, after a worker has carried it out."""
    assert answer.status_code == 201, answer.text
    number = answer.json()["jobID"]
    carry_out(house.engines, uuid.UUID(number), jobs=house.jobs, files=house.settings.data / "jobs")
    return f"/ogc/jobs/{number}"


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def pointers(answer: httpx2.Response) -> set[str]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {one["pointer"] for one in answer.json()["errors"]}
