"""Ready-made accounts of the demo city, and the refusal to go into production with them."""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from gis_core.accounts import add_account, demo_names
from gis_core.db import Engines
from gis_core.errors import Unavailable
from gis_core.layer import Role
from gis_core.passwords import new_secret
from gis_core.settings import Settings

LOGINS: dict[str, Role] = {
    "planner": "planner",
    "officer": "tax_officer",
    "inspector": "inspector",
    "operator": "operator",
    "admin": "administrator",
}


def make_demo_logins(owner: Engine, data: Path) -> Path:
    """The file with the demo accounts and their common password; made once, like the accounts.

    The officer has the ward with most households, the inspector that one and the next. An account of that name which
    somebody has taken over or disabled stays as it is.
    """
    file = data / "demo-logins"
    if file.exists():
        return file
    password = new_secret()[:20]
    with owner.begin() as connection:
        made = [name for name in LOGINS if _make(connection, name, password)]
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}: {password}\n" for name in made), "utf-8")
    return file


def _make(connection: Connection, name: str, password: str) -> bool:
    connection.execute(
        text("delete from platform.account where name = :name and demo and disabled_at is null"), {"name": name}
    )
    if connection.scalar(text("select true from platform.account where name = :name"), {"name": name}):
        return False
    role, wards = LOGINS[name], _busiest_wards(connection)
    charge = {"tax_officer": wards[:1], "inspector": wards}.get(role, [])
    add_account(connection, name, role, charge, password, demo=True)
    return True


def check_demo_logins(settings: Settings, engines: Engines) -> None:
    """Raises `Unavailable` where a production server would open to a password that was printed for a demonstration."""
    if settings.environment != "production":
        return
    with engines.accounts.begin() as connection:
        if names := demo_names(connection):
            raise Unavailable(
                f"Tài khoản dùng thử còn mở: {', '.join(names)}. · Demo logins are still open in production: "
                "give each another password (langbiang user password NAME) or disable it (langbiang user disable NAME)."
            )


def _busiest_wards(connection: Connection) -> list[str]:
    busiest = text(
        "select w.code from city.wards as w left join city.business_households as h on h.ward_code = w.code"
        " where coalesce(w.valid_from, '-infinity') <= current_date"
        "   and coalesce(w.valid_to, 'infinity') >= current_date"
        " group by w.code order by count(h.id) desc, w.code limit 2"
    )
    return list(connection.scalars(busiest))
