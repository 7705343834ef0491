"""Reading as of a time, against an oracle that goes through the rows one by one; both ends of a validity count."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gis_core.db import Engines

CITY = timezone(timedelta(hours=7))
FIRST = date(2025, 6, 28)
DAYS = [FIRST + timedelta(days=n) for n in range(6)]
ENDS = [None, DAYS[1], DAYS[2], DAYS[4]]
SPANS = dict(enumerate(((a, b) for a in ENDS for b in ENDS if not (a and b and a > b)), start=101))
MOMENTS = {
    n: datetime.combine(day, datetime.min.time(), CITY) + timedelta(seconds=seconds)
    for n, (day, seconds) in enumerate(((d, s) for d in DAYS[1:4] for s in (0, 1, 86_399)), start=101)
}
Bound = date | datetime | None


@pytest.fixture
def dated(small_city: Engines) -> None:
    """Plans with every kind of validity, permits with a day, reports with an instant; the ids are those above."""
    with small_city.owner.begin() as connection:
        insert(connection, "plans", {"plan_version": "1", "plan_name": "'QH'"}, ("plan_level", "plan_status"), {
            n: {"plan_code": f"P{n}", "valid_from": span[0], "valid_to": span[1]} for n, span in SPANS.items()
        })  # fmt: skip
        insert(connection, "building_permits", {}, ("permit_status",), {
            n: {"permit_no": f"G{n}", "permit_date": day} for n, day in enumerate([None, *DAYS], start=101)
        })  # fmt: skip
        insert(connection, "report_points", {"is_public": "true"}, (
            "report_category", "report_severity", "report_status",
        ), {n: {"report_code": f"R{n}", "received_at": moment} for n, moment in MOMENTS.items()})  # fmt: skip


def insert(
    connection: sa.Connection, layer: str, fixed: dict[str, str], coded: tuple[str, ...], rows: dict[int, dict]
) -> None:
    """Rows with the given ids; a coded column takes the first code of the list of its name."""
    fixed = fixed | {name: f"(select min(code) from platform.code where list = '{name}')" for name in coded}
    names = list(next(iter(rows.values())))
    columns, values = (
        ", ".join(["id", *fixed, *names]),
        ", ".join(["%(id)s", *fixed.values(), *(f"%({n})s" for n in names)]),
    )
    for number, row in rows.items():
        statement = f"insert into city.{layer} ({columns}) overriding system value values ({values})"
        connection.exec_driver_sql(statement, {"id": number, **row})


def found(client: TestClient, layer: str, words: str) -> set[int]:
    answer = client.get(f"/ogc/collections/{layer}/items", params={"datetime": words, "limit": "100"})
    assert answer.status_code == 200, answer.text
    return {one["id"] for one in answer.json()["features"] if one["id"] > 100}


def day_of(bound: Bound) -> date | None:
    return bound.astimezone(CITY).date() if isinstance(bound, datetime) else bound


def words_of(start: Bound, end: Bound, open_end: str) -> str:
    written = [open_end if one is None else one.isoformat().replace("+00:00", "Z") for one in (start, end)]
    return written[0] if start is not None and start == end else "/".join(written)


instants = st.builds(
    lambda day, seconds, zone: datetime.combine(day, datetime.min.time(), CITY).astimezone(zone)
    + timedelta(seconds=seconds),
    st.sampled_from(DAYS), st.sampled_from([0, 1, 43_200, 86_399]), st.sampled_from([UTC, CITY]),
)  # fmt: skip
intervals = st.one_of(
    *(
        st.tuples(st.one_of(st.none(), bounds), st.one_of(st.none(), bounds)).filter(
            lambda two: None in two or two[0] <= two[1]
        )
        for bounds in (st.sampled_from(DAYS), instants)
    ),
    st.one_of(st.sampled_from(DAYS), instants).map(lambda one: (one, one)),
)
asking = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@asking
@given(interval=intervals, open_end=st.sampled_from(["..", ""]))
def test_validity_counts_with_both_its_days(
    client: TestClient, dated: None, interval: tuple[Bound, Bound], open_end: str
) -> None:
    start, end = map(day_of, interval)
    expected = {
        n for n, (first, last) in SPANS.items()
        if (first is None or end is None or first <= end) and (last is None or start is None or last >= start)
    }  # fmt: skip
    assert found(client, "plans", words_of(*interval, open_end)) == expected


@asking
@given(interval=intervals, open_end=st.sampled_from(["..", ""]))
def test_a_day_or_an_instant_lies_within_what_is_asked(
    client: TestClient, dated: None, interval: tuple[Bound, Bound], open_end: str
) -> None:
    words = words_of(*interval, open_end)
    start, end = map(day_of, interval)
    permits = {n for n, day in enumerate(DAYS, start=102) if (not start or day >= start) and (not end or day <= end)}
    assert found(client, "building_permits", words) - {101} == permits
    assert (101 in found(client, "building_permits", words)) == (interval == (None, None))
    assert found(client, "report_points", words) == {n for n, one in MOMENTS.items() if within(one, *interval)}


def within(moment: datetime, start: Bound, end: Bound) -> bool:
    """Whether the instant lies in the interval, of which a day means the whole day of the city."""
    after = start is None or (
        moment >= start if isinstance(start, datetime) else moment.astimezone(CITY).date() >= start
    )
    before = end is None or (moment <= end if isinstance(end, datetime) else moment.astimezone(CITY).date() <= end)
    return after and before


def test_every_day_of_a_validity_is_in_it_and_no_other(client: TestClient, dated: None) -> None:
    for number, (first, last) in SPANS.items():
        inside = {day for day in DAYS if (not first or day >= first) and (not last or day <= last)}
        assert {day for day in DAYS if number in found(client, "plans", day.isoformat())} == inside


def test_what_is_asked_as_of_a_day_is_what_a_filter_says(client: TestClient, dated: None) -> None:
    for day in DAYS:
        words = f"T_INTERSECTS(INTERVAL(valid_from,valid_to),DATE('{day}'))"
        answer = client.get("/ogc/collections/plans/items", params={"filter": words, "limit": "100"})
        assert {one["id"] for one in answer.json()["features"]} == found(client, "plans", day.isoformat())
