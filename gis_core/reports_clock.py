"""When a report is due: minutes by its level, in the hours of the unit in charge, without the time it stood still."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from gis_core.errors import NotFound
from gis_core.working_calendars import working_calendar
from gis_core.working_time import Pause, due

STANDING = frozenset({"cho_bo_sung", "da_xu_ly", "cong_khai", "dong", "tu_choi"})
"""States in which nobody has to work on the report: an answer is awaited, or the work is done."""
OFFICE_HOURS = "hanh_chinh"
"""The calendar of units that the city's table does not know: reports may be loaded with any name."""
_CALENDAR = text(
    """
    select calendar from platform.unit where :unit = vi or (per_ward and starts_with(:unit, vi || ' '))
     order by length(vi) desc limit 1
    """
)
_LEVELS = text(
    """
    select step, working_minutes from platform.report_level
     where severity = :severity
       and coalesce(valid_from <= current_date, true) and coalesce(valid_to >= current_date, true)
    """
)
_STEPS = text("select at, status from platform.report_event where report_id = :report order by id")


def pauses(steps: Iterable[tuple[datetime, str]]) -> list[Pause]:
    """The times in which a report stood still, from its steps in order; the last one open where it still does."""
    found: list[Pause] = []
    since: datetime | None = None
    for at, status in steps:
        if status in STANDING:
            since = since or at
        elif since is not None:
            found.append(Pause(since, at))
            since = None
    return [*found, Pause(since)] if since is not None else found


def steps_of(connection: Connection, report: int) -> list[tuple[datetime, str]]:
    """The steps of a report as the role may read them, in order."""
    return [(row.at, row.status) for row in connection.execute(_STEPS, {"report": report})]


def due_at(
    connection: Connection, received: datetime, severity: str, calendar: str, paused: Iterable[Pause] = ()
) -> datetime | None:
    """When a report is to be handled; None while it stands still. Raises `NotFound` for a level without a limit."""
    minutes = _minutes(connection, severity)["handling"]
    return due(received, minutes, working_calendar(connection, calendar), paused)


def first_limits(connection: Connection, received: datetime, severity: str, calendar: str) -> tuple[datetime, datetime]:
    """By when a new report is to be received, and to be handled. Raises `NotFound` for a level without limits."""
    minutes, hours = _minutes(connection, severity), working_calendar(connection, calendar)
    handled = due(received, minutes["handling"], hours) or received
    # Reception is a part of handling: it cannot be due later.
    return min(due(received, minutes["reception"], hours) or received, handled), handled


def _minutes(connection: Connection, severity: str) -> dict[str, int]:
    """The working minutes of both steps."""
    rows = connection.execute(_LEVELS, {"severity": severity})
    found: dict[str, int] = {row.step: row.working_minutes for row in rows}
    if not {"reception", "handling"} <= found.keys():
        raise NotFound(f"Mức '{severity}' chưa có thời hạn. · There are no time limits for reports of '{severity}'.")
    return found


def calendar_of(connection: Connection, unit: str) -> str:
    """The calendar of the unit that is called `unit`, perhaps with a ward's name after it; offices' hours otherwise."""
    return str(connection.scalar(_CALENDAR, {"unit": unit}) or OFFICE_HOURS)
