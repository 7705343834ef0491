"""What a deployment may choose, read once from the environment by the composition root and passed down."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis_core.errors import BadRequest


class Settings(BaseSettings):
    """Settings from `LANGBIANG_*` variables, plus `DATABASE_URL` and `PORT` as hosts usually name them.

    Without `database_url` a private PostGIS cluster in `data` is used (see `gis_core.postgres`).
    """

    model_config = SettingsConfigDict(
        env_prefix="LANGBIANG_", env_ignore_empty=True, populate_by_name=True, extra="ignore"
    )

    environment: Literal["demo", "production"] = "demo"
    data: Path = Path(".langbiang")
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT")
    public_url: str | None = None
    workers: int = Field(default=1, ge=1, le=64)

    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    requests_per_minute: int = Field(default=12_000, ge=1)
    """How often one address may ask without an account, in each server process; one account twice as often.

    Debian's GDAL reads ten features a request, one after the other: about 6,000 a minute; a map view takes about 110.
    """
    largest_request: int = Field(default=50 << 20, ge=1 << 10)
    """Bytes of the body of a request."""
    body_seconds: float = Field(default=60, gt=0)
    audit_days: int = Field(default=730, ge=30)
    """Entries of the audit older than this are removed when the platform is started."""
    extract_days: int = Field(default=365, ge=1)
    """For so many days the code on a parcel's extract can be checked; then its entry is removed."""
    extracts_per_minute: int = Field(default=20, ge=1)
    """How many extracts (PDF) one address may ask for without an account; one account twice as many."""
    reports_per_minute: int = Field(default=20, ge=1)
    """How many forms of citizens' reports one address may send; one account twice as many."""
    job_days: int = Field(default=30, ge=1)
    """Jobs that ended longer ago are forgotten, with their results."""
    job_file_hours: int = Field(default=48, ge=1)
    """Files that jobs have made are removed so long after their job has ended."""
    callback_hosts: str = ""
    """Where jobs may report to: host names (`hooks.example.org`; `:port` for one other than 80 and 443), by commas.

    A name counts for public addresses only; private ones are reached where the list has the address or its network
    itself (`10.2.3.4:8080`, `10.2.0.0/16`).
    """
    echo_process: bool = False
    """Whether there is a process `echo`, which everybody may run, for the conformance suites."""

    oidc_issuer: str | None = None
    """The OpenID Connect provider whose accounts may log in; its discovery document is under it."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_audience: str | None = None
    """The audience that bearer tokens must name; the client id where absent."""
    oidc_role_claim: str = "roles"
    oidc_roles: dict[str, str] = Field(default_factory=dict)
    """Values of the role claim and the roles of the platform that they mean, as JSON; the first that fits counts."""
    oidc_ward_claim: str = "wards"

    @property
    def root_url(self) -> str:
        """The absolute address of the server, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def read_settings(**chosen: Any) -> Settings:
    """The settings from the environment, where `chosen` does not override them (None chooses nothing).

    Raises `BadRequest` with one sentence that names each wrong setting.
    """
    try:
        return Settings(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        faults = (f"{fault['loc'][0]}: {fault['msg']} (got '{fault['input']}')" for fault in error.errors())
        raise BadRequest("A setting is wrong. " + "; ".join(faults) + ".") from None


def secret(folder: Path, name: str) -> str:
    """The secret `name` kept in `folder/secrets` with mode 0600; made on first use, so none lives in the repository."""
    path = folder / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(32))
        # Linked, not written in place: another process must never read half a secret or get a second one.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()
