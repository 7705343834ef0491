"""The platform's own tables, in schema `platform`: codes, layer versions, and what was loaded and refused."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
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

# Which tiles a change has touched (see `sql/tile_triggers.sql`): the tile or, where `whole`, those below it, too.

TILE_VERSION = Table(
    "tile_version",
    METADATA,
    Column("layer", Text, primary_key=True),
    Column("zoom", Integer, primary_key=True, autoincrement=False),
    Column("tile_row", Integer, primary_key=True, autoincrement=False),
    Column("tile_col", Integer, primary_key=True, autoincrement=False),
    Column("whole", Boolean, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
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
    # What its values are: 'elevation' (metres) or 'imagery'.
    Column("kind", Text, nullable=False, server_default=text("'imagery'")),
    schema="platform",
)

# The city that was loaded, as its manifest tells: one row, or none where only single files were loaded.

CITY = Table(
    "city",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    Column("source", Text, nullable=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("attribution_vi", Text, nullable=False),
    Column("attribution_en", Text, nullable=False),
    # By source of rows: an SPDX identifier, or a few words where there is none.
    Column("licences", JSONB, nullable=False, server_default=text("'{}'")),
    Column("contact_name", Text),
    Column("contact_email", Text),
    Column("contact_url", Text),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    CheckConstraint("id = 1", name="ck_city_single"),
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
    # What was asked beside the inputs: which outputs (null: all), how answered, and whom to tell (OGC 18-062r2, 7.11).
    Column("outputs", ARRAY(Text)),
    Column("response", Text, nullable=False, server_default=text("'document'")),
    Column("subscriber", JSONB, nullable=False, server_default=text("'{}'")),
    # From where, for the audit of what the job reads.
    Column("address", Text, nullable=False, server_default=text("''")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    schema="platform",
)
Index("ix_job_owner", JOB.c.owner, JOB.c.created_at)
Index("ix_job_finished_at", JOB.c.finished_at)

# Extracts: what was printed of a parcel and handed out, so that a copy can be checked; nothing of who asked.

EXTRACT = Table(
    "extract",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("parcel_id", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("data_versions", JSONB, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    schema="platform",
)
Index("ix_extract_parcel_id", EXTRACT.c.parcel_id, EXTRACT.c.issued_at)
Index("ix_extract_expires_at", EXTRACT.c.expires_at)
