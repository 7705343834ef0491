"""The documents of OGC API – Processes: summaries, descriptions, the state of jobs, and results."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping

from api.ogc.asked import Language
from api.ogc.export_job import is_file
from api.ogc.links import Link, link
from gis_core.jobs.job import Job
from gis_core.layer import Text

EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
JOB_LIST = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
PROCESSES = "http://www.opengis.net/def/rel/ogc/1.0/processes"
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
VERSION = "1.0.0"
STATUSES = ("accepted", "running", "successful", "failed", "dismissed")
LIMIT_DEFAULT = 10
LIMIT_MAXIMUM = 1000
"""Processes and jobs on a page."""

_KEYWORDS = frozenset({
    "title", "description", "type", "format", "enum", "default", "items", "properties", "required", "minimum",
    "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "oneOf", "anyOf", "allOf", "nullable",
    "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", "additionalProperties", "contentMediaType",
    "contentEncoding",
})  # fmt: skip
"""What a schema may say in OpenAPI 3.0, as OGC 18-062r2 lets inputs and outputs be described."""


def summary(job: Job, ogc: str, language: Language) -> dict[str, Any]:
    """The process as the list of processes shows it; `ogc` is the address of the API."""
    options = ["async-execute", "dismiss"] if job.files else ["sync-execute", "async-execute", "dismiss"]
    return {
        "id": job.id,
        "version": VERSION,
        "title": job.title[language],
        "description": job.description[language],
        "jobControlOptions": options,
        "outputTransmission": ["reference" if job.files else "value"],
        "links": _process_links(job, ogc, language),
    }


def description(job: Job, ogc: str, language: Language) -> dict[str, Any]:
    """The process with its inputs and outputs."""
    outputs = {
        name: {"title": one.title[language], "schema": dict(one.schema)} for name, one in job.all_outputs.items()
    }
    return summary(job, ogc, language) | {"inputs": inputs(job, language), "outputs": outputs}


def inputs(job: Job, language: Language) -> dict[str, Any]:
    """The inputs of the process by name: title, how often, schema."""
    whole = job.parameters.model_json_schema(by_alias=True)
    required, definitions = set(whole.get("required", ())), whole.get("$defs", {})
    found = {}
    for name, one in whole["properties"].items():
        schema = _schema(one, definitions)
        title = spoken(schema.pop("title", name), language)
        about = {"title": title} | ({"description": schema.pop("description")} if "description" in schema else {})
        found[name] = {**about, "minOccurs": int(name in required), "maxOccurs": 1, "schema": schema}
    return found


def spoken(words: str, language: Language) -> str:
    """The part of a text in both languages that is in `language`; the whole where it is in one only."""
    vietnamese, _, english = words.partition(" · ")
    return english if english and language == "en" else vietnamese


def status_info(row: RowMapping, ogc: str, language: Language) -> dict[str, Any]:
    """The state of a job."""
    found = {
        "jobID": str(row["id"]), "processID": row["process"], "type": "process", "status": row["status"],
        "progress": row["progress"], "created": _instant(row["created_at"]), "updated": _instant(row["updated_at"]),
    }  # fmt: skip
    if row["message"]:
        found["message"] = spoken_message(row["message"], language)
    for name, column in (("started", "started_at"), ("finished", "finished_at")):
        if row[column]:
            found[name] = _instant(row[column])
    return found | {"links": _job_links(row, ogc, language)}


def spoken_message(words: str, language: Language) -> str:
    """The message of a job in `language`; what has another shape than two halves is left whole."""
    return spoken(words, language) if words.count(" · ") == 1 else words


def values(row: RowMapping, job: Job, ogc: str, language: Language) -> dict[str, Any]:
    """The values of the outputs that were asked of a job which has ended well; files as links to them."""
    return {
        name: _linked(value, f"{ogc}/jobs/{row['id']}/results", language)
        for name, value in chosen(job, row["result"], row["outputs"]).items()
    }


def chosen(job: Job, result: Mapping[str, Any], outputs: Iterable[str] | None) -> dict[str, Any]:
    """The values of the outputs asked for (None: all) in the result of the job's work."""
    found = job.values(result)
    return found if outputs is None else {name: found[name] for name in outputs if name in found}


def _linked(value: Any, folder: str, language: Language) -> Any:
    if not is_file(value):
        return value
    title = Text(f"Tệp {value['file']}", f"File {value['file']}")
    made = link(f"{folder}/{value['file']}", "enclosure", value["mediaType"], title, language)
    return {**made, "length": value["bytes"]}


def _process_links(job: Job, ogc: str, language: Language) -> list[Link]:
    here = f"{ogc}/processes/{job.id}"
    this, run = Text("Tiến trình này", "This process"), Text("Chạy tiến trình", "Run the process")
    return [
        link(f"{here}?f=json", "self", "application/json", this, language),
        link(f"{here}?f=html", "alternate", "text/html", this, language),
        link(f"{here}/execution", EXECUTE, "application/json", run, language),
    ]


def _job_links(row: RowMapping, ogc: str, language: Language) -> list[Link]:
    here = f"{ogc}/jobs/{row['id']}"
    this, results = Text("Công việc này", "This job"), Text("Kết quả", "Results")
    found = [
        link(f"{here}?f=json", "self", "application/json", this, language),
        link(f"{here}?f=html", "alternate", "text/html", this, language),
        link(here, "monitor", "application/json", this, language),
    ]
    if row["status"] == "successful":
        found.append(link(f"{here}/results", RESULTS, "application/json", results, language))
    return found


def _schema(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema in OpenAPI 3.0's dialect, standing by itself; that an input may be left out is told elsewhere."""
    if isinstance(schema, list):
        return [_schema(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {**definitions[schema["$ref"].rpartition("/")[2]], **schema} if "$ref" in schema else dict(schema)
    if "anyOf" in schema:
        kinds = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
        schema = {**kinds[0], **schema} if len(kinds) == 1 else {"oneOf": kinds, **schema}
    if "$ref" in schema:
        return _schema(schema, definitions)
    return {name: _keyword(name, value, definitions) for name, value in _old(schema).items() if name in _KEYWORDS}


def _keyword(name: str, value: Any, definitions: Mapping[str, Any]) -> Any:
    if name == "properties":
        return {member: _schema(one, definitions) for member, one in value.items()}
    return value if name in ("default", "enum", "required") else _schema(value, definitions)


def _old(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what OpenAPI 3.0 writes otherwise."""
    found = dict(schema)
    if "const" in found:
        found["enum"] = [found.pop("const")]
    if found.get("default", 0) is None:
        del found["default"]
    for limit, name in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if limit in found:
            found |= {name: found[limit], limit: True}
    return found


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
