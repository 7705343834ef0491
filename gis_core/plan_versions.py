"""Publishing a plan version, and withdrawing one: each a decision of a second person, in one transaction.

A version published replaces the one before from its day on. A withdrawn one is taken out of the layers as if it had
never been, and the versions before hold again; what was known in between stays in the history of the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2 import errors
from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.exc import DBAPIError

from gis_core.audit import record
from gis_core.errors import BadRequest, Conflict, NotAllowed, NotFound
from gis_core.layer import Layer
from gis_core.plan_drafts_difference import IDENTITY, NOT_PUBLISHED, in_force
from gis_core.query import CITY_TIME

LONGEST_REASON = 2_000
_LATEST = text(
    """
    select greatest(max(p.valid_from), max(z.valid_from)) as day, max(p.plan_version) as version
      from city.plans p left join city.planning_zones z on z.plan_id = p.id
     where p.plan_code = :code and p.plan_status <> all(:not_published)
    """
)
_LAST_NUMBER = text(
    """
    select greatest((select max(plan_version) from city.plans where plan_code = :code),
                    (select max(plan_version) from platform.plan_publication where plan_code = :code), 0)
    """
)
_DRAFT = text("select *, hands @> array[acting.subject()] as own from platform.plan_draft where id = :id for update")
_PLAN = text(
    """
    insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, decision_no, decision_date,
                            announced_on, plan_scale, approving_authority, planning_period, valid_from, source_ref,
                            geom)
    select d.plan_code, :number, d.plan_name, d.plan_level, 'cong_bo', d.decision_no, d.decision_date, :today,
           last.plan_scale, last.approving_authority, last.planning_period, d.valid_from, d.plan_code || '/' || :number,
           (select st_multi(st_collectionextract(st_union(z.geom), 3)) from platform.plan_draft_zone z
             where z.draft_id = d.id)
      from platform.plan_draft d left join lateral (
           select plan_scale, approving_authority, planning_period from city.plans
            where plan_code = d.plan_code order by plan_version desc limit 1) as last on true
     where d.id = :draft returning id
    """
)
_ZONES = """
insert into city.planning_zones (plan_id, zone_symbol, lot_symbol, land_use_code, __FIELDS__, valid_from, source_ref,
                                 geom)
select :plan, z.zone_symbol, z.lot_symbol, z.land_use_code, __TYPED__, d.valid_from,
       d.plan_code || '/' || :number || '/' || z.row_number, z.geom
  from platform.plan_draft_zone z join platform.plan_draft d on d.id = z.draft_id
 cross join lateral jsonb_populate_record(null::city.planning_zones, z.attributes) as a
 where z.draft_id = :draft
"""
_CLOSE_ZONES = text(
    """
    update city.planning_zones set valid_to = cast(:valid_from as date) - 1
     where plan_id = any(:plans) and coalesce(valid_to, 'infinity') >= :valid_from
    """
)
_CLOSE_PLANS = text(
    """
    update city.plans set valid_to = cast(:valid_from as date) - 1, plan_status = 'dieu_chinh'
     where id = any(:plans) and coalesce(valid_to, 'infinity') >= :valid_from
    """
)
_DECIDE = text("update platform.plan_draft set status = 'published' where id = :draft")
_PUBLISH = text(
    """
    insert into platform.plan_publication (draft_id, plan_id, plan_code, plan_name, plan_version, decision_no,
                                           decision_date, valid_from, summary)
    select id, :plan, plan_code, plan_name, :number, decision_no, decision_date, valid_from,
           jsonb_build_object('zones', summary -> 'zones', 'difference', summary -> 'difference')
      from platform.plan_draft where id = :draft returning id
    """
)
_PUBLICATION = text(
    "select *, withdrawal_asked_by = acting.subject() as own from platform.plan_publication where id = :id for update"
)
_LATER = text(
    """
    select plan_version from city.plans where plan_code = :code and plan_version > :version
       and plan_status <> all(:not_published) order by 1 limit 1
    """
)
# What publishing changed stands in the history at the moment of the publication: both are the transaction's now().
_REOPEN_ZONES = text(
    """
    update city.planning_zones z set valid_to = h.valid_to
      from history.planning_zones h join history.plans p on p.id = h.plan_id and p.recorded_to = h.recorded_to
     where h.id = z.id and h.recorded_to = :published_at and h.operation = 'update' and p.plan_code = :code
       and z.valid_to = cast(:valid_from as date) - 1
    """
)
_REOPEN_PLANS = text(
    """
    update city.plans p set valid_to = h.valid_to, plan_status = h.plan_status
      from history.plans h
     where h.id = p.id and h.recorded_to = :published_at and h.operation = 'update' and p.plan_code = :code
       and p.valid_to = cast(:valid_from as date) - 1
    """
)


class NotAfterPublished(Conflict):
    """The version would begin before, or on the day of, one that is published."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version that has just been published: the row of its publication, that of its plan, its number, its zones."""

    id: int
    plan_id: int
    plan_version: int
    zones: int


def spoken_moment(moment: datetime) -> str:
    """The moment in the city's time, as people write it here."""
    return moment.astimezone(CITY_TIME).strftime("%H:%M ngày %d/%m/%Y")


def given_reason(words: str) -> str:
    """The reason without blanks around it. Raises `BadRequest` where there is none, or none that can be read."""
    reason = words.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise BadRequest(
            f"Hãy ghi lý do, tối đa {LONGEST_REASON} ký tự. · Give the reason, in {LONGEST_REASON} characters at most."
        )
    return reason


def refuse_late_date(connection: Connection, code: str, valid_from: date) -> None:
    """Raises `NotAfterPublished` where a published version of plan `code` is valid from that day or a later one."""
    known = connection.execute(_LATEST, {"code": code, "not_published": list(NOT_PUBLISHED)}).one()
    if known.day is not None and valid_from <= known.day:
        raise NotAfterPublished(
            f"{code}: phiên bản {known.version} đã công bố có hiệu lực từ {known.day:%d/%m/%Y}; phiên bản mới phải có "
            f"hiệu lực sau ngày đó, không phải từ {valid_from:%d/%m/%Y}. · "
            f"{code}: version {known.version} is published and valid from {known.day:%d/%m/%Y}; a new one has to begin "
            f"after that day, not on {valid_from:%d/%m/%Y}."
        )


def publish(connection: Connection, zones: Layer, draft: int, version: int) -> Published:
    """The version n+1 made of the draft, in force from its day; the version before ends the day before.

    Raises `NotFound`, `NotAllowed` for one's own draft, `Conflict` where somebody else decided or changed something
    first, or the day is not after that of a published version: then nothing is published.
    """
    row = connection.execute(_DRAFT, {"id": draft}).mappings().one_or_none()
    _refuse_unready(row, draft, version)
    assert row is not None  # noqa: S101 - told to the type checker
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:code, 5899))"), {"code": f"plan/{row['plan_code']}"}
    )
    refuse_late_date(connection, row["plan_code"], row["valid_from"])
    replaced = in_force(connection, row["plan_code"], row["valid_from"])
    if replaced != row["base"]:
        raise Conflict(
            "Phiên bản đang hiệu lực đã thay đổi từ khi kiểm tra; hãy trả lại và kiểm tra lại. · "
            "The version in force has changed since the check; return the draft and check it again."
        )
    with _second_person():
        connection.execute(_DECIDE, {"draft": draft})
    made = _insert(connection, zones, draft, row["plan_code"])
    closing = {"plans": [int(one) for one in replaced], "valid_from": row["valid_from"]}
    for statement in (_CLOSE_ZONES, _CLOSE_PLANS):
        connection.execute(statement, closing)
    record(connection, "plan.publish", "planning_zones", [], made.zones)
    return made


def ask_withdrawal(connection: Connection, publication: int, reason: str) -> None:
    """Asks that somebody else withdraws the version. Raises `BadRequest` without a reason, `NotFound`, `Conflict`."""
    given = given_reason(reason)
    row = _withdrawable(connection, publication)
    if row["withdrawal_reason"] is not None:
        raise Conflict("Đã có đề nghị rút phiên bản này. · The withdrawal has been asked for already.")
    statement = text("update platform.plan_publication set withdrawal_reason = :reason where id = :id")
    connection.execute(statement, {"id": publication, "reason": given})
    record(connection, "plan.ask-withdrawal", "plans", [], 1)


def drop_withdrawal(connection: Connection, publication: int) -> None:
    """Takes back that the withdrawal was asked for."""
    _withdrawable(connection, publication)
    connection.execute(
        text("update platform.plan_publication set withdrawal_reason = null where id = :id"), {"id": publication}
    )
    record(connection, "plan.drop-withdrawal", "plans", [], 1)


def withdraw(connection: Connection, publication: int) -> None:
    """Takes the version out of the layers; the versions before hold again as they did before it was published.

    Raises `NotAllowed` for who asked for it, `Conflict` where nobody did, or a later version stands on it.
    """
    row = _withdrawable(connection, publication)
    if row["withdrawal_reason"] is None:
        raise Conflict("Chưa có đề nghị rút phiên bản này. · Nobody has asked to withdraw this version.")
    with _second_person():
        connection.execute(
            text("update platform.plan_publication set withdrawn_at = now() where id = :id"), {"id": publication}
        )
    zones = connection.execute(
        text("delete from city.planning_zones where plan_id = :plan"), {"plan": row["plan_id"]}
    ).rowcount
    connection.execute(text("delete from city.plans where id = :plan"), {"plan": row["plan_id"]})
    before = {"published_at": row["published_at"], "code": row["plan_code"], "valid_from": row["valid_from"]}
    for statement in (_REOPEN_ZONES, _REOPEN_PLANS):
        connection.execute(statement, before)
    connection.execute(
        text("update platform.plan_draft set status = 'withdrawn' where id = :id"), {"id": row["draft_id"]}
    )
    record(connection, "plan.withdraw", "planning_zones", [], zones)


def _refuse_unready(row: RowMapping | None, draft: int, version: int) -> None:
    if row is None:
        raise NotFound(f"Không có bản thảo {draft}. · There is no draft {draft}.")
    if row["status"] == "published":
        when = spoken_moment(row["decided_at"])
        raise Conflict(
            f"{row['decided_by']} đã duyệt và công bố bản thảo này lúc {when}. · "
            f"{row['decided_by']} approved and published this draft at {when}."
        )
    if row["status"] != "submitted" or row["version"] != version:
        raise Conflict(
            "Bản thảo không chờ duyệt hoặc đã được sửa sau khi bạn mở; hãy tải lại trang. · "
            "The draft does not wait for approval, or was changed after you opened it; load the page again."
        )
    if row["own"]:
        raise _own()


def _own() -> NotAllowed:
    return NotAllowed(
        "Người đã chuẩn bị không được tự duyệt; cần người thứ hai. · "
        "Who prepared it may not approve it; a second person has to."
    )


@contextmanager
def _second_person() -> Iterator[None]:
    """Nothing; turns the database's refusal of one's own decision into a sentence."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, errors.InsufficientPrivilege):
            raise _own() from None
        raise


def _insert(connection: Connection, zones: Layer, draft: int, code: str) -> Published:
    number = int(connection.scalar(_LAST_NUMBER, {"code": code}) or 0) + 1
    values: dict[str, Any] = {"draft": draft, "number": str(number)}
    today = datetime.now(CITY_TIME).date()
    plan = connection.execute(_PLAN, {"draft": draft, "number": number, "today": today}).scalar_one()
    names = [one.name for one in zones.fields if one.name not in IDENTITY]
    fields = ", ".join(f'"{name}"' for name in names)
    typed = ", ".join(f'a."{name}"' for name in names)
    insert = text(_ZONES.replace("__FIELDS__", fields).replace("__TYPED__", typed))
    stored = connection.execute(insert, {**values, "plan": plan}).rowcount
    publication = connection.execute(_PUBLISH, {"draft": draft, "plan": plan, "number": number}).scalar_one()
    return Published(int(publication), int(plan), number, stored)


def _withdrawable(connection: Connection, publication: int) -> RowMapping:
    row = connection.execute(_PUBLICATION, {"id": publication}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Không có lần công bố {publication}. · There is no publication {publication}.")
    if row["withdrawn_at"] is not None:
        when = spoken_moment(row["withdrawn_at"])
        raise Conflict(
            f"{row['withdrawn_by']} đã rút phiên bản này lúc {when}. · {row['withdrawn_by']} withdrew it at {when}."
        )
    asked = {"code": row["plan_code"], "version": row["plan_version"], "not_published": list(NOT_PUBLISHED)}
    if (later := connection.scalar(_LATER, asked)) is not None:
        raise Conflict(
            f"Phiên bản {later} dựa trên phiên bản này; hãy rút phiên bản {later} trước. · "
            f"Version {later} stands on this one; withdraw version {later} first."
        )
    return row
