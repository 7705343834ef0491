"""The pages of the jobs for people: one's own list, one job with its progress, and its results."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from starlette.responses import Response

from api.ogc import pages
from api.ogc.asked import Asked
from api.ogc.links import Link
from api.ogc.process_documents import spoken_message
from api.ogc.process_pages import csrf_token, is_link, words_of
from gis_core.jobs.job import Job
from gis_core.layer import Text
from gis_core.query import CITY_TIME

STATUS_NAMES: Mapping[str, Text] = {
    "accepted": Text("Đang chờ", "Waiting"),
    "running": Text("Đang chạy", "Running"),
    "successful": Text("Đã xong", "Done"),
    "failed": Text("Thất bại", "Failed"),
    "dismissed": Text("Đã dừng", "Dismissed"),
}


def job_list(
    asked: Asked, rows: Sequence[RowMapping], jobs: Sequence[Job], links: Sequence[Link], headers: Mapping[str, str]
) -> Response:
    """The page of one's own jobs."""
    titles = {job.id: job.title[asked.language] for job in jobs}
    following = next((one["href"] for one in links if one["rel"] == "next"), None)
    return pages.page(
        asked, "jobs", headers, rows=rows, titles=titles, following=following, statuses=STATUS_NAMES, moment=_moment,
        signed_in=asked.identity.subject is not None,
    )  # fmt: skip


def job(asked: Asked, row: RowMapping, made: Job | None, headers: Mapping[str, str]) -> Response:
    """The page of a job; it follows the job's progress until it ends."""
    title = made.title[asked.language] if made else row["process"]
    # The end of a job that went well is told by its status.
    message = "" if row["status"] == "successful" else spoken_message(row["message"] or "", asked.language)
    return pages.page(
        asked, "job", headers, row=row, title=title, statuses=STATUS_NAMES, moment=_moment, message=message,
        ended=row["status"] not in ("accepted", "running"), csrf_token=csrf_token(asked),
    )  # fmt: skip


def results(asked: Asked, row: RowMapping, made: Job, found: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """The page of a job's results."""
    return pages.page(
        asked, "results", headers, job=made, values=found, row=row, words=words_of(asked), is_link=is_link
    )


def _moment(value: datetime | None) -> str:
    return value.astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M:%S") if value else ""
