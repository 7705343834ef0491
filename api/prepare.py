"""Makes the database usable: the newest revision and, where it is empty, a city; for the demo city also log-ins."""

import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.demo_logins import make_demo_logins
from gis_core import postgres
from gis_core.audit import forget
from gis_core.jobs.address_parcel_link import ADDRESS_PARCEL_LINK
from gis_core.parcel_extracts import forget_extracts
from gis_core.settings import Settings


def prepare(settings: Settings, city: str | None, console: Console) -> None:
    """Migrates the database and loads `city` (`demo` or a folder) where it has none; None loads nothing."""
    from layers.migrate import migrate

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with postgres.owner(settings) as url, Progress(*columns, console=console) as progress:
        task = progress.add_task("Nâng cấp cơ sở dữ liệu · migrating", total=1)
        migrate(url, settings.data)
        progress.advance(task)
        engine = sa.create_engine(url, hide_parameters=True)
        try:
            with engine.begin() as connection:
                forget(connection, settings.audit_days)
                forget_extracts(connection)
            if city is not None:
                _load(engine, city, settings, progress)
        finally:
            engine.dispose()


def _load(engine: sa.Engine, city: str, settings: Settings, progress: Progress) -> None:
    from etl.city import city_is_loaded, demo_is_loaded, load_city

    if not city_is_loaded(engine):
        load_city(engine, city, settings.data, progress)
        _link_addresses(engine)
    # Asked of the database: 'demo' is also what is said by default where another city is loaded already.
    if settings.environment == "demo" and demo_is_loaded(engine):
        make_demo_logins(engine, settings.data)


def _link_addresses(engine: sa.Engine) -> None:
    job = ADDRESS_PARCEL_LINK
    with engine.begin() as connection:
        job.work(connection, job.parameters(), lambda _share, _words: None)
