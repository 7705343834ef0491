"""The platform's own tables, in schema `platform`: codes and layer versions."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Table, Text, text

from gis_core.table import METADATA

CODE = Table(
    "code",
    METADATA,
    Column("list", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("vi", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("colour", Text),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("legal_basis", Text),
    Column("superseded_by", Text),
    Column("verified", Boolean, nullable=False, server_default=text("false")),
    schema="platform",
)

LAYER_VERSION = Table(
    "layer_version",
    METADATA,
    Column("layer", Text, primary_key=True),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    schema="platform",
)
