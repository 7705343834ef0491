"""Names near to a word in which letters are wrong, missing, added or swapped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

MOST_NAMES = 8


def edits_allowed(letters: int) -> int:
    """How many letters of a name of `letters` may be wrong: none of very short names, at most three of long ones."""
    return 0 if letters < 4 else 1 if letters < 6 else 2 if letters < 13 else 3


class NearNames[Named]:
    """Things by their names, which are written without spaces; digits in them are never taken for a mistake."""

    def __init__(self, pairs: Iterable[tuple[str, Named]]) -> None:
        self._named: dict[str, list[Named]] = defaultdict(list)
        for name, one in pairs:
            self._named[name].append(one)
        groups: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._named, key=len):
            groups[_digits(name)].append(name)
        self._groups = {digits: _Group(names) for digits, names in groups.items()}

    def nearest(self, typed: str) -> Iterator[tuple[Named, int]]:
        """What has one of the names nearest to `typed`, each with the number of edits; nothing where all are far."""
        allowed = edits_allowed(len(typed) + 1)
        group = self._groups.get(_digits(typed))
        if allowed == 0 or group is None:
            return
        names = group.alike(typed, allowed)
        found = process.extract(typed, names, scorer=OSA.distance, score_cutoff=allowed, limit=MOST_NAMES)
        least = min((distance for _, distance, _ in found), default=0)
        for name, distance, _ in found:
            if distance <= min(least + 1, edits_allowed(max(len(name), len(typed)))):
                yield from ((one, int(distance)) for one in self._named[name])


class _Group:
    """Names in the order of their lengths, with the letters each is made of."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._lengths = np.array([len(one) for one in names])
        self._letters = np.array([_letters(one) for one in names], dtype=np.uint64)

    def alike(self, typed: str, edits: int) -> list[str]:
        """The names that may be as few as `edits` from `typed`, by their lengths and letters.

        An edit changes two letters at most, so that comparing sets of bits rules out nearly all names.
        """
        first, last = np.searchsorted(self._lengths, [len(typed) - edits, len(typed) + edits + 1])
        differing = np.bitwise_count(self._letters[first:last] ^ np.uint64(_letters(typed)))
        return [self._names[first + place] for place in np.flatnonzero(differing <= 2 * edits)]


def _letters(name: str) -> int:
    """A bit for each letter a to z of `name`, another for each that comes twice, and one for all other characters."""
    once = twice = 0
    for letter in name:
        bit = 1 << (ord(letter) - ord("a")) if "a" <= letter <= "z" else 1 << 26
        twice |= once & bit
        once |= bit
    return once | (twice << 27)


def _digits(words: str) -> str:
    return "".join(letter for letter in words if letter.isdigit())
