"""The queue: submitted jobs are rows, carried out by any number of workers through procrastinate on the same database.

A job's row is the truth about it (owner, status, progress, result); procrastinate only says who carries it out when.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, ColumnElement, RowMapping, func, insert, null, select, text, update
from sqlalchemy.exc import ProgrammingError

from gis_core.db import Engines, Identity
from gis_core.errors import NoSuchJob, NotAuthenticated
from gis_core.features import refusing_bad_values
from gis_core.jobs.job import Desk, Job
from gis_core.jobs.run import JOBS, checked, find_job
from gis_core.layer import Text
from gis_core.paging import after_key, encode_key
from gis_core.platform_tables import JOB

SCHEMA = "queue"
TASK = "job"
CALLBACK_TASK = "callback"
CALLBACK_QUEUE = "callbacks"
"""A queue of its own: hosts that do not answer keep no job waiting."""
ENDED = ("successful", "failed", "dismissed")
CALLBACKS: Mapping[str, str] = {"running": "inProgressUri", "successful": "successUri", "failed": "failedUri"}
"""The member of a subscriber that is told of each status."""
DISMISSED = Text("Đã dừng theo yêu cầu", "Dismissed by its owner")
PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a job beside its inputs: which outputs (None: all), how to answer, and whom to tell."""

    outputs: tuple[str, ...] | None = None
    response: Literal["document", "raw"] = "document"
    subscriber: Mapping[str, str] = field(default_factory=dict)


def connection_info(owner: URL) -> str:
    """The owner's address as libpq reads it, with the queue's schema in the search path."""
    return make_conninfo(
        "", host=str(owner.query.get("host", owner.host)), port=owner.port, user=owner.username,
        password=owner.password, dbname=owner.database, options=f"-c search_path={SCHEMA},public",
        application_name="langbiang-queue",
    )  # fmt: skip


def submit(
    engines: Engines, who: Identity, job_id: str, inputs: Mapping[str, Any],
    *, jobs: Sequence[Job] = JOBS, order: Order | None = None, strict: bool = False,
) -> uuid.UUID:  # fmt: skip
    """The id of the new job, waiting for a worker.

    Raises `NotFound` where `who` may not run it, `NotAuthenticated` where nobody in particular asks (what they
    submitted would be anybody's), else `BadRequest`.
    """
    job, order, number = find_job(job_id, who.role, jobs), order or Order(), uuid.uuid4()
    checked(job, inputs, Desk(who, Path()), strict=strict)
    if who.subject is None and not job.unowned:
        raise NotAuthenticated(
            "Hãy đăng nhập để chạy nền: công việc cần một chủ. · Log in to run this in the background: a job needs an "
            "owner, or anybody could see its result."
        )
    values = {
        "id": number, "process": job_id, "owner": who.subject, "role": who.role, "wards": list(who.wards),
        "inputs": inputs, "outputs": order.outputs and list(order.outputs), "response": order.response,
        "subscriber": order.subscriber, "address": who.address,
    }  # fmt: skip
    with engines.owner.begin() as connection:
        connection.execute(insert(JOB).values(values))
    defer(engines, [number])
    return number


def defer(engines: Engines, numbers: Iterable[uuid.UUID]) -> None:
    """Hand jobs to the workers; one that waits already is left alone."""
    with _queue(engines) as app:
        for number in numbers:
            with suppress(AlreadyEnqueued):
                app.configure_task(TASK, queueing_lock=str(number)).defer(number=str(number))


def defer_callback(engines: Engines, row: RowMapping, status: str) -> None:
    """Let the job's subscriber be told, if it wants to know, that the job has come to `status`."""
    if CALLBACKS.get(status) in row["subscriber"]:
        with _queue(engines) as app:
            app.configure_task(CALLBACK_TASK, queue=CALLBACK_QUEUE).defer(number=str(row["id"]), status=status)


def waiting_too_long(engines: Engines) -> list[uuid.UUID]:
    """The jobs accepted over a minute ago that no worker has begun: their handing over may have been cut off."""
    late = JOB.c.created_at < func.now() - text("interval '1 minute'")
    with engines.owner.begin() as connection:
        return list(connection.execute(select(JOB.c.id).where(JOB.c.status == "accepted", late)).scalars())


def jobs_of(
    engines: Engines, who: Identity, limit: int = 100, *, wanted: Sequence[ColumnElement[bool]] = (),
    after: str | None = None, jobs: Sequence[Job] = JOBS,
) -> list[RowMapping]:  # fmt: skip
    """The newest jobs that `who` owns and that are as `wanted`, newest first; none for the anonymous.

    `after` is the `page_key` of the last job of the page before.
    """
    place = [after_key(after, (JOB.c.created_at, JOB.c.id), (True, True))] if after else []
    newest = select(JOB).where(_owned(who, jobs), *wanted, *place)
    with engines.owner.begin() as connection, refusing_bad_values():
        found = connection.execute(newest.order_by(JOB.c.created_at.desc(), JOB.c.id.desc()).limit(limit))
        return list(found.mappings())


def page_key(row: RowMapping) -> str:
    """Where the page after the job begins."""
    return encode_key([row["created_at"].isoformat(), str(row["id"])])


def find_submitted(engines: Engines, who: Identity, number: uuid.UUID, jobs: Sequence[Job] = JOBS) -> RowMapping:
    """The job `number` of `who`. Raises `NotFound`, alike for absent jobs and for those of others."""
    with engines.owner.begin() as connection:
        row = connection.execute(select(JOB).where(JOB.c.id == number, _owned(who, jobs))).mappings().one_or_none()
    if row is None:
        raise no_such_job(number)
    return row


def read_job(engines: Engines, number: uuid.UUID) -> RowMapping | None:
    """The job `number`, whoever owns it; None where there is none. For the worker, never for a request."""
    with engines.owner.begin() as connection:
        return connection.execute(select(JOB).where(JOB.c.id == number)).mappings().one_or_none()


def no_such_job(number: object) -> NoSuchJob:
    """The error that says that there is no such job, or not for who asks."""
    return NoSuchJob(f"Không có công việc '{number}'. · There is no job '{number}'.")


def dismiss(engines: Engines, who: Identity, number: uuid.UUID, jobs: Sequence[Job] = JOBS) -> RowMapping:
    """The job `number` of `who`, stopped where it had not ended, else without its result; dismissing twice is once."""
    find_submitted(engines, who, number, jobs)
    ended = func.coalesce(JOB.c.finished_at, func.now())
    values = {"status": "dismissed", "result": null(), "message": _words(DISMISSED), "finished_at": ended}
    with engines.owner.begin() as connection:
        connection.execute(
            update(JOB)
            .where(JOB.c.id == number, JOB.c.status != "dismissed")
            .values({**values, "updated_at": func.now()})
        )
    cancel(engines, number)
    return find_submitted(engines, who, number, jobs)


def session_name(number: uuid.UUID) -> str:
    """The name by which the transaction of the job is known in `pg_stat_activity`."""
    return f"langbiang-job-{number}"


def cancel(engines: Engines, number: uuid.UUID) -> None:
    """Cancel the SQL statement that the job waits for, if there is one.

    Where the owner of the database may not do so, the job ends at its next report of progress.
    """
    stop = text("select pg_cancel_backend(pid) from pg_stat_activity where application_name = :name")
    with suppress(ProgrammingError), engines.owner.begin() as connection:
        connection.execute(stop, {"name": session_name(number)})


def cancel_dismissed(engines: Engines) -> None:
    """Cancel the statements of jobs that were dismissed between two of them, and so went on with the next."""
    with engines.owner.begin() as connection:
        recent = JOB.c.updated_at > func.now() - text("interval '1 hour'")
        numbers = connection.scalars(select(JOB.c.id).where(JOB.c.status == "dismissed", recent)).all()
    for number in numbers:
        cancel(engines, number)


def _queue(engines: Engines) -> procrastinate.App:
    connector = procrastinate.SyncPsycopgConnector(conninfo=connection_info(engines.owner.url), min_size=1, max_size=1)
    return procrastinate.App(connector=connector).open()


def _owned(who: Identity, jobs: Sequence[Job]) -> ColumnElement[bool]:
    if who.subject is None:
        return JOB.c.owner.is_(None) & JOB.c.process.in_([job.id for job in jobs if job.unowned])
    return JOB.c.owner == who.subject


def _words(words: Text) -> str:
    return f"{words.vi} · {words.en}"
