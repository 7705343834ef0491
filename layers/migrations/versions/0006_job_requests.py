"""What a job was asked for beside its inputs: outputs, callbacks, and from where.

Revision: 0006, after 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("outputs", postgresql.ARRAY(sa.Text()), nullable=True), schema="platform")
    op.add_column(
        "job", sa.Column("response", sa.Text(), server_default=sa.text("'document'"), nullable=False), schema="platform"
    )
    op.add_column(
        "job",
        sa.Column("subscriber", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="platform",
    )
    op.add_column(
        "job", sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False), schema="platform"
    )
    op.create_index("ix_job_finished_at", "job", ["finished_at"], unique=False, schema="platform")
