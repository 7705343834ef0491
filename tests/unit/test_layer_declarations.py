import dataclasses
import re
from pathlib import Path

import pytest

from gis_core.catalog import Catalog
from gis_core.codes import read_codes
from gis_core.errors import DeclarationError, NotFound
from gis_core.layer import OWN_WARDS, ROLES, Access, Field, Layer, Rows, Source, Style, Text, Tiles
from layers import CATALOG
from layers.codes import codes

SOME = Text("Một", "Some")
FIELD = Field("name", "text", SOME)
LAYER = Layer(id="benches", title=SOME, description=SOME, group=SOME, shape="Point", fields=(FIELD,))


def layer(**changes: object) -> Layer:
    return dataclasses.replace(LAYER, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": "Benches"}, "its id must be lower-case"),
        ({"shape": "Circle"}, "shape 'Circle' is not one of Point"),
        ({"shape": None, "tiles": Tiles()}, "a layer without geometry has neither style nor tiles"),
        ({"fields": (FIELD, FIELD)}, "field 'name' is declared twice"),
        ({"fields": (Field("Tên", "text", SOME),)}, "field 'Tên': its name must be lower-case ASCII"),
        ({"fields": (Field("bbox", "text", SOME),)}, "field 'bbox': its name 'bbox' is reserved"),
        ({"fields": (Field("name", "string", SOME),)}, "field 'name': kind 'string' is not one of text"),
        ({"fields": (Field("name", "text", Text("Tên", "")),)}, "field 'name': its title is missing"),
        ({"fields": (Field("n", "integer", SOME, codes=codes("plan_level")),)}, "of kind text"),
        ({"fields": (Field("n", "integer", SOME, folded=True),)}, "only text can be folded"),
        ({"fields": (Field("n", "text", SOME, references="benches"),)}, "a reference must be of kind bigint"),
        ({"fields": (Field("n", "number", SOME, unit="VND"),)}, "an amount in VND is of kind money"),
        ({"fields": (Field("n", "number", SOME, minimum=2, maximum=1),)}, "its minimum 2 is above its maximum 1"),
        ({"fields": (Field("n", "text", SOME, pattern="("),)}, "its pattern '(' is no regular expression"),
        ({"fields": (Field("n", "text", SOME, personal=True),)}, "it has personal fields and gives no reason"),
        ({"display": "colour"}, "display names 'colour', which is not one of its fields"),
        ({"moment": "day"}, "moment names 'day', which is not one of its fields"),
        ({"source": Source(key=("code",))}, "source.key names 'code'"),
        ({"source": Source(columns={"code": ()})}, "source.columns names 'code'"),
        ({"style": Style("red")}, "style.colour 'red' is not of the form #rrggbb"),
        ({"style": Style("#aabbcc", label="code")}, "style.label names 'code'"),
        ({"style": Style("#aabbcc", opacity=2)}, "style.opacity 2 is not between 0 and 1"),
        ({"tiles": Tiles(min_zoom=9, max_zoom=5)}, "0 <= min_zoom <= max_zoom <= 22, not 9 and 5"),
        ({"access": Access(read=frozenset({"planner"}))}, "access withholds something without giving its reason"),
        ({"access": Access(write=frozenset({"mayor"}), reason=SOME)}, "access.write names unknown roles mayor"),
        (
            {"access": Access(read=frozenset({"planner"}), personal=frozenset({"citizen"}), reason=SOME)},
            "access.personal names citizen, who may not read the layer",
        ),
        ({"access": Access(rows={"tax_officer": OWN_WARDS}, reason=SOME)}, "it has no field 'ward_code'"),
    ],
)
def test_a_wrong_declaration_fails_at_once_with_a_sentence_naming_layer_and_fault(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(DeclarationError, match=re.escape(sentence)) as caught:
        layer(**changes)
    assert f"Layer '{changes.get('id', 'benches')}'" in str(caught.value)


def test_all_faults_of_a_layer_are_told_at_once() -> None:
    with pytest.raises(DeclarationError) as caught:
        layer(shape="Circle", display="colour")
    assert "Circle" in str(caught.value)
    assert "colour" in str(caught.value)


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ((LAYER, LAYER), "layer 'benches' is declared twice"),
        ((layer(parent="parks"),), "layer 'benches' has the unknown parent 'parks'"),
        (
            (layer(fields=(Field("park", "bigint", SOME, references="parks"),)),),
            "layer 'benches', field 'park' refers to the unknown layer 'parks'",
        ),
        (
            (
                layer(access=Access(rows={"planner": Rows("true", SOME)}, reason=SOME)),
                layer(id="slats", shape=None, parent="benches"),
            ),
            "layer 'slats' shows planner rows that its parent 'benches' hides",
        ),
    ],
)
def test_layers_that_contradict_each_other_make_no_catalogue(layers: tuple[Layer, ...], sentence: str) -> None:
    with pytest.raises(DeclarationError, match=sentence):
        Catalog(layers)


def test_a_hidden_and_an_absent_layer_are_not_told_apart() -> None:
    messages = []
    for name in ("officer_visits", "no_such_layer"):
        with pytest.raises(NotFound) as caught:
            CATALOG.find(name, "citizen")
        messages.append(str(caught.value).replace(name, "…"))
    assert messages[0] == messages[1]


def test_personal_fields_are_known_to_their_roles_only() -> None:
    households = CATALOG["business_households"]
    for role in ROLES:
        knows_debt = "tax_debt" in [one.name for one in households.fields_for(role)]
        assert knows_debt == (role == "tax_officer")


def test_the_seven_layers_and_their_companions_are_declared() -> None:
    assert set(CATALOG) >= {
        "planning_zones", "land_parcels", "house_numbers", "building_permits", "business_households", "cameras",
        "report_points", "plans", "wards", "roads", "buildings", "forest", "water", "places", "construction_flags",
        "officer_visits", "camera_views", "report_hotspots",
    }  # fmt: skip


def test_every_layer_says_who_it_is_in_both_languages_and_in_composed_letters() -> None:
    import unicodedata

    for one in CATALOG.layers:
        for words in (one.title, one.description, one.group, *(field.title for field in one.fields)):
            for text in (words.vi, words.en):
                assert text
                assert text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("code,vi,en\nA,a,a\n", "must have the columns code, vi, en, colour"),
        ("code,vi,en,colour,valid_from,valid_to,legal_basis,superseded_by,verified\nA,,a,,,,,,\n", "line 2: code, vi"),
        (
            "code,vi,en,colour,valid_from,valid_to,legal_basis,superseded_by,verified\nA,a,a,,soon,,,,\n",
            "line 2: Invalid isoformat string: 'soon'",
        ),
        (
            "code,vi,en,colour,valid_from,valid_to,legal_basis,superseded_by,verified\nA,a,a,,,,,,\nA,b,b,,,,,,\n",
            "has codes twice: A",
        ),
    ],
)
def test_a_wrong_code_list_is_refused_with_file_and_line(tmp_path: Path, rows: str, sentence: str) -> None:
    file = tmp_path / "kinds.csv"
    file.write_text(rows, "utf-8")
    with pytest.raises(DeclarationError, match=re.escape(sentence)) as caught:
        read_codes(file)
    assert "kinds.csv" in str(caught.value)
