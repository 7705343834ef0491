"""The office's work on reports: what waits, one case with its steps, and the steps that the rules allow from its state.

The functions take a connection that acts as the officer: PostgreSQL decides what may be read and written, checks every
step against `platform.report_transition` and writes it down (trigger `guard_report`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis_core.audit import record
from gis_core.crs import STORAGE_SRID
from gis_core.edits import Change, Stored, change
from gis_core.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from gis_core.layer import Layer, Role, Text
from gis_core.paging import decode_key, encode_key
from gis_core.reports_clock import STANDING, calendar_of, due_at, pauses, steps_of

PAGE = 50
LONGEST_NOTE = 4_000
_DONE = tuple(sorted(STANDING - {"cho_bo_sung"}))

_LIST = text(
    """
    select r.id, r.report_code, r.report_category, r.report_severity, r.report_status, r.public_content, r.received_at,
           r.due_at, r.resolved_at, r.assigned_unit, r.ward_code, r.is_public,
           coalesce(r.due_at < now() and r.report_status <> all(:done), false) as overdue
      from city.report_points r
     where (:status = '' or r.report_status = :status) and (:category = '' or r.report_category = :category)
       and (:ward = '' or r.ward_code = :ward)
       and (not :overdue or (r.due_at < now() and r.report_status <> all(:done)))
       and (cast(:at as timestamptz) is null or (r.received_at, r.id) < (cast(:at as timestamptz), :id))
     order by r.received_at desc, r.id desc limit :limit
    """
)
_COUNTS = text(
    """
    select count(*) filter (where report_status = 'moi') as fresh,
           count(*) filter (where report_status <> all(:done)) as open,
           count(*) filter (where due_at < now() and report_status <> all(:done)) as overdue,
           count(*) filter (where report_status = 'cho_bo_sung') as waiting
      from city.report_points
    """
)
_CASE = """
    select r.id, r.version, r.report_code, r.report_category, r.report_severity, r.report_status, r.public_content,
           r.received_at, r.due_at, r.resolved_at, r.assigned_unit, r.ward_code, r.is_public, r.answer, r.answer_public,
           st_x(spot) as lon, st_y(spot) as lat, c.reception_due_at, rule.vi as rule_vi, rule.en as rule_en,
           coalesce(own.is_private, false) as private,
           (select name from city.wards w where w.code = r.ward_code
             order by valid_from desc nulls last limit 1) as ward,
           (select count(*) from platform.report_follow f where f.report_id = r.id) as followers{personal}
      from city.report_points r cross join lateral st_transform(r.geom, 4326) as spot
           left join platform.report_case c on c.report_id = r.id
           left join platform.report_rule rule on rule.rule = c.rule
           left join platform.report_category_rule own on own.category = r.report_category
     where r.id = :id
"""
_EVENTS = text(
    """
    select e.at, e.actor, e.status, e.unit, e.note, m.report_code as main, m.id as main_id
      from platform.report_event e left join city.report_points m on m.id = e.merged_into
     where e.report_id = :id order by e.id
    """
)
_PHOTOS = text(
    "select id, width, height, distance_m, is_public from platform.report_photo where report_id = :id order by id"
)
_STEPS = text(
    "select to_status, vi, en, needs from platform.report_transition where from_status = :status order by rank"
)
_UNITS = text(
    """
    select unit, vi, en, per_ward from platform.unit
     where coalesce(valid_from <= current_date, true) and coalesce(valid_to >= current_date, true) order by vi
    """
)
_MAIN = text(
    """
    select r.id, (select e.merged_into from platform.report_event e
                   where e.report_id = r.id and e.merged_into is not null order by e.id desc limit 1) as gone_into
      from city.report_points r where r.report_code = :code order by r.id limit 1
    """
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty: everything."""

    status: str = ""
    category: str = ""
    ward: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step that somebody takes: to which state, with what words, to which unit, into which report."""

    to: str
    note: str = ""
    unit: str = ""
    main: str = ""
    publish: bool = False


def reports(connection: Connection, wanted: Wanted, after: str = "") -> tuple[list[dict[str, Any]], str | None]:
    """A page of reports, the newest first, and the key of the next page. Raises `BadRequest` for a key of no page."""
    at, last = decode_key(after, 2) if after else (None, 0)
    if after and not (isinstance(at, str) and isinstance(last, int)):
        raise BadRequest("after: vị trí trang không hợp lệ. · after: this is no page position.")
    asked = {"status": wanted.status, "category": wanted.category, "ward": wanted.ward, "overdue": wanted.overdue,
             "done": list(_DONE), "at": at, "id": last, "limit": PAGE + 1}  # fmt: skip
    rows = [dict(row) for row in connection.execute(_LIST, asked).mappings()]
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], encode_key([more["received_at"].isoformat(), more["id"]]) if more else None


def counts(connection: Connection) -> dict[str, int]:
    """How many reports are new, open, overdue, and waiting for their reporter."""
    return dict(connection.execute(_COUNTS, {"done": list(_DONE)}).mappings().one())


def case(connection: Connection, layer: Layer, role: Role, report: int) -> dict[str, Any]:
    """The report as the role may know it; reading personal fields is noted in the audit. Raises `NotFound`."""
    personal = [one.name for one in layer.fields_for(role) if one.personal]
    statement = _CASE.replace("{personal}", "".join(f", r.{name}" for name in personal))
    found = connection.execute(text(statement), {"id": report}).mappings().first()
    if found is None:
        raise NotFound(f"Không có phản ánh số {report}. · There is no report {report}.")
    if personal:
        record(connection, "read", layer.id, personal, 1)
    events = [dict(row) for row in connection.execute(_EVENTS, {"id": report}).mappings()]
    photos = [dict(row) for row in connection.execute(_PHOTOS, {"id": report}).mappings()]
    return {**found, "events": events, "photos": photos, "done": found["report_status"] in _DONE}


def steps(connection: Connection, known: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps that may be taken from where the report stands; results of private reports are not published."""
    found = connection.execute(_STEPS, {"status": known["report_status"]}).mappings()
    return [dict(row) for row in found if not (row["to_status"] == "cong_khai" and known["private"])]


def units(connection: Connection, ward: str | None) -> dict[str, Text]:
    """The units that a report in `ward` may go to, by their codes."""
    found = {}
    for row in connection.execute(_UNITS):
        place = f" {ward}" if row.per_ward and ward else ""
        if ward or not row.per_ward:
            found[row.unit] = Text(row.vi + place, row.en + place)
    return found


def take_step(
    connection: Connection, layer: Layer, role: Role, report: int, version: int, asked: Step, now: datetime
) -> Stored:
    """The report after the step.

    Raises `NotFound`, `BadRequest` where something is missing or the step is none, `Conflict` where another was faster.
    """
    known = case(connection, layer, role, report)
    chosen = next((one for one in steps(connection, known) if one["to_status"] == asked.to), None)
    if known["version"] != version:
        raise _changed(known)
    if chosen is None:
        raise BadRequest("Không có bước này từ trạng thái hiện nay. · There is no such step from the present state.")
    note = _note(asked, chosen["needs"])
    values: dict[str, Any] = {"report_status": asked.to, **_told(asked, chosen["needs"], note)}
    if chosen["needs"] == "unit":
        values["assigned_unit"] = _unit_name(connection, known, asked.unit)
    if asked.publish and not known["private"]:
        values["is_public"] = True
    main = _main(connection, known, asked.main) if chosen["needs"] == "merge" else None
    values |= _deadline(connection, known | values, now)
    _say(connection, note, main)
    stored = _changed_row(connection, layer, known, values)
    if main is not None:
        _tell_main(connection, main, known)
    return stored


def set_public(connection: Connection, layer: Layer, known: dict[str, Any], version: int, words: str, *,
               public: bool) -> Stored:  # fmt: skip
    """The report with the text that everybody may read, shown or not. Raises like `take_step`."""
    if public and known["private"]:
        raise BadRequest("Lĩnh vực này không bao giờ công khai. · Reports of this category are never public.")
    if known["version"] != version:
        raise _changed(known)
    if public and not 1 <= len(words.strip()) <= 2 * LONGEST_NOTE:
        raise BadRequest("Hãy ghi nội dung công khai. · Give the public text.")
    return _changed_row(connection, layer, known, {"is_public": public, "public_content": words.strip() or None})


def show_photos(connection: Connection, report: int, shown: set[int]) -> None:
    """Lets everybody see the photos `shown` of a public report, and no other ones."""
    statement = text("update platform.report_photo set is_public = (id = any(:shown)) where report_id = :report")
    connection.execute(statement, {"shown": list(shown), "report": report})


def photo_content(connection: Connection, number: int) -> bytes | None:
    """A photo's JPEG as the office may see it; None where there is no such photo."""
    found = connection.scalar(text("select content from platform.report_photo where id = :id"), {"id": number})
    return None if found is None else bytes(found)


def _note(asked: Step, needs: str) -> str:
    note = asked.note.strip()
    if len(note) > LONGEST_NOTE:
        raise BadRequest(f"Tối đa {LONGEST_NOTE} ký tự. · At most {LONGEST_NOTE} characters.")
    if needs in ("note", "answer") and not note:
        raise BadRequest("Hãy ghi lý do, câu hỏi hoặc câu trả lời. · Give the reason, the question or the answer.")
    return note


def _told(asked: Step, needs: str, note: str) -> dict[str, Any]:
    if needs == "answer":
        return {"answer": note}
    return {"answer_public": True, "is_public": True} if asked.to == "cong_khai" else {}


def _unit_name(connection: Connection, known: dict[str, Any], unit: str) -> str:
    found = units(connection, known["ward"]).get(unit)
    if found is None:
        raise BadRequest("Hãy chọn đơn vị. · Choose a unit.")
    if found.vi == known["assigned_unit"] and known["report_status"] == "phan_cong":
        raise BadRequest("Phản ánh đang ở đơn vị này. · The report is with this unit already.")
    return found.vi


def _main(connection: Connection, known: dict[str, Any], code: str) -> int:
    """The report that `known` is merged into; the one at the end where that was merged itself."""
    row = connection.execute(_MAIN, {"code": code.strip()}).first()
    if row is None:
        raise BadRequest(f"Không có phản ánh mã '{code[:40]}'. · There is no report with the code '{code[:40]}'.")
    if known["id"] in (row.id, row.gone_into):
        raise BadRequest("Không gộp một phản ánh vào chính nó. · A report cannot be merged into itself.")
    return int(row.gone_into or row.id)


def _deadline(connection: Connection, after: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What a step does to the deadline: done work keeps it, a question lifts it, and going on moves it."""
    to = after["report_status"]
    if to in _DONE:
        return {"resolved_at": now} if to == "da_xu_ly" else {}
    stood = pauses([*steps_of(connection, after["id"]), (now, to)])
    calendar = calendar_of(connection, after["assigned_unit"] or "")
    due = due_at(connection, after["received_at"], after["report_severity"], calendar, paused=stood)
    return {"due_at": due, "resolved_at": None}


def _say(connection: Connection, note: str, main: int | None) -> None:
    statement = text(
        "select set_config('langbiang.report_note', :note, true), set_config('langbiang.report_main', :main, true)"
    )
    connection.execute(statement, {"note": note, "main": str(main or "")})


def _changed_row(connection: Connection, layer: Layer, known: dict[str, Any], values: dict[str, Any]) -> Stored:
    try:
        return change(connection, layer, known["id"], {known["version"]}, Change(values, STORAGE_SRID))
    except PreconditionFailed:
        raise _changed(known) from None


def _tell_main(connection: Connection, main: int, merged: dict[str, Any]) -> None:
    statement = text(
        "insert into platform.report_event (report_id, status, unit, note)"
        " select id, report_status, assigned_unit, :note from city.report_points where id = :id"
    )
    connection.execute(statement, {"id": main, "note": f"+ {merged['report_code']}"})


def _changed(known: dict[str, Any]) -> Conflict:
    return Conflict(
        f"Phản ánh {known['report_code']} vừa được người khác sửa; hãy xem lại. · "
        f"Report {known['report_code']} has just been changed by somebody else; look at it again."
    )
