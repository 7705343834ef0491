"""What is asked of the servers: addresses by the thousand, and what a right answer to them is."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from mapbox_vector_tile import decode
from shapely import box
from shapely.geometry import shape

from gis_core.paging import encode_key
from tests.benchmarks.serving_city import City, attributes, boxes, tiles
from tests.benchmarks.serving_peers import TILES, Server

_DEGREES = box(100, 5, 115, 25)
FILTER = "area_m2 > 300 AND land_use_code = 'ODT'"
CACHED = "cached tile z15"
KNOWN = "known tile z15 (304)"
FIRST, AFTER = "page 1, limit=100", "row {row:,} by key, limit=100"
PAGE, BOX, ITEM, CQL2 = "limit=1000", "box of about 60, limit=100", "one item", "CQL2 in a box of about 200"


@dataclass(frozen=True)
class Question:
    """`values` fill in the servers' patterns for `kind`; a right answer has at least `least` features."""

    name: str
    kind: str
    values: Sequence[Mapping[str, object]]
    least: int

    def paths(self, server: Server) -> list[str]:
        """The paths to ask of `server`; none where it cannot answer."""
        pattern = server.paths.get(self.kind)
        return [] if pattern is None else [pattern.format(**one) for one in self.values]


def questions(city: City) -> list[Question]:
    """Everything that is asked, in the order of the table."""
    row = min(500_000, city.parcels // 2)
    chosen, wide, words = boxes(city, 7.2), boxes(city, 14), quote(FILTER)
    ids = range(1, city.parcels, max(city.parcels // 2000, 1))
    return [
        Question(BOX, "box", [{"box": one} for one in chosen], 30),
        Question(PAGE, "page", [{}], 1000),
        Question(ITEM, "item", [{"id": one} for one in ids], 1),
        Question(CQL2, "cql2", [{"box": one, "filter": words} for one in wide], 5),
        Question(FIRST, "first", [{}], 100),
        Question(AFTER.format(row=row), "after", [{"after": encode_key([row])}], 100),
        *(_tile_question(city, layer, zoom, f"tile of {layer} z{zoom}", "tile") for layer, zoom in TILES),
        _tile_question(city, "land_parcels", 15, CACHED, "cached", most=1),
        _tile_question(city, "land_parcels", 15, KNOWN, "known", most=1),
    ]


def _tile_question(city: City, layer: str, zoom: int, name: str, kind: str, most: int = 1000) -> Question:
    carried = ",".join(attributes(layer, zoom))
    values = [
        {"layer": layer, "zoom": one.zoom, "row": one.row, "col": one.col, "attributes": carried}
        for one in tiles(city, zoom)[:most]
    ]
    return Question(name, kind, values, 1)


def check(server: Server, question: Question) -> tuple[dict[str, str], float]:
    """The headers to ask with, and the seconds of the quickest of three answers.

    Raises `SystemExit` where an answer is an error or has too few features.
    """
    headers: dict[str, str] = {}
    quickest = math.inf
    for path in question.paths(server)[:3]:
        answer = httpx.get(server.root + path, timeout=60)
        quickest = min(quickest, answer.elapsed.total_seconds())
        found = _features(question.kind)(answer) if answer.status_code == 200 else 0
        if found < question.least:
            raise SystemExit(
                f"{server.name} does not answer '{question.name}': {answer.status_code}, {found} features, at least "
                f"{question.least} are expected.\n{server.root}{path}\n{answer.text[:500]}"
            )
        if question.kind == "known":
            headers = {"If-None-Match": answer.headers["etag"]}
            again = httpx.get(server.root + path, headers=headers, timeout=60)
            if again.status_code != 304:
                raise SystemExit(f"{server.name} sends a tile again that is known: {again.status_code}.")
    return headers, quickest


def _features(kind: str) -> Callable[[httpx.Response], int]:
    return _drawn if kind in ("tile", "cached", "known") else _listed


def _drawn(answer: httpx.Response) -> int:
    """The number of areas in a tile; labels beside them do not count."""
    layers = decode(answer.content)
    return max((len(layer["features"]) for layer in layers.values()), default=0)


def _listed(answer: httpx.Response) -> int:
    """The number of features whose geometry is in degrees, as asked for."""
    document = json.loads(answer.content)
    features = [document] if document["type"] == "Feature" else document["features"]
    return sum(_DEGREES.covers(shape(one["geometry"])) for one in features)
