"""What every answer tells browsers, and where too much is too much."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from api.app import create_app
from api.problems import install
from api.security import Security
from gis_core.db import Engines
from gis_core.settings import Settings

Start = Callable[..., TestClient]


@pytest.fixture
def start(canary_city: Engines, data_folder: Path) -> Iterator[Start]:
    """Starts an application with chosen limits on the city of canaries."""
    running: list[TestClient] = []

    def started(**chosen: object) -> TestClient:
        url = canary_city.owner.url.render_as_string(hide_password=False)
        client = TestClient(create_app(Settings(DATABASE_URL=url, data=data_folder, **chosen)))
        running.append(client.__enter__())
        return running[-1]

    yield started
    for client in running:
        client.__exit__(None, None, None)


@pytest.mark.parametrize("path", ["/", "/login", "/ogc", "/healthz", "/nowhere", "/ogc/collections/nothing", "/whoami"])
def test_every_answer_carries_the_security_headers(start: Start, path: str) -> None:
    headers = start().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers  # not behind TLS
    rules = dict(rule.strip().partition(" ")[::2] for rule in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'self'"
    assert rules["object-src"] == "'none'"
    assert "unsafe" not in rules.get("script-src", rules["default-src"])
    assert "frame-ancestors" in rules


def test_an_address_that_asks_too_often_has_to_wait_and_others_need_not(start: Start) -> None:
    app = start(requests_per_minute=5).app
    crowd, other = TestClient(app, client=("192.0.2.1", 1)), TestClient(app, client=("192.0.2.2", 1))
    statuses = [crowd.get("/healthz").status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert int(crowd.get("/healthz").headers["retry-after"]) > 0
    assert other.get("/healthz").status_code == 200


def test_forged_credentials_count_for_their_address(start: Start) -> None:
    app = start(requests_per_minute=5).app
    guesser = TestClient(app, client=("192.0.2.3", 1), headers={"Authorization": "Bearer x"})
    assert [guesser.get("/healthz").status_code for _ in range(7)] == [401] * 5 + [429] * 2


def test_an_account_has_a_limit_of_its_own(start: Start, demo_password: str) -> None:
    app = start(requests_per_minute=5).app
    browser = TestClient(app, client=("192.0.2.4", 1), follow_redirects=False)
    browser.post("/login", data={"name": "planner", "password": demo_password})
    assert [browser.get("/healthz").status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_trusted_proxy_tells_the_address_and_nobody_else_can(start: Start) -> None:
    app = start(requests_per_minute=3, trusted_proxies="10.0.0.0/8").app
    proxy, stranger = TestClient(app, client=("10.1.2.3", 1)), TestClient(app, client=("192.0.2.5", 1))
    for number in range(5):
        forwarded = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
        assert proxy.get("/healthz", headers=forwarded).status_code == 200
        assert "strict-transport-security" in proxy.get("/healthz", headers=forwarded).headers
    forged = [{"X-Forwarded-For": f"203.0.113.{number + 100}"} for number in range(5)]
    assert [stranger.get("/healthz", headers=one).status_code for one in forged] == [200] * 3 + [429] * 2


@contextmanager
def guarded(**limits: float) -> Iterator[TestClient]:
    """A small application behind the guard alone, that tells how much it was sent."""
    app = FastAPI()
    install(app)
    app.add_middleware(Security, **{"largest_body": 1000, "slowest_body": 5.0, **limits})

    @app.post("/")
    async def length(request: Request) -> int:
        return len(await request.body())

    with TestClient(app) as client:
        yield client


def test_a_body_of_the_largest_size_is_taken_and_a_larger_one_is_not() -> None:
    with guarded() as client:
        assert client.post("/", content=b"x" * 1000).json() == 1000
        assert client.post("/", content=b"x" * 1001).status_code == 413
        assert client.post("/", content=iter([b"x" * 600, b"x" * 600])).status_code == 413  # length not announced
        assert client.post("/", headers={"Content-Length": "many"}).status_code == 400


def test_a_body_that_comes_too_slowly_is_not_waited_for() -> None:
    sent: list[dict[str, object]] = []

    async def never() -> dict[str, object]:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    app = FastAPI()
    install(app)
    app.add_middleware(Security, largest_body=1000, slowest_body=0.05)
    scope = {
        "type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [],
        "scheme": "http", "server": ("testserver", 80), "client": None, "root_path": "", "http_version": "1.1",
    }  # fmt: skip

    @app.post("/slow")
    async def slow(request: Request) -> int:
        return len(await request.body())

    async def ask() -> None:
        with anyio.fail_after(10):
            await app({**scope, "path": "/slow", "raw_path": b"/slow"}, never, send)

    anyio.run(ask)
    assert sent[0]["status"] == 400
