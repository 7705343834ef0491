"""Values as the pages write them."""

from typing import Any

import pytest

from api.web.language import Language
from api.web.wording import worded
from gis_core.layer import Field, Kind, Text

NAME = Text("Tên", "Name")


@pytest.mark.parametrize(
    ("kind", "unit", "value", "vi", "en"),
    [
        ("number", "m2", 1234567.891, "1.234.567,89 m²", "1,234,567.89 m²"),
        ("number", "%", 60.0, "60%", "60%"),
        ("number", "deg", 107.75, "107,75°", "107.75°"),
        ("money", "VND", 1500000, "1.500.000 ₫", "1,500,000 VND"),
        ("boolean", None, False, "Không", "No"),
        ("date", None, "2025-07-01", "01/07/2025", "01/07/2025"),
        ("timestamp", None, "2025-12-31T18:30:00+00:00", "01/01/2026 01:30", "01/01/2026 01:30"),
        ("integer", None, 24769, "24769", "24769"),
        ("text", None, "Đường Trần Phú", "Đường Trần Phú", "Đường Trần Phú"),
    ],
)
def test_a_value_is_written_as_people_here_write_it(kind: Kind, unit: str | None, value: Any, vi: str, en: str) -> None:
    languages: tuple[Language, Language] = ("vi", "en")
    assert [worded(Field("one", kind, NAME, unit=unit), value, {}, one) for one in languages] == [vi, en]
