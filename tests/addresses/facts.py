"""What queries are made from: the houses, parcels, forest plots and places of a city's folder, and the query row."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyogrio

from etl.demo.wards import NEW_WARDS, OLD_WARDS
from tests.addresses.spelling import fold

OLD_NAMES = {ward.code: ward.name for ward in OLD_WARDS}


@dataclass(frozen=True)
class House:
    """A house number in force."""

    number: str
    street: str
    ward: str
    ward_old: str
    group: str

    @property
    def old_name(self) -> str:
        """The name of its ward until June 2025."""
        return OLD_NAMES[self.ward_old]

    @property
    def new_name(self) -> str:
        """The name of its ward in force."""
        return NEW_WARDS[self.ward]

    @property
    def path(self) -> str:
        """The alley it stands in, '' on the street itself."""
        return self.number.rpartition("/")[0]

    @property
    def plate(self) -> str:
        """The last part of its number."""
        return self.number.rpartition("/")[2]


# A street of this name may be another street's alley, and its house 3 that street's 12/3.
_ALLEYS = ("hẻm ", "ngõ ", "ngách ", "kiệt ")
_DATE_WORDS = {"mot": "1", "hai": "2", "ba": "3", "tu": "4", "nam": "5", "tam": "8", "chin": "9", "muoi": "10"}


def _known_as(street: str) -> str:
    """What a street's name has in common with all spellings of it."""
    name = fold(street).removeprefix("duong ")
    day, thang, month = name.partition(" thang ")
    if not thang or (month not in _DATE_WORDS and not month.isdigit()):
        return name
    words = [_DATE_WORDS.get(word, word) for word in day.split(" ")]
    days = sum(int(word) for word in words) if all(word.isdigit() for word in words) else day
    return f"{days} thang {_DATE_WORDS.get(month, month)}"


@dataclass(frozen=True)
class Query:
    """One line of the set. Columns that geocoder-tester does not know carry no `expected_`, so that it ignores them.

    `answer`: `one` – this answer and no other first; `not_house` – this street, and no house; `listed` – several, this
    one among them, and said to be ambiguous; `nothing` – no house at all.
    """

    query: str
    category: str
    answer: str
    expected_type: str = ""
    expected_housenumber: str = ""
    expected_street: str = ""
    expected_district: str = ""
    expected_name: str = ""
    limit: int = 1
    comment: str = ""


def house_query(text: str, category: str, house: House, *, limit: int = 1, answer: str = "one") -> Query:
    """The query `text` that means `house`."""
    return Query(text, category, answer, "house", house.number, house.street, house.new_name, limit=limit)


class Facts:
    """The folder's rows; what is not in it is empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, list[Path]] = {}
        for entry in tomllib.loads((folder / "city.toml").read_text("utf-8"))["load"]:
            self.files.setdefault(entry["layer"], []).append(folder / entry["file"])

    def frame(self, layer: str) -> Any:
        """All rows of `layer` from all its files, with geometry; None where the folder has none."""
        if layer not in self.files:
            return None
        return pd.concat([pyogrio.read_dataframe(file) for file in self.files[layer]], ignore_index=True)

    @cached_property
    def houses(self) -> list[House]:
        """The houses in force, in the order of the files."""
        columns = ["house_number", "street_name", "ward_code", "ward_code_old", "residential_group"]
        return [House(*values) for values in self._in_force[columns].itertuples(index=False)]

    @cached_property
    def _in_force(self) -> Any:
        rows = self.frame("house_numbers")
        return rows[(rows["status"] == "hien_hanh") & rows["ward_code"].notna() & rows["ward_code_old"].notna()]

    @cached_property
    def former(self) -> set[tuple[str, str]]:
        """Folded street and number of plates no longer in force."""
        rows = self.frame("house_numbers")
        rows = rows[rows["status"] != "hien_hanh"]
        return {(fold(one.street_name), one.house_number) for one in rows.itertuples()}

    @cached_property
    def number_before(self) -> dict[House, str]:
        """The former number of each house that has one."""
        pairs = zip(self.houses, self._in_force["house_number_old"], strict=True)
        return {house: number for house, number in pairs if isinstance(number, str)}

    @cached_property
    def renumbered(self) -> list[House]:
        """Houses whose former number no other house of the street has or had."""
        former = [(fold(house.street), number) for house, number in self.number_before.items()]
        return [
            house
            for house, key in zip(self.number_before, former, strict=True)
            if former.count(key) == 1 and key not in self.numbers and house in self.sure
        ]

    @cached_property
    def numbers(self) -> dict[tuple[str, str], list[House]]:
        """The houses of each folded street and number."""
        found: dict[tuple[str, str], list[House]] = {}
        for house in self.houses:
            found.setdefault((fold(house.street), house.number), []).append(house)
        return found

    @cached_property
    def streets(self) -> list[str]:
        """The names of streets, sorted."""
        return sorted({house.street for house in self.houses})

    @cached_property
    def folded_streets(self) -> set[str]:
        """The same, folded."""
        return {fold(street) for street in self.streets}

    @cached_property
    def look_alikes(self) -> set[str]:
        """Streets that cannot be told from another one: by marks or by the word 'đường' only, one date, an alley."""
        known = [_known_as(street) for street in self.streets]
        return {
            street
            for street, name in zip(self.streets, known, strict=True)
            if known.count(name) > 1 or street.lower().startswith(_ALLEYS)
        }

    @cached_property
    def twins(self) -> set[str]:
        """Streets of which some number occurs twice."""
        return {houses[0].street for houses in self.numbers.values() if len(houses) > 1}

    @cached_property
    def sure(self) -> list[House]:
        """Houses that number and folded street alone tell from all others."""
        return [
            house
            for house in self.houses
            if house.street not in self.look_alikes
            and house.street not in self.twins
            and (fold(house.street), house.number) not in self.former
        ]

    def others(self, street: str) -> set[str]:
        """The folded names of all other streets."""
        return self.folded_streets - {fold(street)}


def sample(rng: Random, rows: list[Any], count: int) -> list[Any]:
    """`count` of `rows` in random order, some of them again where there are fewer."""
    if not rows:
        return []
    chosen: list[Any] = []
    while len(chosen) < count:
        chosen += rng.sample(rows, min(count - len(chosen), len(rows)))
    return chosen


def spread(rng: Random, houses: list[House], count: int) -> list[House]:
    """`count` of `houses`, every street about as often as any other."""
    by_street: dict[str, list[House]] = {}
    for house in houses:
        by_street.setdefault(house.street, []).append(house)
    return [rng.choice(by_street[street]) for street in sample(rng, sorted(by_street), count)]
