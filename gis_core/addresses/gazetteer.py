"""The names of the city in memory: a few thousand, looked up by folded words; loaded anew when a layer changes.

Only names are kept, never houses: those are looked up in the layer itself, so that no index can be stale.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gis_core.addresses.folding import fold, toned, visible
from gis_core.addresses.house_number import key as number_key
from gis_core.addresses.names import (
    Commune,
    Elsewhere,
    Place,
    Street,
    StreetName,
    Ward,
    street_key,
    street_names,
    ward,
    ward_phrases,
)
from gis_core.addresses.near_names import NearNames
from gis_core.addresses.tokens import LABELS

_ALLEY_WORDS = ("hem", "ngo", "ngach", "kiet")
_DISTRICT_WORDS = {
    "thanh pho": ("thanh pho", "tp"), "thi xa": ("thi xa", "tx"), "huyen": ("huyen", "h"), "quan": ("quan", "q"),
}  # fmt: skip
_COUNTRY = ("viet nam", "vietnam", "vn")


@dataclass(frozen=True, slots=True)
class Rows:
    """What the gazetteer is made of, as read by `gis_core.addresses.loading`."""

    houses: Sequence[tuple[str, str | None, str | None, int]] = ()
    roads: Sequence[str] = ()
    wards: Sequence[Mapping[str, Any]] = ()
    places: Sequence[tuple[str, int, str, str]] = ()
    aliases: Sequence[tuple[str, str, str]] = ()
    units: Sequence[Mapping[str, Any]] = ()


@dataclass
class Gazetteer:
    """Names by their folded words. `phrases`, `wards`, `places`, `own` and `elsewhere` are asked with words joined."""

    streets: list[Street]
    phrases: dict[str, list[StreetName]]
    wards: dict[str, list[tuple[Ward, bool]]]
    ward_by_code: dict[tuple[str, str], Ward]
    places: dict[str, list[Place]]
    own: frozenset[str]
    elsewhere: dict[str, list[Elsewhere]]
    communes: list[Commune]
    alleys: dict[tuple[str, str], str]
    rejected: frozenset[str] = frozenset()
    prefixes: list[tuple[str, StreetName]] = field(default_factory=list)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The folded words that names of this city and labels are made of, and how names of streets begin.

        That is the first word with its marks and the second folded: `ngô quyen`.
        """
        words = {word for known in (self.phrases, self.wards, self.places) for key in known for word in key.split()}
        admin = {word for known in (self.own, self.elsewhere) for key in known for word in key.split()}
        beginnings = {
            f"{one.toned.split()[0]} {one.key.split()[1]}"
            for names in self.phrases.values() for one in names
            if one.kind == "name" and " " in one.key and " " in one.toned
        }  # fmt: skip
        return frozenset({one for one in words | admin if len(one) > 1} | LABELS | beginnings)

    @cached_property
    def near_streets(self) -> NearNames[StreetName]:
        """The names of streets that may be misspelt: initials and numbers may not."""
        return NearNames((key.replace(" ", ""), one) for key, names in self.phrases.items() for one in names
                         if one.kind != "initials" and any(letter.isalpha() for letter in key))  # fmt: skip

    @cached_property
    def near_wards(self) -> NearNames[Ward]:
        """The names of wards that may be misspelt: those with their type."""
        return NearNames((key.replace(" ", ""), one) for key, found in self.wards.items() for one, sure in found
                         if sure and len(key) > 5)  # fmt: skip

    @cached_property
    def near_places(self) -> NearNames[Place]:
        """The names of places."""
        return NearNames((key.replace(" ", ""), one) for key, found in self.places.items() for one in found)

    @cached_property
    def own_compact(self) -> list[str]:
        """The names of the own city and province without spaces, those of several words."""
        return [one.replace(" ", "") for one in self.own if " " in one]

    @cached_property
    def by_last_word(self) -> dict[str, list[StreetName]]:
        """Street names of several words by their last word."""
        found: dict[str, list[StreetName]] = defaultdict(list)
        for names in self.phrases.values():
            for one in names:
                if one.kind in ("name", "alias") and " " in one.key and all(word.isalpha() for word in one.key.split()):
                    found[one.key.split()[-1]].append(one)
        return found

    def successor_of(self, old: Ward) -> Ward | None:
        """The ward that `old` has become part of, None where it is not known."""
        return self.ward_by_code.get((old.successor or "", "new"))


def build(rows: Rows) -> Gazetteer:
    """The gazetteer of the names in `rows`."""
    city, own = _own_names(rows)
    wards, by_code = _wards(rows, city)
    streets, alleys = _streets(rows, _right_names(rows))
    rejected = frozenset(
        street_key(name) for name, alias, status in rows.aliases if status == "rejected" and name == alias
    )
    phrases = _phrases(streets.values(), rows.aliases, rejected)
    places = _grouped(
        ((fold(_named(name)), Place(layer, number, name, kind)) for layer, number, name, kind in rows.places)
    )
    prefixes = sorted(((key, one) for key, names in phrases.items() for one in names), key=lambda pair: pair[0])
    return Gazetteer(
        list(streets.values()),
        phrases,
        wards,
        by_code,
        places,
        own,
        _elsewhere(rows, own),
        _communes(rows),
        alleys,
        rejected,
        prefixes,
    )


def _named(name: str) -> str:
    """`name` without what it says of itself in brackets, unless it says nothing else."""
    return visible(name.partition("(")[0]) or visible(name)


def _grouped[Found](pairs: Iterable[tuple[str, Found]]) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = defaultdict(list)
    for key, one in pairs:
        words = " ".join("".join(letter if letter.isalnum() or letter == "/" else " " for letter in key).split())
        if words:
            found[words].append(one)
    return dict(found)


def _streets(rows: Rows, right: Mapping[str, str]) -> tuple[dict[str, Street], dict[tuple[str, str], str]]:
    """Streets by toned name, and the lines of alleys by (street key, number key).

    What the layers spell in several ways (`right` tells the right one by the toned other) is one street.
    """
    streets: dict[str, Street] = {}
    alleys: dict[tuple[str, str], str] = {}

    def street(name: str) -> Street:
        known = right.get(toned(visible(name)), visible(name))
        one = streets.setdefault(toned(known), Street(known))
        one.spellings.add(name)
        return one

    for name, new, old, count in rows.houses:
        wards = street(name).wards
        wards[new, old] = wards.get((new, old), 0) + count
    for name in rows.roads:
        word, _, rest = visible(name).partition(" ")
        path, _, of = rest.partition(" ")
        if fold(word) in _ALLEY_WORDS and path[:1].isdigit() and of:
            alleys[street_key(of), number_key(path)] = name
        else:
            street(name).lines.add(name)
    return streets, alleys


def _phrases(
    streets: Iterable[Street], aliases: Sequence[tuple[str, str, str]], rejected: frozenset[str]
) -> dict[str, list[StreetName]]:
    same = _same_names(aliases)
    found: dict[str, list[StreetName]] = defaultdict(list)
    for street in streets:
        others = {alias for alias in same.get(toned(street.name), ()) if toned(alias) != toned(street.name)}
        if street.key in rejected and not street.houses:
            continue
        for name in street_names(street, others):
            if all(known.street is not street for known in found[name.key]):
                found[name.key].append(name)
    return {key: names for key, names in found.items() if names}


def _right_names(rows: Rows) -> dict[str, str]:
    """The name of the street by each toned name that is known to mean it alone; of streets in the layers only."""
    stored = {toned(visible(name)) for name in (*(one[0] for one in rows.houses), *rows.roads)}
    right = {toned(visible(name)): visible(name) for name, _, status in rows.aliases if status == "verified"}
    meant: dict[str, set[str]] = defaultdict(set)
    for name, alias, status in rows.aliases:
        if status == "verified" and toned(visible(alias)) not in right and toned(visible(name)) in stored:
            meant[toned(visible(alias))].add(visible(name))
    return {alias: next(iter(names)) for alias, names in meant.items() if len(names) == 1}


def _same_names(aliases: Sequence[tuple[str, str, str]]) -> dict[str, set[str]]:
    """For each toned name all names that mean the same street, whichever of them the city's layers use."""
    groups: dict[str, set[str]] = defaultdict(set)
    for name, alias, status in aliases:
        if status != "rejected":
            groups[name] |= {name, alias}
    return {toned(visible(one)): group for group in groups.values() for one in group}


def _own_names(rows: Rows) -> tuple[str, frozenset[str]]:
    """The folded name of the city, and all ways to name city, province and country, which tell nothing new."""
    districts: dict[str, int] = defaultdict(int)
    for one in rows.wards:
        if one["former_district"]:
            districts[one["former_district"]] += 1
    codes = {one["province_code"] for one in rows.wards if one["province_code"]}
    provinces = {one["name"] for one in rows.units if not one["district"] and one["code"] in codes}
    city = max(districts, key=lambda name: districts[name], default="")
    own = {phrase for name in districts for phrase in _area_phrases(name, initials=True)}
    own |= {phrase for name in provinces for phrase in _area_phrases(name, initials=True)}
    return _area_core(city), frozenset(own | set(_COUNTRY))


def _area_core(name: str) -> str:
    words = fold(visible(name))
    for word in (*_DISTRICT_WORDS, "tinh"):
        if words.startswith(word + " "):
            return words.removeprefix(word + " ")
    return words


def _area_phrases(name: str, *, initials: bool = False) -> Iterator[str]:
    core, words = _area_core(name), fold(visible(name))
    types: tuple[str, ...] = ("tinh", "t", "tp", "thanh pho")
    for word, shorts in _DISTRICT_WORDS.items():
        if words.startswith(word + " "):
            types = shorts
    for one in (core, *(["".join(word[0] for word in core.split())] if initials and " " in core else [])):
        yield one
        yield from (f"{word} {one}" for word in (*types, "tp"))


def _wards(rows: Rows, city: str) -> tuple[dict[str, list[tuple[Ward, bool]]], dict[tuple[str, str], Ward]]:
    successors = {(one["code"], one["period"]): one["successor_code"] for one in rows.units}
    by_code: dict[tuple[str, str], Ward] = {}
    for one in rows.wards:
        period = one["period"]
        successor = one["successor_code"] or successors.get((one["code"], period)) or None
        by_code[one["code"], period] = ward(one["code"], visible(one["name"]), one["level"], period, successor, city)
    return _grouped(
        (phrase, (one, sure)) for one in by_code.values() for phrase, sure in ward_phrases(one, city)
    ), by_code


def _communes(rows: Rows) -> list[Commune]:
    """The communes in the table of units that are no wards of the city."""
    own = {(one["code"], one["period"]) for one in rows.wards}
    new = {one["code"]: one["name"] for one in rows.units if one["period"] == "new"}
    found = []
    for one in rows.units:
        if len(one["code"]) == 5 and (one["code"], one["period"]) not in own:
            after = one["successor_code"] or one["code"]
            core = ward(one["code"], one["name"], None, one["period"], after, "").core
            apostrophes = str.maketrans("", "", "'’")
            found.append(
                Commune(
                    one["code"], one["name"], one["district"], one["province"], one["period"],
                    core.translate(apostrophes), after, new.get(after, one["name"]),
                )
            )  # fmt: skip
    return found


def _elsewhere(rows: Rows, own: frozenset[str]) -> dict[str, list[Elsewhere]]:
    """Provinces and districts that are not the city's own, by the ways to write them."""
    found: dict[str, dict[str, Elsewhere]] = defaultdict(dict)
    areas = {one["name"]: one["province"] for one in rows.units if len(one["code"]) < 5}
    for name, province in areas.items():
        for phrase in _area_phrases(name, initials=True):
            # Initials of two letters mean too many things.
            if phrase not in own and not phrase[-1:].isdigit() and (len(phrase) > 2 or not phrase.isascii()):
                found[phrase].setdefault(name, Elsewhere(name, province))
    return {key: list(names.values()) for key, names in found.items()}
