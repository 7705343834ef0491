"""Values are read in the types of their fields, tables with coordinates in any order."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from etl.check import typed
from etl.mapping import folded
from etl.match import source_refs
from etl.tabular import points
from gis_core.layer import Kind


@pytest.mark.parametrize(
    ("kind", "texts", "wanted"),
    [
        ("number", ["2,5", "1.5", "", None], [2.5, 1.5, None, None]),
        ("integer", ["3", "4.0", " 5 "], [3, 4, 5]),
        ("boolean", ["có", "không", "1", "no"], [True, False, True, False]),
        ("date", ["30/06/2025", "2025-07-01"], [date(2025, 6, 30), date(2025, 7, 1)]),
        ("text", [" Đà Lạt ", "", "x"], ["Đà Lạt", None, "x"]),
    ],
)
def test_texts_are_read_as_the_kind_of_their_field(kind: Kind, texts: list[str | None], wanted: list[object]) -> None:
    values, bad = typed(pa.array(texts, pa.string()), kind)
    assert values.to_pylist() == wanted
    assert not bad.any()


@pytest.mark.parametrize(
    ("kind", "text"),
    [("integer", "2.5"), ("number", "abc"), ("date", "31/02/2025"), ("boolean", "maybe"), ("uuid", "7")],
)
def test_a_value_of_another_kind_is_told(kind: Kind, text: str) -> None:
    values, bad = typed(pa.array(["", text]), kind)
    assert bad.tolist() == [False, True]
    assert values[1].as_py() is None


def test_whole_reals_read_as_sheet_numbers_without_a_fraction() -> None:
    assert typed(pa.array([16.0, None]), "text")[0].to_pylist() == ["16", None]


def test_survey_tables_with_x_as_northing_are_turned_round() -> None:
    geometry, unreadable = points(["1320700,4", "575502.7", "11.94", "abc"], ["575502.7", "1320700.4", "108.44", "1"])
    assert [(one.x, one.y) for one in geometry[:3]] == [(575502.7, 1320700.4), (575502.7, 1320700.4), (108.44, 11.94)]
    assert unreadable.tolist() == [False, False, False, True]


def test_column_names_are_compared_without_case_signs_and_diacritics() -> None:
    assert folded("Số_Tờ bản Đồ") == folded("SOTOBANDO")


def test_a_reference_joins_the_key_and_leaves_missing_parts_empty() -> None:
    values = {"a": pa.array(["x", None, None]), "b": pa.array([date(2025, 7, 1), date(2025, 7, 1), None], pa.date32())}
    refs = source_refs(values, None, ("a", "b"), 3).to_pylist()
    assert refs[:2] == ["x/2025-07-01", "/2025-07-01"]
    assert len(refs[2]) == 32  # a row without any key is known by its content


def test_a_row_without_key_is_known_by_geometry_and_values() -> None:
    values = {"name": pa.array(["x", "x", "y"])}
    geometry = np.array([None] * 3, dtype=object)
    first, second, third = source_refs(values, geometry, (), 3).to_pylist()
    assert first == second != third
    assert source_refs({**values, "added_later": pa.nulls(3)}, geometry, (), 3).to_pylist() == [first, second, third]
