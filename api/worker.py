"""The worker process: carries out submitted jobs and keeps house by the clock."""

import uuid

import procrastinate

from gis_core.db import Engines, engines
from gis_core.jobs.queue import TASK, carry_out, connection_info, defer, waiting_too_long
from gis_core.postgres import owner
from gis_core.settings import Settings

CONCURRENCY = 2


def worker_app(ways_in: Engines) -> procrastinate.App:
    """The procrastinate application whose tasks use `ways_in`."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=connection_info(ways_in.owner.url)))

    @app.task(name=TASK)
    def job(number: str) -> None:
        carry_out(ways_in, uuid.UUID(number))

    @app.periodic(cron="* * * * *")
    @app.task(name="hand-over-again", queueing_lock="hand-over-again")
    def hand_over_again(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the moment it was due
        if late := waiting_too_long(ways_in):
            defer(ways_in, late)

    @app.periodic(cron="* * * * *")
    @app.task(name="take-over", queueing_lock="take-over", pass_context=True)
    async def take_over(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
        # Jobs of workers that died: their heartbeat has stopped.
        for stalled in await context.app.job_manager.get_stalled_jobs():
            await context.app.job_manager.retry_job(stalled)

    return app


def main() -> None:
    """Work until SIGTERM or SIGINT; a job begun is brought to its end or taken over by another worker."""
    settings = Settings()
    with owner(settings) as url:
        ways_in = engines(url, settings.data)
        worker_app(ways_in).run_worker(concurrency=CONCURRENCY, shutdown_graceful_timeout=5)


if __name__ == "__main__":
    main()
