"""Whether the server lives (`/healthz`) and whether it can serve (`/readyz`)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import text

from api.platform import Platform, platform
from gis_core.db import ANONYMOUS, acting_as
from gis_core.errors import Unavailable

router = APIRouter()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """A fixed answer: the process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(platform: Annotated[Platform, Depends(platform)]) -> dict[str, str]:
    """A fixed answer where the database lets the public read every layer. Raises `Unavailable` otherwise."""
    with acting_as(platform.engines, ANONYMOUS) as connection:
        known = set(connection.execute(text("select layer from platform.layer_version")).scalars())
    if missing := set(platform.catalog) - known:
        raise Unavailable(f"Lớp chưa có trong cơ sở dữ liệu. · Not migrated yet: {', '.join(sorted(missing))}.")
    return {"status": "ready"}
