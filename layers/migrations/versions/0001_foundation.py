"""Schemas, extensions, the VN-2000 zones that PostGIS lacks, and the functions that tables and policies stand on.

Revision: 0001, the first
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# PostGIS 3.3 knows 5896-5899 but not the provincial zones 9205-9218. Empty text is enough: PROJ finds the authority
# code, and the result equals pyproj's to 0.1 mm.
MISSING_SRIDS = range(9205, 9219)


def upgrade() -> None:
    for schema in ("city", "history", "acting"):
        op.execute(f"create schema if not exists {schema}")
    for extension in ("postgis", "pg_trgm", "unaccent", "btree_gist"):
        op.execute(f"create extension if not exists {extension} with schema public")
    for srid in MISSING_SRIDS:
        op.execute(
            f"insert into public.spatial_ref_sys values ({srid}, 'EPSG', {srid}, '', '') on conflict (srid) do nothing"
        )
    # Who acts is set for the transaction by gis_core.db.act; outside of it, the database user is the subject.
    op.execute(
        """
        create function acting.subject() returns text language sql stable parallel safe as
        $$ select coalesce(nullif(current_setting('langbiang.subject', true), ''), session_user::text) $$
        """
    )
    op.execute(
        """
        create function acting.wards() returns text[] language sql stable parallel safe as
        $$ select string_to_array(coalesce(current_setting('langbiang.wards', true), ''), ',') $$
        """
    )
    # unaccent is only STABLE, because its dictionary may be replaced; naming the dictionary makes it safe to index.
    op.execute(
        """
        create function platform.fold(words text) returns text language sql immutable strict parallel safe as
        $$ select lower(public.unaccent('public.unaccent', normalize(words, nfc))) $$
        """
    )
