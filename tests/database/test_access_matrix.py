"""What PostgreSQL grants equals what the layers declare: every layer × role × column, and every row rule."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from gis_core.access import database_role
from gis_core.canaries import WARDS, plant
from gis_core.db import Engines, Identity, acting_as
from gis_core.layer import ROLES, Layer, Role
from gis_core.table import own_columns
from layers import CATALOG

OWN = {"id", "geom", "valid_from", "valid_to", "source", "source_ref", "updated_at", "version"}
WRITABLE = {"geom", "valid_from", "valid_to", "source", "source_ref"}
HISTORY = {"history_id", "recorded_to", "operation"}
GRANTED = sa.text("select has_column_privilege(:role, :table, :column, :privilege)")


@pytest.fixture
def filled(city: Engines) -> Engines:
    """The engines on a database in which every layer has rows."""
    with city.owner.begin() as connection:
        plant(connection, CATALOG)
    return city


def may(layer: Layer, role: Role, column: str, privilege: str) -> bool:
    """What the declaration says about one cell of the matrix."""
    if role not in layer.access.read or (privilege != "SELECT" and role not in layer.access.write):
        return False
    field = next((one for one in layer.fields if one.name == column), None)
    if field is not None:
        return not field.personal or role in layer.access.personal
    if privilege != "SELECT":
        return column in WRITABLE
    return column in OWN and (column != "source_ref" or reference_is_open(layer, role))


def reference_is_open(layer: Layer, role: Role) -> bool:
    """Whether the reference in the source is made of nothing that `role` must not know."""
    personal = {one.name for one in layer.fields if one.personal}
    made_of = set(layer.source.key) or {one.name for one in layer.fields}
    return role in layer.access.personal or not made_of & personal


def cells() -> Iterator[tuple[Layer, Role, str, str]]:
    for layer in CATALOG.layers:
        for role in ROLES:
            for column in own_columns(layer):
                for privilege in ("SELECT", "INSERT", "UPDATE"):
                    yield layer, role, column, privilege


def test_every_column_grant_equals_its_declaration(city: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, checked = [], 0
    with city.owner.connect() as connection:
        for layer, role, column, privilege in cells():
            asked = {"role": database_role(role), "table": f'city."{layer.id}"', "column": column}
            granted = connection.scalar(GRANTED, {**asked, "privilege": privilege})
            checked += 1
            if granted is not may(layer, role, column, privilege):
                wrong.append((layer.id, role, column, privilege, granted))
    assert wrong == []
    with capsys.disabled():
        print(f"\n{checked} cells of layer × role × column × privilege are as declared")


def test_old_rows_show_the_columns_of_the_layer_and_nobody_can_change_them(city: Engines) -> None:
    wrong = []
    with city.owner.connect() as connection:
        for layer, role, column, privilege in cells():
            asked = {"role": database_role(role), "table": f'history."{layer.id}"', "column": column}
            granted = connection.scalar(GRANTED, {**asked, "privilege": privilege})
            if granted is not (privilege == "SELECT" and may(layer, role, column, privilege)):
                wrong.append((layer.id, role, column, privilege, granted))
    assert wrong == []


def test_nobody_but_the_owner_has_any_right_beyond_the_declared(city: Engines) -> None:
    everything = sa.text(
        "select format('%s.%s to %s', relnamespace::regnamespace, relname, coalesce(grantee::regrole::text, 'public'))"
        " from pg_class, aclexplode(relacl)"
        " where relnamespace::regnamespace::text in ('city', 'history') and grantee <> relowner"
        "   and privilege_type <> 'DELETE'"
    )
    deleters = sa.text(
        "select relname, replace(grantee::regrole::text, 'langbiang_', '') from pg_class, aclexplode(relacl)"
        " where relnamespace::regnamespace::text in ('city', 'history') and grantee <> relowner"
        "   and privilege_type = 'DELETE'"
    )
    with city.owner.connect() as connection:
        assert connection.scalars(everything).all() == []
        declared = {(layer.id, role) for layer in CATALOG.layers for role in layer.access.write}
        assert {(row[0], row[1]) for row in connection.execute(deleters)} == declared


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_exactly_the_rows_its_declared_condition_selects(filled: Engines, role: Role) -> None:
    who = Identity("someone", role, WARDS[:1])
    for layer in CATALOG.layers:
        with filled.owner.connect() as connection:
            connection.execute(sa.text("select set_config('langbiang.wards', :wards, true)"), {"wards": WARDS[0]})
            rule = layer.access.rows.get(role)
            count = f'select count(*) from city."{layer.id}"'
            expected = connection.scalar(sa.text(f"{count} where {rule.sql}" if rule else count))
        with acting_as(filled, who) as connection:
            if role not in layer.access.read:
                with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                    connection.execute(sa.text(count))
                connection.rollback()
            else:
                assert connection.scalar(sa.text(count)) == expected, layer.id


def test_row_rules_really_hide_rows_of_the_sample(filled: Engines) -> None:
    for layer in CATALOG.layers:
        for role, rule in layer.access.rows.items():
            with acting_as(filled, Identity("someone", role, WARDS[:1])) as connection:
                seen = connection.scalar(sa.text(f'select count(*) from city."{layer.id}"'))
            assert 0 < seen < 4, (layer.id, role, rule.title.en)


def test_an_officer_without_wards_sees_no_household(filled: Engines) -> None:
    for wards in ((), ("",), ("99999",)):
        with acting_as(filled, Identity("officer", "tax_officer", wards)) as connection:
            assert connection.scalar(sa.text("select count(*) from city.business_households")) == 0


def test_an_officer_cannot_move_a_household_into_or_out_of_other_wards(filled: Engines) -> None:
    who = Identity("officer", "tax_officer", WARDS[:1])
    with acting_as(filled, who) as connection:
        changed = connection.execute(
            sa.text("update city.business_households set phone = '0' where ward_code = :other"), {"other": WARDS[1]}
        )
        assert changed.rowcount == 0
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), acting_as(filled, who) as connection:
        connection.execute(sa.text("update city.business_households set ward_code = :other"), {"other": WARDS[1]})


def test_what_is_withdrawn_from_the_public_takes_its_old_versions_along(filled: Engines) -> None:
    with filled.owner.begin() as connection:
        connection.execute(sa.text("update city.report_points set public_content = 'số 0912' where is_public"))
        connection.execute(sa.text("update city.report_points set is_public = false, public_content = null"))
    with acting_as(filled, Identity(None, "citizen")) as connection:
        assert connection.scalars(sa.text("select public_content from history.report_points")).all() == []
    with acting_as(filled, Identity("dispatcher", "operator")) as connection:
        assert "số 0912" in connection.scalars(sa.text("select public_content from history.report_points")).all()


def test_a_deleted_row_stays_hidden_from_those_who_saw_some_rows_only(filled: Engines) -> None:
    with filled.owner.begin() as connection:
        connection.execute(sa.text("delete from city.officer_visits"))
        connection.execute(sa.text("delete from city.business_households"))
    with acting_as(filled, Identity("officer", "tax_officer", WARDS[:1])) as connection:
        assert connection.scalar(sa.text("select count(*) from history.business_households")) == 0
