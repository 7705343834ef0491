"""Versions of tiles: which of them a change has touched.

Revision: 0011, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tile_version',
    sa.Column('layer', sa.Text(), nullable=False),
    sa.Column('zoom', sa.Integer(), nullable=False),
    sa.Column('tile_row', sa.Integer(), nullable=False),
    sa.Column('tile_col', sa.Integer(), nullable=False),
    sa.Column('whole', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('layer', 'zoom', 'tile_row', 'tile_col', 'whole', name=op.f('pk_tile_version')),
    schema='platform'
    )
    op.execute(
        """
        -- Where something hidden has changed is hidden.
        alter table platform.tile_version enable row level security;
        create policy readable_layers on platform.tile_version for select
            using (has_any_column_privilege(to_regclass(format('city.%I', layer)), 'select'));
        """
    )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: downgrading would lose rows.")
