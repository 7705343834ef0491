"""POST, PUT, PATCH and DELETE of features, and batches of them: one request is one transaction, all or nothing."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.ogc.asked import Asked, asked, only
from api.ogc.items import known_id
from api.ogc.memory import memory
from api.ogc.receive import Receiver, body_of
from gis_core.db import acting_as
from gis_core.edits import Stored, change, create, remove, writable_columns
from gis_core.errors import BadRequest, Mistakes, NotAllowed, NotAuthenticated, PreconditionRequired, TooLarge
from gis_core.layer import Layer

MAXIMUM_BYTES = 64 * 1024 * 1024
MAXIMUM_CHANGES = 10_000

_SAVES_WITHOUT_IF_MATCH = "QGIS/"
"""QGIS saves edits since 3.32, but cannot send If-Match (see its src/providers/wfs/oapif): there the last save wins."""
_ETAG = re.compile(r'"(\d{1,9})(?:-[0-9a-f]*)?"')


async def post_items(request: Request) -> Response:
    """Creates a feature (201 with its address), or all features of a FeatureCollection (200 with their ids)."""
    return await _edited(request, _post)


async def put_item(request: Request) -> Response:
    """Replaces a feature; what is not sent becomes null."""
    return await _edited(request, _put)


async def patch_item(request: Request) -> Response:
    """Changes the members of a feature that a merge patch names."""
    return await _edited(request, _patch)


async def delete_item(request: Request) -> Response:
    """Deletes a feature; its history stays."""
    return await _edited(request, _delete)


async def post_changes(request: Request) -> Response:
    """Carries out a batch of creations, replacements, patches and deletions."""
    return await _edited(request, _batch)


async def _edited(request: Request, edit: Callable[[Connection, Receiver, bytes], Response]) -> Response:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAXIMUM_BYTES:
            raise TooLarge(f"Nội dung quá {MAXIMUM_BYTES} byte. · The content is larger than {MAXIMUM_BYTES} bytes.")
    return await run_in_threadpool(_carried_out, request, edit, bytes(content))


def _carried_out(request: Request, edit: Callable[[Connection, Receiver, bytes], Response], content: bytes) -> Response:
    asking = asked(request)
    only(asking, frozenset())
    layer = asking.platform.catalog.find(request.path_params["collection_id"], asking.identity.role)
    _check_right(asking, layer)
    with acting_as(asking.platform.engines, asking.identity) as connection:
        receiver = Receiver(layer, asking, memory(request).codes(connection))
        answer = edit(connection, receiver, content)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _check_right(asking: Asked, layer: Layer) -> None:
    if writable_columns(layer, asking.identity.role):
        return
    if asking.anonymous:
        raise NotAuthenticated(
            f"Hãy đăng nhập để sửa '{layer.id}'. · "
            f"Log in to edit '{layer.id}': with HTTP Basic and an application password."
        )
    raise NotAllowed(
        f"Vai trò '{asking.identity.role}' không được sửa '{layer.id}'. · "
        f"The role '{asking.identity.role}' may not edit '{layer.id}'."
    )


def _post(connection: Connection, receiver: Receiver, content: bytes) -> Response:
    document = body_of(content)
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise Mistakes([("/features", "a list of features is expected")])
        return _batched(connection, receiver, [{"op": "create", "feature": one} for one in features], "/features/{}")
    [made] = create(connection, receiver.layer, [receiver.whole(document)])
    return Response(status_code=201, headers={"Location": _address(receiver, made.id), "ETag": _tag(made)})


def _put(connection: Connection, receiver: Receiver, content: bytes) -> Response:
    row_id, versions = _target(receiver)
    made = change(connection, receiver.layer, row_id, versions, receiver.whole(body_of(content), row_id))
    return Response(status_code=204, headers={"ETag": _tag(made)})


def _patch(connection: Connection, receiver: Receiver, content: bytes) -> Response:
    row_id, versions = _target(receiver)
    made = change(connection, receiver.layer, row_id, versions, receiver.part(body_of(content), row_id))
    return Response(status_code=204, headers={"ETag": _tag(made)})


def _delete(connection: Connection, receiver: Receiver, _content: bytes) -> Response:
    row_id, versions = _target(receiver)
    remove(connection, receiver.layer, row_id, versions)
    return Response(status_code=204)


def _batch(connection: Connection, receiver: Receiver, content: bytes) -> Response:
    document = body_of(content)
    changes = document.get("changes") if isinstance(document, dict) else None
    if not isinstance(changes, list):
        raise Mistakes([("/changes", "a list of changes is expected")])
    return _batched(connection, receiver, changes, "/changes/{}/feature")


def _batched(connection: Connection, receiver: Receiver, changes: list[Any], place: str) -> Response:
    if not 1 <= len(changes) <= MAXIMUM_CHANGES:
        raise TooLarge(f"1 – {MAXIMUM_CHANGES} thay đổi mỗi lần. · A batch has 1 to {MAXIMUM_CHANGES} changes.")
    readied, mistakes = [], []
    for position, one in enumerate(changes):
        try:
            readied.append(_readied(receiver, one))
        except Mistakes as wrong:
            mistakes += [(place.format(position) + pointer, sentence) for pointer, sentence in wrong.found]
        except BadRequest as wrong:
            mistakes.append((place.format(position), str(wrong)))
    if mistakes:
        raise Mistakes(mistakes)
    done = [{"id": one.id, "version": one.version or None} for one in _all(connection, receiver.layer, readied)]
    return JSONResponse({"changed": len(done), "features": done})


def _readied(receiver: Receiver, one: Any) -> tuple[str, int, set[int] | None, Any]:
    """A change of a batch, checked: what to do, with which row of which version, and the new values."""
    operation = one.get("op") if isinstance(one, dict) else None
    if operation == "create":
        return "create", 0, None, receiver.whole(one.get("feature"))
    if operation not in ("replace", "update", "delete"):
        raise BadRequest("'op' must be create, replace, update or delete")
    row_id, version = one.get("id"), one.get("version")
    if type(row_id) is not int or type(version) is not int or not 0 <= row_id < 2**63:
        raise BadRequest("'id' and 'version' must say which state of which feature is meant")
    if operation == "delete":
        return operation, row_id, {version}, None
    read = receiver.whole if operation == "replace" else receiver.part
    return operation, row_id, {version}, read(one.get("feature"), row_id)


def _all(connection: Connection, layer: Layer, readied: list[tuple[str, int, set[int] | None, Any]]) -> list[Stored]:
    """The rows after the changes: first those changed and removed, in order, then the new ones in one go."""
    places: list[Stored] = [Stored(row_id, 0) for _, row_id, _, _ in readied]
    for position, (operation, row_id, versions, new) in enumerate(readied):
        if operation == "delete":
            remove(connection, layer, row_id, versions)
        elif operation != "create":
            places[position] = change(connection, layer, row_id, versions, new)
    new_ones = [position for position, one in enumerate(readied) if one[0] == "create"]
    made = create(connection, layer, [readied[position][3] for position in new_ones])
    for position, one in zip(new_ones, made, strict=True):
        places[position] = one
    return places


def _target(receiver: Receiver) -> tuple[int, set[int] | None]:
    """The row in the path, and the versions that If-Match names (None: any). Raises `PreconditionRequired`."""
    row_id = known_id(receiver.layer, receiver.asked.request.path_params["feature_id"])
    headers = receiver.asked.request.headers
    known = headers.get("if-match")
    if known is None and _SAVES_WITHOUT_IF_MATCH in headers.get("user-agent", ""):
        return row_id, None
    if known is None:
        raise PreconditionRequired(
            "Hãy gửi If-Match với ETag đã đọc. · Send If-Match with the ETag you read, or * for whatever is there."
        )
    if known.strip() == "*":
        return row_id, None
    return row_id, {int(version) for version in _ETAG.findall(known)}


def allowed_methods(request: Request) -> Response:
    """The methods that the identity may use on the path, in `Allow`: by it, clients learn whether they may edit."""
    asking = asked(request)
    layer = asking.platform.catalog.find(request.path_params["collection_id"], asking.identity.role)
    methods = ["GET", "HEAD", "OPTIONS"]
    if writable_columns(layer, asking.identity.role):
        methods += ["PUT", "PATCH", "DELETE"] if "feature_id" in request.path_params else ["POST"]
    return Response(status_code=204, headers={"Allow": ", ".join(methods)})


def _address(receiver: Receiver, row_id: int) -> str:
    return f"{receiver.asked.ogc}/collections/{receiver.layer.id}/items/{row_id}"


def _tag(stored: Stored) -> str:
    return f'"{stored.version}"'
