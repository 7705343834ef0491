"""Which buildings are flagged and how they are ordered; and that nothing here calls anybody a culprit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gis_core.jobs
from gis_core.jobs.construction_exemption import Exemption
from gis_core.jobs.construction_flags import Decision, Facts, contradictions, decide
from gis_core.jobs.construction_land import ForestFacts, LandUse
from gis_core.jobs.construction_permits import VERDICTS, PermitMatch
from gis_core.jobs.construction_reasons import number, place
from gis_core.jobs.construction_rules import Rules, rule_of, tolerances
from gis_core.jobs.construction_score import Neighbourhood, Score, score
from gis_core.layer import Text
from layers.codes import codes
from layers.construction import construction_rules

RULES = Rules({str(row["rule"]): rule_of(row) for row in construction_rules()})
LIMITS = tolerances(RULES)
REQUIRED, UNKNOWN, EXEMPT = 0.0, 0.5, 1.0


def facts(
    verdict: str = "none", state: float = REQUIRED, *, kind: str = "house", area: float = 96, distance: float = 14,
    planned: float = 0, trees: float = 0, cadastre: float = 0, storeys: float = 2, permitted: float = 2,
    noticed: bool = True, conflict: float = 1.0, by_parcel: bool = False, no_plan: float = 0, seen: str = "2025-08-19",
) -> Facts:  # fmt: skip
    def one(value: object) -> np.ndarray:
        return np.array([value])

    overlaps = {"quy_hoach": planned, "kiem_ke": trees, "dia_chinh": cadastre}
    forest = ForestFacts(
        {name: one(0.0 if overlap else distance) for name, overlap in overlaps.items()},
        {name: one(float(overlap)) for name, overlap in overlaps.items()}, {name: one(1) for name in overlaps},
    )  # fmt: skip
    match = PermitMatch(one(verdict), one(-1), one(by_parcel), one(0.0))
    exempt = Exemption(one(state), one(-1), (), one(no_plan))
    return Facts(
        one(float(area)), one(kind), one(float(storeys)), np.array([seen], dtype="datetime64[D]"), forest, match,
        one(float(permitted)), one(noticed), exempt, LandUse(one(conflict), one(0.0)),
    )  # fmt: skip


def decided(found: Facts, *, reach: float = 30, planned: bool = True) -> Decision:
    return decide(found, reach, planned, RULES, LIMITS)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (facts(), ["F2"]),
        (facts("revoked"), ["F2"]),
        (facts(distance=30), ["F2"]),
        (facts(distance=30.01), []),
        (facts(planned=96), ["F1", "F2"]),
        (facts("in_footprint", planned=96), ["F1"]),
        (facts("none", EXEMPT, planned=96), ["F1"]),
        (facts("none", EXEMPT, cadastre=96), ["F1"]),
        (facts("in_footprint", planned=4.9), []),
        (facts("in_footprint", planned=5.0), ["F1"]),
        (facts("in_footprint", area=400, planned=7.9), []),
        (facts("in_footprint", area=400, planned=8.0), ["F1"]),
        (facts("in_footprint", trees=96), []),
        (facts(trees=96), ["F2"]),
        (facts("over_footprint"), ["F4"]),
        (facts("over_storeys"), ["F4"]),
        (facts("expired"), ["F4"]),
        (facts("not_started"), ["F4"]),
        (facts("expired", EXEMPT), []),
        (facts("none", EXEMPT), []),
        (facts("none", UNKNOWN), ["F2"]),
        (facts("in_footprint"), []),
        (facts("in_footprint", noticed=False), ["F5"]),
        (facts("none", EXEMPT, kind="hotel", noticed=False), ["F5"]),
        (facts(kind="greenhouse"), []),
        (facts(kind="greenhouse", planned=300), ["F3"]),
    ],
)
def test_the_kinds_of_flags(found: Facts, expected: list[str]) -> None:
    assert decided(found).types_of(0) == expected


@pytest.mark.parametrize(
    ("found", "rejection"),
    [
        (facts(kind="greenhouse"), "greenhouse"),
        (facts("none", EXEMPT), "exempt"),
        (facts("in_footprint"), "permitted"),
        (facts(), ""),
    ],
)
def test_what_is_let_be_has_its_reason(found: Facts, rejection: str) -> None:
    assert decided(found).rejection.tolist() == [rejection]


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (facts(), set()),
        (facts(state=UNKNOWN, no_plan=1.0), {"general_plan"}),
        (facts(state=UNKNOWN, storeys=np.nan), {"storeys"}),
        (facts(state=UNKNOWN, kind=""), {"kind"}),
        (facts("in_footprint", storeys=np.nan), {"storeys"}),
        (facts("in_footprint", permitted=np.nan), {"storeys"}),
        (facts(seen="NaT"), {"day_begun"}),
        (facts(conflict=UNKNOWN), {"land_use"}),
        (facts("over_footprint", by_parcel=True), {"permit_position"}),
    ],
)
def test_a_missing_fact_asks_for_a_check_and_is_named(found: Facts, missing: set[str]) -> None:
    decision = decided(found)
    assert {name for name, holds in decision.missing.items() if holds[0]} == missing
    assert decision.flagged[0]
    assert decision.needs_check[0] == bool(missing)


def test_without_forest_planning_the_inventory_stands_in_and_a_check_is_asked_for() -> None:
    decision = decided(facts("in_footprint", trees=96), planned=False)
    assert decision.types_of(0) == ["F1"]
    assert decision.missing["forest_plan"][0]


def test_registers_that_say_different_things_are_told_apart() -> None:
    found = {name: bool(holds[0]) for name, holds in contradictions(facts(trees=96), LIMITS).items()}
    assert found == {"planned_without_trees": False, "trees_without_plan": True, "cadastre_without_plan": False}


def scored(found: Facts, function: str = "RPH", *, reported: bool = False, before: bool = False) -> Score:
    near = Neighbourhood(np.array([function]), np.array([reported]), np.array([before]))
    return score(found, decided(found), near, 30, RULES)


def test_a_new_house_of_96_m2_14_m_from_forest_without_a_permit_is_of_high_grade() -> None:
    assert scored(facts()).grade.tolist() == ["high"]
    assert scored(facts(state=UNKNOWN, no_plan=1.0)).grade.tolist() != ["high"]


worse_first = st.sampled_from(["none", "revoked", "over_footprint", "expired"])


@given(
    verdict=worse_first, area=st.floats(10, 400), distance=st.floats(0, 30), state=st.sampled_from([REQUIRED, UNKNOWN]),
    conflict=st.sampled_from([0.0, 0.5, 1.0]), function=st.sampled_from(["RDD", "RPH", "RSX", ""]),
    reported=st.booleans(), before=st.booleans(), planned=st.booleans(),
)  # fmt: skip
def test_the_score_and_its_parts_stay_within_bounds_and_grow_with_what_speaks_for_a_check(
    verdict: str, area: float, distance: float, state: float, conflict: float, function: str, reported: bool,
    before: bool, planned: bool,
) -> None:  # fmt: skip
    found = facts(verdict, state, area=area, distance=distance, conflict=conflict, planned=area if planned else 0)
    here = scored(found, function, reported=reported, before=before)
    assert all(0 <= part[0] <= 1 for part in (here.score, *here.parts.values()))
    assert here.score[0] == pytest.approx(here.parts["likelihood"][0] * here.parts["harm"][0], abs=2e-4)
    more = [
        scored(found, function, reported=True, before=before),
        scored(found, function, reported=reported, before=True),
        scored(found, "RDD", reported=reported, before=before),
        scored(facts(verdict, state, area=area + 50, distance=distance, conflict=conflict,
                     planned=area + 50 if planned else 0), function, reported=reported, before=before),
        scored(facts(verdict, state, area=area, distance=distance / 2, conflict=conflict,
                     planned=area if planned else 0), function, reported=reported, before=before),
        scored(facts(verdict, REQUIRED, area=area, distance=distance, conflict=conflict,
                     planned=area if planned else 0), function, reported=reported, before=before),
    ]  # fmt: skip
    assert all(other.score[0] >= here.score[0] - 1e-4 for other in more)


def test_every_verdict_state_and_kind_has_a_name_in_its_code_list() -> None:
    assert set(VERDICTS) == {one.code for one in codes("permit_match").codes}
    assert {"F1", "F2", "F3", "F4", "F5"} == {one.code for one in codes("flag_type").codes}
    assert {"greenhouse", "exempt", "permitted"} == {one.code for one in codes("flag_rejection").codes}


def test_no_sentence_of_the_job_speaks_of_a_violation() -> None:
    folder = Path(gis_core.jobs.__file__).parent
    sources = [file.read_text("utf-8") for file in sorted(folder.glob("construction*.py"))]
    lists = [f"{one.vi} {one.en}" for name in ("flag_type", "flag_rejection", "permit_match", "flag_grade")
             for one in codes(name).codes]  # fmt: skip
    titles = [f"{rule.title.vi} {rule.title.en}" for rule in RULES.rows.values()]
    assert len(sources) > 10
    for text in (*sources, *lists, *titles):
        for word in ("vi phạm", "trái phép", "illegal", "unlawful", "offence", "culprit"):
            assert word not in text.lower()


def test_numbers_and_forest_lots_are_written_as_the_language_has_them() -> None:
    assert (number(1234.5, 1, "vi"), number(1234.5, 1, "en")) == ("1.234,5", "1,234.5")
    names = {("forest_function", "RPH"): Text("Rừng phòng hộ", "Protection forest"),
             ("forest_dataset", "quy_hoach"): Text("Quy hoạch ba loại rừng", "Forest-planning layer")}  # fmt: skip
    forest = {"function": "RPH", "plot": "c", "subcompartment": "3", "compartment": "156b", "dataset": "quy_hoach"}
    assert place(forest, names, "vi") == "rừng phòng hộ (lô c, khoảnh 3, tiểu khu 156b; quy hoạch ba loại rừng)"
    unnumbered = dict.fromkeys(("plot", "subcompartment", "compartment"))
    assert place(forest | unnumbered, names, "en") == "protection forest (forest-planning layer)"


def test_a_flag_is_named_by_its_gravest_kind() -> None:
    assert decided(facts(planned=96)).primary.tolist() == ["F1"]
    assert replace(decided(facts()), holds=np.array([[False, False, False, True, True]])).primary.tolist() == ["F4"]
