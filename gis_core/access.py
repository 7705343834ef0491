"""Who may see and change what, derived from the layers' declarations and enforced by PostgreSQL.

Each role of the platform is a PostgreSQL role `langbiang_<role>` that nobody logs in as. `access_statements` grants it
the columns it may know and limits it to its rows; it is the whole declared state: what is not declared is revoked.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from sqlalchemy import Connection

from gis_core.catalog import Catalog
from gis_core.layer import ROLES, Layer, Role
from gis_core.table import own_columns

SYSTEM_COLUMNS = ("id", "geom", "valid_from", "valid_to", "source", "source_ref", "updated_at", "version")
"""Columns beside the declared fields that every reader of a layer may see; `updated_by` names a person."""
HISTORY_COLUMNS = ("history_id", "recorded_to", "operation")
WRITABLE_SYSTEM_COLUMNS = ("geom", "valid_from", "valid_to", "source", "source_ref")


def database_role(role: Role) -> str:
    """The PostgreSQL role behind a role of the platform."""
    return f"langbiang_{role}"


def apply_access(connection: Connection, catalog: Catalog) -> None:
    """Make roles, grants and row policies equal to the declarations, and take away what everybody may do by default."""
    connection.exec_driver_sql(files("gis_core").joinpath("sql/walls.sql").read_text("utf-8").replace("%", "%%"))
    for statement in access_statements(catalog):
        connection.exec_driver_sql(statement.replace("%", "%%"))


def access_statements(catalog: Catalog) -> Iterator[str]:
    """The SQL that makes the database's access rules equal to the catalogue, whatever they were before."""
    for role in ROLES:
        yield _create_role(role)
    everybody = ", ".join(database_role(role) for role in ROLES)
    for schema in ("city", "history", "platform", "acting"):
        yield f"revoke all on all tables in schema {schema} from {everybody}"
        yield f"grant usage on schema {schema} to {everybody}"
    yield f"grant select on platform.code, platform.layer_version, platform.raster, platform.city to {everybody}"
    yield f"grant select on platform.tile_version to {everybody}"  # which has a policy of its own
    # How fresh a layer is, and no file names, people or numbers of rows.
    yield f"grant select (layer, source, outcome, finished_at) on platform.load_report to {everybody}"
    yield f"grant select on platform.street_alias, platform.administrative_unit to {everybody}"
    # Pieces of layer `forest`, which everybody may read.
    yield f"grant select on platform.construction_rule, platform.forest_piece to {everybody}"
    yield f"grant execute on function platform.fold(text), platform.house_key(text, text) to {everybody}"
    yield f"grant execute on function platform.wrote_house_number(bigint) to {everybody}"
    for layer in catalog.layers:
        yield from _row_security(layer)
        for role in ROLES:
            yield from _grants(layer, role)


@cache
def visible_columns(layer: Layer, role: Role) -> tuple[str, ...]:
    """The names of the columns of the layer's table that `role` may see, in the table's order; none without access."""
    if role not in layer.access.read:
        return ()
    known = {one.name for one in layer.fields_for(role)}
    # The reference in the source is made of the key's values (or of all values): it must not give a hidden one away.
    revealed = {*layer.source.key} or {one.name for one in layer.fields}
    hidden = set() if revealed <= known | {*SYSTEM_COLUMNS} else {"source_ref"}
    return tuple(name for name in own_columns(layer) if name in (known | {*SYSTEM_COLUMNS}) - hidden)


def _create_role(role: Role) -> str:
    name = database_role(role)
    # Roles belong to the whole cluster: another database, or another migration at this moment, may have made it.
    return (
        f"do $$ begin create role {name} nologin; exception when duplicate_object or unique_violation then null; end $$"
    )


def _row_security(layer: Layer) -> Iterator[str]:
    for schema in ("city", "history"):
        table = f'{schema}."{layer.id}"'
        yield f"alter table {table} enable row level security"
        yield (
            "do $$ declare known name; begin"
            f" for known in select polname from pg_policy where polrelid = '{table}'::regclass loop"
            f"   execute format('drop policy %I on {table}', known);"
            " end loop; end $$"
        )


def _grants(layer: Layer, role: Role) -> Iterator[str]:
    columns = visible_columns(layer, role)
    if not columns:
        return
    name, rows = database_role(role), layer.access.rows.get(role)
    condition = rows.sql if rows else "true"
    old = _still_visible(layer, condition) if rows else condition
    for schema, visible, seen in (("city", columns, condition), ("history", [*HISTORY_COLUMNS, *columns], old)):
        table = f'{schema}."{layer.id}"'
        yield f"grant select ({_listed(visible)}) on {table} to {name}"
        yield f"create policy {role}_reads on {table} for select to {name} using ({seen})"
    if role in layer.access.write:
        yield from _write_grants(layer, role, condition)


def _still_visible(layer: Layer, condition: str) -> str:
    # What was withdrawn from somebody's sight takes its old versions along. The inner table has row rules of its own.
    return f'({condition}) and exists (select from city."{layer.id}" as today where today.id = "{layer.id}".id)'


def _write_grants(layer: Layer, role: Role, condition: str) -> Iterator[str]:
    name, table = database_role(role), f'city."{layer.id}"'
    fields = {one.name for one in layer.fields_for(role)}
    writable = [one for one in own_columns(layer) if one in fields or one in WRITABLE_SYSTEM_COLUMNS]
    yield f"grant insert ({_listed(writable)}), update ({_listed(writable)}), delete on {table} to {name}"
    yield f"create policy {role}_inserts on {table} for insert to {name} with check ({condition})"
    yield f"create policy {role}_updates on {table} for update to {name} using ({condition}) with check ({condition})"
    yield f"create policy {role}_deletes on {table} for delete to {name} using ({condition})"


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
