"""Makes the database usable: the newest revision and, where it is empty, a city."""

import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gis_core import postgres
from gis_core.settings import Settings


def prepare(settings: Settings, city: str | None, console: Console) -> None:
    """Migrates the database and loads `city` (`demo` or a folder) where it has none; None loads nothing."""
    from layers.migrate import migrate

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with postgres.owner(settings) as url, Progress(*columns, console=console) as progress:
        task = progress.add_task("Nâng cấp cơ sở dữ liệu · migrating", total=1)
        migrate(url, settings.data)
        progress.advance(task)
        if city is not None:
            _load(url, city, settings, progress)


def _load(url: sa.URL, city: str, settings: Settings, progress: Progress) -> None:
    from etl.city import city_is_loaded, load_city

    engine = sa.create_engine(url)
    try:
        if not city_is_loaded(engine):
            load_city(engine, city, settings.data, progress)
    finally:
        engine.dispose()
