"""What the construction job goes by: exemptions from permits by law and time, tolerances, and weights of the score."""

import csv
import json
from datetime import date
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from gis_core.construction_tables import CONSTRUCTION_RULE


def add_construction_rules(connection: Connection) -> None:
    """Add the rules the platform ships; rows that a city has changed or added stay as they are."""
    connection.execute(insert(CONSTRUCTION_RULE).values(construction_rules()).on_conflict_do_nothing())


def construction_rules() -> list[dict[str, object]]:
    """The rows of `construction_rule.csv` beside this module; an empty cell is null."""
    with (Path(__file__).parent / "construction_rule.csv").open(encoding="utf-8", newline="") as file:
        return [
            {name: value or None for name, value in row.items()}
            | {
                "condition": json.loads(row["condition"]),
                "verified": row["verified"] == "yes",
                **{name: date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to")},
            }
            for row in csv.DictReader(file)
        ]
