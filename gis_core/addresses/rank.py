"""Which of the things found is meant, and how probably: named scores with ceilings, as addok ranks.

A candidate's score is the product of its named scores, shared among all that explain the text as well.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gis_core.addresses.house_number import key
from gis_core.addresses.names import Ward
from gis_core.addresses.readings import Reading

Level = Literal["house", "parcel", "nearest_house", "street", "ward", "place", "point"]

MARGIN = 0.4
"""Readings that cost this much more than the cheapest are not meant."""
LOWEST = 0.3
SHARPNESS = 4.0
CEILING = 0.995
_STREET_LOSS, _REST_LOSS = 0.14, 0.3
_NO_WARD, _OTHER_WARD = 0.985, 0.4
_ABSENT = 0.9
_FORMER, _FORMER_BESIDE = 0.92, 0.12
_PROPOSED, _MERGED = 0.9, 0.88
_NO_STREET = 0.85


@dataclass
class Candidate:
    """A possible answer: `rival` says how well it explains the text beside the others, `score` is set by `rank`."""

    level: Level
    reading: Reading
    scores: dict[str, float]
    row: Mapping[str, Any] | None = None
    ward: Ward | None = None
    house_found: bool | None = None
    rival: float = 1.0
    beside: bool = False
    score: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """The product of the named scores."""
        return CEILING * math.prod(self.scores.values())


def worth_trying(readings: Sequence[Reading]) -> list[Reading]:
    """The readings that may be meant: near the cheapest, and none that corrects letters where one needs it not."""
    if not readings:
        return []
    best = readings[0]
    near = [one for one in readings if one.cost <= best.cost + MARGIN][:12]
    if _edits(best) == 0:
        near = [one for one in near if _edits(one) == 0]
    return near


def _edits(reading: Reading) -> int:
    return reading.street.edits if reading.street else reading.place_edits


def candidates(readings: Sequence[Reading], houses: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    """The candidates of `readings`; `houses` are the rows found for the numbers that they name."""
    found: list[Candidate] = []
    for reading in readings:
        rival = math.exp(-SHARPNESS * (reading.cost - readings[0].cost))
        for one in _of_reading(reading, houses):
            one.rival *= rival
            found.append(one)
    return found


def rank(found: Sequence[Candidate]) -> list[Candidate]:
    """`found` with their scores, the most probable first; what is improbable is left out."""
    total = sum(one.rival for one in found if not one.beside)
    for one in found:
        share = 1.0 if one.beside or total == 0 else one.rival / total
        one.score = round(one.weight * share, 3)
    kept = [one for one in found if one.weight >= LOWEST * (0.3 if one.beside else 1)]
    return sorted(kept, key=lambda one: (one.beside and one.level == "nearest_house", -one.score))


def is_ambiguous(ranked: Sequence[Candidate]) -> bool:
    """Whether the first answer must not be taken without asking: another one, or another reading, rivals it."""
    rivals = [one for one in ranked if not one.beside]
    if len(rivals) < 2:
        return False
    # "3/2" is the street of a date, or the house 3/2 on any of several streets: what one reading finds counts together.
    others: dict[int, float] = defaultdict(float)
    for one in rivals[1:]:
        others[id(one.reading)] += one.rival if one.reading is not rivals[0].reading else 0.0
    return max(*others.values(), rivals[1].rival) > 0.3 * rivals[0].rival


def _base(reading: Reading) -> dict[str, float]:
    street = reading.street.cost if reading.street else 0.0
    rest = max(0.0, reading.cost - street)
    name = "street" if reading.street else "name"
    return {name: math.exp(-_STREET_LOSS * street), "rest": math.exp(-_REST_LOSS * rest)}


def _of_reading(reading: Reading, houses: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    if reading.place is not None:
        return [Candidate("place", reading, _base(reading))]
    if reading.street is not None:
        if reading.premises.number and not reading.premises.alley_only:
            return _houses(reading, houses)
        return [_street(reading, found=None)]
    if reading.premises.number:
        return _houses_anywhere(reading, houses)
    wards = list(dict.fromkeys(ward for span in reading.wards for ward in span.wards))
    named = [ward for ward in wards if ward.period == "old"] or wards
    return [Candidate("ward", reading, _base(reading), ward=ward) for ward in named]


def agrees(reading: Reading, new: str | None, old: str | None) -> bool | None:
    """Whether every ward that the reading names is the one with code `new` or `old`; None where it names none."""
    if not reading.wards:
        return None
    return all(any(_is_ward(ward, new, old) for ward in span.wards) for span in reading.wards)


def _is_ward(ward: Ward, new: str | None, old: str | None) -> bool:
    if ward.period == "new":
        return ward.code == new
    return ward.code == old if old else ward.successor == new


def _street(reading: Reading, *, found: bool | None) -> Candidate:
    scores = _base(reading)
    street = reading.street.street if reading.street else None
    if reading.wards and street is not None and street.wards:
        fits = any(agrees(reading, new, old) for new, old in street.wards)
        scores["ward"] = 1.0 if fits else _OTHER_WARD
    if found is False:
        scores["number"] = _ABSENT
    return Candidate("street", reading, scores, house_found=found, rival=1.0 if found is None else 0.35)


def _houses(reading: Reading, houses: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    """The houses of the street with that very number, or the street and what is known of the number elsewhere."""
    names = reading.street.street.spellings if reading.street else set()
    asked = key(reading.premises.number)
    own = [row for row in houses if row["street_name"] in names and row["asked_key"] == asked]
    agreeing = [row for row in own if agrees(reading, row["ward_code"], row["ward_code_old"]) is not False]
    if agreeing:
        return _matched(reading, agreeing)
    street = _street(reading, found=False)
    others = [_in_other_ward(reading, row) for row in _current(own)]
    return [street, *others[:2]]


def _in_other_ward(reading: Reading, row: Mapping[str, Any]) -> Candidate:
    scores = _base(reading) | {"ward": _OTHER_WARD}
    return Candidate("nearest_house", reading, scores, row, house_found=False, beside=True)


def _current(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["status"] != "so_cu" and not row["by_old_number"]]


def _matched(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    current = _current(rows)
    former = [row for row in rows if row["status"] == "so_cu"]
    renamed = [row for row in rows if row["by_old_number"] and row["status"] != "so_cu"]
    found = [_house(reading, row, 1.0 if row["status"] == "hien_hanh" else _PROPOSED) for row in current]
    for row in former:
        house = _house(reading, row, _FORMER_BESIDE if current else _FORMER)
        same = [one for one in renamed if _same_place(one, row)]
        renamed = [one for one in renamed if one not in same]
        house.facts["number_now"] = same[0]["house_number"] if same else None
        house.beside = bool(current)
        found.append(house)
    for row in renamed:
        house = _house(reading, row, _FORMER_BESIDE if current or former else _FORMER)
        house.facts["number_now"] = row["house_number"]
        house.beside = bool(current or former)
        found.append(house)
    return found


def _same_place(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one["parcel_id"] is not None and one["parcel_id"] == other["parcel_id"]:
        return True
    return bool(abs(one["lon"] - other["lon"]) < 1e-5 and abs(one["lat"] - other["lat"]) < 1e-5)


def _house(reading: Reading, row: Mapping[str, Any], number: float) -> Candidate:
    scores = _base(reading) | {"number": number, "ward": 1.0 if reading.wards else _NO_WARD}
    return Candidate("house", reading, scores, row, house_found=True)


def merged(candidate: Candidate, row: Mapping[str, Any]) -> Candidate:
    """The house with a range of numbers that holds the one asked of `candidate`."""
    house = _house(candidate.reading, row, _MERGED)
    house.facts["range"] = True
    return house


def _houses_anywhere(reading: Reading, houses: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    asked = key(reading.premises.number)
    found = [row for row in houses if row["asked_key"] == asked and not row["by_old_number"]]
    rows = [row for row in found if agrees(reading, row["ward_code"], row["ward_code_old"]) is not False]
    made = [_house(reading, row, _NO_STREET) for row in rows if reading.premises.unexplained == 0]
    for one in made:
        one.rival = 1 / len(made)
    return made
