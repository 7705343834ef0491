"""Address search: other names of streets, administrative units by period, and the key a house number is found by.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "street_alias",
        sa.Column("street_name", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("street_name", "alias", name=op.f("pk_street_alias")),
        schema="platform",
    )
    op.create_table(
        "administrative_unit",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("successor_code", sa.Text(), nullable=True),
        sa.Column("is_split", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "period", name=op.f("pk_administrative_unit")),
        schema="platform",
    )
    # As before, in PL/pgSQL: a function in SQL that cannot be inlined is started anew at each call, which made the
    # indexes of 600,000 house numbers take minutes. Most numbers are ASCII and hold nothing to be taken off.
    op.execute(
        """
        create or replace function platform.fold(words text) returns text
            language plpgsql immutable strict parallel safe
        as $$
        begin
            return case when octet_length(words) = length(words) then lower(words)
                        else lower(public.unaccent('public.unaccent', normalize(words, nfc))) end;
        end
        $$
        """
    )
    # '83/2A' becomes '000083/000002a': the order of the keys as bytes is the order of the houses, and leading zeros,
    # spaces and capitals tell no two houses apart. gis_core.addresses.house_number.key is the same in Python.
    op.execute(
        r"""
        create function platform.house_key(number text, alley text) returns text
            language plpgsql immutable parallel safe
        as $$
        declare
            house text := platform.fold(translate(coalesce(number, ''), E'\\–—', '/--'));
            path text := platform.fold(translate(coalesce(alley, ''), E'\\–—', '/--'));
            parts text[];
        begin
            house := regexp_replace(house, '[^a-z0-9/-]', '', 'g');
            if path <> '' then
                path := regexp_replace(path, '[^a-z0-9/-]', '', 'g');
                house := case when path = '' or starts_with(house, path || '/') then house
                              else path || '/' || house end;
            end if;
            -- Every second part is a number: '83/2a' gives '', '83', '/', '2', 'a'.
            parts := string_to_array(regexp_replace(house, '[0-9]+', ' \& ', 'g'), ' ');
            for place in 2 .. cardinality(parts) by 2 loop
                parts[place] := ltrim(parts[place], '0');
                parts[place] := lpad(parts[place], greatest(6, length(parts[place])), '0');
            end loop;
            return array_to_string(parts, '');
        end
        $$
        """
    )
    # Named like the other indexes on expressions, which Alembic does not compare.
    for name, table, columns in (
        ("street_key", "house_numbers", 'street_name, (platform.house_key(house_number, alley_path) collate "C")'),
        ("key", "house_numbers", '(platform.house_key(house_number, alley_path) collate "C")'),
        (
            "parcel_key",
            "land_parcels",
            '(platform.house_key(parcel_no, null) collate "C"), (platform.house_key(map_sheet_no, null) collate "C")',
        ),
        ("plot_key", "forest", '(platform.house_key(forest_compartment, null) collate "C")'),
        ("street", "roads", "street_name"),
    ):
        op.execute(f"create index ix_{table}_{name}_folded on city.{table} ({columns})")
    for name, table, columns, condition in (
        (
            "old_key",
            "house_numbers",
            'street_name, (platform.house_key(house_number_old, null) collate "C")',
            "house_number_old is not null",
        ),
        (
            "old_parcel_key",
            "land_parcels",
            '(platform.house_key(old_parcel_no, null) collate "C"), (platform.house_key(old_map_sheet_no, null) collate "C")',
            "old_parcel_no is not null",
        ),
    ):
        op.execute(f"create index ix_{table}_{name}_folded on city.{table} ({columns}) where {condition}")


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: downgrading would lose rows.")
