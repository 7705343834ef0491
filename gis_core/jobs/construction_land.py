"""Whether the land may carry the building: by the purposes of its parcel, and by the forest below it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gis_core.jobs.construction_rules import FALSE, TRUE, UNKNOWN, Bools, Floats, Ints, Rules, Texts, Tolerances
from gis_core.jobs.construction_selection import DATASETS, NearForest


@dataclass(frozen=True)
class ForestFacts:
    """Arrays (n,) over buildings by forest dataset: m to it (infinite beyond reach), m² on it, forest id (-1 none)."""

    distance: Mapping[str, Floats]
    overlap: Mapping[str, Floats]
    forest: Mapping[str, Ints]

    @cached_property
    def nearest(self) -> Floats:
        """M to the nearest forest of any dataset."""
        return np.asarray(np.min(list(self.distance.values()), axis=0))

    @cached_property
    def largest_overlap(self) -> Floats:
        """M² on forest, by the dataset that says most."""
        return np.asarray(np.max(list(self.overlap.values()), axis=0))

    def hit(self, dataset: str, least: Floats) -> Bools:
        """Which buildings stand on forest of the dataset by at least so many m²."""
        return np.asarray((self.overlap[dataset] >= least) & (self.overlap[dataset] > 0))


def forest_facts(near: NearForest, ids: Ints) -> ForestFacts:
    """The facts of the buildings with these ids, in ascending order."""
    distance = {name: np.full(len(ids), np.inf) for name in DATASETS}
    overlap = {name: np.zeros(len(ids)) for name in DATASETS}
    forest = {name: np.full(len(ids), -1) for name in DATASETS}
    wanted = np.isin(near.building, ids)
    for name in DATASETS:
        chosen = np.flatnonzero(wanted & (near.dataset == name))
        place = np.searchsorted(ids, near.building[chosen])
        distance[name][place] = near.distance[chosen]
        overlap[name][place] = near.overlap[chosen]
        forest[name][place] = near.forest[chosen]
    return ForestFacts(distance, overlap, forest)


@dataclass(frozen=True)
class Purposes:
    """Pairs of a building (position) and a purpose of its parcel with its m², not-a-number where unknown."""

    building: Ints
    code: Texts
    area: Floats


@dataclass(frozen=True)
class LandUse:
    """Arrays (n,): whether the purposes forbid the building, as one of three values, and m² that may carry it."""

    conflict: Floats
    buildable: Floats


def land_use(purposes: Purposes, kind: Texts, area: Floats, rules: Rules, limits: Tolerances) -> LandUse:
    """Whether the purposes of its parcel forbid each building of `kind` ('' unknown) and `area` m².

    Of several purposes only those that may be built on count, with their own area. Project land carries what the
    project is for: for a house, or what may be one, nobody knows from the code alone. Greenhouses are farming.
    """
    homes = np.isin(purposes.code, rules["LAND-BUILDABLE"].condition["uses"])
    projects = np.isin(purposes.code, rules["LAND-CONDITIONAL"].condition["uses"])
    forest = np.isin(purposes.code, rules["LAND-FOREST"].condition["uses"])
    house = np.isin(kind, ("house", "apartments", ""))[purposes.building]
    farming = (kind == "greenhouse")[purposes.building]
    allowed = np.where(farming, ~forest, homes | (projects & ~house))
    buildable = _sum(purposes, allowed, len(area))
    perhaps = _sum(purposes, allowed | (projects & house), len(area))
    short, surely = (area - one >= limits.overlap(area) for one in (buildable, perhaps))
    known = np.zeros(len(area), dtype=bool)
    known[purposes.building] = True
    conflict = np.select([~known | np.isnan(perhaps), surely, short], [UNKNOWN, TRUE, UNKNOWN], FALSE)
    return LandUse(conflict, buildable)


def _sum(purposes: Purposes, chosen: Bools, count: int) -> Floats:
    return np.bincount(purposes.building[chosen], purposes.area[chosen], minlength=count).astype(float)
