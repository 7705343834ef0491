from pathlib import Path

import pytest

from gis_core.addresses import find
from gis_core.db import ANONYMOUS, Engines, acting_as
from tests.addresses.judge import GOALS, Verdict, judged, printed, read_queries, table, wrong_share

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def verdicts(hard_city: Engines) -> list[Verdict]:
    with acting_as(hard_city, ANONYMOUS) as connection:
        return [
            judged(query, find(connection, ANONYMOUS, query.query, limit=5, language="vi"))
            for query in read_queries(HERE)
        ]


@pytest.mark.parametrize("category", GOALS)
def test_queries_of_each_kind_are_answered_as_often_as_promised(category: str, verdicts: list[Verdict]) -> None:
    own = [one for one in verdicts if one.query.category == category]
    (line,) = table(own)
    misses = [f"{one.query.query!r} → {one.got}" for one in own if not one.first]
    assert line.reached >= GOALS[category], "\n".join(misses[:20])


def test_no_other_house_is_given_for_a_number_that_does_not_exist(verdicts: list[Verdict]) -> None:
    assert not [
        f"{one.query.query!r} → {one.got}" for one in verdicts if one.query.category == "absent" and one.wrong_house
    ]


def test_of_answers_that_say_they_are_sure_at_most_one_in_two_hundred_is_wrong(verdicts: list[Verdict]) -> None:
    assert wrong_share(verdicts) <= 0.005, [
        f"{one.query.query!r} → {one.got}" for one in verdicts if one.score >= 0.9 and not one.first
    ]


def test_the_table_of_all_kinds_is_shown(verdicts: list[Verdict], capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(printed(verdicts))
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert len(lines) == len(GOALS) + 3
