"""The only shell around jobs: checks the caller and the inputs, opens the transaction, runs the work."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy import func, select

from gis_core.db import Engines, Identity, acting_as
from gis_core.errors import NoSuchProcess, WrongInputs
from gis_core.features import refusing_bad_values
from gis_core.jobs.address_parcel_link import ADDRESS_PARCEL_LINK
from gis_core.jobs.construction import UNPERMITTED_CONSTRUCTION
from gis_core.jobs.geocode import GEOCODE
from gis_core.jobs.house_number_check import HOUSE_NUMBER_CHECK
from gis_core.jobs.job import Desk, Job, Progress
from gis_core.jobs.mistakes import mistakes
from gis_core.jobs.zone_report import ZONE_REPORT
from gis_core.layer import Role, Text

JOBS: tuple[Job, ...] = (ZONE_REPORT, GEOCODE, HOUSE_NUMBER_CHECK, ADDRESS_PARCEL_LINK, UNPERMITTED_CONSTRUCTION)


def find_job(job_id: str, role: Role, jobs: Sequence[Job] = JOBS) -> Job:
    """The one of `jobs` that has that id as `role` may know it. Raises `NotFound`, alike for absent and forbidden."""
    for job in jobs:
        if job.id == job_id and role in job.roles:
            return job
    raise NoSuchProcess(f"Không có tiến trình '{job_id}'. · There is no process '{job_id}'.")


def checked(job: Job, inputs: Mapping[str, Any], desk: Desk | None = None, *, strict: bool = False) -> Any:
    """What the job's work takes, from the inputs. Raises `BadRequest` naming every mistake.

    `strict`: a number must not come as text, as it may from a command line.
    """
    try:
        # As JSON: a date is text there, which the strict reading of Python values would refuse.
        found = job.parameters.model_validate_json(orjson.dumps(inputs), strict=strict)
    except ValidationError as error:
        raise WrongInputs(list(mistakes(error))) from None
    return found if job.ready is None or desk is None else job.ready(found, desk)


def run_job(
    engines: Engines, who: Identity, job: Job, inputs: Mapping[str, Any], progress: Progress,
    *, folder: Path = Path(), session: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The result of `job` run as `who` in one transaction: an error leaves nothing half-done.

    Files go to `folder`; `session` has settings of PostgreSQL for the transaction.
    """
    parameters = checked(job, inputs, Desk(who, folder))
    with acting_as(engines, who) as connection, refusing_bad_values():
        for name, value in (session or {}).items():
            connection.execute(select(func.set_config(name, value, True)))
        result = job.work(connection, parameters, progress)
        # The last moment at which a job that was dismissed can still be taken back.
        progress(1.0, Text("Lưu kết quả", "storing the result"))
    return result
