"""The `langbiang` command as a person uses it: real processes, a real private cluster, a small city."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.supervise import supervisor
from api.up import check_port
from gis_core import postgres
from gis_core.settings import Settings

COMMAND = Path(sys.executable).parent / "langbiang"
SECONDS = 120
MANIFEST = """
title = { vi = "Thành phố nhỏ", en = "Small city" }
centre = [108.44, 11.94]
attribution = { vi = "dữ liệu thử", en = "test data" }

[[load]]
layer = "house_numbers"
file = "house_numbers.geojson"
source = "test"
"""


def _langbiang(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=SECONDS, env={**os.environ, **environment}
    )


def _refusal(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one sentence of a refused command."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def _wait_until(true: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _processes_of(data: Path) -> list[str]:
    """The command lines of the processes that know folder `data` by argument, environment or working folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if os.fsencode(data) in known and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [one for one in found if one]


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    (folder / "city.toml").write_text(MANIFEST)
    plate = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [108.4419, 11.9404]},
        "properties": {"house_number": "12", "street_name": "Phan Đình Phùng", "status": "hien_hanh"},
    }
    collection = {"type": "FeatureCollection", "features": [plate]}
    (folder / "house_numbers.geojson").write_text(json.dumps(collection, ensure_ascii=False))
    return folder


@pytest.fixture(scope="module")
def data(small_city: Path) -> Iterator[Path]:
    """A data folder whose private database holds the small city; nothing runs."""
    folder = Path(tempfile.mkdtemp(prefix="langbiang-"))
    done = _langbiang("migrate", "--data", folder, "--city", small_city)
    assert done.returncode == 0, done.stderr
    yield folder
    _langbiang("down", "--data", folder)
    shutil.rmtree(folder)


@contextlib.contextmanager
def _started(data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process of `langbiang up`, which does not outlive the block."""
    process = subprocess.Popen([COMMAND, "up", "--data", data, "--port", str(port)])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(SECONDS)


def _streets(data: Path) -> list[str]:
    with postgres.running(data) as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return list(connection.scalars(sa.text("select street_name from city.house_numbers")))


def test_a_busy_port_is_named_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        sentence = _refusal(_langbiang("up", "--port", port, "--data", tmp_path / "data"), 3)
    assert sentence.startswith(f"Port {port} is taken by another program. Choose another one: PORT=8080 with make")
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_city_that_does_not_exist_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    sentence = _refusal(_langbiang("up", "--city", "../nowhere", "--data", tmp_path / "data"), 2)
    assert "There is no city folder '../nowhere'" in sentence
    assert not (tmp_path / "data").exists()


def test_a_wrong_setting_is_one_sentence() -> None:
    assert "PORT: Input should be a valid integer" in _refusal(_langbiang("down", PORT="many"), 2)


def test_an_unreachable_database_server_is_one_sentence() -> None:
    address = "postgresql://someone:hidden-word@127.0.0.1:9/city"
    sentence = _refusal(_langbiang("migrate", DATABASE_URL=address), 3)
    assert "does not let us in" in sentence
    assert "hidden-word" not in sentence


@pytest.mark.parametrize("arguments", [["nonsense"], ["up", "--port", "0x50"], ["backup"]])
def test_a_command_that_cannot_be_understood_exits_with_2(arguments: list[str]) -> None:
    done = _langbiang(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_down_where_nothing_runs_says_so_and_makes_nothing(tmp_path: Path) -> None:
    done = _langbiang("down", "--data", tmp_path / "none")
    assert (done.returncode, "was not running" in done.stdout) == (0, True)
    assert not (tmp_path / "none").exists()


def test_check_tells_what_is_installed_running_and_wrong(data: Path, tmp_path: Path) -> None:
    wrong = _langbiang("check", "--data", data, "--port", _free_port(), DATABASE_URL="mysql://nobody@nowhere/none")
    assert wrong.returncode == 1
    assert "✗ │ Cơ sở dữ liệu" in wrong.stdout
    right = _langbiang("check", "--data", data, "--port", _free_port())
    assert "✓ │ PostGIS" in right.stdout
    assert "not running; 'langbiang up' starts it" in right.stdout


def test_the_platform_starts_serves_refuses_a_second_start_and_stops_without_a_trace(data: Path) -> None:
    port = _free_port()
    up = ("up", "--data", data, "--port", port)
    started = _langbiang(*up, "--detach")
    assert started.returncode == 0, started.stderr
    assert f"http://127.0.0.1:{port}" in started.stdout
    assert _answers(port)
    assert f"already running on {data} at http://127.0.0.1:{port}" in _refusal(_langbiang(*up), 1)
    assert "at the newest revision" in _langbiang("check", "--data", data, "--port", port).stdout
    assert _langbiang("down", "--data", data).returncode == 0
    assert _processes_of(data) == []
    assert _streets(data) == ["Phan Đình Phùng"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_it_starts_leaves_no_process_and_no_damage(data: Path, number: signal.Signals) -> None:
    with _started(data, _free_port()) as process:
        _wait_until(lambda: supervisor(data) == process.pid)
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
    assert _processes_of(data) == []
    assert _streets(data) == ["Phan Đình Phùng"]


def test_a_killed_platform_leaves_no_process_and_the_next_start_recovers(data: Path) -> None:
    port = _free_port()
    with _started(data, port) as process:
        _wait_until(lambda: _answers(port))
        process.kill()
    _wait_until(lambda: not _processes_of(data))
    check_port(Settings(port=port))
    assert _langbiang("up", "--data", data, "--port", port, "--detach").returncode == 0
    assert _answers(port)
    assert _langbiang("down", "--data", data).returncode == 0


def test_a_backup_brings_a_changed_database_back(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    assert _langbiang("backup", file, "--data", data).returncode == 0
    assert file.stat().st_mode & 0o077 == 0
    assert "exists already" in _refusal(_langbiang("backup", file, "--data", data), 1)
    with postgres.running(data) as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("delete from city.house_numbers")
    assert "--replace gives them up" in _refusal(_langbiang("restore", file, "--data", data), 1)
    assert _streets(data) == []
    done = _langbiang("restore", file, "--data", data, "--replace")
    assert done.returncode == 0, done.stderr
    assert _streets(data) == ["Phan Đình Phùng"]


def test_a_file_that_is_no_backup_is_refused_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.txt"
    file.write_text("một tệp khác")
    assert "is not a backup" in _refusal(_langbiang("restore", file, "--data", data, "--replace"), 2)
    cut = tmp_path / "cut.backup"
    assert _langbiang("backup", cut, "--data", data).returncode == 0
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    assert "pg_restore failed" in _refusal(_langbiang("restore", cut, "--data", data, "--replace"), 2)
    assert "cannot be read: No such file" in _refusal(_langbiang("restore", tmp_path / "none", "--data", data), 2)
    assert _streets(data) == ["Phan Đình Phùng"]
