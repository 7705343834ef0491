"""The only shell around jobs: checks the caller and the inputs, opens the transaction, runs the work."""

from typing import Any

from pydantic import ValidationError

from gis_core.db import Engines, Identity, acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.jobs.job import Job, Progress
from gis_core.jobs.zone_report import ZONE_REPORT
from gis_core.layer import Role

JOBS: tuple[Job, ...] = (ZONE_REPORT,)


def find_job(job_id: str, role: Role) -> Job:
    """The job `job_id` as `role` may know it. Raises `NotFound`, alike for absent and for forbidden jobs."""
    for job in JOBS:
        if job.id == job_id and role in job.roles:
            return job
    raise NotFound(f"Không có tiến trình '{job_id}'. · There is no process '{job_id}'.")


def checked(job: Job, inputs: dict[str, Any]) -> Any:
    """The inputs as the job's parameters. Raises `BadRequest` naming every mistake."""
    try:
        return job.parameters.model_validate(inputs)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or job.id}: {one['msg']}" for one in error.errors())
        raise BadRequest(f"Đầu vào không hợp lệ. · The inputs are not valid: {faults}.") from None


def run_job(engines: Engines, who: Identity, job: Job, inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The result of `job` run as `who` in one transaction: an error leaves nothing half-done."""
    parameters = checked(job, inputs)
    with acting_as(engines, who) as connection:
        return job.work(connection, parameters, progress)
