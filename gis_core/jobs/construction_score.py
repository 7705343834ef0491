"""The priority of a flag: expected harm, how likely something is amiss times how much harm it would be.

Both factors and their parts lie between 0 and 1 and are kept by name, so that an order of the queue can be explained.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gis_core.jobs.construction_exemption import EXEMPTION
from gis_core.jobs.construction_flags import TYPES, Decision, Facts
from gis_core.jobs.construction_rules import FALSE, TRUE, Bools, Floats, Rules, Texts

LAND = {FALSE: "no", 0.5: "unknown", TRUE: "yes"}


@dataclass(frozen=True)
class Score:
    """Arrays (n,): the score, its grade, and its parts by name."""

    score: Floats
    grade: Texts
    parts: Mapping[str, Floats]


@dataclass(frozen=True)
class Neighbourhood:
    """Arrays (n,): forest function ('' unknown), and whether reports or earlier flags lie near."""

    function: Texts
    reported: Bools
    flagged_before: Bools


def score(facts: Facts, decision: Decision, near: Neighbourhood, reach: float, rules: Rules) -> Score:
    """The score of each flagged building; of others it means nothing."""
    likely = _likelihood(facts, decision, near, rules)
    harm = _harm(facts, decision, near, reach, rules)
    total = likely["likelihood"] * harm["harm"]
    grades = rules["SCORE-GRADES"].condition
    grade = np.select([total >= grades["high"], total >= grades["medium"]], ["high", "medium"], "low")
    return Score(np.round(total, 4), grade, {name: np.round(part, 4) for name, part in (likely | harm).items()})


def _likelihood(facts: Facts, decision: Decision, near: Neighbourhood, rules: Rules) -> dict[str, Floats]:
    weights = rules["SCORE-LIKELIHOOD"].condition
    verdict = np.where(facts.greenhouse, "", facts.permits.verdict)
    states = np.array([EXEMPTION[one] for one in facts.exemption.state.tolist()], dtype=str)
    land = np.array([LAND[one] for one in facts.land.conflict.tolist()], dtype=str)
    parts = {
        "permit": _weighed(verdict, weights["permit"]),
        "exemption": np.where(facts.greenhouse, 1.0, _weighed(states, weights["exemption"])),
        "land_use": _weighed(land, weights["land_use"]),
        "forest_land": np.where(_on_forest(decision), _weighed(verdict, weights["forest_land"]), 0.0),
        "reports": weights["report"] * near.reported,
        "earlier_flags": weights["earlier"] * near.flagged_before,
        "certainty": np.where(decision.needs_check, weights["needs_check"], 1.0),
    }
    amiss = np.maximum(parts["permit"] * parts["exemption"] * parts["land_use"], parts["forest_land"])
    sure = np.minimum(amiss + parts["reports"] + parts["earlier_flags"], 1.0)
    return parts | {"likelihood": sure * parts["certainty"]}


def _harm(facts: Facts, decision: Decision, near: Neighbourhood, reach: float, rules: Rules) -> dict[str, Floats]:
    weights = rules["SCORE-HARM"].condition
    away = np.clip(facts.forest.nearest / max(reach, 1.0), 0, 1)
    place = weights["near_forest"] - (weights["near_forest"] - weights["at_distance"]) * away
    size = np.clip(facts.area / weights["area_m2"], 0, 1)
    parts = {
        "function": _weighed(near.function, weights["function"]),
        "place": np.where(_on_forest(decision), weights["on_forest"], place),
        "area": weights["small_area"] + (1 - weights["small_area"]) * size,
    }
    return parts | {"harm": parts["function"] * parts["place"] * parts["area"]}


def _on_forest(decision: Decision) -> Bools:
    return np.asarray(decision.holds[:, TYPES.index("F1")] | decision.holds[:, TYPES.index("F3")])


def _weighed(codes: Texts, weights: Mapping[str, float]) -> Floats:
    """The weight of each code; that of '' for a code without one."""
    names, place = np.unique(codes, return_inverse=True)
    return np.array([weights.get(name, weights[""]) for name in names.tolist()], dtype=float)[place]
