"""Tiles that the server keeps: over its restarts, never stale, never those of another role."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mapbox_vector_tile
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import create_app
from api.tiles import DISK_BYTES
from gis_core.accounts import find_account
from gis_core.credentials import add_credential
from gis_core.db import Engines
from gis_core.settings import Settings
from tiles.disk_cache import disk_cache

TILE = "/ogc/collections/land_parcels/tiles/WebMercatorQuad/13/3822/6563"
FAR = "/ogc/collections/land_parcels/tiles/WebMercatorQuad/13/3826/6563"
CANARIES = "/ogc/tiles/WebMercatorQuad/14/7644/13125"


@contextmanager
def server(database: sa.URL, data: Path) -> Iterator[TestClient]:
    url = database.render_as_string(hide_password=False)
    with TestClient(create_app(Settings(DATABASE_URL=url, data=data, requests_per_minute=10**6))) as client:
        yield client


def ids(tile: bytes) -> set[int]:
    return {one["id"] for one in mapbox_vector_tile.decode(tile)["land_parcels"]["features"]} if tile else set()


def test_a_server_that_starts_again_has_the_tiles_of_before(
    small_city: Engines, database: sa.URL, data_folder: Path
) -> None:
    with server(database, data_folder) as client:
        first = client.get(TILE)
    kept = disk_cache(data_folder.absolute() / "tile-cache", DISK_BYTES)
    assert kept is not None
    assert kept.get(first.headers["etag"].encode()) == first.content
    with server(database, data_folder) as client:
        again = client.get(TILE)
        assert (again.headers["etag"], again.content) == (first.headers["etag"], first.content)
        assert client.get(TILE, headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_a_change_made_while_the_server_was_down_is_seen_and_a_far_tile_still_holds(
    small_city: Engines, database: sa.URL, data_folder: Path
) -> None:
    with server(database, data_folder) as client:
        before, far = client.get(TILE), client.get(FAR)
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("delete from city.land_parcels where id > 3"))
    with server(database, data_folder) as client:
        after = client.get(TILE, headers={"If-None-Match": before.headers["etag"]})
        assert client.get(FAR, headers={"If-None-Match": far.headers["etag"]}).status_code == 304
    assert (after.status_code, ids(after.content)) == (200, {1, 2, 3})


@pytest.mark.parametrize("first", ["citizen", "officer"])
def test_a_tile_of_one_role_is_never_given_to_another(
    canary_city: Engines, data_folder: Path, demo_password: str, first: str
) -> None:
    with canary_city.accounts.begin() as connection:
        secret = add_credential(connection, find_account(connection, "officer"), "application_password", "QGIS")
    shown = base64.b64encode(f"officer:{secret}".encode()).decode()
    headers = {"citizen": {}, "officer": {"Authorization": f"Basic {shown}"}}
    with server(canary_city.owner.url, data_folder) as client:
        seen = []
        for who in (first, *(headers.keys() - {first})) * 2:
            answer = client.get(CANARIES, headers=headers[who])
            tile = mapbox_vector_tile.decode(answer.content)
            drawn = {layer: {one["id"] for one in content["features"]} for layer, content in tile.items()}
            for layer in ("business_households", "cameras", "report_points", "land_parcels"):
                items = client.get(f"/ogc/collections/{layer}/items?limit=100", headers=headers[who])
                allowed = {one["id"] for one in items.json()["features"]} if items.status_code == 200 else set()
                assert drawn.get(layer, set()) == allowed, (who, layer)
            seen.append(drawn)
            assert answer.headers["cache-control"].startswith("private")
        assert seen[0] != seen[1]
        assert seen[:2] == seen[2:]
