"""Accounts, sessions, credentials and the doors they are behind."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gis_core import postgres
from gis_core.accounts import Account, add_account, disable, enable, find_account, log_in, set_password
from gis_core.credentials import add_credential, credentials_of, open_with, revoke
from gis_core.db import ANONYMOUS, Engines, Identity, acting_as, engines
from gis_core.errors import BadRequest, Conflict, NotAuthenticated, NotFound, TooManyRequests
from gis_core.layer import STAFF
from gis_core.lockout import doors
from gis_core.passwords import digest, hash_password, new_secret, password_fits
from gis_core.sessions import close_all_sessions, close_session, find_session, open_session
from gis_core.testing import add, square
from layers import CATALOG
from layers.migrate import migrate

PASSWORD = "Đà Lạt mộng mơ 2026"
ACCOUNT_TABLES = ("account", "session", "credential", "login_failure")


@pytest.fixture(scope="module")
def registry(server: sa.URL, migrated_template: str, data_folder: Path) -> Iterator[Engines]:
    """The engines on a database with two wards, one of which was dissolved."""
    url = postgres.create_database(server, "registry", template=migrated_template)
    migrate(url, data_folder)
    made = engines(url, data_folder)
    with made.owner.begin() as connection:
        add(connection, CATALOG["wards"], square(), code="24778", name="Lâm Viên", valid_from="2025-07-01")
        add(connection, CATALOG["wards"], square(), code="24769", name="Phường 1", valid_to="2025-06-30")
    yield made
    made.dispose()
    postgres.drop_database(server, "registry")


@pytest.fixture
def planner(registry: Engines) -> Account:
    """A new account of a planner."""
    with registry.owner.begin() as connection:
        return add_account(connection, new_secret("planner-"), "planner", (), PASSWORD)


def test_the_password_opens_the_account_and_no_other_does(registry: Engines, planner: Account) -> None:
    assert log_in(registry.accounts, planner.name, PASSWORD, "192.0.2.1") == planner
    with pytest.raises(NotAuthenticated, match="Wrong name or password"):
        log_in(registry.accounts, planner.name, PASSWORD + "!", "192.0.2.1")


def test_an_unknown_name_is_refused_in_the_same_words(registry: Engines) -> None:
    with pytest.raises(NotAuthenticated, match="Wrong name or password"):
        log_in(registry.accounts, "nobody", PASSWORD, "192.0.2.2")


def test_composed_and_decomposed_vietnamese_open_the_same_door() -> None:
    import unicodedata

    assert password_fits(unicodedata.normalize("NFD", PASSWORD), hash_password(unicodedata.normalize("NFC", PASSWORD)))


def test_a_hash_holds_neither_the_password_nor_a_repeated_salt() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$")
    assert PASSWORD not in first


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_passwords_too_short_or_too_long_are_refused(password: str) -> None:
    with pytest.raises(BadRequest, match="between 12 and 200"):
        hash_password(password)


@pytest.mark.parametrize("name", ["", "Admin", "a b", "a;drop", "đà-lạt", "x" * 101, ".hidden"])
def test_names_that_read_badly_are_refused(registry: Engines, name: str) -> None:
    with pytest.raises(BadRequest, match="no account name"), registry.owner.begin() as connection:
        add_account(connection, name, "planner", (), PASSWORD)


def test_a_taken_name_is_refused(registry: Engines, planner: Account) -> None:
    with pytest.raises(Conflict, match="already"), registry.owner.begin() as connection:
        add_account(connection, planner.name, "planner", (), PASSWORD)


@pytest.mark.parametrize(
    ("role", "wards", "said"),
    [
        ("tax_officer", (), "needs at least one ward"),
        ("tax_officer", ("99999",), "99999"),
        ("tax_officer", ("24778", "24769"), "24769"),
        ("inspector", ("24778' or true --",), "24778' or true"),
        ("planner", ("24778",), "whole city"),
        ("citizen", (), "no role of an account"),
        ("king", (), "no role of an account"),
    ],
)
def test_roles_and_wards_that_do_not_exist_are_refused(
    registry: Engines, role: str, wards: tuple[str, ...], said: str
) -> None:
    with pytest.raises(BadRequest, match=said), registry.owner.begin() as connection:
        add_account(connection, "somebody", role, wards, PASSWORD)


def test_the_public_and_the_staff_login_reach_no_account(registry: Engines) -> None:
    people = [ANONYMOUS, *(Identity("someone", role) for role in sorted(STAFF))]
    for who in people:
        for table in ACCOUNT_TABLES:
            with pytest.raises(sa.exc.ProgrammingError, match="denied"), acting_as(registry, who) as connection:
                connection.exec_driver_sql(f"select * from platform.{table}")


def test_the_login_for_accounts_reaches_no_layer_and_reads_no_audit(registry: Engines) -> None:
    for relation in (*(f"city.{layer}" for layer in CATALOG), "platform.audit", "history.land_parcels"):
        with pytest.raises(sa.exc.ProgrammingError, match="denied"), registry.accounts.connect() as connection:
            connection.exec_driver_sql(f"select * from {relation}")


def test_a_session_lives_until_it_is_closed(registry: Engines, planner: Account) -> None:
    with registry.accounts.begin() as connection:
        token, other = (open_session(connection, planner, 12) for _ in range(2))
        found = find_session(connection, token)
        assert found is not None
        assert found.account == planner
        close_session(connection, token)
        assert find_session(connection, token) is None
        assert find_session(connection, other) is not None
        assert close_all_sessions(connection, planner) == 1
        assert find_session(connection, other) is None


def test_a_session_past_its_time_is_none(registry: Engines, planner: Account) -> None:
    with registry.accounts.begin() as connection:
        assert find_session(connection, open_session(connection, planner, 0)) is None


def test_a_stolen_table_of_sessions_opens_nothing(registry: Engines, planner: Account) -> None:
    with registry.accounts.begin() as connection:
        token = open_session(connection, planner, 12)
    with registry.owner.connect() as connection:
        stored = connection.execute(sa.text("select s::text from platform.session as s")).scalars().all()
    assert not any(token in row for row in stored)


def test_disabling_an_account_ends_everything_that_it_opened(registry: Engines, planner: Account) -> None:
    with registry.owner.begin() as connection:
        token = open_session(connection, planner, 12)
        secret = add_credential(connection, planner, "token", "sync")
        disable(connection, planner)
        assert find_session(connection, token) is None
        assert open_with(connection, "token", secret) is None
    with pytest.raises(NotAuthenticated):
        log_in(registry.accounts, planner.name, PASSWORD, "192.0.2.3")


def test_a_new_password_ends_sessions_and_an_enabled_account_opens_with_it(registry: Engines, planner: Account) -> None:
    with registry.owner.begin() as connection:
        token = open_session(connection, planner, 12)
        disable(connection, planner)
        set_password(connection, planner, PASSWORD[::-1])
        assert find_account(connection, planner.name).disabled_at is not None
        enable(connection, planner)
        assert find_session(connection, token) is None
        assert find_account(connection, planner.name).disabled_at is None
    assert log_in(registry.accounts, planner.name, PASSWORD[::-1], "192.0.2.4").name == planner.name


def test_a_credential_opens_its_account_by_its_kind_and_name_only(registry: Engines, planner: Account) -> None:
    with registry.accounts.begin() as connection:
        secret = add_credential(connection, planner, "application_password", "QGIS")
        opened = open_with(connection, "application_password", secret, planner.name)
        assert opened is not None
        assert (opened.account, opened.scope) == (planner, "read")
        assert open_with(connection, "token", secret) is None
        assert open_with(connection, "application_password", secret, "another") is None
        assert open_with(connection, "application_password", secret + "x", planner.name) is None


def test_a_revoked_credential_opens_nothing_and_others_cannot_revoke_it(registry: Engines, planner: Account) -> None:
    with registry.owner.begin() as connection:
        stranger = add_account(connection, new_secret("stranger-"), "operator", (), PASSWORD)
        secret = add_credential(connection, planner, "token", "sync", "write", 30)
        (credential,) = credentials_of(connection, planner)
        with pytest.raises(NotFound):
            revoke(connection, stranger, credential.id)
        revoke(connection, planner, credential.id)
        assert open_with(connection, "token", secret) is None


@pytest.mark.parametrize(
    ("scope", "days", "label"), [("all", 1, "x"), ("read", 0, "x"), ("read", 9999, "x"), ("read", 1, " ")]
)
def test_credentials_without_end_scope_or_purpose_are_refused(
    registry: Engines, planner: Account, scope: str, days: int, label: str
) -> None:
    with pytest.raises(BadRequest), registry.accounts.begin() as connection:
        add_credential(connection, planner, "token", label, scope, days)


def test_an_expired_credential_opens_nothing(registry: Engines, planner: Account) -> None:
    with registry.owner.begin() as connection:
        secret = add_credential(connection, planner, "token", "old")
        past = sa.text("update platform.credential set expires_at = now() where secret_digest = :digest")
        connection.execute(past, {"digest": digest(secret)})
        assert open_with(connection, "token", secret) is None


def test_failures_close_the_door_for_their_address_and_not_for_others(registry: Engines, planner: Account) -> None:
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            log_in(registry.accounts, planner.name, "wrong wrong wrong", "198.51.100.1")
    with pytest.raises(TooManyRequests, match=r"try again in 1[45] seconds") as refused:
        log_in(registry.accounts, planner.name, PASSWORD, "198.51.100.1")
    assert 0 < refused.value.retry_after <= 15
    assert log_in(registry.accounts, planner.name, PASSWORD, "198.51.100.2") == planner


def test_each_further_failure_closes_the_door_for_twice_as_long(registry: Engines, planner: Account) -> None:
    waits = []
    reopen = sa.text("update platform.login_failure set locked_until = now() where locked_until > now()")
    for _ in range(12):
        with pytest.raises((NotAuthenticated, TooManyRequests)) as refused:
            log_in(registry.accounts, planner.name, "wrong wrong wrong", "198.51.100.3")
        if isinstance(refused.value, TooManyRequests):
            waits.append(refused.value.retry_after)
            with registry.owner.begin() as connection:
                connection.execute(reopen)
    assert waits == [15, 30, 60, 120]


def test_attempts_at_the_same_moment_do_not_slip_through_the_lock(registry: Engines, planner: Account) -> None:
    def attempt(_: int) -> type[Exception] | None:
        try:
            log_in(registry.accounts, planner.name, "wrong wrong wrong", "198.51.100.4")
        except (NotAuthenticated, TooManyRequests) as refused:
            return type(refused)
        return None

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(attempt, range(24)))
    assert outcomes.count(NotAuthenticated) == 5
    assert outcomes.count(TooManyRequests) == 19


def test_a_success_forgets_the_failures_before_it(registry: Engines, planner: Account) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(NotAuthenticated):
                log_in(registry.accounts, planner.name, "wrong wrong wrong", "198.51.100.5")
        assert log_in(registry.accounts, planner.name, PASSWORD, "198.51.100.5") == planner


def test_one_address_cannot_try_many_names(registry: Engines) -> None:
    address, outcomes = "198.51.100.6", []
    with pytest.raises(NotAuthenticated):
        log_in(registry.accounts, "name-0", "wrong wrong wrong", address)
    with registry.owner.begin() as connection:  # as if 47 more names had been tried before
        door = doors("any", address)[1].key
        connection.execute(
            sa.text("update platform.login_failure set failures = 48 where door = :door"), {"door": door}
        )
    for number in range(1, 5):
        with pytest.raises((NotAuthenticated, TooManyRequests)) as refused:
            log_in(registry.accounts, f"name-{number}", "wrong wrong wrong", address)
        outcomes.append(type(refused.value))
    assert outcomes == [NotAuthenticated, NotAuthenticated, TooManyRequests, TooManyRequests]


def test_failed_and_successful_log_ins_are_in_the_audit_without_what_was_typed(
    registry: Engines, planner: Account
) -> None:
    log_in(registry.accounts, planner.name, PASSWORD, "203.0.113.9")
    for name in (planner.name, "my secret typed as a name"):
        with pytest.raises(NotAuthenticated):
            log_in(registry.accounts, name, "a wrong password", "203.0.113.9")
    with registry.owner.connect() as connection:
        asked = sa.text("select subject, role, action from platform.audit where address = '203.0.113.9' order by id")
        assert [tuple(row) for row in connection.execute(asked)] == [
            (planner.name, "planner", "login"),
            (planner.name, "planner", "login failed"),
            ("(unknown)", "citizen", "login failed"),
        ]


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_session_or_a_hash(text: str) -> None:
    assert len(digest(text.encode("utf-8", "ignore").decode())) == 32
    assert not password_fits(text.encode("utf-8", "ignore").decode(), "no hash at all")


def test_a_flood_of_failures_is_refused_without_looking_at_passwords_and_others_get_in(
    registry: Engines, planner: Account
) -> None:
    def attack(number: int) -> type[Exception]:
        with pytest.raises((NotAuthenticated, TooManyRequests)) as refused:
            log_in(registry.accounts, f"name-{number % 10}", "wrong wrong wrong", "203.0.113.66")
        return refused.type

    with ThreadPoolExecutor(4) as pool:
        flood = pool.map(attack, range(400))
        assert log_in(registry.accounts, planner.name, PASSWORD, "203.0.113.67") == planner
        outcomes = list(flood)
    assert outcomes.count(NotAuthenticated) == 50
    assert outcomes.count(TooManyRequests) == 350
