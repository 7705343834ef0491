"""The composition root of the server: settings are read here, everything is put together here, top to bottom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import health, problems
from api.ogc import routes as ogc
from api.platform import Platform
from api.tiles import TileService
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
            platform = Platform(settings, CATALOG, engines(url, settings.data))
            app.state.platform = platform
            yield
            platform.engines.dispose()

    # The platform has its own OpenAPI document, at /ogc/openapi.
    app = FastAPI(title="Langbiang", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(app)
    app.include_router(health.router)
    ogc.install(app)
    app.router.routes.extend(TileService().routes())
    return app
