"""What a text that is still being typed may become."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis_core.addresses import found
from gis_core.addresses.answers import ward_reference
from gis_core.addresses.explain import LEVELS, house_label
from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.house_number import key
from gis_core.addresses.loading import gazetteer
from gis_core.addresses.names import Street
from gis_core.addresses.premises import premises
from gis_core.addresses.readings import Reading, readings
from gis_core.addresses.search import MOST_TOKENS, checked_text
from gis_core.addresses.tokens import ROAD_LABELS, Token, tokens
from gis_core.db import Identity

Suggestion = dict[str, Any]

_STARTING = text(
    f"""
    select {found.HOUSE_COLUMNS} from city.house_numbers h
     where h.street_name = any (cast(:streets as text[])) and h.status = 'hien_hanh'
       and platform.house_key(h.house_number, h.alley_path) collate "C" >= :first
       and platform.house_key(h.house_number, h.alley_path) collate "C" < :last
     order by platform.house_key(h.house_number, h.alley_path) collate "C" limit :limit
    """
)


def suggest(
    connection: Connection, who: Identity, words: str, *, limit: int = 8, language: str = "vi"
) -> dict[str, list[Suggestion]]:
    """Up to `limit` texts that `words` may become, the likeliest first. Raises `BadRequest` for a text that is none."""
    known = gazetteer(connection, who)
    cut = tokens(checked_text(words), known.vocabulary)[:MOST_TOKENS]
    made: dict[str, Suggestion] = {}
    for one in _suggestions(connection, known, cut, limit, language):
        made.setdefault(one["text"], one)
        if len(made) >= limit:
            break
    return {"suggestions": list(made.values())}


def _suggestions(
    connection: Connection, known: Gazetteer, cut: Sequence[Token], limit: int, language: str
) -> Iterator[Suggestion]:
    meant = [one for one in readings(cut, known, misspelt=False) if one.street is not None and one.cost < 0.9][:3]
    for reading in meant:
        yield from _houses(connection, known, reading, limit, language)
    number, started = _started(cut)
    streets = _streets(known, started)[:limit]
    if number and streets:
        names = sorted({name for street in streets for name in street.spellings})
        yield from (_house(row, known, language) for row in _rows(connection, names, number, limit, exact=True))
    yield from (_street(street, language) for street in streets)
    if not number:
        yield from _others(known, started, language)
    if not meant and not streets:
        near = [one for one in readings(cut, known) if one.street is not None][:3]
        for reading in near:
            yield from _houses(connection, known, reading, limit, language)


def _houses(
    connection: Connection, known: Gazetteer, reading: Reading, limit: int, language: str
) -> Iterator[Suggestion]:
    """The houses of the street read whose numbers begin with the one typed, then the street itself."""
    street = reading.street.street if reading.street else None
    if street is None:
        return
    if reading.premises.number:
        rows = _rows(connection, sorted(street.spellings), reading.premises.number, limit)
        yield from (_house(row, known, language) for row in rows)
    yield _street(street, language)


def _rows(
    connection: Connection, streets: list[str], number: str, limit: int, *, exact: bool = False
) -> list[dict[str, Any]]:
    """The houses with `number`, and those whose numbers go on after it: `83` has `83A` and `83/2`."""
    asked = key(number)
    # "~" comes after every letter and digit that a key may hold.
    values = {"streets": streets, "first": asked, "last": asked + ("!" if exact else "~"), "limit": limit}
    return [dict(row) for row in connection.execute(_STARTING, values).mappings()]


def _started(cut: Sequence[Token]) -> tuple[str, list[str]]:
    """The number at the beginning, and the folded words of the name that is being typed behind it."""
    words = [one for one in cut if one.label not in ROAD_LABELS]
    numbers = next(
        (place for place, one in enumerate(words) if not one.is_number and one.label not in ("so", "hem")), None
    )
    if numbers is None:
        return "", [one.folded for one in words]
    return premises(words[:numbers]).number, [one.folded for one in words[numbers:]]


def _streets(known: Gazetteer, started: Sequence[str]) -> list[Street]:
    """Streets whose name begins with the words typed, or has a word that does; the ones with most houses first."""
    typed = " ".join(started)
    if not typed:
        return []
    place = bisect_left(known.prefixes, typed, key=lambda pair: pair[0])
    first: dict[Street, None] = {}
    while place < len(known.prefixes) and known.prefixes[place][0].startswith(typed):
        first.setdefault(known.prefixes[place][1].street)
        place += 1
    ordered = sorted(first, key=lambda one: (not one.key.startswith(typed), -one.houses, one.key))
    if len(ordered) < 8 and len(typed) > 1:
        inner = [one for one in known.streets if f" {typed}" in one.key and one not in first]
        ordered += sorted(inner, key=lambda one: (-one.houses, one.key))
    return ordered


def _others(known: Gazetteer, started: Sequence[str], language: str) -> Iterator[Suggestion]:
    """Wards and places whose names begin with the words typed."""
    typed = " ".join(started)
    if not typed:
        return
    for phrase, wards in known.wards.items():
        if phrase.startswith(typed):
            yield from (_plain(ward.name, "ward", language, None) for ward, _ in wards)
    for phrase, places in known.places.items():
        if phrase.startswith(typed):
            yield from (_plain(one.name, "place", language, f"{one.layer}/{one.id}") for one in places)


def _plain(name: str, level: str, language: str, thing: str | None) -> Suggestion:
    return {"text": name, "detail": LEVELS[level][language], "match_level": level, "id": thing, "point": None}


def _street(street: Street, language: str) -> Suggestion:
    return _plain(street.name, "street", language, None)


def _house(row: dict[str, Any], known: Gazetteer, language: str) -> Suggestion:
    ward = ward_reference(known, row["ward_code"], "new")
    return {
        "text": house_label(row["house_number"], row["street_name"], ward["name"] if ward else None),
        "detail": LEVELS["house"][language],
        "match_level": "house",
        "id": f"house_numbers/{row['id']}",
        "point": [round(row["lon"], found.DIGITS), round(row["lat"], found.DIGITS)],
    }
