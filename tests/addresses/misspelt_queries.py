"""Queries that mean one house and are misspelt: marks, keystrokes, slips, initials."""

import re
from collections.abc import Iterator
from random import Random

from tests.addresses import phrases
from tests.addresses.facts import Facts, House, Query, house_query, spread
from tests.addresses.spelling import (
    TELEX,
    VNI,
    fold,
    initials,
    misspelt,
    moved_tone,
    other_tone,
    phrase_keystrokes,
    some_marks_lost,
    without_marks,
)


def no_diacritics(facts: Facts, rng: Random) -> Iterator[Query]:
    """Without any mark."""
    for house in spread(rng, facts.sure, 200):
        yield house_query(phrases.bare(phrases.plain_address(house, rng), rng), "no_diacritics", house)


def wrong_diacritics(facts: Facts, rng: Random) -> Iterator[Query]:
    """hoà for hòa, another tone, marks on some words only."""
    movable = [house for house in facts.sure if moved_tone(house.street) != house.street]
    for house in spread(rng, movable, 30) if movable else ():
        yield _with_street(house, moved_tone(house.street), "wrong_diacritics", rng)
    for house in spread(rng, _wordy(facts.sure), 170):
        street = _another_tone(house.street, rng) if rng.random() < 0.6 else some_marks_lost(house.street, rng)
        yield _with_street(house, street, "wrong_diacritics", rng)


def _wordy(houses: list[House]) -> list[House]:
    """Those on streets named in words only, without abbreviations."""
    return [house for house in houses if not re.search(r"\d|KQH", house.street)]


def _another_tone(street: str, rng: Random) -> str:
    words = street.split(" ")
    for number in rng.sample(range(len(words)), min(len(words), rng.choice([1, 1, 2]))):
        words[number] = other_tone(words[number], rng)
    return " ".join(words)


def _with_street(house: House, street: str, category: str, rng: Random) -> Query:
    text = f"{phrases.number_word(house, rng)} {street}{phrases.any_ward(house, rng)}{rng.choice(phrases.CITY)}"
    return house_query(text, category, house)


def slips(facts: Facts, rng: Random) -> Iterator[Query]:
    """One or two letters wrong in the street, never in the number."""
    for edits, shortest, category in ((1, 5, "one_edit"), (2, 8, "two_edits")):
        houses = [house for house in _wordy(facts.sure) if len(fold(house.street)) >= shortest]
        for house in spread(rng, houses, 200):
            street = without_marks(house.street).lower() if rng.random() < 0.5 else house.street
            if typed := misspelt(street, edits, facts.others(house.street), rng):
                yield _with_street(house, typed, category, rng)


def leftovers(facts: Facts, rng: Random) -> Iterator[Query]:
    """Telex and VNI keystrokes of an input method that was off."""
    houses = [house for house in _wordy(facts.sure) if house.street != without_marks(house.street)]
    for method, category in ((TELEX, "telex"), (VNI, "vni")):
        for house in spread(rng, houses, 180):
            street = phrase_keystrokes(house.street, method, rng, rng.choice([0.5, 1.0]))
            ward = "" if rng.random() < 0.4 else f", {_kept(phrases.old_ward(house, rng), method, rng)}"
            city = rng.choice(["", ", Đà Lạt", f", {phrase_keystrokes('Đà Lạt', method, rng, 1.0)}"])
            word = rng.choice(["", "", f"{phrase_keystrokes('đường', method, rng, 1.0)} "])
            text = f"{house.number} {word}{street}{ward}{city}"
            yield house_query(text.lower() if rng.random() < 0.5 else text, category, house)


def _kept(phrase: str, method: int, rng: Random) -> str:
    return phrase_keystrokes(phrase, method, rng, 1.0) if rng.random() < 0.6 else phrase


def initialisms(facts: Facts, rng: Random) -> Iterator[Query]:
    """XVNT for Xô Viết Nghệ Tĩnh; the right house among the first three."""
    shared: dict[tuple[str, str], int] = {}
    for house in facts.houses:
        key = fold(initials(house.street)), house.number
        shared[key] = shared.get(key, 0) + 1
    houses = [
        house
        for house in _wordy(facts.sure)
        if house.street.count(" ") >= 2 and shared[fold(initials(house.street)), house.number] <= 3
    ]
    for house in spread(rng, houses, 170):
        short = initials(house.street)
        short = rng.choice([short, without_marks(short), without_marks(short).lower(), ".".join(short)])
        ward = rng.choice(["", f" {phrases.short_old_ward(house, rng)}", f", {house.old_name}, Đà Lạt"])
        yield house_query(f"{house.number} {short}{ward}", "initials", house, limit=3)


MAKERS = (no_diacritics, wrong_diacritics, slips, leftovers, initialisms)
