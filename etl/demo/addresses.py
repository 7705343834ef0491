"""House numbers by TT 08/2024/TT-BXD: odd left, even right, alleys named after the house before their mouth."""

from dataclasses import dataclass

import numpy as np

from etl.demo.blocks import Ground
from etl.demo.chance import Bools, Floats, Ints
from etl.demo.parcels import Parcels
from etl.demo.site import Site
from etl.demo.streets import Streets

# Wider than any street is long, so that (street, side) and metres along it sort as one number.
KEY = 1e6


@dataclass(frozen=True)
class Addresses:
    """For each parcel its house number, None for none, with the street's number and the alley it lies on.

    `alley_path` is the path of each alley of the site ("12/3"), None where no house stands before its mouth.
    """

    number: list[str | None]
    alley: Ints
    street: Ints
    left: Bools
    alley_path: list[str | None]
    old_number: list[str | None]

    @property
    def known(self) -> Ints:
        """The parcels that have a house number."""
        return np.array([k for k, one in enumerate(self.number) if one is not None], dtype=np.int64)


@dataclass(frozen=True)
class _Lines:
    """Start, end and offset of every line (edges in numbering direction, then alleys), and what is numbered as one."""

    start: Floats
    end: Floats
    offset: Floats
    group: Ints

    def measure(self, line: Ints, points: Floats) -> tuple[Floats, Bools]:
        """Metres along the numbered group of each of `points`, and whether it lies on the left."""
        along = self.end[line] - self.start[line]
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        gap = points - self.start[line]
        left = along[:, 0] * gap[:, 1] - along[:, 1] * gap[:, 0] > 0
        return np.asarray(self.offset[line] + (along * gap).sum(axis=1)), left


def number_houses(site: Site, streets: Streets, rng: np.random.Generator) -> Addresses:
    """The addresses of all parcels of `site` that have a house: all in town, a quarter of the farms."""
    parcels, lines = site.parcels, _lines(site, streets)
    town = np.isin(parcels.ground, (Ground.DENSE, Ground.VILLA, Ground.PUBLIC))
    farm = (parcels.ground == Ground.FARM) & (rng.random(len(parcels)) < 0.25)
    housed = np.flatnonzero((town | farm) & (lines.group[parcels.line] >= 0))
    position, left = lines.measure(parcels.line[housed], parcels.at(0.5, 0.0)[housed])
    side = (lines.group[parcels.line[housed]] * 2 + left).astype(np.float64)
    key = side * KEY + np.maximum(position, 0)
    order = key.argsort(kind="stable")
    housed, key, left = housed[order], key[order], left[order]
    plates = plates_in_order(key, left, rng)
    paths = _alley_paths(site, lines, key, plates, len(streets.street))
    return _addresses(site, streets, parcels, housed, left, plates, paths, rng)


def _lines(site: Site, streets: Streets) -> _Lines:
    ends = np.concatenate([streets.ends[:, ::-1], site.alleys.ends])
    alleys = len(streets.names) + np.arange(len(site.alleys.level))
    offset = np.concatenate([streets.offset, np.zeros(len(alleys))])
    return _Lines(ends[:, 0], ends[:, 1], offset, np.concatenate([streets.street, alleys]))


def plates_in_order(key: Floats, left: Bools, rng: np.random.Generator) -> list[str]:
    """Plates of houses sorted by `key` (twice the street, plus 1 on the left, times `KEY`, plus metres along it).

    They are 1, 3, 5 … or 2, 4, 6 … on each side; now and then 7A, 7B or 7Bis follow 7.
    """
    side = (key // KEY).astype(np.int64)
    first = np.concatenate([[True], side[1:] != side[:-1]]) if len(side) else np.zeros(0, dtype=bool)
    inserted = (rng.random(len(side)) < 0.018) & ~first
    after = np.concatenate([[False], inserted[:-1]]) if len(side) else inserted
    second = np.concatenate([[False], (inserted & ~after)[:-1]]) & (rng.random(len(side)) < 0.25) & ~first & ~inserted
    inserted &= ~after
    suffix = np.where(second, "B", np.where(inserted, np.where(rng.random(len(side)) < 0.2, "Bis", "A"), ""))
    # No "B" after "Bis": the second house inserted behind the same one follows an "A" only.
    bis_before = np.concatenate([[False], suffix[:-1] == "Bis"]) if len(side) else second
    suffix = np.where(second & bis_before, "", suffix)
    counts = suffix == ""
    running = np.cumsum(counts)
    starts = np.maximum.accumulate(np.where(first, running - 1, 0)) if len(side) else running
    number = 2 * (running - starts) - left
    return [f"{one}{extra}" for one, extra in zip(number.tolist(), suffix.tolist(), strict=True)]


def _alley_paths(site: Site, lines: _Lines, key: Floats, plates: list[str], edges: int) -> list[str | None]:
    """Each alley's path, level by level: the plate of the parent's house just before the mouth, on the same side."""
    alleys = site.alleys
    paths: list[str | None] = [None] * len(alleys.level)
    for level in (1, 2, 3):
        own = np.flatnonzero((alleys.level == level) & (alleys.block >= 0))
        own = own[lines.group[alleys.parent[own]] >= 0]
        mouth, _ = lines.measure(alleys.parent[own], alleys.ends[own, 0])
        _, left = lines.measure(alleys.parent[own], alleys.ends[own, 1])
        side = lines.group[alleys.parent[own]] * 2 + left
        before = np.searchsorted(key, side * KEY + np.maximum(mouth, 0)) - 1
        found = (before >= 0) & (np.floor(key[np.maximum(before, 0)] / KEY) == side)
        for alley, house in zip(own[found], before[found], strict=True):
            parent = alleys.parent[alley] - edges
            above = paths[parent] if parent >= 0 else ""
            if above is not None:
                paths[alley] = f"{above}/{plates[house]}" if above else plates[house]
    return paths


def _addresses(
    site: Site, streets: Streets, parcels: Parcels, housed: Ints, left: Bools, plates: list[str],
    paths: list[str | None], rng: np.random.Generator,
) -> Addresses:  # fmt: skip
    edges = len(streets.street)
    alley = np.where(parcels.line >= edges, parcels.line - edges, -1)
    root = parcels.line.copy()
    for _ in range(3):
        root = (
            np.where(root >= edges, site.alleys.parent[np.maximum(root - edges, 0)], root)
            if len(site.alleys.level)
            else root
        )
    street = streets.street[root]
    number: list[str | None] = [None] * len(parcels)
    old: list[str | None] = [None] * len(parcels)
    renumbered = rng.random(len(housed)) < 0.05
    taken: set[tuple[int, str]] = set()
    for k, plate, changed in zip(housed.tolist(), plates, renumbered.tolist(), strict=True):
        path = paths[alley[k]] if alley[k] >= 0 else ""
        full = f"{path}/{plate}" if path else plate
        if path is None or street[k] < 0 or (int(street[k]), full) in taken:
            continue
        taken.add((int(street[k]), full))
        number[k] = full
        # Earlier numbering counted plots, a letter for the quarter in front, as old plates in the hills do.
        old[k] = f"{k % 880 + 1}{'CDE'[k % 3]}" if changed else None
    on_left = np.zeros(len(parcels), dtype=bool)
    on_left[housed] = left
    return Addresses(number, alley, street, on_left, paths, old)
