"""Published versions, newest first, for the list and the feed; who decided is shown to planners only."""

from typing import Any

from sqlalchemy import Connection, text

from gis_core.layer import Role

LISTED = 100

_COLUMNS = (
    "id, plan_id, plan_code, plan_name, plan_version, decision_no, decision_date, valid_from, summary, published_at,"
    " withdrawal_reason, withdrawn_at"
)
_PEOPLE = (
    ", prepared_by, approved_by, withdrawal_asked_by, withdrawal_asked_at, withdrawn_by, draft_id,"
    " coalesce(withdrawal_asked_by = acting.subject(), false) as own"
)
_LIST = (
    "select __COLUMNS__ from platform.plan_publication where cast(:code as text) is null or plan_code = :code"
    " order by published_at desc, id desc limit :listed"
)
_OF_PLAN = text(
    """
    select plan_version, plan_name, plan_status, decision_no, valid_from, valid_to from city.plans
     where plan_code = :code order by plan_version desc limit 50
    """
)


def publications(connection: Connection, role: Role, code: str | None = None) -> list[dict[str, Any]]:
    """The publications, of one plan or of all, with people where `role` may know them."""
    columns = _COLUMNS + (_PEOPLE if role == "planner" else "")
    statement = text(_LIST.replace("__COLUMNS__", columns))
    return [dict(row) for row in connection.execute(statement, {"code": code, "listed": LISTED}).mappings()]


def versions_of(connection: Connection, code: str) -> list[dict[str, Any]]:
    """The versions of the plan `code` that stand in the layer, the newest first."""
    return [dict(row) for row in connection.execute(_OF_PLAN, {"code": code}).mappings()]
