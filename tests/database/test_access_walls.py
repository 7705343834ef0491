"""Whatever SQL reaches the public login, it stays public."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gis_core.access import database_role
from gis_core.canaries import CANARY, WARDS
from gis_core.db import ANONYMOUS, LOGINS, Engines, Identity, act, acting_as
from gis_core.layer import STAFF, Role
from layers import CATALOG

OFFICER = Identity("officer", "tax_officer", WARDS[:1])
BECOMING = (
    "set role {role}",
    "set local role {role}",
    "set session role {role}",
    "set session authorization {role}",
    "select set_config('role', '{role}', false)",
    "select set_config('role', '{role}', true)",
    "select set_config('session_authorization', '{role}', false)",
    "do $$ begin execute 'set role {role}'; end $$",
    "alter role current_user set role = '{role}'; set role {role}",
    "grant {role} to langbiang_public",
    "alter role {role} login password 'x'",
    "create role thief in role {role}",
    "create function public.thief() returns void language sql security definer as 'select 1'",
    "create schema thief",
    "create temporary table thief (id int)",
    "create extension dblink",
    "copy (select 1) to program 'id'",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "alter table city.land_parcels disable row level security",
    "alter table city.land_parcels owner to langbiang_public",
    "drop policy citizen_reads on city.cameras",
)
"""Statements by which a login could become somebody else, each of which PostgreSQL must refuse."""
REFUSALS = "permission denied|must be |must have admin option|not the owner"
SECRETS = ("platform.load_report", "platform.quarantine", "history.business_households", "pg_authid", "pg_statistic")


@pytest.fixture
def filled(canary_city: Engines) -> Engines:
    """The engines on a database in which every layer has rows with canaries."""
    return canary_city


@pytest.fixture
def citizen(filled: Engines) -> Iterator[sa.Connection]:
    """A transaction of an anonymous citizen into which somebody has injected SQL."""
    with filled.public.connect() as connection:
        act(connection, ANONYMOUS)
        yield connection


@pytest.mark.parametrize("statement", BECOMING)
def test_the_public_login_cannot_become_anybody_else(citizen: sa.Connection, statement: str) -> None:
    for role in [*map(database_role, sorted(STAFF)), "langbiang_staff", "langbiang"]:
        with pytest.raises(DBAPIError, match=REFUSALS):
            citizen.exec_driver_sql(statement.format(role=role))
        citizen.rollback()


def test_the_login_itself_may_do_less_than_the_citizen(filled: Engines) -> None:
    with filled.public.connect() as connection:
        act(connection, ANONYMOUS)
        connection.exec_driver_sql("reset role")
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.exec_driver_sql("select id from city.land_parcels")


def test_each_login_is_a_member_of_its_roles_and_of_nothing_else(filled: Engines) -> None:
    members = sa.text("select roleid::regrole::text from pg_auth_members where member = cast(:login as regrole)")
    powers = sa.text(
        "select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication or rolinherit"
        " from pg_roles where rolname = :login"
    )
    with filled.owner.connect() as connection:
        for login, roles in LOGINS.items():
            found = connection.scalars(members, {"login": login})
            assert set(found) == {database_role(role) for role in roles}
            assert connection.scalar(powers, {"login": login}) is False


def test_a_citizen_who_forges_wards_and_subject_sees_what_a_citizen_sees(citizen: sa.Connection) -> None:
    def seen() -> dict[str, int | None]:
        layers = [one.id for one in CATALOG.layers if "citizen" in one.access.read]
        return {one: citizen.scalar(sa.text(f'select count(*) from city."{one}"')) for one in layers}

    before = seen()
    citizen.exec_driver_sql(
        f"select set_config('langbiang.wards', '{','.join(WARDS)}', true),"
        " set_config('langbiang.subject', 'admin', true)"
    )
    assert seen() == before


def test_no_rule_for_citizens_asks_for_what_a_connection_can_forge(filled: Engines) -> None:
    rules = sa.text(
        "select pg_get_expr(polqual, polrelid) from pg_policy where 'langbiang_citizen'::regrole = any(polroles)"
    )
    with filled.owner.connect() as connection:
        found = connection.scalars(rules).all()
    assert len(found) >= len(CATALOG.readable_by("citizen"))
    assert [rule for rule in found if "acting" in rule or "current_setting" in rule] == []


def test_settings_of_an_injected_statement_do_not_reach_the_next_request(filled: Engines) -> None:
    with filled.staff.connect() as connection:
        act(connection, OFFICER)
        connection.exec_driver_sql("set role langbiang_administrator")
        connection.exec_driver_sql("set langbiang.wards = '24778'")
        connection.exec_driver_sql("set search_path = city")
        process = connection.scalar(sa.text("select pg_backend_pid()"))
        connection.commit()
    asked = sa.text(
        "select pg_backend_pid(), current_user::text, current_setting('langbiang.wards', true),"
        " current_setting('search_path')"
    )
    with filled.staff.connect() as connection:
        assert tuple(connection.execute(asked).one()) == (process, "langbiang_staff", "", '"$user", public')


def test_role_and_settings_end_with_the_transaction(filled: Engines) -> None:
    with filled.staff.connect() as connection:
        act(connection, OFFICER)
        connection.commit()
        assert connection.scalar(sa.text("select current_user::text")) == "langbiang_staff"
        assert connection.scalar(sa.text("select current_setting('langbiang.wards', true)")) == ""


def test_a_failing_statement_leaves_no_role_behind(filled: Engines) -> None:
    with pytest.raises(DBAPIError), acting_as(filled, OFFICER) as connection:
        connection.exec_driver_sql("select 1 / 0")
    with filled.staff.connect() as connection:
        assert connection.scalar(sa.text("select current_user::text")) == "langbiang_staff"


@pytest.mark.parametrize("relation", SECRETS)
def test_the_public_login_reads_no_table_of_others(citizen: sa.Connection, relation: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        citizen.exec_driver_sql(f"select * from {relation}")


def test_nothing_that_a_citizen_may_select_holds_a_canary(filled: Engines) -> None:
    with filled.owner.connect() as connection:
        relations = connection.execute(
            sa.text(
                "select c.oid::regclass::text, string_agg(quote_ident(attname), ', ') from pg_class c"
                " join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped"
                " where relkind in ('r', 'v', 'm', 'p')"
                "   and has_column_privilege('langbiang_citizen', c.oid, attnum, 'SELECT')"
                " group by 1"
            )
        ).all()
    with acting_as(filled, ANONYMOUS) as connection:
        for relation, columns in relations:
            text = sa.text(
                f"select count(*) from (select {columns} from {relation}) as one where one::text like :canary"
            )
            assert connection.scalar(text, {"canary": f"%{CANARY}%"}) == 0, relation


def test_statistics_of_hidden_places_cannot_be_asked(filled: Engines) -> None:
    with filled.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("analyze city.construction_flags")
    for question in (
        "select _postgis_stats('city.construction_flags', 'geom')",
        "select _postgis_index_extent('city.construction_flags', 'geom')",
        "select ST_EstimatedExtent('city', 'construction_flags', 'geom')",
        "select _postgis_selectivity('city.construction_flags', 'geom', 'POINT(571000 1320000)'::geometry)",
    ):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            acting_as(filled, ANONYMOUS) as connection,
        ):
            connection.exec_driver_sql(question)


def test_functions_that_run_as_the_owner_cannot_be_attached_to_foreign_tables(filled: Engines) -> None:
    powerful = sa.text(
        "select proname from pg_proc where prosecdef and pronamespace::regnamespace::text not in ('pg_catalog')"
        " and exists (select from pg_roles where rolname like 'langbiang\\_%'"
        "              and has_function_privilege(oid, pg_proc.oid, 'EXECUTE'))"
        " and prorettype = 'trigger'::regtype"
    )
    with filled.owner.connect() as connection:
        assert connection.scalars(powerful).all() == []


@pytest.mark.parametrize("role", sorted(STAFF))
def test_no_role_may_create_anything(filled: Engines, role: Role) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), acting_as(filled, Identity("x", role)) as connection:
        connection.exec_driver_sql("create temporary table thief (id int)")
    for schema in ("public", "city", "history", "platform", "acting"):
        with pytest.raises(DBAPIError, match="permission denied"), acting_as(filled, Identity("x", role)) as connection:
            connection.exec_driver_sql(f"create table {schema}.thief (id int)")


def test_passwords_of_the_logins_stay_out_of_every_printed_form(filled: Engines) -> None:
    for engine in (filled.owner, filled.public, filled.staff):
        password = engine.url.password
        assert password is not None
        with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
            connection.exec_driver_sql("select no_such_column")
        for text in (repr(engine), str(engine.url), repr(filled), str(caught.value), repr(caught.value)):
            assert password not in text


@pytest.mark.parametrize(("role", "longest"), [("citizen", "10s"), ("planner", "1min")])
def test_no_statement_runs_longer_than_its_role_may(filled: Engines, role: Role, longest: str) -> None:
    with acting_as(filled, Identity("someone", role)) as connection:
        assert connection.scalar(sa.text("show statement_timeout")) == longest
        connection.exec_driver_sql("set local statement_timeout = '50ms'")
        with pytest.raises(DBAPIError, match="statement timeout"):
            connection.exec_driver_sql("select pg_sleep(5)")
        connection.rollback()
