"""Calendars of units as the city keeps them: rows of `platform.working_hours` and `platform.calendar_day`."""

from collections import defaultdict
from datetime import date, time, timedelta

from sqlalchemy import Connection, select

from gis_core.errors import NotFound
from gis_core.reports_tables import CALENDAR_DAY, WORKING_HOURS
from gis_core.working_time import MINUTES_A_DAY, Calendar, Hours, WeeklyHours

LONGEST_EXCEPTION = 366
"""Days that one row of days that differ may cover; what is beyond is not read."""


def working_calendar(connection: Connection, name: str) -> Calendar:
    """The calendar `name`. Raises `NotFound` where it has no hours in any week."""
    found = connection.execute(select(WORKING_HOURS).where(WORKING_HOURS.c.calendar == name)).all()
    if not found:
        raise NotFound(f"Không có lịch làm việc '{name}'. · There is no working calendar '{name}'.")
    weekly = tuple(
        WeeklyHours(row.weekday, _hours(row.opens, row.closes), row.valid_from, row.valid_to) for row in found
    )
    return Calendar(weekly, _days(connection, name))


def _days(connection: Connection, name: str) -> dict[date, tuple[Hours, ...]]:
    days: dict[date, list[Hours]] = defaultdict(list)
    for row in connection.execute(select(CALENDAR_DAY).where(CALENDAR_DAY.c.calendar == name)):
        last = row.valid_to or row.valid_from
        for number in range(min((last - row.valid_from).days, LONGEST_EXCEPTION) + 1):
            day = row.valid_from + timedelta(days=number)
            # A row without hours closes the day, unless another one says which hours are worked after all.
            days[day] += [_hours(row.opens, row.closes)] if row.opens is not None else []
    return {day: tuple(hours) for day, hours in days.items()}


def _hours(opens: time, closes: time) -> Hours:
    return Hours(_minute(opens), MINUTES_A_DAY if closes == time.max else _minute(closes))


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
