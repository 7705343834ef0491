"""How the houses of a street are numbered: levels, sides and direction, by TT 08/2024/TT-BXD.

Odd numbers stand on the left and even ones on the right of the way from the street's start; streets run from north to
south, east to west, north-east to south-west and south-east to north-west. A street numbered before that circular keeps
its direction, so what its numbers say comes before the compass. Lengths are metres; a positive offset is on the left.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis_core.addresses.house_number import levels

AXIS_M = 1.0
"""A plate this close to the centre line stands on neither side: lines are digitised no better."""
MAJORITY = 2 / 3
"""The share of plates that must agree before a street is taken to keep another side than the circular's."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A house number at its place along the line it is numbered on.

    `path` are the levels before the last one, empty on the street itself; `number` 0 where the last level has none;
    `last` ends a range of merged plots. `line` None: no line of the street or alley is near; then no place is known.
    """

    id: int
    ward: str
    street: str
    path: str
    text: str
    number: int
    suffix: str
    last: int
    line: int | None
    position: float
    offset: float
    distance: float
    has_parcel: bool

    @property
    def rank(self) -> tuple[int, str]:
        """Sorts the plates of one side."""
        return self.number, self.suffix


def split(key: str) -> tuple[str, int, str, int]:
    """The path, number, suffix and last number of a key made by `platform.house_key`; number 0 where it has none."""
    path, _, house = key.rpartition("/")
    first, _, end = house.partition("-")
    [(number, suffix)] = levels(first)
    last = levels(end)[0][0] if end else number
    return path, number, suffix, max(number, last)


def legal_way(start: tuple[float, float], end: tuple[float, float]) -> int:
    """1 where the circular numbers a line from `start` (x east, y north) to `end`, -1 where back from its end."""
    bearing = math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])) % 360
    return 1 if 157.5 <= bearing < 337.5 else -1  # to the south, south-west, west or north-west


def numbered_way(plates: Sequence[Plate]) -> int:
    """1 where numbers grow along the line, -1 where they grow against it, 0 where they do not tell.

    The majority of pairs on the same side decides.
    """
    agreeing = 0.0
    for parity in (0, 1):
        side = np.array([(one.number, one.position) for one in plates if one.number % 2 == parity]).reshape(-1, 2)
        numbers, places = (np.sign(np.subtract.outer(values, values)) for values in side.T)
        agreeing += (numbers * places).sum()
    return int(np.sign(agreeing))


def left_parity(plates: Sequence[Plate], way: int) -> int:
    """The parity of the numbers on the left of the way that the numbers grow (1 along the line, -1 back).

    1 (odd), as the circular has it, unless a clear majority of at least three plates stands the other way round.
    """
    votes = [_on_left(one.offset, way) == (one.number % 2 == 1) for one in plates if abs(one.offset) > AXIS_M]
    return 0 if len(votes) >= 3 and votes.count(False) > MAJORITY * len(votes) else 1


def parity_at(offset: float, way: int, left: int) -> int:
    """The parity that numbers have at `offset` from a line numbered in that `way` with `left` on its left."""
    return left if _on_left(offset, way) else 1 - left


def on_side(plate: Plate, way: int, left: int) -> bool:
    """Whether `plate` stands on the side of its parity; True on the axis, where no side can be told."""
    return abs(plate.offset) <= AXIS_M or parity_at(plate.offset, way, left) == plate.number % 2


def _on_left(offset: float, way: int) -> bool:
    return offset * way > 0
