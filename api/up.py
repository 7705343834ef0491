"""Everything on one machine: database, migrations, city, worker and HTTP server, until Ctrl-C."""

import contextlib
import errno
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from api.supervise import (
    STOP_SECONDS,
    Children,
    Program,
    check_alone,
    end,
    end_supervisor,
    interruptible,
    only_one,
    spawn,
    supervisor,
)
from gis_core import postgres
from gis_core.errors import BadRequest, Unavailable
from gis_core.settings import Settings

READY_SECONDS = 120.0


def up(settings: Settings, city: str, console: Console, *, detach: bool = False) -> None:
    """Runs the platform in the foreground until it is told to stop; with `detach` leaves it in the background.

    Raises `BadRequest`, `Conflict` (already running) and `Unavailable` before anything is changed where it can tell.
    """
    check_city(city)
    # Ctrl-C is how the platform is stopped: no error.
    with interruptible(), contextlib.suppress(KeyboardInterrupt):
        check_alone(settings.data)
        check_port(settings)
        with postgres.owner(settings):
            _say(console, "Cơ sở dữ liệu chạy", "database is running")
            with only_one(settings.data, settings.root_url):
                _prepare(settings, city)
                if not detach:
                    _serve(settings, console)
            # Within the block: the database must not stop between this process and the one left behind.
            if detach:
                _leave_in_background(settings, city, console)


def down(settings: Settings, console: Console) -> None:
    """Stops what `up` runs on the data folder, and its private cluster, however they were left."""
    ran = end_supervisor(settings.data, 6 * STOP_SECONDS)
    postgres.stop(settings.data)
    _say(console, "Đã dừng", "stopped") if ran else _say(console, "Không chạy", "was not running")


def serve(settings: Settings) -> None:
    """Becomes the HTTP server of `settings`; does not return."""
    check_port(settings)
    server = http_server(settings)
    os.execve(server.command[0], server.command, {**os.environ, **server.environment})  # noqa: S606


def programs(settings: Settings) -> list[Program]:
    """The programs that serve the platform, in the order in which they are started."""
    worker = Program("worker", (sys.executable, "-m", "api.worker"), _environment(settings))
    return [worker, http_server(settings)]


def http_server(settings: Settings) -> Program:
    """The HTTP server of `settings`."""
    # Granian: its Rust core accepts and parses, replaces dead workers and limits requests in flight.
    server = (
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--host", settings.host,
        "--port", str(settings.port), "--workers", str(settings.workers), "--respawn-failed-workers",
        "--workers-kill-timeout", f"{STOP_SECONDS / 2:.0f}", "api.app:create_app",
    )  # fmt: skip
    return Program("server", server, _environment(settings))


def _environment(settings: Settings) -> dict[str, str]:
    return {"LANGBIANG_DATA": str(settings.data.absolute()), "PORT": str(settings.port)}


def check_city(city: str) -> None:
    """Raises `BadRequest` where `city` is neither `demo` nor a folder."""
    if city != "demo" and not Path(city).is_dir():
        raise BadRequest(f"There is no city folder '{city}'. Give a folder of city data, or 'demo' (CITY= with make).")


def check_port(settings: Settings) -> None:
    """Raises `Unavailable` where the port of `settings` cannot be opened."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            other = "Choose another one: PORT=8080 with make, --port 8080 with langbiang up."
            if error.errno == errno.EADDRINUSE:
                raise Unavailable(f"Port {settings.port} is taken by another program. {other}") from None
            raise Unavailable(f"Port {settings.port} of {settings.host}: {error.strerror}. {other}") from None


def is_ready(settings: Settings) -> bool:
    """Whether the server on the port of `settings` says at `/readyz` that it can answer everything."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "") else settings.host  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _prepare(settings: Settings, city: str) -> None:
    """Migrates and loads in a process of its own: Ctrl-C ends it at once also within a long SQL statement."""
    command = (sys.executable, "-m", "api.command_line", "migrate", "--city", city)
    with _child(Program("migrate", command, _environment(settings))) as process:
        code = process.wait()
    if code < 0:
        raise Unavailable(f"Loading was ended by signal {-code} (9 usually means too little memory). Nothing is lost.")
    if code:
        raise SystemExit(code)


@contextlib.contextmanager
def _child(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    process = spawn(program)
    try:
        yield process
    finally:
        process.terminate()
        end(process, STOP_SECONDS)


def _serve(settings: Settings, console: Console) -> None:
    with Children(settings.data / "logs") as children:
        for program in programs(settings):
            children.start(program)
        _wait_until_ready(settings, children)
        _announce(settings, console)
        children.watch()


def _wait_until_ready(settings: Settings, children: Children) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(settings):
        children.check(enough=1)
        if time.monotonic() > deadline:
            raise Unavailable(f"The server is not ready after {READY_SECONDS:.0f} s. Its log is in {children.logs}.")
        time.sleep(0.1)


def _leave_in_background(settings: Settings, city: str, console: Console) -> None:
    """Starts the supervisor anew, in a session of its own, and returns when it serves."""
    log = settings.data / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "api.command_line", "up", "--city", city, "--port", str(settings.port),
        "--data", str(settings.data.absolute()),
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        while process.poll() is None and not (supervisor(settings.data) == process.pid and is_ready(settings)):
            time.sleep(0.1)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode is not None:
        raise Unavailable(f"The platform did not start: {log.read_text(errors='replace').strip()}")
    _announce(settings, console, "langbiang down")


def _announce(settings: Settings, console: Console, how_to_stop: str = "Ctrl-C") -> None:
    _say(console, "Sẵn sàng", f"ready: {settings.root_url}")
    logins = settings.data / "demo-logins"
    if logins.exists():
        _say(console, "Tài khoản dùng thử", f"demo logins: {logins}")
        console.print(logins.read_text().rstrip(), markup=False, highlight=False)
    _say(console, "Dừng", f"stop: {how_to_stop} · log: {settings.data / 'logs'}")


def _say(console: Console, vietnamese: str, english: str) -> None:
    console.print(f"[green]✓[/green] [bold]{vietnamese}[/bold] · {english}", highlight=False, soft_wrap=True)
