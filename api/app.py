"""The composition root of the server: settings are read here, everything is put together here, top to bottom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import health, problems, styles
from api.access import install_access
from api.changes import Changes
from api.demo_logins import check_demo_logins
from api.log import configure_log
from api.offered import offered
from api.ogc import routes as ogc
from api.oidc import provider_of
from api.platform import Platform
from api.raster_tiles import RasterTileService
from api.rates import Rates
from api.search import Search
from api.tiles import TileService
from api.web import (
    cards,
    coordinates,
    house_numbers,
    pages,
    parcels,
    plan_publishing,
    planning,
    reports_desk,
    reports_following,
    results,
)
from api.web.extracts import Extracts
from api.web.extracts_pdf import warm_up
from api.web.reports import Reports
from gis_core.db import engines
from gis_core.postgres import owner
from gis_core.settings import Settings
from layers import CATALOG


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application for `settings`, read from the environment where none are given."""
    settings = settings or Settings()
    configure_log()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with owner(settings) as url:
            ways_in, jobs = engines(url, settings.data), offered(settings, CATALOG)
            platform = Platform(settings, CATALOG, ways_in, provider_of(settings, settings.data), jobs)
            check_demo_logins(settings, platform.engines)
            app.state.platform = platform
            warm = asyncio.get_running_loop().run_in_executor(None, warm_up)
            yield
            await warm
            platform.engines.dispose()

    # The platform has its own OpenAPI document, at /ogc/openapi.
    app = FastAPI(title="Langbiang", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(app)
    # What is asked most comes first: routes are tried in turn.
    app.router.routes.extend([*TileService().routes(), *RasterTileService().routes(), *Search().routes()])
    ogc.install(app)
    install_access(app, settings)
    app.include_router(health.router)
    app.router.routes.extend([*Changes().routes(), *styles.routes()])
    app.router.routes.extend([*pages.routes(), *results.routes(), *cards.routes(), *coordinates.routes()])
    extracts = Extracts(Rates(settings.extracts_per_minute, 2 * settings.extracts_per_minute))
    app.router.routes.extend([*extracts.routes(), *parcels.routes()])
    app.router.routes.extend(planning.routes(Rates(settings.extracts_per_minute, 2 * settings.extracts_per_minute)))
    app.include_router(house_numbers.router)
    plan_publishing.install(app)
    app.router.routes.extend(Reports(Rates(settings.reports_per_minute, 2 * settings.reports_per_minute)).routes())
    for part in (reports_following, reports_desk):
        app.include_router(part.router)
    return app
