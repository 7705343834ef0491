"""`langbiang user`: the accounts of an installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, NullPool, create_engine

from gis_core import accounts
from gis_core.credentials import Kind, add_credential
from gis_core.passwords import new_secret
from gis_core.postgres import owner
from gis_core.settings import read_settings

commands = typer.Typer(no_args_is_help=True, help="Tài khoản · accounts.")

Data = Annotated[Path | None, typer.Option(help="Folder of database, secrets and logs.", show_default=".langbiang")]
Name = Annotated[str, typer.Argument(help="Name of the account.")]
Ask = Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one.")]


@commands.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="planner, tax_officer, inspector, operator or administrator.")],
    ward: Annotated[list[str] | None, typer.Option(help="Code of a ward in charge of; may be repeated.")] = None,
    data: Data = None,
    *,
    ask: Ask = False,
) -> None:
    """Tạo tài khoản · make an account; its password is printed once."""
    password = _chosen_password(ask=ask)
    with _registry(data) as connection:
        account = accounts.add_account(connection, name, role, ward or (), password)
    _say(f"✓ {account.name}: {account.role} {' '.join(account.wards)}".rstrip())
    _show_password(password, ask=ask)


@commands.command("list")
def list_accounts(data: Data = None) -> None:
    """Danh sách tài khoản · show all accounts."""
    table = Table("Tên · name", "Vai trò · role", "Phường, xã · wards", "Khoá · disabled")
    with _registry(data) as connection:
        for one in accounts.all_accounts(connection):
            end = one.disabled_at.strftime("%d/%m/%Y %H:%M") if one.disabled_at else ""
            table.add_row(one.name, one.role, " ".join(one.wards), end)
    Console().print(table)


@commands.command()
def disable(name: Name, data: Data = None) -> None:
    """Khoá tài khoản · close an account; its sessions, application passwords and tokens end at once."""
    with _registry(data) as connection:
        accounts.disable(connection, accounts.find_account(connection, name))
    _say(f"✓ {name}: khoá · disabled")


@commands.command()
def password(name: Name, data: Data = None, *, ask: Ask = False) -> None:
    """Đặt lại mật khẩu · give an account another password, and open it again if it was closed."""
    chosen = _chosen_password(ask=ask)
    with _registry(data) as connection:
        account = accounts.find_account(connection, name)
        accounts.set_password(connection, account, chosen)
        accounts.enable(connection, account)
    _say(f"✓ {name}")
    _show_password(chosen, ask=ask)


@commands.command()
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[str, typer.Option(help="read or write.")] = "read",
    days: Annotated[int, typer.Option(help="For how long it is valid.")] = 365,
    data: Data = None,
    *,
    basic: Annotated[bool, typer.Option("--basic", help="An application password for QGIS or GDAL.")] = False,
) -> None:
    """Tạo mã truy cập · make an API token (Bearer) or application password (Basic), printed once."""
    with _registry(data) as connection:
        account = accounts.find_account(connection, name)
        kind: Kind = "application_password" if basic else "token"
        _say(add_credential(connection, account, kind, label, scope, days))


@contextmanager
def _registry(data: Path | None) -> Iterator[Connection]:
    with owner(read_settings(data=data)) as url:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
        with engine.begin() as connection:
            yield connection


def _chosen_password(*, ask: bool) -> str:
    return typer.prompt("Mật khẩu · password", hide_input=True, confirmation_prompt=True) if ask else new_secret()[:20]


def _show_password(password: str, *, ask: bool) -> None:
    if not ask:
        _say(f"Mật khẩu · password: {password}")


def _say(words: str) -> None:
    typer.echo(words)
