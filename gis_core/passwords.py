"""Secrets people and programs show: passwords as Argon2id hashes, random secrets as SHA-256 digests."""

import hashlib
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gis_core.errors import BadRequest

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_HASHER = PasswordHasher()  # Argon2id with the parameters of RFC 9106, section 4, low memory (64 MiB)
_AT_ONCE = threading.BoundedSemaphore(2)  # log-ins take turns: a flood of them must not take memory and processors


def hash_password(password: str) -> str:
    """The hash to keep of a chosen password. Raises `BadRequest` where it is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadRequest(
            f"Mật khẩu phải có từ {SHORTEST_PASSWORD} đến {LONGEST_PASSWORD} ký tự. · "
            f"A password must have between {SHORTEST_PASSWORD} and {LONGEST_PASSWORD} characters."
        )
    return _HASHER.hash(_composed(password))


def password_fits(password: str, kept: str | None) -> bool:
    """Whether `password` is the one behind the hash `kept`; takes as long where nothing is kept."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobody(), _composed(password)[:LONGEST_PASSWORD]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def new_secret(prefix: str = "") -> str:
    """A secret of 160 random bits in letters and digits that survive dictation, after `prefix`."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return prefix + "".join(secrets.choice(alphabet) for _ in range(33))


def digest(secret: str) -> bytes:
    """What is kept of a random secret: guessing 160 bits needs no slow hash to be hopeless."""
    return hashlib.sha256(secret.encode()).digest()


def _composed(password: str) -> str:
    # Vietnamese keyboards differ in whether they send composed letters; both must open the same door.
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
