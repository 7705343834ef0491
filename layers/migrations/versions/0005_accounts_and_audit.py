"""Accounts, sessions, credentials, failed log-ins and the audit.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('wards', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('demo', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=True),
    sa.Column('issuer_subject', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('issuer', 'issuer_subject', name=op.f('uq_account_issuer')),
    sa.UniqueConstraint('name', name=op.f('uq_account_name')),
    schema='platform'
    )
    op.create_table('audit',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('subject', sa.Text(), server_default=sa.text('acting.subject()'), nullable=False),
    sa.Column('role', sa.Text(), server_default=sa.text("replace(coalesce(nullif(current_setting('role'), 'none'), session_user::text), 'langbiang_', '')"), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('layer', sa.Text(), nullable=True),
    sa.Column('fields', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('row_count', sa.BigInteger(), nullable=True),
    sa.Column('address', sa.Text(), server_default=sa.text("current_setting('langbiang.address', true)"), nullable=True),
    sa.Column('request', sa.Text(), server_default=sa.text("current_setting('langbiang.request', true)"), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    schema='platform'
    )
    op.create_index(op.f('ix_audit_at'), 'audit', ['at'], unique=False, schema='platform')
    op.create_index('ix_audit_layer', 'audit', ['layer', 'at'], unique=False, schema='platform')
    op.create_index(op.f('ix_audit_subject'), 'audit', ['subject'], unique=False, schema='platform')
    op.create_table('login_failure',
    sa.Column('door', sa.LargeBinary(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('door', name=op.f('pk_login_failure')),
    schema='platform'
    )
    op.create_index(op.f('ix_login_failure_last_at'), 'login_failure', ['last_at'], unique=False, schema='platform')
    op.create_table('credential',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('secret_digest', sa.LargeBinary(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['platform.account.id'], name=op.f('fk_credential_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credential')),
    sa.UniqueConstraint('secret_digest', name=op.f('uq_credential_secret_digest')),
    schema='platform'
    )
    op.create_index(op.f('ix_credential_account_id'), 'credential', ['account_id'], unique=False, schema='platform')
    op.create_table('session',
    sa.Column('token_digest', sa.LargeBinary(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('csrf_token', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['platform.account.id'], name=op.f('fk_session_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_digest', name=op.f('pk_session')),
    schema='platform'
    )
    op.create_index(op.f('ix_session_account_id'), 'session', ['account_id'], unique=False, schema='platform')
    op.create_index(op.f('ix_session_expires_at'), 'session', ['expires_at'], unique=False, schema='platform')
