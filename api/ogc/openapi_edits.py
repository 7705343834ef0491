"""The part of the OpenAPI document about edits of features: one by one, and in a batch."""

from typing import Any

from api.ogc.asked import Language
from api.ogc.openapi_parts import references
from gis_core.layer import Layer, Text

_GEOJSON = "application/geo+json"
_PATCH = {"type": "Feature", "properties": {"source": "Ví dụ · Example"}}
_ONE = (
    ("put", "replaceFeature", Text("Thay đối tượng", "Replace")),
    ("patch", "updateFeature", Text("Sửa đối tượng", "Update")),
    ("delete", "deleteFeature", Text("Xoá đối tượng", "Delete")),
)


def edit_paths(paths: dict[str, Any], layer: Layer, language: Language, example: dict[str, Any]) -> dict[str, Any]:
    """The paths of items and of one item, in this order, with the edits beside reading, and the path of batches.

    `example` is a feature that can be created.
    """
    (items, of_items), (item, of_item) = paths.items()
    post = _edit(f"{layer.id}.createFeature", "201", Text("Tạo đối tượng", "Create"), layer, language)
    post["requestBody"] = _body(_GEOJSON, "feature", example)
    edits: dict[str, Any] = {}
    for method, name, title in _ONE:
        edits[method] = _edit(f"{layer.id}.{name}", "204", title, layer, language)
        edits[method]["parameters"] = [of_item["get"]["parameters"][0], *references("Content-Crs", "If-Match")]
    edits["put"]["requestBody"] = _body(_GEOJSON, "feature", example)
    edits["patch"]["requestBody"] = _body(_GEOJSON, "featurePatch", _PATCH)
    batch = _edit(f"{layer.id}.changeFeatures", "200", Text("Sửa hàng loạt", "Batch of edits"), layer, language)
    batch["responses"]["200"] = {"$ref": "#/components/responses/Changed"}
    several = {"changes": [{"op": "create", "feature": example}]}
    batch["requestBody"] = _body("application/json", "changes", several)
    changes = f"{items.removesuffix('/items')}/changes"
    return {items: of_items | {"post": post}, item: of_item | edits, changes: {"post": batch}}


def _edit(operation_id: str, status: str, title: Text, layer: Layer, language: Language) -> dict[str, Any]:
    refused = {code: {"$ref": "#/components/responses/Problem"} for code in ("400", "403", "404", "409", "412", "428")}
    return {
        "operationId": operation_id,
        "summary": f"{title[language]}: {layer.title[language]}",
        "tags": [layer.id],
        "parameters": references("Content-Crs"),
        "responses": {status: {"$ref": "#/components/responses/Edited"}, **refused},
    }


def _body(media_type: str, schema: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    return {"required": True, "content": {media_type: content}}
