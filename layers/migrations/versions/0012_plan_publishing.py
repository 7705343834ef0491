"""Drafts of plan versions, what was found in them, what was published; and the second person that approval takes.

Revision: 0012, after 0013
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan_draft',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'checking'"), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('file_hash', sa.Text(), nullable=False),
    sa.Column('file_bytes', sa.BigInteger(), nullable=False),
    sa.Column('dataset', sa.Text(), nullable=False),
    sa.Column('file_layer', sa.Text(), nullable=True),
    sa.Column('file_columns', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('plan_code', sa.Text(), nullable=False),
    sa.Column('plan_name', sa.Text(), nullable=False),
    sa.Column('plan_level', sa.Text(), nullable=False),
    sa.Column('decision_no', sa.Text(), nullable=False),
    sa.Column('decision_date', sa.Date(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('crs', sa.Text(), nullable=True),
    sa.Column('columns', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('repairs', postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('job', sa.UUID(), nullable=True),
    sa.Column('summary', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('base', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('blocking', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('hands', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('created_by', sa.Text(), server_default=sa.text('acting.subject()'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_by', sa.Text(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_draft')),
    schema='platform'
    )
    op.create_index('uq_plan_draft_file', 'plan_draft', ['file_hash'], unique=True, schema='platform', postgresql_where=sa.text("(status NOT IN ('discarded', 'withdrawn'))"))
    op.create_table('plan_draft_zone',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('draft_id', sa.BigInteger(), nullable=False),
    sa.Column('row_number', sa.BigInteger(), nullable=False),
    sa.Column('zone_symbol', sa.Text(), nullable=True),
    sa.Column('lot_symbol', sa.Text(), nullable=True),
    sa.Column('land_use_code', sa.Text(), nullable=True),
    sa.Column('attributes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('drawn', Geometry(srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('repaired', Geometry(geometry_type='MULTIPOLYGON', srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('geom', Geometry(geometry_type='MULTIPOLYGON', srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['draft_id'], ['platform.plan_draft.id'], name=op.f('fk_plan_draft_zone_draft_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_draft_zone')),
    schema='platform'
    )
    op.create_index('ix_plan_draft_zone_draft', 'plan_draft_zone', ['draft_id', 'row_number'], unique=False, schema='platform')
    op.create_index('ix_plan_draft_zone_geom', 'plan_draft_zone', ['geom'], unique=False, schema='platform', postgresql_using='gist')
    op.create_table('plan_draft_finding',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('draft_id', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('row_numbers', postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('symbols', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('amount', sa.Double(), nullable=True),
    sa.Column('detail_vi', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('detail_en', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('suggestion', sa.Text(), nullable=True),
    sa.Column('geom', Geometry(srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.ForeignKeyConstraint(['draft_id'], ['platform.plan_draft.id'], name=op.f('fk_plan_draft_finding_draft_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_draft_finding')),
    schema='platform'
    )
    op.create_index('ix_plan_draft_finding_draft', 'plan_draft_finding', ['draft_id'], unique=False, schema='platform')
    op.create_table('plan_draft_change',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('draft_id', sa.BigInteger(), nullable=False),
    sa.Column('view', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('zone_symbol', sa.Text(), nullable=True),
    sa.Column('lot_symbol', sa.Text(), nullable=True),
    sa.Column('before_m2', sa.Double(), nullable=True),
    sa.Column('after_m2', sa.Double(), nullable=True),
    sa.Column('gained_m2', sa.Double(), nullable=True),
    sa.Column('lost_m2', sa.Double(), nullable=True),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('geom', Geometry(srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.ForeignKeyConstraint(['draft_id'], ['platform.plan_draft.id'], name=op.f('fk_plan_draft_change_draft_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_draft_change')),
    schema='platform'
    )
    op.create_index('ix_plan_draft_change_draft', 'plan_draft_change', ['draft_id', 'view'], unique=False, schema='platform')
    op.create_index('ix_plan_draft_change_geom', 'plan_draft_change', ['geom'], unique=False, schema='platform', postgresql_using='gist')
    op.create_table('plan_draft_affected',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('draft_id', sa.BigInteger(), nullable=False),
    sa.Column('layer', sa.Text(), nullable=False),
    sa.Column('feature_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('area_m2', sa.Double(), nullable=False),
    sa.Column('place', Geometry(geometry_type='POINT', srid=5899, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.ForeignKeyConstraint(['draft_id'], ['platform.plan_draft.id'], name=op.f('fk_plan_draft_affected_draft_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_draft_affected')),
    schema='platform'
    )
    op.create_index('ix_plan_draft_affected_draft', 'plan_draft_affected', ['draft_id', 'layer'], unique=False, schema='platform')
    op.create_table('plan_publication',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('draft_id', sa.BigInteger(), nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('plan_code', sa.Text(), nullable=False),
    sa.Column('plan_name', sa.Text(), nullable=False),
    sa.Column('plan_version', sa.Integer(), nullable=False),
    sa.Column('decision_no', sa.Text(), nullable=False),
    sa.Column('decision_date', sa.Date(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('summary', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('prepared_by', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('approved_by', sa.Text(), server_default=sa.text('acting.subject()'), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('withdrawal_reason', sa.Text(), nullable=True),
    sa.Column('withdrawal_asked_by', sa.Text(), nullable=True),
    sa.Column('withdrawal_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_publication')),
    sa.UniqueConstraint('draft_id', name=op.f('uq_plan_publication_draft_id')),
    schema='platform'
    )
    op.create_index('ix_plan_publication_code', 'plan_publication', ['plan_code', 'plan_version'], unique=False, schema='platform')

    # Who had a hand in a draft and who decided is written by the database: nobody can say that it was somebody else.
    op.execute(
        """
        create function platform.guard_plan_draft() returns trigger
            language plpgsql
            set search_path = pg_catalog
        as $$
        declare
            who constant text := acting.subject();
        begin
            if tg_op = 'INSERT' then
                if new.status <> 'checking' then
                    raise exception 'a draft begins with its check' using errcode = 'check_violation';
                end if;
                new.hands := array[who];
                return new;
            end if;
            new.version := old.version + 1;
            if old.status = 'submitted' and new.status = 'published' then
                if who = any(old.hands) then
                    raise exception 'draft % was prepared by who approves it', old.id
                        using errcode = 'insufficient_privilege';
                end if;
                new.decided_by := who;
                new.decided_at := now();
                return new;
            end if;
            if old.status = 'submitted' and new.status = 'checked' then
                new.submitted_by := null;
                new.submitted_at := null;
                return new;
            end if;
            if not ((old.status in ('checking', 'checked') and new.status in ('checking', 'checked', 'discarded'))
                    or (old.status = 'checked' and new.status = 'submitted')
                    or (old.status = 'submitted' and new.status = 'discarded')
                    or (old.status = 'published' and new.status = 'withdrawn')) then
                raise exception 'draft % cannot go from % to %', old.id, old.status, new.status
                    using errcode = 'check_violation';
            end if;
            if new.status = 'submitted' then
                if new.blocking is distinct from 0 then
                    raise exception 'draft % has blocking findings', old.id using errcode = 'check_violation';
                end if;
                new.submitted_by := who;
                new.submitted_at := now();
            end if;
            if new.status not in ('discarded', 'withdrawn') and who <> all(old.hands) then
                new.hands := old.hands || who;
            end if;
            return new;
        end;
        $$
        """
    )
    op.execute(
        """
        create trigger guard before insert or update on platform.plan_draft
            for each row execute function platform.guard_plan_draft()
        """
    )
    op.execute(
        """
        create function platform.guard_plan_publication() returns trigger
            language plpgsql
            set search_path = pg_catalog
        as $$
        declare
            who constant text := acting.subject();
        begin
            if tg_op = 'INSERT' then
                select hands, decided_by into new.prepared_by, new.approved_by from platform.plan_draft
                 where id = new.draft_id and status = 'published';
                if new.approved_by is distinct from who then
                    raise exception 'draft % was not approved by %', new.draft_id, who
                        using errcode = 'insufficient_privilege';
                end if;
                return new;
            end if;
            if old.withdrawn_at is not null then
                raise exception 'publication % was withdrawn before', old.id using errcode = 'check_violation';
            end if;
            if new.withdrawn_at is not null then
                if old.withdrawal_reason is null then
                    raise exception 'nobody asked to withdraw publication %', old.id using errcode = 'check_violation';
                end if;
                if old.withdrawal_asked_by = who then
                    raise exception 'the withdrawal of publication % was asked for by who approves it', old.id
                        using errcode = 'insufficient_privilege';
                end if;
                new.withdrawal_reason := old.withdrawal_reason;
                new.withdrawn_by := who;
                new.withdrawn_at := now();
            elsif new.withdrawal_reason is null then
                new.withdrawal_asked_by := null;
                new.withdrawal_asked_at := null;
            else
                new.withdrawal_asked_by := who;
                new.withdrawal_asked_at := now();
            end if;
            return new;
        end;
        $$
        """
    )
    op.execute(
        """
        create trigger guard before insert or update on platform.plan_publication
            for each row execute function platform.guard_plan_publication()
        """
    )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: downgrading would lose rows.")
