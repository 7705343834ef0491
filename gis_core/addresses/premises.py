"""What of an address is neither street nor ward: house number, alleys, lot, residential group."""

from collections.abc import Sequence
from dataclasses import dataclass

from gis_core.addresses.house_number import written
from gis_core.addresses.tokens import ALLEY_LABELS, GROUP_LABELS, HOUSE_LABELS, ROAD_LABELS, Token

_IDLE = ROAD_LABELS | {"so", "nha", "tai", "gan", "dia", "chi", "can", "moi", "o", "goc", "ngay", "hien", "tru"}
_SUFFIX_LETTERS = frozenset("abcdefghk")


@dataclass(frozen=True, slots=True)
class Premises:
    """`number` as plates write it, with the alleys it lies on; empty: none was named. `alley_only`: it is an alley.

    `unexplained` counts the words and numbers that mean nothing here.
    """

    number: str = ""
    old_number: str = ""
    group: str = ""
    alley_only: bool = False
    unexplained: int = 0


class _Reader:
    """Reads tokens from left to right, once."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.houses: list[str] = []
        self.bare: list[str] = []
        self.alleys: list[tuple[int, str]] = []
        self.house_first = False
        self.old_number = ""
        self.group: list[str] = []
        self.unexplained = 0

    def number(self) -> str:
        """The number at the place of reading with a suffix that stands apart, empty where there is none."""
        if self.place >= len(self.tokens) or not self.tokens[self.place].is_number:
            return ""
        number = self.tokens[self.place].folded
        self.place += 1
        if self.place < len(self.tokens):
            letter = self.tokens[self.place]
            if letter.folded in _SUFFIX_LETTERS and number[-1].isdigit() and not self._begins(letter):
                number += letter.folded
                self.place += 1
        return number

    def _begins(self, letter: Token) -> bool:
        """Whether `letter` begins something new: after a comma, or "h" before the number of an alley."""
        following = self.tokens[self.place + 1 : self.place + 2]
        alley = letter.folded in ALLEY_LABELS and any(one.is_number for one in following)
        return letter.after_mark or alley

    def word(self) -> str:
        """The folded word (or meant label) at the place of reading, empty at the end."""
        return self.tokens[self.place].label if self.place < len(self.tokens) else ""

    def skip(self, *words: str) -> bool:
        """Whether `words` come next; they are passed over."""
        here = [one.label for one in self.tokens[self.place : self.place + len(words)]]
        if here != list(words):
            return False
        self.place += len(words)
        return True

    def read(self) -> None:
        """Reads all tokens."""
        while self.place < len(self.tokens):
            if not (self._old() or self._house() or self._alley() or self._group() or self._lot() or self._bare()):
                self.unexplained += self.word() not in _IDLE
                self.place += 1

    def _old(self) -> bool:
        start = self.place
        if (self.skip("so", "cu") or self.skip("cu")) and (number := self.number()):
            self.old_number = number
            return True
        self.place = start
        return False

    def _house(self) -> bool:
        start = self.place
        while self.word() in HOUSE_LABELS:
            self.place += 1
        if self.place > start and (number := self.number()):
            self.house_first = self.house_first or not self.alleys
            self.houses.append(number)
            return True
        self.place = start
        return False

    def _alley(self) -> bool:
        start = self.place
        self.skip("duong")
        rank = ALLEY_LABELS.get(self.word(), 0)
        if rank:
            self.place += 1
            self.skip("so")
            if number := self.number():
                self.alleys.append((rank, number))
                return True
        self.place = start
        return False

    def _group(self) -> bool:
        start = self.place
        if self.word() not in GROUP_LABELS:
            return False
        self.place += 1
        self.skip("dan", "pho") or self.skip("pho")
        self.skip("so")
        number = self.number()
        if number or (self.word() and self.tokens[start].label in ("thon", "xom", "ap", "bon", "buon")):
            self.place += not number
            self.group.append(" ".join(one.text for one in self.tokens[start : self.place]))
            return True
        self.place = start
        return False

    def _lot(self) -> bool:
        if self.word() == "lo" and self.place + 1 < len(self.tokens):
            lot = self.tokens[self.place + 1]
            if lot.is_number or len(lot.folded) == 1:
                self.place += 2
                number = "" if lot.is_number else self.number()
                self.houses.append(f"lô{lot.folded}{number}")
                return True
        return False

    def _bare(self) -> bool:
        stranger = self.place > 0 and not self.tokens[self.place - 1].is_number and self.unexplained > 0
        number = self.number()
        if number and (stranger and (self.bare or self.houses)):
            self.unexplained += 1
        elif number:
            self.house_first = self.house_first or not (self.alleys or self.houses)
            self.bare.append(number)
        return bool(number)


def premises(tokens: Sequence[Token]) -> Premises:
    """What `tokens`, with street, ward and city taken out, say."""
    reader = _Reader(tokens)
    reader.read()
    houses = [*reader.houses, *reader.bare]
    path = "/".join(_in_order(reader))
    number = "/".join(one for one in (path, houses[0] if houses else "") if one)
    if path and houses and houses[0].startswith(path + "/"):
        number = houses[0]
    return Premises(
        number=_written(number),
        old_number=_written(reader.old_number),
        group=", ".join(reader.group),
        alley_only=bool(path) and not houses,
        unexplained=reader.unexplained + max(0, len(houses) - 1),
    )


def _in_order(reader: _Reader) -> list[str]:
    """The alleys from the street inwards."""
    ranks = [rank for rank, _ in reader.alleys]
    names = [name for _, name in reader.alleys]
    if len(set(ranks)) > 1:
        return [name for _, name in sorted(reader.alleys, key=lambda pair: pair[0])]
    # "số 5 hẻm 3 hẻm 12" goes outwards, "hẻm 12 hẻm 3 số 5" inwards.
    return names[::-1] if reader.house_first else names


def _written(number: str) -> str:
    return f"Lô {written(number[2:])}" if number.startswith("lô") else written(number)
