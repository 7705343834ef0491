"""Working time: when so many working minutes will have passed, and how many have passed between two moments.

Pure functions of their arguments. A calendar says when a unit works; nothing here knows of rows or settings.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from gis_core.errors import BadRequest
from gis_core.query import CITY_TIME

MINUTES_A_DAY = 1440
LONGEST_SEARCH = timedelta(days=20 * 366)
"""A calendar under which the minutes have not passed after so long is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the day, from midnight, between which a unit works: `opens` belongs to the span, `closes` does not."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise BadRequest(
                f"Giờ làm việc {self.opens}–{self.closes} (phút) không hợp lệ. · "
                f"Working hours {self.opens}–{self.closes} (minutes of the day) are no span of a day."
            )


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Hours that repeat on a weekday (1 Monday … 7 Sunday) while in force, both days included, open where None."""

    weekday: int
    hours: Hours
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether they are hours of `day`."""
        started = self.valid_from is None or self.valid_from <= day
        return self.weekday == day.isoweekday() and started and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a unit works: week by week, but for the days that differ, where only their own hours count (none: closed).

    Days that differ: holidays, swapped working days (làm bù), half days.
    """

    weekly: tuple[WeeklyHours, ...]
    days: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)

    def hours(self, day: date) -> list[Hours]:
        """The hours worked on `day`, in order, none of them touching another."""
        own = self.days.get(day)
        found = [one.hours for one in self.weekly if one.holds_on(day)] if own is None else own
        if len(found) < 2:
            return list(found)
        merged: list[Hours] = []
        for one in sorted(found, key=lambda hours: (hours.opens, hours.closes)):
            if merged and one.opens <= merged[-1].closes:
                merged[-1] = Hours(merged[-1].opens, max(merged[-1].closes, one.closes))
            else:
                merged.append(one)
        return merged


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nobody has to work on the case; `end` None: it still lasts. Pauses may overlap."""

    start: datetime
    end: datetime | None = None


def due(start: datetime, working_minutes: float, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime | None:
    """The first moment at which `working_minutes` have been worked since `start`, in the city's time.

    None while a pause is open: then nobody can say. No minutes are over at once, whatever the hour. Raises `BadRequest`
    for moments without a time zone, negative minutes, and a calendar under which the work never ends.
    """
    given = tuple(pauses)
    begun = _in_utc(start, given)
    if not 0 <= working_minutes < float("inf"):
        raise BadRequest(
            f"Số phút làm việc {working_minutes} không hợp lệ. · {working_minutes} are no working minutes."
        )
    if any(one.end is None for one in given):
        return None
    left = timedelta(minutes=working_minutes)
    if not left:
        return begun.astimezone(CITY_TIME)
    for opens, closes in _worked_stretches(begun, begun + LONGEST_SEARCH, calendar, given):
        if left <= closes - opens:
            return (opens + left).astimezone(CITY_TIME)
        left -= closes - opens
    raise BadRequest(
        f"Lịch làm việc không đủ {working_minutes} phút trong 20 năm. · "
        f"The calendar has no {working_minutes} working minutes within 20 years; look at its hours and days."
    )


def worked(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()) -> timedelta:
    """The working time between two moments outside the pauses; nothing where `end` comes first.

    Raises `BadRequest` for moments without a time zone.
    """
    given = tuple(pauses)
    stretches = _worked_stretches(_in_utc(start, given), _in_utc(end), calendar, given)
    return sum((closes - opens for opens, closes in stretches), timedelta())


def _in_utc(start: datetime, pauses: Iterable[Pause] = ()) -> datetime:
    # In UTC, where a difference of two moments is the time that passes between them, in every zone and year.
    for one in (start, *(moment for pause in pauses for moment in (pause.start, pause.end) if moment is not None)):
        if one.utcoffset() is None:
            raise BadRequest(f"Thời điểm {one} thiếu múi giờ. · The moment {one} has no time zone.")
    return start.astimezone(UTC)


def _worked_stretches(
    start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause]
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches between two moments that are worked and in no pause, in order."""
    idle = _merged(pauses, end)
    first = 0
    for opens, closes in _open_stretches(start, end, calendar):
        while first < len(idle) and idle[first][1] <= opens:
            first += 1
        edges = [opens]
        for begins, ends in idle[first:]:
            if begins >= closes:
                break
            edges += [max(begins, opens), min(ends, closes)]
        edges.append(closes)
        yield from ((a, b) for a, b in list(pairwise(edges))[::2] if a < b)


def _open_stretches(start: datetime, end: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    day = start.astimezone(CITY_TIME).date()
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=CITY_TIME).astimezone(UTC)
        if midnight >= end:
            return
        for one in calendar.hours(day):
            opens = max(midnight + timedelta(minutes=one.opens), start)
            closes = min(midnight + timedelta(minutes=one.closes), end)
            if opens < closes:
                yield opens, closes
        day += timedelta(days=1)


def _merged(pauses: Iterable[Pause], end: datetime) -> list[tuple[datetime, datetime]]:
    """The pauses in UTC, in order, none of them touching another; open ones last until `end`."""
    spans = ((one.start.astimezone(UTC), end if one.end is None else one.end.astimezone(UTC)) for one in pauses)
    merged: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(span for span in spans if span[0] < span[1]):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged
