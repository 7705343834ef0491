"""The private PostGIS cluster of an installation: one folder, one Unix socket, no network port.

Used when no `DATABASE_URL` is given. PostgreSQL refuses to run as root, so as root everything here runs as the owner of
the cluster, at first the system account `postgres`. What PostgreSQL and PostGIS are installed is asked in
`gis_core.postgres_programs`.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from gis_core.errors import Unavailable
from gis_core.postgres_processes import last_line, owner_account, postmaster, processes, run
from gis_core.postgres_programs import binaries, check_postgis, check_server, major, server_address
from gis_core.settings import Settings, secret

DATABASE = "langbiang"
OWNER = "langbiang"
GIB = 1 << 30
MIB = 1 << 20

_PORT = 5432  # only names the socket file; PGPORT in the environment must not change it
_LONGEST_SOCKET_PATH = 107  # unix(7): sun_path holds 108 bytes with the closing zero
_START_SECONDS = 300.0  # replaying the log after a crash may take minutes
_STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the cluster of a data folder without touching it; `pid` is None where it does not run."""

    cluster: Path
    exists: bool
    pid: int | None
    major: int | None


def start(data: Path, *, for_tests: bool = False) -> sa.URL:
    """The address of the owner (a superuser) on database `langbiang` of the running cluster of folder `data`.

    Makes the cluster and the database where they are missing and starts the server where it does not run. Any number
    of processes may call it at once. `for_tests` gives up durability for speed. Raises `Unavailable`.
    """
    data = data.absolute()
    _make_data_folder(data)
    with _locked(data / "postgres.lock", fcntl.LOCK_EX):
        cluster = _cluster(data)
        check_postgis(binaries(_cluster_major(cluster)))
        check_disk(data)
        password = secret(data, "owner")
        if not (cluster / "PG_VERSION").exists():
            _initialise(cluster, password, durable=not for_tests)
        sockets = _socket_folder(data, cluster)
        if not _answers(cluster, sockets):
            _configure(cluster, sockets, durable=not for_tests)
            _boot(cluster, sockets)
        url = sa.URL.create(
            "postgresql+psycopg2", OWNER, password, port=_PORT, database=DATABASE, query={"host": str(sockets)}
        )
        if not _exists(url, DATABASE):
            create_database(url, DATABASE)
        return url


def stop(data: Path) -> None:
    """Stops the cluster of `data`, breaking off open sessions; does nothing where it does not run."""
    data = data.absolute()
    if not data.exists():
        return
    with _locked(data / "postgres.lock", fcntl.LOCK_EX):
        cluster = _cluster(data)
        if postmaster(cluster) is None:
            return
        done = _as_owner(cluster, *_stop_command(cluster))
        if done.returncode and postmaster(cluster) is not None:
            raise Unavailable(f"The database in {cluster} does not stop: {last_line(done.stderr or done.stdout)}")


@contextlib.contextmanager
def running(data: Path, *, for_tests: bool = False) -> Iterator[sa.URL]:
    """The owner's address of the cluster of `data` while the block runs; the last process to leave stops the server.

    It is stopped also when that process is killed. `for_tests` as in `start`.
    """
    data = data.absolute()
    _make_data_folder(data)
    with _locked(data / "postgres.users", fcntl.LOCK_SH) as users:
        try:
            url = start(data, for_tests=for_tests)
            with _guarded(_cluster(data), data / "postgres.users"):
                yield url
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(data)


@contextlib.contextmanager
def owner(settings: Settings) -> Iterator[sa.URL]:
    """The owner's address of the installation's database: the server of `DATABASE_URL`, else the private cluster.

    Raises `BadRequest` where the address cannot be read and `Unavailable` where nothing usable answers there.
    """
    if settings.database_url is None:
        with running(settings.data) as url:
            yield url
        return
    url = server_address(settings.database_url.get_secret_value())
    check_server(url)
    yield url


def status(data: Path) -> Status:
    """The state of the cluster of `data`, which may not exist."""
    cluster = (data.absolute() / "postgres").resolve()
    return Status(cluster, (cluster / "PG_VERSION").exists(), postmaster(cluster), _cluster_major(cluster))


@contextlib.contextmanager
def _guarded(cluster: Path, users: Path) -> Iterator[None]:
    """Stops `cluster` when this process dies without leaving the block (kill -9), unless others use it."""
    account = owner_account(cluster)
    become = (
        ["setpriv", f"--reuid={account['user']}", f"--regid={account['group']}", "--clear-groups"] if account else []
    )
    stop = _stop_command(cluster)
    guard = subprocess.Popen(
        # `read` ends when the other end of the pipe, held by this process alone, is closed. The kernel may free this
        # process's lock on `users` a moment later than its pipe.
        ["sh", "-c", 'read -r _ || exec "$@"', "guard", "flock", "--timeout=5", users, *become, *stop],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        guard.kill()
        guard.communicate()


def _stop_command(cluster: Path) -> list[str]:
    program = binaries(_cluster_major(cluster)) / "pg_ctl"
    return [str(program), "stop", f"--pgdata={cluster}", "--mode=fast", "--wait", f"--timeout={_STOP_SECONDS:.0f}"]


def check_disk(folder: Path, at_least: int = GIB) -> None:
    """Raises `Unavailable` where the disk of `folder` has fewer than `at_least` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < at_least:
        raise Unavailable(
            f"The disk of {folder} is full: {free / GIB:.1f} GiB are free, {at_least / GIB:.1f} GiB are needed. "
            "Free some space or choose another folder with --data."
        )


def create_database(url: sa.URL, name: str, template: str | None = None) -> sa.URL:
    """The address of the new database `name` on the server of `url`, a copy of `template` where one is given."""
    with _maintenance(url) as connection:
        quoted = connection.dialect.identifier_preparer.quote_identifier
        copy = f" template {quoted(template)}" if template else ""
        connection.exec_driver_sql(f"create database {quoted(name)}{copy}")
    return url.set(database=name)


def drop_database(url: sa.URL, name: str) -> None:
    """Drops database `name` on the server of `url`, breaking off its sessions; does nothing where there is none."""
    with _maintenance(url) as connection:
        quoted = connection.dialect.identifier_preparer.quote_identifier
        connection.exec_driver_sql(f"drop database if exists {quoted(name)} with (force)")


def rename_database(url: sa.URL, old: str, new: str) -> None:
    """Gives database `old` on the server of `url` the name `new`; nobody may be connected to it."""
    with _maintenance(url) as connection:
        quoted = connection.dialect.identifier_preparer.quote_identifier
        connection.exec_driver_sql(f"alter database {quoted(old)} rename to {quoted(new)}")


@contextlib.contextmanager
def _maintenance(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _exists(url: sa.URL, name: str) -> bool:
    with _maintenance(url) as connection:
        return bool(connection.scalar(sa.text("select 1 from pg_database where datname = :name"), {"name": name}))


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise _belongs_to_another(path.parent) from None
    try:
        fcntl.flock(handle, kind)
        yield handle
    finally:
        os.close(handle)


def _belongs_to_another(folder: Path) -> Unavailable:
    owner = folder.stat().st_uid
    return Unavailable(
        f"The data folder {folder} belongs to user number {owner}. Run as that user, or choose another with --data."
    )


def _make_data_folder(data: Path) -> None:
    # Only the owner may list the folder; as root the account `postgres` has to pass through it.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        data.mkdir(parents=True, exist_ok=True)
        if data.stat().st_uid == os.geteuid():
            data.chmod(mode)
    except PermissionError:
        raise Unavailable(f"The data folder {data} cannot be written. Choose another with --data.") from None
    except OSError as error:
        raise Unavailable(f"The data folder {data} cannot be made: {error.strerror}.") from error


def _cluster(data: Path) -> Path:
    """The cluster's folder: `data/postgres`, or what that link names where `postgres` cannot reach `data`."""
    wanted = data / "postgres"
    if not wanted.is_symlink() and not wanted.exists() and not _reaches(data, wanted):
        elsewhere = Path("/var/lib/langbiang") / _digest(data)
        elsewhere.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        wanted.symlink_to(elsewhere)
    cluster = wanted.resolve()
    if cluster.exists() and not os.access(cluster, os.W_OK):
        raise _belongs_to_another(cluster)
    return cluster


def _reaches(folder: Path, cluster: Path) -> bool:
    return subprocess.run(["test", "-x", folder], check=False, cwd="/", **owner_account(cluster)).returncode == 0


def _digest(data: Path) -> str:
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def _socket_folder(data: Path, cluster: Path) -> Path:
    """A folder for the socket that only the cluster's owner may enter, with a path short enough for a socket."""
    folder = data / "run"
    longest = len(os.fsencode(folder / f".s.PGSQL.{_PORT}.lock"))
    if longest > _LONGEST_SOCKET_PATH or not _reaches(data, cluster):
        folder = Path("/tmp") / f"langbiang-{_digest(data)}"  # noqa: S108 - mode and owner are checked below
    owner = cluster.stat()
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != owner.st_uid or found.st_mode & 0o077:
        raise Unavailable(f"The socket folder {folder} is not private to the owner of {cluster}. Remove it and retry.")
    return folder


def _initialise(cluster: Path, password: str, *, durable: bool) -> None:
    """Makes the cluster beside its place and moves it there when complete: a broken-off start leaves none half-made."""
    account, unfinished = owner_account(cluster), cluster.with_name(cluster.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", prefix="langbiang-") as secret_file:
        secret_file.write(password)
        secret_file.flush()
        if account:
            os.chown(unfinished, account["user"], account["group"])
            os.chown(secret_file.name, account["user"], account["group"])
        done = run(
            account, binaries() / "initdb", f"--pgdata={unfinished}", f"--username={OWNER}", "--auth=scram-sha-256",
            f"--pwfile={secret_file.name}", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
            *([] if durable else ["--no-sync"]),
        )  # fmt: skip
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise Unavailable(f"A database cannot be made in {cluster}: {last_line(done.stderr)}")
    with (unfinished / "postgresql.conf").open("a") as settings:
        settings.write("\ninclude 'langbiang.conf'\n")
    unfinished.rename(cluster)


def _configure(cluster: Path, sockets: Path, *, durable: bool) -> None:
    """Writes the server's settings for this machine's size; done at each start, for machines grow."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    on_disk = "on" if durable else "off"
    settings = {
        "listen_addresses": "",
        "port": _PORT,
        "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{min(max(memory // 8, 64), 2048)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64), 512)}MB",
        "work_mem": f"{min(max(memory // 256, 4), 32)}MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "random_page_cost": 1.1,
        # Tile and item queries take milliseconds; compiling them takes longer than running them.
        "jit": "off",
        "fsync": on_disk,
        "synchronous_commit": on_disk,
        "full_page_writes": on_disk,
        "logging_collector": "on",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
    }
    lines = (f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items())
    (cluster / "langbiang.conf").write_text("".join(lines))
    owner = cluster.stat()
    os.chown(cluster / "langbiang.conf", owner.st_uid, owner.st_gid)


def _boot(cluster: Path, sockets: Path) -> None:
    """Starts the server and waits until it answers, also where another one is just stopping or replaying its log."""
    deadline = time.monotonic() + _START_SECONDS
    while processes(cluster):
        if _answers(cluster, sockets):
            return
        if time.monotonic() > deadline:
            raise Unavailable(f"The database in {cluster} runs and does not answer. Its log is in {cluster / 'log'}.")
        time.sleep(0.05)
    # Nobody works here (checked above): a crash left these files, whoever has their process number now.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    (sockets / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)
    log = cluster / "start.log"
    done = _as_owner(
        cluster, str(binaries(_cluster_major(cluster)) / "pg_ctl"), "start", f"--pgdata={cluster}", f"--log={log}",
        "--wait", f"--timeout={_START_SECONDS:.0f}", "--silent",
    )  # fmt: skip
    if done.returncode or not _answers(cluster, sockets):
        logs = (one for one in (log, _newest_log(cluster)) if one is not None and one.exists())
        reason = last_line("".join(one.read_text(errors="replace") for one in logs) or done.stderr)
        raise Unavailable(f"The database in {cluster} does not start: {reason}")


def _newest_log(cluster: Path) -> Path | None:
    return max((cluster / "log").glob("*.log"), key=lambda one: one.stat().st_mtime, default=None)


def _answers(cluster: Path, sockets: Path) -> bool:
    ready = binaries(_cluster_major(cluster)) / "pg_isready"
    return _as_owner(cluster, str(ready), f"--host={sockets}", f"--port={_PORT}", "--quiet").returncode == 0


def _cluster_major(cluster: Path) -> int | None:
    try:
        return major((cluster / "PG_VERSION").read_text())
    except OSError:
        return None


def _as_owner(cluster: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return run(owner_account(cluster), *command)
