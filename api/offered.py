"""The jobs that this installation offers: those of every installation, exports, and the echo where it is wanted."""

from pathlib import Path

from api.ogc.export_job import export_job
from gis_core.catalog import Catalog
from gis_core.jobs.echo import ECHO
from gis_core.jobs.job import Job
from gis_core.jobs.run import JOBS
from gis_core.settings import Settings


def offered(settings: Settings, catalog: Catalog) -> tuple[Job, ...]:
    """All jobs, in the order in which they are listed."""
    return (*JOBS, export_job(catalog), *((ECHO,) if settings.echo_process else ()))


def job_files(settings: Settings) -> Path:
    """The folder with a folder for the files of each job."""
    return settings.data / "jobs"
