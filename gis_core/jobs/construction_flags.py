"""Which buildings are flagged, of what kinds, and which are let be: pure functions over arrays.

A flag is a candidate: what it means is decided by people. Permit and land are two facts: an exemption from permits
takes nothing from standing on forest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gis_core.jobs.construction_exemption import Exemption
from gis_core.jobs.construction_land import ForestFacts, LandUse
from gis_core.jobs.construction_permits import PermitMatch
from gis_core.jobs.construction_rules import TRUE, UNKNOWN, Bools, Days, Floats, Rules, Texts, Tolerances

TYPES = ("F1", "F3", "F2", "F4", "F5")
"""Codes of list `flag_type`, the gravest first: a building has one flag, named by the gravest that holds."""
REJECTIONS = ("greenhouse", "exempt", "permitted")
"""Codes of list `flag_rejection`."""


@dataclass(frozen=True)
class Facts:
    """Arrays (n,) over buildings: all that was found out of each."""

    area: Floats
    kind: Texts
    storeys: Floats
    seen: Days
    forest: ForestFacts
    permits: PermitMatch
    permitted_storeys: Floats
    noticed: Bools
    exemption: Exemption
    land: LandUse

    @cached_property
    def greenhouse(self) -> Bools:
        """Which are greenhouses, a class of their own: no permit is looked for."""
        return np.asarray(self.kind == "greenhouse")


@dataclass(frozen=True)
class Decision:
    """Arrays (n,): which kinds hold (n, 5) in the order of `TYPES`, why not flagged, and which facts are missing."""

    holds: Bools
    rejection: Texts
    missing: Mapping[str, Bools]

    @cached_property
    def flagged(self) -> Bools:
        """Which buildings are flagged."""
        return np.asarray(self.holds.any(axis=1))

    @cached_property
    def primary(self) -> Texts:
        """The gravest kind of each; of a building that is not flagged it means nothing."""
        return np.array(TYPES)[self.holds.argmax(axis=1)]

    @cached_property
    def needs_check(self) -> Bools:
        """Where a missing fact could change the answer."""
        return np.asarray(np.any(list(self.missing.values()), axis=0))

    def types_of(self, place: int) -> list[str]:
        """All kinds that hold for the building at `place`."""
        return [name for name, holds in zip(TYPES, self.holds[place].tolist(), strict=True) if holds]


def decide(facts: Facts, reach: float, planned: bool, rules: Rules, limits: Tolerances) -> Decision:  # noqa: FBT001
    """What becomes of each building up to `reach` m from forest; `planned`: whether forest planning is loaded at all.

    Where it is not, the inventory says what is forest, and a person is asked to check.
    """
    least = limits.overlap(facts.area)
    by_plan, by_trees = facts.forest.hit("quy_hoach", least), facts.forest.hit("kiem_ke", least)
    on_forest = by_plan | facts.forest.hit("dia_chinh", least) | (by_trees & (not planned))
    near = (facts.forest.nearest <= reach) | on_forest
    verdict, green = facts.permits.verdict, facts.greenhouse
    needed = ~green & near & (facts.exemption.state != TRUE)
    unknown_storeys = (verdict == "in_footprint") & (np.isnan(facts.storeys) | np.isnan(facts.permitted_storeys))
    holds = {
        "F1": ~green & on_forest,
        "F3": green & on_forest,
        "F2": needed & np.isin(verdict, ("none", "revoked")),
        "F4": needed
        & (np.isin(verdict, ("expired", "not_started", "over_footprint", "over_storeys")) | unknown_storeys),
        "F5": ~green & near & _unannounced(facts, rules),
    }
    decided = np.stack([holds[name] for name in TYPES], axis=1)
    exempt = facts.exemption.state == TRUE
    rejection = np.select([decided.any(axis=1), green, exempt], ["", *REJECTIONS[:2]], REJECTIONS[2])
    return Decision(decided, rejection, _missing(facts, unknown_storeys, by_trees & (not planned)))


def _unannounced(facts: Facts, rules: Rules) -> Bools:
    """Which begun works owe a commencement notice that no register has."""
    excused = (facts.exemption.state == TRUE) & np.isin(facts.kind, rules["PERMIT-NOTICE"].condition["exempt_kinds"])
    owed = (facts.permits.verdict == "in_footprint") | (facts.exemption.state == TRUE)
    return np.asarray(owed & ~excused & ~facts.noticed)


def _missing(facts: Facts, unknown_storeys: Bools, only_trees: Bools) -> Mapping[str, Bools]:
    """By name of a fact: for which buildings its absence leaves something open."""
    judged = ~facts.greenhouse
    open_question = judged & (facts.exemption.state == UNKNOWN)
    return {
        "general_plan": open_question & (facts.exemption.no_plan == TRUE),
        "storeys": judged & (unknown_storeys | (open_question & np.isnan(facts.storeys))),
        "kind": open_question & (facts.kind == ""),
        "day_begun": judged & np.isnat(facts.seen),
        "land_use": judged & (facts.land.conflict == UNKNOWN),
        "permit_position": judged & facts.permits.by_parcel,
        "forest_plan": only_trees,
    }


def contradictions(facts: Facts, limits: Tolerances) -> Mapping[str, Bools]:
    """By name: for which buildings two registers of forest say different things."""
    least = limits.overlap(facts.area)
    hits = {name: facts.forest.hit(name, least) for name in facts.forest.overlap}
    return {
        "planned_without_trees": hits["quy_hoach"] & ~hits["kiem_ke"],
        "trees_without_plan": hits["kiem_ke"] & ~hits["quy_hoach"],
        "cadastre_without_plan": hits["dia_chinh"] & ~hits["quy_hoach"],
    }
