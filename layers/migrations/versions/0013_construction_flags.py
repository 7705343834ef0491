"""Flags of construction near forest with all they tell, rejections, rules of the job, and forest in small pieces.

Revision: 0013, after 0010
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None

_MULTIPOLYGON = Geometry("MULTIPOLYGON", srid=5899, spatial_index=False)
_FLAG_COLUMNS = {
    "flag_types": sa.Text, "grade": sa.Text, "needs_check": sa.Boolean, "reason_vi": sa.Text, "reason_en": sa.Text,
    "forest_function": sa.Text, "forest_sources": sa.Text,
}
_REJECTION_COLUMNS = {
    "building_code": sa.Text, "rejection": sa.Text, "building_id": sa.BigInteger, "ward_code": sa.Text,
    "permit_match": sa.Text, "exemption": sa.Text, "land_use_conflict": sa.Boolean,
    "distance_to_forest_m": sa.Double, "overlap_forest_m2": sa.Double, "reason_vi": sa.Text, "reason_en": sa.Text,
    "looked_at_on": sa.Date,
}
_REQUIRED = ("building_code", "rejection", "building_id")


def upgrade() -> None:
    for schema in ("city", "history"):
        for name, kind in _FLAG_COLUMNS.items():
            op.add_column("construction_flags", sa.Column(name, kind(), nullable=True), schema=schema)
    op.create_index(op.f("ix_construction_flags_flag_status"), "construction_flags", ["flag_status"], schema="city")
    _create_rejections()
    _create_rules()
    _create_forest_pieces()


def _create_rejections() -> None:
    name = "construction_rejections"
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(one, kind(), nullable=one not in _REQUIRED) for one, kind in _REJECTION_COLUMNS.items()),
        sa.Column("geom", _MULTIPOLYGON),
        sa.Column("source", sa.Text(), server_default=sa.text("'langbiang'"), nullable=False),
        sa.Column("source_ref", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Text(), server_default=sa.text("acting.subject()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        schema="city",
    )
    op.create_index(f"ix_city_{name}_geom", name, ["geom"], schema="city", postgresql_using="gist")
    for column in ("building_code", "ward_code"):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column], schema="city")
    op.create_index(f"uq_{name}_source", name, ["source_ref", "source"], unique=True, schema="city")
    op.create_table(
        name,
        sa.Column("history_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger()),
        *(sa.Column(one, kind()) for one, kind in _REJECTION_COLUMNS.items()),
        sa.Column("geom", _MULTIPOLYGON),
        sa.Column("source", sa.Text()),
        sa.Column("source_ref", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("updated_by", sa.Text()),
        sa.Column("version", sa.Integer()),
        sa.PrimaryKeyConstraint("history_id", name=op.f(f"pk_{name}")),
        schema="history",
    )
    op.create_index(f"ix_history_{name}_geom", name, ["geom"], schema="history", postgresql_using="gist")
    op.create_index(f"ix_history_{name}_id", name, ["id", "recorded_to"], schema="history")


def _create_rules() -> None:
    op.create_table(
        "construction_rule",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text()),
        sa.Column("vi", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("legal_basis", sa.Text()),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_construction_rule")),
        schema="platform",
    )


def _create_forest_pieces() -> None:
    op.create_table(
        "forest_piece",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("forest_id", sa.BigInteger(), nullable=False),
        sa.Column("forest_dataset", sa.Text(), nullable=False),
        sa.Column("forest_function", sa.Text()),
        sa.Column("geom", Geometry("POLYGON", srid=5899, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forest_piece")),
        schema="platform",
    )
    op.create_index("ix_forest_piece_geom", "forest_piece", ["geom"], schema="platform", postgresql_using="gist")
    op.create_index("ix_forest_piece_forest_id", "forest_piece", ["forest_id"], schema="platform")
    # An edit by SQL may store an invalid area, which cannot be cut: its repaired copy is. The functions run as their
    # owner, so that whoever may edit the layer needs no rights on its pieces.
    pieces = """
        insert into platform.forest_piece (forest_id, forest_dataset, forest_function, geom)
        select f.id, f.forest_dataset, f.forest_function, piece
          from {rows} as f
         cross join lateral (select case when st_isvalid(f.geom) then f.geom
                                         else st_collectionextract(st_makevalid(f.geom), 3) end as geom) as sound
         cross join lateral st_subdivide(sound.geom, 64) as piece
         where not st_isempty(sound.geom);"""
    gone = "delete from platform.forest_piece where forest_id in (select id from old_rows);"
    for event, transition, steps in (
        ("insert", "referencing new table as new_rows", pieces.format(rows="new_rows")),
        ("update", "referencing old table as old_rows new table as new_rows", gone + pieces.format(rows="new_rows")),
        ("delete", "referencing old table as old_rows", gone),
    ):
        op.execute(
            f"create function platform.cut_forest_{event}() returns trigger language plpgsql security definer"
            f" set search_path = pg_catalog, public as $$ begin {steps} return null; end; $$"
        )
        op.execute(
            f"create trigger cut_forest_{event} after {event} on city.forest {transition}"
            f" for each statement execute function platform.cut_forest_{event}()"
        )
    op.execute(pieces.format(rows="city.forest"))
