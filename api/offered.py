"""The jobs that this installation offers: those of every installation, those that need its files, and the echo."""

from pathlib import Path

from api.ogc.export_job import export_job
from etl.plan_check import plan_check_job
from gis_core.catalog import Catalog
from gis_core.jobs.echo import ECHO
from gis_core.jobs.job import Job
from gis_core.jobs.run import JOBS
from gis_core.settings import Settings


def offered(settings: Settings, catalog: Catalog) -> tuple[Job, ...]:
    """All jobs, in the order in which they are listed."""
    echo = (ECHO,) if settings.echo_process else ()
    return (*JOBS, export_job(catalog), plan_check_job(plan_uploads(settings)), *echo)


def job_files(settings: Settings) -> Path:
    """The folder with a folder for the files of each job."""
    return settings.data / "jobs"


def plan_uploads(settings: Settings) -> Path:
    """The folder with a folder for each plan file that was uploaded, by the hash of its content."""
    return settings.data / "plan-uploads"
