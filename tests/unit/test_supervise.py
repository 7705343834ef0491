"""Real processes started, watched, restarted and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.supervise import Children, Program, check_alone, end_supervisor, interruptible, only_one, supervisor
from gis_core.errors import Conflict, Unavailable


def _wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    """Whether process `pid` runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _python(name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-c", code))


def _numbers(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def test_a_program_that_dies_is_started_again(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import os, time; open({str(started)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(600)"
    with Children(tmp_path / "logs") as children:
        children.start(_python("sleeper", code))
        _wait_until(lambda: len(_numbers(started)) == 1)
        os.kill(_numbers(started)[0], signal.SIGKILL)
        _wait_until(lambda: (children.check(), len(_numbers(started)))[1] == 2)
    assert not any(_alive(pid) for pid in _numbers(started))


def test_a_program_that_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    with Children(tmp_path / "logs") as children:
        children.start(_python("dying", "raise SystemExit('the sea is too rough')"))
        with pytest.raises(
            Unavailable,
            match=r"dying process ended 5 times in a row, last .*: the sea is too rough — .*dying\.log",
        ):
            children.watch()


def test_a_program_that_dies_while_the_platform_starts_is_not_tried_again(tmp_path: Path) -> None:
    with Children(tmp_path / "logs") as children:
        children.start(_python("broken", "raise SystemExit('no sails')"))
        with pytest.raises(Unavailable, match=r"broken process ended with code 1\. .*: no sails"):
            _wait_until(lambda: children.check(enough=1) is not None)


def test_a_program_deaf_to_the_request_is_killed_with_its_own_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.supervise.STOP_SECONDS", 0.5)
    started = tmp_path / "started"
    code = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '600'], preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))\n"
        f"open({str(started)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}'); time.sleep(600)"
    )
    with Children(tmp_path / "logs") as children:
        children.start(_python("deaf", code))
        _wait_until(lambda: len(_numbers(started)) == 2)
    _wait_until(lambda: not any(_alive(pid) for pid in _numbers(started)))


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = (
        "import sys, time; from pathlib import Path; from api.supervise import Children, Program\n"
        f"children = Children(Path({str(tmp_path / 'logs')!r}))\n"
        f"children.start(Program('one', ('sh', '-c', 'echo $$ > {started}; exec sleep 600')))\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    _wait_until(lambda: len(_numbers(started)) == 1)
    parent.kill()
    parent.wait()
    _wait_until(lambda: not _alive(_numbers(started)[0]))


def test_only_one_supervisor_has_a_folder_and_the_second_is_told_of_the_first(tmp_path: Path) -> None:
    assert supervisor(tmp_path) is None
    with only_one(tmp_path, "http://127.0.0.1:8000"):
        assert supervisor(tmp_path) == os.getpid()
        with pytest.raises(Conflict, match=f"already running on .* at http://127.0.0.1:8000 .process {os.getpid()}"):
            check_alone(tmp_path)
        with pytest.raises(Conflict, match="already running"), only_one(tmp_path, "http://127.0.0.1:8001"):
            pass
    assert supervisor(tmp_path) is None
    check_alone(tmp_path)


def test_a_supervisor_is_asked_to_end_and_waited_for(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from api.supervise import interruptible, only_one\n"
        "with interruptible(), only_one(Path(sys.argv[1]), 'here'):\n"
        "    try: print('up', flush=True); time.sleep(600)\n"
        "    except KeyboardInterrupt: time.sleep(0.3); print('tidied', flush=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert end_supervisor(tmp_path, 20)
    assert not _alive(process.pid)
    assert process.communicate()[0] == "tidied\n"
    assert not end_supervisor(tmp_path, 20)


def test_further_signals_do_not_break_off_the_tidying_up() -> None:
    tidied = False
    with interruptible():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            tidied = True
    assert tidied
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
