"""Whether a building needs a permit at all, by the law in force on the day it was begun: yes, no or not known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gis_core.jobs.construction_rules import FALSE, TRUE, UNKNOWN, Days, Floats, Ints, Rule, Rules, Texts, Tolerances

EXEMPTION = {FALSE: "required", UNKNOWN: "unknown", TRUE: "exempt"}
"""The codes of list `tri_state`."""


@dataclass(frozen=True)
class ZonePairs:
    """Buildings (positions) over planning zones: the plan's level, planned use ('' unknown), m² of overlap.

    `regulated`: whether an architecture-management regulation holds there, as one of three values.
    """

    building: Ints
    level: Texts
    use: Texts
    regulated: Floats
    overlap: Floats


@dataclass(frozen=True)
class ExemptionFacts:
    """Arrays (n,) over buildings: day begun (at the latest), kind ('' unknown), storeys, height in m, footprint in m².

    `registered` is the clause under which a register lists the works as exempt ('' none); `use_building`, `use_code`
    are pairs of building (position) and purpose of its parcel. Numbers that nobody knows are not-a-number.
    """

    begun: Days
    kind: Texts
    storeys: Floats
    height: Floats
    area: Floats
    registered: Texts
    use_building: Ints
    use_code: Texts
    zones: ZonePairs


@dataclass(frozen=True)
class Exemption:
    """Arrays (n,): `state` as one of three values, and the position in `rules` of the rule that decides, -1 for none.

    `no_plan`: the state would be known if a general plan covered the building.
    """

    state: Floats
    deciding: Ints
    rules: tuple[Rule, ...]
    no_plan: Floats


def exemption(facts: ExemptionFacts, rules: Rules, limits: Tolerances) -> Exemption:
    """The exemption of each building; where no rule is in force on the day it was begun, nobody knows."""
    known = tuple(rules.of("exemption"))
    count = len(facts.area)
    values, forces = np.zeros((len(known), count)), np.zeros((len(known), count))
    for k, rule in enumerate(known):
        forces[k] = rule.in_force(facts.begun)
        values[k] = np.minimum(forces[k], fulfilled(rule.condition, facts, limits))
    if not known or not count:
        empty = np.full(count, UNKNOWN)
        return Exemption(empty, np.full(count, -1), known, np.zeros(count))
    state = np.where(forces.max(axis=0) == FALSE, UNKNOWN, values.max(axis=0))
    deciding = np.where(values.max(axis=0) > FALSE, values.argmax(axis=0), -1)
    return Exemption(state, deciding, known, (_covered(facts, limits, "general") == FALSE).astype(float))


def fulfilled(condition: Mapping[str, Any], facts: ExemptionFacts, limits: Tolerances) -> Floats:
    """Whether each building meets all parts of `condition`, as one of three values; an unknown part is not met."""
    met = np.full(len(facts.area), TRUE)
    for name, asked in condition.items():
        judge = _JUDGES.get(name)
        met = np.minimum(met, FALSE if judge is None else judge(facts, asked, limits))
    return met


def _is_kind(facts: ExemptionFacts, asked: list[str], _limits: Tolerances) -> Floats:
    return np.where(facts.kind == "", UNKNOWN, np.isin(facts.kind, asked).astype(float))


def _storeys_below(facts: ExemptionFacts, asked: float, _limits: Tolerances) -> Floats:
    return np.where(np.isnan(facts.storeys), UNKNOWN, (facts.storeys < asked).astype(float))


def _height_at_most(facts: ExemptionFacts, asked: float, _limits: Tolerances) -> Floats:
    return np.where(np.isnan(facts.height), UNKNOWN, (facts.height <= asked).astype(float))


def _floor_area_below(facts: ExemptionFacts, asked: float, _limits: Tolerances) -> Floats:
    # Footprint times storeys is the least that the floors can measure: what it exceeds is certain.
    least = facts.area * np.fmax(facts.storeys, 1)
    return np.select([least >= asked, np.isnan(facts.storeys)], [FALSE, UNKNOWN], TRUE)


def _registered(facts: ExemptionFacts, asked: str, _limits: Tolerances) -> Floats:
    found = facts.registered != "" if asked == "*" else facts.registered == asked
    return np.asarray(found, dtype=float)


def _on_land_use(facts: ExemptionFacts, asked: list[str], _limits: Tolerances) -> Floats:
    met = np.full(len(facts.area), UNKNOWN)
    met[facts.use_building] = FALSE
    met[facts.use_building[np.isin(facts.use_code, asked)]] = TRUE
    return met


def _outside_zones(facts: ExemptionFacts, asked: Mapping[str, Any], limits: Tolerances) -> Floats:
    zones = facts.zones
    counts = zones.overlap >= limits.overlap(facts.area)[zones.building]
    development = np.select(
        [np.isin(zones.use, asked["uses"]), zones.use == ""], [TRUE, UNKNOWN], FALSE
    ) * np.isin(zones.level, asked["levels"])  # fmt: skip
    inside = np.full(len(facts.area), FALSE)
    np.maximum.at(inside, zones.building[counts], np.maximum(development, zones.regulated)[counts])
    # Where the general plan is missing, a building may stand in a zone that nobody has loaded.
    missing = np.where(_covered(facts, limits, asked.get("covered_by", "general")) == TRUE, FALSE, UNKNOWN)
    return np.asarray(1 - np.maximum(inside, missing))


def _outside_plans(facts: ExemptionFacts, asked: list[str], limits: Tolerances) -> Floats:
    zones = facts.zones
    counts = (zones.overlap >= limits.overlap(facts.area)[zones.building]) & np.isin(zones.level, asked)
    # That no plan is loaded never proves that none was approved.
    outside = np.full(len(facts.area), UNKNOWN)
    outside[zones.building[counts]] = FALSE
    return outside


def _covered(facts: ExemptionFacts, limits: Tolerances, level: str) -> Floats:
    chosen = facts.zones.level == level
    total = np.bincount(facts.zones.building[chosen], facts.zones.overlap[chosen], minlength=len(facts.area))
    return np.asarray(total >= facts.area - limits.overlap(facts.area), dtype=float)


_JUDGES: Mapping[str, Callable[[ExemptionFacts, Any, Tolerances], Floats]] = {
    "kinds": _is_kind,
    "storeys_below": _storeys_below,
    "height_at_most_m": _height_at_most,
    "floor_area_below_m2": _floor_area_below,
    "registered": _registered,
    "land_use": _on_land_use,
    "outside_zones": _outside_zones,
    "outside_plans": _outside_plans,
}
