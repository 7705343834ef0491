"""The time that the database alone takes for what our server asks of it: the very same SQL on one connection."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from gis_core.db import ANONYMOUS, acting_as
from gis_core.features import feature_page
from gis_core.query import CITY_TIME, Query
from layers import CATALOG
from tests.benchmarks.serving_city import PARCELS, City
from tests.benchmarks.serving_questions import PAGE, Question
from tiles.matrix import Tile
from tiles.vector import VectorTiles

Statement = tuple[str, Any]


def statements(city: City, question: Question) -> list[Statement]:
    """The SQL that our server runs for `question`, caught as it runs; none where the time does not matter."""
    if question.name == PAGE:
        query = Query(PARCELS, "citizen", limit=1000)
        return [_caught(city, lambda connection: feature_page(connection, query))]
    if question.kind != "tile":
        return []
    made, today = VectorTiles(), datetime.now(CITY_TIME).date()
    found = []
    for one in question.values[:100]:
        layer, tile = CATALOG[str(one["layer"])], Tile(*(int(str(one[name])) for name in ("zoom", "row", "col")))
        found.append(_caught(city, partial(made.tile, layers=[layer], role="citizen", tile=tile, day=today)))
    return found


def seconds(city: City, asked: list[Statement], duration: float) -> float:
    """The median time of the statements, run in turn for `duration` seconds; seen and bound as the public is."""
    taken: list[float] = []
    with acting_as(city.ways, ANONYMOUS) as connection, _cursor(connection) as cursor:
        end = time.perf_counter() + duration
        for sql, values in itertools.cycle(asked):
            begun = time.perf_counter()
            cursor.execute(sql, values)
            cursor.fetchall()
            taken.append(time.perf_counter() - begun)
            if begun > end:
                return statistics.median(taken)
    raise AssertionError("an endless loop has ended")


def _caught(city: City, work: Callable[[sa.Connection], object]) -> Statement:
    """The first statement of `work`."""
    caught: list[Statement] = []

    def catch(_c: object, _cursor: object, sql: str, values: Any, _context: object, _many: bool) -> None:
        caught.append((sql, values))

    with acting_as(city.ways, ANONYMOUS) as connection:
        sa.event.listen(connection, "before_cursor_execute", catch)
        work(connection)
        sa.event.remove(connection, "before_cursor_execute", catch)
    return caught[0]


@contextmanager
def _cursor(connection: sa.Connection) -> Iterator[Any]:
    cursor = connection.connection.cursor()
    try:
        yield cursor
    finally:
        cursor.close()
