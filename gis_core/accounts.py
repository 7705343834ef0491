"""Accounts: who exists, in which role, for which wards. Every function works on the connection it is given."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, null, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from gis_core import lockout
from gis_core.account_tables import ACCOUNT, AUDIT, CREDENTIAL, SESSION
from gis_core.db import Identity
from gis_core.errors import BadRequest, Conflict, NotAuthenticated, NotFound
from gis_core.layer import STAFF, Role
from gis_core.passwords import hash_password, password_fits

ROLES_WITH_WARDS: frozenset[Role] = frozenset({"tax_officer", "inspector"})
"""The roles whose work is bound to wards."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_WARD = re.compile(r"[0-9]{5}")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in; `disabled_at` is when that ended, `demo` that the password was printed for all."""

    id: int
    name: str
    role: Role
    wards: tuple[str, ...]
    demo: bool
    disabled_at: datetime | None

    def identity(self) -> Identity:
        """As whom the account's owner asks."""
        return Identity(self.name, self.role, self.wards)


COLUMNS = tuple(ACCOUNT.c[name] for name in ("id", "name", "role", "wards", "demo", "disabled_at"))
"""What `account_of` reads."""


def account_of(row: Row[*tuple[Any, ...]]) -> Account:
    """The account in a row that begins with `COLUMNS`."""
    number, name, role, wards, demo, disabled_at = row[: len(COLUMNS)]
    return Account(number, name, role, tuple(wards), demo, disabled_at)


def add_account(
    connection: Connection, name: str, role: str, wards: Iterable[str], password: str, *, demo: bool = False
) -> Account:
    """The new account. Raises `BadRequest` for a wrong name, role, ward or password, `Conflict` for a taken name."""
    chosen = check_wards(connection, check_role(role), wards)
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"'{name}' is no account name: use up to 100 lower-case letters, digits and . _ @ + -, beginning with a "
            "letter or digit."
        )
    values = {"name": name, "role": role, "wards": list(chosen), "password_hash": hash_password(password), "demo": demo}
    try:
        with connection.begin_nested():
            return account_of(connection.execute(insert(ACCOUNT).values(values).returning(*COLUMNS)).one())
    except IntegrityError:
        raise Conflict(f"There is an account '{name}' already.") from None


def vouched_account(
    connection: Connection, issuer: str, subject: str, name: str, role: Role, wards: tuple[str, ...]
) -> Account:
    """The account of whom `issuer` calls `subject`, made on first sight; role and wards are what it says today."""
    known = "".join(letter for letter in name.lower() if letter.isascii() and (letter.isalnum() or letter in "._@+-"))
    values = {"name": f"{known[:60].lstrip('._@+-') or 'user'}@{_short(issuer, subject)}", "role": role}
    wanted = upsert(ACCOUNT).values(**values, wards=list(wards), issuer=issuer, issuer_subject=subject)
    made = wanted.on_conflict_do_update(
        index_elements=[ACCOUNT.c.issuer, ACCOUNT.c.issuer_subject], set_={"role": role, "wards": list(wards)}
    )
    return account_of(connection.execute(made.returning(*COLUMNS)).one())


def demo_names(connection: Connection) -> list[str]:
    """The names of the accounts that open with a printed password."""
    printed = select(ACCOUNT.c.name).where(ACCOUNT.c.demo, ACCOUNT.c.disabled_at.is_(None))
    return list(connection.scalars(printed.order_by(ACCOUNT.c.name)))


def find_account(connection: Connection, name: str) -> Account:
    """The account `name`, disabled or not. Raises `NotFound`."""
    row = connection.execute(select(*COLUMNS).where(ACCOUNT.c.name == name)).first()
    if row is None:
        raise NotFound(f"There is no account '{name}'. 'langbiang user list' shows all.")
    return account_of(row)


def all_accounts(connection: Connection) -> list[Account]:
    """All accounts by name."""
    return [account_of(row) for row in connection.execute(select(*COLUMNS).order_by(ACCOUNT.c.name))]


def set_password(connection: Connection, account: Account, password: str) -> None:
    """Give the account another password and end its sessions; it is no longer one of a demonstration."""
    connection.execute(
        update(ACCOUNT).where(ACCOUNT.c.id == account.id).values(password_hash=hash_password(password), demo=False)
    )
    connection.execute(SESSION.delete().where(SESSION.c.account_id == account.id))


def disable(connection: Connection, account: Account) -> None:
    """Close the account: its sessions, application passwords and tokens end now. `enable` opens it again."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account.id).values(disabled_at=func.now()))
    for table in (SESSION, CREDENTIAL):
        connection.execute(table.delete().where(table.c.account_id == account.id))


def enable(connection: Connection, account: Account) -> None:
    """Open the account again after `disable`."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account.id).values(disabled_at=null()))


def log_in(engine: Engine, name: str, password: str, address: str) -> Account:
    """The account that `password` opens.

    Raises `NotAuthenticated`, alike for unknown names, wrong passwords and disabled accounts, and `TooManyRequests`
    after too many failures; the slow comparison holds no connection.
    """
    name = name.strip().lower()
    with engine.begin() as connection:
        lockout.knock(connection, name, address)
        row = connection.execute(select(*COLUMNS, ACCOUNT.c.password_hash).where(ACCOUNT.c.name == name)).first()
    kept = row.password_hash if row is not None and row.disabled_at is None else None
    with_right = password_fits(password, kept)
    with engine.begin() as connection:
        if row is None or not with_right:
            note(connection, row.name if row else "(unknown)", row.role if row else "citizen", "login failed", address)
        else:
            lockout.welcome(connection, name, address)
            note(connection, row.name, row.role, "login", address)
    if row is None or not with_right:
        raise NotAuthenticated("Sai tên đăng nhập hoặc mật khẩu. · Wrong name or password.")
    return account_of(row)


def note(connection: Connection, subject: str, role: str, action: str, address: str) -> None:
    """Put into the audit what somebody did with an account; names that exist nowhere are not kept."""
    values = {"subject": subject, "role": role, "action": action, "address": address}
    connection.execute(insert(AUDIT).inline().values(values))


def _short(issuer: str, subject: str) -> str:
    # Names of a provider must not take those of local accounts, nor each other's.
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:8]


def check_role(role: str) -> Role:
    """The role of that name that has accounts. Raises `BadRequest`."""
    for known in STAFF:
        if known == role:
            return known
    raise BadRequest(f"'{role}' is no role of an account; roles are {', '.join(sorted(STAFF))}.")


def check_wards(connection: Connection, role: Role, wards: Iterable[str]) -> tuple[str, ...]:
    """The wards in order, each once. Raises `BadRequest` where one does not exist today, or the role has none."""
    chosen = tuple(sorted(set(wards)))
    if chosen and role not in ROLES_WITH_WARDS:
        raise BadRequest(
            f"A {role} works for the whole city: give wards to {', '.join(sorted(ROLES_WITH_WARDS))} only."
        )
    if role in ROLES_WITH_WARDS and not chosen:
        raise BadRequest(f"A {role} needs at least one ward: --ward CODE.")
    if unknown := unknown_wards(connection, chosen):
        raise BadRequest(f"No ward of today has the code {', '.join(unknown)}. The layer 'wards' lists them.")
    return chosen


def unknown_wards(connection: Connection, codes: Iterable[str]) -> list[str]:
    """Those of `codes` that no ward has today; codes of the time before 1 July 2025 may mean other wards."""
    today = text(
        "select code from city.wards where code = any(:codes)"
        " and coalesce(valid_from, '-infinity') <= current_date and coalesce(valid_to, 'infinity') >= current_date"
    )
    asked = list(codes)
    known = set(connection.scalars(today, {"codes": asked}))
    return [code for code in asked if code not in known or not _WARD.fullmatch(code)]
