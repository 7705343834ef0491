"""Browser sessions: a random token in a cookie, of which the database keeps the digest only."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select

from gis_core.account_tables import ACCOUNT, SESSION
from gis_core.accounts import COLUMNS, Account, account_of
from gis_core.passwords import digest


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is valid now; `csrf_token` must come with every request that changes something."""

    account: Account
    csrf_token: str


def open_session(connection: Connection, account: Account, hours: int) -> str:
    """The token of a new session of `account`, valid for `hours`; expired sessions of everybody are removed."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(SESSION).where(SESSION.c.expires_at < func.now()))
    values = {"token_digest": digest(token), "account_id": account.id, "csrf_token": secrets.token_urlsafe(24)}
    connection.execute(insert(SESSION).values(**values, expires_at=func.now() + timedelta(hours=hours)))
    return token


def find_session(connection: Connection, token: str) -> Session | None:
    """The session behind `token`; None where it never was, has ended, or its account is disabled."""
    row = connection.execute(
        select(*COLUMNS, SESSION.c.csrf_token)
        .join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account_id)
        .where(SESSION.c.token_digest == digest(token), SESSION.c.expires_at > func.now())
        .where(ACCOUNT.c.disabled_at.is_(None))
    ).first()
    return None if row is None else Session(account_of(row), row.csrf_token)


def close_session(connection: Connection, token: str) -> None:
    """End the session behind `token`, if there is one."""
    connection.execute(delete(SESSION).where(SESSION.c.token_digest == digest(token)))


def close_all_sessions(connection: Connection, account: Account) -> int:
    """How many sessions of `account` were open; all have ended."""
    return int(connection.execute(delete(SESSION).where(SESSION.c.account_id == account.id)).rowcount)
