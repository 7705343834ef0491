"""What the address search knows beside the layers: other names of streets, and administrative units of the country."""

import csv
from pathlib import Path

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert

from gis_core.address_tables import ADMINISTRATIVE_UNIT, STREET_ALIAS


def add_address_rows(connection: Connection) -> None:
    """Add the rows the platform ships; rows that a city has changed or added stay as they are."""
    for table in (STREET_ALIAS, ADMINISTRATIVE_UNIT):
        connection.execute(insert(table).values(address_rows(table)).on_conflict_do_nothing())


def address_rows(table: Table) -> list[dict[str, object]]:
    """The rows of `table` in the CSV file of its name beside this module; an empty cell is null, save for names."""
    with (Path(__file__).parent / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            {name: value or (None if table.c[name].nullable else "") for name, value in row.items()}
            | ({"is_split": row["is_split"] == "true"} if "is_split" in row else {})
            for row in csv.DictReader(file)
        ]
