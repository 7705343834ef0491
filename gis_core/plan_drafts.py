"""Drafts of plan versions: begun with an upload, corrected, handed in for approval, returned or discarded.

The functions take a connection that acts as the planner: PostgreSQL decides what may be read and written, writes down
who did what, and refuses what a draft's state does not allow.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import orjson
from psycopg2 import errors
from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.exc import DBAPIError

from gis_core.audit import record
from gis_core.errors import Conflict, NotFound
from gis_core.plan_versions import given_reason, refuse_late_date, spoken_moment

LONGEST = 300
"""Characters of a name, a code or a decision number."""


@dataclass(frozen=True, slots=True)
class About:
    """What a planner says of a plan version, checked already: which plan, by which decision, valid from when."""

    plan_code: str
    plan_name: str
    plan_level: str
    decision_no: str
    decision_date: date
    valid_from: date
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken in: its name as sent, its SHA-256, its size, what is to be read of it."""

    file_name: str
    file_hash: str
    file_bytes: int
    dataset: str
    file_layer: str | None
    file_columns: tuple[str, ...]


_BEGIN = text(
    """
    insert into platform.plan_draft
           (file_name, file_hash, file_bytes, dataset, file_layer, file_columns, plan_code, plan_name, plan_level,
            decision_no, decision_date, valid_from, crs)
    values (:file_name, :file_hash, :file_bytes, :dataset, :file_layer, cast(:file_columns as text[]), :plan_code,
            :plan_name, :plan_level, :decision_no, :decision_date, :valid_from, :crs)
    on conflict do nothing returning id
    """
)
_SAME = text("select id from platform.plan_draft where file_hash = :hash and status not in ('discarded', 'withdrawn')")
_NEEDED = text("select exists (select from platform.plan_draft where file_hash = :hash and status <> 'discarded')")
_ONE = text("select * from platform.plan_draft where id = :id")
_LIST = text(
    """
    select *, hands @> array[acting.subject()] as own from platform.plan_draft where status <> 'discarded'
     order by array_position(array['submitted', 'checked', 'checking', 'published', 'withdrawn'], status), id desc
     limit 200
    """
)
_CORRECT = text(
    """
    update platform.plan_draft
       set plan_code = :plan_code, plan_name = :plan_name, plan_level = :plan_level, decision_no = :decision_no,
           decision_date = :decision_date, valid_from = :valid_from, crs = :crs,
           columns = coalesce(cast(:columns as jsonb), columns),
           status = 'checking', blocking = null
     where id = :id
    """
)
_PLAN = text(
    """
    select plan_code, plan_name, plan_level from city.plans
     where plan_code = :code order by plan_version desc limit 1
    """
)
_KNOWN = text(
    "select distinct on (plan_code) plan_code, plan_name, plan_level from city.plans order by 1, plan_version desc"
)
_MOVE = {
    "accept": "update platform.plan_draft set repairs = cast(:rows as bigint[]), status = 'checking' where id = :id",
    "again": "update platform.plan_draft set status = 'checking' where id = :id",
    "submit": "update platform.plan_draft set status = 'submitted', note = null where id = :id",
    "return": "update platform.plan_draft set status = 'checked', note = :note where id = :id",
    "discard": "update platform.plan_draft set status = 'discarded' where id = :id",
}


def known_plans(connection: Connection) -> list[RowMapping]:
    """Code, name and level of every plan, as its newest version has them."""
    return list(connection.execute(_KNOWN).mappings())


def known_plan(connection: Connection, code: str) -> RowMapping | None:
    """Name and level of the plan `code`, None where there is none."""
    return connection.execute(_PLAN, {"code": code}).mappings().first()


def begin(connection: Connection, upload: Upload, about: About) -> tuple[int, bool]:
    """The draft of the file, and whether it is new: the same file leads to the draft that it led to before.

    Raises `Conflict` where the version would begin before, or on the day of, one that is published.
    """
    known = connection.scalar(_SAME, {"hash": upload.file_hash})
    if known is not None:
        return known, False
    refuse_late_date(connection, about.plan_code, about.valid_from)
    given = {**asdict(upload), **asdict(about), "file_columns": list(upload.file_columns)}
    made = connection.scalar(_BEGIN, given)
    if made is None:  # somebody uploaded it at the same moment
        return int(connection.execute(_SAME, {"hash": upload.file_hash}).scalar_one()), False
    record(connection, "plan.upload", "plans", [], 1)
    return int(made), True


def drafts(connection: Connection) -> list[RowMapping]:
    """The drafts that are not discarded, those that wait for approval first; `own`: who asks had a hand in it."""
    return list(connection.execute(_LIST).mappings())


def find_draft(connection: Connection, draft: int) -> RowMapping:
    """The draft. Raises `NotFound`."""
    row = connection.execute(_ONE, {"id": draft}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Không có bản thảo {draft}. · There is no draft {draft}.")
    return row


def correct(
    connection: Connection, draft: int, version: int, about: About, columns: Mapping[str, str] | None = None
) -> None:
    """Changes what is said of the draft and which column fills which field (None: as before); it is checked again."""
    _held(connection, draft, version)
    refuse_late_date(connection, about.plan_code, about.valid_from)
    chosen = None if columns is None else orjson.dumps(columns).decode()
    _change(connection, _CORRECT, draft, asdict(about) | {"columns": chosen})
    record(connection, "plan.correct", "plans", [], 1)


def accept_repairs(connection: Connection, draft: int, version: int, rows: list[int]) -> None:
    """Lets the repaired copies of these rows count, and no others; the draft has to be checked again."""
    _held(connection, draft, version)
    _move(connection, "accept", draft, rows=sorted(set(rows)))


def check_again(connection: Connection, draft: int, version: int) -> None:
    """Sends the draft through its check again."""
    _held(connection, draft, version)
    _move(connection, "again", draft)


def submit_draft(connection: Connection, draft: int, version: int) -> None:
    """Hands the draft in for approval by somebody else. Raises `Conflict` while unchecked or with blocking findings."""
    row = _held(connection, draft, version)
    if row["status"] != "checked" or row["blocking"]:
        raise Conflict(
            "Bản thảo còn lỗi chặn hoặc chưa kiểm tra xong. · The draft has blocking findings or is still unchecked."
        )
    _move(connection, "submit", draft)


def return_draft(connection: Connection, draft: int, version: int, note: str) -> None:
    """Gives a draft that waits for approval back, with a reason. Raises `BadRequest` without one."""
    reason = given_reason(note)
    if _held(connection, draft, version)["status"] != "submitted":
        raise Conflict("Bản thảo không chờ duyệt. · The draft does not wait for approval.")
    _move(connection, "return", draft, note=reason)


def discard(connection: Connection, draft: int, version: int) -> str | None:
    """The hash of the file that nobody needs any more, None where another draft came from the same file.

    The draft's rows stay, for who asks what became of it.
    """
    row = _held(connection, draft, version)
    _move(connection, "discard", draft)
    return None if connection.scalar(_NEEDED, {"hash": row["file_hash"]}) else str(row["file_hash"])


def set_job(connection: Connection, draft: int, job: object) -> None:
    """Notes which job checks the draft."""
    statement = text("update platform.plan_draft set job = cast(:job as uuid) where id = :id and status = 'checking'")
    _change(connection, statement, draft, {"job": str(job)})


def _held(connection: Connection, draft: int, version: int) -> RowMapping:
    """The draft, locked. Raises `NotFound`, `Conflict` where it is being checked or is not as the planner saw it."""
    find_draft(connection, draft)
    try:
        held = text(f"{_ONE.text} for update nowait")
        row = connection.execute(held, {"id": draft}).mappings().one()
    except DBAPIError as error:
        if isinstance(error.orig, errors.LockNotAvailable):
            raise Conflict(
                "Bản thảo đang được kiểm tra; hãy chờ. · The draft is being checked; wait a moment."
            ) from None
        raise
    if row["version"] != version:
        raise changed_since(row)
    return row


def changed_since(row: RowMapping) -> Conflict:
    """The error that tells who has decided on the draft meanwhile and when, or that it was changed."""
    if row["status"] == "published":
        when = spoken_moment(row["decided_at"])
        return Conflict(
            f"{row['decided_by']} đã duyệt và công bố bản thảo này lúc {when}. · "
            f"{row['decided_by']} approved and published this draft at {when}."
        )
    return Conflict(
        "Bản thảo đã được sửa sau khi bạn mở; hãy tải lại trang. · "
        "The draft was changed after you opened it; load the page again."
    )


def _move(connection: Connection, step: str, draft: int, **values: Any) -> None:
    _change(connection, text(_MOVE[step]), draft, values)
    record(connection, f"plan.{step}", "plans", [], 1)


def _change(connection: Connection, statement: Any, draft: int, values: Mapping[str, Any]) -> None:
    try:
        connection.execute(statement, {**values, "id": draft})
    except DBAPIError as error:
        if isinstance(error.orig, errors.CheckViolation):
            raise Conflict(
                "Trạng thái của bản thảo không cho phép việc này; hãy tải lại trang. · "
                "The draft's state does not allow this; load the page again."
            ) from None
        raise
