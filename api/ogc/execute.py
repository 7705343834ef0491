"""The request to run a process: read strictly, every mistake named; and its answer."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import orjson
from starlette.responses import Response

from api.ogc.asked import Asked
from api.ogc.process_documents import chosen
from api.ogc.receive import body_of
from gis_core.errors import BadRequest, Unavailable, WrongInputs, WrongMediaType
from gis_core.jobs.hosts import Hosts, faults, fetch
from gis_core.jobs.job import Desk, Job
from gis_core.jobs.mistakes import LONGEST
from gis_core.jobs.queue import Order
from gis_core.jobs.run import checked, run_job
from gis_core.layer import Text

MAXIMUM_BYTES = 8 << 20
MAXIMUM_DEPTH = 64
"""Levels of a request; coordinates of multi-part geometries in a collection have about ten."""
AT_ONCE = 4
"""How many processes a server process runs while the client waits; the next one asking is told to come back."""

_MEMBERS = ("inputs", "outputs", "response", "subscriber")
_QUALIFIERS = {"value", "format", "mediaType", "encoding", "schema"}
_places = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Execution:
    """What a request asks: the job, its inputs as sent, and how it is to be answered."""

    job: Job
    inputs: dict[str, Any]
    order: Order


def read_execution(content: bytes, media_type: str, job: Job, asked: Asked, hosts: Hosts) -> Execution:
    """What the body of a request asks. Raises `WrongInputs` naming every mistake, else `BadRequest`."""
    if media_type and not (media_type == "application/json" or media_type.endswith("+json")):
        raise WrongMediaType("Hãy gửi application/json. · Send the request as application/json.")
    document = body_of(content)
    if not isinstance(document, dict):
        raise WrongInputs([("", "phải là đối tượng JSON · a JSON object is expected")])
    if _too_deep(document):
        raise WrongInputs([("", f"lồng quá {MAXIMUM_DEPTH} tầng · it is nested more than {MAXIMUM_DEPTH} levels deep")])
    found = list(_members(document, job, hosts))
    inputs = _inputs(document.get("inputs", {}), found, hosts)
    found += [(f"/inputs{place}", words) for place, words in _wrong_inputs(job, inputs, asked, strict=True)]
    if found:
        raise WrongInputs(found)
    outputs = tuple(document.get("outputs") or ()) or None
    order = Order(outputs, document.get("response", "document"), document.get("subscriber", {}))
    return Execution(job, inputs, order)


def check_inputs(job: Job, inputs: dict[str, Any], asked: Asked) -> None:
    """Raises `WrongInputs` naming every mistake in inputs that were written into a form."""
    if found := list(_wrong_inputs(job, inputs, asked, strict=False)):
        raise WrongInputs(found)


def run_now(execution: Execution, asked: Asked) -> dict[str, Any]:
    """The values of the outputs asked for. Raises `Unavailable` where too many run already, and what the job does."""
    if not _places.acquire(blocking=False):
        raise Unavailable("Đang chạy quá nhiều tiến trình; hãy thử lại sau. · Too many processes run; try again.")
    try:
        result = run_job(asked.platform.engines, asked.identity, execution.job, execution.inputs, _silent)
    finally:
        _places.release()
    return chosen(execution.job, result, execution.order.outputs)


def answer(job: Job, values: Mapping[str, Any], response: str, headers: Mapping[str, str]) -> Response:
    """The values as a document, or raw: one by itself, several as parts (OGC 18-062r2, 7.11.4)."""
    if response == "document":
        return Response(orjson.dumps(values), headers=headers, media_type="application/json")
    if not values:
        return Response(status_code=204, headers=headers)
    parts = {name: _raw(job, name, value) for name, value in values.items()}
    if len(parts) == 1:
        [(media_type, content)] = parts.values()
        return Response(content, headers={**headers, "Content-Type": media_type})
    boundary = uuid.uuid4().hex
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-ID: <{name}>\r\n\r\n".encode() + content + b"\r\n"
        for name, (media_type, content) in parts.items()
    )
    kind = f'multipart/related; boundary="{boundary}"'
    return Response(body + f"--{boundary}--\r\n".encode(), headers={**headers, "Content-Type": kind})


def _raw(job: Job, name: str, value: Any) -> tuple[str, bytes]:
    if isinstance(value, str):
        return f"{_media_type(job, name)}; charset=utf-8", value.encode()
    return "application/json", orjson.dumps(value)


def _media_type(job: Job, output: str) -> str:
    schema = job.all_outputs[output].schema
    plain = "text/plain" if schema.get("type") == "string" or "oneOf" in schema else "application/json"
    return str(schema.get("contentMediaType", plain))


def _members(document: Mapping[str, Any], job: Job, hosts: Hosts) -> Iterator[tuple[str, str]]:
    for name in sorted(document.keys() - set(_MEMBERS)):
        known = ", ".join(_MEMBERS)
        yield f"/{name[:LONGEST]}", f"không có ở đây; có {known} · there is no such member; there are {known}"
    if document.get("response", "document") not in ("document", "raw"):
        yield "/response", "dùng document hoặc raw · use document or raw"
    if "subscriber" in document:
        yield from faults(document["subscriber"], hosts)
    outputs = document.get("outputs", {})
    if not isinstance(outputs, dict):
        yield "/outputs", "phải là đối tượng JSON · a JSON object is expected"
        return
    for name, one in outputs.items():
        yield from ((f"/outputs/{name[:LONGEST]}{place}", words) for place, words in _output(job, name, one))


def _output(job: Job, name: str, asked: Any) -> Iterator[tuple[str, str]]:
    if name not in job.all_outputs:
        known = ", ".join(job.all_outputs)
        yield "", f"đầu ra không có; có {known} · there is no such output; there are {known}"
        return
    if not isinstance(asked, dict):
        yield "", "phải là đối tượng JSON · a JSON object is expected"
        return
    only = "reference" if job.files else "value"
    if asked.get("transmissionMode", only) != only:
        yield "/transmissionMode", f"chỉ có {only} · there is {only} only"
    wanted = asked.get("format")
    media_type = wanted.get("mediaType") if isinstance(wanted, dict) else wanted
    made = _media_type(job, name)
    if media_type not in (None, "application/json", made) and not job.files:
        yield "/format", f"chỉ có {made} · there is {made} only"


def _inputs(sent: Any, mistakes: list[tuple[str, str]], hosts: Hosts) -> dict[str, Any]:
    """The inputs without their qualifying wrapping; what is given by reference is fetched."""
    if not isinstance(sent, dict):
        mistakes.append(("/inputs", "phải là đối tượng JSON · a JSON object is expected"))
        return {}
    found = {}
    for name, value in sent.items():
        try:
            found[name] = _value(value, hosts)
        except BadRequest as refused:
            mistakes.append((f"/inputs/{name[:LONGEST]}", str(refused)))
    return found


def _value(value: Any, hosts: Hosts) -> Any:
    if not isinstance(value, dict):
        return value
    if "value" in value and set(value) <= _QUALIFIERS:
        return value["value"]
    if "href" in value and set(value) <= {"href", "type", "rel", "title", "hreflang"}:
        fetched = body_of(fetch(value["href"], hosts))
        if _too_deep(fetched):
            raise BadRequest(f"lồng quá {MAXIMUM_DEPTH} tầng · nested more than {MAXIMUM_DEPTH} levels deep")
        return fetched
    return value


def _wrong_inputs(job: Job, inputs: dict[str, Any], asked: Asked, *, strict: bool) -> Iterator[tuple[str, str]]:
    try:
        checked(job, inputs, Desk(asked.identity, Path()), strict=strict)
    except WrongInputs as wrong:
        yield from wrong.found
    except BadRequest as wrong:
        yield "", str(wrong)


def _too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAXIMUM_DEPTH):
        parts = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [one for part in parts for one in part]
        if not level:
            return False
    return True


def _silent(share: float, words: Text) -> None: ...
