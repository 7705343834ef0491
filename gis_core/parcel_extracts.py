"""The register of extracts: what was printed of a parcel, so that anybody can check a copy by its code.

It holds public facts only and nothing of who asked. No role reaches it: the server writes and reads it as the owner, so
that what the public login can be made to do never makes a false extract look genuine.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from gis_core.parcels import Facts
from gis_core.platform_tables import EXTRACT
from gis_core.query import CITY_TIME

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of codes: none that is mistaken for another on paper (0 and O, 1 and I)."""
CODE_LETTERS = 16  # 80 bits: not to be guessed
GROUP = 4
REISSUED_WITHIN = timedelta(minutes=15)
"""For so long the same content in the same language is handed out again under the same code."""


@dataclass(frozen=True, slots=True)
class Extract:
    """One entry: the code as printed, when it was issued, from which versions of the data, and what was printed."""

    code: str
    parcel_id: int
    issued_at: datetime
    data_versions: dict[str, Any]
    content: dict[str, Any]


def digest(content: dict[str, Any]) -> str:
    """The SHA-256 of `content` in hexadecimal, the same whatever the order of its members."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def printed(facts: Facts, corners: list[list[tuple[float, float]]]) -> dict[str, Any]:
    """What an extract holds: the facts, with the corners (east, north) of each ring of the outline, as plain JSON."""
    content: dict[str, Any] = orjson.loads(orjson.dumps({**facts, "corners": corners}))
    return content


def issue(
    connection: Connection, content: dict[str, Any], language: str, data_versions: dict[str, Any], days: int
) -> Extract:
    """The entry for `content`: a recent one of the same content, else a new one that is kept for `days`."""
    columns, now = EXTRACT.c, datetime.now(CITY_TIME)
    known = connection.execute(
        select(EXTRACT).where(
            columns.parcel_id == content["id"],
            columns.issued_at > now - REISSUED_WITHIN,
            columns.language == language,
            columns.digest == digest(content),
        ).order_by(columns.issued_at).limit(1)
    ).one_or_none()  # fmt: skip
    if known is not None:
        return _extract(known)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    row = {
        "code": code, "parcel_id": content["id"], "language": language, "digest": digest(content), "content": content,
        "data_versions": data_versions, "issued_at": now, "expires_at": now + timedelta(days=days),
    }  # fmt: skip
    return _extract(connection.execute(insert(EXTRACT).values(row).returning(EXTRACT)).one())


def find_extract(connection: Connection, written: str) -> Extract | None:
    """The entry with the code as somebody wrote it; None where there is none or it is past its time."""
    code = "".join(letter for letter in written.upper() if letter in ALPHABET)
    if len(code) != CODE_LETTERS:
        return None
    wanted = select(EXTRACT).where(EXTRACT.c.code == code, EXTRACT.c.expires_at > func.now())
    found = connection.execute(wanted).one_or_none()
    return None if found is None else _extract(found)


def changed_parts(extract: Extract, today: dict[str, Any]) -> list[str]:
    """The names of the parts whose content is no longer what was printed; none where all still holds."""
    names = {*extract.content, *today}
    return sorted(name for name in names if extract.content.get(name) != today.get(name))


def forget_extracts(connection: Connection) -> int:
    """How many entries past their time were removed."""
    return int(connection.execute(delete(EXTRACT).where(EXTRACT.c.expires_at <= func.now())).rowcount)


def _extract(row: Any) -> Extract:
    grouped = "-".join(row.code[start : start + GROUP] for start in range(0, CODE_LETTERS, GROUP))
    return Extract(grouped, row.parcel_id, row.issued_at.astimezone(CITY_TIME), row.data_versions, row.content)
