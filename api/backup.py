"""The whole database into one file and back, with PostgreSQL's own programs."""

import os
import subprocess
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from sqlalchemy.pool import NullPool

from api.supervise import supervisor
from gis_core import postgres
from gis_core.errors import BadRequest, Conflict, LangbiangError, Unavailable
from gis_core.postgres_programs import binaries
from gis_core.settings import Settings

_MAGIC = b"PGDMP"  # pg_dump's custom format begins with it (PostgreSQL, src/bin/pg_dump/pg_backup_archiver.c)


def backup(settings: Settings, file: Path, console: Console, *, replace: bool) -> None:
    """Writes the database to `file` in pg_dump's custom format; an unfinished file never gets that name.

    Raises `Conflict` where `file` exists and `replace` is not set, `Unavailable` where the copy fails.
    """
    if file.exists() and not replace:
        raise Conflict(f"{file} exists already. Choose another name, or overwrite it with --replace.")
    if not file.absolute().parent.is_dir():
        raise BadRequest(f"There is no folder {file.absolute().parent} to write {file.name} into.")
    unfinished = file.with_name(file.name + ".part")
    try:
        with postgres.owner(settings) as url, console.status("Đang sao lưu · backing up"):
            postgres.check_disk(file.absolute().parent)
            unfinished.touch(mode=0o600)  # it holds personal data
            _run(url, "pg_dump", "--format=custom", f"--file={unfinished}", "--dbname", _conninfo(url))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    console.print(f"✓ {file} ({file.stat().st_size / postgres.MIB:.1f} MiB)", highlight=False)


def restore(settings: Settings, file: Path, console: Console, *, replace: bool) -> None:
    """Reads the database from `file` into a new one, which takes the old one's place when it is complete.

    Raises `BadRequest` where `file` is no backup, `Conflict` where the platform runs, or where the database has tables
    and `replace` is not set; then, and after any error, the old database is as it was.
    """
    _check_file(file)
    if (pid := supervisor(settings.data)) is not None:
        raise Conflict(f"The platform runs (process {pid}). Stop it with 'langbiang down', then restore.")
    with postgres.owner(settings) as url, console.status("Đang phục hồi · restoring"):
        if not replace and _tables(url):
            raise Conflict(f"The database has {_tables(url)} tables already. --replace gives them up for the backup.")
        name = str(url.database)
        _fill(url, settings, file, f"{name}_restoring")
        postgres.drop_database(url, name)
        postgres.rename_database(url, f"{name}_restoring", name)
    console.print(f"✓ {file}", highlight=False)


def _fill(url: sa.URL, settings: Settings, file: Path, name: str) -> None:
    """Makes database `name` from `file`; the roles of its grants come from the migrations, for no dump holds them."""
    from layers.migrate import migrate

    try:
        postgres.drop_database(url, name)
        migrate(postgres.create_database(url, name), settings.data)
        postgres.drop_database(url, name)
        new = postgres.create_database(url, name)
        _run(new, "pg_restore", "--exit-on-error", "--no-owner", "--dbname", _conninfo(new), str(file))
        migrate(new, settings.data)
    except BaseException:
        postgres.drop_database(url, name)
        raise


def _check_file(file: Path) -> None:
    try:
        with file.open("rb") as start:
            magic = start.read(len(_MAGIC))
    except OSError as error:
        raise BadRequest(f"{file} cannot be read: {error.strerror}.") from None
    if magic != _MAGIC:
        raise BadRequest(f"{file} is not a backup made by 'langbiang backup'.")


def _tables(url: sa.URL) -> int:
    # PostGIS brings tables of its own, as spatial_ref_sys: members of an extension do not count.
    count = sa.text(
        "select count(*) from pg_class as c where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text"
        " not in ('pg_catalog', 'information_schema', 'pg_toast')"
        " and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')"
    )
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return int(connection.scalar(count) or 0)


def _conninfo(url: sa.URL) -> str:
    """The address for PostgreSQL's programs, without the password: arguments are seen by everybody on the machine."""
    shown = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return shown.render_as_string()


def _run(url: sa.URL, program: str, *arguments: str) -> None:
    environment = {**os.environ, "PGPASSWORD": str(url.password or "")}
    done = subprocess.run(
        [binaries() / program, *arguments], check=False, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        error: type[LangbiangError] = Unavailable if program == "pg_dump" else BadRequest
        raise error(f"{program} failed: {reason[0] if reason else f'exit code {done.returncode}'}")
