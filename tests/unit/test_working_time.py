"""Deadlines in working time, against an oracle that counts single minutes and against laws that must hold."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.errors import BadRequest
from gis_core.query import CITY_TIME
from gis_core.working_time import Calendar, Hours, Pause, WeeklyHours, due, worked

OFFICE = Calendar(
    tuple(WeeklyHours(weekday, hours) for weekday in range(1, 6) for hours in (Hours(450, 690), Hours(810, 1050)))
)
TET_2026 = Calendar(
    OFFICE.weekly,
    {date(2026, 2, day): () for day in range(16, 21)}
    | {date(2026, 1, 1): (), date(2026, 1, 2): (), date(2026, 1, 10): (Hours(450, 690), Hours(810, 1050))},
)
FIRST_DAY = date(2026, 1, 1)
DAYS = 45
CASES = 3_000
"""Random cases compared with the oracle; 100,000 give no difference either (about a minute)."""


def at(day: int, hour: int, minute: int = 0, month: int = 2) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CITY_TIME)


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        (at(12, 8), 240, at(12, 14)),  # over the noon break
        (at(13, 16), 120, at(23, 8)),  # over the weekend and Tết 2026, 14 to 22 February
        (at(14, 9), 1, at(23, 7, 31)),  # begun on a Saturday
        (at(12, 7, 30), 240, at(12, 11, 30)),  # due as the morning ends, not as the afternoon begins
        (at(12, 8), 0, at(12, 8)),
        (at(9, 15, month=1), 240, at(10, 9, month=1)),  # 10 January 2026 was a Saturday worked for 2 January
    ],
)
def test_working_minutes_pass_over_nights_weekends_and_tet(start: datetime, minutes: int, expected: datetime) -> None:
    assert due(start, minutes, TET_2026) == expected


def test_a_half_day_ends_at_noon() -> None:
    half = Calendar(OFFICE.weekly, {date(2026, 2, 12): (Hours(450, 690),)})
    assert due(at(12, 11), 60, half) == at(13, 8)


def test_hours_of_a_season_hold_while_they_are_in_force() -> None:
    summer = Calendar((*OFFICE.weekly, WeeklyHours(6, Hours(480, 720), date(2026, 2, 1), date(2026, 2, 28))))
    assert due(at(13, 17), 90, summer) == at(14, 9)
    assert due(at(27, 17), 300, summer) == at(2, 8, month=3)


def test_overlapping_pauses_stop_the_clock_once() -> None:
    pauses = [Pause(at(12, 9), at(12, 10)), Pause(at(12, 9, 30), at(12, 10, 30))]
    assert due(at(12, 8), 120, OFFICE, pauses) == at(12, 11, 30)


def test_while_a_pause_is_open_there_is_no_due_time() -> None:
    assert due(at(12, 8), 120, OFFICE, [Pause(at(12, 9))]) is None
    assert worked(at(12, 8), at(12, 11), OFFICE, [Pause(at(12, 9))]) == timedelta(hours=1)


def test_the_zone_in_which_a_moment_is_written_changes_nothing() -> None:
    assert due(at(12, 8).astimezone(UTC), 300, OFFICE) == due(at(12, 8), 300, OFFICE)


@pytest.mark.parametrize(
    ("start", "minutes", "calendar"),
    [(datetime(2026, 2, 12, 8), 10, OFFICE), (at(12, 8), -1, OFFICE), (at(12, 8), 10, Calendar(())),  # noqa: DTZ001
     (at(12, 8), float("nan"), OFFICE)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(start: datetime, minutes: float, calendar: Calendar) -> None:
    with pytest.raises(BadRequest, match="·"):
        due(start, minutes, calendar)


def test_hours_that_are_no_span_of_a_day_are_refused() -> None:
    with pytest.raises(BadRequest):
        Hours(700, 700)


HOURS = st.integers(0, 1380).flatmap(
    lambda opens: st.builds(Hours, st.just(opens), st.integers(min(opens + 60, 1440), 1440))
)
WEEKS = st.lists(st.builds(WeeklyHours, st.integers(1, 7), HOURS), min_size=1, max_size=8).map(tuple)
SOME_DAYS = st.dates(FIRST_DAY, FIRST_DAY + timedelta(days=DAYS))
CALENDARS = st.builds(Calendar, WEEKS, st.dictionaries(SOME_DAYS, st.lists(HOURS, max_size=2).map(tuple), max_size=5))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 10), timezones=st.just(CITY_TIME))  # noqa: DTZ001
PAUSES = st.lists(st.builds(Pause, MOMENTS, MOMENTS), max_size=3)


@settings(deadline=None, max_examples=50)
@given(CALENDARS, MOMENTS, st.integers(1, 500), PAUSES)
def test_until_it_is_due_exactly_the_minutes_are_worked(
    calendar: Calendar, start: datetime, minutes: int, pauses: list[Pause]
) -> None:
    end = due(start, minutes, calendar, pauses)
    assert end is not None
    assert worked(start, end, calendar, pauses) == timedelta(minutes=minutes)
    assert worked(start, end - timedelta(microseconds=1), calendar, pauses) < timedelta(minutes=minutes)


@settings(deadline=None, max_examples=50)
@given(CALENDARS, MOMENTS, MOMENTS, MOMENTS, PAUSES)
def test_time_worked_adds_up(
    calendar: Calendar, one: datetime, two: datetime, three: datetime, pauses: list[Pause]
) -> None:
    first, middle, last = sorted((one, two, three))
    parts = worked(first, middle, calendar, pauses) + worked(middle, last, calendar, pauses)
    assert parts == worked(first, last, calendar, pauses)


def differences(cases: int, seed: int) -> int:
    """How many random cases `due` and `worked` answer otherwise than an array with a cell for each minute."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(cases // 100):
        weekly = [(int(rng.integers(1, 8)), *_span(rng)) for _ in range(6)]
        other = {int(day): _span(rng) for day in rng.integers(0, DAYS, 4)}
        closed = {int(day) for day in rng.integers(0, DAYS, 3)} - set(other)
        open_minutes = np.zeros(DAYS * 1440, bool)
        for day in range(DAYS):
            weekday = (FIRST_DAY + timedelta(days=day)).isoweekday()
            spans = (
                [other[day]] if day in other else [] if day in closed else [w[1:] for w in weekly if w[0] == weekday]
            )
            for opens, closes in spans:
                open_minutes[day * 1440 + opens : day * 1440 + closes] = True
        calendar = Calendar(
            tuple(WeeklyHours(day, Hours(opens, closes)) for day, opens, closes in weekly),
            {FIRST_DAY + timedelta(days=day): (Hours(*span),) for day, span in other.items()}
            | {FIRST_DAY + timedelta(days=day): () for day in closed},
        )
        found += sum(_differs(rng, calendar, open_minutes) for _ in range(100))
    return found


def _span(rng: np.random.Generator) -> list[int]:
    opens = int(rng.integers(0, 1440))
    return [opens, int(rng.integers(opens + 1, 1441))]


def _differs(rng: np.random.Generator, calendar: Calendar, open_minutes: np.ndarray) -> bool:
    counted = open_minutes.copy()
    start = int(rng.integers(0, 20 * 1440))
    pauses = [tuple(sorted(rng.integers(0, 30 * 1440, 2).tolist())) for _ in range(rng.integers(0, 4))]
    for begins, ends in pauses:
        counted[begins:ends] = False
    minutes = int(rng.integers(1, 4_000))
    total = np.cumsum(counted[start:])
    if total[-1] < minutes:
        return False  # due after the last minute that the oracle knows
    end = start + int(np.searchsorted(total, minutes)) + 1
    spans = [Pause(_moment(begins), _moment(ends)) for begins, ends in pauses]
    other_end = int(rng.integers(start, DAYS * 1440))
    expected = timedelta(minutes=int(counted[start:other_end].sum()))
    return (
        due(_moment(start), minutes, calendar, spans) != _moment(end)
        or worked(_moment(start), _moment(other_end), calendar, spans) != expected
    )


def _moment(minute: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=CITY_TIME) + timedelta(minutes=minute)


def test_single_minutes_counted_one_by_one_give_the_same() -> None:
    assert differences(CASES, seed=2026) == 0
