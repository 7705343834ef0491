"""The tables of procrastinate, in a schema of their own, brought to the installed version."""

from importlib.resources import files

from sqlalchemy import Connection, text

from gis_core.jobs.queue import SCHEMA


def apply_queue_schema(connection: Connection) -> None:
    """Make procrastinate's tables, or run those of its migrations that the database has not seen.

    The last migration seen stands in the comment of the schema.
    """
    folder = files("procrastinate").joinpath("sql")
    migrations = sorted(one.name for one in folder.joinpath("migrations").iterdir() if one.name.endswith(".sql"))
    connection.exec_driver_sql(f"create schema if not exists {SCHEMA}")
    seen = connection.execute(text("select obj_description(to_regnamespace(:name))"), {"name": SCHEMA}).scalar()
    # The whole schema at once where there is none: an enumeration's new value cannot be used in the transaction of the
    # migration that adds it.
    scripts = [f"migrations/{name}" for name in migrations if name > seen] if seen else ["schema.sql"]
    connection.exec_driver_sql(f"set local search_path = {SCHEMA}, public")
    for script in scripts:
        connection.exec_driver_sql(folder.joinpath(script).read_text("utf-8").replace("%", "%%"))
    connection.exec_driver_sql("set local search_path to default")
    connection.exec_driver_sql(f"comment on schema {SCHEMA} is '{migrations[-1]}'")
