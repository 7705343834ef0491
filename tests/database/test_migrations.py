import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis_core.db import Engines
from layers import CATALOG, migrate


def test_the_revisions_add_up_to_the_declarations(database: sa.URL) -> None:
    migrate.check_revisions(database)


def test_migrating_twice_changes_nothing(city: Engines, database: sa.URL, data_folder: Path) -> None:
    state = sa.text(
        "select md5(string_agg(line, ',' order by line)) from ("
        " select format('%s %s %s', relname, relacl, relrowsecurity) as line from pg_class"
        "  where relnamespace::regnamespace in ('city', 'history', 'platform')"
        " union all select format('%s %s %s', attrelid::regclass, attname, attacl) from pg_attribute"
        " union all select format('%s %s %s %s', polname, polrelid::regclass, polcmd, polroles) from pg_policy"
        " union all select pg_get_triggerdef(oid) from pg_trigger"
        " union all select format('%s %s', oid, pg_get_constraintdef(oid)) from pg_constraint"
        " union all select format('%s', code) from platform.code) as lines"
    )
    with city.owner.connect() as connection:
        before = connection.execute(state).scalar_one()
    migrate.migrate(database, data_folder)
    with city.owner.connect() as connection:
        assert connection.execute(state).scalar_one() == before


def test_a_code_that_the_city_has_changed_stays_as_it_is(fresh_database: sa.URL, data_folder: Path) -> None:
    engine = sa.create_engine(fresh_database, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text("update platform.code set colour = '#123456' where (list, code) = ('land_use', 'ODT')")
        )
    migrate.migrate(fresh_database, data_folder)
    with engine.begin() as connection:
        found = connection.execute(sa.text("select colour from platform.code where (list, code) = ('land_use', 'ODT')"))
        assert found.scalar_one() == "#123456"


@pytest.mark.parametrize("srid", [9205, 9217, 9218, 5899])
def test_the_vietnamese_zones_transform_in_the_database(city: Engines, srid: int) -> None:
    from gis_core.crs import transformer

    with city.owner.connect() as connection:
        east, north = connection.execute(
            sa.text(
                "select st_x(moved), st_y(moved)"
                "  from st_transform(st_setsrid(st_makepoint(108.445, 11.9416), 4326), :srid) as moved"
            ),
            {"srid": srid},
        ).one()
    expected = transformer(4326, srid).transform(108.445, 11.9416)
    assert (east, north) == pytest.approx(expected, abs=0.0005)


def test_every_layer_has_its_table_its_history_and_a_version(city: Engines) -> None:
    with city.owner.connect() as connection:
        tables = set(connection.execute(sa.text("select schemaname || '.' || tablename from pg_tables")).scalars())
        versions = set(connection.execute(sa.text("select layer from platform.layer_version")).scalars())
    assert {f"{schema}.{name}" for schema in ("city", "history") for name in CATALOG} <= tables
    assert versions == set(CATALOG)


def test_a_field_added_to_a_layer_becomes_a_revision_and_no_change_becomes_none(
    fresh_database: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gis_core.errors import BadRequest
    from gis_core.table import METADATA

    folder = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, folder)
    monkeypatch.setattr(migrate, "MIGRATIONS", folder)
    with pytest.raises(BadRequest, match="no revision was written"):
        migrate.write_revision(fresh_database, "nothing")
    added = [sa.Column("night_vision", sa.Boolean) for _ in range(2)]
    tables = [METADATA.tables["city.cameras"], METADATA.tables["history.cameras"]]
    for table, column in zip(tables, added, strict=True):
        table.append_column(column)
    try:
        written = migrate.write_revision(fresh_database, "night vision").read_text()
    finally:
        for table, column in zip(tables, added, strict=True):
            table._columns.remove(column)
    assert written.count("op.add_column('cameras', sa.Column('night_vision'") == 2


def test_no_revision_drops_a_column_without_a_written_reason() -> None:
    for file in (migrate.MIGRATIONS / "versions").glob("*.py"):
        lines = file.read_text("utf-8").splitlines()
        for line, before in zip(lines[1:], lines, strict=False):
            assert "drop_column" not in line or "# reason:" in before, f"{file.name}: {line.strip()}"
