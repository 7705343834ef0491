"""Tiles, tilesets and styles over HTTP."""

import mapbox_vector_tile
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from gis_core.db import Engines

PARCELS = "/ogc/collections/land_parcels/tiles/WebMercatorQuad"
TILE = f"{PARCELS}/13/3822/6563"


def test_a_tile_is_a_vector_tile_with_ids_and_public_attributes(client: TestClient) -> None:
    answer = client.get(TILE)
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    features = mapbox_vector_tile.decode(answer.content)["land_parcels"]["features"]
    assert {one["id"] for one in features} == set(range(1, 26))
    assert all("owner_name" not in one["properties"] for one in features)
    assert {one["properties"]["land_use_code"] for one in features} == {"ODT", "CLN"}


def test_a_known_tile_is_not_sent_again_until_its_layer_changes(client: TestClient, small_city: Engines) -> None:
    first = client.get(TILE)
    assert client.get(TILE, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("update city.wards set name = 'Phường khác' where code = '24778'"))
    assert client.get(TILE, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    with small_city.owner.begin() as connection:
        connection.execute(sa.text("delete from city.land_parcels where id > 1"))
    after = client.get(TILE, headers={"If-None-Match": first.headers["etag"]})
    assert after.status_code == 200
    assert [one["id"] for one in mapbox_vector_tile.decode(after.content)["land_parcels"]["features"]] == [1]


def test_a_tile_that_everybody_may_see_may_be_kept_by_anybody_who_asks_whether_it_holds(client: TestClient) -> None:
    assert client.get(TILE).headers["cache-control"] == "public, no-cache"
    restricted = client.get("/ogc/collections/cameras/tiles/WebMercatorQuad/13/3822/6563")
    assert restricted.headers["cache-control"] == "public, no-cache"  # what the public sees of it is public
    assert "Authorization" in restricted.headers["vary"]


def test_an_empty_tile_within_the_matrix_is_empty_and_not_an_error(client: TestClient) -> None:
    answer = client.get(f"{PARCELS}/14/7600/13126")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/collections/nothing/tiles/WebMercatorQuad/14/1/1",
        "/ogc/collections/land_parcel_purposes/tiles/WebMercatorQuad/14/1/1",
        "/ogc/collections/construction_flags/tiles/WebMercatorQuad/14/1/1",
        "/ogc/collections/nothing/tiles",
        "/ogc/tiles/WebMercatorQuad/14/1/1?collections=wards,nothing",
        f"{PARCELS}/2147483647/0/0",
        f"{PARCELS}/14/2147483647/0",
        f"{PARCELS}/14/0/2147483647",
        f"{PARCELS}/14/-1/0",
        f"{PARCELS}/14/1/1",
        f"{PARCELS}/14/a/0",
        "/ogc/tiles/WorldCRS84Quad",
        "/ogc/tiles/WorldCRS84Quad/1/1/1",
        "/ogc/tileMatrixSets/WorldCRS84Quad",
        "/styles/nothing",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["datetime=yesterday", "datetime=2025-02-30", "f=png", "unknown=1", "collections=wards", "datetime="]
)
def test_a_wrong_parameter_is_refused_by_name(client: TestClient, query: str) -> None:
    answer = client.get(f"{TILE}?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["detail"]


def test_a_tile_of_the_city_holds_the_layers_that_are_asked_for(client: TestClient) -> None:
    path = TILE.replace("/collections/land_parcels", "")
    assert set(mapbox_vector_tile.decode(client.get(path).content)) >= {"wards", "land_parcels", "report_points"}
    some = client.get(f"{path}?collections=wards,report_points")
    assert set(mapbox_vector_tile.decode(some.content)) == {"wards", "wards_label", "report_points"}


def test_a_day_chooses_what_was_valid(client: TestClient) -> None:
    path = "/ogc/collections/wards/tiles/WebMercatorQuad/12/1911/3281"
    before = mapbox_vector_tile.decode(client.get(f"{path}?datetime=2025-06-30").content)["wards"]["features"]
    assert [one["properties"]["code"] for one in before] == ["24778"]


@pytest.mark.parametrize("path", ["/ogc/tiles", "/ogc/collections/wards/tiles"])
def test_tilesets_carry_what_clients_follow(client: TestClient, path: str) -> None:
    (one,) = client.get(path).json()["tilesets"]
    assert one["tileMatrixSetId"] == "WebMercatorQuad"
    assert one["tileMatrixSetLimits"]
    links = {link["rel"]: link["href"] for link in one["links"]}
    described = client.get(links["self"].split("testserver", 1)[1]).json()
    assert described["links"] == one["links"]
    limits = next(level for level in described["tileMatrixSetLimits"] if level["tileMatrix"] == "14")
    address = links["item"].split("testserver", 1)[1].format(
        tileMatrix=14, tileRow=limits["minTileRow"], tileCol=limits["minTileCol"]
    )  # fmt: skip
    assert client.get(address).status_code == 200
    definition = client.get(
        links["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"].split("testserver", 1)[1]
    ).json()
    assert definition["id"] == "WebMercatorQuad"


def test_the_tilejson_of_a_layer_says_where_it_lies(client: TestClient) -> None:
    west, south, east, north = client.get(f"{PARCELS}?f=tilejson").json()["bounds"]
    assert 108.4 < west < east < 108.5
    assert 11.9 < south < north < 12.0


def test_the_style_takes_names_and_colours_from_the_code_lists_of_the_city(client: TestClient) -> None:
    layers = client.get("/styles/default").json()["layers"]
    area = next(one for one in layers if one["id"] == "land_parcels-area")
    assert "#ffa0ff" in area["paint"]["fill-color"]
    groups = client.get("/styles/default/legend").json()["groups"]
    parcels = next(one for group in groups for one in group["layers"] if one["id"] == "land_parcels")
    assert {"code": "ODT", "vi": "Đất ở tại đô thị", "en": "Urban residential land", "colour": "#ffa0ff"} in parcels[
        "classes"
    ]


def test_a_card_words_values_for_people(client: TestClient) -> None:
    rows = {one["label"]: one["value"] for one in client.get("/cards/land_parcels/3").json()["rows"]}
    assert rows["Diện tích"] == "37,5 m²"
    assert rows["Mục đích sử dụng chính"] == "Đất trồng cây lâu năm (CLN)"
    assert "Chủ sử dụng đất" not in rows
    english = client.get("/cards/land_parcels/3?lang=en").json()
    assert {"label": "Area", "value": "37.5 m²"} in english["rows"]
    assert len(english["box"]) == 4


@pytest.mark.parametrize(
    "which", ["land_parcels/999", "nothing/1", "land_parcels/99999999999999999999", "report_points/1"]
)
def test_there_is_no_card_of_what_is_absent_or_hidden(client: TestClient, which: str) -> None:
    assert client.get(f"/cards/{which}").status_code == 404


def test_a_place_is_written_in_both_systems(client: TestClient) -> None:
    place = client.get("/coordinates?lon=108.44&lat=11.94").json()
    assert place == {"wgs84": "11.940000, 108.440000", "vn2000": "X 1320522.0, Y 574958.5"}
    assert client.get("/coordinates?lon=0&lat=0").json()["vn2000"] is None


@pytest.mark.parametrize("query", ["", "lon=1", "lon=a&lat=1", "lon=1&lat=91", "lon=nan&lat=1", "lon=1&lat=inf"])
def test_a_place_that_is_none_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/coordinates?{query}").status_code == 400
