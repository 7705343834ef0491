"""The vocabulary of jobs: what a job is called, takes, reads, writes, does and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import Connection

from gis_core.db import Identity
from gis_core.layer import EVERYBODY, Role, Text


class Progress(Protocol):
    """Called by a job with the share done (0 to 1) and words on what it does; raises where the job is to stop."""

    def __call__(self, share: float, words: Text) -> None:
        """Report the share done and what is being done."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a run of a job works: on whose behalf, and the folder that its files go to (perhaps not made yet)."""

    who: Identity
    folder: Path


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a job; `schema` is a schema in the dialect of OpenAPI 3.0."""

    title: Text
    schema: Mapping[str, Any]


RESULT = Output(Text("Kết quả", "Result"), {"type": "object"})


@dataclass(frozen=True)
class Job:
    """A job: published as an OGC process, run by the command line, a schedule or a worker.

    `work` gets a transaction acting as the job's owner (so it sees and changes what the owner may), the validated
    parameters and a progress to report to; it returns the result as a JSON object. The members of that object are the
    `outputs`; where none are declared, the whole object is the one output `result`.

    `ready` makes of the parameters what `work` takes, knowing on whose behalf and where files go; it raises
    `BadRequest` for what only that tells to be wrong, and is called once more when the job is submitted. `files`: the
    outputs are files, `{"file": name, "mediaType": …, "bytes": …}` in the desk's folder. `unowned`: also somebody
    without an account may submit it, and sees all that was submitted so.
    """

    id: str
    title: Text
    description: Text
    parameters: type[BaseModel]
    work: Callable[[Connection, Any, Progress], dict[str, Any]]
    roles: frozenset[Role] = EVERYBODY
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = field(default=())
    outputs: Mapping[str, Output] = field(default_factory=dict)
    ready: Callable[[Any, Desk], Any] | None = None
    files: bool = False
    unowned: bool = False

    @property
    def all_outputs(self) -> Mapping[str, Output]:
        """The outputs by name, at least one."""
        return self.outputs or {"result": RESULT}

    def values(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each output in the result of `work`; an output without a value is absent."""
        if not self.outputs:
            return {"result": result}
        return {name: result[name] for name in self.outputs if result.get(name) is not None}
