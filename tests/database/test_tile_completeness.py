"""Every feature of the whole demo city is in a tile at every level, whoever asks; read by an independent decoder."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from mapbox_vector_tile.Mapbox.vector_tile_pb2 import tile as mapbox_tile
from rich.progress import Progress

from etl.city import load_city
from etl.demo.city import generate
from gis_core import postgres
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as, engines
from gis_core.layer import Layer
from layers import CATALOG
from layers.migrate import migrate
from tiles.matrix import HALF_WORLD, Tile
from tiles.vector import CUT, VectorTiles, label_layer, label_zoom, labels_whole

PARCELS = 2_000
DAY = date(2026, 1, 15)
OPERATOR = Identity("someone", "operator")
_VISIBLE = """
select id, st_x(own), st_y(own)
  from (select id, st_transform(st_pointonsurface(geom), 3857) as own from city.{layer} where {valid}) as placed
"""
_VALID = "(valid_from is null or valid_from <= :day) and (valid_to is null or valid_to >= :day)"


@pytest.fixture(scope="module")
def demo_city(
    server: sa.URL, migrated_template: str, data_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    """The engines on a generated city, loaded as people load theirs."""
    url, folder = postgres.create_database(server, "demo", template=migrated_template), tmp_path_factory.mktemp("demo")
    migrate(url, data_folder)
    made = engines(url, data_folder)
    generate(PARCELS, 7, folder / "made", None, lambda _message, _share: None)
    with Progress(disable=True) as progress:
        load_city(made.owner, folder / "made", folder, progress)
    yield made
    made.dispose()
    postgres.drop_database(server, "demo")


def places(city: Engines, who: Identity) -> dict[Layer, dict[int, tuple[float, float]]]:
    """The features that `who` may see today, by layer and id, each with its own point in EPSG:3857."""
    found = {}
    with acting_as(city, who) as connection:
        for layer in CATALOG.readable_by(who.role):
            if layer.tiles is not None:
                statement = _VISIBLE.format(layer=layer.id, valid=_VALID if layer.validity else "geom is not null")
                rows = connection.execute(sa.text(statement), {"day": DAY} if layer.validity else {})
                found[layer] = {feature: (x, y) for feature, x, y in rows}
    return found


def tile_of(zoom: int, place: tuple[float, float]) -> Tile:
    span = Tile(zoom, 0, 0).span
    return Tile(zoom, int((HALF_WORLD - place[1]) // span), int((place[0] + HALF_WORLD) // span))


def drawn(city: Engines, who: Identity, layers: list[Layer], tiles: set[Tile]) -> dict[str, dict[Tile, list[int]]]:
    """The ids in each of `tiles`, by MVT layer."""
    made, found = VectorTiles(), defaultdict[str, dict[Tile, list[int]]](dict)
    with acting_as(city, who) as connection:
        for one in tiles:
            content = mapbox_tile()
            content.ParseFromString(made.tile(connection, layers, who.role, one, DAY))
            for layer in content.layers:
                found[layer.name][one] = [feature.id for feature in layer.features]
                cut = list(layer.keys).index(CUT) if CUT in layer.keys else -1
                found[f"{layer.name} whole"][one] = [
                    feature.id for feature in layer.features if cut not in feature.tags[::2]
                ]
    return found


@pytest.mark.parametrize(
    ("who", "zoom"),
    [*((ANONYMOUS, zoom) for zoom in range(8, 19)), *((OPERATOR, zoom) for zoom in range(8, 17))],
    ids=lambda one: getattr(one, "role", one),
)
def test_every_feature_is_in_the_tile_of_its_own_point_and_labelled_once(
    demo_city: Engines, who: Identity, zoom: int
) -> None:
    seen = {
        layer: features
        for layer, features in places(demo_city, who).items()
        if layer.tiles is not None and zoom >= layer.tiles.min_zoom
    }
    own = {layer: {one: tile_of(zoom, place) for one, place in features.items()} for layer, features in seen.items()}
    found = drawn(demo_city, who, list(seen), {tile for places in own.values() for tile in places.values()})
    for layer, features in own.items():
        lost = {feature for feature, tile in features.items() if feature not in found[layer.id].get(tile, [])}
        assert not lost, f"{len(lost)} of {len(features)} features of {layer.id} are in no tile of level {zoom}"
        assert {one for tile in found[layer.id].values() for one in tile} == set(features)
        labels, first = label_layer(layer), label_zoom(layer)
        if labels and first is not None and zoom >= first:
            texts = [one for tile in found[labels].values() for one in tile]
            if labels_whole(layer):
                texts += [one for tile in found[f"{layer.id} whole"].values() for one in tile]
            assert len(texts) == len(set(texts)) >= 0.5 * len(features), f"labels of {layer.id}"
