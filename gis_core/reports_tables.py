"""Tables behind citizens' reports, in schema `platform`: working hours, rules, cases, their steps and photos.

What a report says is a row of layer `report_points`. Citizens have no right to write anywhere: they reach the functions
of `sql/reports.sql` alone, which take what the form may say and no more.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Time,
    text,
)

from gis_core.access import database_role
from gis_core.crs import STORAGE_SRID
from gis_core.layer import ROLES, Role
from gis_core.table import METADATA


def _law() -> list[Column[Any]]:
    """From when to when a row holds (both days included, open where null), by what, and whether that was checked."""
    return [
        Column("valid_from", Date),
        Column("valid_to", Date),
        Column("legal_basis", Text),
        Column("verified", Boolean, nullable=False, server_default=text("false")),
    ]


def _names() -> list[Column[Any]]:
    return [Column("vi", Text, nullable=False), Column("en", Text, nullable=False)]


def _moment(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("now()"))


WORKING_HOURS = Table(
    "working_hours",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("calendar", Text, nullable=False),
    # 1 Monday … 7 Sunday.
    Column("weekday", Integer, nullable=False),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
    *_law(),
    schema="platform",
)
"""The hours of a week, by calendar; `gis_core.working_calendars` reads them."""
Index("uq_working_hours", WORKING_HOURS.c.calendar, WORKING_HOURS.c.weekday, WORKING_HOURS.c.opens, unique=True)

CALENDAR_DAY = Table(
    "calendar_day",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("calendar", Text, nullable=False),
    # Null: closed. Several rows for one day are several spans of hours.
    Column("opens", Time),
    Column("closes", Time),
    *_names(),
    *_law(),
    schema="platform",
)
"""Days from `valid_from` to `valid_to` that differ from the week: holidays, swapped working days, half days."""
Index("uq_calendar_day", CALENDAR_DAY.c.calendar, CALENDAR_DAY.c.valid_from, CALENDAR_DAY.c.vi, unique=True)

UNIT = Table(
    "unit",
    METADATA,
    Column("unit", Text, primary_key=True),
    *_names(),
    Column("phone", Text),
    Column("calendar", Text, nullable=False),
    # One in each ward, named after it.
    Column("per_ward", Boolean, nullable=False),
    *_law(),
    schema="platform",
)

REPORT_RULE = Table(
    "report_rule",
    METADATA,
    Column("rule", Text, primary_key=True),
    # Null: every category, every ward. Place: 'outside' of the city, in 'forest', or null.
    Column("category", Text),
    Column("ward_code", Text),
    Column("place", Text),
    Column("unit", Text, nullable=False),
    *_names(),
    *_law(),
    schema="platform",
)
"""Which unit is responsible for what and where; the rule that says most of the place and the category counts."""

REPORT_LEVEL = Table(
    "report_level",
    METADATA,
    Column("severity", Text, primary_key=True),
    # 'reception' or 'handling'.
    Column("step", Text, primary_key=True),
    Column("working_minutes", Integer, nullable=False),
    *_law(),
    schema="platform",
)

REPORT_CATEGORY_RULE = Table(
    "report_category_rule",
    METADATA,
    Column("category", Text, primary_key=True),
    Column("is_private", Boolean, nullable=False),
    Column("severity", Text, nullable=False),
    *_law(),
    schema="platform",
)

REPORT_URGENT_WORD = Table(
    "report_urgent_word",
    METADATA,
    Column("word", Text, primary_key=True),
    Column("phone", Text, nullable=False),
    *_names(),
    *_law(),
    schema="platform",
)

REPORT_TRANSITION = Table(
    "report_transition",
    METADATA,
    Column("from_status", Text, primary_key=True),
    Column("to_status", Text, primary_key=True),
    *_names(),
    # What the step takes: '' nothing, 'note', 'unit', 'answer', 'merge'.
    Column("needs", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    schema="platform",
)

REPORT_CASE = Table(
    "report_case",
    METADATA,
    Column("report_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    # Of the key that the reporter's form was made with: the same form sent again is the same case, and who shows the
    # key sees their own words. The key itself is not kept.
    Column("key_digest", LargeBinary, nullable=False, unique=True),
    Column("rule", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("reception_due_at", DateTime(timezone=True), nullable=False),
    schema="platform",
)

REPORT_EVENT = Table(
    "report_event",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("report_id", BigInteger, nullable=False),
    _moment("at"),
    Column("actor", Text, nullable=False, server_default=text("acting.subject()")),
    Column("status", Text, nullable=False),
    # What the office calls the unit after the step.
    Column("unit", Text),
    Column("note", Text),
    # The report that this one was merged into.
    Column("merged_into", BigInteger),
    schema="platform",
)
Index("ix_report_event_report_id", REPORT_EVENT.c.report_id, REPORT_EVENT.c.id)
Index("ix_report_event_merged_into", REPORT_EVENT.c.merged_into)

REPORT_FOLLOW = Table(
    "report_follow",
    METADATA,
    Column("report_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key_digest", LargeBinary, primary_key=True),
    _moment("at"),
    schema="platform",
)

REPORT_PHOTO = Table(
    "report_photo",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("report_id", BigInteger),
    Column("key_digest", LargeBinary),
    # In the database, so that a backup and a second server have them: re-encoded, they are a few hundred kilobytes.
    Column("content", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    # Metres from the reported place to where the camera says it was; the position itself is not kept.
    Column("distance_m", Integer),
    # Faces and number plates are looked at by people first.
    Column("is_public", Boolean, nullable=False, server_default=text("false")),
    _moment("created_at"),
    schema="platform",
)
Index("ix_report_photo_report_id", REPORT_PHOTO.c.report_id)
Index("ix_report_photo_key_digest", REPORT_PHOTO.c.key_digest)

_RULES = (WORKING_HOURS, CALENDAR_DAY, UNIT, REPORT_RULE, REPORT_LEVEL, REPORT_CATEGORY_RULE, REPORT_URGENT_WORD)
_DESK: tuple[Role, ...] = ("operator", "administrator")
_DOORS = (
    "route_report(text, double precision, double precision)",
    "take_report(uuid, text, text, text, text, double precision, double precision, timestamptz, timestamptz, bigint[])",
    "reports_near(double precision, double precision, double precision)",
    "keep_report_photo(uuid, bytea, integer, integer, integer)",
    "report_photo_content(bigint, uuid)",
    "report_by_code(text, uuid)",
    "follow_report(text, uuid)",
    "answer_report(text, uuid, text, timestamptz)",
)
"""The functions of `sql/reports.sql` by which citizens report and follow."""


def report_statements() -> Iterator[str]:
    """The SQL that makes functions, triggers and rights on reports equal to what is declared here."""
    functions = files("gis_core").joinpath("sql/reports.sql").read_text("utf-8").replace("%", "%%")
    yield functions.replace("{storage}", str(STORAGE_SRID))
    everybody, desk = (", ".join(database_role(role) for role in roles) for roles in (ROLES, _DESK))
    yield f"grant select on {', '.join(f'platform.{one.name}' for one in _RULES)} to {everybody}"
    for door in _DOORS:
        yield f"revoke execute on function platform.{door} from public"
        yield f"grant execute on function platform.{door} to {everybody}"
    yield f"grant select on platform.report_transition to {desk}"
    known = ", ".join(one.name for one in REPORT_CASE.columns if one.name != "key_digest")
    yield f"grant select ({known}) on platform.report_case to {desk}"
    yield f"grant select, insert (report_id, status, unit, note, merged_into) on platform.report_event to {desk}"
    yield f"grant select (report_id, at) on platform.report_follow to {desk}"
    seen = ", ".join(one.name for one in REPORT_PHOTO.columns if one.name != "key_digest")
    yield f"grant select ({seen}), update (is_public) on platform.report_photo to {desk}"
