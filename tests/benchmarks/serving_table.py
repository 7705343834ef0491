"""The table of the serving benchmark, and whether the goals are met."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.benchmarks.serving_questions import BOX, CACHED, CQL2, FIRST, ITEM, KNOWN, PAGE

OURS, TIPG = "langbiang", "tipg"
AHEAD = ("MapServer", "QGIS Server")
TIMES_TIPG = {BOX: 7.0, PAGE: 10.0, ITEM: 3.0, CQL2: 4.0}
TILE_TIMES_TIPG = 2.0
CACHED_TIMES = 5.0
LAST_TO_FIRST = 1.5
PAGE_TO_DATABASE, TILE_TO_DATABASE = 1.3, 1.15


@dataclass(frozen=True)
class Measured:
    """Requests a second of each server that answered; `database`: seconds of one request's SQL, 0 if unknown."""

    name: str
    kind: str
    concurrency: int
    rates: Mapping[str, float]
    python: frozenset[str]
    database: float

    def times(self, others: Sequence[str]) -> tuple[float, str] | None:
        """How many times faster ours is than the fastest of `others` (beginnings of names), and its name."""
        found = {name: rate for name, rate in self.rates.items() if name.startswith(tuple(others)) and name != OURS}
        if not found:
            return None
        fastest = max(found, key=lambda name: found[name])
        return self.rates[OURS] / found[fastest], fastest


def print_table(measured: Sequence[Measured], servers: Sequence[str], missing: Mapping[str, str]) -> None:
    """Prints requests a second of each server, then the goals; missing servers have a column of their own."""
    names = [*dict.fromkeys(servers), *missing]
    print("\n| requests/s | at once | " + " | ".join(names) + " | database alone |")
    print("|---|---" + "|---:" * (len(names) + 1) + "|")
    for one in measured:
        cells = (_cell(one, name, missing) for name in names)
        alone = f"{1 / one.database:,.0f}" if one.database else ""
        print(f"| {one.name} | {one.concurrency} | " + " | ".join(cells) + f" | {alone} |")
    for name, reason in missing.items():
        print(f"\n{name} is missing: {reason}")
    print("\n| goal | at once | seen | |\n|---|---:|---:|---|")
    for line in _goals(measured):
        print(line)


def _cell(one: Measured, name: str, missing: Mapping[str, str]) -> str:
    if name in missing:
        return "missing"
    rate = one.rates.get(name)
    return "–" if rate is None else f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _goals(measured: Sequence[Measured]) -> Iterator[str]:
    for one in measured:
        if one.name in TIMES_TIPG:
            yield from _faster(one, [TIPG], TIMES_TIPG[one.name])
            for peer in AHEAD:
                yield from _faster(one, [peer], 1.0)
        if one.kind == "tile":
            yield from _faster(one, [TIPG], TILE_TIMES_TIPG)
            yield from _faster(one, [name for name in one.rates if name != OURS], 1.0)
        if one.name == CACHED:
            yield from _faster(one, sorted(one.python), CACHED_TIMES)
        if one.database:
            yield _near_database(one)
    by_name = {(one.name, one.concurrency): one for one in measured}
    for one in measured:
        if one.kind == "after":
            first = by_name[FIRST, one.concurrency].rates[OURS]
            cost = first / one.rates[OURS]
            yield _line(f"{one.name}: at most {LAST_TO_FIRST} × page 1", one, cost, met=cost <= LAST_TO_FIRST)
        if one.name == KNOWN:
            # No peer written in Python answers 304: the same tile, sent anew.
            sent = by_name[CACHED, one.concurrency]
            yield from _faster(
                replace(one, rates={**sent.rates, OURS: one.rates[OURS]}), sorted(sent.python), CACHED_TIMES
            )


def _faster(one: Measured, others: Sequence[str], wanted: float) -> Iterator[str]:
    """A line that says whether ours is `wanted` times as fast as the fastest of `others`; none where none took part."""
    compared = one.times(others)
    if compared is not None:
        times, name = compared
        yield _line(f"{one.name}: at least {wanted:g} × {name}", one, times, met=times >= wanted)


def _near_database(one: Measured) -> str:
    most = TILE_TO_DATABASE if one.kind == "tile" else PAGE_TO_DATABASE
    ratio = 1 / one.rates[OURS] / one.database
    return _line(f"{one.name}: at most {most} × the time of its SQL alone", one, ratio, met=ratio <= most)


def _line(goal: str, one: Measured, seen: float, *, met: bool) -> str:
    return f"| {goal} | {one.concurrency} | {seen:.2f} | {'met' if met else 'not met'} |"
