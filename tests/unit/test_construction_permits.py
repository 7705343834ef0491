"""What permits say of buildings: verdicts, tolerances and boundary days, against an oracle written apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box
from shapely.affinity import scale, translate

from gis_core.jobs.construction_permits import VERDICTS, Permits, Sites, match_permits
from gis_core.jobs.construction_rules import Tolerances

LIMITS = Tolerances(2, 5, 0.02, 1.2, 0.5, 50, 0.01)
SEEN = date(2026, 3, 10)


@dataclass(frozen=True)
class Permit:
    """One permit, in order unless told otherwise: it covers the house, and works were announced and seen in time."""

    outline: Polygon | None
    status: str = "da_khoi_cong"
    issued: date | None = date(2025, 9, 1)
    start_by: date | None = date(2026, 9, 1)
    noticed: date | None = date(2025, 10, 1)
    expires: date | None = date(2028, 9, 1)
    storeys: float = 2
    footprint: float = float("nan")
    parcel: int = -1
    on_parcel: float = float("nan")


@dataclass(frozen=True)
class House:
    """One building."""

    outline: Polygon
    storeys: float = 2
    seen: date | None = SEEN
    parcel: int = -1


HOUSE = House(box(0, 0, 10, 12))


def sites(houses: Sequence[House]) -> Sites:
    geometry = np.array([one.outline for one in houses], dtype=object)
    return Sites(
        geometry, shapely.area(geometry), np.array([one.seen for one in houses], dtype="datetime64[D]"),
        np.array([one.storeys for one in houses], dtype=float), np.array([one.parcel for one in houses], dtype=int),
    )  # fmt: skip


def register(permits: Sequence[Permit]) -> Permits:
    def column(name: str, kind: str) -> Any:
        return np.array([getattr(one, name) for one in permits], dtype=kind)

    days = (column(name, "datetime64[D]") for name in ("issued", "start_by", "noticed", "expires"))
    numbers = (column(name, "float") for name in ("storeys", "footprint"))
    return Permits(
        column("outline", "object"), column("status", "str"), *days, *numbers, column("parcel", "int"),
        column("on_parcel", "float"),
    )  # fmt: skip


def verdicts(houses: Sequence[House], permits: Sequence[Permit]) -> list[str]:
    return match_permits(sites(houses), register(permits), LIMITS).verdict.tolist()


def verdict(house: House, *permits: Permit) -> str:
    return verdicts([house], permits)[0]


COVERING = Permit(HOUSE.outline)


@pytest.mark.parametrize(
    ("permit", "expected"),
    [
        (COVERING, "in_footprint"),
        (replace(COVERING, storeys=1), "over_storeys"),
        (replace(COVERING, outline=box(0, 0, 10, 8)), "over_footprint"),
        (replace(COVERING, expires=date(2026, 3, 9)), "expired"),
        (replace(COVERING, noticed=None, start_by=date(2026, 3, 9)), "not_started"),
        (replace(COVERING, noticed=date(2026, 3, 10), start_by=date(2026, 3, 9)), "not_started"),
        (replace(COVERING, status="thu_hoi"), "revoked"),
        (replace(COVERING, status="dang_xet"), "none"),
        (replace(COVERING, status="tu_choi"), "none"),
        (replace(COVERING, outline=box(100, 0, 110, 12)), "none"),
        (replace(COVERING, status="het_han", expires=None), "expired"),
        (replace(COVERING, storeys=float("nan")), "in_footprint"),
    ],
)
def test_each_verdict(permit: Permit, expected: str) -> None:
    assert verdict(HOUSE, permit) == expected


def test_without_permits_there_is_none() -> None:
    assert verdicts([HOUSE, HOUSE], []) == ["none", "none"]
    assert verdicts([], [COVERING]) == []


@pytest.mark.parametrize("days_late", [-1, 0, 1])
def test_the_last_day_still_counts(days_late: int) -> None:
    seen = replace(HOUSE, seen=SEEN + timedelta(days=days_late))
    assert verdict(seen, replace(COVERING, expires=SEEN)) == ("expired" if days_late > 0 else "in_footprint")
    unannounced = replace(COVERING, noticed=None, start_by=SEEN)
    assert verdict(seen, unannounced) == ("not_started" if days_late > 0 else "in_footprint")
    announced = replace(COVERING, noticed=SEEN, start_by=SEEN)
    assert verdict(seen, announced) == "in_footprint"


def test_a_footprint_of_130_percent_is_over_and_not_without_permit() -> None:
    larger = replace(HOUSE, outline=box(0, 0, 10, 12 * 1.3))
    assert verdict(larger, COVERING) == "over_footprint"
    # Spread over all sides each edge is within its tolerance, and the area tells it still.
    factor = 1.3**0.5
    assert verdict(replace(HOUSE, outline=scale(HOUSE.outline, factor, factor)), COVERING) == "over_footprint"


@pytest.mark.parametrize(("behind", "expected"), [(2.45, "in_footprint"), (2.55, "over_footprint")])
def test_what_lies_within_two_metres_and_five_square_metres_is_no_excess(behind: float, expected: str) -> None:
    # A strip 10 m wide behind the tolerance of the edge: 4.5 or 5.5 m² of it.
    assert verdict(HOUSE, replace(COVERING, outline=box(-9, -9, 19, 12 - behind))) == expected


@pytest.mark.parametrize(("side", "expected"), [(0.49, "none"), (0.51, "over_footprint")])
def test_an_overlap_below_five_square_metres_is_no_permit(side: float, expected: str) -> None:
    assert verdict(HOUSE, replace(COVERING, outline=box(10 - side, 0, 40, 10))) == expected


def test_a_neighbours_permit_touched_by_an_error_of_position_is_not_the_buildings() -> None:
    house, theirs = replace(HOUSE, parcel=1), replace(COVERING, outline=box(9, 0, 19, 12), parcel=2, on_parcel=0.95)
    assert verdict(house, theirs) == "none"
    assert verdict(replace(house, parcel=2), theirs) == "over_footprint"
    # Most of the building lies there: the register of parcels is what is off.
    assert verdict(house, replace(theirs, outline=box(-1, 0, 9, 12))) == "in_footprint"


@pytest.mark.parametrize("outline", [None, Polygon(), translate(HOUSE.outline, 225.6)])
def test_a_permit_with_wrong_coordinates_is_matched_by_parcel_and_that_is_said(outline: Polygon | None) -> None:
    permit = replace(COVERING, outline=outline, footprint=120, parcel=7, on_parcel=0.0)
    found = match_permits(sites([replace(HOUSE, parcel=7), HOUSE]), register([permit]), LIMITS)
    assert found.verdict.tolist() == ["in_footprint", "none"]
    assert found.by_parcel.tolist() == [True, False]
    larger = replace(HOUSE, outline=box(0, 0, 13, 12), parcel=7)
    assert verdict(larger, permit) == "over_footprint"


def test_a_misplaced_permit_says_nothing_about_the_building_it_is_drawn_on() -> None:
    assert verdict(replace(HOUSE, parcel=8), replace(COVERING, parcel=7, on_parcel=0.1)) == "none"


def test_one_misplaced_permit_counts_for_one_building_of_its_parcel() -> None:
    shed = House(box(20, 0, 25, 5), parcel=7)
    permit = Permit(None, footprint=118, parcel=7)
    assert verdicts([shed, replace(HOUSE, parcel=7)], [permit]) == ["none", "in_footprint"]


def test_of_several_permits_the_one_that_suits_best_counts() -> None:
    assert verdict(HOUSE, replace(COVERING, status="thu_hoi"), COVERING, replace(COVERING, storeys=1)) == "in_footprint"


shifts = st.floats(-30, 30)
sizes = st.floats(4, 25)
days = st.one_of(st.none(), st.dates(date(2025, 12, 1), date(2026, 6, 1)))


@st.composite
def houses_(draw: st.DrawFn) -> House:
    x, y, width, depth = draw(shifts), draw(shifts), draw(sizes), draw(sizes)
    storeys = draw(st.sampled_from([1.0, 2.0, 7.0, float("nan")]))
    return House(box(x, y, x + width, y + depth), storeys, SEEN, draw(st.integers(-1, 2)))


@st.composite
def permits_(draw: st.DrawFn) -> Permit:
    house = draw(houses_())
    status = draw(st.sampled_from(["da_cap", "da_khoi_cong", "hoan_thanh", "het_han", "thu_hoi", "dang_xet"]))
    outline = draw(st.sampled_from([house.outline, house.outline, None]))
    return Permit(
        outline, status, date(2025, 1, 1), draw(days), draw(days), draw(days), house.storeys,
        draw(st.sampled_from([float("nan"), 60.0, 200.0])), house.parcel,
        draw(st.sampled_from([float("nan"), 0.0, 0.4, 0.6, 1.0])),
    )  # fmt: skip


@given(house=houses_(), permits=st.lists(permits_(), max_size=4))
def test_verdicts_are_those_of_a_judgement_one_by_one(house: House, permits: list[Permit]) -> None:
    assert verdict(house, *permits) == judged(house, permits)


def test_a_crowd_of_buildings_and_permits_is_judged_like_each_of_them() -> None:
    chance = np.random.default_rng(7)
    houses = [House(rectangle(chance), float(chance.integers(1, 4)), SEEN, int(chance.integers(-1, 60)))
              for _ in range(250)]  # fmt: skip
    permits = [
        Permit(
            translate(houses[k].outline, *chance.normal(0, 1.5, 2)) if chance.random() < 0.9 else None,
            str(chance.choice(["da_cap", "hoan_thanh", "het_han", "thu_hoi", "dang_xet"])), date(2025, 1, 1),
            SEEN + timedelta(days=int(chance.integers(-9, 30))), SEEN - timedelta(days=int(chance.integers(-30, 90))),
            SEEN + timedelta(days=int(chance.integers(-9, 90))), float(chance.integers(1, 4)), float("nan"),
            1000 + k, float(chance.choice([float("nan"), 0.6, 1.0])),
        )
        for k in chance.integers(0, len(houses), 250).tolist()
    ]  # fmt: skip
    found = verdicts(houses, permits)
    assert found == [judged(house, permits) for house in houses]
    assert set(found) == set(VERDICTS)


def rectangle(chance: np.random.Generator) -> Polygon:
    x, y, width, depth = *chance.uniform(0, 400, 2), *chance.uniform(4, 20, 2)
    return box(x, y, x + width, y + depth)


def judged(house: House, permits: list[Permit]) -> str:
    """The mildest verdict, by shapely and plain comparisons."""
    found = [one for permit in permits if (one := said(house, permit)) is not None]
    return min(found, key=VERDICTS.index, default="none")


def said(house: House, permit: Permit) -> str | None:
    if permit.status in ("dang_xet", "tu_choi"):
        return None
    area = house.outline.area
    least = max(5.0, 0.02 * area)
    if permit.outline is None or permit.on_parcel < 0.5:
        if permit.parcel < 0 or permit.parcel != house.parcel:
            return None
        excess = 0.0
    else:
        shared = house.outline.intersection(permit.outline).area
        if shared < least or not house.outline.intersects(permit.outline):
            return None
        other_parcel = -1 not in (house.parcel, permit.parcel) and house.parcel != permit.parcel
        if other_parcel and shared < 0.5 * min(area, permit.outline.area):
            return None
        excess = house.outline.difference(permit.outline.buffer(2)).area
    return compared(house, permit, area, least, excess)


def compared(house: House, permit: Permit, area: float, least: float, excess: float) -> str:
    if permit.status == "thu_hoi":
        return "revoked"
    assert house.seen is not None
    if permit.start_by is not None and house.seen > permit.start_by and (
        permit.noticed is None or permit.noticed > permit.start_by
    ):  # fmt: skip
        return "not_started"
    if (permit.expires is None and permit.status == "het_han") or (permit.expires and house.seen > permit.expires):
        return "expired"
    allowed = permit.footprint
    if allowed != allowed and permit.outline is not None:
        allowed = permit.outline.area
    if excess >= least or (area > 1.2 * allowed and area - allowed >= least):
        return "over_footprint"
    return "over_storeys" if house.storeys > permit.storeys else "in_footprint"


@given(house=houses_(), permit=permits_(), more=st.floats(0, 5), days_more=st.integers(0, 400))
def test_a_permit_that_allows_more_is_never_worse(house: House, permit: Permit, more: float, days_more: int) -> None:
    before = verdict(house, permit)
    if before == "none" or permit.outline is None:
        return
    longer = [day and day + timedelta(days=days_more) for day in (permit.expires, permit.start_by)]
    kinder = replace(
        permit, outline=permit.outline.buffer(more, join_style="mitre"), storeys=permit.storeys + 1,
        footprint=permit.footprint + 50, expires=longer[0],
    )  # fmt: skip
    assert VERDICTS.index(verdict(house, kinder)) <= VERDICTS.index(before)


@given(house=houses_(), x=st.floats(-1.9, 1.9), y=st.floats(-1.9, 1.9))
def test_a_shift_within_the_tolerance_of_the_edge_takes_no_permit_away(house: House, x: float, y: float) -> None:
    shifted = translate(house.outline, x / 2**0.5, y / 2**0.5)
    if house.outline.intersection(shifted).area >= max(5, 0.02 * house.outline.area):
        assert verdict(house, Permit(shifted, storeys=9)) == "in_footprint"
