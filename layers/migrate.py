"""Bringing a database to the state that the declarations ask for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import Script
from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.dialects.postgresql import insert

from gis_core.access import apply_access, database_role
from gis_core.account_tables import account_statements
from gis_core.constraints import apply_constraints
from gis_core.db import ACCOUNTS_LOGIN, LOGINS, passwords
from gis_core.errors import BadRequest
from gis_core.jobs.queue_schema import apply_queue_schema
from gis_core.plan_drafts_tables import plan_statements
from gis_core.platform_tables import CODE, LAYER_VERSION
from gis_core.reports_tables import report_statements
from gis_core.triggers import apply_triggers
from layers import CATALOG
from layers.addresses import add_address_rows
from layers.construction import add_construction_rules
from layers.reports import add_report_rows

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 5899_0001
"""Key of the advisory lock under which one process at a time migrates a database."""


def migrate(owner: URL, data: Path) -> None:
    """Run the pending revisions on the database of `owner` and apply the declared state; a second run changes nothing.

    The logins get the passwords kept in `data`. All or nothing: an error leaves the database as it was.
    """
    with _locked(owner) as connection:
        command.upgrade(_config(connection), "head")
        apply_queue_schema(connection)
        _apply_declared_state(connection)
        _apply_logins(connection, passwords(data))


def write_revision(owner: URL, message: str) -> Path:
    """The revision file written with the difference between the database of `owner` and the declarations."""
    number = len(list((MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1
    with _locked(owner) as connection:
        written = command.revision(
            _config(connection),
            message,
            autogenerate=True,
            rev_id=f"{number:04}",
            process_revision_directives=_nothing_for_nothing,
        )
    if not isinstance(written, Script):
        raise BadRequest("The declarations hold nothing that the database lacks; no revision was written.")
    return Path(written.path)


def check_revisions(owner: URL) -> None:
    """Raise `alembic.util.CommandError` where the revisions do not add up to the declarations."""
    with _locked(owner) as connection:
        command.check(_config(connection))


@contextmanager
def _locked(owner: URL) -> Iterator[Connection]:
    engine = create_engine(owner, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.exec_driver_sql("create schema if not exists platform")
        yield connection


def _nothing_for_nothing(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _apply_declared_state(connection: Connection) -> None:
    apply_constraints(connection, CATALOG)
    apply_triggers(connection, CATALOG)
    apply_access(connection, CATALOG)
    for statement in (*plan_statements(), *report_statements()):
        connection.exec_driver_sql(statement)
    _add_codes(connection)
    add_address_rows(connection)
    add_construction_rules(connection)
    add_report_rows(connection)
    versions = insert(LAYER_VERSION).values([{"layer": layer.id} for layer in CATALOG.layers])
    connection.execute(versions.on_conflict_do_nothing())


def _add_codes(connection: Connection) -> None:
    """Add the codes the platform ships; rows that a city has changed or added stay as they are."""
    rows = [
        {
            "list": one.id, "code": code.code, "rank": rank, "vi": code.vi, "en": code.en, "colour": code.colour,
            "valid_from": code.valid_from, "valid_to": code.valid_to, "legal_basis": code.legal_basis,
            "superseded_by": code.superseded_by, "verified": code.verified,
        }
        for one in CATALOG.code_lists
        for rank, code in enumerate(one.codes, start=1)
    ]  # fmt: skip
    connection.execute(insert(CODE).values(rows).on_conflict_do_nothing())


def _apply_logins(connection: Connection, passwords: Mapping[str, str]) -> None:
    for login, roles in LOGINS.items():
        create = f"create role {login}"
        connection.exec_driver_sql(
            f"do $$ begin {create}; exception when duplicate_object or unique_violation then null; end $$"
        )
        # A password is an SQL literal here; ours are URL-safe base64, which needs no quoting.
        connection.exec_driver_sql(f"alter role {login} login noinherit password '{passwords[login]}'")
        if roles:
            connection.exec_driver_sql(f"grant {', '.join(map(database_role, roles))} to {login}")
    for statement in account_statements(ACCOUNTS_LOGIN):
        connection.exec_driver_sql(statement)
