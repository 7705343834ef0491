"""Tables of the address search, in schema `platform`: other names of streets, and administrative units by period."""

from sqlalchemy import Boolean, Column, Date, Table, Text, text

from gis_core.table import METADATA

STREET_ALIAS = Table(
    "street_alias",
    METADATA,
    Column("street_name", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    schema="platform",
)
"""Names that mean the same street; of status `verified`, `unverified` or `rejected`: the last is never searched."""

ADMINISTRATIVE_UNIT = Table(
    "administrative_unit",
    METADATA,
    Column("code", Text, primary_key=True),
    # A code was reused with another meaning on 01/07/2025: the code alone is no key.
    Column("period", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False, server_default=text("''")),
    Column("province", Text, nullable=False),
    Column("successor_code", Text),
    Column("is_split", Boolean, nullable=False, server_default=text("false")),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("source", Text, nullable=False),
    schema="platform",
)
"""Provinces and communes of `period` `old` (until 30/06/2025) or `new`: to recognise what an address names elsewhere.

A province has its name as `province` and no `successor_code` where it still exists.
"""
