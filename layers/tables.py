"""All tables of the platform in one metadata: the catalogue's, their history, and the platform's own."""

from gis_core import (
    account_tables,
    address_tables,
    construction_tables,
    plan_drafts_tables,
    platform_tables,
    reports_tables,
)
from gis_core.table import METADATA, history_table, table
from layers import CATALOG

__all__ = [
    "METADATA", "account_tables", "address_tables", "construction_tables", "plan_drafts_tables", "platform_tables",
    "reports_tables",
]  # fmt: skip

for _layer in CATALOG.layers:
    table(_layer)
    history_table(_layer)
