"""What every test stands on: a real private PostGIS cluster, one per run, and a migrated, empty database in it."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from psycopg2.errors import DeadlockDetected

from api.demo_logins import make_demo_logins
from gis_core import postgres
from gis_core.canaries import plant
from gis_core.db import Engines, engines
from layers import CATALOG
from layers.migrate import migrate
from layers.reports import TABLES as REPORT_TABLES

# The same examples at every run, so that a change is judged by what it changes; new ones are looked for with
# 'pytest --hypothesis-profile=random'.
hypothesis.settings.register_profile("repeatable", derandomize=True, database=None)
hypothesis.settings.register_profile("random")
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """The data folder of the installation under test; removed after the run."""
    # Not pytest's temporary folder: that is closed to the account `postgres`, as which the server runs under root.
    folder = Path(tempfile.mkdtemp(prefix="langbiang-tests-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(data_folder: Path) -> Iterator[sa.URL]:
    """The owner's address of a PostGIS cluster made for this run; stopped after it, also where the run is killed."""
    with postgres.running(data_folder, for_tests=True) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(server: sa.URL, data_folder: Path) -> str:
    """The name of a database at the newest revision, without rows; copied for each test."""
    migrate(postgres.create_database(server, "migrated"), data_folder)
    return "migrated"


@pytest.fixture(scope="session")
def shared_database(server: sa.URL, migrated_template: str) -> sa.URL:
    """The owner's address of the migrated database that tests use one after the other."""
    return postgres.create_database(server, "shared", template=migrated_template)


@pytest.fixture
def database(shared_database: sa.URL) -> Iterator[sa.URL]:
    """The owner's address of a migrated database, empty but for its codes, that only this test uses now.

    It is emptied afterwards; a test that changes codes or tables takes `fresh_database`.
    """
    yield shared_database
    _empty(shared_database)


@pytest.fixture
def fresh_database(server: sa.URL, migrated_template: str) -> Iterator[sa.URL]:
    """The owner's address of a migrated, empty database made for this test."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres.create_database(server, name, template=migrated_template)
    postgres.drop_database(server, name)


@pytest.fixture
def city(database: sa.URL, data_folder: Path) -> Iterator[Engines]:
    """The four engines on a migrated, empty database that only this test sees."""
    made = engines(database, data_folder)
    yield made
    made.dispose()


def _empty(url: sa.URL) -> None:
    # A page that was left may still read several tables, and PostgreSQL ends one of two that wait for each other.
    for last in (False, False, False, True):
        try:
            _truncate(url)
            break
        except sa.exc.OperationalError as error:
            if last or not isinstance(error.orig, DeadlockDetected):
                raise


def _truncate(url: sa.URL) -> None:
    kept = {"alembic_version", "code", "construction_rule", "layer_version", *(one.name for one in REPORT_TABLES)}
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        names = connection.execute(
            sa.text("select schemaname, tablename from pg_tables where schemaname in ('city', 'history', 'platform')")
        )
        tables = [f'{schema}."{name}"' for schema, name in names if name not in kept]
        one_each = " union all ".join(f"(select '{table}' from {table} limit 1)" for table in tables)
        if filled := connection.exec_driver_sql(one_each).scalars().all():
            # Layers refuse TRUNCATE (their history would be lost); a replica's session fires no triggers.
            connection.exec_driver_sql("set local session_replication_role = replica")
            connection.exec_driver_sql(f"truncate {', '.join(filled)} restart identity cascade")
            # What a trigger would have told: nothing kept under a version holds any longer.
            connection.exec_driver_sql("update platform.layer_version set changed_at = now()")


@pytest.fixture(scope="session")
def canary_city(server: sa.URL, migrated_template: str, data_folder: Path) -> Iterator[Engines]:
    """The engines on a database in which every layer has rows with canaries; no test may change its layers."""
    url = postgres.create_database(server, "canaries", template=migrated_template)
    migrate(url, data_folder)  # rights on the database itself are not copied from a template
    made = engines(url, data_folder)
    with made.owner.begin() as connection:
        plant(connection, CATALOG)
    yield made
    made.dispose()
    postgres.drop_database(server, "canaries")


@pytest.fixture(scope="session")
def demo_password(canary_city: Engines, data_folder: Path) -> str:
    """The password of the demo logins in that database."""
    line = make_demo_logins(canary_city.owner, data_folder).read_text("utf-8").splitlines()[0]
    return line.partition(": ")[2]
