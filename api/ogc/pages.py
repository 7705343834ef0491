"""The documents as pages for people: Vietnamese first, code labels instead of codes, dates as dd/MM/yyyy."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader
from starlette.responses import HTMLResponse

from api.ogc.asked import Asked, Language
from api.ogc.links import Link, address
from api.ogc.memory import Codes
from gis_core.features import Count, Page
from gis_core.layer import Field, Layer, Text
from gis_core.properties import published_fields
from gis_core.query import CITY_TIME, Query

UNITS: Mapping[str, str] = {"m2": "m²", "km2": "km²", "deg": "°", "VND": "₫"}
"""How the units of fields are written for people, where that differs from the symbol."""
COLUMNS_SHOWN = 8
"""Properties in the table of a page of features; the feature's own page has all."""
YES_NO = {True: Text("có", "yes"), False: Text("không", "no")}

_TEMPLATES = Environment(
    loader=PackageLoader("api", "templates/ogc"), autoescape=True,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def page(asked: Asked, template: str, headers: Mapping[str, str] | None = None, **content: Any) -> HTMLResponse:
    """The page made from a template, in the language asked for."""
    language = asked.language

    def translated(vietnamese: str, english: str) -> str:
        return english if language == "en" else vietnamese

    words = _TEMPLATES.get_template(f"{template}.html").render(
        asked=asked, language=language, t=translated, title_of=partial(_title_of, language=language),
        json_address=address(asked, f="json"), jsonfg_address=address(asked, f="jsonfg"),
        other_language=address(asked, lang="vi" if language == "en" else "en"),
        **content,
    )  # fmt: skip
    return HTMLResponse(words, headers={"Content-Language": language, **(headers or {})})


def items(
    asked: Asked, query: Query, found: Page, count: Count, links: list[Link], codes: Codes, headers: Mapping[str, str]
) -> HTMLResponse:
    """A page of features as a table; on a phone each row becomes a card."""
    features = orjson.loads(found.features)
    fields = _fields(query)
    shown = sorted(fields[:COLUMNS_SHOWN], key=lambda one: one.name != query.layer.display)
    rows = [
        (one["id"], [value_words(one["properties"][f.name], f, codes, asked.language) for f in shown])
        for one in features
    ]
    following = next((one["href"] for one in links if one["rel"] == "next"), None)
    first = address(asked, after=None, offset=None) if query.after or query.offset else None
    return page(
        asked, "items", headers, layer=query.layer, fields=shown, rows=rows, count=count, returned=found.returned,
        following=following, first=first, number=partial(number_words, language=asked.language),
        features=_drawn(query, features),
    )  # fmt: skip


def item(asked: Asked, query: Query, feature: dict[str, Any], codes: Codes, headers: Mapping[str, str]) -> HTMLResponse:
    """A feature as a list of labelled values."""
    values = feature["properties"]
    pairs = [(one, value_words(values[one.name], one, codes, asked.language)) for one in _fields(query)]
    name = values.get(query.layer.display) if query.layer.display else None
    return page(
        asked, "item", headers, layer=query.layer, feature=feature, pairs=pairs, name=name or feature["id"],
        features=_drawn(query, [feature]),
    )  # fmt: skip


def value_words(value: Any, one: Field, codes: Codes, language: Language) -> str:
    """A property's value as people read it: label for code, unit after number, dd/MM/yyyy; empty for none."""
    if value is None:
        return ""
    if one.codes and (names := codes.get(one.codes.id, {}).get(str(value))):
        return names[language == "en"]
    if isinstance(value, bool):
        return YES_NO[value][language]
    if one.kind == "date":
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    if one.kind == "timestamp":
        return datetime.fromisoformat(value).astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, int | float) and not one.references:
        unit = UNITS.get(one.unit or "", one.unit)
        return number_words(value, language) + (f" {unit}" if unit else "")
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def number_words(number: float, language: Language) -> str:
    """A number with the separators of the language: 1.234,5 in Vietnamese, 1,234.5 in English."""
    words = f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"
    return words if language == "en" else words.translate(str.maketrans(",.", ".,"))


def _fields(query: Query) -> list[Field]:
    fields = {one.name: one for one in published_fields(query.layer, query.role)}
    return [fields[name] for name in (query.properties or fields)]


def _drawn(query: Query, features: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The features for the map on the page; None where they have no longitudes and latitudes to draw."""
    if query.skip_geometry or query.crs.srid != 4326 or query.crs.northing_first or query.layer.shape is None:
        return None
    label = query.layer.display
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": one["id"], "geometry": one["geometry"],
             "properties": {"label": str(one["properties"].get(label) or one["id"])}}
            for one in features if one["geometry"]
        ],
    }  # fmt: skip


def _title_of(part: Text | Layer | Field, language: Language) -> str:
    return part[language] if isinstance(part, Text) else part.title[language]
