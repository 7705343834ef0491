"""Tables of plan publishing, in schema `platform`: drafts with what was found in them, and what was published.

Drafts are for planners alone; of a publication everybody may read all but the people. Row policies refuse changes to
the zones of a draft that waits for its approval, triggers refuse that somebody approves their own work.
"""

from collections.abc import Iterator

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from gis_core.access import database_role
from gis_core.crs import STORAGE_SRID
from gis_core.layer import ROLES
from gis_core.table import METADATA

ENDED = ("discarded", "withdrawn")
"""States in which a draft no longer stands in the way of its file being uploaded again."""


def _draft() -> Column[int]:
    return Column("draft_id", BigInteger, ForeignKey("platform.plan_draft.id", ondelete="CASCADE"), nullable=False)


def _shape(name: str, kind: str = "GEOMETRY") -> Column[object]:
    return Column(name, Geometry(kind, srid=STORAGE_SRID, spatial_index=False))


def _moment(name: str, *, now: bool = False) -> Column[object]:
    default = text("now()") if now else None
    return Column(name, DateTime(timezone=True), nullable=not now, server_default=default)


PLAN_DRAFT = Table(
    "plan_draft",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    # checking, checked, submitted, published, withdrawn, discarded
    Column("status", Text, nullable=False, server_default=text("'checking'")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("file_name", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("file_bytes", BigInteger, nullable=False),
    # The file to read within the folder of the upload, and which of its layers.
    Column("dataset", Text, nullable=False),
    Column("file_layer", Text),
    Column("file_columns", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("plan_code", Text, nullable=False),
    Column("plan_name", Text, nullable=False),
    Column("plan_level", Text, nullable=False),
    Column("decision_no", Text, nullable=False),
    Column("decision_date", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    # What replaces the reference system that the file states, and which column fills which field.
    Column("crs", Text),
    Column("columns", JSONB, nullable=False, server_default=text("'{}'")),
    # Numbers of the rows whose repaired copy was accepted.
    Column("repairs", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    Column("job", UUID),
    # What the check counted, and the plan rows it compared with (id → version).
    Column("summary", JSONB, nullable=False, server_default=text("'{}'")),
    Column("base", JSONB, nullable=False, server_default=text("'{}'")),
    Column("blocking", Integer),
    Column("note", Text),
    # Everybody who had a hand in it: none of them may approve it.
    Column("hands", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("created_by", Text, nullable=False, server_default=text("acting.subject()")),
    _moment("created_at", now=True),
    _moment("checked_at"),
    Column("submitted_by", Text),
    _moment("submitted_at"),
    Column("decided_by", Text),
    _moment("decided_at"),
    schema="platform",
)
Index(
    "uq_plan_draft_file",
    PLAN_DRAFT.c.file_hash,
    unique=True,
    postgresql_where=PLAN_DRAFT.c.status.not_in(ENDED),
)

PLAN_DRAFT_ZONE = Table(
    "plan_draft_zone",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    _draft(),
    Column("row_number", BigInteger, nullable=False),
    Column("zone_symbol", Text),
    Column("lot_symbol", Text),
    Column("land_use_code", Text),
    # The other fields of layer `planning_zones` by name.
    Column("attributes", JSONB, nullable=False),
    # As the file has it; the copy that is offered where that is no sound area; the one that counts (null: none yet).
    _shape("drawn"),
    _shape("repaired", "MULTIPOLYGON"),
    _shape("geom", "MULTIPOLYGON"),
    Column("fault", Text),
    schema="platform",
)
Index("ix_plan_draft_zone_draft", PLAN_DRAFT_ZONE.c.draft_id, PLAN_DRAFT_ZONE.c.row_number)
Index("ix_plan_draft_zone_geom", PLAN_DRAFT_ZONE.c.geom, postgresql_using="gist")

PLAN_DRAFT_FINDING = Table(
    "plan_draft_finding",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    _draft(),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("row_numbers", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    Column("symbols", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("amount", Double),
    Column("detail_vi", Text, nullable=False, server_default=text("''")),
    Column("detail_en", Text, nullable=False, server_default=text("''")),
    Column("suggestion", Text),
    _shape("geom"),
    schema="platform",
)
Index("ix_plan_draft_finding_draft", PLAN_DRAFT_FINDING.c.draft_id)

PLAN_DRAFT_CHANGE = Table(
    "plan_draft_change",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    _draft(),
    # symbol: one row a zone; ground: one row a piece of land on which the plan says something else.
    Column("view", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("zone_symbol", Text),
    Column("lot_symbol", Text),
    Column("before_m2", Double),
    Column("after_m2", Double),
    Column("gained_m2", Double),
    Column("lost_m2", Double),
    Column("before", JSONB),
    Column("after", JSONB),
    _shape("geom"),
    schema="platform",
)
Index("ix_plan_draft_change_draft", PLAN_DRAFT_CHANGE.c.draft_id, PLAN_DRAFT_CHANGE.c.view)
Index("ix_plan_draft_change_geom", PLAN_DRAFT_CHANGE.c.geom, postgresql_using="gist")

PLAN_DRAFT_AFFECTED = Table(
    "plan_draft_affected",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    _draft(),
    Column("layer", Text, nullable=False),
    Column("feature_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_m2", Double, nullable=False),
    _shape("place", "POINT"),
    schema="platform",
)
Index("ix_plan_draft_affected_draft", PLAN_DRAFT_AFFECTED.c.draft_id, PLAN_DRAFT_AFFECTED.c.layer)

PLAN_PUBLICATION = Table(
    "plan_publication",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    # Without reference: the plan's row goes when the version is withdrawn, this one stays.
    Column("draft_id", BigInteger, nullable=False, unique=True),
    Column("plan_id", BigInteger, nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("plan_name", Text, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("decision_no", Text, nullable=False),
    Column("decision_date", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("summary", JSONB, nullable=False),
    Column("prepared_by", ARRAY(Text), nullable=False),
    Column("approved_by", Text, nullable=False, server_default=text("acting.subject()")),
    _moment("published_at", now=True),
    Column("withdrawal_reason", Text),
    Column("withdrawal_asked_by", Text),
    _moment("withdrawal_asked_at"),
    Column("withdrawn_by", Text),
    _moment("withdrawn_at"),
    schema="platform",
)
Index("ix_plan_publication_code", PLAN_PUBLICATION.c.plan_code, PLAN_PUBLICATION.c.plan_version)

_DETAILS = (PLAN_DRAFT_ZONE, PLAN_DRAFT_FINDING, PLAN_DRAFT_CHANGE, PLAN_DRAFT_AFFECTED)
_BY_TRIGGER = {
    "id", "version", "hands", "created_by", "created_at", "submitted_by", "submitted_at", "decided_by", "decided_at",
}  # fmt: skip
_PEOPLE = {"prepared_by", "approved_by", "withdrawal_asked_by", "withdrawal_asked_at", "withdrawn_by", "draft_id"}


def plan_statements() -> Iterator[str]:
    """The SQL that gives the roles their rights on drafts and publications, whatever they were before."""
    planner, everybody = database_role("planner"), ", ".join(database_role(role) for role in ROLES)
    open_draft = (
        "exists (select from platform.plan_draft d where d.id = draft_id and d.status in ('checking', 'checked'))"
    )
    own = _names(PLAN_DRAFT, _BY_TRIGGER)
    yield f"grant select, insert ({own}), update ({own}) on platform.plan_draft to {planner}"
    yield from _policies("plan_draft", planner, {"select": "true", "insert": "true", "update": "true"})
    for one in _DETAILS:
        yield f"grant select, insert ({_names(one, {'id'})}), delete on platform.{one.name} to {planner}"
        yield f"grant update ({_names(one, {'id', 'draft_id'})}) on platform.{one.name} to {planner}"
        changing = dict.fromkeys(("insert", "update", "delete"), open_draft)
        yield from _policies(one.name, planner, {"select": "true", **changing})
    yield f"grant select ({_names(PLAN_PUBLICATION, _PEOPLE)}) on platform.plan_publication to {everybody}"
    by_trigger = {"id", "published_at", "withdrawal_reason", "withdrawn_at", *_PEOPLE - {"draft_id"}}
    stated = _names(PLAN_PUBLICATION, by_trigger)
    yield f"grant select, insert ({stated}) on platform.plan_publication to {planner}"
    yield f"grant update (withdrawal_reason, withdrawn_at) on platform.plan_publication to {planner}"
    yield from _policies("plan_publication", everybody, {"select": "true"})
    yield from _policies("plan_publication", planner, {"insert": "true", "update": "true"})


def _names(table: Table, left_out: set[str]) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns if column.name not in left_out)


def _policies(table: str, roles: str, conditions: dict[str, str]) -> Iterator[str]:
    yield f"alter table platform.{table} enable row level security"
    for command, condition in conditions.items():
        checked = f"with check ({condition})" if command == "insert" else f"using ({condition})"
        yield f"drop policy if exists plans_{command} on platform.{table}"
        yield f"create policy plans_{command} on platform.{table} for {command} to {roles} {checked}"
