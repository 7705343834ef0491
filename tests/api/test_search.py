import unicodedata

import httpx
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.search import BATCH_ROWS, SUGGESTIONS_PER_SECOND
from gis_core.db import Engines
from gis_core.testing import add, point
from layers.house_numbers import HOUSE_NUMBERS


@pytest.fixture(autouse=True)
def _houses(small_city: Engines) -> None:
    with small_city.owner.begin() as connection:
        for number in ("83/2A", "85"):
            add(
                connection, HOUSE_NUMBERS, point(), house_number=number, street_name="Phan Đình Phùng",
                status="hien_hanh", ward_code="24769",
            )  # fmt: skip


def test_an_address_is_answered_as_geojson(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "83/2a phan dinh phung"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()["features"][0]["properties"]
    assert (found["match_level"], found["house_number"]) == ("house", "83/2A")


def test_reasons_come_in_the_language_asked_for(client: TestClient) -> None:
    said = [
        client.get("/search", params={"q": "85 Phan Đình Phùng", "lang": one}).json()["features"][0]["properties"][
            "reasons"
        ][0]
        for one in ("vi", "en")
    ]
    assert said == ["Đúng số nhà 85", "House number 85 matches"]


NO_TEXTS = ("", "   ", "a" * 5_000, "12\x00 Trần Phú", "12\x07", "\u200b")
ODD_TEXTS = (
    "' OR 1=1; drop table city.wards --", "😀😀", "שלום עולם", "مرحبا 12", "%%%_\\", "[]{}()",
    "12/12/12/12/12/12/12/12",
    unicodedata.normalize("NFD", "85 Phan Đình Phùng"), "xin chào, tôi muốn hỏi thửa đất của gia đình tôi ở đâu đó",
    "9" * 300, "/" * 300, "1-2-3-4", "P.", "đ.", "hẻm", "thửa tờ", "lô khoảnh tiểu khu", "۱۲ Trần Phú", "½ Trần Phú",
    "², ³", "0/0", "-", ",,,,", "a b c d e f g h i j k l m n o p q r s t u v w x y z" * 4, "đường 85", "ngõ ngách 1/",
)  # fmt: skip
WRONG_ADDRESSES = (
    "/search", "/search?q=a&x=1", "/search?q=a&limit=0", "/search?q=a&limit=x", "/search?q=a&lang=fr",
    "/reverse?lon=108", "/reverse?lon=x&lat=1", "/reverse?lon=200&lat=1", "/reverse?lon=1&lat=nan",
    "/reverse?lon=1&lat=100", "/search/suggest?q=a&f=json",
)  # fmt: skip


def is_problem(answer: httpx.Response, status: int) -> bool:
    return (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_text_that_is_none_is_refused_with_a_problem(client: TestClient) -> None:
    for query in NO_TEXTS:
        for path in ("/search", "/search/suggest"):
            assert is_problem(client.get(path, params={"q": query}), 400), query


def test_whatever_is_typed_gets_an_honest_answer(client: TestClient) -> None:
    for query in ODD_TEXTS:
        answer = client.get("/search", params={"q": query})
        assert answer.status_code == 200, (query, answer.text)
        assert answer.json()["features"] or answer.json()["message"], query


def test_whatever_is_typed_gets_suggestions_or_none(client: TestClient) -> None:
    for query in ODD_TEXTS[:25]:
        assert client.get("/search/suggest", params={"q": query}).status_code == 200, query


def test_wrong_parameters_are_named(client: TestClient) -> None:
    for address in WRONG_ADDRESSES:
        assert is_problem(client.get(address), 400), address


def test_reverse_says_that_a_place_is_outside_the_city(client: TestClient) -> None:
    answer = client.get("/reverse", params={"lon": 100, "lat": 10}).json()
    assert (answer["inside"], answer["features"]) == (False, [])
    assert answer["message"]


def test_reverse_finds_the_parcel_at_a_place(client: TestClient, small_city: Engines) -> None:
    with small_city.owner.connect() as connection:
        centre = "select st_transform(st_centroid(geom), 4326) as p from city.land_parcels where parcel_no = '3'"
        lon, lat = connection.execute(sa.text(f"select st_x(p), st_y(p) from ({centre}) as one")).one()
    found = client.get("/reverse", params={"lon": lon, "lat": lat}).json()
    parcels = [
        one["properties"]["parcels"] for one in found["features"] if one["properties"]["match_level"] == "parcel"
    ]
    assert [one["parcel_no"] for (one,) in parcels] == ["3"] or not found["inside"]


def test_suggestions_faster_than_anybody_types_are_refused(client: TestClient) -> None:
    statuses = [client.get("/search/suggest", params={"q": "ph"}) for _ in range(4 * SUGGESTIONS_PER_SECOND)]
    refused = [one for one in statuses if one.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1


def test_a_table_comes_back_with_what_was_found(client: TestClient) -> None:
    table = "id,address\n1,85 Phan Đình Phùng\n2,\n3,999 Phan Đình Phùng\n"
    answer = client.post("/search/batch", content=table.encode(), headers={"content-type": "text/csv"})
    assert answer.status_code == 200, answer.text
    lines = answer.text.splitlines()
    assert lines[0].startswith("id,address,match_level")
    assert [line.split(",")[2] for line in lines[1:]] == ["house", "", "street"]


def test_a_table_that_is_none_or_too_long_is_refused(client: TestClient) -> None:
    long = b"address\n" + b"x\n" * (BATCH_ROWS + 1)
    for content, status in ((b"", 400), (b"\xff\xfe\x00", 400), (b"a,b\n1,2,3\n", 400), (long, 413)):
        assert is_problem(client.post("/search/batch", content=content), status), content[:20]


def test_what_is_searched_for_is_not_logged(client: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/search", params={"q": "85 Phan Đình Phùng của bà Nguyễn"})
    client.get("/search", params={"q": "bà Nguyễn" * 100})
    out, err = capfd.readouterr()
    assert "Nguy" not in out + err
