"""What is wrong with the house numbers of streets and alleys: each rule is a function from plates to findings."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import attrgetter
from typing import Literal

from gis_core.addresses.house_number import written
from gis_core.layer import Text
from gis_core.numbering import Plate, left_parity, numbered_way, on_side

Kind = Literal["duplicate", "gap", "wrong_side", "swapped_sides", "out_of_order", "off_street", "no_parcel"]
ORDER_M = 2.0
"""Plates that precede each other by less than this are in order: fronts overlap where a street bends."""
LONGEST_LIST = 6
"""Missing numbers that are named one by one; of more the first and the last are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at a plate. `key` tells it apart from all others and stays the same from run to run."""

    kind: Kind
    plate: Plate
    reason: Text
    key: str


def findings(plates: Sequence[Plate], off_street_m: float) -> list[Finding]:
    """All faults of the plates, which must hold every plate of each street they belong to."""
    found = [*_off_street(plates, off_street_m), *_without_parcel(plates)]
    numbered = [one for one in plates if one.number]
    twice = list(_duplicates(numbered))
    found += twice
    repeated = {one.plate.id for one in twice}
    for run in _grouped(numbered, "street", "path"):
        found += _gaps(run)
    # Far from its street a plate has no place along it.
    placed = [one for one in numbered if one.line is not None and one.distance <= off_street_m]
    for run in _grouped(placed, "street", "path", "line"):
        found += _misplaced(run, repeated)
    return found


def _grouped(plates: Iterable[Plate], *names: str) -> Iterator[list[Plate]]:
    groups: dict[object, list[Plate]] = defaultdict(list)
    for one in plates:
        groups[attrgetter(*names)(one)].append(one)
    yield from groups.values()


def _off_street(plates: Iterable[Plate], most: float) -> Iterator[Finding]:
    for one in plates:
        if one.line is None or one.distance > most:
            limit = round(most)
            yield _finding("off_street", one, Text(
                f"Biển số cách đường trên bản đồ quá {limit} m.", f"The plate is over {limit} m from its street's line."
            ))  # fmt: skip


def _without_parcel(plates: Iterable[Plate]) -> Iterator[Finding]:
    for one in plates:
        if not one.has_parcel:
            yield _finding("no_parcel", one, Text("Chưa gắn với thửa đất nào.", "It belongs to no parcel."))


def _duplicates(plates: Iterable[Plate]) -> Iterator[Finding]:
    for same in _grouped(plates, "ward", "street", "path", "number", "suffix", "last"):
        for one in same if len(same) > 1 else ():
            yield _finding("duplicate", one, Text(
                f"Số {written(one.text)} có {len(same)} biển trên cùng đường và phường.",
                f"Number {written(one.text)} is on {len(same)} plates of this street and ward.",
            ))  # fmt: skip


def _gaps(run: Sequence[Plate]) -> Iterator[Finding]:
    """A finding at the plate before each stretch of numbers that nobody has, side by side."""
    for parity in (0, 1):
        side = sorted((one for one in run if one.number % 2 == parity), key=lambda one: (one.last, one.suffix, one.id))
        for before, after in pairwise(side):
            missing = range(before.last + 2, after.number, 2)
            if missing:
                numbers = _listed(missing, written(before.text).rpartition("/")[0])
                yield _finding("gap", before, Text(
                    f"Giữa {written(before.text)} và {written(after.text)} thiếu số {numbers}.",
                    f"Between {written(before.text)} and {written(after.text)} there is no number {numbers}.",
                ))  # fmt: skip


def _listed(missing: range, path: str) -> str:
    numbers = [f"{path}/{one}" if path else str(one) for one in missing]
    return ", ".join(numbers if len(numbers) <= LONGEST_LIST else (numbers[0], "…", numbers[-1]))


def _misplaced(run: Sequence[Plate], repeated: set[int]) -> Iterator[Finding]:
    way = numbered_way(run)
    if way == 0:
        return
    left = left_parity(run, way)
    if left == 0:
        yield _swapped(min(run, key=attrgetter("rank", "id")))
    for one in run:
        if not on_side(one, way, left):
            yield _wrong_side(one, left)
    for parity in (0, 1):
        yield from _out_of_order([one for one in run if one.number % 2 == parity and one.id not in repeated], way)


def _swapped(first: Plate) -> Finding:
    return _finding("swapped_sides", first, Text(
        "Cả tuyến có số lẻ bên phải; TT 08/2024/TT-BXD quy định số lẻ bên trái.",
        "The whole run has odd numbers on the right; circular TT 08/2024/TT-BXD puts them on the left.",
    ))  # fmt: skip


def _wrong_side(one: Plate, left: int) -> Finding:
    vietnamese, english = ("lẻ", "odd") if one.number % 2 else ("chẵn", "even")
    side_vi, side_en = ("trái", "left") if one.number % 2 == left else ("phải", "right")
    return _finding("wrong_side", one, Text(
        f"Số {vietnamese} phải ở bên {side_vi} theo chiều đánh số của tuyến.",
        f"This run has its {english} numbers on the {side_en} in the direction of numbering.",
    ))  # fmt: skip


def _out_of_order(side: list[Plate], way: int) -> Iterator[Finding]:
    """The fewest plates that must go for the rest to stand in the order of their numbers."""
    side.sort(key=lambda one: (one.rank, way * one.position))
    places = [way * one.position for one in side]
    kept = _longest_rising(places)
    for index in set(range(len(side))) - kept:
        one = side[index]
        before = max((places[k] for k in kept if k < index), default=-inf)
        after = min((places[k] for k in kept if k > index), default=inf)
        if not before - ORDER_M <= places[index] <= after + ORDER_M:
            yield _finding("out_of_order", one, Text(
                f"Số {written(one.text)} không nằm theo thứ tự dọc tuyến.",
                f"Number {written(one.text)} is not where its order along the street puts it.",
            ))  # fmt: skip


def _longest_rising(values: Sequence[float]) -> set[int]:
    """The places of a longest run of `values` that never falls (patience sorting)."""
    ends: list[float] = []
    at: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        place = bisect_right(ends, value)
        previous.append(at[place - 1] if place else -1)
        ends[place : place + 1], at[place : place + 1] = [value], [index]
    kept, index = set[int](), at[-1] if at else -1
    while index >= 0:
        kept.add(index)
        index = previous[index]
    return kept


def _finding(kind: Kind, plate: Plate, reason: Text) -> Finding:
    return Finding(kind, plate, reason, f"{kind}/{plate.id}")
