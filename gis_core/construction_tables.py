"""Tables of the construction job, in schema `platform`: its rules as rows, and the forest cut into small pieces."""

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from gis_core.crs import STORAGE_SRID
from gis_core.table import METADATA

CONSTRUCTION_RULE = Table(
    "construction_rule",
    METADATA,
    Column("rule", Text, primary_key=True),
    # 'exemption', 'permit', 'land_use' (what the law says), 'screening' and 'score' (what the city chooses).
    Column("topic", Text, nullable=False),
    Column("clause", Text),
    Column("vi", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("condition", JSONB, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("legal_basis", Text),
    Column("verified", Boolean, nullable=False, server_default=text("false")),
    schema="platform",
)
"""What the construction job goes by; `verified` says whether a row was checked against its legal source."""

FOREST_PIECE = Table(
    "forest_piece",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("forest_id", BigInteger, nullable=False),
    Column("forest_dataset", Text, nullable=False),
    Column("forest_function", Text),
    Column("geom", Geometry("POLYGON", srid=STORAGE_SRID, spatial_index=False), nullable=False),
    schema="platform",
)
"""Layer `forest` in pieces of at most 64 vertices, kept by triggers of that layer (migration 0013).

Distances to whole forests of 1,200 vertices took 148 s where their pieces took 17 s.
"""
Index("ix_forest_piece_geom", FOREST_PIECE.c.geom, postgresql_using="gist")
Index("ix_forest_piece_forest_id", FOREST_PIECE.c.forest_id)
