"""`langbiang user`: what an administrator does on the machine itself."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from api.demo_logins import make_demo_logins
from api.user_commands import commands
from gis_core.accounts import log_in
from gis_core.credentials import open_with
from gis_core.db import Engines
from gis_core.errors import BadRequest, NotAuthenticated, NotFound
from gis_core.testing import add, square
from layers import CATALOG


@pytest.fixture
def registry(city: Engines, database: sa.URL, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Engines:
    """The engines on a database with one ward, to which the commands go."""
    monkeypatch.setenv("DATABASE_URL", database.render_as_string(hide_password=False))
    monkeypatch.setenv("LANGBIANG_DATA", str(data_folder))
    with city.owner.begin() as connection:
        add(connection, CATALOG["wards"], square(), code="24778", name="Lâm Viên", valid_from="2025-07-01")
    return city


def run(*words: str, **more: str) -> Result:
    done = CliRunner().invoke(commands, [*words], **more)  # type: ignore[arg-type]
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def password_in(output: str) -> str:
    found = re.search(r"password: (\S+)", output)
    assert found is not None
    return found.group(1)


def test_an_account_is_made_shown_closed_and_opened_again(registry: Engines) -> None:
    password = password_in(run("add", "lan", "--role", "tax_officer", "--ward", "24778").stdout)
    assert log_in(registry.accounts, "lan", password, "192.0.2.1").wards == ("24778",)
    assert "24778" in run("list").stdout
    assert password not in run("list").stdout
    run("disable", "lan")
    with pytest.raises(NotAuthenticated):
        log_in(registry.accounts, "lan", password, "192.0.2.1")
    again = password_in(run("password", "lan").stdout)
    assert again != password
    assert log_in(registry.accounts, "lan", again, "192.0.2.1").name == "lan"


def test_a_chosen_password_is_asked_for_and_not_printed(registry: Engines) -> None:
    chosen = "Hồ Xuân Hương 1984"
    done = run("add", "minh", "--role", "planner", "--ask", input=f"{chosen}\n{chosen}\n")
    assert chosen not in done.stdout
    assert log_in(registry.accounts, "minh", chosen, "192.0.2.1").role == "planner"


def test_a_token_and_an_application_password_are_printed_once(registry: Engines) -> None:
    run("add", "sync", "--role", "operator")
    token = run("token", "sync", "--label", "nightly", "--scope", "write", "--days", "30").stdout.strip()
    basic = run("token", "sync", "--label", "QGIS", "--basic").stdout.strip()
    with registry.accounts.begin() as connection:
        opened = open_with(connection, "token", token)
        assert opened is not None
        assert opened.scope == "write"
        assert open_with(connection, "application_password", basic, "sync") is not None


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("add", "x", "--role", "king"), BadRequest, "roles are administrator"),
        (("add", "x", "--role", "tax_officer"), BadRequest, "--ward"),
        (("add", "x", "--role", "tax_officer", "--ward", "00000"), BadRequest, "00000"),
        (("add", "Ông X", "--role", "planner"), BadRequest, "no account name"),
        (("disable", "nobody"), NotFound, "langbiang user list"),
        (("password", "nobody"), NotFound, "nobody"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    registry: Engines, words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        run(*words)
    assert "x" not in [row.split()[0] for row in run("list").stdout.splitlines() if row.strip()]


def test_demo_logins_are_made_once_and_kept_where_only_the_owner_reads_them(registry: Engines, tmp_path: Path) -> None:
    file = make_demo_logins(registry.owner, tmp_path)
    made = file.read_text("utf-8")
    assert make_demo_logins(registry.owner, tmp_path).read_text("utf-8") == made
    assert file.stat().st_mode & 0o077 == 0
    for line in made.splitlines():
        name, _, password = line.partition(": ")
        assert log_in(registry.accounts, name, password, "192.0.2.1").demo


def test_demo_logins_that_were_taken_over_or_disabled_stay_so(registry: Engines, tmp_path: Path) -> None:
    file = make_demo_logins(registry.owner, tmp_path)
    changed = password_in(run("password", "planner").stdout)
    run("disable", "admin")
    file.unlink()
    names = [line.partition(": ")[0] for line in make_demo_logins(registry.owner, tmp_path).read_text().splitlines()]
    assert names == ["officer", "inspector", "operator"]
    assert log_in(registry.accounts, "planner", changed, "192.0.2.1").demo is False
