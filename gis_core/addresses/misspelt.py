"""Names with letters wrong, missing, added or swapped, with words shortened, or with words left out."""

from collections.abc import Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.names import Place, Street, StreetName, Ward
from gis_core.addresses.tokens import ROAD_LABELS, Token

EDIT = 0.45
SPACING = 0.15
SHORTENED = 0.12
WORDS_LEFT_OUT = 0.55
_LONGEST_RUN = 8
_MOST_RUNS = 40


def misspelt_streets(tokens: Sequence[Token], known: Gazetteer) -> Iterator[tuple[int, int, float, str, Street, int]]:
    """Runs of tokens that name a street nearly, as the fields of a `StreetSpan`."""
    for start, end in _runs(tokens):
        typed = "".join(one.folded for one in tokens[start:end])
        for name, edits in known.near_streets.nearest(typed):
            # No edit at all: only the spaces stand elsewhere.
            cost = EDIT * edits * _weight(len(typed)) + (0.01 if edits else SPACING)
            yield start, end, cost, "misspelt", name.street, max(edits, 1)
        yield from _shortened(tokens, start, end, known)


def misspelt_wards(
    tokens: Sequence[Token], known: Gazetteer
) -> Iterator[tuple[int, int, float, str, tuple[Ward, ...], bool]]:
    """Runs of tokens that name a ward nearly, as the fields of a `WardSpan`."""
    for start, end in _runs(tokens, whole_numbers=True):
        typed = "".join(one.folded for one in tokens[start:end])
        if len(typed) < 5:
            continue
        near = [(ward, edits) for ward, edits in known.near_wards.nearest(typed) if edits <= 2]
        if near:
            least = min(edits for _, edits in near)
            wards = tuple(dict.fromkeys(ward for ward, edits in near if edits == least))
            yield start, end, 0.12 + 0.2 * least, "ward", wards, True


def misspelt_places(tokens: Sequence[Token], known: Gazetteer) -> Iterator[tuple[int, int, Place, int]]:
    """Runs of tokens that name a place nearly."""
    for start, end in _runs(tokens, longest=12):
        typed = "".join(one.folded for one in tokens[start:end])
        if len(typed) > 5:
            yield from ((start, end, place, edits) for place, edits in known.near_places.nearest(typed) if edits)


def nearly_own(tokens: Sequence[Token], start: int, end: int, known: Gazetteer) -> bool:
    """Whether the tokens name the own city or province with one letter wrong."""
    run = tokens[start:end]
    if end - start > 3 or all(one.folded in known.vocabulary for one in run) or any(one.is_number for one in run):
        return False
    typed = "".join(one.folded for one in run)
    if len(typed) < 4:
        return False
    return process.extractOne(typed, known.own_compact, scorer=OSA.distance, score_cutoff=1) is not None


def _weight(letters: int) -> float:
    """An edit weighs more in a short name."""
    return 1.5 if letters < 6 else 1.15 if letters < 9 else 1.0


def _runs(
    tokens: Sequence[Token], longest: int = _LONGEST_RUN, *, whole_numbers: bool = False
) -> Iterator[tuple[int, int]]:
    """Runs of tokens with no mark within, in which a name may hide; the longest first, not too many."""
    found = []
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + longest) + 1):
            if end - start > 1 and tokens[end - 1].after_mark:
                break
            run = tokens[start:end]
            if any(not one.is_number and len(one.folded) > 1 for one in run) and (whole_numbers or _may_begin(run[0])):
                found.append((start, end))
    yield from sorted(found, key=lambda pair: pair[0] - pair[1])[: _MOST_RUNS * 2]


def _may_begin(token: Token) -> bool:
    return not token.folded[:1].isdigit() or "/" not in token.folded


def _shortened(
    tokens: Sequence[Token], start: int, end: int, known: Gazetteer
) -> Iterator[tuple[int, int, float, str, Street, int]]:
    """Names of which words are shortened (`Ng T Minh Khai`) or the first are left out (`Minh Khai`)."""
    words = [one.folded for one in tokens[start:end]]
    if len(words) < 2 or words[0] in ROAD_LABELS - {"d"} or any(one.is_number for one in tokens[start:end]):
        return
    for name in known.by_last_word.get(words[-1], ()):
        cost = _cost_of_shortening(words, name)
        if cost is not None:
            yield start, end, cost, "shortened", name.street, 0


def _cost_of_shortening(words: list[str], name: StreetName) -> float | None:
    full = name.key.split()
    if len(words) == len(full):
        pairs = list(zip(words, full, strict=True))
        if all(long.startswith(short) for short, long in pairs):
            return 0.15 + SHORTENED * sum(short != long for short, long in pairs)
        return None
    return WORDS_LEFT_OUT if len(words) < len(full) and full[-len(words) :] == words else None
