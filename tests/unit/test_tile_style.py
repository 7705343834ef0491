"""Styles and legends made from declarations."""

import pytest

from gis_core.layer import ROLES, Layer, Role, Style, Text, Tiles
from layers import CATALOG
from tiles.legend import Entry, Palette, legend
from tiles.style import THEMES, style
from tiles.tileset import Tileset, metadata, tilejson
from tiles.vector import tile_columns

NAME = Text("Lớp", "Layer")
PALETTE: Palette = {
    "land_use": [Entry("ODT", Text("Đất ở tại đô thị", "Urban residential land"), "#ffa0ff"),
                 Entry("CNT", Text("Đất chăn nuôi tập trung", "Livestock land"), None)],
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("theme", THEMES)
def test_a_style_draws_every_layer_that_the_role_may_read(role: Role, theme: str) -> None:
    layers = CATALOG.readable_by(role)
    made = style(theme, layers, {}, "http://city")
    drawn = {one["metadata"]["langbiang:layer"] for one in made["layers"] if "source" in one}
    assert drawn == {layer.id for layer in layers if layer.style and layer.tiles} == set(made["sources"])


@pytest.mark.parametrize("role", ROLES)
def test_a_style_names_no_column_that_tiles_do_not_carry(role: Role) -> None:
    layers = CATALOG.readable_by(role)
    for layer in layers:
        if layer.style and layer.tiles:
            used = {layer.style.colour_by, layer.style.label} - {None}
            assert used <= set(tile_columns(layer, role)), layer.id


def test_layers_are_drawn_in_the_order_of_the_catalogue_with_all_labels_on_top() -> None:
    made = style("default", CATALOG.readable_by("citizen"), {}, "http://city")["layers"]
    kinds = [one["type"] == "symbol" for one in made]
    assert kinds == sorted(kinds)
    order = list(dict.fromkeys(one["source"] for one in made if one["type"] not in ("background", "symbol")))
    assert order == [layer.id for layer in CATALOG.readable_by("citizen") if layer.style]


def test_a_class_is_drawn_in_its_colour_and_one_without_in_that_of_the_layer() -> None:
    parcels = CATALOG["land_parcels"]
    made = style("default", [parcels], PALETTE, "http://city")["layers"]
    area = next(one for one in made if one["type"] == "fill")
    assert area["paint"]["fill-color"] == [
        "match",
        ["to-string", ["get", "land_use_code"]],
        "ODT",
        "#ffa0ff",
        "#f2ead8",
    ]
    (group,) = legend([parcels], PALETTE)
    assert [one["colour"] for one in group["layers"][0]["classes"]] == ["#ffa0ff", "#f2ead8"]


def test_a_layer_of_mixed_shapes_is_drawn_as_areas_lines_and_points() -> None:
    mixed = Layer(
        "mixed", NAME, NAME, "Geometry", (), group=NAME, style=Style("#112233"), tiles=Tiles(10, 16)
    )  # fmt: skip
    made = style("default", [mixed], {}, "http://city")["layers"][1:]
    assert {(one["type"], one["filter"][2]) for one in made} == {
        ("fill", "Polygon"), ("line", "Polygon"), ("line", "LineString"), ("circle", "Point"),
    }  # fmt: skip


def test_a_legend_lists_the_topmost_layer_first() -> None:
    ids = [one["id"] for group in legend(CATALOG.readable_by("citizen"), {}) for one in group["layers"]]
    assert ids[0] == "report_points"
    assert set(ids) == {layer.id for layer in CATALOG.readable_by("citizen") if layer.style}


def test_tilesets_are_described_alike_in_both_encodings() -> None:
    parcels, wards = CATALOG["land_parcels"], CATALOG["wards"]
    tileset = Tileset(
        "Thành phố", [wards, parcels], "citizen", "http://city", "http://city/ogc/tiles", (108, 11, 109, 12)
    )
    described, as_tilejson = metadata(tileset), tilejson(tileset)
    assert (as_tilejson["minzoom"], as_tilejson["maxzoom"]) == (8, 18)
    assert as_tilejson["tiles"] == ["http://city/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"]
    assert described["boundingBox"]["lowerLeft"] == as_tilejson["bounds"][:2] == [108, 11]
    assert [one["id"] for one in described["layers"]] == [one["id"] for one in as_tilejson["vector_layers"]]
    templates = [one["href"] for one in described["links"] if one["rel"] == "item"]
    assert templates == ["http://city/ogc/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}?f=mvt"]
