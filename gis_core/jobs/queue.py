"""The queue: submitted jobs are rows, carried out by any number of workers through procrastinate on the same database.

A job's row is the truth about it (owner, status, progress, result); procrastinate only says who carries it out when.
"""

import uuid
from contextlib import suppress
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, ColumnElement, RowMapping, and_, func, insert, select, text, update

from gis_core.db import Engines, Identity
from gis_core.errors import LangbiangError, NotFound
from gis_core.jobs.run import checked, find_job, run_job
from gis_core.layer import Text
from gis_core.platform_tables import JOB

SCHEMA = "queue"
TASK = "job"
ENDED = ("successful", "failed", "dismissed")


class Dismissed(LangbiangError):
    """The owner has stopped the job."""

    status = 410


def connection_info(owner: URL) -> str:
    """The owner's address as libpq reads it, with the queue's schema in the search path."""
    return make_conninfo(
        "", host=str(owner.query.get("host", owner.host)), port=owner.port, user=owner.username,
        password=owner.password, dbname=owner.database, options=f"-c search_path={SCHEMA},public",
        application_name="langbiang-queue",
    )  # fmt: skip


def submit(engines: Engines, who: Identity, job_id: str, inputs: dict[str, Any]) -> uuid.UUID:
    """The id of the new job, waiting for a worker. Raises `NotFound` where `who` may not run it, else `BadRequest`."""
    checked(find_job(job_id, who.role), inputs)
    number = uuid.uuid4()
    with engines.owner.begin() as connection:
        connection.execute(
            insert(JOB).values(
                id=number, process=job_id, owner=who.subject, role=who.role, wards=list(who.wards), inputs=inputs
            )
        )
    defer(engines, [number])
    return number


def defer(engines: Engines, numbers: list[uuid.UUID]) -> None:
    """Hand jobs to the workers; one that waits already is left alone."""
    connector = procrastinate.SyncPsycopgConnector(conninfo=connection_info(engines.owner.url), min_size=1, max_size=1)
    with procrastinate.App(connector=connector).open() as app:
        for number in numbers:
            with suppress(AlreadyEnqueued):
                app.configure_task(TASK, queueing_lock=str(number)).defer(number=str(number))


def waiting_too_long(engines: Engines) -> list[uuid.UUID]:
    """The jobs accepted over a minute ago that no worker has begun: their handing over may have been cut off."""
    late = JOB.c.created_at < func.now() - text("interval '1 minute'")
    with engines.owner.begin() as connection:
        return list(connection.execute(select(JOB.c.id).where(JOB.c.status == "accepted", late)).scalars())


def jobs_of(engines: Engines, who: Identity, limit: int = 100) -> list[RowMapping]:
    """The newest jobs that `who` owns, newest first; none for the anonymous."""
    newest = select(JOB).where(_owned(who)).order_by(JOB.c.created_at.desc(), JOB.c.id).limit(limit)
    with engines.owner.begin() as connection:
        return list(connection.execute(newest).mappings())


def find_submitted(engines: Engines, who: Identity, number: uuid.UUID) -> RowMapping:
    """The job `number` of `who`. Raises `NotFound`, alike for absent jobs and for those of others."""
    with engines.owner.begin() as connection:
        row = connection.execute(select(JOB).where(JOB.c.id == number, _owned(who))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Không có công việc '{number}'. · There is no job '{number}'.")
    return row


def dismiss(engines: Engines, who: Identity, number: uuid.UUID) -> RowMapping:
    """The job `number` of `who`, stopped where it had not ended; its work ends at its next report of progress."""
    find_submitted(engines, who, number)
    with engines.owner.begin() as connection:
        connection.execute(
            update(JOB)
            .where(JOB.c.id == number, JOB.c.status.not_in(ENDED))
            .values(status="dismissed", finished_at=func.now(), updated_at=func.now())
        )
    return find_submitted(engines, who, number)


def carry_out(engines: Engines, number: uuid.UUID) -> None:
    """Carry out the job `number`; what becomes of it stands in its row. Only an unexpected error is raised as well."""
    row = _begin(engines, number)
    if row is None:
        return
    who = Identity(row["owner"], row["role"], tuple(row["wards"]))

    def progress(share: float, words: Text) -> None:
        _report(engines, number, share, words)

    try:
        result = run_job(engines, who, find_job(row["process"], who.role), row["inputs"], progress)
    except Dismissed:
        return
    except LangbiangError as error:
        _end(engines, number, status="failed", message=str(error))
    except Exception:
        _end(engines, number, status="failed", message="Lỗi không lường trước. · An unexpected error.")
        raise
    else:
        _end(engines, number, status="successful", progress=100, result=result)


def _owned(who: Identity) -> ColumnElement[bool]:
    # A null owner equals nobody: what was submitted anonymously is found by nobody.
    return and_(JOB.c.owner == who.subject, JOB.c.owner.is_not(None))


def _begin(engines: Engines, number: uuid.UUID) -> RowMapping | None:
    begun = (
        update(JOB)
        .where(JOB.c.id == number, JOB.c.status.not_in(ENDED))
        .values(status="running", started_at=func.now(), updated_at=func.now())
        .returning(*JOB.c)
    )
    with engines.owner.begin() as connection:
        return connection.execute(begun).mappings().one_or_none()


def _report(engines: Engines, number: uuid.UUID, share: float, words: Text) -> None:
    values = {"progress": round(100 * share), "message": f"{words.vi} · {words.en}", "updated_at": func.now()}
    if not _change_running(engines, number, values):
        raise Dismissed("Công việc đã bị dừng. · The job was dismissed.")


def _end(engines: Engines, number: uuid.UUID, **values: Any) -> None:
    _change_running(engines, number, {**values, "finished_at": func.now(), "updated_at": func.now()})


def _change_running(engines: Engines, number: uuid.UUID, values: dict[str, Any]) -> bool:
    running = update(JOB).where(JOB.c.id == number, JOB.c.status == "running").values(values)
    with engines.owner.begin() as connection:
        return connection.execute(running).rowcount > 0
