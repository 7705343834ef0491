"""JSON-FG 1.0 (OGC 21-045r1): what its documents tell beyond GeoJSON, and the SQL that tells a feature's time."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import ColumnElement, Date, Text, case, cast, func, literal_column

from gis_core.crs import PublishedCrs
from gis_core.layer import Layer

Profile = Literal["rfc7946", "jsonfg", "jsonfg-plus"]
"""The GeoJSON profiles of OGC 21-045r1, clause 14; the last adds geometries for readers of plain GeoJSON."""
JSONFG = "application/vnd.ogc.fg+json"
"""The media type that tells JSON-FG from plain GeoJSON; as a profile of GeoJSON it goes by that one's type."""
PROFILE_URI = "http://www.opengis.net/def/profile/OGC/0/"
_CLASS = "http://www.opengis.net/spec/json-fg-1/1.0/conf/"
_DIMENSIONS: Mapping[str, int] = {
    "Point": 0, "LineString": 1, "MultiLineString": 1, "Polygon": 2, "MultiPolygon": 2,
}  # fmt: skip


def root_members(layer: Layer, crs: PublishedCrs) -> dict[str, Any]:
    """What the root of a document with features of `layer` in `crs` says of all of them."""
    found: dict[str, Any] = {"conformsTo": [f"{_CLASS}core", f"{_CLASS}types-schemas"], "featureType": layer.id}
    return found | {"coordRefSys": crs.uri}


def geometry_dimension(layer: Layer) -> dict[str, int]:
    """The member of a collection that tells the dimension of its geometries; none where they differ or are absent."""
    dimension = _DIMENSIONS.get(layer.shape or "")
    return {} if dimension is None else {"geometryDimension": dimension}


def time_json(times: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    """The member `time` as JSON text, of the columns that tell it: a start and an end, or one moment; null without."""
    if {"valid_from", "valid_to"} <= times.keys():
        ends = [_end(times["valid_from"]), _end(times["valid_to"])]
        span = func.concat(literal_column("""'{"interval":['"""), ends[0], ",", ends[1], literal_column("']}'"))
        return case((func.coalesce(*times.values()).is_(None), "null"), else_=span)
    for moment in times.values():
        if isinstance(moment.type, Date):
            return _known(moment, func.concat(literal_column("""'{"date":'"""), func.to_json(moment), "}"))
        # In UTC, as clause 8.3 asks; to_json leaves out a fraction of a second that is none.
        instant = func.rtrim(cast(func.to_json(func.timezone("UTC", moment)), Text), '"')
        return _known(moment, func.concat(literal_column("""'{"timestamp":'"""), instant, literal_column("""'Z"}'""")))
    return literal_column("'null'")


def _end(day: ColumnElement[Any]) -> ColumnElement[str]:
    return case((func.isfinite(day), cast(func.to_json(day), Text)), else_=literal_column("""'".."'"""))


def _known(moment: ColumnElement[Any], words: ColumnElement[str]) -> ColumnElement[str]:
    return case((func.isfinite(moment), words), else_="null")
