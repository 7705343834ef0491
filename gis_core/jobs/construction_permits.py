"""Which permit a building has, and what the permit says of it: pure functions over arrays, in metres of EPSG:5899.

A permit counts where its outline and the footprint overlap by more than an error of position explains. One that is not
drawn, or drawn off its own parcel, has wrong coordinates: it counts for the buildings of its parcel, and that is said.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from gis_core.jobs.construction_rules import Bools, Days, Floats, Ints, Texts, Tolerances

GRANTED = ("da_cap", "da_khoi_cong", "hoan_thanh", "het_han", "thu_hoi")
"""Statuses of what was once granted; applications and refusals permit nothing."""
VERDICTS = ("in_footprint", "over_storeys", "over_footprint", "not_started", "expired", "revoked", "none")
"""Codes of list `permit_match`, the mildest first: of several permits the one that suits the building best counts."""
_RANK = {verdict: rank for rank, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True)
class Sites:
    """Arrays (n,) over buildings: footprint, its m², day first seen, storeys, parcel id (-1 unknown)."""

    geometry: Any
    area: Floats
    seen: Days
    storeys: Floats
    parcel: Ints


@dataclass(frozen=True)
class Permits:
    """Arrays (m,) over permits; geometry None, parcel -1, not-a-time and not-a-number where nobody knows.

    `start_by` is the last day on which works may begin; `on_parcel` the share of the outline on the permit's parcel.
    """

    geometry: Any
    status: Texts
    issued: Days
    start_by: Days
    noticed: Days
    expires: Days
    storeys: Floats
    footprint: Floats
    parcel: Ints
    on_parcel: Floats

    @cached_property
    def area(self) -> Floats:
        """The permitted footprint in m²: as written, else as drawn."""
        return np.where(np.isnan(self.footprint), shapely.area(self.geometry), self.footprint)

    def misplaced(self, limits: Tolerances) -> Bools:
        """Which have wrong coordinates: no outline, or most of it off the permit's own parcel."""
        missing = shapely.is_missing(self.geometry) | shapely.is_empty(self.geometry)
        return np.asarray(missing | (self.on_parcel < limits.own_parcel_share))


@dataclass(frozen=True)
class PermitMatch:
    """Arrays (n,): verdict, position of the permit (-1), whether it was found by parcel only, m² beyond its outline."""

    verdict: Texts
    permit: Ints
    by_parcel: Bools
    excess: Floats


def match_permits(sites: Sites, permits: Permits, limits: Tolerances) -> PermitMatch:
    """What the permits say of each building."""
    building, permit, overlap = _by_place(sites, permits, limits)
    also, theirs = _by_parcel(sites, permits, limits)
    placed = np.arange(len(building) + len(also)) < len(building)
    building, permit = np.concatenate([building, also]), np.concatenate([permit, theirs])
    overlap = np.concatenate([overlap, np.zeros(len(also))])
    excess = _excess(sites, permits, building, permit, placed, limits)
    ranks = _verdicts(sites, permits, building, permit, excess, limits)
    order = np.lexsort((permit, -overlap, ranks, building))
    first = order[np.unique(building[order], return_index=True)[1]]
    return _scattered(len(sites.area), building[first], ranks[first], permit[first], ~placed[first], excess[first])


def _scattered(count: int, building: Ints, rank: Ints, permit: Ints, by_parcel: Bools, excess: Floats) -> PermitMatch:
    ranks, permits = np.full(count, _RANK["none"]), np.full(count, -1)
    found, beyond = np.zeros(count, dtype=bool), np.zeros(count)
    ranks[building], permits[building], found[building], beyond[building] = rank, permit, by_parcel, excess
    return PermitMatch(np.array(VERDICTS)[ranks], permits, found, beyond)


def _by_place(sites: Sites, permits: Permits, limits: Tolerances) -> tuple[Ints, Ints, Floats]:
    """Pairs of building and permit that overlap enough, and the overlap in m²."""
    granted = np.isin(permits.status, GRANTED)
    building, permit = shapely.STRtree(permits.geometry).query(sites.geometry, predicate="intersects")
    overlap = shapely.area(shapely.intersection(sites.geometry[building], permits.geometry[permit]))
    area = sites.area[building]
    ours, theirs = sites.parcel[building], permits.parcel[permit]
    elsewhere = (ours >= 0) & (theirs >= 0) & (ours != theirs)
    smaller = np.minimum(area, shapely.area(permits.geometry[permit]))
    # Wall to wall, a metre's error lets a building touch its neighbour's permit: half of it must lie there.
    enough = (overlap >= limits.overlap(area)) & (~elsewhere | (overlap >= 0.5 * smaller))
    kept = enough & granted[permit] & ~permits.misplaced(limits)[permit]
    return building[kept], permit[kept], overlap[kept]


def _by_parcel(sites: Sites, permits: Permits, limits: Tolerances) -> tuple[Ints, Ints]:
    """Pairs of building and misplaced permit of the same parcel; a permit counts for the building next to its size."""
    usable = np.flatnonzero(np.isin(permits.status, GRANTED) & permits.misplaced(limits) & (permits.parcel >= 0))
    usable = usable[np.argsort(permits.parcel[usable], kind="stable")]
    keys = permits.parcel[usable]
    start, end = np.searchsorted(keys, sites.parcel, "left"), np.searchsorted(keys, sites.parcel, "right")
    counts = end - start
    building = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(building)) - np.repeat(np.cumsum(counts) - counts, counts)
    permit = usable[np.repeat(start, counts) + within]
    gap = np.abs(sites.area[building] - np.nan_to_num(permits.area[permit]))
    order = np.lexsort((building, gap, permit))
    best = order[np.unique(permit[order], return_index=True)[1]]
    return building[best], permit[best]


def _excess(sites: Sites, permits: Permits, building: Ints, permit: Ints, placed: Bools, limits: Tolerances) -> Floats:
    """M² of each footprint that lie beyond its permit's outline and the tolerance of its edge; 0 where not placed."""
    beyond = np.zeros(len(building))
    around = shapely.buffer(permits.geometry[permit[placed]], limits.edge_m)
    beyond[placed] = shapely.area(shapely.difference(sites.geometry[building[placed]], around))
    return beyond


def _verdicts(sites: Sites, permits: Permits, building: Ints, permit: Ints, excess: Floats, limits: Tolerances) -> Ints:
    """The rank in `VERDICTS` of what each permit says of its building; comparisons with the unknown are not met."""
    seen, area, allowed = sites.seen[building], sites.area[building], permits.area[permit]
    noticed, start_by, expires = permits.noticed[permit], permits.start_by[permit], permits.expires[permit]
    unnoticed = np.isnat(noticed) | (noticed > start_by)
    larger = (area > limits.footprint_ratio * allowed) & (area - allowed >= limits.overlap(area))
    lapsed = (seen > expires) | (np.isnat(expires) & (permits.status[permit] == "het_han"))
    found = {
        "revoked": permits.status[permit] == "thu_hoi",
        "not_started": unnoticed & (seen > start_by),
        "expired": lapsed,
        "over_footprint": (excess >= limits.overlap(area)) | larger,
        "over_storeys": sites.storeys[building] > permits.storeys[permit],
    }
    return np.select(list(found.values()), [_RANK[name] for name in found], _RANK["in_footprint"])
