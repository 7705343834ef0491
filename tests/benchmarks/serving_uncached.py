"""Our server as it is, but for the tiles in memory: for the benchmark of tiles that nobody has asked for yet."""

from fastapi import FastAPI

from api import app
from api.tiles import TileService
from tiles.cache import TileCache


def create_app() -> FastAPI:
    """The ASGI application; the first route that fits answers, and it keeps no tile."""
    made = app.create_app()
    made.router.routes[:0] = TileService(lambda settings: TileCache(0)).routes()
    return made
