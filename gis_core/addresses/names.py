"""The names an address is made of: streets, wards old and new, places, and towns elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from gis_core.addresses.folding import fold, toned
from gis_core.addresses.number_words import day_and_month, number_of, spellings

NameKind = Literal["name", "alias", "date", "initials"]
Period = Literal["old", "new"]

_ROAD_WORDS = ("đường ", "duong ", "phố ")
_ABBREVIATED = (("quoc lo", "ql"), ("duong tinh", "dt"), ("tinh lo", "tl"), ("khu quy hoach", "kqh"))
_TYPE_WORDS = {
    "phuong": ("phuong", "p", "f", "ph", "phg"),
    "xa": ("xa", "x"),
    "thi tran": ("thi tran", "tt"),
    "dac khu": ("dac khu",),
}


@dataclass(eq=False, slots=True)
class Street:
    """A street with every spelling of its name in the layers and the (new, old) wards in which it has houses."""

    name: str
    spellings: set[str] = field(default_factory=set)
    wards: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)
    key: str = field(init=False)
    """Its folded name without a leading word for road."""

    def __post_init__(self) -> None:
        self.key = street_key(self.name)

    @property
    def houses(self) -> int:
        """How many houses it has."""
        return sum(self.wards.values())


@dataclass(frozen=True, slots=True)
class StreetName:
    """One way to name a street; `toned` is empty where marks tell nothing, as in initials."""

    street: Street
    key: str
    kind: NameKind
    toned: str = ""


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward of the city in force in `period`; `successor` is the code of the one it became part of."""

    code: str
    name: str
    period: Period
    successor: str | None
    type_word: str
    core: str


@dataclass(frozen=True, slots=True)
class Place:
    """A named place of layer `layer`."""

    layer: str
    id: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A province or district outside of the city."""

    name: str
    province: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune outside of the city; `successor` is the name of the one it became part of, its own where it is new."""

    code: str
    name: str
    district: str
    province: str
    period: Period
    core: str
    successor_code: str
    successor: str


def street_key(name: str) -> str:
    """The folded words of a street's name without a leading "Đường", where something that is a name follows it."""
    words = _words(name)
    for road in _ROAD_WORDS:
        rest = _words(name.lower().removeprefix(road))
        if rest != words and not rest.startswith(("so ", "tinh ")) and not rest[:1].isdigit():
            return rest
    return words


def _words(name: str) -> str:
    return " ".join("".join(one if one.isalnum() or one == "/" else " " for one in fold(name)).split())


def street_names(street: Street, aliases: set[str]) -> Iterator[StreetName]:
    """All ways to name `street`: its name, its `aliases`, the spellings of a date, abbreviations and initials."""
    yield StreetName(street, street.key, "name", toned(_without_road(street.name)))
    for alias in sorted(aliases):
        yield StreetName(street, street_key(alias), "alias", toned(_without_road(alias)))
    keys = {street.key, *(street_key(one) for one in aliases)}
    for key in sorted(keys):
        yield from (StreetName(street, one, "date") for one in sorted(_date_spellings(key)))
        yield from (StreetName(street, one, "alias") for one in _shortened(key) if one not in keys)
    words = street.key.split()
    if len(words) > 1 and all(one.isalpha() for one in words):
        yield StreetName(street, "".join(one[0] for one in words), "initials")


def _without_road(name: str) -> str:
    first, _, rest = name.partition(" ")
    return rest if f"{first.lower()} " in _ROAD_WORDS and street_key(name) == street_key(rest) else name


def _date_spellings(key: str) -> set[str]:
    date = day_and_month(key)
    if date is not None:
        return spellings(*date) - {key}
    before, sign, month = key.rpartition(" thang ")
    if sign and (number := number_of(month)) is not None:  # "cach mang thang tam", written "CMT8"
        initials = "".join(one[0] for one in before.split())
        return {f"{before} thang {number}", f"{initials}t{number}", f"{before[:1]}m thang {number}"} - {key}
    return set()


def _shortened(key: str) -> set[str]:
    """Other ways to write the words of planned areas and numbered roads in `key`."""
    found = {key}
    for long, short in _ABBREVIATED:
        found |= {one.replace(long, short) for one in found if long in one}
        found |= {one.replace(short, long) for one in found if f" {short} " in f" {one} "}
    found |= {
        one.replace(short + " ", short) for one in found for short in ("ql", "dt", "tl") if f" {short} " in f" {one}"
    }
    if key.startswith("duong so "):
        found |= {one.replace("duong so ", other, 1) for one in found for other in ("duong ", "so ", "d so ", "d ")}
    return found - {key}


def ward(code: str, name: str, level: str | None, period: Period, successor: str | None, city: str) -> Ward:
    """The ward, its name taken apart: `Phường Xuân Hương - Đà Lạt` is of type `phuong` with the core `xuan huong`."""
    words = " ".join(fold(name).replace("-", " ").replace("–", " ").split())
    core = words.removesuffix(f" {city}") if city else words
    for type_word in _TYPE_WORDS:
        if core.startswith(type_word + " "):
            return Ward(code, name, period, successor, type_word, core.removeprefix(type_word + " "))
    known = {"xa": "xa", "thi_tran": "thi tran"}.get(level or "", "phuong")
    return Ward(code, name, period, successor, known, core)


def ward_phrases(one: Ward, city: str) -> Iterator[tuple[str, bool]]:
    """The folded ways to write a ward, and whether each names it beyond doubt (by its type, or with the city)."""
    cores = [one.core] + ([f"0{one.core}"] if one.core.isdigit() else [])
    if one.core.isdigit():
        cores += [words for words in _WORDS_OF_NUMBERS if number_of(words) == int(one.core)]
    tails = ("", f" {city}") if one.period == "new" and city else ("",)
    for core in cores:
        for tail in tails:
            yield from ((f"{word} {core}{tail}", True) for word in _TYPE_WORDS[one.type_word])
            if not core[0].isdigit() and core == one.core and not core.isdigit() and number_of(core) is None:
                yield core + tail, bool(tail)
    if len(one.core.split()) > 1 and one.period == "new":
        initials = "".join(word[0] for word in one.core.split())
        yield from ((f"{word} {initials}", True) for word in _TYPE_WORDS[one.type_word][:2])


_WORDS_OF_NUMBERS = (
    "mot", "hai", "ba", "bon", "tu", "nam", "sau", "bay", "tam", "chin", "muoi", "muoi mot", "muoi hai",
)  # fmt: skip
