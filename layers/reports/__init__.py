"""What reports go by until a city changes it: working hours, days that differ, units, rules, levels, urgent words."""

import csv
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Integer, Table, Time
from sqlalchemy.dialects.postgresql import insert

from gis_core.reports_tables import (
    CALENDAR_DAY,
    REPORT_CATEGORY_RULE,
    REPORT_LEVEL,
    REPORT_RULE,
    REPORT_TRANSITION,
    REPORT_URGENT_WORD,
    UNIT,
    WORKING_HOURS,
)

TABLES = (
    WORKING_HOURS, CALENDAR_DAY, UNIT, REPORT_RULE, REPORT_LEVEL, REPORT_CATEGORY_RULE, REPORT_URGENT_WORD,
    REPORT_TRANSITION,
)  # fmt: skip
MIDNIGHT = "24:00"


def add_report_rows(connection: Connection) -> None:
    """Add the rows the platform ships; rows that a city has changed or added stay as they are."""
    for table in TABLES:
        connection.execute(insert(table).values(report_rows(table)).on_conflict_do_nothing())


def report_rows(table: Table) -> list[dict[str, Any]]:
    """The rows of `<table>.csv` beside this module; an empty cell is null, or '' where the column must have a text."""
    with (Path(__file__).parent / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
        return [_row(table, row) for row in csv.DictReader(file)]


def _row(table: Table, row: Mapping[str, str]) -> dict[str, Any]:
    return {name: _value(table, name, cell) for name, cell in row.items()}


def _value(table: Table, name: str, cell: str) -> Any:
    column = table.columns[name]
    if not cell:
        return None if column.nullable else ""
    match column.type:
        case Boolean():
            return cell == "yes"
        case Integer():
            return int(cell)
        case Date():
            return date.fromisoformat(cell)
        case Time():
            # PostgreSQL knows the end of a day, Python does not: the last moment that it does know stands for it.
            return time.max if cell == MIDNIGHT else time.fromisoformat(cell)
    return cell
