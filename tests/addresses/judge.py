"""Whether an answer of the search is what a query of the hard set asks for, and the table of all of them."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.addresses.facts import Query
from tests.addresses.spelling import fold

SURE = 0.9
"""A score from which on an answer may be taken without asking."""
UNSURE = 0.5
"""A score below which an answer is more probably wrong than right."""

GOALS = {
    "plain": 99.5, "slash": 99.5, "letters": 99.5, "no_ward": 99.5, "old_ward": 99.5, "new_ward": 99.5,
    "both_wards": 99.5,
    "city_tail": 99.5, "alley_words": 99.5, "nfd": 99.5, "no_diacritics": 99.0, "abbreviations": 99.0,
    "wrong_diacritics": 99.0, "date_streets": 98.0, "one_edit": 98.0, "two_edits": 92.0, "telex": 95.0, "vni": 95.0,
    "initials": 90.0, "swapped": 98.0, "glued": 95.0, "extra_words": 95.0, "punctuation": 98.0,
    "residential_group": 98.0,
    "former_number": 98.0, "parcel": 100.0, "former_parcel": 100.0, "forest_plot": 100.0, "vn2000": 100.0,
    "degrees": 100.0, "place": 98.0, "street_only": 98.0, "ward_only": 98.0, "absent": 98.0, "ambiguous": 98.0,
    "elsewhere": 98.0, "nonsense": 98.0,
}  # fmt: skip
"""Percent of the queries of each kind answered right; of `initials` among the first three."""


def read_queries(folder: Path) -> list[Query]:
    """All queries of the set in `folder`."""
    queries = []
    for path in sorted(folder.glob("test_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            queries += [_query(row) for row in csv.DictReader(file)]
    return queries


def _query(row: dict[str, str]) -> Query:
    limit = int(row.pop("limit"))
    return Query(**row, limit=limit)


@dataclass(frozen=True)
class Verdict:
    """What became of one query; `wrong_house`: a house was given, and it is not the one that was asked for."""

    query: Query
    first: bool
    third: bool
    wrong_house: bool
    score: float
    got: str


def judged(query: Query, answer: dict[str, Any]) -> Verdict:
    """The verdict on `answer`, a collection as `/search` gives it."""
    features = [feature["properties"] for feature in answer["features"]]
    top = features[0] if features else None
    right = [_right(query, one) for one in features]
    if query.answer == "nothing":
        # A list that says of itself that it is one asks; it does not answer.
        asks = answer["ambiguous"] and top is not None and top["score"] < UNSURE
        first = third = asks or top is None or top["match_level"] != "house"
    elif query.answer == "listed":
        first = third = answer["ambiguous"] and len(features) > 1 and any(right[: query.limit])
    else:
        first, third = any(right[:1]), any(right[:3])
        if query.category == "absent":
            first = first and top is not None and top["house_found"] is False
    guessed = top is not None and top["match_level"] == "house" and not answer["ambiguous"] and not first
    return Verdict(query, first, third, guessed, top["score"] if top else 0.0, _in_short(answer, top))


def _in_short(answer: dict[str, Any], top: dict[str, Any] | None) -> str:
    if top is None:
        return "nothing"
    listed = f" (ambiguous, {len(answer['features'])})" if answer["ambiguous"] else ""
    return f"{top['match_level']} {top['score']:.2f} {top['label']}{listed}"


def _right(query: Query, found: dict[str, Any]) -> bool:
    return _CHECKS[query.expected_type](query, found) if query.expected_type else False


def _right_house(query: Query, found: dict[str, Any]) -> bool:
    numbers = (found.get("house_number"), found.get("house_number_current"))
    return (
        found["match_level"] == "house"
        and query.expected_housenumber in numbers
        and found["street"] == query.expected_street
        and _name_of(found["ward"]) == query.expected_district
    )


def _right_street(query: Query, found: dict[str, Any]) -> bool:
    return found["match_level"] in ("street", "nearest_house") and found["street"] == query.expected_street


def _right_ward(query: Query, found: dict[str, Any]) -> bool:
    return found["match_level"] == "ward" and _name_of(found["ward"]) == query.expected_district


def _name_of(ward: dict[str, str] | None) -> str | None:
    return ward["name"] if ward else None


def _right_parcel(query: Query, found: dict[str, Any]) -> bool:
    if found["match_level"] != "parcel" or not found["parcels"]:
        return False
    one = found["parcels"][0]
    reference = f"{one['ward_code_survey']}/{one['map_sheet_no']}/{one['parcel_no']}"
    return reference in query.expected_name.split("|") and (one["current"] or bool(found.get("successors")))


def _right_place(query: Query, found: dict[str, Any]) -> bool:
    return found["match_level"] == "place" and fold(found["label"]).startswith(fold(query.expected_name))


_CHECKS = {
    "house": _right_house, "street": _right_street, "ward": _right_ward, "parcel": _right_parcel, "place": _right_place,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the table: percentages, and the number of wrong houses."""

    category: str
    count: int
    recall_1: float
    recall_3: float
    wrong_houses: int

    @property
    def reached(self) -> float:
        """The percentage that the goal is about."""
        return self.recall_3 if self.category == "initials" else self.recall_1


def table(verdicts: Iterable[Verdict]) -> list[Line]:
    """One line for each category, in the order of the goals."""
    by_category: dict[str, list[Verdict]] = {name: [] for name in GOALS}
    for verdict in verdicts:
        by_category[verdict.query.category].append(verdict)
    return [_line(name, own) for name, own in by_category.items() if own]


def _line(category: str, verdicts: list[Verdict]) -> Line:
    count = len(verdicts)
    first, third = sum(one.first for one in verdicts), sum(one.third for one in verdicts)
    return Line(category, count, 100 * first / count, 100 * third / count, sum(one.wrong_house for one in verdicts))


def printed(verdicts: list[Verdict]) -> Iterator[str]:
    """The table as lines of Markdown, with what stays below its goal marked, and the calibration."""
    yield "| category | queries | recall@1 % | recall@3 % | goal % | wrong house |"
    yield "|---|---|---|---|---|---|"
    for line in table(verdicts):
        goal = GOALS[line.category]
        mark = " ✗" if line.reached < goal else ""
        yield (
            f"| {line.category} | {line.count} | {line.recall_1:.1f} | {line.recall_3:.1f} | {goal:g}{mark} |"
            f" {line.wrong_houses} |"
        )
    sure = [one for one in verdicts if one.score >= SURE]
    yield f"of {len(sure)} answers with a score of {SURE} or more, {100 * wrong_share(verdicts):.2f} % are wrong"


def wrong_share(verdicts: Iterable[Verdict]) -> float:
    """The share of wrong answers among those with a score of `SURE` or more; 0 where there is none."""
    sure = [one.first for one in verdicts if one.score >= SURE]
    return 1 - sum(sure) / len(sure) if sure else 0.0
