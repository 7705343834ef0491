"""Connections: one engine for the owner, one for the public, one for staff; and transactions acting as an identity.

The public engine logs in as a database user that cannot become staff: `SET ROLE` alone is no wall.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, PoolResetState, create_engine, event

from gis_core.access import database_role
from gis_core.layer import ROLES, Role
from gis_core.settings import secret

ACCOUNTS_LOGIN = "langbiang_accounts"
LOGINS: Mapping[str, tuple[Role, ...]] = {
    "langbiang_public": ("citizen",),
    "langbiang_staff": ROLES,
    ACCOUNTS_LOGIN: (),
}
"""The database users that the server logs in as, and the roles each can act in; accounts are reached by one alone."""

STATEMENT_TIMEOUT: Mapping[Role, str] = {"citizen": "10s"}
DEFAULT_STATEMENT_TIMEOUT = "60s"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking: the subject's name (None: nobody in particular), the role, the wards in charge of.

    `address` and `request` say from where and by what, for the audit; they are no part of who somebody is.
    """

    subject: str | None
    role: Role
    wards: tuple[str, ...] = ()
    address: str = field(default="", compare=False)
    request: str = field(default="", compare=False)


ANONYMOUS = Identity(None, "citizen")


@dataclass(frozen=True, slots=True)
class Engines:
    """The four ways into the database."""

    owner: Engine
    public: Engine
    staff: Engine
    accounts: Engine

    def of(self, who: Identity) -> Engine:
        """The engine that `who` must use."""
        return self.public if who.role == "citizen" else self.staff

    def dispose(self) -> None:
        """Close all pooled connections."""
        for engine in (self.owner, self.public, self.staff, self.accounts):
            engine.dispose()


def passwords(data: Path) -> dict[str, str]:
    """The passwords of the logins, from the secrets in `data`, made on first use."""
    return {login: secret(data, login) for login in LOGINS}


def engines(owner: URL, data: Path, pool_size: int = 8) -> Engines:
    """The engines on the database of `owner`; nothing is connected yet."""
    secrets = passwords(data)
    made = (_engine(owner.set(username=login, password=secrets[login]), pool_size) for login in LOGINS)
    return Engines(_engine(owner, 2), *made)


@contextmanager
def acting_as(engines: Engines, who: Identity) -> Iterator[Connection]:
    """A transaction in which PostgreSQL lets `who` see and do what the declarations allow, and no more.

    Committed at the end, rolled back on an exception. Role and settings live and die with the transaction.
    """
    with engines.of(who).begin() as connection:
        act(connection, who)
        yield connection


_ACT = (
    "select set_config('langbiang.subject', %(subject)s, true), set_config('langbiang.wards', %(wards)s, true),"
    " set_config('langbiang.address', %(address)s, true), set_config('langbiang.request', %(request)s, true),"
    " set_config('statement_timeout', %(timeout)s, true), set_config('role', %(role)s, true)"
)


def act(connection: Connection, who: Identity) -> None:
    """Let the rest of the transaction of `connection` act as `who`."""
    values = {
        "subject": who.subject or "",
        "wards": ",".join(who.wards),
        "address": who.address,
        "request": who.request,
        "timeout": STATEMENT_TIMEOUT.get(who.role, DEFAULT_STATEMENT_TIMEOUT),
        "role": database_role(who.role),
    }
    connection.exec_driver_sql(_ACT, values)  # as a `text`, preparing it cost as much as running it


def _engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2 * pool_size,
        pool_reset_on_return=None,
        hide_parameters=True,  # an error's text must not carry names, debts or secrets
        # Timestamps leave the database in the city's time. jit and parallel workers cost more than they gain on the
        # short queries of many people at once: the tile z17 of 550 parcels took 124 ms with workers, 13 ms without.
        connect_args={
            "options": "-c timezone=Asia/Ho_Chi_Minh -c jit=off -c max_parallel_workers_per_gather=0",
            "application_name": "langbiang",
        },
    )
    event.listen(engine, "reset", _reset)
    return engine


def _reset(connection: Any, _record: object, state: PoolResetState) -> None:
    # A plain `SET ROLE` inside a transaction would stay on the pooled connection after commit.
    if state.terminate_only:
        return
    connection.rollback()
    connection.autocommit = True  # one message to the server instead of three
    with connection.cursor() as cursor:
        cursor.execute("reset role; reset all")
    connection.autocommit = False
