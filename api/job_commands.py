"""`langbiang job`: list the jobs, and run one in the foreground with a progress bar."""

import getpass
import json
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from gis_core.errors import BadRequest
from gis_core.layer import Text

commands = typer.Typer(no_args_is_help=True, help="Công việc phân tích không gian · Spatial jobs.")


@commands.command("list")
def list_jobs() -> None:
    """List the jobs and their inputs."""
    from api.offered import offered
    from gis_core.settings import read_settings
    from layers import CATALOG

    console = Console()
    for job in offered(read_settings(), CATALOG):
        console.print(f"[bold]{job.id}[/bold]  {job.title.vi} · {job.title.en}")
        for name, schema in job.parameters.model_json_schema(by_alias=True)["properties"].items():
            console.print(f"    {name}=  {schema.get('title', '')}", highlight=False)


@commands.command("run")
def run(
    name: Annotated[str, typer.Argument(help="The job's id, see 'langbiang job list'.")],
    inputs: Annotated[list[str] | None, typer.Argument(help="key=value …; values may be JSON, or @FILE.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of database and secrets.")] = None,
) -> None:
    """Run a job in the foreground; the result goes to standard output as JSON."""
    from api.offered import job_files, offered
    from gis_core.db import Identity, engines
    from gis_core.jobs.carry_out import STATEMENT_TIMEOUT
    from gis_core.jobs.run import find_job, run_job
    from gis_core.postgres import owner
    from gis_core.settings import read_settings
    from layers import CATALOG

    settings = read_settings(data=data)
    job = find_job(name, "administrator", offered(settings, CATALOG))
    folder = job_files(settings) / str(uuid.uuid4())
    values = dict(_pair(one) for one in inputs or [])
    with owner(settings) as url, _bar() as bar:
        task = bar.add_task(f"{job.title.vi} · {job.title.en}", total=1.0)

        def progress(share: float, words: Text) -> None:
            bar.update(task, completed=share, description=f"{words.vi} · {words.en}")

        ways_in = engines(url, settings.data)
        try:
            # Nobody waits at the other end of a request: what a job may take, it may take here.
            who, session = Identity(getpass.getuser(), "administrator"), {"statement_timeout": STATEMENT_TIMEOUT}
            result = run_job(ways_in, who, job, values, progress, folder=folder, session=session)
        finally:
            ways_in.dispose()
        bar.update(task, completed=1.0)
    if job.files:
        Console(stderr=True).print(f"{folder}", highlight=False, soft_wrap=True)
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2))


def _pair(words: str) -> tuple[str, Any]:
    key, sign, value = words.partition("=")
    if not sign:
        raise BadRequest(f"'{words}' is not of the form key=value.")
    if value.startswith("@"):
        try:
            return key, Path(value[1:]).read_text("utf-8")
        except UnicodeDecodeError:
            raise BadRequest(f"{key}: the file {value[1:]} is not text in UTF-8.") from None
    if value[:1] in ("{", "["):
        try:
            return key, json.loads(value)
        except json.JSONDecodeError as error:
            raise BadRequest(f"{key}: this is not valid JSON: {error}.") from None
    return key, value


def _bar() -> Progress:
    # On standard error: what a job returns can be piped on.
    columns = (*Progress.get_default_columns()[:3], TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))
