"""Logging in and out with a browser, and what a session may and may not do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.demo_logins import LOGINS
from gis_core.accounts import add_account, disable, find_account, set_password
from gis_core.db import Engines
from gis_core.errors import Unavailable
from gis_core.passwords import new_secret
from gis_core.settings import Settings

HOUSEHOLDS = "/ogc/collections/business_households/items"


def settings(city: Engines, data: Path, **chosen: object) -> Settings:
    return Settings(DATABASE_URL=city.owner.url.render_as_string(hide_password=False), data=data, **chosen)


@pytest.fixture(scope="module")
def app(canary_city: Engines, data_folder: Path) -> Iterator[FastAPI]:
    """A running application on the city of canaries."""
    made = create_app(settings(canary_city, data_folder))
    with TestClient(made):
        yield made


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    """A browser without cookies."""
    return TestClient(app, follow_redirects=False)


def log_in(browser: TestClient, name: str, password: str, **more: str) -> None:
    answer = browser.post("/login", data={"name": name, "password": password, **more})
    assert answer.status_code == 303, answer.text


def token(browser: TestClient) -> str:
    return str(browser.get("/whoami").json()["csrf_token"])


@pytest.mark.parametrize("name", sorted(LOGINS))
def test_every_demo_login_opens_its_role(browser: TestClient, name: str, demo_password: str) -> None:
    log_in(browser, name, demo_password)
    found = browser.get("/whoami").json()
    assert (found["name"], found["role"]) == (name, LOGINS[name])


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: TestClient, demo_password: str) -> None:
    answer = browser.post("/login", data={"name": "planner", "password": demo_password})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("langbiang=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_behind_tls_the_cookie_is_secure_and_bound_to_the_host(app: FastAPI, demo_password: str) -> None:
    browser = TestClient(app, follow_redirects=False, base_url="https://testserver")
    answer = browser.post("/login", data={"name": "planner", "password": demo_password})
    assert answer.headers["set-cookie"].startswith("__Host-langbiang=")
    assert "Secure" in answer.headers["set-cookie"].split("; ")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert browser.get("/whoami").json()["role"] == "planner"


def test_a_wrong_password_shows_the_form_again_and_tells_nothing_more(browser: TestClient) -> None:
    for name in ("planner", "nobody", "planner' or 1=1 --"):
        answer = browser.post("/login", data={"name": name, "password": "not the password"})
        assert answer.status_code == 401
        assert "Sai tên đăng nhập hoặc mật khẩu" in answer.text
        assert "not the password" not in answer.text
        assert "set-cookie" not in answer.headers


def test_the_form_speaks_vietnamese_first_and_english_when_asked(browser: TestClient) -> None:
    assert '<html lang="vi">' in (first := browser.get("/login").text)
    assert "Đăng nhập" in first
    assert "Log in" in browser.get("/login?lang=en").text
    assert '<html lang="en">' in browser.get("/login").text  # remembered


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_log_in_never_leads_to_another_site(browser: TestClient, path: str, demo_password: str) -> None:
    answer = browser.post("/login", data={"name": "planner", "password": demo_password, "next": path})
    assert answer.headers["location"] == "/"


def test_what_was_typed_cannot_become_markup(browser: TestClient) -> None:
    answer = browser.post("/login", data={"name": '"><script>x</script>', "password": "x", "next": '/"><b>'})
    assert "<script>x" not in answer.text
    assert '"><b>' not in answer.text


def test_a_replayed_cookie_opens_nothing_after_the_log_out(browser: TestClient, demo_password: str) -> None:
    log_in(browser, "officer", demo_password)
    stolen = dict(browser.cookies)
    assert browser.get(HOUSEHOLDS).json()["features"][0]["properties"]["phone"]
    assert browser.post("/logout", data={"csrf_token": token(browser)}).status_code == 303
    thief = TestClient(browser.app, cookies=stolen)
    assert thief.get("/whoami").json()["role"] == "citizen"
    assert "phone" not in thief.get(HOUSEHOLDS).text


def test_logging_out_everywhere_ends_the_other_sessions_too(app: FastAPI, demo_password: str) -> None:
    phone, desk = (TestClient(app, follow_redirects=False) for _ in range(2))
    for browser in (phone, desk):
        log_in(browser, "operator", demo_password)
    phone.post("/logout/everywhere", headers={"X-CSRF-Token": token(phone)})
    assert desk.get("/whoami").json()["role"] == "citizen"


def test_a_disabled_account_loses_its_session_at_once(browser: TestClient, canary_city: Engines) -> None:
    name, password = new_secret("leaver-"), new_secret()
    with canary_city.owner.begin() as connection:
        add_account(connection, name, "planner", (), password)
    log_in(browser, name, password)
    assert browser.get("/whoami").json()["role"] == "planner"
    with canary_city.owner.begin() as connection:
        disable(connection, find_account(connection, name))
    assert browser.get("/whoami").json()["role"] == "citizen"


@pytest.mark.parametrize("sent", [{}, {"csrf_token": ""}, {"csrf_token": "x" * 32}])
def test_a_change_without_the_right_token_is_refused(
    browser: TestClient, demo_password: str, sent: dict[str, str]
) -> None:
    log_in(browser, "planner", demo_password)
    for path in ("/logout", "/logout/everywhere", "/account/credentials"):
        answer = browser.post(path, data={**sent, "kind": "token", "label": "x"})
        assert answer.status_code == 403
        assert "csrf_token" in answer.json()["detail"]
    assert browser.post("/logout", headers={"X-CSRF-Token": "wrong"}).status_code == 403
    assert browser.post("/logout", content=b"\xff" * 10).status_code == 403
    assert browser.get("/whoami").json()["role"] == "planner"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_can_neither_log_in_nor_change(
    browser: TestClient, demo_password: str, site: str
) -> None:
    sent = {"name": "planner", "password": demo_password}
    assert browser.post("/login", data=sent, headers={"Sec-Fetch-Site": site}).status_code == 403
    log_in(browser, "planner", demo_password)
    headers = {"Sec-Fetch-Site": site, "X-CSRF-Token": token(browser)}
    assert browser.post("/logout", headers=headers).status_code == 403


def test_own_credentials_are_made_shown_once_and_revoked(browser: TestClient, demo_password: str) -> None:
    log_in(browser, "planner", demo_password)
    form = {"csrf_token": token(browser), "kind": "token", "label": "Đồng bộ", "scope": "read", "days": "30"}
    made = browser.post("/account/credentials", data=form)
    secret = re.search(r"lbt_[a-z0-9]{33}", made.text)
    assert secret is not None
    program = TestClient(browser.app, headers={"Authorization": f"Bearer {secret.group()}"})
    assert program.get("/whoami").json()["role"] == "planner"
    page = browser.get("/account").text
    assert secret.group() not in page
    assert "Đồng bộ" in page
    number = re.search(r"/account/credentials/(\d+)/revoke", page)
    assert number is not None
    assert browser.post(number.group(), data={"csrf_token": token(browser)}).status_code == 303
    assert program.get("/whoami").status_code == 401


def test_a_wrong_wish_for_a_credential_is_said_on_the_page(browser: TestClient, demo_password: str) -> None:
    log_in(browser, "planner", demo_password)
    form = {"csrf_token": token(browser), "kind": "token", "label": "x", "scope": "everything"}
    assert browser.post("/account/credentials", data=form).status_code == 400


def test_people_without_a_session_are_sent_to_the_form(browser: TestClient) -> None:
    assert browser.get("/account").headers["location"] == "/login?next=/account"
    assert browser.get("/admin/audit").headers["location"] == "/login?next=/admin/audit"


@pytest.mark.parametrize("name", sorted(set(LOGINS) - {"admin"}))
def test_nobody_but_the_administrator_finds_the_audit(browser: TestClient, name: str, demo_password: str) -> None:
    log_in(browser, name, demo_password)
    assert browser.get("/admin/audit").status_code == 404


def test_the_audit_tells_who_read_which_personal_fields_from_where(app: FastAPI, demo_password: str) -> None:
    officer, admin = (TestClient(app, follow_redirects=False, client=(host, 1)) for host in ("192.0.2.7", "192.0.2.8"))
    log_in(officer, "officer", demo_password)
    assert officer.get(HOUSEHOLDS, params={"properties": "owner_name"}).status_code == 200
    log_in(admin, "admin", demo_password)
    page = admin.get("/admin/audit", params={"subject": "officer", "action": "read", "lang": "en"}).text
    row = page.split("<tr>")[2]
    for expected in (
        "officer",
        "Tax officer",
        "Read",
        "Business households",
        "owner_name",
        "192.0.2.7",
        f"GET {HOUSEHOLDS}",
    ):
        assert expected in row
    assert "business_name" not in row
    assert "192.0.2.8" not in page


def test_the_audit_pages_backwards_through_everything(app: FastAPI, demo_password: str) -> None:
    admin = TestClient(app)
    log_in(TestClient(app, follow_redirects=False), "planner", demo_password)
    admin.post("/login", data={"name": "admin", "password": demo_password})
    first = admin.get("/admin/audit").text
    older = re.search(r'rel="next" href="(\?[^"]+)"', first)
    assert older is not None
    assert first.count("<tr>") == 101
    assert admin.get("/admin/audit" + older.group(1).replace("&amp;", "&")).text != first


def test_a_production_server_refuses_to_start_with_a_demo_password(
    canary_city: Engines, data_folder: Path, demo_password: str
) -> None:
    app = create_app(settings(canary_city, data_folder, environment="production"))
    with pytest.raises(Unavailable, match="admin, inspector, officer, operator, planner"), TestClient(app):
        pass


def test_a_production_server_starts_after_the_demo_passwords_were_changed(
    city: Engines, data_folder: Path, canary_city: Engines
) -> None:
    with city.owner.begin() as connection:
        made = add_account(connection, "planner", "planner", (), new_secret(), demo=True)
    app = create_app(settings(city, data_folder, environment="production"))
    with pytest.raises(Unavailable, match="langbiang user password"), TestClient(app):
        pass
    with city.owner.begin() as connection:
        set_password(connection, made, new_secret())
    with TestClient(create_app(settings(city, data_folder, environment="production"))) as browser:
        assert browser.get("/healthz").status_code == 200


def test_no_password_is_in_the_database_as_it_was_typed(
    canary_city: Engines, demo_password: str, browser: TestClient
) -> None:
    log_in(browser, "planner", demo_password)
    with canary_city.owner.connect() as connection:
        for table in ("account", "session", "credential", "login_failure", "audit"):
            rows = connection.scalars(sa.text(f"select one::text from platform.{table} as one")).all()
            assert not [row for row in rows if demo_password in row]


def test_a_server_known_by_an_https_address_sets_secure_cookies_behind_any_proxy(
    canary_city: Engines, data_folder: Path, demo_password: str
) -> None:
    made = create_app(settings(canary_city, data_folder, public_url="https://city.example"))
    with TestClient(made, follow_redirects=False) as browser:
        answer = browser.post("/login", data={"name": "planner", "password": demo_password})
        assert answer.headers["set-cookie"].startswith("__Host-langbiang=")
        assert "Secure" in answer.headers["set-cookie"].split("; ")


def test_a_refused_log_in_is_logged_without_what_was_typed(
    browser: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.post("/login", data={"name": "tên bí mật", "password": "mật khẩu bí mật"})
    TestClient(browser.app, headers={"Authorization": "Bearer lbt_secret"}).get("/whoami")
    logged = capsys.readouterr().out
    assert "login refused" in logged
    assert "NotAuthenticated" in logged
    assert "bí mật" not in logged
    assert "lbt_secret" not in logged


def test_a_stranger_without_credentials_may_ask_from_any_page(browser: TestClient) -> None:
    assert browser.post("/nowhere", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 404


def test_people_change_their_own_password_and_their_other_sessions_end(app: FastAPI, canary_city: Engines) -> None:
    name, old, new = new_secret("mover-"), new_secret(), "Cầu Ông Đạo 2026"
    with canary_city.owner.begin() as connection:
        add_account(connection, name, "planner", (), old)
    desk, phone = (TestClient(app, follow_redirects=False) for _ in range(2))
    for browser in (desk, phone):
        log_in(browser, name, old)
    form = {"csrf_token": token(desk), "password": old, "new_password": new}
    assert desk.post("/account/password", data={**form, "password": "wrong"}).status_code == 401
    assert desk.post("/account/password", data={**form, "new_password": "short"}).status_code == 400
    assert desk.post("/account/password", data=form).status_code == 303
    assert desk.get("/whoami").json()["role"] == "planner"
    assert phone.get("/whoami").json()["role"] == "citizen"
    log_in(phone, name, new)
    stranger = TestClient(app)
    assert stranger.post("/login", data={"name": name, "password": old}).status_code == 401
