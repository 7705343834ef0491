"""The audit tells every reading of personal fields and every write, and nobody can make it forget."""

import pytest
import sqlalchemy as sa

from gis_core.audit import forget, record
from gis_core.canaries import WARDS
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as
from gis_core.features import feature_count, feature_page
from gis_core.layer import STAFF
from gis_core.query import Query, Sort
from gis_core.table import table
from gis_core.testing import add, point
from layers import CATALOG

HOUSEHOLDS = CATALOG["business_households"]
OFFICER = Identity("lan", "tax_officer", WARDS[:1], address="192.0.2.1", request="GET /ogc/x")
LAST = sa.text("select * from platform.audit order by id desc limit 1")


@pytest.fixture
def ward(city: Engines) -> Engines:
    """The engines on a database with two households in the officer's ward and one elsewhere."""
    with city.owner.begin() as connection:
        for number, code in enumerate((WARDS[0], WARDS[0], WARDS[1])):
            add(connection, HOUSEHOLDS, point(number), ward_code=code, phone=f"09{number}")
    return city


def last(city: Engines) -> sa.Row[*tuple[object, ...]]:
    with city.owner.connect() as connection:
        return connection.execute(LAST).one()


def count(city: Engines) -> int:
    with city.owner.connect() as connection:
        return int(connection.scalar(sa.text("select count(*) from platform.audit where action in ('read', 'count')")))


def test_a_reading_of_personal_fields_tells_who_what_how_many_and_from_where(ward: Engines) -> None:
    with acting_as(ward, OFFICER) as connection:
        feature_page(connection, Query(HOUSEHOLDS, "tax_officer", properties=("business_name", "phone")))
    entry = last(ward)
    assert (entry.subject, entry.role, entry.action, entry.layer) == ("lan", "tax_officer", "read", HOUSEHOLDS.id)
    assert (entry.fields, entry.row_count) == (["phone"], 2)
    assert (entry.address, entry.request) == ("192.0.2.1", "GET /ogc/x")


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": (Sort("tax_debt"),)},
        {"equals": {"phone": "090"}},
        {"conditions": (sa.func.lower(table(HOUSEHOLDS).c.owner_name).like("n%"),)},
    ],
)
def test_sorting_and_filtering_by_a_personal_field_is_reading_it(ward: Engines, asked: dict[str, object]) -> None:
    with acting_as(ward, OFFICER) as connection:
        feature_page(connection, Query(HOUSEHOLDS, "tax_officer", properties=("business_name",), **asked))
    assert last(ward).action == "read"
    assert last(ward).fields in (["tax_debt"], ["phone"], ["owner_name"])


def test_counting_by_a_personal_field_is_told_and_other_counting_is_not(ward: Engines) -> None:
    with acting_as(ward, OFFICER) as connection:
        feature_count(connection, Query(HOUSEHOLDS, "tax_officer"))
    assert count(ward) == 0
    with acting_as(ward, OFFICER) as connection:
        feature_count(connection, Query(HOUSEHOLDS, "tax_officer", equals={"phone": "090"}))
    assert (last(ward).action, last(ward).row_count) == ("count", 1)


def test_readings_without_personal_fields_leave_no_entry(ward: Engines) -> None:
    for who in (ANONYMOUS, Identity("minh", "planner"), OFFICER):
        with acting_as(ward, who) as connection:
            feature_page(connection, Query(HOUSEHOLDS, who.role, properties=("business_name",)))
    assert count(ward) == 0


def test_an_answer_that_is_not_given_leaves_no_entry(ward: Engines) -> None:
    with acting_as(ward, OFFICER) as connection:
        feature_page(connection, Query(HOUSEHOLDS, "tax_officer"))
        connection.rollback()
    assert count(ward) == 0


@pytest.mark.parametrize(
    ("statement", "action", "rows"),
    [
        ("update city.business_households set phone = '1'", "update", 2),
        ("delete from city.business_households where phone = '090'", "delete", 1),
        ("insert into city.business_households (business_name, business_status, ward_code)"
         f" select 'A', 'hoat_dong', '{WARDS[0]}' from generate_series(1, 3)", "insert", 3),
    ],
)  # fmt: skip
def test_every_write_is_told_whoever_writes_it(ward: Engines, statement: str, action: str, rows: int) -> None:
    with acting_as(ward, OFFICER) as connection:
        connection.exec_driver_sql(statement)
    entry = last(ward)
    assert (entry.subject, entry.role, entry.action, entry.row_count) == ("lan", "tax_officer", action, rows)
    assert entry.address == "192.0.2.1"
    with ward.owner.begin() as connection:
        connection.exec_driver_sql("update city.business_households set phone = '2'")
    assert (last(ward).subject, last(ward).action) == ("langbiang", "update")


def test_a_write_that_changes_nothing_is_no_entry(ward: Engines) -> None:
    before = last(ward).id
    with acting_as(ward, OFFICER) as connection:
        connection.exec_driver_sql("update city.business_households set phone = phone")
        connection.exec_driver_sql("delete from city.business_households where false")
    assert last(ward).id == before


@pytest.mark.parametrize("role", sorted(STAFF))
@pytest.mark.parametrize(
    "statement",
    [
        "update platform.audit set row_count = 0",
        "delete from platform.audit",
        "truncate platform.audit",
        "insert into platform.audit (action, subject) values ('read', 'somebody else')",
        "insert into platform.audit (action, at) values ('read', '2000-01-01')",
        "insert into platform.audit (action, role) values ('read', 'citizen')",
        "alter table platform.audit disable trigger all",
    ],
)
def test_no_role_can_alter_the_audit(canary_city: Engines, role: str, statement: str) -> None:
    who = Identity("someone", role)  # type: ignore[arg-type]
    with (
        pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"),
        acting_as(canary_city, who) as connection,
    ):
        connection.exec_driver_sql(statement)


def test_not_even_the_owner_rewrites_an_entry(ward: Engines) -> None:
    for statement in ("update platform.audit set row_count = 0", "truncate platform.audit"):
        with pytest.raises(sa.exc.ProgrammingError, match="cannot be changed"), ward.owner.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("login", ["public", "accounts"])
def test_the_other_logins_neither_read_nor_clear_it(canary_city: Engines, login: str) -> None:
    for statement in (
        "select 1 from platform.audit",
        "delete from platform.audit",
        "update platform.audit set layer = ''",
    ):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            getattr(canary_city, login).connect() as connection,
        ):
            connection.exec_driver_sql(statement)


def test_only_the_administrator_reads_it(canary_city: Engines) -> None:
    for role in sorted(STAFF - {"administrator"}):
        who = Identity("someone", role)
        with pytest.raises(sa.exc.ProgrammingError, match="denied"), acting_as(canary_city, who) as connection:
            connection.exec_driver_sql("select 1 from platform.audit")
    with acting_as(canary_city, Identity("chief", "administrator")) as connection:
        connection.exec_driver_sql("select 1 from platform.audit")


def test_a_citizen_cannot_fill_it(canary_city: Engines) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="denied"), acting_as(canary_city, ANONYMOUS) as connection:
        record(connection, "read", HOUSEHOLDS.id, ["phone"], 1)


def test_entries_past_their_time_are_forgotten_and_the_others_stay(ward: Engines) -> None:
    old = sa.text("insert into platform.audit (at, action) select now() - make_interval(days => n), 'read'"
                  " from unnest(array[10, 729, 731, 4000]) as n")  # fmt: skip
    with ward.owner.begin() as connection:
        connection.execute(old)
        assert forget(connection, 730) == 2
    assert count(ward) == 2
