"""The routes of the processes: the list, a description, and running one."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.ogc import process_pages
from api.ogc.asked import Asked, asked, only
from api.ogc.caching import cache_headers, entity_tag, not_modified
from api.ogc.execute import (
    MAXIMUM_BYTES,
    Execution,
    answer,
    check_inputs,
    read_execution,
    run_now,
)
from api.ogc.links import address, formats, link
from api.ogc.parameters import whole_number
from api.ogc.process_documents import JOB_LIST, LIMIT_DEFAULT, LIMIT_MAXIMUM, description, status_info, summary
from api.problems import refusal
from gis_core.errors import LangbiangError, TooLarge, WrongInputs
from gis_core.jobs.hosts import read_hosts
from gis_core.jobs.job import Job
from gis_core.jobs.queue import Order, find_submitted, submit
from gis_core.jobs.run import find_job
from gis_core.layer import Text

NO_STORE = {"Cache-Control": "private, no-store"}
FORM = "application/x-www-form-urlencoded"


def refusing(make: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The route, its refusals as the standard's clients read them."""

    def route(request: Request) -> Response:
        try:
            return make(request)
        except LangbiangError as error:
            return refused(request, error)

    return route


def refused(request: Request, error: LangbiangError) -> Response:
    """The problem document; as plain JSON for clients that ask for nothing else (OGC 18-062r2, 7.8)."""
    made = refusal(error)
    accepted = {one.partition(";")[0].strip() for one in request.headers.get("accept", "*/*").split(",")}
    if "application/json" in accepted and not accepted & {"application/problem+json", "*/*", "application/*"}:
        made.headers["Content-Type"] = "application/json"
    return made


@refusing
def process_list(request: Request) -> Response:
    """The processes that the identity may run."""
    asking = asked(request)
    only(asking, {"limit", "offset"})
    limit = min(whole_number(asking.parameters, "limit", LIMIT_DEFAULT, minimum=1), LIMIT_MAXIMUM)
    offset = whole_number(asking.parameters, "offset", 0, minimum=0)
    known = [job for job in asking.platform.jobs if asking.identity.role in job.roles]
    shown = known[offset : offset + limit]
    found: dict[str, Any] = {
        "processes": [summary(job, asking.ogc, asking.language) for job in shown],
        "links": formats(asking),
    }
    jobs = Text("Công việc của tôi", "My jobs")
    found["links"].append(link(f"{asking.ogc}/jobs", JOB_LIST, "application/json", jobs, asking.language))
    if offset + limit < len(known):
        following, after = address(asking, offset=str(offset + limit)), Text("Trang sau", "Next page")
        found["links"].append(link(following, "next", asking.formats[asking.format][0], after, asking.language))
    return _answer(asking, found, lambda headers: process_pages.process_list(asking, shown, found["links"], headers))


@refusing
def process(request: Request) -> Response:
    """The description of a process."""
    asking = asked(request)
    only(asking, frozenset())
    job = _find(asking)
    found = description(job, asking.ogc, asking.language)
    return _answer(asking, found, lambda headers: process_pages.process(asking, job, found, headers=headers))


async def execution(request: Request) -> Response:
    """Runs a process: at once, or as a job in the background."""
    try:
        content = await _body(request)
        return await run_in_threadpool(_executed, request, content)
    except LangbiangError as error:
        return refused(request, error)


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAXIMUM_BYTES:
            raise TooLarge(f"Nội dung quá {MAXIMUM_BYTES} byte. · The content is larger than {MAXIMUM_BYTES} bytes.")
    return bytes(content)


def _executed(request: Request, content: bytes) -> Response:
    asking = asked(request)
    only(asking, frozenset())
    job = _find(asking)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return _executed_form(asking, job, content)
    hosts = read_hosts(asking.platform.settings.callback_hosts)
    execution = read_execution(content, media_type, job, asking, hosts)
    if _in_background(asking, job):
        return _submitted(asking, execution)
    if execution.order.subscriber:
        only_later = "chỉ khi chạy nền, với Prefer: respond-async · only in the background, with Prefer: respond-async"
        raise WrongInputs([("/subscriber", only_later)])
    return answer(job, run_now(execution, asking), execution.order.response, NO_STORE)


def _in_background(asking: Asked, job: Job) -> bool:
    """Whether the process runs as a job.

    A job needs an owner, or its result would be anybody's: who has no account gets the answer at once, as RFC 7240
    lets a server pass over a preference. What cannot be answered at once is refused to them by `submit`.
    """
    preferences = asking.request.headers.get("prefer", "").lower().replace(";", ",").split(",")
    wanted = "respond-async" in {one.strip() for one in preferences}
    return job.files or (wanted and (asking.identity.subject is not None or job.unowned))


def _submitted(asking: Asked, execution: Execution) -> Response:
    house, jobs = asking.platform, asking.platform.jobs
    number = submit(
        house.engines, asking.identity, execution.job.id, execution.inputs, jobs=jobs, order=execution.order
    )
    row = find_submitted(house.engines, asking.identity, number, jobs)
    headers = {**NO_STORE, "Location": f"{asking.ogc}/jobs/{number}", "Preference-Applied": "respond-async"}
    document = orjson.dumps(status_info(row, asking.ogc, asking.language))
    return Response(document, 201, headers, media_type="application/json")


def _executed_form(asking: Asked, job: Job, content: bytes) -> Response:
    """The page that follows a form: the job's, or the result's; the form again where it was filled in wrongly."""
    written = process_pages.written(content, job)
    try:
        inputs = process_pages.read_form(written, job)
        check_inputs(job, inputs, asking)
        if asking.identity.subject is None and not job.files:
            values = run_now(Execution(job, inputs, Order()), asking)
            return process_pages.values(asking, job, values, NO_STORE)
        number = submit(asking.platform.engines, asking.identity, job.id, inputs, jobs=asking.platform.jobs)
    except LangbiangError as error:
        found = description(job, asking.ogc, asking.language)
        return process_pages.process(asking, job, found, headers=NO_STORE, written=written, error=error)
    return RedirectResponse(f"{asking.ogc}/jobs/{number}?f=html&lang={asking.language}", 303)


def _find(asking: Asked) -> Job:
    return find_job(asking.request.path_params["process_id"], asking.identity.role, asking.platform.jobs)


def _answer(asking: Asked, found: dict[str, Any], page: Callable[[dict[str, str]], Response]) -> Response:
    tag = entity_tag(asking, orjson.dumps(found), asking.identity.subject)
    if held := not_modified(asking, tag):
        return held
    if asking.format == "html":
        return page(NO_STORE)  # it carries the form's token
    headers = {**cache_headers(asking, tag), "Content-Language": asking.language}
    return Response(orjson.dumps(found), headers=headers, media_type="application/json")
