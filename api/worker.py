"""The worker process: carries out submitted jobs, tells those who asked to be told, and keeps house by the clock."""

import asyncio
import contextlib
import uuid

import procrastinate
import structlog

from api.offered import job_files, offered
from api.ogc.process_documents import status_info, values
from api.platform import Platform
from gis_core.db import engines
from gis_core.errors import LangbiangError, Unavailable
from gis_core.jobs.carry_out import carry_out
from gis_core.jobs.hosts import deliver, read_hosts
from gis_core.jobs.queue import (
    CALLBACK_QUEUE,
    CALLBACK_TASK,
    CALLBACKS,
    TASK,
    cancel_dismissed,
    connection_info,
    defer,
    read_job,
    waiting_too_long,
)
from gis_core.jobs.retention import forget_jobs, remove_files
from gis_core.jobs.run import find_job
from gis_core.postgres import owner
from gis_core.settings import Settings
from layers import CATALOG

CONCURRENCY = 2
CALLBACKS_AT_ONCE = 4
QUEUE_HOURS = 7 * 24
"""How long the queue remembers what it handed out; the jobs themselves are kept by the settings."""
# After 6, 36, 216 and 1,296 seconds; then nobody is told any more.
_TRY_AGAIN = procrastinate.RetryStrategy(max_attempts=4, exponential_wait=6, retry_exceptions={Unavailable})
log = structlog.get_logger()


def worker_app(house: Platform) -> procrastinate.App:
    """The procrastinate application whose tasks work for `house`."""
    ways_in = house.engines
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=connection_info(ways_in.owner.url)))
    files, jobs = job_files(house.settings), house.jobs

    @app.task(name=TASK)
    def job(number: str) -> None:
        carry_out(ways_in, uuid.UUID(number), jobs=jobs, files=files)

    @app.task(name=CALLBACK_TASK, queue=CALLBACK_QUEUE, retry=_TRY_AGAIN)
    def callback(number: str, status: str) -> None:
        tell(house, uuid.UUID(number), status)

    @app.periodic(cron="* * * * *")
    @app.task(name="hand-over-again", queueing_lock="hand-over-again")
    def hand_over_again(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the moment it was due
        cancel_dismissed(ways_in)
        if late := waiting_too_long(ways_in):
            defer(ways_in, late)

    @app.periodic(cron="* * * * *")
    @app.task(name="take-over", queueing_lock="take-over", pass_context=True)
    async def take_over(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
        # Jobs of workers that died: their heartbeat has stopped.
        for stalled in await context.app.job_manager.get_stalled_jobs():
            await context.app.job_manager.retry_job(stalled)

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="tidy", queueing_lock="tidy")
    def tidy(timestamp: int) -> None:  # noqa: ARG001
        remove_files(ways_in, files, house.settings.job_file_hours)
        forget_jobs(ways_in, house.settings.job_days)

    @app.periodic(cron="30 * * * *")
    @app.task(name="tidy-queue", queueing_lock="tidy-queue", pass_context=True)
    async def tidy_queue(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
        await context.app.job_manager.delete_old_jobs(nb_hours=QUEUE_HOURS, include_failed=True)

    return app


def tell(house: Platform, number: uuid.UUID, status: str) -> None:
    """Tell the subscriber of a job that it came to `status`. Raises `Unavailable` where that may succeed later."""
    row = read_job(house.engines, number)
    if row is None:
        return  # forgotten meanwhile
    ogc = f"{house.settings.root_url}/ogc"
    document = status_info(row, ogc, "vi") | {"status": status}
    if status == "successful":
        job = find_job(row["process"], row["role"], house.jobs)
        document = values(row, job, ogc, "vi")
    try:
        deliver(row["subscriber"][CALLBACKS[status]], document, read_hosts(house.settings.callback_hosts))
    except Unavailable:
        raise
    except LangbiangError as refused:  # nothing that trying again would change
        log.warning("callback", job=str(number), reason=str(refused))


async def _work(app: procrastinate.App) -> None:
    async with app.open_async():
        told = asyncio.create_task(
            app.run_worker_async(
                queues=[CALLBACK_QUEUE],
                concurrency=CALLBACKS_AT_ONCE,
                install_signal_handlers=False,
                shutdown_graceful_timeout=5,
            )
        )
        # Ended by SIGTERM or SIGINT, and the other one with it.
        await app.run_worker_async(queues=["default"], concurrency=CONCURRENCY, shutdown_graceful_timeout=5)
        told.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await told


def main() -> None:
    """Work until SIGTERM or SIGINT; a job begun is brought to its end or taken over by another worker."""
    settings = Settings()
    with owner(settings) as url:
        house = Platform(settings, CATALOG, engines(url, settings.data), jobs=offered(settings, CATALOG))
        asyncio.run(_work(worker_app(house)))


if __name__ == "__main__":
    main()
