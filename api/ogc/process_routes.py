"""The paths of OGC API – Processes, and the links of the landing page that lead there."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.ogc import jobs, processes
from api.ogc.asked import Asked
from api.ogc.links import Link, link
from api.ogc.process_documents import JOB_LIST, PROCESSES
from gis_core.layer import Text

_PROCESS, _JOB = "/ogc/processes/{process_id}", "/ogc/jobs/{job_id}"


def routes() -> list[BaseRoute]:
    """The routes of the processes and the jobs."""
    return [
        Route("/ogc/processes", processes.process_list),
        Route(_PROCESS, processes.process),
        Route(f"{_PROCESS}/execution", processes.execution, methods=["POST"]),
        Route("/ogc/jobs", jobs.job_list),
        Route(_JOB, jobs.job),
        Route(_JOB, jobs.delete_job, methods=["DELETE"]),
        Route(f"{_JOB}/dismissal", jobs.post_dismissal, methods=["POST"]),
        Route(f"{_JOB}/results", jobs.results),
        Route(f"{_JOB}/results/{{name}}", jobs.file),
        Route("/ogc/job.js", _script),
    ]


def landing_links(asked: Asked) -> list[Link]:
    """The links from the landing page to the processes and to one's own jobs."""
    titles = {
        "processes": (PROCESSES, Text("Các tiến trình", "Processes")),
        "jobs": (JOB_LIST, Text("Công việc", "Jobs")),
    }
    return [
        link(f"{asked.ogc}/{path}", relation, "application/json", title, asked.language)
        for path, (relation, title) in titles.items()
    ]


def _script(_request: Request) -> Response:
    content = files("api").joinpath("templates", "ogc", "job.js").read_bytes()
    return Response(content, media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"})
