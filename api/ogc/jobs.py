"""The routes of the jobs: one's own list, state, results, files, and stopping one."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import ColumnElement, RowMapping, func
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from api.offered import job_files
from api.ogc import job_pages
from api.ogc.asked import Asked, asked, only
from api.ogc.execute import answer
from api.ogc.export_job import is_file
from api.ogc.links import address, formats, link
from api.ogc.parameters import interval, whole_number
from api.ogc.process_documents import LIMIT_DEFAULT, LIMIT_MAXIMUM, PROCESSES, STATUSES, status_info, values
from api.ogc.processes import NO_STORE, refusing
from gis_core.errors import BadRequest, Gone, LangbiangError, NotAllowed, NotFound, ResultNotReady
from gis_core.jobs.job import Job
from gis_core.jobs.queue import dismiss, find_submitted, jobs_of, no_such_job, page_key
from gis_core.layer import Text
from gis_core.platform_tables import JOB
from gis_core.query import CITY_TIME

LIST_PARAMETERS = frozenset({"limit", "after", "status", "type", "processID", "datetime", "minDuration", "maxDuration"})


class JobFailed(LangbiangError):
    """The job ended without a result; the message is its reason."""

    status = 422


@refusing
def job_list(request: Request) -> Response:
    """The jobs of the identity, newest first."""
    asking = asked(request)
    only(asking, LIST_PARAMETERS)
    limit = min(whole_number(asking.parameters, "limit", LIMIT_DEFAULT, minimum=1), LIMIT_MAXIMUM)
    jobs, after = asking.platform.jobs, asking.parameters.get("after")
    wanted = list(_wanted(asking.parameters))
    rows = jobs_of(asking.platform.engines, asking.identity, limit + 1, wanted=wanted, after=after, jobs=jobs)
    shown, links = rows[:limit], formats(asking)
    if len(rows) > limit:
        following, title = address(asking, after=page_key(shown[-1])), Text("Trang sau", "Next page")
        links.append(link(following, "next", asking.formats[asking.format][0], title, asking.language))
    title = Text("Các tiến trình", "Processes")
    links.append(link(f"{asking.ogc}/processes", PROCESSES, "application/json", title, asking.language))
    if asking.format == "html":
        return job_pages.job_list(asking, shown, jobs, links, NO_STORE)
    found = {"jobs": [status_info(row, asking.ogc, asking.language) for row in shown], "links": links}
    return _json(asking, found)


@refusing
def job(request: Request) -> Response:
    """The state of a job."""
    asking = asked(request)
    only(asking, frozenset())
    row = _find(asking)
    if asking.format == "html":
        return job_pages.job(asking, row, _job(asking, row), NO_STORE)
    return _json(asking, status_info(row, asking.ogc, asking.language))


@refusing
def results(request: Request) -> Response:
    """The results of a job that has ended well."""
    asking = asked(request)
    only(asking, frozenset())
    row = _find(asking)
    made = _with_result(asking, row)
    found = values(row, made, asking.ogc, asking.language)
    if asking.format == "html":
        return job_pages.results(asking, row, made, found, NO_STORE)
    if row["response"] == "raw" and made.files:
        linked = ", ".join(f'<{one["href"]}>; rel="{name}"; type="{one["type"]}"' for name, one in found.items())
        return Response(status_code=204, headers={**NO_STORE, "Link": linked})
    return answer(made, found, row["response"], NO_STORE)


@refusing
def file(request: Request) -> Response:
    """A file that a job has made."""
    asking = asked(request)
    only(asking, frozenset())
    row = _find(asking)
    name = request.path_params["name"]
    _with_result(asking, row)
    made = [one for one in row["result"].values() if is_file(one) and one["file"] == name]
    if not made:
        raise NotFound(f"Công việc này không có tệp '{name}'. · This job has no file '{name}'.")
    path = job_files(asking.platform.settings) / str(row["id"]) / Path(name).name
    if not path.is_file():
        raise Gone(
            "Tệp đã hết hạn và bị xoá; hãy chạy lại. · The file was kept for "
            f"{asking.platform.settings.job_file_hours} hours and has been removed; run the process again."
        )
    return FileResponse(path, media_type=made[0]["mediaType"], filename=name, headers=NO_STORE)


@refusing
def delete_job(request: Request) -> Response:
    """Stops a job, or removes the result of one that has ended."""
    asking = asked(request)
    only(asking, frozenset())
    row = dismiss(asking.platform.engines, asking.identity, _number(asking), asking.platform.jobs)
    _remove_files(asking, row)
    return _json(asking, status_info(row, asking.ogc, asking.language))


@refusing
def post_dismissal(request: Request) -> Response:
    """Stops a job for the form of its page: browsers' forms cannot send DELETE."""
    asking = asked(request)
    only(asking, frozenset())
    row = dismiss(asking.platform.engines, asking.identity, _number(asking), asking.platform.jobs)
    _remove_files(asking, row)
    return RedirectResponse(f"{asking.ogc}/jobs/{row['id']}?f=html&lang={asking.language}", 303)


def _wanted(given: dict[str, str]) -> Iterator[ColumnElement[bool]]:
    """What a job has to fulfil to be listed. Raises `BadRequest`."""
    if "status" in given:
        chosen = given["status"].split(",")
        if unknown := set(chosen) - set(STATUSES):
            raise BadRequest(
                f"status={sorted(unknown)[0][:100]}: không có; dùng {', '.join(STATUSES)}. · "
                f"status: there is no such status; use {', '.join(STATUSES)}."
            )
        yield JOB.c.status.in_(chosen)
    if "type" in given and "process" not in given["type"].split(","):
        yield JOB.c.id.is_(None)  # all our jobs are of the type 'process'
    if "processID" in given:
        yield JOB.c.process.in_(given["processID"].split(","))
    if span := interval(given.get("datetime")):
        yield from ([JOB.c.created_at >= _instant(span.start, time.min)] if span.start else [])
        yield from ([JOB.c.created_at <= _instant(span.end, time.max)] if span.end else [])
    ran = func.coalesce(JOB.c.finished_at, func.now()) - JOB.c.started_at
    for name in ("minDuration", "maxDuration"):
        if name in given:
            seconds = timedelta(seconds=whole_number(given, name, 0, minimum=0, maximum=10**9))
            yield ran >= seconds if name == "minDuration" else ran <= seconds


def _instant(moment: date | datetime, of_day: time) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, of_day, CITY_TIME)


def _number(asking: Asked) -> uuid.UUID:
    words = asking.request.path_params["job_id"]
    try:
        return uuid.UUID(words)
    except ValueError:
        raise no_such_job(words[:100]) from None


def _find(asking: Asked) -> RowMapping:
    return find_submitted(asking.platform.engines, asking.identity, _number(asking), asking.platform.jobs)


def _job(asking: Asked, row: RowMapping) -> Job | None:
    """The job's declaration, None where this installation no longer has it."""
    return next((one for one in asking.platform.jobs if one.id == row["process"]), None)


def _with_result(asking: Asked, row: RowMapping) -> Job:
    """The declaration of a job that has a result which its owner may still see."""
    made = _job(asking, row)
    if row["status"] in ("accepted", "running"):
        raise ResultNotReady("Công việc chưa xong. · The job has not ended yet; look at its status.")
    if row["status"] == "failed":
        raise JobFailed(row["message"])
    if row["status"] == "dismissed" or made is None:
        raise Gone("Công việc đã bị dừng và không có kết quả. · The job was dismissed and has no result.")
    who = asking.identity
    if row["role"] != who.role or not set(row["wards"]) <= set(who.wards):
        raise NotAllowed(
            f"Kết quả này được tạo với vai trò '{row['role']}', không còn là của bạn. · "
            f"The result was made in the role '{row['role']}', which is not yours any more; run the process again."
        )
    return made


def _remove_files(asking: Asked, row: RowMapping) -> None:
    folder = job_files(asking.platform.settings) / str(row["id"])
    for one in folder.iterdir() if folder.is_dir() else ():
        one.unlink(missing_ok=True)


def _json(asking: Asked, found: dict[str, Any]) -> Response:
    headers = {**NO_STORE, "Content-Language": asking.language}
    return Response(orjson.dumps(found), headers=headers, media_type="application/json")
