"""Which PostgreSQL and PostGIS this machine or the server of `DATABASE_URL` has, and whether they are recent enough."""

import re
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from gis_core.errors import BadRequest, Unavailable

OLDEST_POSTGRESQL = 15
OLDEST_POSTGIS = (3, 3)
_DEBIAN = Path("/usr/lib/postgresql")


def binaries(wanted: int | None = None) -> Path:
    """The folder of PostgreSQL's programs: the newest installed, or major version `wanted`.

    Debian's folders come first, then the `pg_config` on the PATH. Raises `Unavailable` where there is none that fits.
    """
    found = _installed()
    if wanted is not None and wanted not in found:
        raise Unavailable(
            f"The database was made by PostgreSQL {wanted}; installed is {_listed(found)}. "
            f"Install PostgreSQL {wanted} again, or move the data with 'langbiang backup' and 'langbiang restore'."
        )
    if wanted is None:
        wanted = max(found, default=0)
    if wanted < OLDEST_POSTGRESQL:
        raise Unavailable(
            f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed; installed is {_listed(found)}. "
            "docker/install.sh installs it."
        )
    return found[wanted]


def major(version: str) -> int:
    """The major version in a text like `15`, `PostgreSQL 15.18 (Debian …)` or `17beta1`."""
    number = re.search(r"\d+", version)
    if number is None:
        raise Unavailable(f"'{version.strip()}' is not a version of PostgreSQL.")
    return int(number[0])


def postgis_version(programs: Path) -> str | None:
    """The version of PostGIS installed for the PostgreSQL in `programs`, from its control file; None where absent."""
    share = subprocess.run([programs / "pg_config", "--sharedir"], check=True, capture_output=True, text=True).stdout
    control = Path(share.strip()) / "extension" / "postgis.control"
    if not control.exists():
        return None
    line = re.search(r"^default_version\s*=\s*'([^']+)'", control.read_text(), re.MULTILINE)
    return line[1] if line else None


def check_postgis(programs: Path) -> None:
    """Raises `Unavailable` where the PostgreSQL in `programs` has no PostGIS, or one too old for the platform."""
    version = postgis_version(programs)
    if version is None:
        raise Unavailable(
            f"PostGIS is not installed for the PostgreSQL in {programs}. docker/install.sh installs it "
            f"(package postgresql-{programs.parent.name}-postgis-3 on Debian)."
        )
    if not recent_enough(version):
        raise Unavailable(
            f"PostGIS {version} is too old: {OLDEST_POSTGIS[0]}.{OLDEST_POSTGIS[1]} or newer is needed. "
            "Upgrade the package of PostGIS, then retry."
        )


def server_address(text: str) -> sa.URL:
    """The address in `DATABASE_URL`, for psycopg2 whatever driver it names; raises `BadRequest` where it is none."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise BadRequest("DATABASE_URL is not of the form postgresql://user:password@host:port/database.") from None
    if url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        raise BadRequest("DATABASE_URL must name a PostgreSQL database: postgresql://user:password@host:port/database.")
    return url.set(drivername="postgresql+psycopg2")


def check_server(url: sa.URL) -> None:
    """Raises `Unavailable` where no server answers at `url`, or its PostgreSQL or PostGIS is missing or too old."""
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    available = sa.text("select default_version from pg_available_extensions where name = 'postgis'")
    try:
        with engine.connect() as connection:
            postgresql = int(connection.scalar(sa.text("show server_version_num")) or 0) // 10_000
            postgis = connection.scalar(available)
    except sa.exc.OperationalError as error:
        reason = str(error.orig).strip().replace("\n", " ")
        raise Unavailable(f"The database server of DATABASE_URL does not let us in: {reason}") from None
    if postgresql < OLDEST_POSTGRESQL:
        raise Unavailable(f"The server of DATABASE_URL is PostgreSQL {postgresql}; {OLDEST_POSTGRESQL} is needed.")
    if postgis is None or not recent_enough(postgis):
        raise Unavailable(f"The server of DATABASE_URL has PostGIS {postgis or '(none)'}; 3.3 or newer is needed.")


def recent_enough(version: str) -> bool:
    """Whether the PostGIS version, a text like `3.3.2` or `3.4.0dev`, is one the platform works with."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    return numbers >= OLDEST_POSTGIS


def _installed() -> dict[int, Path]:
    found = {int(one.parent.name): one for one in _DEBIAN.glob("*/bin") if (one / "postgres").exists()}
    if not found and (config := shutil.which("pg_config")):
        folder = Path(subprocess.run([config, "--bindir"], check=True, capture_output=True, text=True).stdout.strip())
        if (folder / "postgres").exists():
            version = subprocess.run([config, "--version"], check=True, capture_output=True, text=True).stdout
            found[major(version)] = folder
    return found


def _listed(found: dict[int, Path]) -> str:
    return ", ".join(str(one) for one in sorted(found)) or "none"
