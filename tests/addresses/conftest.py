"""The city of the hard set, loaded once for all its tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from rich.progress import Progress

from etl.city import load_city
from gis_core import postgres
from gis_core.db import Engines, engines
from layers.migrate import migrate
from tests.addresses.make_city import make_city


@pytest.fixture(scope="session")
def hard_city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the city."""
    folder = tmp_path_factory.mktemp("addresses") / "city"
    make_city(folder)
    return folder


@pytest.fixture(scope="session")
def hard_city(server: sa.URL, migrated_template: str, data_folder: Path, hard_city_folder: Path) -> Iterator[Engines]:
    """The engines on a database with the city; no test may change it."""
    url = postgres.create_database(server, "addresses", template=migrated_template)
    migrate(url, data_folder)  # rights on the database itself are not copied from a template
    made = engines(url, data_folder)
    with Progress(disable=True) as progress:
        load_city(made.owner, hard_city_folder, data_folder, progress)
    yield made
    made.dispose()
    postgres.drop_database(server, "addresses")
