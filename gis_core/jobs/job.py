"""The vocabulary of jobs: what a job is called, takes, reads, writes and does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import Connection

from gis_core.layer import EVERYBODY, Role, Text


class Progress(Protocol):
    """Called by a job with the share done (0 to 1) and words on what it does; raises where the job is to stop."""

    def __call__(self, share: float, words: Text) -> None:
        """Report the share done and what is being done."""


@dataclass(frozen=True)
class Job:
    """A job: published as an OGC process, run by the command line, a schedule or a worker.

    `work` gets a transaction acting as the job's owner (so it sees and changes what the owner may), the validated
    parameters and a progress to report to; it returns the result as a JSON object.
    """

    id: str
    title: Text
    description: Text
    parameters: type[BaseModel]
    work: Callable[[Connection, Any, Progress], dict[str, Any]]
    roles: frozenset[Role] = EVERYBODY
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = field(default=())
