"""Accounts that an OpenID Connect provider vouches for: browsers (code with PKCE) and other systems (bearer tokens)."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey

from gis_core.accounts import Account, check_role, check_wards, vouched_account
from gis_core.db import ANONYMOUS, Engines, acting_as
from gis_core.errors import BadRequest, NotAllowed, NotAuthenticated, Unavailable
from gis_core.layer import Role
from gis_core.settings import Settings, secret

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with public keys only: neither 'none' nor a shared secret proves who signed."""
ATTEMPT_SECONDS = 600
_FRESH_SECONDS = 3600.0
_SHORTEST_REFRESH = 10.0
_TIMEOUT = 10.0
_LEEWAY = 30  # clocks differ


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in under way: where to send the browser, and what it keeps in a cookie until it comes back."""

    url: str
    kept: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where the provider's claims say role and wards, and what its names of roles mean here."""

    role_claim: str
    roles: Mapping[str, Role]
    ward_claim: str

    def role(self, claims: Mapping[str, Any]) -> Role:
        """The first role of the mapping that `claims` contain. Raises `NotAllowed` where there is none."""
        named = _values(_claim(claims, self.role_claim))
        for name, role in self.roles.items():
            if name in named:
                return role
        raise NotAllowed(
            "Tài khoản này chưa được giao vai trò nào. · Your account has no role here; ask the administrator to map "
            f"one of its values of the claim '{self.role_claim}'."
        )

    def wards(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """The ward codes in `claims`."""
        return tuple(_values(_claim(claims, self.ward_claim)))


class Provider:
    """The provider of the settings; its documents are fetched when they are first needed and kept for an hour."""

    def __init__(self, settings: Settings, key: str) -> None:
        client_secret = settings.oidc_client_secret
        self.issuer = str(settings.oidc_issuer).rstrip("/")
        self.client_id = str(settings.oidc_client_id)
        self.audience = settings.oidc_audience or self.client_id
        self._client_secret = client_secret.get_secret_value() if client_secret else None
        roles = {name: check_role(role) for name, role in settings.oidc_roles.items()}
        self._mapped = Mapped(settings.oidc_role_claim, roles, settings.oidc_ward_claim)
        self._key = OctKey.import_key(key)
        self._documents: dict[str, tuple[float, dict[str, Any]]] = {}

    def account_of_token(self, engines: Engines, token: str) -> Account:
        """The account behind the bearer token of another system.

        Raises `NotAuthenticated` where the token is not one of the provider's for us and for now, `NotAllowed` where
        it gives no role or unknown wards, or the account is disabled here.
        """
        return self._account(engines, self._claims(token, self.audience))

    def begin(self, callback: str, next_path: str) -> Attempt:
        """A new log-in that comes back to `callback` and then goes on to `next_path`."""
        kept: dict[str, Any] = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        with self._client(callback) as client:
            url, _ = client.create_authorization_url(
                self._discovered("authorization_endpoint"), state=kept["state"], nonce=kept["nonce"],
                code_verifier=kept["verifier"],
            )  # fmt: skip
        kept |= {"next": next_path, "exp": int(time.time()) + ATTEMPT_SECONDS}
        return Attempt(str(url), jwt.encode({"alg": "HS256"}, kept, self._key))

    def finish(self, engines: Engines, callback: str, answer: str, kept: str) -> tuple[Account, str]:
        """The account that logged in, and the path to go on to; `answer` is the address the browser came back to."""
        attempt = self._attempt(kept)
        try:
            with self._client(callback, attempt["state"]) as client:
                token = client.fetch_token(
                    self._discovered("token_endpoint"), authorization_response=answer,
                    code_verifier=attempt["verifier"],
                )  # fmt: skip
                claims = self._claims(token.get("id_token", ""), self.client_id, attempt["nonce"])
                claims = self._userinfo(client, claims["sub"]) | claims
        except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
            raise NotAuthenticated(
                f"Đăng nhập không thành công. · The log-in failed ({type(error).__name__})."
            ) from None
        return self._account(engines, claims), attempt["next"]

    def _client(self, callback: str, state: str | None = None) -> OAuth2Client:
        return OAuth2Client(
            self.client_id, self._client_secret, scope="openid profile", redirect_uri=callback, state=state,
            code_challenge_method="S256", timeout=_TIMEOUT,
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
        )  # fmt: skip

    def _attempt(self, kept: str) -> dict[str, Any]:
        try:
            claims = jwt.decode(kept, self._key, algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
        except (JoseError, ValueError):
            raise NotAuthenticated(
                "Phiên đăng nhập đã quá hạn; hãy thử lại. · The log-in took too long; start again at /login."
            ) from None
        return claims

    def _claims(self, token: str, audience: str, nonce: str | None = None) -> dict[str, Any]:
        rules: dict[str, Any] = {
            "iss": {"essential": True, "value": self._discovered("issuer")},
            "aud": {"essential": True, "value": audience},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        if nonce is not None:
            rules["nonce"] = {"essential": True, "value": nonce}
        try:
            claims = self._decoded(token)
            jwt.JWTClaimsRegistry(leeway=_LEEWAY, **rules).validate(claims)
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            reason = str(error).splitlines()[0] if isinstance(error, JoseError) else "it cannot be read"
            raise NotAuthenticated(f"Mã truy cập không hợp lệ. · The token is refused: {reason}.") from None
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._keys(_FRESH_SECONDS), algorithms=ALGORITHMS).claims
        except (InvalidKeyIdError, ValueError):  # the provider may have changed its keys
            return jwt.decode(token, self._keys(_SHORTEST_REFRESH), algorithms=ALGORITHMS).claims

    def _keys(self, fresh: float) -> KeySet:
        return KeySet.import_key_set(self._document(self._discovered("jwks_uri"), fresh))  # type: ignore[arg-type]

    def _discovered(self, name: str) -> str:
        found = self._document(f"{self.issuer}/.well-known/openid-configuration", _FRESH_SECONDS)
        if found.get("issuer", "").rstrip("/") != self.issuer:
            raise Unavailable(f"The OpenID Connect provider at {self.issuer} says that it is another.")
        return str(found[name])

    def _document(self, url: str, fresh: float) -> dict[str, Any]:
        """The JSON document at `url`, fetched again where the one known is older than `fresh` seconds."""
        fetched, document = self._documents.get(url, (-_FRESH_SECONDS, {}))
        if time.monotonic() - fetched > fresh:
            try:
                document = httpx.get(url, timeout=_TIMEOUT).raise_for_status().json()
            except (httpx.HTTPError, ValueError):
                raise Unavailable(
                    "Hệ thống đăng nhập một lần không trả lời. · The single sign-on does not answer."
                ) from None
            self._documents[url] = time.monotonic(), document
        return document

    def _userinfo(self, client: OAuth2Client, subject: str) -> dict[str, Any]:
        claims: dict[str, Any] = client.get(self._discovered("userinfo_endpoint")).raise_for_status().json()
        # OpenID Connect Core 5.3.2: otherwise somebody's token could bring somebody else's claims.
        return claims if claims.get("sub") == subject else {}

    def _account(self, engines: Engines, claims: Mapping[str, Any]) -> Account:
        role = self._mapped.role(claims)
        try:
            with acting_as(engines, ANONYMOUS) as connection:
                wards = check_wards(connection, role, self._mapped.wards(claims))
        except BadRequest as error:
            raise NotAllowed(f"The claim '{self._mapped.ward_claim}': {error}") from None
        name = str(claims.get("preferred_username") or claims["sub"])
        with engines.accounts.begin() as connection:
            account = vouched_account(connection, self.issuer, str(claims["sub"]), name, role, wards)
        if account.disabled_at is not None:
            raise NotAllowed("Tài khoản đã bị khoá. · This account is disabled.")
        return account


def provider_of(settings: Settings, data: Path) -> Provider | None:
    """The provider of the settings, None where they name none. Raises `BadRequest` where they are incomplete."""
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None:
        raise BadRequest("LANGBIANG_OIDC_ISSUER is set, LANGBIANG_OIDC_CLIENT_ID is missing.")
    return Provider(settings, secret(data, "oidc"))


def _claim(claims: Mapping[str, Any], path: str) -> object:
    """The claim at `path`; dots lead into objects, as in Keycloak's `realm_access.roles`."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _values(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.replace(",", " ").split()
    return [str(one) for one in claim] if isinstance(claim, list) else []
