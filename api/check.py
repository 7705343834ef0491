"""What is installed, running and wrong, as a table."""

import contextlib
import ctypes.util
import importlib.metadata
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table
from sqlalchemy.pool import NullPool

from api.supervise import supervisor
from api.up import check_port, is_ready
from gis_core import postgres, postgres_programs
from gis_core.errors import LangbiangError
from gis_core.settings import Settings

EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gist")
_ASSETS = Path(__file__).parent / "web" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at (Vietnamese, English), whether it is right, and what was found."""

    vi: str
    en: str
    right: bool
    found: str


def report(settings: Settings, console: Console) -> bool:
    """Whether everything is right; prints the table of findings."""
    table = Table("", "Mục", "Item", "Kết quả · found", title="Langbiang")
    right = True
    for one in findings(settings):
        right &= one.right
        table.add_row("[green]✓[/green]" if one.right else "[red]✗[/red]", one.vi, one.en, one.found)
    console.print(table)
    return right


def findings(settings: Settings) -> Iterator[Finding]:
    """What is found on this machine for `settings`, in the order in which things depend on each other."""
    yield _finding("Gói Python", "Python packages", _packages)
    yield _finding("Pango (PDF)", "Pango (PDF)", _pango)
    yield _finding("Tài nguyên web", "Web assets", _web_assets)
    yield _finding("Ổ đĩa", "Disk", lambda: _disk(settings))
    yield _finding("PostgreSQL", "PostgreSQL", lambda: _postgresql(settings))
    yield _finding("PostGIS", "PostGIS", lambda: _postgis(settings))
    yield _finding("Cơ sở dữ liệu", "Database", lambda: _database(settings))
    yield _finding("Máy chủ", "Server", lambda: _server(settings))


def _finding(vi: str, en: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(vi, en, right=True, found=look())
    except LangbiangError as error:
        return Finding(vi, en, right=False, found=str(error))


def _packages() -> str:
    wanted = [Requirement(line) for line in importlib.metadata.requires("langbiang") or ()]
    wrong = [str(one) for one in wanted if not _fits(one)]
    if wrong:
        raise LangbiangError(f"Missing or of another version: {', '.join(wrong)}. 'uv sync --locked' installs them.")
    return f"{len(wanted)} packages"


def _fits(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def _pango() -> str:
    library = ctypes.util.find_library("pangoft2-1.0")
    if library is None:
        raise LangbiangError("Pango is missing: no PDF can be made. docker/install.sh installs it.")
    return library


def _web_assets() -> str:
    files = sum(one.is_file() for one in _ASSETS.rglob("*"))
    if not files:
        raise LangbiangError(f"There is nothing in {_ASSETS}. docker/install.sh fetches the map library and fonts.")
    return f"{files} files"


def _disk(settings: Settings) -> str:
    folder = settings.data.absolute()
    while not folder.exists():
        folder = folder.parent
    postgres.check_disk(folder)
    return f"{shutil.disk_usage(folder).free / postgres.GIB:.0f} GiB free for {folder}"


def _postgresql(settings: Settings) -> str:
    if settings.database_url is not None:
        return "DATABASE_URL"
    found = postgres.status(settings.data)
    programs = postgres_programs.binaries(found.major)
    return f"{programs}, " + (f"process {found.pid}" if found.pid else "not running")


def _postgis(settings: Settings) -> str:
    if settings.database_url is not None:
        return "DATABASE_URL"
    programs = postgres_programs.binaries(postgres.status(settings.data).major)
    postgres_programs.check_postgis(programs)
    return str(postgres_programs.postgis_version(programs))


def _database(settings: Settings) -> str:
    """What the database says of itself; a private cluster that does not run is left at rest."""
    if settings.database_url is None and postgres.status(settings.data).pid is None:
        return "not running; 'langbiang up' starts it"
    with postgres.owner(settings) as url, contextlib.closing(_Probe(url)) as probe:
        if missing := probe.missing_extensions():
            raise LangbiangError(f"Extensions {', '.join(missing)} are missing. 'langbiang migrate' creates them.")
        if behind := probe.behind():
            raise LangbiangError(behind)
        return f"at the newest revision, {probe.size()}"


class _Probe:
    """Questions to one database."""

    def __init__(self, url: sa.URL) -> None:
        self.connection = sa.create_engine(url, poolclass=NullPool).connect()

    def close(self) -> None:
        self.connection.close()

    def missing_extensions(self) -> list[str]:
        present = set(self.connection.scalars(sa.text("select extname from pg_extension")))
        return [one for one in EXTENSIONS if one not in present]

    def behind(self) -> str | None:
        """The sentence that says how the database differs from the newest revision, None where it does not."""
        from layers.migrate import MIGRATIONS

        context = MigrationContext.configure(self.connection, opts={"version_table_schema": "platform"})
        newest = ScriptDirectory(str(MIGRATIONS)).get_heads()
        current = context.get_current_heads()
        if set(current) == set(newest):
            return None
        return f"At revision {', '.join(current) or '(none)'}, newest is {', '.join(newest)}: run 'langbiang migrate'."

    def size(self) -> str:
        return str(self.connection.scalar(sa.text("select pg_size_pretty(pg_database_size(current_database()))")))


def _server(settings: Settings) -> str:
    pid = supervisor(settings.data)
    if pid is None:
        check_port(settings)
        return f"not running; port {settings.port} is free"
    if not is_ready(settings):
        raise LangbiangError(f"Process {pid} runs, but {settings.root_url}/readyz does not answer.")
    return f"ready at {settings.root_url} (process {pid})"
