"""The part of the OpenAPI document about processes and jobs (OGC 18-062r2, clauses 7.9 – 7.14)."""

from collections.abc import Sequence
from typing import Any

from api.ogc.asked import Language
from api.ogc.openapi_parts import get_operation, localized, references
from api.ogc.process_documents import LIMIT_DEFAULT, LIMIT_MAXIMUM, STATUSES, inputs
from gis_core.jobs.job import Job
from gis_core.layer import Text

TAG = "Processes"

_STRING, _MOMENT = {"type": "string"}, {"type": "string", "format": "date-time"}
_STRINGS = {"type": "array", "items": _STRING}
_OBJECT = {"type": "object"}
_NOT_IN_OPENAPI = ("contentMediaType", "contentEncoding", "contentSchema")
_JOB_ID = "3f0c7d7e-6c1c-4c0a-9d5b-0b8f6f2b7a11"
_REFUSED = {"$ref": "#/components/responses/Problem"}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _described(required: Sequence[str], **members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members} | ({"required": list(required)} if required else {})


_LINKS = {"type": "array", "items": _of("link")}
_SUMMARY = {
    "id": _STRING, "version": _STRING, "title": _STRING, "description": _STRING, "links": _LINKS,
    "jobControlOptions": {
        "type": "array", "items": {"type": "string", "enum": ["sync-execute", "async-execute", "dismiss"]}
    },
    "outputTransmission": {"type": "array", "items": {"type": "string", "enum": ["value", "reference"]}},
}  # fmt: skip
_TOLD = {"successUri": "results", "inProgressUri": "statusInfo", "failedUri": "statusInfo"}
_CALLBACK = {"type": "string", "format": "uri"}

PROCESS_SCHEMAS = {
    "processSummary": _described(["id", "version"], **_SUMMARY),
    "process": _described(["id", "version", "inputs", "outputs"], **_SUMMARY, inputs=_OBJECT, outputs=_OBJECT),
    "processList": _described(
        ["processes", "links"], processes={"type": "array", "items": _of("processSummary")}, links=_LINKS
    ),
    "statusInfo": _described(
        ["jobID", "type", "status"], jobID={"type": "string", "format": "uuid"}, processID=_STRING,
        type={"type": "string", "enum": ["process"]}, status={"type": "string", "enum": list(STATUSES)},
        message=_STRING, progress={"type": "integer", "minimum": 0, "maximum": 100}, created=_MOMENT, started=_MOMENT,
        finished=_MOMENT, updated=_MOMENT, links=_LINKS,
    ),
    "jobList": _described(["jobs", "links"], jobs={"type": "array", "items": _of("statusInfo")}, links=_LINKS),
    "subscriber": _described(["successUri"], successUri=_CALLBACK, inProgressUri=_CALLBACK, failedUri=_CALLBACK),
    "results": {"type": "object", "additionalProperties": True},
}  # fmt: skip


def _answer(about: Text, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}, "text/html": {"schema": _STRING}}
    return {"description": about, "content": content, **more}


_LOCATION = {"Location": {"description": "URL", "schema": {"type": "string", "format": "uri"}}}
PROCESS_RESPONSES = {
    "ProcessList": _answer(Text("Các tiến trình", "The processes"), _of("processList")),
    "Process": _answer(Text("Một tiến trình", "A process"), _of("process")),
    "JobList": _answer(Text("Công việc của người hỏi", "The jobs of who asks"), _of("jobList")),
    "StatusInfo": _answer(Text("Trạng thái công việc", "The state of a job"), _of("statusInfo")),
    "JobCreated": {
        "description": Text("Công việc đã được nhận", "The job was accepted"), "headers": _LOCATION,
        "content": {"application/json": {"schema": _of("statusInfo")}},
    },
    "Results": _answer(Text("Kết quả", "The results"), _of("results")),
    "ResultFile": {
        "description": Text("Tệp kết quả", "A resulting file"),
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}  # fmt: skip


def process_paths(language: Language, jobs: Sequence[Job]) -> dict[str, Any]:
    """The paths of the processes among `jobs`, each with its own inputs, and of the jobs that run them."""
    found = {"/processes": {"get": _get("getProcesses", "ProcessList", Text("Các tiến trình", "Processes"), language)}}
    found["/processes"]["get"]["parameters"] += [_limit(language), _whole("offset", 0, 10**9, 0)]
    process_id = _path("processID", {"type": "string", "enum": [job.id for job in jobs]}, jobs[0].id)
    described = _get("getProcessDescription", "Process", Text("Mô tả tiến trình", "A process"), language, [process_id])
    found["/processes/{processID}"] = {"get": described}
    for job in jobs:
        found[f"/processes/{job.id}/execution"] = {"post": _execution(job, language)}
    return found | _job_paths(language)


def _job_paths(language: Language) -> dict[str, Any]:
    job_id = _path("jobID", {"type": "string", "format": "uuid"}, _JOB_ID)
    jobs = _get("getJobs", "JobList", Text("Công việc của tôi", "My jobs"), language)
    jobs["parameters"] += [_limit(language), *_job_filters()]
    dismissed = _get("dismiss", "StatusInfo", Text("Dừng công việc", "Stop a job"), language, [job_id])
    dismissed["parameters"] = [job_id, *references("lang")]
    results = _get("getResult", "Results", Text("Kết quả", "Results"), language, [job_id])
    results["responses"] |= {"204": {"description": "Link"}, "410": _REFUSED, "422": _REFUSED}
    name = _path("name", _STRING, "land_parcels.gpkg")
    file = _get("getResultFile", "ResultFile", Text("Tệp kết quả", "A resulting file"), language, [job_id, name])
    return {
        "/jobs": {"get": jobs},
        "/jobs/{jobID}": {
            "get": _get("getStatus", "StatusInfo", Text("Trạng thái", "Status"), language, [job_id]),
            "delete": dismissed,
        },
        "/jobs/{jobID}/results": {"get": results},
        "/jobs/{jobID}/results/{name}": {"get": file},
    }


def _execution(job: Job, language: Language) -> dict[str, Any]:
    described = inputs(job, language)
    required = [name for name, one in described.items() if one["minOccurs"]]
    sent = _described(
        ["inputs"] if required else [],
        inputs={
            "type": "object", "properties": {name: _plain(one["schema"]) for name, one in described.items()},
            **({"required": required} if required else {}),
        },
        outputs={"type": "object", "properties": dict.fromkeys(job.all_outputs, _OBJECT)},
        response={"type": "string", "enum": ["document", "raw"], "default": "document"},
        subscriber=_of("subscriber"),
    )  # fmt: skip
    prefer = {
        "name": "Prefer", "in": "header", "required": False, "schema": {"type": "string", "enum": ["respond-async"]},
        "example": "respond-async",
    }  # fmt: skip
    refused = dict.fromkeys(("400", "401", "403", "404", "413", "415", "default"), _REFUSED)
    now = {} if job.files else {"200": {"$ref": "#/components/responses/Results"}, "204": {"description": "–"}}
    found: dict[str, Any] = {
        "operationId": f"{job.id}.execute", "summary": job.title[language], "description": job.description[language],
        "tags": [TAG], "parameters": [prefer, *references("lang")],
        "requestBody": {"required": True, "content": {"application/json": {"schema": sent}}},
        "responses": {**now, "201": {"$ref": "#/components/responses/JobCreated"}, **refused},
        "callbacks": {
            name: {f"{{$request.body#/subscriber/{name}}}": {"post": _told(schema, language)}}
            for name, schema in _TOLD.items()
        },
    }  # fmt: skip
    return found


def _plain(schema: Any) -> Any:
    """The schema without the words of JSON Schema that OpenAPI 3.0 does not have."""
    if isinstance(schema, dict):
        return {name: _plain(one) for name, one in schema.items() if name not in _NOT_IN_OPENAPI}
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


def _told(schema: str, language: Language) -> dict[str, Any]:
    received = Text("Đã nhận", "Received")[language]
    content = {"application/json": {"schema": _of(schema)}}
    return {"requestBody": {"content": content}, "responses": {"200": {"description": received}}}


def _get(
    name: str, answer: str, title: Text, language: Language, parameters: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    found = get_operation(name, answer, title, language, tag=TAG)
    found["parameters"] = [*parameters, *found["parameters"]]
    if parameters:
        found["responses"]["404"] = _REFUSED
    return found


def _job_filters() -> list[dict[str, Any]]:
    lists: dict[str, dict[str, Any]] = {
        "type": {"type": "array", "items": {"type": "string", "enum": ["process"]}},
        "processID": _STRINGS,
        "status": {"type": "array", "items": {"type": "string", "enum": list(STATUSES)}},
        "datetime": _STRING,
        "after": _STRING,
    }
    return [
        *(_query(name, schema) for name, schema in lists.items()),
        _whole("minDuration", 0, 10**9), _whole("maxDuration", 0, 10**9),
    ]  # fmt: skip


def _limit(language: Language) -> dict[str, Any]:
    about = {"description": localized(Text("Nhiều nhất bao nhiêu", "How many at most"), language)}
    return _whole("limit", 1, LIMIT_MAXIMUM, LIMIT_DEFAULT) | about


def _whole(name: str, minimum: int, maximum: int, default: int | None = None) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return _query(name, schema if default is None else {**schema, "default": default})


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "style": "form", "explode": False, "schema": schema}


def _path(name: str, schema: dict[str, Any], example: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}
