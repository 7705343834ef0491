"""The card of a feature: what a role may know of it, labelled and worded, for the map and for lists."""

from typing import Any

import orjson
from fastapi import Request, Response
from shapely.geometry import shape
from sqlalchemy import Connection, Row, select
from starlette.routing import Route

from api.asking import who
from api.platform import platform
from api.web.language import Language, language
from api.web.wording import worded, worded_date
from gis_core.catalog import Catalog
from gis_core.db import acting_as
from gis_core.errors import NotFound
from gis_core.features import feature
from gis_core.layer import Field, Layer, Role, Text
from gis_core.query import Query
from gis_core.table import table
from tiles.legend import Palette, read_palette

VALID_FROM, VALID_TO = Text("Hiệu lực từ", "Valid from"), Text("Hiệu lực đến", "Valid to")
UPDATED, SOURCE = Text("Cập nhật ngày", "Updated on"), Text("Nguồn dữ liệu", "Data source")


def routes() -> list[Route]:
    """The card's route."""
    return [Route("/cards/{layer}/{feature_id:int}", card)]


def card(request: Request) -> Response:
    """The card of one feature as JSON. Raises `NotFound`, alike for absent and for hidden features."""
    catalog, identity = platform(request).catalog, who(request)
    layer = catalog.find(request.path_params["layer"], identity.role)
    feature_id = request.path_params["feature_id"]
    if feature_id >= 1 << 63:
        raise NotFound(f"Không có đối tượng '{feature_id}'. · There is no feature '{feature_id}'.")
    with acting_as(platform(request).engines, identity) as connection:
        found = orjson.loads(feature(connection, Query(layer, identity.role), feature_id))
        wording = _Wording(connection, catalog, identity.role, read_palette(connection), language(request))
        document = _document(layer, found, wording)
    return Response(
        orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "private, no-cache"}
    )


class _Wording:
    """How values become text for one asker."""

    def __init__(
        self, connection: Connection, catalog: Catalog, role: Role, palette: Palette, language: Language
    ) -> None:
        self._connection, self._catalog, self._role, self._palette = connection, catalog, role, palette
        self.language = language

    def text(self, field: Field, value: Any) -> str:
        if field.references is not None:
            return self._reference(field.references, value)
        return worded(field, value, self._palette, self.language)

    def _reference(self, layer_id: str, feature_id: int) -> str:
        """The name of the feature referred to, its number where it has no name for the role."""
        layer = next((one for one in self._catalog.readable_by(self._role) if one.id == layer_id), None)
        shown = {one.name for one in layer.fields_for(self._role)} if layer else set()
        if layer is None or layer.display not in shown:
            return str(feature_id)
        columns = table(layer).c
        row: Row[Any] | None = self._connection.execute(
            select(columns[layer.display]).where(columns.id == feature_id)
        ).one_or_none()
        return str(row[0]) if row and row[0] is not None else str(feature_id)


def _document(layer: Layer, found: dict[str, Any], wording: _Wording) -> dict[str, Any]:
    properties, language = found["properties"], wording.language
    shown = [one for one in layer.fields if one.kind != "json" and properties.get(one.name) is not None]
    rows = [{"label": one.title[language], "value": wording.text(one, properties[one.name])} for one in shown]
    name = properties.get(layer.display) if layer.display else None
    return {
        "layer": layer.id,
        "id": found["id"],
        "layer_title": layer.title[language],
        "title": str(name) if name is not None else f"{layer.title[language]} {found['id']}",
        "rows": rows + _about(properties, language),
        "geometry": found["geometry"],
        "box": list(shape(found["geometry"]).bounds) if found["geometry"] else None,
    }


def _about(properties: dict[str, Any], language: Language) -> list[dict[str, str]]:
    """When the feature is valid, where it comes from and how old it is."""
    days = (("valid_from", VALID_FROM), ("valid_to", VALID_TO), ("updated_at", UPDATED))
    rows = [
        {"label": title[language], "value": worded_date(properties[name])}
        for name, title in days
        if properties.get(name)
    ]
    source = properties.get("source")
    return [*rows, {"label": SOURCE[language], "value": source}] if source else rows
