"""Pages of another origin that draw our data with OpenLayers and with MapLibre, in a real browser."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
MILLISECONDS = 60_000
"""How long a page may take to draw: in software, on a busy machine."""
Opener = Callable[[str], dict[str, Any]]


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of somebody else: the pages and the libraries, no data."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "pages").symlink_to(Path(__file__).with_name("pages"))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(folder))) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


@pytest.fixture(scope="module")
def opened(elsewhere: str, server_url: str) -> Iterator[Opener]:
    """Opens a page there and gives what its map met, once everything is drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def open_page(name: str) -> dict[str, Any]:
            page = browser.new_page()
            said: list[str] = []
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
            page.goto(f"{elsewhere}/pages/{name}.html?api={server_url}")
            try:
                page.wait_for_function("window.met", timeout=MILLISECONDS)
            finally:
                assert said == []
            met: dict[str, Any] = page.evaluate("window.met")
            return met

        yield open_page
        browser.close()


def ids(server_url: str, **parameters: Any) -> set[int]:
    found = httpx2.get(f"{server_url}/collections/places/items", params={"limit": 1000, **parameters}).json()
    return {one["id"] for one in found["features"]}


def test_openlayers_draws_our_features_and_tiles(opened: Opener, server_url: str) -> None:
    met = opened("openlayers")
    inside = ids(server_url, bbox=",".join(map(str, met["box"])))
    assert len(met["pages"]) > 2
    assert len(met["features"]) == len(set(met["features"]))
    assert inside
    assert inside <= set(met["features"]) <= ids(server_url)  # it asks for a little more than it shows
    assert set(met["tiled"]) >= inside


def test_maplibre_draws_our_style_tiles_and_features(opened: Opener, server_url: str) -> None:
    met = opened("maplibre")
    assert met["said"] == []
    assert met["fromItems"]
    assert set(met["fromItems"]) <= ids(server_url)
    assert met["fromTiles"]
    assert set(met["fromTiles"]) <= ids(server_url)


def test_other_sites_may_read_and_nothing_else(server_url: str, operator_password: str) -> None:
    places, origin = f"{server_url}/collections/places/items", {"Origin": "https://other.example"}
    for address in (places, f"{server_url}/tiles", server_url.removesuffix("/ogc") + "/styles/default"):
        headers = httpx2.get(address, headers=origin).headers
        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in headers
    for method, header in (("POST", "content-type"), ("DELETE", "if-match"), ("GET", "authorization")):
        asking = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
        preflight = httpx2.options(places, headers=origin | asking).headers
        assert not {name for name in preflight if name.startswith("access-control-")}
    changed = httpx2.post(places, json={}, headers=origin, auth=("operator.gis", operator_password))
    assert "access-control-allow-origin" not in changed.headers
