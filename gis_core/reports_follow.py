"""Following a report by its code: what may be known of it, joining it, and answering a question of the office."""

import unicodedata
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis_core.errors import BadRequest, Conflict, NotFound
from gis_core.reports import LONGEST_TEXT
from gis_core.reports_clock import calendar_of, due_at, pauses

_BY_CODE = text("select platform.report_by_code(:code, :key)")
_FOLLOW = text("select platform.follow_report(:code, :key)")
_ANSWER = text("select platform.answer_report(:code, :key, :said, :due)")
_MOMENTS = ("received_at", "due_at", "resolved_at")


def report_by_code(connection: Connection, code: str, key: uuid.UUID | None) -> dict[str, Any]:
    """What may be known of the report: all of one's own with the form's key, its state otherwise. Raises `NotFound`."""
    found = (
        connection.execute(_BY_CODE, {"code": code, "key": key}).scalar()
        if 0 < len(code) <= 40 and "\0" not in code
        else None
    )
    if found is None:
        shown = code[:40]
        raise NotFound(f"Không có phản ánh mã '{shown}'. · There is no report with the code '{shown}'.")
    known = dict(found)
    for name in _MOMENTS:
        known[name] = datetime.fromisoformat(known[name]) if known[name] else None
    known["events"] = [{**one, "at": datetime.fromisoformat(one["at"])} for one in known["events"]]
    return known


def follow(connection: Connection, code: str, key: uuid.UUID) -> int:
    """How many follow the report with whoever holds `key`. Raises `NotFound` for one that is not public."""
    count = connection.execute(_FOLLOW, {"code": code, "key": key}).scalar()
    if count is None:
        raise NotFound(f"Không có phản ánh công khai mã '{code[:40]}'. · There is no public report '{code[:40]}'.")
    return int(count)


def answer_question(connection: Connection, code: str, key: uuid.UUID, words: str, now: datetime) -> None:
    """Takes the reporter's answer, and lets the clock go on.

    Raises `BadRequest` for no words, `NotFound`, and `Conflict` where nothing is asked any longer.
    """
    said = unicodedata.normalize("NFC", words).replace("\0", "").strip()
    if not 1 <= len(said) <= LONGEST_TEXT:
        raise BadRequest("Hãy viết câu trả lời. · Write your answer.")
    known = report_by_code(connection, code, key)
    stood = pauses([*((one["at"], one["status"]) for one in known["events"]), (now, "xac_minh")])
    calendar = calendar_of(connection, known["unit"] or "")
    due = due_at(connection, known["received_at"], known["severity"], calendar, paused=stood)
    if not connection.execute(_ANSWER, {"code": code, "key": key, "said": said, "due": due}).scalar():
        raise Conflict("Phản ánh này không còn chờ bổ sung. · Nothing is asked about this report any longer.")
