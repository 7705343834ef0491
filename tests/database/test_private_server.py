"""The private cluster: made, shared, stopped and found again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from gis_core import postgres
from gis_core.errors import Unavailable
from gis_core.settings import Settings


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="langbiang-"))
    yield folder
    postgres.stop(folder)
    shutil.rmtree(folder)


def _wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _answer(url: sa.URL, question: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return connection.scalar(sa.text(question))


def test_many_starts_at_once_make_one_cluster_and_give_one_address(data: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        addresses = set(pool.map(lambda _: postgres.start(data, for_tests=True), range(4)))
    assert len(addresses) == 1
    assert _answer(addresses.pop(), "select current_database()") == "langbiang"


def test_a_second_start_finds_the_data_of_the_first(data: Path) -> None:
    url = postgres.start(data, for_tests=True)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table kept as select 'Đà Lạt'::text as name")
    postgres.stop(data)
    assert postgres.status(data).pid is None
    assert _answer(postgres.start(data, for_tests=True), "select name from kept") == "Đà Lạt"


def test_the_server_has_no_network_port_and_wants_a_password(server: sa.URL) -> None:
    assert _answer(server, "show listen_addresses") == ""
    assert _answer(server, "show jit") == "off"
    assert _answer(server, "show server_encoding") == "UTF8"
    assert _answer(server, "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'") == 0
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=server.query["host"], port=5432, user="langbiang", password="wrong", dbname="postgres")


def test_nobody_else_may_read_cluster_socket_or_secrets(server: sa.URL, data_folder: Path) -> None:
    for name in ("postgres", "run", "secrets"):
        assert (data_folder / name).stat().st_mode & 0o077 == 0, name
    assert (data_folder / "secrets" / "owner").stat().st_mode & 0o077 == 0


def test_the_last_process_to_leave_stops_the_server(data: Path) -> None:
    with postgres.running(data):
        with postgres.running(data) as url:
            assert _answer(url, "select 1") == 1
        assert postgres.status(data).pid is not None
    assert postgres.status(data).pid is None


def test_a_killed_user_leaves_no_server_behind_and_the_next_start_recovers(data: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from gis_core import postgres\n"
        "with postgres.running(Path(sys.argv[1])): print('running', flush=True); time.sleep(600)"
    )
    user = subprocess.Popen([sys.executable, "-c", script, str(data)], stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    assert user.stdout.readline() == "running\n"
    user.kill()
    user.communicate()
    _wait_until(lambda: postgres.status(data).pid is None)
    with postgres.running(data) as url:
        assert _answer(url, "select 1") == 1


def test_a_crashed_server_is_started_again(data: Path) -> None:
    url = postgres.start(data, for_tests=True)
    pid = postgres.status(data).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    _wait_until(lambda: postgres.status(data).pid is None)
    assert (data / "postgres" / "postmaster.pid").exists()
    assert postgres.start(data, for_tests=True) == url
    assert _answer(url, "select 1") == 1


def test_a_stranger_with_the_number_of_a_crashed_server_does_not_stop_the_start(data: Path) -> None:
    url = postgres.start(data, for_tests=True)
    postgres.stop(data)
    pid_file = data / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{data}/postgres\n")
    shutil.chown(pid_file, (data / "postgres").owner())
    assert postgres.start(data, for_tests=True) == url


def test_a_broken_off_first_start_is_made_good_by_the_next(data: Path) -> None:
    (data / "postgres.new").mkdir()
    (data / "postgres.new" / "PG_VERSION").write_text("15\n")
    assert _answer(postgres.start(data, for_tests=True), "select 1") == 1
    assert not (data / "postgres.new").exists()


def test_a_long_folder_name_gets_a_private_socket_folder_elsewhere(data: Path) -> None:
    folder = data / ("thư-mục-rất-dài-" * 6)
    data.chmod(0o711)
    url = postgres.start(folder, for_tests=True)
    sockets = Path(str(url.query["host"]))
    try:
        assert _answer(url, "select 1") == 1
        assert sockets.parent == Path("/tmp")
        assert sockets.stat().st_mode & 0o077 == 0
    finally:
        postgres.stop(folder)
        sockets.rmdir()


def test_a_server_that_cannot_start_says_why_in_one_sentence(data: Path) -> None:
    postgres.start(data, for_tests=True)
    postgres.stop(data)
    with (data / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = 'much'\n")
    with pytest.raises(Unavailable, match=r"does not start: FATAL:.*contains errors") as refusal:
        postgres.start(data, for_tests=True)
    assert "\n" not in str(refusal.value)


def test_a_cluster_of_another_postgresql_is_refused(data: Path) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(Unavailable, match="made by PostgreSQL 9"):
        postgres.start(data)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be made: Not a directory"):
        postgres.start(tmp_path / "file" / "data")


def test_databases_with_odd_names_are_made_copied_renamed_and_dropped(server: sa.URL) -> None:
    first = postgres.create_database(server, 'một"hai')
    engine = sa.create_engine(first, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table t as select 7 as n")
    copy = postgres.create_database(server, "bản sao", template='một"hai')
    assert _answer(copy, "select n from t") == 7
    postgres.rename_database(server, "bản sao", "khác")
    assert _answer(server.set(database="khác"), "select n from t") == 7
    for name in ('một"hai', "khác", "khác"):
        postgres.drop_database(server, name)
    names = "select count(*) from pg_database where datname in ('một\"hai', 'khác', 'bản sao')"
    assert _answer(server, names) == 0


def test_a_given_database_address_is_used_and_nothing_private_is_started(server: sa.URL, data: Path) -> None:
    settings = Settings(data=data, database_url=server.render_as_string(hide_password=False))  # type: ignore[arg-type]
    with postgres.owner(settings) as url:
        assert _answer(url, "select current_database()") == "langbiang"
    assert not (data / "postgres").exists()
