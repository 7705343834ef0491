"""Numbers in Vietnamese words, as street names spell dates: `Ba Tháng Hai` is `3 Tháng 2`, written `3/2` too."""

import re

_UNITS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_WORDS = ("", "mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin")
_DATE = re.compile(r"(?:(?:mung|ngay) )?(.+) thang (\w+(?: \w+)?)")


def number_of(words: str) -> int | None:
    """The number from 1 to 99 that folded `words` (or digits) mean, None where they mean none."""
    if words.isdecimal():
        return int(words)
    parts = words.split()
    if len(parts) == 1:
        return 10 if words == "muoi" else _UNITS.get(words)
    tens, last = parts[0], parts[-1]
    if tens == "muoi" and len(parts) == 2 and last in _UNITS:
        return 10 + _UNITS[last]
    if tens in _UNITS and parts[1] in ("muoi", last) and len(parts) <= 3:
        rest = 0 if last == "muoi" else 1 if last == "mot" else _UNITS.get(last)
        return None if rest is None else 10 * _UNITS[tens] + rest
    return None


def day_and_month(name: str) -> tuple[int, int] | None:
    """The date that a folded street name spells, None where it spells none: `ba thang hai` gives (3, 2)."""
    found = _DATE.fullmatch(name)
    if found is None:
        return None
    day, month = number_of(found[1]), number_of(found[2])
    if day is None or month is None or not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return day, month


def spellings(day: int, month: int) -> set[str]:
    """The folded ways to write a date as the name of a street."""
    days = {str(day), f"{day:02}", _in_words(day)} | ({"muoi lam", "muoi nam"} if day == 15 else set())
    months = {str(month), f"{month:02}", _in_words(month)} | ({"bon"} if month == 4 else set())
    long = {f"{a} thang {b}" for a in days for b in months}
    return long | {f"{day}/{month}", f"{day}-{month}"}


def _in_words(number: int) -> str:
    tens, unit = divmod(number, 10)
    ten = "" if tens == 0 else "muoi" if tens == 1 else f"{_WORDS[tens]} muoi"
    last = _WORDS[unit] if tens == 0 or unit not in (4, 5) else {4: "bon" if tens == 1 else "tu", 5: "lam"}[unit]
    return f"{ten} {last}".strip()
