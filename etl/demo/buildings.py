"""Buildings on the parcels, seen on images of several days, each new one with the fate that the ground truth tells."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from etl.demo.addresses import Addresses
from etl.demo.blocks import Ground
from etl.demo.chance import Bools, Floats, Ints, pick
from etl.demo.days import EXEMPTIONS_FROM, FIRST_IMAGE, LAST_IMAGE, LATER_IMAGES, Days, dates
from etl.demo.parcels import areas, polygons
from etl.demo.site import Site

# What a new building's permit turns out to be, in town and on farm or forest land.
TOWN_FATES = {
    "permitted": 0.56, "exceeding_footprint": 0.11, "exceeding_storeys": 0.09, "expired": 0.07,
    "not_started": 0.05, "revoked": 0.02, "unpermitted": 0.10,
}  # fmt: skip
FARM_FATES = {"permitted": 0.3, "exceeding_footprint": 0.1, "expired": 0.06, "not_started": 0.04, "unpermitted": 0.5}
STOREY_M = 3.5
# Of the greenhouses that would stand on planned forest, as farmers mostly keep off it.
_ON_FOREST = 0.05


@dataclass(frozen=True)
class Buildings:
    """Arrays over the buildings: parcel, place in it (fractions left, right, front, back), storeys, day first seen.

    `fate` is "existing" for what stood on the first image, "greenhouse", "exempt", or a key of `TOWN_FATES`.
    """

    parcel: Ints
    place: Floats
    frames: Floats
    kind: Any
    storeys: Ints
    first_seen: Days
    fate: Any

    def __len__(self) -> int:
        return len(self.parcel)

    @property
    def osm_id(self) -> list[str]:
        """Keys in the form of an object that OpenStreetMap does not know."""
        return [f"way/-{number}" for number in range(1, len(self) + 1)]

    @property
    def new(self) -> Bools:
        """Which were not there on the first image."""
        return self.first_seen > FIRST_IMAGE


def make_buildings(
    site: Site, addresses: Addresses, use_code: Any, planned_forest: Any, rng: np.random.Generator
) -> Buildings:
    """Buildings inside their parcels and clear of water; few greenhouses stand on the plots of `planned_forest`."""
    parcels, count = site.parcels, len(site.parcels)
    known = np.zeros(count, dtype=bool)
    known[addresses.known] = True
    houses = np.flatnonzero(_has_house(parcels.ground, known, rng))
    greenhouses = np.flatnonzero((parcels.ground == Ground.FARM) & (rng.random(count) < 0.42))
    parcel = np.concatenate([houses, greenhouses])
    is_greenhouse = np.arange(len(parcel)) >= len(houses)
    place = np.where(is_greenhouse[:, None], _greenhouse_places(len(parcel), rng), _house_places(site, parcel, rng))
    chosen = parcels[parcel]
    frames = chosen.inner(*place.T)
    dry = _dry(site, frames)
    wooded = np.unique(shapely.STRtree(np.array(polygons(frames))).query(planned_forest, predicate="intersects")[1])
    dry[wooded[is_greenhouse[wooded] & (rng.random(len(wooded)) > _ON_FOREST)]] = False
    parcel, place, frames, is_greenhouse = parcel[dry], place[dry], frames[dry], is_greenhouse[dry]
    ground = parcels.ground[parcel]
    kind = np.where(is_greenhouse, "greenhouse", _kinds(ground, use_code[parcel], rng))
    storeys = np.where(is_greenhouse, 1, _storeys(ground, rng))
    first_seen = _first_seen(ground, is_greenhouse, rng)
    fate = _fates(ground, is_greenhouse, first_seen, storeys, areas(frames), rng)
    fate = np.where((fate == "exceeding_footprint") & (overhang(frames) > 0.7), "permitted", fate)
    storeys = np.where((fate == "exceeding_storeys") & (storeys < 2), 2, storeys)
    return Buildings(parcel, place, frames, kind, storeys, first_seen, fate)


def overhang(frames: Floats) -> Floats:
    """The share of each footprint's depth that must lie behind its permitted outline to be beyond every tolerance."""
    width = np.linalg.norm(frames[:, 1] - frames[:, 0], axis=1)
    depth = np.linalg.norm(frames[:, 3] - frames[:, 0], axis=1)
    return np.asarray((2.5 + np.maximum(6.0, 0.03 * areas(frames)) / width) / depth)


def _has_house(ground: Ints, known: Bools, rng: np.random.Generator) -> Bools:
    odds = {Ground.DENSE: 0.93, Ground.VILLA: 0.8, Ground.PUBLIC: 0.9, Ground.FOREST: 0.2, Ground.FARM: 0.06}
    odd = np.select([ground == kind for kind in odds], list(odds.values()), 0.0)
    farm_with_number = (ground == Ground.FARM) & known
    return np.asarray((rng.random(len(ground)) < odd) | farm_with_number)


def _house_places(site: Site, parcel: Ints, rng: np.random.Generator) -> Floats:
    """Fractions of width and depth taken by houses: wall to wall in town, free-standing elsewhere."""
    ground, size = site.parcels.ground[parcel], site.parcels[parcel].sizes()
    a, b, c, d = rng.random((4, len(parcel)))
    town = np.stack([0.02 + 0 * a, 0.98 + 0 * a, 0.02 + 0.12 * c, 0.62 + 0.26 * d], axis=1)
    villa = np.stack([0.16 + 0.12 * a, 0.72 + 0.12 * b, 0.12 + 0.08 * c, 0.32 + 0.16 * d], axis=1)
    public = np.stack([0.15 + 0.1 * a, 0.75 + 0.1 * b, 0.2 + 0.1 * c, 0.55 + 0.2 * d], axis=1)
    width, depth = (8 + 5 * a) / size[:, 0], (8 + 5 * b) / size[:, 1]
    left, front = 0.1 + 0.5 * c * (0.8 - np.minimum(width, 0.75)), 4 / size[:, 1]
    farm = np.stack([left, np.minimum(left + width, 0.95), front, np.minimum(front + depth, 0.32)], axis=1)
    kinds = [ground == Ground.DENSE, ground == Ground.VILLA, ground == Ground.PUBLIC]
    return np.select([kind[:, None] for kind in kinds], [town, villa, public], farm)


def _greenhouse_places(count: int, rng: np.random.Generator) -> Floats:
    a, b, c, d = rng.random((4, count))
    return np.stack([0.05 + 0.1 * a, 0.84 + 0.1 * b, 0.36 + 0.06 * c, 0.8 + 0.14 * d], axis=1)


def _dry(site: Site, frames: Floats) -> Bools:
    wet = shapely.union_all([*shapely.buffer(site.waters.streams, 3), *shapely.buffer(site.waters.ponds, 4)])
    tree = shapely.STRtree(np.array(polygons(frames)))
    dry = np.ones(len(frames), dtype=bool)
    dry[tree.query(shapely.get_parts(wet), predicate="intersects")[1]] = False
    return dry


def _kinds(ground: Ints, use_code: Any, rng: np.random.Generator) -> Any:
    trade = np.where(rng.random(len(ground)) < 0.5, "hotel", "commercial")
    public = np.where(use_code == "TON", "religious", "public")
    return np.select([ground == Ground.PUBLIC, use_code == "TMD"], [public, trade], "house")


def _storeys(ground: Ints, rng: np.random.Generator) -> Ints:
    town = rng.choice([1, 2, 3, 4, 5], len(ground), p=[0.2, 0.3, 0.28, 0.15, 0.07])
    low = rng.choice([1, 2, 3], len(ground), p=[0.4, 0.45, 0.15])
    farm = rng.choice([1, 2], len(ground), p=[0.8, 0.2])
    return np.select([ground == Ground.DENSE, np.isin(ground, (Ground.VILLA, Ground.PUBLIC))], [town, low], farm)


def _first_seen(ground: Ints, is_greenhouse: Bools, rng: np.random.Generator) -> Days:
    odds = np.select([ground == Ground.FOREST, ground == Ground.FARM], [0.6, 0.3], 0.055)
    new = rng.random(len(ground)) < np.where(is_greenhouse, 0.2, odds)
    # What stands on the first image was begun nobody knows when.
    return np.where(new, LATER_IMAGES[rng.integers(0, len(LATER_IMAGES), len(ground))], FIRST_IMAGE)


def _fates(
    ground: Ints, is_greenhouse: Bools, first_seen: Days, storeys: Ints, area: Floats, rng: np.random.Generator
) -> Any:
    """What the ground truth says of each building; see `exempt` for the rule on exemptions."""
    outside = np.isin(ground, (Ground.FARM, Ground.FOREST))
    fate = np.where(outside, pick(rng, FARM_FATES, len(ground)), pick(rng, TOWN_FATES, len(ground)))
    fate = np.where(exempt(outside, first_seen, storeys, area), "exempt", fate)
    fate = np.where(first_seen <= FIRST_IMAGE, "existing", fate)
    return np.where(is_greenhouse, "greenhouse", fate)


def exempt(outside_development: Bools, first_seen: Days, storeys: Ints, footprint: Floats) -> Bools:
    """Whether Article 43(2)(g) of the Construction Law 2025 exempts a house.

    It must have fewer than 7 storeys and 500 m² of floors, stand outside the development areas of plans, and have been
    begun in 2026 or later.
    """
    small = (storeys < 7) & (storeys * footprint < 500)
    return np.asarray(outside_development & small & (first_seen >= EXEMPTIONS_FROM))


def building_features(site: Site, buildings: Buildings, ward_code: Any) -> tuple[dict[str, Any], Any]:
    """Columns and footprints of layer `buildings`."""
    footprint = areas(buildings.frames)
    columns = {
        "building_kind": buildings.kind,
        "storeys": buildings.storeys,
        "height_m": np.round(np.where(buildings.kind == "greenhouse", 4.0, buildings.storeys * STOREY_M), 1),
        "footprint_m2": np.round(footprint, 1),
        "first_seen_on": dates(buildings.first_seen),
        "last_seen_on": dates(np.full(len(buildings), LAST_IMAGE)),
        "ward_code": ward_code[site.parcels.block[buildings.parcel]],
        "osm_id": buildings.osm_id,
    }
    return columns, polygons(buildings.frames)
