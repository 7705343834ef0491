"""Publishing and withdrawing plan versions: two people, one transaction, and both axes of time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gis_core.db import ANONYMOUS, Engines, Identity, acting_as
from gis_core.errors import Conflict, NotAllowed
from gis_core.plan_drafts import discard, find_draft, return_draft
from gis_core.plan_versions import NotAfterPublished, ask_withdrawal, publish, withdraw
from gis_core.plan_versions_known import Asked, versions_as_known, zones_as_known
from gis_core.plan_versions_list import publications
from layers import CATALOG
from tests.database import plan_city as plans
from tests.database.plan_city import AMENDED, CODE, HOA, LAN, MINH, ZONES

ZONE_LAYER = CATALOG["planning_zones"]
Drafted = Callable[..., int]


@pytest.fixture
def city_with_plan(city: Engines) -> Engines:
    """A small city with one plan in force."""
    plans.found_city(city)
    return city


@pytest.fixture
def drafted(city_with_plan: Engines, tmp_path: Path) -> Drafted:
    """Makes a checked draft of a few amended zones."""

    def make(name: str = "one", **changes: Any) -> int:
        frame = plans.amended().iloc[: 20 + len(name)]  # another name, another file
        frame.to_file(tmp_path / f"{name}.gpkg")
        return plans.drafted(city_with_plan, tmp_path / "uploads", tmp_path / f"{name}.gpkg", **changes)

    return make


def counted(city: Engines, statement: str, who: Identity = ANONYMOUS, **values: Any) -> Any:
    with acting_as(city, who) as connection:
        return connection.scalar(sa.text(statement), values)


def valid_on(city: Engines, day: date) -> int:
    return int(
        counted(
            city,
            "select count(*) from city.planning_zones where coalesce(valid_from <= :day, true)"
            " and coalesce(valid_to >= :day, true)",
            day=day,
        )
    )


def approved(city: Engines, draft: int, who: Identity = MINH) -> int:
    """The number of the publication."""
    version = plans.handed_in(city, draft)
    with acting_as(city, who) as connection:
        return publish(connection, ZONE_LAYER, draft, version).id


def test_a_second_planner_publishes_the_next_version_and_the_day_before_keeps_the_old_one(
    city_with_plan: Engines, drafted: Drafted
) -> None:
    versions = "select version from platform.layer_version where layer = 'planning_zones'"
    before = counted(city_with_plan, versions)
    draft = drafted()
    approved(city_with_plan, draft)
    assert (valid_on(city_with_plan, date(2025, 12, 31)), valid_on(city_with_plan, AMENDED)) == (ZONES, 23)
    with city_with_plan.owner.connect() as connection:
        rows = connection.execute(
            sa.text(
                f"select plan_version, plan_status, valid_from, valid_to from city.plans where plan_code = '{CODE}'"
            )
        )
        assert sorted(tuple(row) for row in rows) == [
            (1, "dieu_chinh", plans.FIRST, date(2025, 12, 31)), (2, "cong_bo", AMENDED, None),
        ]  # fmt: skip
        steps = connection.scalars(sa.text("select action from platform.audit where action like 'plan.%' order by id"))
        assert steps.all() == ["plan.upload", "plan.submit", "plan.publish"]
        people = connection.execute(sa.text("select prepared_by, approved_by from platform.plan_publication")).one()
        assert tuple(people) == (["lan"], "minh")
    assert counted(city_with_plan, versions) == before + 2  # zones closed, zones added
    told = publications_of(city_with_plan, ANONYMOUS)[0]
    assert (told["plan_version"], told["summary"]["difference"]["symbol"]["removed"]["count"]) == (2, ZONES - 23)
    assert "approved_by" not in told


def publications_of(city: Engines, who: Identity) -> list[dict[str, Any]]:
    with acting_as(city, who) as connection:
        return publications(connection, who.role)


def test_whoever_had_a_hand_in_it_cannot_approve_even_by_sql(city_with_plan: Engines, drafted: Drafted) -> None:
    draft = drafted()
    version = plans.handed_in(city_with_plan, draft, HOA)  # Lan uploaded, Hoà handed in
    for who in (LAN, HOA):
        with pytest.raises(NotAllowed, match="người thứ hai"), acting_as(city_with_plan, who) as connection:
            publish(connection, ZONE_LAYER, draft, version)
        with pytest.raises(DBAPIError, match="prepared by who approves"), acting_as(city_with_plan, who) as connection:
            connection.execute(sa.text("update platform.plan_draft set status = 'published'"))
    with pytest.raises(DBAPIError, match="permission denied"), acting_as(city_with_plan, LAN) as connection:
        connection.execute(sa.text("update platform.plan_draft set hands = '{}'"))
    with pytest.raises(DBAPIError, match="was not approved by"), acting_as(city_with_plan, LAN) as connection:
        connection.execute(
            sa.text(
                "insert into platform.plan_publication (draft_id, plan_id, plan_code, plan_name, plan_version,"
                " decision_no, decision_date, valid_from, summary)"
                f" values ({draft}, 1, 'x', 'x', 9, '1', now(), now(), '{{}}')"
            )
        )
    assert valid_on(city_with_plan, AMENDED) == ZONES


def test_of_two_who_approve_at_once_one_publishes_and_the_other_learns_who_and_when(
    city_with_plan: Engines, drafted: Drafted
) -> None:
    draft = drafted()
    version = plans.handed_in(city_with_plan, draft)

    def approve(who: Identity) -> str:
        try:
            with acting_as(city_with_plan, who) as connection:
                return f"version {publish(connection, ZONE_LAYER, draft, version).plan_version}"
        except Conflict as error:
            return str(error)

    with ThreadPoolExecutor(2) as both:
        answers = dict(zip(("minh", "hoa"), both.map(approve, (MINH, HOA)), strict=True))
    winner = next(name for name, told in answers.items() if told == "version 2")
    loser = "hoa" if winner == "minh" else "minh"
    assert answers[loser].startswith(f"{winner} đã duyệt và công bố bản thảo này lúc ")
    assert f"{datetime.now().year}" in answers[loser]  # noqa: DTZ005 - the year is enough
    assert counted(city_with_plan, "select count(*) from platform.plan_publication") == 1


@pytest.mark.parametrize("day", [plans.FIRST, date(2019, 5, 1)])
def test_a_version_that_would_begin_on_or_before_a_published_one_is_refused_at_every_door(
    city_with_plan: Engines, drafted: Drafted, day: date
) -> None:
    with pytest.raises(NotAfterPublished, match="phiên bản 1 đã công bố có hiệu lực từ 01/01/2020"):
        drafted("late", valid_from=day)
    first, second = drafted("one"), drafted("second")
    version = plans.handed_in(city_with_plan, second)
    approved(city_with_plan, first)
    with pytest.raises(NotAfterPublished), acting_as(city_with_plan, HOA) as connection:
        publish(connection, ZONE_LAYER, second, version)
    assert counted(city_with_plan, "select count(*) from platform.plan_publication") == 1


def test_a_comparison_with_a_version_that_is_no_longer_in_force_is_not_published(
    city_with_plan: Engines, drafted: Drafted
) -> None:
    first, second = drafted("one"), drafted("second", valid_from=date(2026, 6, 1))
    version = plans.handed_in(city_with_plan, second)
    approved(city_with_plan, first)
    with pytest.raises(Conflict, match="đã thay đổi từ khi kiểm tra"), acting_as(city_with_plan, HOA) as connection:
        publish(connection, ZONE_LAYER, second, version)


def test_a_submitted_draft_stands_still_and_comes_back_with_a_reason(city_with_plan: Engines, drafted: Drafted) -> None:
    draft = drafted()
    version = plans.handed_in(city_with_plan, draft)
    with acting_as(city_with_plan, LAN) as connection:
        changed = connection.execute(sa.text("update platform.plan_draft_zone set zone_symbol = 'X'"))
        removed = connection.execute(sa.text("delete from platform.plan_draft_finding"))
        assert (changed.rowcount, removed.rowcount) == (0, 0)
    with acting_as(city_with_plan, MINH) as connection:
        return_draft(connection, draft, version, "Sai ranh giới lô 12")
        row = find_draft(connection, draft)
        assert (row["status"], row["note"], row["hands"]) == ("checked", "Sai ranh giới lô 12", ["lan"])
    with pytest.raises(Conflict), acting_as(city_with_plan, LAN) as connection:
        discard(connection, draft, version)  # of the page from before it was returned
    with pytest.raises(Conflict), acting_as(city_with_plan, MINH) as connection:
        publish(connection, ZONE_LAYER, draft, row["version"])


@pytest.mark.parametrize("who", [ANONYMOUS, Identity("v", "inspector"), Identity("q", "administrator")])
def test_drafts_are_hidden_from_everybody_but_planners(
    city_with_plan: Engines, drafted: Drafted, who: Identity
) -> None:
    drafted()
    for table in ("plan_draft", "plan_draft_zone", "plan_draft_finding", "plan_draft_change", "plan_draft_affected"):
        with pytest.raises(DBAPIError, match="permission denied"):
            counted(city_with_plan, f"select count(*) from platform.{table}", who)
    with pytest.raises(DBAPIError, match="permission denied"):
        counted(city_with_plan, "select approved_by from platform.plan_publication", who)


def test_what_was_known_on_a_day_is_answered_through_publication_and_withdrawal(
    city_with_plan: Engines, drafted: Drafted
) -> None:
    publication = approved(city_with_plan, drafted())
    with city_with_plan.owner.connect() as connection:
        published_at = connection.scalar(sa.text("select published_at from platform.plan_publication"))
    with acting_as(city_with_plan, LAN) as connection:
        ask_withdrawal(connection, publication, "Sai số quyết định")
    with pytest.raises(NotAllowed), acting_as(city_with_plan, LAN) as connection:
        withdraw(connection, publication)
    with acting_as(city_with_plan, MINH) as connection:
        withdraw(connection, publication)
        now = connection.scalar(sa.text("select clock_timestamp()"))
    earlier = published_at.replace(year=published_at.year - 1)
    with city_with_plan.owner.begin() as connection:
        # As if the first version had been loaded long before.
        for table in ("planning_zones", "plans"):
            long_ago = f"update history.{table} set updated_at = updated_at - interval '2 years' where version = 1"
            connection.execute(sa.text(f"{long_ago} and operation = 'update'"))

    def answer(day: date, known_at: datetime) -> tuple[int, list[int]]:
        asked = Asked(day, known_at, CODE)
        with acting_as(city_with_plan, ANONYMOUS) as connection:
            return len(zones_as_known(connection, asked)), [
                one["plan_version"] for one in versions_as_known(connection, asked)
            ]

    day_before = date(2025, 12, 31)
    assert answer(AMENDED, earlier) == (ZONES, [1])
    assert answer(AMENDED, published_at) == (23, [2])
    assert answer(day_before, published_at) == (ZONES, [1])
    assert answer(AMENDED, now) == (ZONES, [1])
    assert answer(date(2019, 1, 1), now) == (0, [])


def test_a_withdrawn_version_leaves_the_layers_as_they_were_and_its_number_behind(
    city_with_plan: Engines, drafted: Drafted
) -> None:
    def state() -> list[tuple[Any, ...]]:
        with city_with_plan.owner.connect() as connection:
            rows = connection.execute(
                sa.text(
                    "select z.id, z.zone_symbol, z.valid_from, z.valid_to, p.plan_version, p.plan_status, p.valid_to"
                    " from city.planning_zones z join city.plans p on p.id = z.plan_id order by z.id"
                )
            )
            return [tuple(row) for row in rows]

    before = state()
    first = approved(city_with_plan, drafted("one"))
    second = approved(city_with_plan, drafted("second", valid_from=date(2026, 6, 1)))
    with pytest.raises(Conflict, match="Phiên bản 3 dựa trên"), acting_as(city_with_plan, LAN) as connection:
        ask_withdrawal(connection, first, "Rút")
    for publication in (second, first):
        with acting_as(city_with_plan, LAN) as connection:
            ask_withdrawal(connection, publication, "Rút")
        with acting_as(city_with_plan, MINH) as connection:
            withdraw(connection, publication)
    with pytest.raises(Conflict, match="minh đã rút"), acting_as(city_with_plan, HOA) as connection:
        withdraw(connection, first)
    assert state() == before
    told = publications_of(city_with_plan, replace(LAN, subject="hoa"))
    assert {(one["plan_version"], one["withdrawn_by"], one["withdrawal_asked_by"]) for one in told} == {
        (2, "minh", "lan"), (3, "minh", "lan"),
    }  # fmt: skip
    approved(city_with_plan, drafted("third one"))
    assert publications_of(city_with_plan, ANONYMOUS)[0]["plan_version"] == 4
