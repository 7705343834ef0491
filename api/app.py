"""The composition root of the server: settings are read here, everything is put together here, top to bottom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import health, problems, styles
from api.access import install_access
from api.changes import Changes
from api.demo_logins import check_demo_logins
from api.ogc import routes as ogc
from api.oidc import provider_of
from api.platform import Platform
from api.tiles import TileService
from api.web import cards, coordinates, pages
from gis_core.db import engines
from gis_core.postgres import owner
from gis_core.settings import Settings
from layers import CATALOG


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application for `settings`, read from the environment where none are given."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with owner(settings) as url:
            platform = Platform(settings, CATALOG, engines(url, settings.data), provider_of(settings, settings.data))
            check_demo_logins(settings, platform.engines)
            app.state.platform = platform
            yield
            platform.engines.dispose()

    # The platform has its own OpenAPI document, at /ogc/openapi.
    app = FastAPI(title="Langbiang", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(app)
    install_access(app, settings)
    app.include_router(health.router)
    app.router.routes.extend([*TileService().routes(), *Changes().routes(), *styles.routes()])
    app.router.routes.extend([*pages.routes(), *cards.routes(), *coordinates.routes()])
    ogc.install(app)
    return app
