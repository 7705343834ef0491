"""What a text may mean: which of its words name the street, the ward and the city, and what the rest says.

Every reading has a cost, the sum of what had to be assumed; the cheapest reading explains the text best.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from gis_core.addresses.folding import fold, toned
from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.misspelt import misspelt_places, misspelt_streets, misspelt_wards, nearly_own
from gis_core.addresses.names import Elsewhere, Place, Street, StreetName, Ward
from gis_core.addresses.premises import Premises, premises
from gis_core.addresses.runs import Run, runs
from gis_core.addresses.tokens import ALLEY_LABELS, GROUP_LABELS, HOUSE_LABELS, ROAD_LABELS, Token

SURE = 0.3
"""A reading that costs less leaves nothing to guess: misspellings are looked for only beyond it."""
WORD_UNEXPLAINED = 0.8
COSTS = {"name": 0.0, "alias": 0.05, "date": 0.02, "initials": 0.35}
TWO_INITIALS = 1.2
TONE_DIFFERS = 0.12
NUMBER_ALONE = 0.25
LEAD_WORD, MOST_LEAD = 0.12, 5
ELSEWHERE = 0.3
_BESIDE_NUMBER = HOUSE_LABELS | ALLEY_LABELS.keys() | ROAD_LABELS | frozenset("abcdefghk") | {"lo"}


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens `start` to `end` (exclusive) as the name of something, and what it costs to take them for it."""

    start: int
    end: int
    cost: float
    kind: str

    def meets(self, other: "Span") -> bool:
        """Whether the two share a token."""
        return self.start < other.end and other.start < self.end

    def holds(self, other: "Span") -> bool:
        """Whether `other` is a part of this one, and not the whole."""
        return self.start <= other.start and other.end <= self.end and self.end - self.start > other.end - other.start


@dataclass(frozen=True, slots=True)
class StreetSpan(Span):
    """Tokens that name a street; `edits`: letters that had to be changed."""

    street: Street
    edits: int = 0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class WardSpan(Span):
    """Tokens that name one or several wards; not `sure` without a word like "phường"."""

    wards: tuple[Ward, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class AreaSpan(Span):
    """Tokens that name the own city, province or country, or a town elsewhere; `last`: a single word at the end."""

    elsewhere: Elsewhere | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of the text. `wards`: groups of wards, of each of which one is meant."""

    cost: float
    premises: Premises
    street: StreetSpan | None = None
    wards: tuple[WardSpan, ...] = ()
    place: Place | None = None
    place_edits: int = 0
    elsewhere: Elsewhere | None = None
    says_road: bool = False


def readings(tokens: Sequence[Token], known: Gazetteer, *, misspelt: bool = True) -> list[Reading]:
    """The readings of `tokens`, cheapest first, one for each street or place; empty where nothing is known of it.

    `misspelt` False leaves out names with wrong letters.
    """
    parts = list(runs(tokens))
    streets, wards = _street_spans(tokens, parts, known), _ward_spans(parts, known)
    areas = list(_area_spans(tokens, parts, known))
    found = _readings(tokens, streets, wards, areas)
    found += _place_readings(tokens, _places(parts, known), areas, wards)
    if misspelt and min((one.cost for one in found), default=9.0) > SURE:
        more_wards = wards + [WardSpan(*one) for one in misspelt_wards(tokens, known)]
        sure = [one for one in wards if one.sure]
        near = [StreetSpan(*one) for one in misspelt_streets(tokens, known)]
        streets += [one for one in near if not any(one.meets(ward) for ward in sure)]
        found += _readings(tokens, streets, more_wards, areas)
        found += _place_readings(tokens, misspelt_places(tokens, known), areas, wards)
    return _best_of_each(found)


def _best_of_each(found: list[Reading]) -> list[Reading]:
    best: dict[object, Reading] = {}
    for one in sorted(found, key=lambda one: one.cost):
        best.setdefault((one.street.street if one.street else None, one.place, one.premises.number), one)
    return list(best.values())


def _readings(
    tokens: Sequence[Token], streets: Sequence[StreetSpan], wards: Sequence[WardSpan], areas: Sequence[AreaSpan]
) -> list[Reading]:
    """The cheapest reading with each of `streets`, and the one with none."""
    return [_reading(tokens, areas, street, wards) for street in (*streets, None)]


def _reading(
    tokens: Sequence[Token], areas: Sequence[AreaSpan], street: StreetSpan | None, wards: Sequence[WardSpan]
) -> Reading:
    """The cheapest reading with that street (or with none)."""
    taken: list[Span] = [street] if street else []
    free = [one for one in wards if not any(one.meets(span) for span in taken)]
    options = [_completed(tokens, areas, street, chosen) for chosen in _ward_choices(free)]
    return min(options, key=lambda one: one.cost)


def _ward_choices(wards: Sequence[WardSpan]) -> Iterator[tuple[WardSpan, ...]]:
    """No ward, each ward, and two wards that do not share a word (the old and the new one)."""
    longest = [one for one in wards if not any(other.holds(one) and other.sure >= one.sure for other in wards)]
    yield ()
    yield from ((one,) for one in longest)
    yield from (pair for pair in combinations(longest[:6], 2) if not pair[0].meets(pair[1]))


def _completed(
    tokens: Sequence[Token], areas: Sequence[AreaSpan], street: StreetSpan | None, wards: tuple[WardSpan, ...]
) -> Reading:
    taken: list[Span] = [*([street] if street else []), *wards]
    admin, elsewhere = _admin(areas, taken, has_name=bool(street or wards))
    lead = _lead(tokens, street, [*taken, *admin]) if street else ()
    rest = _rest(tokens, [*taken, *admin, *lead])
    said = premises(rest)
    says_road = street is not None and street.start > 0 and _is_road_word(tokens, street.start - 1)
    cost = sum(one.cost for one in (*taken, *admin, *lead)) + WORD_UNEXPLAINED * said.unexplained
    if street is None and said.number:
        # "3/2" may be a house whose street was left out; "đường 3/2" may not.
        cost += 1.0 if any(one.label in ROAD_LABELS for one in rest) else NUMBER_ALONE
    cost += 0.05 if said.number and street and not _beside(tokens, street, rest) else 0.0
    return Reading(cost, said, street, wards, elsewhere=elsewhere, says_road=says_road)


def _lead(tokens: Sequence[Token], street: StreetSpan, taken: Sequence[Span]) -> tuple[Span, ...]:
    """The words before the house number that stands before the street: the name of a shop, as a rule."""
    start = street.start
    while start > 0 and (tokens[start - 1].is_number or tokens[start - 1].label in _BESIDE_NUMBER):
        start -= 1
    words = [place for place in range(start) if not any(one.start <= place < one.end for one in taken)]
    if not words or start == street.start or not any(one.is_number for one in tokens[start : street.start]):
        return ()
    if any(tokens[place].is_number or tokens[place].label in GROUP_LABELS for place in words):
        return ()
    costs = [LEAD_WORD * (order < MOST_LEAD) for order in range(len(words))]
    return tuple(Span(place, place + 1, cost, "lead") for place, cost in zip(words, costs, strict=True))


def _is_road_word(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place].label in ROAD_LABELS


def _beside(tokens: Sequence[Token], street: StreetSpan, rest: Sequence[Token]) -> bool:
    """Whether what is left stands next to the street, before or behind it."""
    around = [tokens[place] for place in (street.start - 1, street.end) if 0 <= place < len(tokens)]
    return any(one.text == other.text for one in around for other in rest)


def _rest(tokens: Sequence[Token], taken: Sequence[Span]) -> list[Token]:
    rest: list[Token] = []
    gap = False
    for place, token in enumerate(tokens):
        if any(one.start <= place < one.end for one in taken):
            gap = True
        else:
            rest.append(replace(token, after_mark=True) if gap else token)
            gap = False
    return rest


def _street_spans(tokens: Sequence[Token], parts: Sequence[Run], known: Gazetteer) -> list[StreetSpan]:
    found: list[StreetSpan] = []
    for one in parts:
        for name in known.phrases.get(one.folded, ()):
            found += _street_span(tokens, one.start, one.end, name)
    found += _spelt_initials(parts, known)
    longest = [one for one in found if not any(other.holds(one) and other.cost <= one.cost + 0.1 for other in found)]
    exact = {(one.start, one.end) for one in longest if one.exact}
    # Typed with its marks a name is that name, and not another that differs in the marks.
    return [one for one in longest if one.exact or (one.start, one.end) not in exact]


def _street_span(tokens: Sequence[Token], start: int, end: int, name: StreetName) -> Iterator[StreetSpan]:
    if name.kind == "initials":
        if end - start == 1 and not tokens[start].is_number:
            cost = COSTS["initials"] if len(name.key) > 2 else TWO_INITIALS
            yield StreetSpan(start, end, cost, "initials", name.street)
        return
    typed = " ".join(one.text for one in tokens[start:end])
    differing = tone_differences(typed, name.toned) if name.toned else 0
    exact = name.kind == "name" and not typed.isascii() and toned(typed) == name.toned
    yield StreetSpan(start, end, COSTS[name.kind] + TONE_DIFFERS * differing, name.kind, name.street, exact=exact)


def tone_differences(typed: str, name: str) -> int:
    """How many syllables were `typed` with marks other than those of the toned `name`; without marks says nothing."""
    pairs = zip(typed.split(), name.split(), strict=False)
    return sum(not one.isascii() and toned(one) != other for one, other in pairs)


def _spelt_initials(parts: Sequence[Run], known: Gazetteer) -> Iterator[StreetSpan]:
    """Streets named by letters with dots or spaces between them: `N.T.M.K`."""
    for one in parts:
        letters = one.folded[::2]
        if len(letters) > 2 and letters.isalpha() and not one.folded[1::2].strip():
            for name in known.phrases.get(letters, ()):
                yield StreetSpan(one.start, one.end, COSTS["initials"], "initials", name.street)


def _ward_spans(parts: Sequence[Run], known: Gazetteer) -> list[WardSpan]:
    found: list[WardSpan] = []
    for one in parts:
        for words in {one.folded, one.meant} & known.wards.keys():
            for sure, cost in ((True, 0.0), (False, 0.08)):
                meant = tuple(dict.fromkeys(ward for ward, certain in known.wards[words] if certain is sure))
                if meant:
                    found.append(WardSpan(one.start, one.end, cost, "ward", meant, sure))
    return found


def _area_spans(tokens: Sequence[Token], parts: Sequence[Run], known: Gazetteer) -> Iterator[AreaSpan]:
    """The runs of tokens that may name a city, a province or the country, the longest first."""
    for one in sorted(parts, key=lambda one: one.start - one.end):
        start, end, words = one.start, one.end, one.meant
        if words in known.own or one.folded in known.own:
            yield AreaSpan(start, end, 0.0, "city")
        elif nearly_own(tokens, start, end, known):
            yield AreaSpan(start, end, 0.05, "city")
        elif (away := _town_elsewhere(tokens, start, end, words, known)) is not None:
            yield AreaSpan(start, end, ELSEWHERE, "city", away, end - start == 1)


def _admin(
    areas: Sequence[AreaSpan], taken: Sequence[Span], *, has_name: bool
) -> tuple[list[AreaSpan], Elsewhere | None]:
    """The words for city, province and country that are free, and the town elsewhere that is named."""
    found: list[AreaSpan] = []
    for one in areas:
        if (has_name or not one.last) and not any(one.meets(other) for other in (*taken, *found)):
            found.append(one)
    return found, next((one.elsewhere for one in found if one.elsewhere), None)


def _town_elsewhere(tokens: Sequence[Token], start: int, end: int, words: str, known: Gazetteer) -> Elsewhere | None:
    """The province or district elsewhere that the tokens name; a single word must stand at the end, after a comma."""
    found = known.elsewhere.get(words, ())
    last = tokens[start].after_mark and end == len(tokens)
    if found and (end - start > 1 or last):
        return found[0]
    # There are no urban districts in this province: whoever names one means another.
    district = tokens[start].text == "quận" or (tokens[start].folded in ("q", "quan") and tokens[start].after_mark)
    if district and end - start in (2, 3) and (end == len(tokens) or tokens[end].after_mark):
        return Elsewhere(" ".join(one.text for one in tokens[start:end]), "")
    return None


def _places(parts: Sequence[Run], known: Gazetteer) -> Iterator[tuple[int, int, Place, int]]:
    for one in parts:
        for place in known.places.get(one.folded, ()):
            yield one.start, one.end, place, 0


def _place_readings(
    tokens: Sequence[Token],
    places: Iterator[tuple[int, int, Place, int]],
    areas: Sequence[AreaSpan],
    wards: Sequence[WardSpan],
) -> list[Reading]:
    found = []
    for start, end, place, edits in places:
        span = Span(start, end, 0.1 + 0.45 * edits, "place")
        free = [one for one in wards if not one.meets(span)][:1]
        admin, elsewhere = _admin(areas, [span, *free], has_name=True)
        said = premises(_rest(tokens, [span, *free, *admin]))
        typed = " ".join(one.text for one in tokens[start:end])
        tones = 0 if edits else tone_differences(typed, toned(" ".join(place.name.split())))
        # A number in front of a place's name speaks for a street of that name.
        lost = said.unexplained + (1 if said.number else 0)
        cost = span.cost + WORD_UNEXPLAINED * lost + TONE_DIFFERS * tones
        found.append(Reading(cost, said, wards=tuple(free), place=place, place_edits=edits, elsewhere=elsewhere))
    return found


def mentions_alley(tokens: Sequence[Token]) -> bool:
    """Whether a word for alley is among `tokens`."""
    return any(one.label in ALLEY_LABELS and fold(one.text) != "h" for one in tokens)
