"""Tiles made by the database, read with an independent decoder: complete, within rights, valid on the day."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import mapbox_vector_tile
import pytest
import sqlalchemy as sa
from shapely.geometry import shape

from gis_core.crs import transformer
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as
from gis_core.layer import ROLES, Layer, Role
from layers import CATALOG
from tiles.cache import policy, versions
from tiles.matrix import HALF_WORLD, Tile
from tiles.vector import VectorTiles, tile_columns

TODAY = date(2026, 1, 15)
MANY_SHAPES = """
insert into city.{layer} ({names} source_ref, geom)
select {values} 'F' || n,
       st_transform(st_setsrid(st_translate(shape, 108.40 + n * 0.0137, 11.90 + n * 0.0091), 4326), 5899)
from (values {shapes}) as given(shape) cross join generate_series(0, 11) as n
"""
AREAS = [
    "st_multi(st_makeenvelope(0, 0, 0.000001, 0.000001))",  # 1 dm²
    "st_multi(st_makeenvelope(0, 0, 0.02, 0.0000005))",  # a sliver of two kilometres
    "st_multi(st_buffer(st_makepoint(0, 0), 0.003, 60))",
    "st_multi(st_makeenvelope(-0.2, -0.2, 0.2, 0.2))",
    "st_collect(st_makeenvelope(0, 0, 0.00001, 0.00001), st_makeenvelope(0.01, 0.01, 0.01001, 0.01001))",
]
LINES = ["st_multi(st_makeline(st_makepoint(0, 0), st_makepoint(0.0000001, 0)))",
         "st_multi(st_makeline(st_makepoint(0, 0), st_makepoint(0.05, 0.04)))"]  # fmt: skip
POINTS = ["st_makepoint(0, 0)", "st_makepoint(0.00000001, 0)"]


def decoded(tile: bytes) -> dict[str, Any]:
    """The layers of a tile, their coordinates counted from its upper left corner."""
    return dict(mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})) if tile else {}


def tiles_around(engines: Engines, layer: Layer, zoom: int) -> Iterable[Tile]:
    """All tiles of `zoom` that meet the box of the layer's rows."""
    with engines.owner.connect() as connection:
        west, south, east, north = connection.execute(
            sa.text(
                "select st_xmin(b), st_ymin(b), st_xmax(b), st_ymax(b)"
                f" from (select st_extent(st_transform(geom, 3857)) as b from city.{layer.id}) as whole"
            )
        ).one()
    span = Tile(zoom, 0, 0).span
    for row in range(int((HALF_WORLD - north) // span), int((HALF_WORLD - south) // span) + 1):
        for col in range(int((west + HALF_WORLD) // span), int((east + HALF_WORLD) // span) + 1):
            yield Tile(zoom, row, col)


def drawn_ids(engines: Engines, layer: Layer, zoom: int, who: Identity = ANONYMOUS, day: date = TODAY) -> set[int]:
    """The ids of the features of `layer` that are in any tile of `zoom`."""
    made, found = VectorTiles(), set()
    with acting_as(engines, who) as connection:
        for tile in tiles_around(engines, layer, zoom):
            content = decoded(made.tile(connection, [layer], who.role, tile, day))
            found |= {one["id"] for one in content.get(layer.id, {"features": []})["features"]}
    return found


def visible_ids(engines: Engines, layer: Layer, who: Identity) -> set[int]:
    with acting_as(engines, who) as connection:
        return set(connection.execute(sa.text(f"select id from city.{layer.id}")).scalars())


def fill(engines: Engines, layer: str, shapes: list[str], **values: str) -> None:
    names, given = "".join(f"{name}, " for name in values), "".join(f"'{value}', " for value in values.values())
    # Each shape in a statement of its own: the references to the source must differ.
    with engines.owner.begin() as connection:
        for number, one in enumerate(shapes):
            statement = MANY_SHAPES.format(layer=layer, names=names, values=given, shapes=f"({one})")
            connection.execute(sa.text(statement.replace("'F' ||", f"'{number}-' ||")))


@pytest.mark.parametrize("zoom", [13, 14, 16, 18])
def test_every_parcel_is_in_a_tile_at_every_zoom_however_small(city: Engines, zoom: int) -> None:
    small = [AREAS[0], AREAS[1], AREAS[4]]
    fill(city, "land_parcels", small if zoom > 16 else AREAS[:3] + AREAS[4:])
    if zoom > 16:
        with city.owner.begin() as connection:  # at high zooms a few features are enough: there are many tiles
            connection.execute(sa.text("delete from city.land_parcels where source_ref not like '%-1'"))
    layer = CATALOG["land_parcels"]
    assert drawn_ids(city, layer, zoom) == visible_ids(city, layer, ANONYMOUS)


@pytest.mark.parametrize("zoom", [8, 9, 11, 13])
def test_lines_areas_and_points_of_one_layer_are_all_in_tiles(city: Engines, zoom: int) -> None:
    fill(city, "water", [*AREAS, *LINES, *POINTS], water_kind="lake")
    layer = CATALOG["water"]
    assert drawn_ids(city, layer, zoom) == visible_ids(city, layer, ANONYMOUS)


def test_a_feature_lost_between_the_cells_is_marked_by_a_valid_shape_in_one_tile_only(city: Engines) -> None:
    fill(city, "water", [AREAS[0], LINES[0]], water_kind="lake")
    layer, made, marks = CATALOG["water"], VectorTiles(), []
    with acting_as(city, ANONYMOUS) as connection:
        for tile in tiles_around(city, layer, 9):
            content = decoded(made.tile(connection, [layer], "citizen", tile, TODAY))
            marks += content.get("water", {"features": []})["features"]
    assert len(marks) == len({one["id"] for one in marks}) == 24
    assert {shape(one["geometry"]).geom_type for one in marks} == {"Polygon", "LineString"}
    for one in marks:
        mark = shape(one["geometry"])
        assert mark.is_valid
        assert (mark.area, mark.length) in ((1.0, 4.0), (0.0, 1.0))


def test_geometry_is_drawn_where_it_is(city: Engines) -> None:
    with city.owner.begin() as connection:
        connection.execute(
            sa.text(
                "insert into city.cameras (camera_code, install_purpose, camera_status, geom) select 'C1',"
                " (select code from platform.code where list = 'camera_purpose' and code <> 'an_ninh' limit 1),"
                " (select code from platform.code where list = 'camera_status' limit 1),"
                " st_transform(st_setsrid(st_makepoint(108.4402, 11.9391), 4326), 5899)"
            )
        )
    x, y = transformer(4326, 3857).transform(108.4402, 11.9391)
    zoom = 18
    span = Tile(zoom, 0, 0).span
    tile = Tile(zoom, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span))
    with acting_as(city, ANONYMOUS) as connection:
        content = decoded(VectorTiles().tile(connection, [CATALOG["cameras"]], "citizen", tile, TODAY))
    (camera,) = content["cameras"]["features"]
    across, down = camera["geometry"]["coordinates"]
    west, north = tile.bounds().xmin, tile.bounds().ymax
    # A cell is 4 cm at this zoom; PROJ may choose another way between the datums than pyproj within the metre.
    assert west + across * span / 4096 == pytest.approx(x, abs=0.5)
    assert north - down * span / 4096 == pytest.approx(y, abs=0.5)


@pytest.mark.parametrize("role", ROLES)
def test_tiles_hold_the_rows_of_the_role_and_no_other(city: Engines, role: Role) -> None:
    with city.owner.begin() as connection:
        connection.execute(
            sa.text(
                "insert into city.cameras (camera_code, install_purpose, camera_status, geom)"
                " select 'C' || code, code, (select code from platform.code where list = 'camera_status' limit 1),"
                " st_setsrid(st_makepoint(574000, 1320000), 5899) from platform.code where list = 'camera_purpose'"
            )
        )
    who, layer = Identity("someone", role), CATALOG["cameras"]
    assert drawn_ids(city, layer, 14, who) == visible_ids(city, layer, who)


@pytest.mark.parametrize(
    ("layer", "role"),
    [(layer, role) for layer in CATALOG.layers if layer.tiles for role in ROLES if role in layer.access.read],
    ids=lambda one: one if isinstance(one, str) else one.id,
)
def test_tiles_can_be_made_of_every_layer_for_every_role_that_reads_it(city: Engines, layer: Layer, role: Role) -> None:
    """PostgreSQL refuses the statement where it names a column that the role may not see."""
    assert not {one.name for one in layer.fields if one.personal} & set(tile_columns(layer, role))
    with acting_as(city, Identity("someone", role)) as connection:
        assert VectorTiles().tile(connection, [layer], role, Tile(18, 122239, 210032), TODAY) == b""


@pytest.mark.parametrize(("day", "expected"), [(date(2025, 6, 30), {"Phường 1"}), (date(2025, 7, 1), {"Xuân Hương"})])
def test_only_what_is_valid_on_the_day_is_drawn(city: Engines, day: date, expected: set[str]) -> None:
    with city.owner.begin() as connection:
        square = "st_multi(st_makeenvelope(574000, 1320000, 575000, 1321000, 5899))"
        connection.execute(
            sa.text(
                "insert into city.wards (code, name, valid_from, valid_to, geom) values"
                f" ('24769', 'Phường 1', '2000-01-01', '2025-06-30', {square}),"
                f" ('24769', 'Xuân Hương', '2025-07-01', null, {square})"
            )
        )
        x, y = transformer(5899, 3857).transform(574500, 1320500)
    span = Tile(12, 0, 0).span
    tile = Tile(12, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span))
    with acting_as(city, ANONYMOUS) as connection:
        content = decoded(VectorTiles().tile(connection, [CATALOG["wards"]], "citizen", tile, day))
    assert {one["properties"]["name"] for one in content["wards"]["features"]} == expected


def test_several_layers_are_in_one_tile_each_from_its_first_zoom_on(city: Engines) -> None:
    fill(city, "water", [AREAS[2]], water_kind="lake")
    fill(city, "land_parcels", [AREAS[2]])
    layers = [CATALOG["water"], CATALOG["land_parcels"]]
    x, y = transformer(4326, 3857).transform(108.40, 11.90)
    found = []
    for zoom in (12, 13):
        span = Tile(zoom, 0, 0).span
        tile = Tile(zoom, int((HALF_WORLD - y) // span), int((x + HALF_WORLD) // span))
        with acting_as(city, ANONYMOUS) as connection:
            found.append(set(decoded(VectorTiles().tile(connection, layers, "citizen", tile, TODAY))))
    assert found == [{"water"}, {"water", "land_parcels"}]


def test_an_area_in_many_tiles_is_labelled_in_one_of_them(city: Engines) -> None:
    fill(city, "wards", [AREAS[3], AREAS[0]], code="24769", name="Xuân Hương")
    layer, made, labels, areas = CATALOG["wards"], VectorTiles(), [], []
    with acting_as(city, ANONYMOUS) as connection:
        for tile in tiles_around(city, layer, 11):
            content = decoded(made.tile(connection, [layer], "citizen", tile, TODAY))
            areas += content.get("wards", {"features": []})["features"]
            labels += content.get("wards_label", {"features": []})["features"]
            labels += [
                one for one in content.get("wards", {"features": []})["features"] if not one["properties"].get("cut")
            ]
    assert len(areas) > len(labels) == 24
    assert {one["id"] for one in labels} == {one["id"] for one in areas}
    assert {one["properties"]["name"] for one in labels} == {"Xuân Hương"}


def test_tiles_carry_the_attributes_of_a_parcel_from_its_labels_on(city: Engines) -> None:
    fill(city, "land_parcels", [AREAS[2]], land_use_code="ODT", parcel_no="7")
    layer, made = CATALOG["land_parcels"], VectorTiles()
    for zoom, names in ((15, {"land_use_code"}), (16, {"land_use_code", "parcel_no"})):
        with acting_as(city, ANONYMOUS) as connection:
            tiles = (made.tile(connection, [layer], "citizen", tile, TODAY) for tile in tiles_around(city, layer, zoom))
            content = next(decoded(tile) for tile in tiles if tile)
        assert set(content["land_parcels"]["features"][0]["properties"]) - {"cut"} == names


def test_a_tile_of_another_continent_is_empty(city: Engines) -> None:
    with acting_as(city, ANONYMOUS) as connection:
        assert VectorTiles().tile(connection, [CATALOG["wards"]], "citizen", Tile(12, 10, 10), TODAY) == b""


def test_the_same_rows_make_the_same_bytes(city: Engines) -> None:
    fill(city, "water", AREAS, water_kind="lake")
    tile = next(iter(tiles_around(city, CATALOG["water"], 9)))
    with acting_as(city, ANONYMOUS) as connection:
        first, second = (VectorTiles().tile(connection, [CATALOG["water"]], "citizen", tile, TODAY) for _ in range(2))
    assert first == second != b""


def test_every_way_of_changing_a_layer_gives_it_another_version(city: Engines) -> None:
    layers, seen = [CATALOG["water"]], []
    fill(city, "water", [AREAS[2]], water_kind="lake")
    for statement in ("select 1", "update city.water set name = 'Hồ'", "delete from city.water"):
        with city.owner.begin() as connection:
            connection.execute(sa.text(statement))
        with acting_as(city, ANONYMOUS) as connection:
            seen.append(versions(connection, layers, ANONYMOUS, Tile(8, 119, 205)))
    assert len(set(seen)) == 3


def test_identities_that_see_other_rows_never_share_a_tile() -> None:
    households = [CATALOG["business_households"]]
    first, second = Identity("a", "tax_officer", ("24769",)), Identity("b", "tax_officer", ("24778",))
    assert policy(households, first) != policy(households, second)
    parcels = [CATALOG["land_parcels"]]
    assert policy(parcels, first) != policy(parcels, ANONYMOUS)
    assert policy(parcels, first) == policy(parcels, second)
