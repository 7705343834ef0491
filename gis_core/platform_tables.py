"""The platform's own tables, in schema `platform`: codes, layer versions, and what was loaded and refused."""

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

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

# Loading: what each run did, which rows it refused, and the rasters it registered.

LOAD_REPORT = Table(
    "load_report",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("files", ARRAY(Text), nullable=False),
    Column("source", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("message", Text),
    Column("counts", JSONB, nullable=False),
    schema="platform",
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("load_id", UUID, nullable=False),
    Column("layer", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("row_number", BigInteger, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason_vi", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    # Without a reference system: a row may be here because nobody knows where it is.
    Column("geom", Geometry("GEOMETRY", spatial_index=False)),
    schema="platform",
)
Index("ix_quarantine_load_id", QUARANTINE.c.load_id)

RASTER = Table(
    "raster",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("srid", Integer, nullable=False),
    Column("west", Double, nullable=False),
    Column("south", Double, nullable=False),
    Column("east", Double, nullable=False),
    Column("north", Double, nullable=False),
    Column("resolution", Double, nullable=False),
    Column("source", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    schema="platform",
)

# Jobs: what was asked of the workers, by whom, and what became of it.

JOB = Table(
    "job",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("process", Text, nullable=False),
    Column("owner", Text),
    Column("role", Text, nullable=False),
    Column("wards", ARRAY(Text), nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'accepted'")),
    Column("progress", Integer, nullable=False, server_default=text("0")),
    Column("message", Text),
    Column("result", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    schema="platform",
)
Index("ix_job_owner", JOB.c.owner, JOB.c.created_at)
