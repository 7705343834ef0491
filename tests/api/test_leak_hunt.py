"""Random questions of a citizen and of an officer of one ward never bring up what they must not see.

LANGBIANG_LEAK_REQUESTS=50000 hunts for longer.
"""

import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.canaries import CANARY_NUMBER, sample
from gis_core.db import Engines, Identity
from gis_core.layer import Layer
from gis_core.settings import Settings
from gis_core.table import own_columns
from layers import CATALOG

REQUESTS = int(os.environ.get("LANGBIANG_LEAK_REQUESTS", "2000"))
ROWS = range(4)
LON, LAT = Transformer.from_crs(5899, 4326, always_xy=True).transform(571_001, 1_320_001)
FORMATS = ("json", "html", "jsonfg", "csv", "flatgeobuf", "gpkg", "geoparquet")
WORDS = ("'Chim%'", "'%a%'", "'24787'", "'24778'", "0", "1", "987655", "NULL", "DATE('2026-01-01')", "TRUE")

words = st.sampled_from(WORDS)
layers = st.sampled_from(CATALOG.layers)
numbers = st.integers(-1, 9)


def names(layer: Layer) -> st.SearchStrategy[str]:
    """Names of columns, hidden ones included."""
    return st.sampled_from(own_columns(layer))


def conditions(layer: Layer) -> st.SearchStrategy[str]:
    """Filters over all columns of the layer."""
    functions = st.sampled_from(["CASEI", "ACCENTI", "lower", "upper", "char_length"])
    scalars = st.one_of(names(layer), words, st.builds("{}({})".format, functions, names(layer)))
    comparisons = st.sampled_from(["=", "<>", "<", ">", "<=", ">=", "LIKE"])
    simple = st.one_of(
        st.builds("{} {} {}".format, scalars, comparisons, scalars),
        st.builds("{} IS {}NULL".format, names(layer), st.sampled_from(["", "NOT "])),
        st.builds("{} BETWEEN {} AND {}".format, names(layer), words, words),
        st.builds("{} IN ({}, {})".format, names(layer), words, words),
        st.just(f"S_INTERSECTS(geometry, BBOX({LON - 1}, {LAT - 1}, {LON + 1}, {LAT + 1}))"),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner),
            st.builds("NOT ({})".format, inner),
        ),
        max_leaves=3,
    )


def parameters(layer: Layer) -> st.SearchStrategy[dict[str, str]]:
    """Parameters of the items path."""
    some = st.lists(names(layer), min_size=1, max_size=2, unique=True).map(",".join)
    return st.fixed_dictionaries(
        {},
        optional={
            "filter": conditions(layer), "sortby": some, "properties": some, "limit": st.integers(1, 50).map(str),
            "offset": st.integers(0, 5).map(str), "f": st.sampled_from(FORMATS),
            "datetime": st.sampled_from(["2026-01-02", "../2027-01-01", "2020-01-01/.."]),
            "ward_code": st.sampled_from(["24787", "24778"]), "lang": st.sampled_from(["vi", "en"]),
        },
    )  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A path and its parameters."""
    layer = draw(layers)
    path = f"/ogc/collections/{layer.id}"
    match draw(st.sampled_from(["items", "items", "items", "item", "about", "card", "tile", "search"])):
        case "items":
            return f"{path}/items", draw(parameters(layer))
        case "item":
            return f"{path}/items/{draw(numbers)}", {}
        case "about":
            return f"{path}/{draw(st.sampled_from(['queryables', 'schema', 'tiles']))}", {}
        case "card":
            return f"/cards/{layer.id}/{draw(numbers)}", {}
        case "tile":
            return draw(st.sampled_from(["/ogc", path])) + tile(draw(st.integers(8, 18))), {}
    return draw(searches())


@st.composite
def searches(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A question to the search, the catalogue, a parcel card or a place; some name what stands in hidden columns."""
    layer = draw(layers)
    text = draw(st.sampled_from(["Chim", f"Chim {layer.id}", f"{draw(names(layer))} 1", "thửa 1 tờ 1", "24787", "1/1"]))
    match draw(st.sampled_from(["/search", "/search/suggest", "/results", "catalogue", "card", "/reverse"])):
        case "catalogue":
            return "/ogc/collections/catalogue/items", {"q": text}
        case "card":
            return f"/parcels/{draw(numbers)}", {"f": draw(st.sampled_from(["html", "json"]))}
        case "/reverse":
            return "/reverse", {"lon": str(LON), "lat": str(LAT)}
        case path:
            return path, {"q": text}


def tile(zoom: int) -> str:
    column = int((LON + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * 2**zoom)
    return f"/tiles/WebMercatorQuad/{zoom}/{row}/{column}"


@pytest.fixture(scope="module")
def app(canary_city: Engines, data_folder: Path) -> Iterator[FastAPI]:
    """A running application on the city of canaries."""
    url = canary_city.owner.url.render_as_string(hide_password=False)
    made = create_app(Settings(DATABASE_URL=url, data=data_folder, requests_per_minute=10**7))
    with TestClient(made):
        yield made


def forbidden(city: Engines, who: Identity) -> set[bytes]:
    """Every text of the sample that `who` must never be shown; what everybody may see is a secret to nobody."""
    every = {text for layer in CATALOG.layers for position in ROWS for text in texts(layer, position)}
    return {text.encode() for text in every - allowed(city, who) - allowed(city, Identity(None, "citizen"))}


def allowed(city: Engines, who: Identity) -> set[str]:
    return {
        text
        for layer in CATALOG.layers
        if who.role in layer.access.read
        for position in ROWS
        if visible(city, layer, who, position)
        for text in texts(layer, position, {one.name for one in layer.fields_for(who.role)})
    }


def texts(layer: Layer, position: int, among: set[str] | None = None) -> set[str]:
    row: dict[str, Any] = sample(layer, position)
    chosen = {name: value for name, value in row.items() if among is None or name in among}
    return {value for value in chosen.values() if isinstance(value, str) and f"{layer.id}." in value}


def visible(city: Engines, layer: Layer, who: Identity, position: int) -> bool:
    rule = layer.access.rows.get(who.role)
    with city.owner.connect() as connection:
        connection.execute(
            sa.text("select set_config('langbiang.wards', :wards, true)"), {"wards": ",".join(who.wards)}
        )
        found = sa.text(f'select count(*) from city."{layer.id}" where id = :id and ({rule.sql if rule else "true"})')
        return bool(connection.scalar(found, {"id": position + 1}))


def hunt(client: TestClient, secrets: set[bytes], pattern: re.Pattern[bytes] | None = None) -> str:
    """How many questions were asked and answered; fails at an answer that gives something away, and shrinks it."""
    assert len(secrets) > 50
    statuses: Counter[int] = Counter()

    @settings(max_examples=REQUESTS // 2, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(questions())
    def ask(question: tuple[str, dict[str, str]]) -> None:
        answer = client.get(question[0], params=question[1])
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (question, answer.text)
        assert not [secret for secret in secrets if secret in answer.content], question
        assert pattern is None or not pattern.search(answer.content), question

    ask()
    return f"{statuses.total()} questions, {statuses[200]} answered, {len(secrets)} canaries, none shown"


def test_a_citizen_is_never_shown_a_canary(
    app: FastAPI, canary_city: Engines, capsys: pytest.CaptureFixture[str]
) -> None:
    pattern = re.compile(rb"(?<![\d.])%d[0-3](?![\d.])" % (CANARY_NUMBER // 10))
    told = hunt(TestClient(app), forbidden(canary_city, Identity(None, "citizen")), pattern)
    with capsys.disabled():
        print(f"\ncitizen: {told}")


def test_an_officer_is_never_shown_another_ward(
    app: FastAPI, canary_city: Engines, demo_password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = TestClient(app)
    client.post("/login", data={"name": "officer", "password": demo_password})
    wards = client.get("/whoami").json()["wards"]
    assert len(wards) == 1
    told = hunt(client, forbidden(canary_city, Identity("officer", "tax_officer", tuple(wards))))
    with capsys.disabled():
        print(f"\nofficer: {told}")


def test_the_hunt_would_find_a_leak(app: FastAPI, canary_city: Engines, demo_password: str) -> None:
    client = TestClient(app)
    client.post("/login", data={"name": "officer", "password": demo_password})
    with pytest.raises(AssertionError):
        hunt(client, forbidden(canary_city, Identity(None, "citizen")))
