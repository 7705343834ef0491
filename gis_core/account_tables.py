"""Tables of accounts, sessions, credentials, failed log-ins and the audit, in schema `platform`.

The public and the staff login reach none of them, but for what the audit takes in; the server has a login of its own
for accounts (`gis_core.db.ACCOUNTS_LOGIN`), with the rights of `account_statements`.
"""

from collections.abc import Iterator

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from gis_core.access import database_role
from gis_core.layer import STAFF
from gis_core.table import METADATA


def _moment(name: str, *, now: bool = False, index: bool = False) -> Column[object]:
    default = text("now()") if now else None
    return Column(name, DateTime(timezone=True), nullable=not now, server_default=default, index=index)


def _account() -> Column[int]:
    return Column(
        "account_id", BigInteger, ForeignKey("platform.account.id", ondelete="CASCADE"), nullable=False, index=True
    )


ACCOUNT = Table(
    "account",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("wards", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("password_hash", Text),
    # Whether the password is the one that was printed for a demonstration.
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    # Who vouches for the account where it is not us: an OpenID Connect provider and its name for the person.
    Column("issuer", Text),
    Column("issuer_subject", Text),
    _moment("created_at", now=True),
    _moment("disabled_at"),
    UniqueConstraint("issuer", "issuer_subject"),
    schema="platform",
)

SESSION = Table(
    "session",
    METADATA,
    Column("token_digest", LargeBinary, primary_key=True),
    _account(),
    Column("csrf_token", Text, nullable=False),
    _moment("created_at", now=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    schema="platform",
)

CREDENTIAL = Table(
    "credential",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    _account(),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("secret_digest", LargeBinary, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    _moment("created_at", now=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    _moment("last_used_at"),
    schema="platform",
)

LOGIN_FAILURE = Table(
    "login_failure",
    METADATA,
    Column("door", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
    _moment("locked_until"),
    schema="platform",
)

_ROLE = "coalesce(nullif(current_setting('role'), 'none'), session_user::text)"

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    _moment("at", now=True, index=True),
    # Who and from where is what the transaction says (gis_core.db.act), not what the writer of the entry says.
    Column("subject", Text, nullable=False, server_default=text("acting.subject()"), index=True),
    Column("role", Text, nullable=False, server_default=text(f"replace({_ROLE}, 'langbiang_', '')")),
    Column("action", Text, nullable=False),
    Column("layer", Text),
    Column("fields", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("row_count", BigInteger),
    Column("address", Text, server_default=text("current_setting('langbiang.address', true)")),
    Column("request", Text, server_default=text("current_setting('langbiang.request', true)")),
    schema="platform",
)
Index("ix_audit_layer", AUDIT.c.layer, AUDIT.c.at)


def account_statements(login: str) -> Iterator[str]:
    """The SQL that gives `login` its rights on accounts, and the roles theirs on the audit, whatever was before."""
    yield f"revoke all on all tables in schema platform from {login}"
    yield f"grant usage on schema platform, acting to {login}"
    yield f"grant select, insert, update on platform.account to {login}"
    yield f"grant select, insert, delete on platform.session to {login}"
    yield f"grant select, insert, update, delete on platform.credential, platform.login_failure to {login}"
    yield f"grant insert (subject, role, action, address, request) on platform.audit to {login}"
    staff = ", ".join(database_role(role) for role in sorted(STAFF))
    yield f"grant insert (action, layer, fields, row_count) on platform.audit to {staff}"
    yield f"grant select on platform.audit to {database_role('administrator')}"
