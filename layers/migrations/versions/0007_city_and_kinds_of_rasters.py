"""The loaded city's title, attribution, licences and contact; what the values of a raster are.

Revision: 0007, after 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "city",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title_vi", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("attribution_vi", sa.Text(), nullable=False),
        sa.Column("attribution_en", sa.Text(), nullable=False),
        sa.Column(
            "licences", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("contact_url", sa.Text(), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_city_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
        schema="platform",
    )
    op.add_column(
        "raster", sa.Column("kind", sa.Text(), server_default=sa.text("'imagery'"), nullable=False), schema="platform"
    )
    op.execute("update platform.raster set kind = 'elevation' where id = 'terrain'")
