"""What can be told of PostgreSQL, PostGIS, disk and addresses without a running server."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gis_core import postgres, postgres_programs
from gis_core.errors import BadRequest, Unavailable
from gis_core.settings import Settings, read_settings


def test_the_newest_postgresql_of_this_machine_is_found() -> None:
    programs = postgres_programs.binaries()
    assert (programs / "initdb").exists()
    assert postgres_programs.binaries(int(programs.parent.name)) == programs


def test_a_cluster_of_a_postgresql_that_is_gone_is_named_with_the_way_out() -> None:
    with pytest.raises(Unavailable, match=r"made by PostgreSQL 9; installed is \d+.*langbiang backup"):
        postgres_programs.binaries(9)


def test_the_postgis_of_this_machine_is_recent_enough() -> None:
    programs = postgres_programs.binaries()
    postgres_programs.check_postgis(programs)
    version = postgres_programs.postgis_version(programs)
    assert version is not None
    assert postgres_programs.recent_enough(version)


def _with_sharedir(folder: Path, share: Path) -> Path:
    """A folder with a `pg_config` that answers as that of an installation with `share` does."""
    program = folder / "17" / "bin" / "pg_config"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{share}'\n")
    program.chmod(0o755)
    return program.parent


def test_an_old_postgis_is_refused_with_its_version(tmp_path: Path) -> None:
    control = tmp_path / "share" / "extension" / "postgis.control"
    control.parent.mkdir(parents=True)
    control.write_text("comment = 'PostGIS'\ndefault_version = '3.2.6'\n")
    with pytest.raises(Unavailable, match=r"PostGIS 3\.2\.6 is too old: 3\.3 or newer"):
        postgres_programs.check_postgis(_with_sharedir(tmp_path, tmp_path / "share"))


def test_a_missing_postgis_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="postgresql-17-postgis-3"):
        postgres_programs.check_postgis(_with_sharedir(tmp_path, tmp_path))


@given(st.integers(0, 9), st.integers(0, 30), st.sampled_from(["", ".1", ".0dev", "beta1", " next"]))
def test_postgis_versions_compare_by_number_not_by_text(first: int, second: int, rest: str) -> None:
    assert postgres_programs.recent_enough(f"{first}.{second}{rest}") == ((first, second) >= (3, 3))


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    postgres.check_disk(tmp_path, at_least=1)
    with pytest.raises(Unavailable, match=r"is full: .* GiB are free, 931322574\.6 GiB are needed\. Free some space"):
        postgres.check_disk(tmp_path, at_least=10**18)


def test_the_status_of_a_folder_that_does_not_exist_is_nothing_running(tmp_path: Path) -> None:
    found = postgres.status(tmp_path / "none")
    assert (found.exists, found.pid, found.major) == (False, None, None)
    postgres.stop(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "text", ["postgres://a:b@host/d", "postgresql://a:b@host/d", "postgresql+psycopg://a:b@host/d"]
)
def test_every_usual_form_of_a_database_address_is_understood(text: str) -> None:
    url = postgres_programs.server_address(text)
    assert (url.drivername, url.username, url.host, url.database) == ("postgresql+psycopg2", "a", "host", "d")


@pytest.mark.parametrize("text", ["", "nonsense", "mysql://a:b@host/d", "postgresql://a:b@host"])
def test_an_address_that_is_none_of_postgresql_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(BadRequest, match="postgresql://user:password@host:port/database"):
        postgres_programs.server_address(text)


def test_an_unreachable_database_server_is_one_sentence_without_the_password() -> None:
    url = sa.make_url("postgresql+psycopg2://someone:hidden-word@127.0.0.1:9/city")
    with pytest.raises(Unavailable, match=r"does not let us in: .*refused") as refusal:
        postgres_programs.check_server(url)
    assert "hidden-word" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "abc")
    with pytest.raises(BadRequest, match=r"PORT: .* \(got 'abc'\)"):
        read_settings()


def test_what_the_command_line_chooses_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    assert read_settings(port=9002, data=None).port == 9002
    assert read_settings(port=None).port == 9001


def test_the_address_of_the_server_is_derived_unless_it_is_given() -> None:
    assert Settings(port=8123).root_url == "http://127.0.0.1:8123"
    assert Settings(public_url="https://city.example/").root_url == "https://city.example"
