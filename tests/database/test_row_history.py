import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from gis_core.db import Engines, Identity, acting_as
from gis_core.testing import add, point, square
from layers import CATALOG

PLANNER = Identity("lan", "planner")


def version(connection: sa.Connection, layer: str) -> int:
    found = connection.execute(sa.text("select version from platform.layer_version where layer = :l"), {"l": layer})
    return int(found.scalar_one())


def test_a_change_by_sql_keeps_the_old_row_with_who_and_when(city: Engines) -> None:
    with acting_as(city, PLANNER) as connection:
        zone = add(connection, CATALOG["planning_zones"], square(), zone_symbol="A1")
    with acting_as(city, Identity("minh", "planner")) as connection:
        connection.execute(sa.text("update city.planning_zones set zone_symbol = 'A2' where id = :id"), {"id": zone})
    with acting_as(city, PLANNER) as connection:
        connection.execute(sa.text("delete from city.planning_zones where id = :id"), {"id": zone})
    with city.owner.connect() as connection:
        rows = connection.execute(
            sa.text(
                "select zone_symbol, operation, replaced_by, updated_by, version, updated_at < recorded_to"
                " from history.planning_zones where id = :id order by history_id"
            ),
            {"id": zone},
        ).all()
    assert [tuple(row) for row in rows] == [
        ("A1", "update", "minh", "lan", 1, True),
        ("A2", "delete", "lan", "minh", 2, True),
    ]


def test_an_update_that_changes_nothing_leaves_no_trace(city: Engines) -> None:
    with city.owner.begin() as connection:
        one = add(connection, CATALOG["cameras"], point(), camera_code="C1")
        two = add(connection, CATALOG["cameras"], point(5), camera_code="C2")
        before = version(connection, "cameras")
        connection.execute(sa.text("update city.cameras set camera_code = camera_code"))
        assert version(connection, "cameras") == before
        connection.execute(sa.text("update city.cameras set camera_code = 'C1'"))
        assert version(connection, "cameras") == before + 1
        kept = connection.execute(sa.text("select id, camera_code from history.cameras")).all()
        assert [tuple(row) for row in kept] == [(two, "C2")]
        rows = connection.execute(sa.text("select id, version from city.cameras order by id")).all()
        assert [tuple(row) for row in rows] == [(one, 1), (two, 2)]


def test_a_statement_that_touches_no_row_raises_no_version(city: Engines) -> None:
    with city.owner.begin() as connection:
        before = version(connection, "water")
        connection.execute(sa.text("delete from city.water"))
        connection.execute(sa.text("insert into city.water (water_kind) select 'lake' where false"))
        assert version(connection, "water") == before


def test_history_cannot_be_lost_by_truncate(city: Engines) -> None:
    with city.owner.connect() as connection, pytest.raises(DBAPIError, match="its history would be lost"):
        connection.execute(sa.text("truncate city.water"))


def test_a_code_outside_its_list_is_refused_naming_layer_field_and_code(city: Engines) -> None:
    with city.owner.connect() as connection, pytest.raises(IntegrityError, match="water_kind = 'ocean' is not a code"):
        add(connection, CATALOG["water"], water_kind="ocean")


@pytest.mark.parametrize(
    ("layer", "values", "constraint"),
    [
        ("wards", {"code": "2478"}, "ck_wards_code_pattern"),
        ("planning_zones", {"building_density_pct": 101}, "ck_planning_zones_building_density_pct_range"),
        ("planning_zones", {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "ck_planning_zones_validity"),
        ("business_households", {"owner_id_no": "12345"}, "ck_business_households_owner_id_no_pattern"),
    ],
)
def test_the_database_itself_refuses_what_a_declaration_forbids(
    city: Engines, layer: str, values: dict[str, object], constraint: str
) -> None:
    with city.owner.connect() as connection, pytest.raises(IntegrityError, match=constraint):
        add(connection, CATALOG[layer], **values)


def test_a_million_row_update_compares_versions_by_hash_not_row_by_row(city: Engines) -> None:
    # 20,000 rows: a nested loop over the transition tables would need 400 million comparisons, minutes instead of
    # well under the statement timeout set here.
    with city.owner.begin() as connection:
        connection.execute(
            sa.text("insert into city.water (water_kind, name) select 'pond', i::text from generate_series(1, 20000) i")
        )
        connection.execute(sa.text("set local statement_timeout = '20s'"))
        connection.execute(sa.text("update city.water set name = name || 'x'"))
        assert connection.execute(sa.text("select count(*) from history.water")).scalar_one() == 20_000
