"""What everybody may know of a parcel: its number, wards, purposes, addresses, zoning, forest, permits and lineage.

Read in one transaction that acts as the public, so that a card and an extract hold the same whoever asks for them.
Values are plain JSON: days as ISO texts, areas in m² to 0.01, lengths in metres.
"""

import re
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, text

from gis_core.errors import NotFound
from gis_core.jobs.zone_report import ZoneReport, report
from gis_core.layer import Text
from gis_core.parcel_sql import ADDRESSES, FOREST, LINEAGE, PARCEL, PERMITS, PURPOSES
from gis_core.platform_tables import LAYER_VERSION
from gis_core.query import CITY_TIME

NEAR_METRES = 100.0
"""Permits up to this far from the parcel are named as nearby."""
NEAR_LIMIT = 10
SLIVER_M2 = 1.0
"""Overlaps with permits and forest below this stem from boundaries that were digitised twice."""
READS = (
    "land_parcels", "land_parcel_purposes", "land_parcel_lineage", "planning_zones", "plans", "building_permits",
    "house_numbers", "address_parcels", "forest", "wards",
)  # fmt: skip
"""The layers that tell of a parcel."""
LARGEST_ID = (1 << 63) - 1

Facts = dict[str, Any]


def parcel_id(written: str) -> int:
    """The id written in an address. Raises `NotFound` where it can be no parcel's, be it a word or a huge number."""
    if not re.fullmatch("[0-9]{1,19}", written) or int(written) > LARGEST_ID:
        raise NotFound(f"Không có thửa đất '{written[:40]}'. · There is no parcel '{written[:40]}'.")
    return int(written)


def parcel_facts(connection: Connection, parcel: int, day: date | None = None) -> Facts:
    """What is known of the parcel on `day` (None: today in the city). Raises `NotFound` without that parcel.

    `zoning` is None for a parcel without outline; `past` tells that the parcel had ceased to be before `day`.
    """
    day = day or datetime.now(CITY_TIME).date()
    asked = {"id": parcel, "day": day, "sliver": SLIVER_M2, "near": NEAR_METRES}
    found = _rows(connection, PARCEL, asked)
    if not found:
        raise NotFound(f"Không có thửa đất {parcel}. · There is no parcel {parcel}.")
    permits = _rows(connection, PERMITS, asked)
    lineage = _rows(connection, LINEAGE, asked)
    return {
        **found[0],
        "purposes": _rows(connection, PURPOSES, asked),
        "addresses": _rows(connection, ADDRESSES, asked),
        "zoning": _zoning(connection, parcel, day) if found[0]["drawn"] else None,
        "forest": _rows(connection, FOREST, asked),
        "permits_here": [one for one in permits if one["here"]],
        "permits_near": [one for one in permits if not one["here"]][:NEAR_LIMIT],
        "predecessors": [one for one in lineage if not one["later"]],
        "successors": [one for one in lineage if one["later"]],
    }


def data_versions(connection: Connection) -> dict[str, dict[str, Any]]:
    """The version of each layer that tells of parcels, and when it last changed."""
    columns = LAYER_VERSION.c
    rows = connection.execute(
        select(columns.layer, columns.version, columns.changed_at).where(
            columns.layer.in_(bindparam("layers", READS, expanding=True))
        )
    )
    return {
        row.layer: {
            "version": row.version,
            "changed_at": row.changed_at.astimezone(CITY_TIME).isoformat("T", "seconds"),
        }
        for row in rows
    }


def _zoning(connection: Connection, parcel: int, day: date) -> list[dict[str, Any]]:
    """The shares of each plan in force, the most detailed plan last."""
    asked = ZoneReport(parcel_id=parcel, area=None, day=day, sliver_m2=SLIVER_M2)
    plans: list[dict[str, Any]] = report(connection, asked, _unwatched)["plans"]
    return plans


def _unwatched(share: float, words: Text) -> None:
    """Nothing: the overlay of one parcel is over before anybody could look."""


def _rows(connection: Connection, statement: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows as plain JSON: the same text whether it comes from here or back from a register."""
    rows = [dict(row) for row in connection.execute(text(statement), asked).mappings()]
    plain: list[dict[str, Any]] = orjson.loads(orjson.dumps(rows))
    return plain
