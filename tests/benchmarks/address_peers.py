"""The hard set asked of the engine, of trigrams in the same database, and of addok."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from etl.demo.wards import NEW_WARDS
from gis_core.addresses import find
from gis_core.db import ANONYMOUS, Engines, acting_as
from tests.addresses.facts import OLD_NAMES, Facts, House, Query
from tests.addresses.spelling import fold

Found = tuple[str, str, str] | None
"""Number, street and ward of the house given; None where none was."""


@dataclass(frozen=True)
class Asked:
    """What one engine gave for each query, and the milliseconds it took."""

    name: str
    queries: list[Query]
    found: list[Found]
    milliseconds: list[float]

    def counts(self) -> dict[str, int]:
        """The number of queries of each category, absent numbers last."""
        names = [one.category for one in self.queries]
        return {name: names.count(name) for name in sorted(set(names), key=lambda name: (name == "absent", name))}

    def _of(self, category: str) -> list[tuple[Found, Found]]:
        return [
            (_expected(query), found)
            for query, found in zip(self.queries, self.found, strict=True)
            if query.category == category
        ]

    def recall(self, category: str) -> float:
        """Percent answered with the house that was meant, or with none where there is none."""
        pairs = self._of(category)
        return 100 * sum(expected == found for expected, found in pairs) / len(pairs)

    def wrong(self, category: str) -> int:
        """How often another house was given."""
        return sum(found is not None and found != expected for expected, found in self._of(category))

    def latency(self) -> str:
        """Median and 95th percentile."""
        return f"{statistics.median(self.milliseconds):.1f} / {statistics.quantiles(self.milliseconds, n=20)[-1]:.1f}"


def _expected(query: Query) -> Found:
    if query.category == "absent":
        return None
    return query.expected_housenumber, query.expected_street, query.expected_district


def _ask(name: str, queries: list[Query], answer: Callable[[str], Found]) -> Asked:
    answer(queries[0].query)
    found, taken = [], []
    for query in queries:
        begun = time.perf_counter()
        found.append(answer(query.query))
        taken.append((time.perf_counter() - begun) * 1000)
    return Asked(name, queries, found, taken)


def ask_langbiang(city: Engines, queries: list[Query]) -> Asked:
    """What the engine takes for certain enough to give first; an ambiguous list is no answer."""
    with acting_as(city, ANONYMOUS) as connection:

        def answer(text: str) -> Found:
            given = find(connection, ANONYMOUS, text, limit=5, language="vi")
            if not given["features"] or given["ambiguous"]:
                return None
            top = given["features"][0]["properties"]
            number = top.get("house_number_current") or top.get("house_number")
            return (number, top["street"], top["ward"]["name"]) if top["match_level"] == "house" else None

        return _ask("langbiang", queries, answer)


def ask_trigrams(city: Engines, queries: list[Query]) -> Asked:
    """The nearest text by trigrams, as one is tempted to do it: `order by text <-> query limit 1` on a GiST index."""
    with city.owner.begin() as connection:
        connection.execute(sa.text("create temporary table plate (number text, street text, ward text, folded text)"))
        rows = connection.execute(
            sa.text(
                "select house_number, street_name, ward_code, ward_code_old from city.house_numbers"
                " where status = 'hien_hanh'"
            )
        ).all()
        texts = [
            {"number": n, "street": s, "ward": NEW_WARDS[w], "folded": fold(f"{n} {s}, {OLD_NAMES[o]}, {NEW_WARDS[w]}")}
            for n, s, w, o in rows
        ]
        connection.execute(sa.text("insert into plate values (:number, :street, :ward, :folded)"), texts)
        connection.execute(sa.text("create index on plate using gist (folded gist_trgm_ops)"))
        connection.execute(sa.text("analyze plate"))
        nearest = sa.text("select number, street, ward from plate order by folded <-> :text limit 1")

        def answer(text: str) -> Found:
            number, street, ward = connection.execute(nearest, {"text": fold(text)}).one()
            return number, street, ward

        return _ask("pg_trgm top-1", queries, answer)


def ask_addok(interpreter: Path, data: Path, queries: list[Query]) -> Asked:
    """addok as it is installed, with a Redis of its own in `data`; one document for each street of a ward."""
    documents, asked, socket = data / "documents.jsonl", data / "queries.json", data / "redis.socket"
    documents.write_text("".join(json.dumps(one) + "\n" for one in _documents(Facts(data / "city"))), "utf-8")
    asked.write_text(json.dumps([one.query[:200] for one in queries]), "utf-8")
    redis = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(data)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(socket)
        done = subprocess.run(
            [interpreter, Path(__file__).with_name("addok_search.py"), documents, asked],
            env={**os.environ, "REDIS_SOCKET": str(socket)}, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    finally:
        redis.terminate()
        redis.wait()
    answers = json.loads(done.stdout.splitlines()[-1])
    found = [_addok_house(one["properties"]) for one in answers]
    return Asked("addok", queries, found, [one["milliseconds"] for one in answers])


def _wait_for(socket: Path, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not socket.exists():
        if time.monotonic() > end:
            raise SystemExit("redis-server did not start.")
        time.sleep(0.05)


def _addok_house(properties: dict[str, Any] | None) -> Found:
    if properties is None or properties["type"] != "housenumber":
        return None
    number, street, ward = json.loads(properties["id"])
    return number, street, ward


def _documents(facts: Facts) -> list[dict[str, Any]]:
    by_street: dict[tuple[str, str, str], list[House]] = {}
    for house in facts.houses:
        by_street.setdefault((house.street, house.old_name, house.new_name), []).append(house)
    return [
        {
            "_id": str(number), "id": str(number), "type": "street", "name": street, "city": [old, new, "Đà Lạt"],
            "context": "Lâm Đồng", "importance": 0.1, "lat": 11.94, "lon": 108.44,
            "housenumbers": {
                one.number: {"lat": 11.94, "lon": 108.44, "id": json.dumps([one.number, street, new])} for one in houses
            },
        }
        for number, ((street, old, new), houses) in enumerate(by_street.items())
    ]  # fmt: skip
