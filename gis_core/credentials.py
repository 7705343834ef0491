"""Application passwords (HTTP Basic, for QGIS and GDAL) and API tokens (Bearer, for programs).

Both are made by us and kept as digests.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from gis_core.account_tables import ACCOUNT, CREDENTIAL
from gis_core.accounts import COLUMNS, Account, account_of
from gis_core.errors import BadRequest, NotFound
from gis_core.passwords import digest, new_secret

Kind = Literal["application_password", "token"]
Scope = Literal["read", "write"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIXES: dict[Kind, str] = {"application_password": "lba_", "token": "lbt_"}
"""What the secrets begin with, so that people and secret scanners can tell what they have found."""
LONGEST_DAYS = 730


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of a credential after it was made: everything but the secret."""

    id: int
    kind: Kind
    label: str
    scope: Scope
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a credential opens: an account, to read or also to write."""

    account: Account
    scope: Scope


def add_credential(
    connection: Connection, account: Account, kind: Kind, label: str, scope: str = "read", days: int = 365
) -> str:
    """The secret of a new credential, to be shown once. Raises `BadRequest` for a wrong label, scope or time."""
    if scope not in SCOPES:
        raise BadRequest(f"scope: '{scope}' is none of {', '.join(SCOPES)}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(f"days: a credential is valid for 1 to {LONGEST_DAYS} days, not {days}.")
    if not 1 <= len(label.strip()) <= 100:
        raise BadRequest("label: say in 1 to 100 characters what the credential is for.")
    secret = new_secret(PREFIXES[kind])
    values = {"account_id": account.id, "kind": kind, "label": label.strip(), "scope": scope}
    expires_at = func.now() + timedelta(days=days)
    connection.execute(insert(CREDENTIAL).values(**values, secret_digest=digest(secret), expires_at=expires_at))
    return secret


def open_with(connection: Connection, kind: Kind, secret: str, name: str | None = None) -> Opened | None:
    """What `secret` opens (of the account `name`, where one is given); None where it opens nothing (any more)."""
    row = connection.execute(
        select(*COLUMNS, CREDENTIAL.c.id.label("credential_id"), CREDENTIAL.c.scope)
        .join(ACCOUNT, ACCOUNT.c.id == CREDENTIAL.c.account_id)
        .where(CREDENTIAL.c.secret_digest == digest(secret), CREDENTIAL.c.kind == kind)
        .where(CREDENTIAL.c.expires_at > func.now(), ACCOUNT.c.disabled_at.is_(None))
    ).first()
    if row is None or (name is not None and row.name != name.strip().lower()):
        return None
    _note_use(connection, row.credential_id)
    return Opened(account_of(row), row.scope)


def credentials_of(connection: Connection, account: Account) -> list[Credential]:
    """The credentials of `account`, newest first."""
    columns = (CREDENTIAL.c[name] for name in Credential.__dataclass_fields__)
    rows = connection.execute(
        select(*columns).where(CREDENTIAL.c.account_id == account.id).order_by(CREDENTIAL.c.id.desc())
    )
    return [Credential(*row) for row in rows]


def revoke(connection: Connection, account: Account, credential: int) -> None:
    """End a credential of `account`. Raises `NotFound`, alike for absent and for other people's."""
    own = (CREDENTIAL.c.id == credential, CREDENTIAL.c.account_id == account.id)
    if not connection.execute(delete(CREDENTIAL).where(*own)).rowcount:
        raise NotFound(f"Không có mật khẩu ứng dụng số {credential}. · There is no credential {credential} of yours.")


def _note_use(connection: Connection, credential: int) -> None:
    # Once a minute is enough to see what is in use, and saves a write on every request of a desktop program.
    stale = or_(CREDENTIAL.c.last_used_at.is_(None), CREDENTIAL.c.last_used_at < func.now() - timedelta(minutes=1))
    connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.id == credential, stale).values(last_used_at=func.now()))
