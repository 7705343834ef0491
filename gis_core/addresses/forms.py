"""Texts that are no address: a pair of coordinates, a parcel of a map sheet, a forest lot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gis_core.addresses.folding import fold
from gis_core.addresses.tokens import Token
from gis_core.crs import STORAGE_SRID, transformer

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{3}){1,3},\d+|[+-]?\d{1,3}(?:\.\d{3}){2,3}|[+-]?\d+(?:[.,]\d+)?"
_PAIR = re.compile(rf"\s*({_NUMBER})\s*(?:[,;/\s]|và|and)\s*({_NUMBER})\s*")
_DMS = re.compile(
    r"(\d{1,3})\s*[°ºd]\s*(\d{1,2}(?:[.,]\d+)?)\s*['’′]\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″]|'')?)?(?![\d°º])"
    r"\s*([nsewbđ]\b)?"
)
_SIX = re.compile(
    r"(\d{1,3}) (\d{1,2}) (\d{1,2}(?:\.\d+)?) ?[nsewbđ]?[ ,;]+(\d{1,3}) (\d{1,2}) (\d{1,2}(?:\.\d+)?) ?[nsewbđ]?"
)
_COORDINATE_WORDS = re.compile(
    r"\b(?:toa do|kinh do|vi do|lat(?:itude)?|lon(?:gitude)?|lng|vn-?2000|wgs-?84|geo|east(?:ing)?|north(?:ing)?"
    r"|tm-?3|xy|x|y|e|n|b|d|m)\b\s*[:=]?"
)
_LATITUDES, _LONGITUDES = (8.0, 24.0), (102.0, 118.0)
_EASTINGS, _NORTHINGS = (200_000.0, 900_000.0), (900_000.0, 2_700_000.0)

_REFERENCE = r"([a-z]?\d+[a-z]{0,3}(?:[/-]\d+[a-z]?)?)"
_PARCEL = re.compile(rf"\b(?:so )?thua (?:dat )?(?:so )?{_REFERENCE}(?!\S)")
_SHORT_PARCEL = re.compile(rf"\bt (?:so )?{_REFERENCE}(?!\S)")
_SHEET = re.compile(rf"\b(?:so )?(?:to (?:ban do |bd )?(?:dia chinh )?|ban do |tbd |bd )(?:so )?{_REFERENCE}(?!\S)")
_LOT = r"([a-z]?\d+[a-z]{0,2}|(?<= )[a-z])"
_COMPARTMENT = re.compile(r"\b(?:tieu khu|tk) ?(?:so )?([a-z]?\d+[a-z]{0,2})(?!\S)")
_SUBCOMPARTMENT = re.compile(r"\b(?:khoanh|kh|k) ?(?:so )?([a-z]?\d+[a-z]{0,2})(?!\S)")
_PLOT = re.compile(rf"\b(?:lo|l) ?(?:so |rung )?{_LOT}(?!\S)")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in degrees (WGS 84) and how it was written: `degrees` or `vn2000`."""

    longitude: float
    latitude: float
    written: str


@dataclass(frozen=True, slots=True)
class ParcelNumber:
    """A parcel by map sheet and number; either may be missing. `rest`: the tokens that say something else."""

    sheet: str
    parcel: str
    rest: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class ForestLot:
    """A forest lot by compartment (tiểu khu), sub-compartment (khoảnh) and plot (lô), empty where not said."""

    compartment: str
    subcompartment: str
    plot: str


def position(text: str) -> Position | None:
    """The place that `text` gives as a pair of coordinates in either order, None where it is no such pair."""
    words = text.strip().strip("()[]").lower()
    if sum(letter.isdigit() for letter in words) < 4:
        return None
    apart = re.sub(r"(?<=\d)\s*[°º]?\s*(?=[nsewbđ]\b)", " ", words)
    bare = _COORDINATE_WORDS.sub(" ", fold(apart)).replace("°", " ").replace("º", " ")
    pair = _PAIR.fullmatch(" ".join(bare.split()))
    if pair:
        return _of_pair(_decimal(pair[1]), _decimal(pair[2]))
    return _of_degrees(words)


def _decimal(words: str) -> float:
    if re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{3}){1,3}(?:,\d+)?", words) and ("," in words or words.count(".") > 1):
        words = words.replace(".", "")
    return float(words.replace(",", "."))


def _of_pair(first: float, second: float) -> Position | None:
    for north, east in ((first, second), (second, first)):
        if _LATITUDES[0] <= north <= _LATITUDES[1] and _LONGITUDES[0] <= east <= _LONGITUDES[1]:
            return Position(east, north, "degrees")
        if _NORTHINGS[0] <= north <= _NORTHINGS[1] and _EASTINGS[0] <= east <= _EASTINGS[1]:
            longitude, latitude = transformer(STORAGE_SRID, 4326).transform(east, north)
            return Position(float(longitude), float(latitude), "vn2000")
    return None


def _of_degrees(words: str) -> Position | None:
    """The place written in degrees, minutes and seconds, with N and E or B (Bắc) and Đ (Đông) behind or left out."""
    six = _SIX.fullmatch(" ".join(words.split()))
    if six:
        parts = [_decimal(one) for one in six.groups()]
        return _of_pair(_degrees(*parts[:3]), _degrees(*parts[3:]))
    found = list(_DMS.finditer(words))
    if len(found) != 2:
        return None
    rest = words[: found[0].start()] + words[found[0].end() : found[1].start()] + words[found[1].end() :]
    if any(letter.isalnum() for letter in _COORDINATE_WORDS.sub("", fold(rest))):
        return None
    values = [_degrees(*(_decimal(part or "0") for part in one.groups()[:3])) for one in found]
    return _of_pair(*values)


def _degrees(degrees: float, minutes: float, seconds: float) -> float:
    return degrees + minutes / 60 + seconds / 3600


def parcel_number(tokens: Sequence[Token]) -> ParcelNumber | None:
    """The parcel that `tokens` name by sheet and number in either order, None where they do not."""
    words = _words(tokens)
    short = _SHORT_PARCEL.search(words) if any(one.text == "tờ" for one in tokens) or "to ban do" in words else None
    parcel = _PARCEL.search(words) or short
    if parcel is None:
        return None
    # "tổ 5" folds to the same as "tờ 5": the one written as a sheet counts, else the one nearest to the parcel.
    sheets = [one for one in _SHEET.finditer(words) if one.end() <= parcel.start() or one.start() >= parcel.end()]
    sheets.sort(key=lambda one: (not _is_sheet(tokens, words, one.start()), abs(one.start() - parcel.start())))
    sheet = sheets[0] if sheets else None
    taken = [one.span() for one in (parcel, sheet) if one]
    number, of_sheet = parcel[1], sheet[1] if sheet else ""
    if not of_sheet and "/" in number:
        number, _, of_sheet = number.partition("/")
    return ParcelNumber(of_sheet, number, _outside(tokens, words, taken))


def forest_lot(tokens: Sequence[Token]) -> ForestLot | None:
    """The forest lot that `tokens` name, None where they name none."""
    words = _words(tokens)
    found = [pattern.search(words) for pattern in (_COMPARTMENT, _SUBCOMPARTMENT, _PLOT)]
    if found[0] is None or (found[1] is None and found[2] is None and len(words.split()) > 4):
        return None
    compartment, subcompartment, plot = (one[1] if one else "" for one in found)
    return ForestLot(compartment, subcompartment, plot)


def _words(tokens: Sequence[Token]) -> str:
    return " ".join(one.folded for one in tokens)


def _is_sheet(tokens: Sequence[Token], words: str, start: int) -> bool:
    place = words[:start].count(" ")
    return tokens[place].text != "tổ" and (tokens[place].text == "tờ" or words.startswith("to ban do", start))


def _outside(tokens: Sequence[Token], words: str, taken: Sequence[tuple[int, int]]) -> tuple[Token, ...]:
    starts = [0]
    for one in tokens[:-1]:
        starts.append(starts[-1] + len(one.folded) + 1)
    return (
        tuple(token for token, start in zip(tokens, starts, strict=False) if not any(a <= start < b for a, b in taken))
        if words
        else ()
    )
