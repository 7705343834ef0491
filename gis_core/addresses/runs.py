"""Runs of tokens as the words they are looked up by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gis_core.addresses.tokens import Token

LONGEST = 12


@dataclass(frozen=True, slots=True)
class Run:
    """The tokens `start` to `end` (exclusive): their folded words, and the labels they may be meant for, joined."""

    start: int
    end: int
    folded: str
    meant: str


def runs(tokens: Sequence[Token]) -> Iterator[Run]:
    """All runs of at most `LONGEST` tokens, by their beginnings; joined once, as every name is looked for in them."""
    labels = [one.label for one in tokens]
    for start in range(len(tokens)):
        folded = meant = ""
        for end in range(start + 1, min(len(tokens), start + LONGEST) + 1):
            space = " " if folded else ""
            folded += space + tokens[end - 1].folded
            meant += space + labels[end - 1]
            yield Run(start, end, folded, meant)
