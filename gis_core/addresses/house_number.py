"""House numbers: paths of up to five levels, `367/4/12` = from house 367 of the street, house 4, house 12.

Grammar (TT 08/2024/TT-BXD and plates in use): `level := digits letters?` with `bis`, `ter` among the letters;
`number := level ('/' level)*` or a range `level-level` of merged plots.
"""

import re

from gis_core.addresses.folding import fold

_DIGITS = re.compile("[0-9]+")
_LEADING_ZEROS = re.compile("0+([0-9]{6,})")
_FOREIGN = re.compile("[^a-z0-9/-]")
_SEPARATORS = str.maketrans({"\\": "/", "–": "-", "—": "-"})
_SUFFIXES = {"bis": "Bis", "ter": "Ter"}


def plain(number: str, alley: str | None = None) -> str:
    """`number` with the `alley` it lies on, lower-case, without marks and spaces."""
    house, path = (_FOREIGN.sub("", fold((words or "").translate(_SEPARATORS))) for words in (number, alley))
    return house if not path or house.startswith(path + "/") else f"{path}/{house}"


def key(number: str, alley: str | None = None) -> str:
    """What tells house numbers apart and sorts them as on the street: `83/2A` gives `000083/000002a`.

    The same as `platform.house_key` in the database.
    """
    return _LEADING_ZEROS.sub(r"\1", _DIGITS.sub(lambda found: "000000" + found[0], plain(number, alley)))


def written(number: str) -> str:
    """`number` as plates write it: `083/2 a` gives `83/2A`, `3bis` gives `3Bis`."""
    levels = re.split("([/-])", plain(number))
    return "".join(one if one in "/-" else _level(one) for one in levels)


def _level(level: str) -> str:
    digits, letters = re.fullmatch("([a-z]*[0-9]*)(.*)", level, re.DOTALL).groups()  # type: ignore[union-attr]
    short = digits.lstrip("0") or digits[-1:] if digits.isdigit() else digits.upper()
    for word, proper in _SUFFIXES.items():
        if letters.endswith(word):
            return short + letters[: -len(word)].upper() + proper
    return short + letters.upper()


def levels(number_key: str) -> list[tuple[int, str]]:
    """The levels of a key as (number, suffix), which sort as houses do; (0, …) where a level has no number."""
    found = [re.match("([0-9]*)(.*)", one) for one in number_key.split("/")]
    return [(int(one[1] or 0), one[2]) for one in found if one]


def within_range(number_key: str, range_key: str) -> bool:
    """Whether `range_key` is a range of merged plots on whose ends or same side between them `number_key` lies."""
    first, _, last = range_key.rpartition("/")[2].partition("-")
    path, _, house = number_key.rpartition("/")
    if not last or path != range_key.rpartition("/")[0] or not house.isdigit():
        return False
    low, high = _DIGITS.match(first), _DIGITS.match(last)
    if low is None or high is None:
        return False
    number, start, end = int(house), int(low[0]), int(high[0])
    return start <= number <= end and (number - start) % 2 == 0


def distance(asked: str, other: str) -> float:
    """How far apart two keys are in counting; houses on the same alley before all others."""
    a, b = levels(asked), levels(other)
    shared = 0
    while shared < min(len(a), len(b)) - 1 and a[shared] == b[shared]:
        shared += 1
    gap = abs(a[shared][0] - b[shared][0]) + (0.5 if a[shared][1] != b[shared][1] else 0)
    return (len(a) - 1 - shared) * 1e6 + gap + 0.1 * abs(len(a) - len(b))
