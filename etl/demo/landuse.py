"""Purposes of use: what each parcel may be used for, one parcel in twenty for two purposes with an area each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.demo.addresses import Addresses
from etl.demo.blocks import Ground
from etl.demo.cadastre import Cadastre
from etl.demo.chance import Floats, Ints, pick
from etl.demo.forest import cell_functions
from etl.demo.parcels import areas
from etl.demo.site import Site
from etl.demo.wards import RURAL

_SECOND_SHARE = 0.05
_HOUSE = {"ODT", "ONT"}
_FARM = {"HNK": 0.45, "CLN": 0.42, "NKH": 0.13}
_PUBLIC = {"DGD": 0.4, "DYT": 0.1, "TSC": 0.2, "DVH": 0.08, "DCH": 0.07, "TON": 0.1, "DTT": 0.05}


@dataclass(frozen=True)
class LandUse:
    """Area in m² and main purpose of each parcel; `second` is the other purpose, '' for none, with `second_area`."""

    area: Floats
    code: Any
    second: Any
    second_area: Floats


def assign_land_use(site: Site, addresses: Addresses, rng: np.random.Generator) -> LandUse:
    """The purposes of every parcel; a farm with a house has a part that is residential."""
    parcels, count = site.parcels, len(site.parcels)
    ground = parcels.ground
    house = np.where(RURAL[site.ward[parcels.block]], "ONT", "ODT")
    trade = rng.random(count) < np.where(ground == Ground.VILLA, 0.09, 0.05)
    town = np.where(trade, "TMD", house)
    choices = {
        Ground.FARM: pick(rng, _FARM, count),
        Ground.FOREST: cell_functions(site)[parcels.block],
        Ground.PUBLIC: pick(rng, _PUBLIC, count),
        Ground.PARK: np.full(count, "DKV"),
    }
    code = np.select([ground == kind for kind in choices], list(choices.values()), town)
    area = np.round(areas(parcels.frames), 1)
    second, second_area = _second(ground, addresses, code, house, area, rng)
    return LandUse(area, code, second, second_area)


def _second(
    ground: Ints, addresses: Addresses, code: Any, house: Any, area: Floats, rng: np.random.Generator
) -> tuple[Any, Floats]:
    known = np.zeros(len(ground), dtype=bool)
    known[addresses.known] = True
    most = round(_SECOND_SHARE * len(ground))
    farm = np.zeros(len(ground), dtype=bool)
    farm[rng.permutation(np.flatnonzero(known & (ground == Ground.FARM)))[:most]] = True
    open_plots = np.flatnonzero(np.isin(code, list(_HOUSE)) & ~farm)
    gardens = most - int(farm.sum())
    garden = np.zeros(len(ground), dtype=bool)
    garden[rng.permutation(open_plots)[:gardens]] = True
    share = np.where(garden, rng.uniform(0.2, 0.45, len(ground)), 0.0)
    residential = np.minimum(rng.integers(6, 30, len(ground)) * 10.0, 0.4 * area)
    second = np.where(farm, house, np.where(garden, "CLN", ""))
    return second, np.round(np.where(farm, residential, share * area), 1)


def term(code: str) -> str:
    """The term of use that goes with a purpose."""
    if code in {"HNK", "CLN", "NKH", "RSX"}:
        return "Đến ngày 15/10/2063"
    return "50 năm" if code == "TMD" else "Lâu dài"


def purpose_columns(use: LandUse, cadastre: Cadastre) -> Mapping[str, Any]:
    """Columns of layer `land_parcel_purposes`: the areas of a parcel's purposes sum to its area."""
    two = np.flatnonzero(use.second != "")
    order = np.concatenate([np.arange(len(use.area)), two])
    code = np.concatenate([use.code, use.second[two]])
    area = np.concatenate([np.round(use.area - use.second_area, 1), use.second_area[two]])
    rank = np.concatenate([np.ones(len(use.area), dtype=np.int64), np.full(len(two), 2)])
    sequence = np.lexsort((rank, order))
    terms = {one: term(one) for one in np.unique(code).tolist()}
    codes = code[sequence].tolist()
    return {
        "parcel_id": [cadastre.ref[k] for k in order[sequence].tolist()],
        "rank": rank[sequence],
        "land_use_code": codes,
        "area_m2": area[sequence],
        "term": [terms[one] for one in codes],
    }
