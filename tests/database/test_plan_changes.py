"""What changed between the plans of two days, against shapely and against what planners would expect."""

from datetime import date
from itertools import product

import numpy as np
import pytest
import sqlalchemy as sa
from shapely import STRtree, box
from shapely.geometry.base import BaseGeometry

from gis_core.db import ANONYMOUS, Engines, acting_as
from gis_core.plan_changes import MOST, Changes, plan_changes

EVE, DAY = date(2025, 12, 31), date(2026, 1, 1)
LEFT, BOTTOM = 575_000, 1_320_500
PLANS = """
insert into city.plans (plan_code, plan_version, plan_name, plan_level, plan_status, decision_no, valid_from, valid_to)
values ('PK-01', 1, 'Phân khu 1', 'subdivision', 'het_hieu_luc', '1/QĐ', '2020-01-01', '2025-12-31'),
       ('PK-01', 2, 'Phân khu 1', 'subdivision', 'cong_bo', '2/QĐ', '2026-01-01', null),
       ('QHC', 1, 'Quy hoạch chung', 'general', 'cong_bo', '3/QĐ', '2020-01-01', null)
"""
ZONE = """
insert into city.planning_zones (plan_id, zone_symbol, land_use_code, zone_function, floors_max, valid_from, valid_to,
 geom) values (:plan, :symbol, :use, :use, :floors, :first, :last, st_multi(st_geomfromtext(:shape, 5899)))
"""
Zone = tuple[int, str, str, int, BaseGeometry]


def square(west: float, south: float, width: float, height: float = 10) -> BaseGeometry:
    return box(LEFT + west, BOTTOM + south, LEFT + west + width, BOTTOM + south + height)


def changes(city: Engines, *zones: Zone, before: date = EVE, after: date = DAY) -> Changes:
    """The changes of a city with these zones: plan, symbol, use, storeys, area. Plan 1 ends on the eve of plan 2."""
    spans = {1: ("2020-01-01", "2025-12-31"), 2: ("2026-01-01", None), 3: ("2020-01-01", None)}
    with city.owner.begin() as connection:
        connection.execute(sa.text(PLANS))
        for plan, symbol, use, floors, shape in zones:
            first, last = spans[plan]
            values = {"plan": plan, "symbol": symbol, "use": use, "floors": floors, "shape": shape.wkt}
            connection.execute(sa.text(ZONE), values | {"first": first, "last": last})
    with acting_as(city, ANONYMOUS) as connection:
        return plan_changes(connection, before, after)


def told(found: Changes) -> list[tuple[str, str | None, str | None, float]]:
    return [(one["kind"], symbol(one["before"]), symbol(one["after"]), one["area_m2"]) for one in found.pieces]


def symbol(zone: dict[str, str] | None) -> str | None:
    return zone["symbol"] if zone else None


def test_land_is_compared_and_not_the_symbols_of_zones(city: Engines) -> None:
    found = changes(
        city,
        (1, "A-01", "ODT", 5, square(0, 0, 30)), (1, "A-02", "CLN", 1, square(30, 0, 10)),
        (2, "B-07", "ODT", 5, square(0, 0, 20)), (2, "B-08", "TMD", 5, square(20, 0, 10)),
        (2, "B-09", "CLN", 1, square(30, 0, 10)),
    )  # fmt: skip
    assert told(found) == [("changed", "A-01", "B-08", 100.0)]
    assert found.totals == {
        "changed": {"count": 1, "area_m2": 100.0},
        "unchanged": {"count": 2, "area_m2": 300.0},
    }
    assert (found.pieces[0]["before"]["decision_no"], found.pieces[0]["after"]["decision_no"]) == ("1/QĐ", "2/QĐ")


def test_land_that_is_newly_planned_no_longer_planned_or_only_limited_otherwise_is_told_apart(city: Engines) -> None:
    found = changes(
        city,
        (1, "A-01", "ODT", 5, square(0, 0, 20)), (1, "A-02", "CLN", 1, square(20, 0, 30)),
        (2, "B-01", "ODT", 7, square(0, 0, 20)), (2, "B-02", "CLN", 1, square(30, 0, 60)),
    )  # fmt: skip
    assert told(found) == [
        ("added", None, "B-02", 400.0), ("limits", "A-01", "B-01", 200.0), ("removed", "A-02", None, 100.0),
    ]  # fmt: skip


def test_a_zone_in_force_on_both_days_and_the_zones_of_another_plan_are_no_changes(city: Engines) -> None:
    found = changes(
        city,
        (3, "C-01", "ODT", 5, square(0, 0, 50)), (1, "A-01", "CLN", 1, square(0, 0, 10)),
        (2, "B-01", "CLN", 1, square(0, 0, 10)),
    )  # fmt: skip
    assert found.pieces == []
    assert found.totals == {"unchanged": {"count": 1, "area_m2": 100.0}}


def test_slivers_of_boundaries_digitised_twice_are_summed_apart(city: Engines) -> None:
    found = changes(
        city,
        (1, "A-01", "ODT", 5, square(0, 0, 20)), (1, "A-02", "CLN", 1, square(20, 0, 20)),
        (2, "B-01", "ODT", 5, square(0, 0, 20.03)), (2, "B-02", "CLN", 1, square(20.03, 0, 19.97)),
    )  # fmt: skip
    assert found.pieces == []
    assert found.totals["sliver"] == {"count": 1, "area_m2": 0.3}


@pytest.mark.parametrize(("before", "after"), [(EVE, DAY), (DAY, EVE)])
def test_areas_agree_with_shapely_and_add_up_to_both_plans_in_either_direction(
    city: Engines, before: date, after: date
) -> None:
    rng = np.random.default_rng(5)
    uses = ["ODT", "CLN", "TMD"]

    def cut(plan: int, step: float, reach: int) -> list[Zone]:
        places = product(range(reach), range(6))
        shapes = [square(x * step, y * step, step, step) for x, y in places]
        return [(plan, f"{plan}-{n:02d}", str(rng.choice(uses)), int(rng.integers(1, 4)), one)
                for n, one in enumerate(shapes)]  # fmt: skip

    first, second = cut(1, 17, 6), cut(2, 13, 9)
    found = changes(city, *first, *second, before=before, after=after)
    old, new = (first, second) if before == EVE else (second, first)
    expected = dict.fromkeys(("changed", "limits", "unchanged"), 0.0)
    tree = STRtree([one[-1] for one in new])
    for _, _, use, floors, shape in old:
        for place in tree.query(shape):
            _, _, other_use, other_floors, other = new[place]
            kind = "changed" if use != other_use else "limits" if floors != other_floors else "unchanged"
            area = shape.intersection(other).area
            expected[kind] += area if area >= 1 else 0
    totals = {kind: one["area_m2"] for kind, one in found.totals.items()}
    for kind, area in expected.items():
        assert totals[kind] == pytest.approx(area, abs=0.01)
    common = sum(expected.values())
    slivers = totals.get("sliver", 0.0)
    assert common + totals["removed"] == pytest.approx(sum(one[-1].area for one in old), abs=slivers + 0.02)
    assert common + totals["added"] == pytest.approx(sum(one[-1].area for one in new), abs=slivers + 0.02)


def test_only_the_largest_are_listed_and_the_totals_count_all(city: Engines) -> None:
    many = [(2, f"B-{n}", "ODT", 5, square(12 * n, 0, 10, 2 + n / 100)) for n in range(MOST + 3)]
    found = changes(city, *many)
    assert len(found.pieces) == MOST
    assert found.totals["added"]["count"] == MOST + 3
    areas = [one["area_m2"] for one in found.pieces]
    assert areas == sorted(areas, reverse=True)
    assert found.pieces[-1]["after"]["symbol"] == "B-3"
