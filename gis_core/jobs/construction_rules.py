"""The rows that the construction job goes by, and three-valued logic over arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from gis_core.construction_tables import CONSTRUCTION_RULE
from gis_core.errors import Conflict
from gis_core.layer import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Texts = NDArray[np.str_]

FALSE, UNKNOWN, TRUE = 0.0, 0.5, 1.0
"""Kleene's three values: with these numbers 'and' is the minimum, 'or' the maximum, 'not' the difference to 1."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what it is about, what it asks, when it is in force (both ends included, open where None)."""

    rule: str
    topic: str
    clause: str | None
    title: Text
    condition: Mapping[str, Any]
    valid_from: date | None
    valid_to: date | None
    legal_basis: str | None
    verified: bool

    def in_force(self, days: Days) -> Floats:
        """Whether the rule is in force on each of `days`, as one of three values: unknown for not-a-time."""
        first = np.datetime64(self.valid_from or date.min)
        last = np.datetime64(self.valid_to or date.max)
        return np.where(np.isnat(days), UNKNOWN, ((days >= first) & (days <= last)).astype(float))


@dataclass(frozen=True)
class Rules:
    """All rows by name."""

    rows: Mapping[str, Rule]

    def __getitem__(self, name: str) -> Rule:
        """The row `name`. Raises `Conflict` where a city has taken it away."""
        if name not in self.rows:
            raise Conflict(
                f"Bảng platform.construction_rule thiếu dòng '{name}'; hãy chạy lại 'langbiang up'. · "
                f"Table platform.construction_rule lacks the row '{name}'; run 'langbiang up' again."
            )
        return self.rows[name]

    def of(self, topic: str) -> list[Rule]:
        """The rows on one topic, by name."""
        return [rule for _, rule in sorted(self.rows.items()) if rule.topic == topic]


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The city's screening parameters: lengths in m, areas in m², shares and ratios as numbers."""

    edge_m: float
    overlap_m2: float
    overlap_share: float
    footprint_ratio: float
    own_parcel_share: float
    near_m: float
    first_survey_share: float

    def overlap(self, area: Floats) -> Floats:
        """The overlap in m² from which on it counts, for footprints of `area` m²."""
        return np.maximum(self.overlap_m2, self.overlap_share * area)


def tolerances(rules: Rules) -> Tolerances:
    """The screening parameters in the row SCREENING. Raises `Conflict` where one is missing or no number."""
    condition = rules["SCREENING"].condition
    try:
        return Tolerances(**{name: float(condition[name]) for name in Tolerances.__dataclass_fields__})
    except (KeyError, TypeError, ValueError) as error:
        raise Conflict(
            f"Dòng SCREENING của platform.construction_rule không đọc được: {error}. · "
            f"The row SCREENING of platform.construction_rule cannot be read: {error}."
        ) from None


def read_rules(connection: Connection) -> Rules:
    """The rows as the city has them today."""
    rows = connection.execute(select(CONSTRUCTION_RULE)).mappings()
    return Rules({row["rule"]: rule_of(row) for row in rows})


def rule_of(row: Mapping[Any, Any]) -> Rule:
    """The rule in a row of table `platform.construction_rule`."""
    return Rule(
        row["rule"], row["topic"], row["clause"], Text(row["vi"], row["en"]), row["condition"], row["valid_from"],
        row["valid_to"], row["legal_basis"], row["verified"],
    )  # fmt: skip
