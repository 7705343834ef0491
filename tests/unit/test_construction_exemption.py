"""Exemptions from permits: the law of the day, three values, and the purposes of the land."""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.jobs.construction_exemption import EXEMPTION, ExemptionFacts, ZonePairs, exemption
from gis_core.jobs.construction_land import Purposes, land_use
from gis_core.jobs.construction_rules import Rules, rule_of, tolerances
from layers.construction import construction_rules

RULES = Rules({str(row["rule"]): rule_of(row) for row in construction_rules()})
LIMITS = tolerances(RULES)
NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """A small house on farm land of the general plan, begun under the law of 2025 unless told otherwise."""

    begun: date | None = date(2026, 4, 22)
    kind: str = "house"
    storeys: float = 2
    height: float = 7
    area: float = 100
    registered: str = ""
    uses: tuple[str, ...] = ("HNK",)
    zones: tuple[tuple[str, str, float, float], ...] = field(default=(("general", "HNK", 0.0, 100.0),))


def state(case: Case) -> str:
    count = len(case.zones)
    level, use, regulated, overlap = zip(*case.zones, strict=True) if count else ((), (), (), ())
    facts = ExemptionFacts(
        np.array([case.begun], dtype="datetime64[D]"), np.array([case.kind]), np.array([case.storeys]),
        np.array([case.height]), np.array([case.area]), np.array([case.registered]),
        np.zeros(len(case.uses), dtype=int), np.array(case.uses, dtype=str),
        ZonePairs(np.zeros(count, dtype=int), np.array(level, dtype=str), np.array(use, dtype=str),
                  np.array(regulated, dtype=float), np.array(overlap, dtype=float)),
    )  # fmt: skip
    return EXEMPTION[float(exemption(facts, RULES, LIMITS).state[0])]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "exempt"),
        ({"storeys": 7}, "required"),
        ({"storeys": 6, "area": 83.0, "zones": (("general", "HNK", 0.0, 83.0),)}, "exempt"),
        ({"storeys": 5}, "required"),  # 500 m² of floors
        ({"storeys": NAN}, "unknown"),
        ({"storeys": NAN, "area": 600.0}, "required"),  # one storey is too much already
        ({"zones": ()}, "unknown"),
        ({"zones": (("general", "ODT", 0.0, 100.0),)}, "required"),
        ({"zones": (("general", "", 0.0, 100.0),)}, "unknown"),
        ({"zones": (("general", "HNK", 0.5, 100.0),)}, "unknown"),
        ({"zones": (("general", "HNK", 1.0, 100.0),)}, "required"),
        ({"zones": (("subdivision", "HNK", 0.0, 100.0),)}, "unknown"),
        ({"zones": (("general", "HNK", 0.0, 95.5), ("general", "ODT", 0.0, 4.5))}, "exempt"),
        ({"zones": (("general", "HNK", 0.0, 94.5), ("general", "ODT", 0.0, 5.5))}, "required"),
        ({"kind": ""}, "unknown"),
        ({"kind": "apartments"}, "required"),
        ({"kind": "industrial"}, "required"),
        ({"kind": "industrial", "storeys": 1, "height": 6}, "exempt"),
        ({"kind": "industrial", "storeys": 1, "height": NAN}, "unknown"),
        ({"kind": "industrial", "storeys": NAN, "height": 5}, "unknown"),
        ({"kind": "apartments", "uses": ("CAN",)}, "exempt"),
        ({"kind": "apartments", "registered": "b"}, "exempt"),
        ({"begun": None}, "unknown"),
        ({"begun": None, "storeys": 9}, "required"),
        ({"begun": date(2015, 5, 5)}, "unknown"),  # no rule of that time is loaded
    ],
)
def test_the_main_rule_of_2025_and_what_it_does_not_know(change: dict[str, object], expected: str) -> None:
    assert state(replace(Case(), **change)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begun", "expected"),
    [(date(2025, 12, 31), "required"), (date(2026, 1, 1), "exempt"), (date(2021, 1, 1), "required")],
)
def test_the_law_of_the_day_decides(begun: date, expected: str) -> None:
    assert state(Case(begun=begun)) == expected


def test_under_the_law_of_2020_the_absence_of_a_plan_is_never_proof() -> None:
    assert state(Case(begun=date(2025, 6, 1), zones=())) == "unknown"


@given(
    storeys=st.sampled_from([NAN, 1.0, 2.0, 6.0, 7.0]), kind=st.sampled_from(["", "house", "hotel"]),
    area=st.sampled_from([60.0, 100.0, 499.0, 501.0]), use=st.sampled_from(["", "HNK", "ODT"]),
    begun=st.sampled_from([None, date(2024, 1, 1), date(2026, 1, 1)]), regulated=st.sampled_from([0.0, 0.5, 1.0]),
    told=st.tuples(st.sampled_from([1.0, 3.0, 8.0]), st.sampled_from(["house", "apartments"]),
                   st.sampled_from(["HNK", "ODT"]), st.sampled_from([date(2024, 1, 1), date(2026, 1, 1)]),
                   st.sampled_from([0.0, 1.0])),
)  # fmt: skip
def test_learning_what_was_unknown_never_turns_an_answer_round(
    storeys: float, kind: str, area: float, use: str, begun: date | None, regulated: float,
    told: tuple[float, str, str, date, float],
) -> None:  # fmt: skip
    before = state(Case(begun, kind, storeys, 3.0, area, zones=(("general", use, regulated, area),)))
    after = state(
        Case(
            begun or told[3],
            kind or told[1],
            told[0] if storeys != storeys else storeys,
            3.0,
            area,
            zones=(("general", use or told[2], told[4] if regulated == 0.5 else regulated, area),),
        )
    )
    assert before in ("unknown", after)


def test_every_legal_number_is_a_row_with_its_basis_and_says_whether_it_was_checked() -> None:
    for rule in RULES.of("exemption"):
        assert rule.legal_basis, rule.rule
        assert rule.valid_from is not None, rule.rule
    assert {rule.verified for rule in RULES.of("exemption")} == {True, False}


def conflict(kind: str, area: float, *purposes: tuple[str, float]) -> float:
    codes, areas = zip(*purposes, strict=True) if purposes else ((), ())
    owned = Purposes(np.zeros(len(codes), dtype=int), np.array(codes, dtype=str), np.array(areas, dtype=float))
    return float(land_use(owned, np.array([kind]), np.array([area]), RULES, LIMITS).conflict[0])


@pytest.mark.parametrize(
    ("kind", "purposes", "expected"),
    [
        ("house", [("ODT", 300.0)], 0.0),
        ("house", [("CLN", 2000.0)], 1.0),
        ("house", [("CLN", 2000.0), ("ODT", 97.0)], 0.0),  # 3 m² short are within the tolerance
        ("house", [("CLN", 2000.0), ("ODT", 60.0)], 1.0),
        ("house", [("TMD", 900.0)], 0.5),
        ("hotel", [("TMD", 900.0)], 0.0),
        ("", [("TMD", 900.0)], 0.5),
        ("house", [("ODT", NAN)], 0.5),
        ("house", [("ODT", np.inf)], 0.0),
        ("house", [], 0.5),
        ("greenhouse", [("HNK", 5000.0)], 0.0),
        ("greenhouse", [("RPH", 5000.0)], 1.0),
    ],
)
def test_land_carries_a_building_by_the_area_of_its_purposes(
    kind: str, purposes: list[tuple[str, float]], expected: float
) -> None:
    assert conflict(kind, 100.0, *purposes) == expected
