"""Findings on house numbers, links of house numbers and parcels, and the second pair of eyes on a new number.

Revision: 0010, after 0006
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = '0010'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('house_number_findings',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('fault', sa.Text(), nullable=False),
    sa.Column('house_id', sa.BigInteger(), nullable=False),
    sa.Column('street_name', sa.Text(), nullable=False),
    sa.Column('house_number', sa.Text(), nullable=False),
    sa.Column('ward_code', sa.Text(), nullable=True),
    sa.Column('reason_vi', sa.Text(), nullable=False),
    sa.Column('reason_en', sa.Text(), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('geom', Geometry(geometry_type='POINT', srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('source', sa.Text(), server_default=sa.text("'langbiang'"), nullable=False),
    sa.Column('source_ref', sa.Text(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_by', sa.Text(), server_default=sa.text('acting.subject()'), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_house_number_findings')),
    schema='city'
    )
    op.create_index('ix_city_house_number_findings_geom', 'house_number_findings', ['geom'], unique=False, schema='city', postgresql_using='gist')
    op.create_index(op.f('ix_house_number_findings_fault'), 'house_number_findings', ['fault'], unique=False, schema='city')
    op.create_index(op.f('ix_house_number_findings_street_name'), 'house_number_findings', ['street_name'], unique=False, schema='city')
    op.create_index(op.f('ix_house_number_findings_ward_code'), 'house_number_findings', ['ward_code'], unique=False, schema='city')
    op.create_index('uq_house_number_findings_source', 'house_number_findings', ['source_ref', 'source'], unique=True, schema='city')
    op.create_table('address_parcels',
    sa.Column('history_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('recorded_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('replaced_by', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=True),
    sa.Column('house_id', sa.BigInteger(), nullable=True),
    sa.Column('parcel_id', sa.BigInteger(), nullable=True),
    sa.Column('relation', sa.Text(), nullable=True),
    sa.Column('how', sa.Text(), nullable=True),
    sa.Column('confidence', sa.Double(), nullable=True),
    sa.Column('provenance', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_ref', sa.Text(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_by', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('history_id', name=op.f('pk_address_parcels')),
    schema='history'
    )
    op.create_index('ix_history_address_parcels_id', 'address_parcels', ['id', 'recorded_to'], unique=False, schema='history')
    op.create_table('house_number_findings',
    sa.Column('history_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('recorded_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('replaced_by', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=True),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.Column('house_id', sa.BigInteger(), nullable=True),
    sa.Column('street_name', sa.Text(), nullable=True),
    sa.Column('house_number', sa.Text(), nullable=True),
    sa.Column('ward_code', sa.Text(), nullable=True),
    sa.Column('reason_vi', sa.Text(), nullable=True),
    sa.Column('reason_en', sa.Text(), nullable=True),
    sa.Column('found_on', sa.Date(), nullable=True),
    sa.Column('geom', Geometry(geometry_type='POINT', srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('source_ref', sa.Text(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_by', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('history_id', name=op.f('pk_house_number_findings')),
    schema='history'
    )
    op.create_index('ix_history_house_number_findings_geom', 'house_number_findings', ['geom'], unique=False, schema='history', postgresql_using='gist')
    op.create_index('ix_history_house_number_findings_id', 'house_number_findings', ['id', 'recorded_to'], unique=False, schema='history')
    op.create_table('address_parcels',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('house_id', sa.BigInteger(), nullable=False),
    sa.Column('parcel_id', sa.BigInteger(), nullable=False),
    sa.Column('relation', sa.Text(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('confidence', sa.Double(), nullable=False),
    sa.Column('provenance', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('source', sa.Text(), server_default=sa.text("'langbiang'"), nullable=False),
    sa.Column('source_ref', sa.Text(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_by', sa.Text(), server_default=sa.text('acting.subject()'), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.ForeignKeyConstraint(['house_id'], ['city.house_numbers.id'], name=op.f('fk_address_parcels_house_id')),
    sa.ForeignKeyConstraint(['parcel_id'], ['city.land_parcels.id'], name=op.f('fk_address_parcels_parcel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address_parcels')),
    schema='city'
    )
    op.create_index(op.f('ix_address_parcels_house_id'), 'address_parcels', ['house_id'], unique=False, schema='city')
    op.create_index(op.f('ix_address_parcels_parcel_id'), 'address_parcels', ['parcel_id'], unique=False, schema='city')
    op.create_index('uq_address_parcels_source', 'address_parcels', ['source_ref', 'source'], unique=True, schema='city')
    # `updated_by` names a person and is granted to nobody: who asks learns of their own rows only.
    op.execute(
        """
        create function platform.wrote_house_number(house bigint) returns boolean
            language sql stable security definer
            set search_path = pg_catalog
        as $$
            select updated_by = acting.subject() from city.house_numbers where id = house
        $$
        """
    )
    # In the database, so that it holds for the API and for desktop programs as well. Loads by the owner are exempt.
    op.execute(
        """
        create function platform.refuse_own_approval() returns trigger
            language plpgsql
            set search_path = pg_catalog
        as $$
        begin
            if current_user like 'langbiang\\_%' and old.updated_by = acting.subject() then
                raise exception 'house number % was proposed by who approves it', old.id
                    using errcode = 'insufficient_privilege';
            end if;
            return new;
        end;
        $$
        """
    )
    op.execute(
        """
        create trigger refuse_own_approval before update on city.house_numbers
            for each row when (old.status = 'du_kien' and new.status = 'hien_hanh')
            execute function platform.refuse_own_approval()
        """
    )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: downgrading would lose rows.")
