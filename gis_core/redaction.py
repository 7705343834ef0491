"""Texts of citizens before they are shown to everybody: telephone numbers, e-mail addresses, numbers of papers and
number plates masked, every occurrence.

Own patterns: libraries for personal data know neither Vietnamese plates nor numbers written in words. Where in doubt a
number is masked, for who wrote the text sees what it will look like; dates, sums of money, coordinates, spans of years
and the city's own codes stay.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

FEWEST_DIGITS = 8
"""A run of so many digits may be somebody's: the shortest telephone numbers have eight."""
MASKS = {
    "email": "[e-mail đã che]",
    "plate": "[biển số đã che]",
    "phone": "[số điện thoại đã che]",
    "number": "[số giấy tờ đã che]",
}


@dataclass(frozen=True, slots=True)
class Masked:
    """The text as it may be shown, and how many places of each kind were masked."""

    text: str
    counts: dict[str, int]


_WORD_DIGITS = "không|linh|lẻ|một|mốt|hai|ba|bốn|tư|năm|lăm|nhăm|sáu|bảy|bẩy|tám|chín"
_EMAIL = re.compile(
    r"[\w.+%-]{1,64}\s{0,2}(?:@|\(at\)|\[at\]|\ba còng\b)\s{0,2}"
    r"[\w-]{1,63}(?:\s{0,2}(?:\.|\(dot\)|\[dot\]|\bchấm\b)\s{0,2}[a-z]\w{1,20}){1,4}",
    re.IGNORECASE,
)
# 49A-123.45, 49 B1 12345, 51F1 2345, 49-AB 123.45; red and blue plates, and those of embassies.
_PLATE = re.compile(
    r"(?<![\w.])(?:\d{2}[\s.-]{0,3}(?:[A-ZĐ]{1,2}\d?|[A-ZĐ]\d)[\s.-]{1,3}\d{3}[\s.]?\d{2}"
    r"|\d{2}[\s.-]{0,3}(?:[A-ZĐ]{1,2}\d?)[\s.-]{1,3}\d{4}"
    r"|\d{2}[A-ZĐ]{1,2}\d{4,6}"
    r"|[A-Z]{2}[\s-]{1,3}\d{2}[-.]\d{2}"
    r"|\d{2}[\s-]{1,3}\d{3}[\s-]{1,3}(?:NG|NN|QT)[\s-]{1,3}\d{2})(?![\w])",
    re.IGNORECASE,
)
# The letter O stands for a nought where people hope to be cleverer than a mask.
_DIGITS = re.compile(r"(?<!\w)[+(]{0,2}[oO]?[0-9][0-9oO]*(?:[\s().\-–—_*·,]{1,3}[oO]?[0-9][0-9oO]*)*")
_PHONE = re.compile(r"(?:0|84)[235789]\d{8,9}|(?:1800|1900)\d{4,6}")
_SPELT = re.compile(
    rf"(?<!\w)(?:{_WORD_DIGITS})(?:[\s,.\-]{{1,3}}(?:{_WORD_DIGITS})){{{FEWEST_DIGITS - 1},}}(?!\w)", re.IGNORECASE
)
_PASSPORT = re.compile(r"(?<!\w)[A-Z]\d{7,8}(?!\w)", re.IGNORECASE)
_HARMLESS = re.compile(
    r"(?<![\w/.-])(?:"
    r"[A-ZĐ]{2,5}-\d{4}-\d{6,9}"  # codes of reports and dossiers
    r"|(?:\d{1,2}[:hg]\d{0,2}[\s,]{1,2})?\d{1,2}([/.-])\d{1,2}\1(?:19|20)\d{2}"  # dates
    r"|(?:19|20)\d{2}-[01]\d-[0-3]\d"
    r"|(?:19|20)\d{2}\s?[-–]\s?(?:19|20)\d{2}"  # spans of years
    r"|\d{1,3}(?:[.,]\d{3}){1,4}\s?(?:đồng|đ|vnđ|vnd|triệu|tỷ|tỉ|m2|m²)"
    r"|(?:[89]|1\d|2[0-3]|10[2-9])\.\d{5,9}"  # degrees in Viet Nam
    r")(?![\w/])",
    re.IGNORECASE,
)


def masked(text: str) -> Masked:
    """`text` composed (NFC), without invisible characters, with everything masked that may be somebody's."""
    shown = _visible(text)
    found = _without_overlaps([*_spans(_plain(shown))])
    counts: dict[str, int] = {}
    parts, end = [], 0
    for begins, ends, kind in found:
        parts += [shown[end:begins], MASKS[kind]]
        counts[kind] = counts.get(kind, 0) + 1
        end = ends
    return Masked("".join([*parts, shown[end:]]), counts)


def _visible(text: str) -> str:
    """Without characters that take no place, which would break up a number for us and not for the eye."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(one for one in composed if unicodedata.category(one) not in ("Cf", "Cc") or one == "\n")


def _plain(text: str) -> str:
    """The same number of characters, digits of all scripts as ASCII, spaces and full-width signs as plain ones."""
    return "".join(_plain_character(one) for one in text)


def _plain_character(one: str) -> str:
    digit = unicodedata.digit(one, None)
    if digit is not None:
        return str(digit)
    simple = unicodedata.normalize("NFKC", one)
    return simple if len(simple) == 1 else one


def _spans(plain: str) -> Iterator[tuple[int, int, str]]:
    for kind, pattern in (("email", _EMAIL), ("plate", _PLATE), ("number", _PASSPORT), ("phone", _SPELT)):
        yield from ((one.start(), one.end(), kind) for one in pattern.finditer(plain))
    harmless = [one.span() for one in _HARMLESS.finditer(plain)]
    for one in _DIGITS.finditer(plain):
        yield from _numbers(one, harmless)


def _numbers(run: re.Match[str], harmless: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """The parts of a run of digits that lie in nothing harmless and are long enough."""
    begins = run.start()
    inner = [span for span in harmless if span[0] < run.end() and span[1] > run.start()]
    for left, right in [*inner, (run.end(), run.end())]:
        part = run.string[begins:left]
        digits = re.sub(r"\D", "", re.sub("[oO]", "0", part))
        if len(digits) >= FEWEST_DIGITS:
            yield begins, begins + len(part.rstrip(" ().-–—_*·,\n")), _kind(digits)
        begins = max(begins, right)


def _kind(digits: str) -> str:
    return "phone" if _PHONE.fullmatch(digits) else "number"


def _without_overlaps(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The spans in order; of those that overlap one that covers all, of the kind of the longest."""
    kept: list[tuple[int, int, str]] = []
    for begins, ends, kind in sorted(spans):
        if kept and begins < kept[-1][1]:
            first = kept[-1]
            longest = kind if ends - begins > first[1] - first[0] else first[2]
            kept[-1] = (first[0], max(first[1], ends), longest)
        else:
            kept.append((begins, ends, kind))
    return kept
