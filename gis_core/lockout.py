"""Who may try to log in: each failure closes the door for longer. The counters live in PostgreSQL, for all processes.

An attempt counts as failed before its password is looked at, so that attempts at the same moment cannot slip through.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, DateTime, case, cast, delete, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from gis_core.account_tables import LOGIN_FAILURE
from gis_core.errors import TooManyRequests

FIRST_WAIT = 15
LONGEST_WAIT = 15 * 60
MEMORY = timedelta(hours=6)
"""After a quiet time of this length a door has forgotten its failures."""


@dataclass(frozen=True, slots=True)
class Door:
    """What failures are counted by; after `free` of them it is closed for 15 s, then for twice as long each time."""

    key: bytes
    free: int


def doors(name: str, address: str) -> tuple[Door, ...]:
    """The doors that somebody at `address` passes to log in as `name`.

    The account alone is a wide door: otherwise anybody could shut others out of their accounts from afar.
    """
    return (
        Door(_key("account and address", name, address), 5),
        Door(_key("address", address), 50),
        Door(_key("account", name), 500),
    )


def knock(connection: Connection, name: str, address: str) -> None:
    """Count an attempt, to be taken back by `welcome`. Raises `TooManyRequests` where a door is closed."""
    passed = doors(name, address)
    _check_open(connection, passed)
    for door in passed:
        known = LOGIN_FAILURE.c
        failures = case((known.last_at < func.now() - MEMORY, 1), else_=known.failures + 1)
        attempt = insert(LOGIN_FAILURE).values(door=door.key, failures=1, last_at=func.now())
        counted = attempt.on_conflict_do_update(
            index_elements=[known.door],
            set_={"failures": failures, "last_at": func.now(), "locked_until": _locked_until(failures, door.free)},
            where=or_(known.locked_until.is_(None), known.locked_until <= func.now()),
        )
        if connection.execute(counted.returning(known.failures)).first() is None:
            _check_open(connection, passed)  # another attempt has closed it this moment
            raise _closed(FIRST_WAIT)


def welcome(connection: Connection, name: str, address: str) -> None:
    """Take the attempt back: it was no failure. What failed before at the same address by other names stays counted."""
    pair, address_door, account = doors(name, address)
    connection.execute(delete(LOGIN_FAILURE).where(LOGIN_FAILURE.c.door.in_([pair.key, account.key])))
    connection.execute(
        update(LOGIN_FAILURE)
        .where(LOGIN_FAILURE.c.door == address_door.key)
        .values(failures=func.greatest(LOGIN_FAILURE.c.failures - 1, 0), locked_until=null())
    )
    connection.execute(delete(LOGIN_FAILURE).where(LOGIN_FAILURE.c.last_at < func.now() - MEMORY))


def _locked_until(failures: ColumnElement[int], free: int) -> ColumnElement[object]:
    doublings = func.least(failures - free, 20)
    seconds = func.least(FIRST_WAIT * func.power(2, doublings), LONGEST_WAIT)
    end = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return case((failures >= free, end), else_=cast(null(), DateTime(timezone=True)))


def _check_open(connection: Connection, passed: tuple[Door, ...]) -> None:
    # A look that locks nothing: what a flood of attempts at a closed door costs.
    left = func.ceil(func.extract("epoch", func.max(LOGIN_FAILURE.c.locked_until) - func.clock_timestamp()))
    closed = LOGIN_FAILURE.c.door.in_([door.key for door in passed])
    if (seconds := connection.scalar(select(left).where(closed))) is not None and seconds > 0:
        raise _closed(int(seconds))


def _closed(seconds: int) -> TooManyRequests:
    return TooManyRequests(
        f"Đăng nhập sai quá nhiều lần; hãy thử lại sau {seconds} giây. · "
        f"Too many failed log-ins; try again in {seconds} seconds.",
        retry_after=seconds,
    )


def _key(kind: str, *parts: str) -> bytes:
    # Hashed: people type passwords into the wrong field, and an address is personal data.
    return hashlib.sha256("\0".join((kind, *parts)).encode()).digest()
