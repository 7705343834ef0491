"""Sheets, parcel numbers and lineage: numbers restart on each sheet, sheets restart in each ward of the survey."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from etl.demo.blocks import Ground
from etl.demo.chance import Floats, Ints
from etl.demo.site import Site
from etl.demo.wards import OLD_CODES

_CHANGED_SHARE = 0.01


@dataclass(frozen=True)
class Lineage:
    """Retired parcels (frames, and the parcel whose sheet they share) with the links to what came of them."""

    frames: Floats
    like: Ints
    ref: list[str]
    valid_to: list[date]
    from_ref: list[str]
    to_parcel: Ints
    kind: list[str]
    changed_on: list[date]


@dataclass(frozen=True)
class Cadastre:
    """Sheet and number of every parcel, its reference `ward/sheet/number`, and the lineage of the changed ones."""

    sheet: Ints
    number: Ints
    ref: list[str]
    lineage: Lineage


def make_cadastre(site: Site, rng: np.random.Generator) -> Cadastre:
    """The cadastre of the site's parcels; about one in a hundred was split, merged or renumbered."""
    sheet = _sheets(site)
    number = _restarting(_sheet_key(site, sheet), site)
    changes = _choose_changes(site, rng)
    return _renumber(site, sheet, number, changes, rng)


def references(wards: Any, sheets: Ints, numbers: Ints) -> list[str]:
    """The `source_ref` of parcels: old ward code, sheet and number."""
    parts = (np.asarray(wards).tolist(), sheets.tolist(), numbers.tolist())
    return [f"{ward}/{sheet}/{number}" for ward, sheet, number in zip(*parts, strict=True)]


def _sheets(site: Site) -> Ints:
    """Each parcel's sheet: blocks of 4 by 3 cells, numbered from the north-west within the ward."""
    j, i = np.divmod(np.arange(len(site.ground)), site.lattice.columns)
    tile = (site.ward * 100_000 + (site.lattice.rows - j) // 3) * 1000 + i // 4
    tile_used = np.unique(tile[site.parcels.block])
    ward_used = tile_used // 100_000_000
    first = np.searchsorted(ward_used, ward_used)
    return np.asarray((np.arange(len(tile_used)) - first + 1)[np.searchsorted(tile_used, tile[site.parcels.block])])


def _sheet_key(site: Site, sheet: Ints) -> Ints:
    return np.asarray(site.ward[site.parcels.block] * 100_000 + sheet)


def _restarting(key: Ints, site: Site) -> Ints:
    """1, 2, 3 … within each key, north before south, then in the order of the blocks."""
    row = site.lattice.rows - site.parcels.block // site.lattice.columns
    order = np.lexsort((np.arange(len(key)), site.parcels.block, row, key))
    sorted_key = key[order]
    number = np.empty(len(key), dtype=np.int64)
    number[order] = np.arange(len(key)) - np.searchsorted(sorted_key, sorted_key) + 1
    return number


def _choose_changes(site: Site, rng: np.random.Generator) -> dict[str, Ints]:
    """Parcels by kind of change; of a split, the first of two neighbours."""
    parcels = site.parcels
    count = max(int(len(parcels) * _CHANGED_SHARE / 1.3), 3)
    built = np.flatnonzero(np.isin(parcels.ground, (Ground.DENSE, Ground.VILLA, Ground.FARM)))
    # Two apart at least, so that no parcel is part of two changes.
    chosen = rng.permutation(built[built % 3 == 0])[:count]
    chosen = chosen[chosen < len(parcels) - 1]
    following = parcels.frames[chosen + 1]
    meets = np.abs(parcels.frames[chosen][:, [1, 2]] - following[:, [0, 3]]).max(axis=(1, 2)) < 1e-6
    draw = rng.random(len(chosen))
    split = chosen[meets & (draw < 0.4)]
    merge = chosen[(draw >= 0.4) & (draw < 0.7)]
    return {"tach": split, "hop": merge, "doi_so": chosen[draw >= 0.7]}


def _renumber(site: Site, sheet: Ints, number: Ints, changes: dict[str, Ints], rng: np.random.Generator) -> Cadastre:
    frames = site.parcels.frames
    split, merge, moved = changes["tach"], changes["hop"], changes["doi_so"]
    mother = np.stack([frames[split, 0], frames[split + 1, 1], frames[split + 1, 2], frames[split, 3]], axis=1)
    west, east = _halves(frames[merge])
    # What is new gets the next free numbers of its sheet; what was there before keeps the number.
    key = _sheet_key(site, sheet)
    renewed = np.concatenate([split, split + 1, merge, merge, moved])
    extra = _next_numbers(key, number, renewed)
    a, b, c, d = np.cumsum([len(split), len(split), len(merge), len(merge)])
    old = np.concatenate([number[split], number[merge], extra[b:c], number[moved]])
    number = number.copy()
    number[split], number[split + 1], number[merge], number[moved] = extra[:a], extra[a:b], extra[c:d], extra[d:]
    like = np.concatenate([split, merge, merge, moved])
    ward = OLD_CODES[site.ward[site.parcels.block]]
    days = [date(2019, 1, 7) + timedelta(days=int(day)) for day in rng.integers(0, 2700, len(changes_in(changes)))]
    changed = dict(zip(changes_in(changes).tolist(), days, strict=True))
    retired = references(ward[like], sheet[like], old)
    links = {"tach": np.stack([split, split + 1], axis=1), "hop": merge, "doi_so": moved}
    halves = np.concatenate([mother, west, east, frames[moved]])
    lineage = _links(halves, like, retired, links, changed)
    return Cadastre(sheet, number, references(ward, sheet, number), lineage)


def changes_in(changes: dict[str, Ints]) -> Ints:
    """All changed parcels, the first of two where one was split."""
    return np.concatenate([changes["tach"], changes["hop"], changes["doi_so"]])


def _halves(frames: Floats) -> tuple[Floats, Floats]:
    front, back = (frames[:, 0] + frames[:, 1]) / 2, (frames[:, 3] + frames[:, 2]) / 2
    return (
        np.stack([frames[:, 0], front, back, frames[:, 3]], axis=1),
        np.stack([front, frames[:, 1], frames[:, 2], back], axis=1),
    )


def _next_numbers(key: Ints, number: Ints, renewed: Ints) -> Ints:
    """The numbers after the highest of its sheet for each of `renewed`, in their order."""
    tiles, index = np.unique(key, return_inverse=True)
    highest = np.zeros(len(tiles), dtype=np.int64)
    np.maximum.at(highest, index, number)
    own = index[renewed]
    order = own.argsort(kind="stable")
    following = np.empty(len(own), dtype=np.int64)
    following[order] = np.arange(len(own)) - np.searchsorted(own[order], own[order]) + 1
    return np.asarray(highest[own] + following)


def _links(frames: Floats, like: Ints, retired: list[str], links: dict[str, Ints], changed: dict[int, date]) -> Lineage:
    splits, merges = len(links["tach"]), len(links["hop"])
    rows: list[tuple[str, int, str, date]] = []
    for position, (ref, parcel) in enumerate(zip(retired, like.tolist(), strict=True)):
        kind = "tach" if position < splits else "hop" if position < splits + 2 * merges else "doi_so"
        children = (parcel, parcel + 1) if kind == "tach" else (parcel,)
        rows += [(ref, child, kind, changed[parcel]) for child in children]
    valid_to = [changed[parcel] - timedelta(days=1) for parcel in like.tolist()]
    from_ref, to_parcel, kinds, days = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    )
    return Lineage(frames, like, retired, valid_to, from_ref, np.array(to_parcel, dtype=np.int64), kinds, days)


def lineage_columns(cadastre: Cadastre) -> Mapping[str, Any]:
    """Columns of layer `land_parcel_lineage`."""
    lineage = cadastre.lineage
    return {
        "from_parcel_id": lineage.from_ref,
        "to_parcel_id": [cadastre.ref[k] for k in lineage.to_parcel],
        "kind": lineage.kind,
        "changed_on": lineage.changed_on,
        "decision_no": [f"{k + 1:05d}/BĐ-{day.year} (mẫu)" for k, day in enumerate(lineage.changed_on)],
    }
