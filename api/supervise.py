"""The processes of one installation: started together, watched, stopped together, none left behind."""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from gis_core.errors import Conflict, Unavailable

STOP_SECONDS = 10.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DEATHS_IN_A_ROW = 5
_CALM_SECONDS = 60.0
_LOG_BYTES = 10 << 20


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running: the name people read, its command and variables added to the environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turns the first signal that asks to end into `KeyboardInterrupt` and ignores further ones: tidying up goes on."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for one in _ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {one: signal.getsignal(one) for one in _ENDING}
    for one in _ENDING:
        # nohup ignores SIGHUP and means it; shells ignore SIGINT in background jobs without meaning it.
        if not (one is signal.SIGHUP and before[one] is signal.SIG_IGN):
            signal.signal(one, interrupt)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def only_one(data: Path, url: str) -> Iterator[None]:
    """Holds the place of the one supervisor of folder `data`; the system frees it however this process ends.

    Raises `Conflict` where another process holds it.
    """
    with (data / "supervisor").open("a+") as place:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            check_alone(data)
            raise
        place.truncate(0)
        place.write(json.dumps({"pid": os.getpid(), "url": url}))
        place.flush()
        yield


def check_alone(data: Path) -> None:
    """Raises `Conflict` where a supervisor runs on folder `data`."""
    if (found := _holder(data)) is not None:
        raise Conflict(
            f"Langbiang is already running on {data} at {found['url']} (process {found['pid']}). "
            "'langbiang down' stops it."
        )


def supervisor(data: Path) -> int | None:
    """The process number of the supervisor of folder `data`, None where none runs."""
    found = _holder(data)
    return None if found is None else int(found["pid"])


def end_supervisor(data: Path, seconds: float) -> bool:
    """Whether a supervisor of folder `data` ran; it has ended. Raises `Unavailable` where it does not in `seconds`."""
    pid = supervisor(data)
    if pid is None:
        return False
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        if not select.select([process], [], [], seconds)[0]:
            raise Unavailable(f"Process {pid} of {data} does not end within {seconds:.0f} s.")
    except PermissionError:
        raise Unavailable(f"Process {pid} of {data} belongs to another user, who has to stop it.") from None
    finally:
        os.close(process)
    return True


def _holder(data: Path) -> dict[str, Any] | None:
    """What the supervisor of folder `data` wrote of itself, None where none runs."""
    try:
        with (data / "supervisor").open() as place:
            fcntl.flock(place, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        with contextlib.suppress(ValueError):  # taken this moment, not yet written
            return dict(json.loads((data / "supervisor").read_text()))
        return {"pid": 0, "url": "(starting)"}
    except PermissionError:
        raise Unavailable(f"The data folder {data} belongs to another user. Choose another with --data.") from None
    return None


class Children:
    """The running programs of a supervisor, each with its log `logs/NAME.log`."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: dict[str, tuple[Program, subprocess.Popen[bytes]]] = {}
        self._deaths: dict[str, list[float]] = {}

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, program: Program) -> None:
        """Starts `program`; it is asked to end also when this process is killed."""
        with _log(self.logs, program.name).open("ab") as log:
            self._running[program.name] = program, spawn(program, stdout=log, stderr=subprocess.STDOUT)

    def check(self, enough: int = _DEATHS_IN_A_ROW) -> None:
        """Starts programs again that have ended, more slowly each time; raises `Unavailable` at `enough` in a row."""
        for program, process in list(self._running.values()):
            if process.poll() is None:
                continue
            now = time.monotonic()
            deaths = [one for one in self._deaths.get(program.name, []) if now - one < _CALM_SECONDS]
            self._deaths[program.name] = [*deaths, now]
            if len(deaths) + 1 >= enough:
                raise Unavailable(self._why(program, process.returncode, len(deaths) + 1))
            time.sleep(2.0 ** len(deaths) / 4)
            self.start(program)

    def watch(self) -> None:
        """Keeps the programs running until `KeyboardInterrupt` or `Unavailable`."""
        while True:
            self.check()
            time.sleep(0.5)

    def stop(self) -> None:
        """Ends all programs: politely, after ten seconds by force, with whatever processes they started."""
        for _, process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, process in self._running.values():
            end(process, deadline - time.monotonic())
        self._running.clear()

    def _why(self, program: Program, code: int, times: int) -> str:
        log = self.logs / f"{program.name}.log"
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        often = f"{times} times in a row, last " if times > 1 else ""
        return (
            f"The {program.name} process ended {often}with code {code}. "
            f"Its last words: {lines[-1].strip() if lines else '(none)'} — the whole log is in {log}."
        )


def spawn(program: Program, **streams: Any) -> subprocess.Popen[bytes]:
    """The started process of `program`: deaf to the terminal's Ctrl-C, ended by the kernel when we are killed."""
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *program.command],
        env={**os.environ, **program.environment}, stdin=subprocess.DEVNULL, start_new_session=True, **streams,
    )  # fmt: skip


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Waits `seconds` for `process`, then kills it and its process group."""
    try:
        process.wait(max(seconds, 0.1))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _log(folder: Path, name: str) -> Path:
    """The log file of program `name`; a long one is put aside first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log
