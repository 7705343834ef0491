"""The pages of the processes for people: the list, a description with a form, and the values of a result."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.responses import Response

from api.asking import asker
from api.ogc import pages
from api.ogc.asked import Asked
from api.ogc.links import Link
from api.ogc.process_documents import inputs
from gis_core.crs import published
from gis_core.errors import LangbiangError, Mistakes, WrongInputs
from gis_core.jobs.job import Job

PREFIX = "in."
"""Before the names of inputs in forms: no input can take the place of the form's token."""


@dataclass(frozen=True, slots=True)
class Box:
    """One field of a form: `kind` is how it is written, `mistake` what was wrong with what was."""

    name: str
    title: str
    kind: str
    required: bool
    choices: Sequence[tuple[str, str]]
    value: str
    mistake: str
    schema: Mapping[str, Any]


def process_list(asked: Asked, jobs: Sequence[Job], links: Sequence[Link], headers: Mapping[str, str]) -> Response:
    """The page of the processes."""
    following = next((one["href"] for one in links if one["rel"] == "next"), None)
    return pages.page(asked, "processes", headers, jobs=jobs, following=following)


def process(
    asked: Asked, job: Job, found: Mapping[str, Any], *, headers: Mapping[str, str],
    written: Mapping[str, str] | None = None, error: LangbiangError | None = None,
) -> Response:  # fmt: skip
    """The page of a process with the form that runs it; `error` is why the form `written` was refused."""
    mistakes = error.found if isinstance(error, Mistakes) else []
    at = {pointer.split("/")[1]: spoken(words, asked) for pointer, words in reversed(mistakes) if "/" in pointer}
    boxes = [_box(asked, name, about, (written or {}).get(name, ""), at) for name, about in found["inputs"].items()]
    known = {box.name for box in boxes}
    loose = [spoken(words, asked) for pointer, words in mistakes if pointer.strip("/").split("/")[0] not in known]
    if error and not mistakes:
        loose = [spoken(str(error), asked)]
    made = pages.page(
        asked, "process", headers, job=job, document=found, boxes=boxes, mistakes=loose, refused=error is not None,
        csrf_token=csrf_token(asked), signed_in=asked.identity.subject is not None,
    )  # fmt: skip
    made.status_code = error.status if error else 200
    return made


def values(asked: Asked, job: Job, found: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """The page of the values that a process gave at once."""
    return pages.page(
        asked, "results", headers, job=job, values=found, row=None, words=words_of(asked), is_link=is_link
    )


def written(content: bytes, job: Job) -> dict[str, str]:
    """What was written into the boxes of a form, by input; what was left empty is absent."""
    sent = parse_qs(content.decode("utf-8", "replace"), max_num_fields=200)
    known = {PREFIX + name: name for name in inputs(job, "vi")}
    return {known[name]: words[-1] for name, words in sent.items() if name in known and words[-1].strip()}


def read_form(written: Mapping[str, str], job: Job) -> dict[str, Any]:
    """The inputs that the form means. Raises `WrongInputs` for JSON that cannot be read."""
    described, found, mistakes = inputs(job, "vi"), dict[str, Any](), []
    for name, words in written.items():
        try:
            found[name] = _read(words.strip(), _kind(described[name]["schema"]))
        except orjson.JSONDecodeError as error:
            mistakes.append((f"/{name}", f"không phải JSON · this is not JSON: {error}"))
    if mistakes:
        raise WrongInputs(mistakes)
    return found


def spoken(words: str, asked: Asked) -> str:
    """The part of an error in the page's language: halves of sentences are joined by ' · '."""
    if words.count(" · ") != 1:
        return words
    vietnamese, _, english = words.partition(" · ")
    return english if asked.language == "en" else vietnamese


def csrf_token(asked: Asked) -> str:
    """What a form of a browser that has logged in must carry."""
    session = asker(asked.request).session
    return session.csrf_token if session else ""


def words_of(asked: Asked) -> Any:
    """A function that writes a value of a result as people read it."""

    def words(value: Any) -> str:
        if isinstance(value, bool):
            return pages.YES_NO[value][asked.language]
        if isinstance(value, int | float):
            return pages.number_words(value, asked.language)
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return "/".join(reversed(value.split("-")))
        return "" if value is None else spoken(str(value), asked)

    return words


def is_link(value: Any) -> bool:
    """Whether a value of a result is a link to a file."""
    return isinstance(value, Mapping) and {"href", "type", "length"} <= set(value)


def _box(asked: Asked, name: str, about: Mapping[str, Any], value: str, mistakes: Mapping[str, str]) -> Box:
    schema = about["schema"]
    choices = _choices(asked, name, schema)
    kind, required = "choice" if choices else _kind(schema), bool(about["minOccurs"])
    return Box(name, about["title"], kind, required, choices, value, mistakes.get(name, ""), schema)


def _choices(asked: Asked, name: str, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values that a box offers, each with its name; none where anything may be written."""
    if name == "collection":
        layers = asked.platform.catalog.readable_by(asked.identity.role)
        return [(layer.id, layer.title[asked.language]) for layer in layers]
    if name in ("crs", "bbox-crs", "filter-crs"):
        return [(uri, _short(uri)) for uri in published()]
    if schema.get("type") == "boolean":
        return [(one, pages.YES_NO[one == "true"][asked.language]) for one in ("true", "false")]
    return [(str(one), str(one)) for one in schema.get("enum", ())]


def _short(crs: str) -> str:
    authority, _version, code = crs.rsplit("/", 3)[1:]
    return code if authority == "OGC" else f"{authority}:{code}"


def _kind(schema: Mapping[str, Any]) -> str:
    """How a value of the schema is written into a form: as its type, or as JSON."""
    kind = str(schema.get("type", ""))
    if kind == "string" and schema.get("format") == "date":
        return "date"
    if kind == "array" and schema.get("items", {}).get("type") in ("string", "integer", "number"):
        return "list"
    if kind in ("string", "integer", "number", "boolean"):
        return kind
    texts = [one for one in schema.get("oneOf", ()) if one.get("type") == "string"]
    return "text or json" if texts else "json"


def _read(words: str, kind: str) -> Any:
    match kind:
        case "list" if not words.startswith("["):
            return [one.strip() for one in words.split(",")]
        case "json" | "list":
            return orjson.loads(words)
        case "text or json" if words.startswith("{"):
            return orjson.loads(words)
    return words
