"""What a worker does with a submitted job: run it as its owner is today, and keep its row true."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import RowMapping, func, update
from sqlalchemy.exc import DBAPIError

from gis_core.accounts import find_account
from gis_core.db import Engines, Identity
from gis_core.errors import LangbiangError, NotAllowed
from gis_core.jobs.job import Job, Progress
from gis_core.jobs.queue import ENDED, PROGRESS_SECONDS, defer_callback, session_name
from gis_core.jobs.run import JOBS, find_job, run_job
from gis_core.layer import Text
from gis_core.platform_tables import JOB

STATEMENT_TIMEOUT = "30min"
"""Longer than for requests: nobody waits at the other end, and the owner can dismiss the job."""
_CANCELLED = "57014"  # query_canceled
_UNEXPECTED = "Lỗi không lường trước. · An unexpected error."
_TOO_LONG = (
    f"Một câu truy vấn chạy quá {STATEMENT_TIMEOUT}; hãy thu hẹp phạm vi. · "
    f"A query took longer than {STATEMENT_TIMEOUT}; ask for less."
)


class Dismissed(LangbiangError):
    """The owner has stopped the job."""

    status = 410


def carry_out(engines: Engines, number: uuid.UUID, *, jobs: Sequence[Job] = JOBS, files: Path = Path("jobs")) -> None:
    """Carry out the job `number`; what becomes of it stands in its row. Only an unexpected error is raised as well.

    The job works in the role and for the wards that its owner has now, not when it was submitted.
    """
    row = _begin(engines, number)
    if row is None:
        return
    defer_callback(engines, row, "running")
    session = {"application_name": session_name(number), "statement_timeout": STATEMENT_TIMEOUT}
    try:
        who = _today(engines, row)
        job = find_job(row["process"], who.role, jobs)
        progress = _progress(engines, number)
        result = run_job(engines, who, job, row["inputs"], progress, folder=files / str(number), session=session)
    except Dismissed:
        return
    except LangbiangError as error:
        _end(engines, row, status="failed", message=str(error))
    except DBAPIError as error:
        cancelled = getattr(error.orig, "pgcode", None) == _CANCELLED
        # Nothing changes where the job was dismissed: that is why its statement was cancelled.
        _end(engines, row, status="failed", message=_TOO_LONG if cancelled else _UNEXPECTED)
        if not cancelled:
            raise
    except Exception:
        _end(engines, row, status="failed", message=_UNEXPECTED)
        raise
    else:
        _end(engines, row, status="successful", progress=100, result=result, message="Đã xong · Done")


def _today(engines: Engines, row: RowMapping) -> Identity:
    """The job's owner as they are now. Raises `NotAllowed` for a disabled account, `NotFound` for none."""
    what = f"JOB {row['process']} {row['id']}"
    if row["owner"] is None:
        return Identity(None, "citizen", (), row["address"], what)
    with engines.accounts.begin() as connection:
        account = find_account(connection, row["owner"])
    if account.disabled_at is not None:
        raise NotAllowed(
            f"Tài khoản '{account.name}' đã bị khoá. · The account '{account.name}' has been disabled since."
        )
    if (account.role, list(account.wards)) != (row["role"], row["wards"]):
        with engines.owner.begin() as connection:
            today = {"role": account.role, "wards": list(account.wards)}
            connection.execute(update(JOB).where(JOB.c.id == row["id"]).values(today))
    return Identity(account.name, account.role, account.wards, row["address"], what)


def _begin(engines: Engines, number: uuid.UUID) -> RowMapping | None:
    begun = (
        update(JOB)
        .where(JOB.c.id == number, JOB.c.status.not_in(ENDED))
        .values(status="running", started_at=func.now(), updated_at=func.now())
        .returning(*JOB.c)
    )
    with engines.owner.begin() as connection:
        return connection.execute(begun).mappings().one_or_none()


def _progress(engines: Engines, number: uuid.UUID) -> Progress:
    last = [0.0, -1.0]

    def report(share: float, words: Text) -> None:
        # A loop may report each of a million rows; the end is always looked at.
        if share < 1 and monotonic() - last[0] < PROGRESS_SECONDS and share < last[1] + 0.01:
            return
        last[:] = monotonic(), share
        done = min(max(round(100 * share), 0), 100)
        values = {"progress": done, "message": f"{words.vi} · {words.en}", "updated_at": func.now()}
        if not _change_running(engines, number, values):
            raise Dismissed("Công việc đã bị dừng. · The job was dismissed.")

    return report


def _end(engines: Engines, row: RowMapping, **values: Any) -> None:
    values = {**values, "finished_at": func.now(), "updated_at": func.now()}
    if _change_running(engines, row["id"], values):
        defer_callback(engines, row, values["status"])


def _change_running(engines: Engines, number: uuid.UUID, values: dict[str, Any]) -> bool:
    running = update(JOB).where(JOB.c.id == number, JOB.c.status == "running").values(values)
    with engines.owner.begin() as connection:
        return connection.execute(running).rowcount > 0
