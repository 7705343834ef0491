"""What a running server stands on, made once by the composition root and handed to every route."""

from dataclasses import dataclass

from fastapi import Request

from api.oidc import Provider
from gis_core.catalog import Catalog
from gis_core.db import Engines
from gis_core.jobs.job import Job
from gis_core.jobs.run import JOBS
from gis_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Platform:
    """The settings, the catalogue, the ways into the database, who else vouches for people (None: nobody), the jobs."""

    settings: Settings
    catalog: Catalog
    engines: Engines
    provider: Provider | None = None
    jobs: tuple[Job, ...] = JOBS


def platform(request: Request) -> Platform:
    """The platform behind the application that received `request`."""
    found: Platform = request.app.state.platform
    return found


def root_url(request: Request) -> str:
    """The absolute address of the server for links in the answer to `request`, without a trailing slash.

    The public address where the deployment names one, else the address that the client itself used.
    """
    return (platform(request).settings.public_url or str(request.base_url)).rstrip("/")
