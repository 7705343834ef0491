"""Values as people read them: code names, dates dd/MM/yyyy, grouped numbers, units and đồng."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from api.web.language import Language
from gis_core.layer import Field, Text
from gis_core.query import CITY_TIME
from tiles.legend import Entry, Palette

UNITS = {"m2": "m²", "km2": "km²", "deg": "°", "min": "phút"}
YES, NO = Text("Có", "Yes"), Text("Không", "No")
DECIMALS = 2


def worded(field: Field, value: Any, palette: Palette, language: Language) -> str:
    """The JSON `value` of `field` as text in `language`."""
    if field.codes:
        return code_name(palette.get(field.codes.id, ()), str(value), language)
    match field.kind:
        case "boolean":
            return (YES if value else NO)[language]
        case "date":
            return worded_date(value)
        case "timestamp":
            return datetime.fromisoformat(value).astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M")
        case "money":
            return f"{grouped(value, language)} {'₫' if language == 'vi' else 'VND'}"
        case "number":
            return _with_unit(grouped(round(value, DECIMALS), language), field.unit)
        case "integer" if field.unit:
            return _with_unit(grouped(value, language), field.unit)
    return str(value)


def worded_date(value: str) -> str:
    """An ISO day as dd/MM/yyyy."""
    return date.fromisoformat(value[:10]).strftime("%d/%m/%Y")


def code_name(entries: Sequence[Entry], code: str, language: str) -> str:
    """The name of `code`, with the code itself where it is one people use (land-use symbols are upper case)."""
    for entry in entries:
        if entry.code == code:
            return f"{entry.name[language]} ({code})" if code.isupper() else entry.name[language]
    return code


def grouped(number: float, language: Language) -> str:
    """The number with groups of three digits: 1.234,5 in Vietnamese, 1,234.5 in English."""
    english = f"{number:,}".removesuffix(".0")
    return english if language == "en" else english.translate(str.maketrans(",.", ".,"))


def _with_unit(number: str, unit: str | None) -> str:
    if unit is None:
        return number
    symbol = UNITS.get(unit, unit)
    return f"{number}{symbol}" if symbol in ("°", "%") else f"{number} {symbol}"
