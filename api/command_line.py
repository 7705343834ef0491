"""The `langbiang` command: reads the settings, calls what does the work, turns errors into one sentence."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from gis_core.errors import LangbiangError, Unavailable
from gis_core.settings import read_settings


class _Commands(TyperGroup):
    """The commands of this file and those whose imports (GDAL, pandas) take seconds: only when one is asked for.

    Typer's own types of context and command are private, hence `Any`.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return [*super().list_commands(ctx), *_more_commands().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, None where there is none."""
        return super().get_command(ctx, cmd_name) or _more_commands().get_command(ctx, cmd_name)


def _more_commands() -> TyperGroup:
    from api.job_commands import commands as job_commands
    from api.user_commands import commands as user_commands
    from etl.command_line import commands as loading_commands

    more = typer.Typer()
    more.add_typer(loading_commands)
    more.add_typer(job_commands, name="job")
    more.add_typer(user_commands, name="user")
    return typer.main.get_group(more)


app = typer.Typer(
    cls=_Commands, name="langbiang", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Nền tảng dữ liệu không gian đô thị · a spatial platform for a city.",
)  # fmt: skip


City = Annotated[str, typer.Option(help="'demo', or the folder of a city's data; loaded if the database is empty.")]
Data = Annotated[Path | None, typer.Option(help="Folder of database, secrets and logs.", show_default=".langbiang")]
Port = Annotated[int | None, typer.Option(help="Port of the HTTP server.", show_default="8000")]
Replace = Annotated[bool, typer.Option("--replace", help="Give up what is there.")]


@app.command()
def up(
    city: City = "demo",
    port: Port = None,
    data: Data = None,
    *,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running in the background.")] = False,
) -> None:
    """Chạy toàn bộ nền tảng · run everything: database, migrations, city, worker, server."""
    from api.up import up as run

    run(read_settings(data=data, port=port), city, Console(), detach=detach)


@app.command()
def serve(data: Data = None, port: Port = None) -> None:
    """Chỉ chạy máy chủ HTTP · run only the HTTP server, as a container does; the database is migrated already."""
    from api.up import serve as run

    run(read_settings(data=data, port=port))


@app.command()
def down(data: Data = None) -> None:
    """Dừng nền tảng · stop what 'up' runs."""
    from api.up import down as run

    run(read_settings(data=data), Console())


@app.command()
def check(data: Data = None, port: Port = None) -> None:
    """Kiểm tra cài đặt · tell what is installed, running and wrong; exit code 1 where something is wrong."""
    from api.check import report

    if not report(read_settings(data=data, port=port), Console()):
        raise typer.Exit(1)


@app.command()
def migrate(
    data: Data = None,
    city: Annotated[str | None, typer.Option(help="Also load this city if the database is empty.")] = None,
) -> None:
    """Nâng cấp cơ sở dữ liệu · bring the database to the newest revision."""
    from api.prepare import prepare

    prepare(read_settings(data=data), city, Console())


@app.command()
def revision(message: str, data: Data = None) -> None:
    """Viết bản di trú từ các khai báo lớp · write the migration from the database to the layers as declared now."""
    from gis_core import postgres
    from layers.migrate import write_revision

    with postgres.owner(read_settings(data=data)) as url:
        typer.echo(write_revision(url, message))


@app.command()
def backup(file: Path, data: Data = None, *, replace: Replace = False) -> None:
    """Sao lưu cơ sở dữ liệu · write the whole database into FILE."""
    from api.backup import backup as run

    run(read_settings(data=data), file, Console(), replace=replace)


@app.command()
def restore(file: Path, data: Data = None, *, replace: Replace = False) -> None:
    """Phục hồi cơ sở dữ liệu · read the database from FILE, written by 'backup'."""
    from api.backup import restore as run

    run(read_settings(data=data), file, Console(), replace=replace)


def main() -> None:
    """Runs the command; what it refuses becomes one sentence and the exit code of its error class."""
    try:
        app()
    except LangbiangError as error:
        _fail(error, error.exit_code)
    except KeyboardInterrupt:
        _fail(KeyboardInterrupt("Interrupted; nothing half-done is left."), 130)
    except OSError as error:
        _fail(error, Unavailable.exit_code)
    except Exception as error:  # the last resort: nobody should have to read a stack trace
        _fail(error, LangbiangError.exit_code)


def _fail(error: BaseException, code: int) -> None:
    if os.environ.get("LANGBIANG_DEBUG"):
        raise error
    text = str(error).strip() or type(error).__name__
    if not isinstance(error, LangbiangError | KeyboardInterrupt):
        text = f"{type(error).__name__}: {text.splitlines()[0]} (LANGBIANG_DEBUG=1 shows where.)"
    Console(stderr=True, soft_wrap=True, highlight=False).print(text, markup=False)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
