"""Desktop programs and other systems: application passwords, tokens, and what forged ones get."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.accounts import Account, find_account
from gis_core.credentials import add_credential
from gis_core.db import Engines
from gis_core.settings import Settings

HOUSEHOLDS = "/ogc/collections/business_households/items"


@pytest.fixture(scope="module")
def app(canary_city: Engines, data_folder: Path, demo_password: str) -> Iterator[FastAPI]:
    """A running application on the city of canaries."""
    url = canary_city.owner.url.render_as_string(hide_password=False)
    made = create_app(Settings(DATABASE_URL=url, data=data_folder))
    with TestClient(made):
        yield made


@pytest.fixture(scope="module")
def officer(canary_city: Engines, demo_password: str) -> Account:
    with canary_city.owner.begin() as connection:
        return find_account(connection, "officer")


def client(app: FastAPI, authorization: str) -> TestClient:
    return TestClient(app, headers={"Authorization": authorization})


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def test_an_application_password_opens_the_own_ward(app: FastAPI, canary_city: Engines, officer: Account) -> None:
    with canary_city.accounts.begin() as connection:
        secret = add_credential(connection, officer, "application_password", "QGIS")
    found = client(app, basic("officer", secret)).get(HOUSEHOLDS)
    assert {one["properties"]["ward_code"] for one in found.json()["features"]} == set(officer.wards)
    assert found.json()["features"][0]["properties"]["phone"]
    assert "private" in found.headers["cache-control"]
    assert {"cookie", "authorization"} <= {one.strip().lower() for one in found.headers["vary"].split(",")}


def test_the_password_of_the_account_is_no_application_password(app: FastAPI, demo_password: str) -> None:
    assert client(app, basic("officer", demo_password)).get("/whoami").status_code == 401


def test_a_refused_credential_says_how_to_show_one(app: FastAPI) -> None:
    refused = client(app, basic("officer", "x")).get("/ogc/collections")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="Langbiang", charset="UTF-8"'
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "Bearer", "Bearer lbt_x", "Digest a=b",
     "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", "Bearer lba_xxxx", "Negotiate x", "basic Og=="],
)  # fmt: skip
def test_forged_credentials_are_refused(app: FastAPI, authorization: str) -> None:
    assert client(app, authorization).get("/whoami").status_code == 401


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_no_text_opens_anything(app: FastAPI, text: str) -> None:
    for scheme in ("Bearer", "Basic", text):
        assert client(app, f"{scheme} {text}").get("/whoami").status_code == 401


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';",\\'), min_size=1, max_size=80))
@settings(max_examples=40, deadline=None)
def test_no_invented_cookie_is_a_session(app: FastAPI, text: str) -> None:
    answer = TestClient(app, headers={"Cookie": f"langbiang={text}"}).get("/whoami")
    assert answer.json()["role"] == "citizen"


def test_a_credential_for_reading_cannot_change_anything(app: FastAPI, canary_city: Engines, officer: Account) -> None:
    with canary_city.accounts.begin() as connection:
        reading = add_credential(connection, officer, "token", "reader")
        writing = add_credential(connection, officer, "token", "writer", "write")
    assert client(app, f"Bearer {reading}").get("/whoami").status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = client(app, f"Bearer {reading}").request(method, HOUSEHOLDS)
        assert refused.status_code == 403
        assert "scope write" in refused.json()["detail"]
    # What may write passes on to the path, which has its own rules; another site's page may not send it along.
    assert client(app, f"Bearer {writing}").post("/nowhere").status_code == 404


def test_a_browser_cannot_be_made_to_send_an_application_password_from_elsewhere(
    app: FastAPI, canary_city: Engines, officer: Account
) -> None:
    with canary_city.accounts.begin() as connection:
        secret = add_credential(connection, officer, "application_password", "QGIS", "write")
    browser = client(app, basic("officer", secret))
    assert browser.post("/nowhere", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post("/nowhere").status_code == 404
