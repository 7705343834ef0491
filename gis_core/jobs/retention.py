"""What jobs leave behind, and how long: rows by days, files by hours."""

import shutil
import uuid
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, func, or_, select

from gis_core.db import Engines
from gis_core.jobs.queue import ENDED
from gis_core.platform_tables import JOB


def forget_jobs(engines: Engines, days: int) -> int:
    """How many jobs that ended over `days` ago were removed."""
    old = JOB.c.finished_at < func.now() - timedelta(days=days)
    with engines.owner.begin() as connection:
        return connection.execute(delete(JOB).where(JOB.c.status.in_(ENDED), old)).rowcount


def remove_files(engines: Engines, files: Path, hours: int) -> int:
    """How many folders in `files` were removed: of jobs that ended over `hours` ago, were dismissed or are no more."""
    folders = {one.name: one for one in files.iterdir()} if files.is_dir() else {}
    recent = or_(JOB.c.finished_at.is_(None), JOB.c.finished_at >= func.now() - timedelta(hours=hours))
    numbers = [uuid.UUID(name) for name in folders if _is_number(name)]
    kept = select(JOB.c.id).where(
        JOB.c.id.in_(numbers), JOB.c.status.in_(("running", "accepted", "successful")), recent
    )
    with engines.owner.begin() as connection:
        needed = {str(number) for number in connection.scalars(kept)}
    old = [one for name, one in folders.items() if _is_number(name) and name not in needed]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def _is_number(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
