"""The check of a draft as a job: read the file, store its zones, check them, compare them with the version in force."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field
from pyproj import CRS
from pyproj.exceptions import CRSError
from sqlalchemy import Connection, RowMapping, select, text

from etl.alignment import Shift, wgs84_twin
from etl.batch import Opened
from etl.location import known_location, suspected_crs
from etl.mapping import Filling, columns_of_fields
from etl.plan_staging import Staged, stage
from etl.plan_upload import open_plan
from etl.prepare import Rules
from etl.suspicion import VN2000, WGS84, Suspicion
from gis_core.crs import STORAGE_SRID
from gis_core.errors import BadRequest, Conflict, LoadRefused
from gis_core.jobs.job import Desk, Job, Progress
from gis_core.layer import Layer, Text
from gis_core.plan_drafts_checks import check_zones, repair_zones
from gis_core.plan_drafts_difference import compare, in_force
from gis_core.plan_drafts_findings import add_findings, finding
from gis_core.plan_versions import refuse_late_date
from gis_core.platform_tables import CODE
from layers import CATALOG

VERTEX_LIMIT = 100_000
NOT_FROM_FILES = ("plan_id", "valid_from", "valid_to")
"""What the draft says for all its zones at once."""

_TAKE = text("select * from platform.plan_draft where id = :draft and status = 'checking' for update")
_FORGET = (
    "delete from platform.plan_draft_zone where draft_id = :draft",
    "delete from platform.plan_draft_finding where draft_id = :draft",
    "delete from platform.plan_draft_change where draft_id = :draft",
    "delete from platform.plan_draft_affected where draft_id = :draft",
)
_COUNTS = text("select code, severity, count(*) from platform.plan_draft_finding where draft_id = :draft group by 1, 2")
_DONE = text(
    """
    update platform.plan_draft
       set status = 'checked', checked_at = now(), summary = cast(:summary as jsonb), base = cast(:base as jsonb),
           blocking = :blocking
     where id = :draft
    """
)


class PlanCheck(BaseModel):
    """The number of the draft."""

    model_config = ConfigDict(extra="forbid")

    draft: int = Field(title="Số hồ sơ · Draft", ge=1)


@dataclass(frozen=True, slots=True)
class Task:
    """The draft to be checked and the folder with the uploads."""

    draft: int
    uploads: Path


def plan_check_job(uploads: Path) -> Job:
    """The job that checks a draft whose file is in a folder of `uploads`."""

    def ready(inputs: PlanCheck, _desk: Desk) -> Task:
        return Task(inputs.draft, uploads)

    return Job(
        id="plan-check",
        title=Text("Kiểm tra bản thảo đồ án quy hoạch", "Check of a plan draft"),
        description=Text(
            "Đọc tệp của bản thảo, kiểm tra hệ toạ độ và hình học, so sánh với phiên bản đang hiệu lực.",
            "Reads a draft's file, checks reference system and geometry, compares it with the version in force.",
        ),
        parameters=PlanCheck,
        work=check_draft,
        roles=frozenset({"planner"}),
        reads=("planning_zones", "plans", "wards", "land_parcels", "building_permits"),
        ready=ready,
    )


def check_draft(connection: Connection, task: Task, progress: Progress) -> dict[str, Any]:
    """Counts of what was found and changed; the details are kept with the draft.

    Raises `BadRequest` for a draft that has moved on meanwhile.
    """
    draft = connection.execute(_TAKE, {"draft": task.draft}).mappings().one_or_none()
    if draft is None:
        raise BadRequest("Không có bản thảo đang chờ kiểm tra. · There is no draft waiting for its check.")
    for statement in _FORGET:
        connection.execute(text(statement), {"draft": task.draft})
    progress(0.02, Text("Đọc tệp", "reading the file"))
    zones = CATALOG["planning_zones"]
    summary: dict[str, Any] = {"zones": 0}
    try:
        summary |= _read(connection, draft, task.uploads, zones, progress)
    except LoadRefused as error:
        vi, _, en = str(error).partition(" · ")
        add_findings(connection, task.draft, [finding("file_unreadable", detail_vi=vi, detail_en=en or vi)])
    _check_date(connection, draft)
    if summary["zones"]:
        check_zones(connection, task.draft, progress)
        progress(0.8, Text("So sánh với phiên bản đang hiệu lực", "comparing with the version in force"))
        summary["difference"] = compare(connection, task.draft, zones, draft["plan_code"], draft["valid_from"])
        _note_sameness(connection, task.draft, summary["difference"])
    progress(0.95, Text("Lưu kết quả", "storing the result"))
    return _finish(connection, draft, summary)


def _read(connection: Connection, draft: RowMapping, uploads: Path, zones: Layer, progress: Progress) -> dict[str, Any]:
    """How the file was read; nothing of it is stored where its place is doubtful."""
    opened = open_plan(uploads / draft["file_hash"] / draft["dataset"], draft["file_layer"])
    progress(0.05, Text("Kiểm tra hệ toạ độ", "checking the reference system"))
    location = known_location(connection, zones, None, None)
    crs, suspected = suspected_crs(opened, given_crs(draft["crs"]), location, VERTEX_LIMIT)
    told: dict[str, Any] = {"zones": 0, "crs": None if crs is None else named(crs)}
    if suspected is not None:
        add_findings(connection, draft["id"], [_suspicion(crs, suspected)])
        return told
    columns = zone_columns(opened, draft["columns"])
    rules = Rules(zones, Filling(), columns, _codes(connection, zones), None, VERTEX_LIMIT, spatial=False)
    staged = stage(connection, draft["id"], opened, crs or CRS.from_epsg(STORAGE_SRID), rules, progress)
    add_findings(connection, draft["id"], _of_reading(staged))
    repair_zones(connection, draft["id"], draft["repairs"])
    return told | {"zones": staged.zones, "columns": columns, "counts": dict(staged.counts)}


def zone_columns(opened: Opened, chosen: dict[str, str]) -> dict[str, str]:
    """Field → column: as `chosen` ("" for none), else suggested by the names of the columns."""
    kept = {name: column for name, column in chosen.items() if column in opened.columns}
    found = columns_of_fields(CATALOG["planning_zones"], Filling(columns=kept), opened.columns, opened.path)
    refused = {name for name, column in chosen.items() if not column}
    return {name: one for name, one in found.items() if name not in NOT_FROM_FILES and name not in refused}


def given_crs(words: str | None) -> CRS | None:
    """The reference system that `words` name, None for none. Raises `BadRequest`."""
    if not words:
        return None
    try:
        return CRS.from_user_input(words)
    except (CRSError, ValueError):
        raise BadRequest(
            f"Không hiểu hệ toạ độ '{words[:80]}'; ví dụ EPSG:5899. · "
            f"The reference system '{words[:80]}' is not understood; write EPSG:5899, for example."
        ) from None


def named(crs: CRS) -> str:
    """The name of the reference system, with its number where it has one."""
    number = crs.to_epsg()
    return f"{crs.name} (EPSG:{number})" if number else crs.name


def _suspicion(crs: CRS | None, suspected: Suspicion) -> dict[str, Any]:
    likely = suspected.likely[0] if suspected.likely else None
    suggestion = None if likely is None or likely.crs is None else likely.crs.strip('"')
    if crs is None:
        vi, en = _names(suspected)
        return finding("crs_unknown", suggestion=suggestion, detail_vi=vi, detail_en=en)
    if suspected.shift is not None:
        (vi, en), suggestion = _of_shift(crs, suspected.shift), _undoing(crs, suspected.shift)
    elif likely is None:
        vi, _, en = suspected.sentence.partition(" · ")
    else:
        away = _away(suspected.metres)
        vi = f"{away[0]}: {likely.vi.replace('toạ độ thực ra là', 'có thể là')} (tệp ghi {named(crs)})"
        en = f"{away[1]}: {likely.en.replace('the coordinates are really', 'perhaps')} (the file says {named(crs)})"
    amount = suspected.metres if suspected.metres < float("inf") else None
    return finding("crs_suspicious", amount=amount, suggestion=suggestion, detail_vi=vi, detail_en=en)


def _of_shift(crs: CRS, shift: Shift) -> tuple[str, str]:
    system = "VN-2000" if shift.forgotten else "WGS 84"
    return (
        f"lệch khoảng {shift.metres:.0f} m so với lớp kiểm soát, có thể là {system} (tệp ghi {named(crs)})",
        f"off by about {shift.metres:.0f} m against the control layers, perhaps {system} (the file says {named(crs)})",
    )


def _undoing(crs: CRS, shift: Shift) -> str:
    """The reference system without the shift."""
    if crs.is_geographic:
        return f"EPSG:{VN2000 if shift.forgotten else WGS84}"
    return f"EPSG:{STORAGE_SRID}" if shift.forgotten else wgs84_twin(crs)


def _away(metres: float) -> tuple[str, str]:
    if metres == float("inf"):
        return "toạ độ không có vị trí trên mặt đất trong hệ đã ghi", "no place on earth in the stated system"
    amount = f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.0f} km"
    return f"lệch ~{amount}, ngoài thành phố", f"off by ~{amount}, outside the city"


def _names(suspected: Suspicion) -> tuple[str, str]:
    names = ", ".join(one.crs or "" for one in suspected.likely[:3])
    if not names:
        return (
            "toạ độ không hợp hệ nào đã biết của thành phố; hãy hỏi nơi cấp",
            "the coordinates fit no system known in the city; ask the file's maker",
        )
    return f"toạ độ hợp với {names}; hãy chọn và kiểm tra lại", f"the coordinates fit {names}; choose and check again"


def _codes(connection: Connection, layer: Layer) -> dict[str, pa.Array]:
    lists: dict[str, list[str]] = {one.codes.id: [] for one in layer.fields if one.codes}
    for name, code in connection.execute(select(CODE.c.list, CODE.c.code).where(CODE.c.list.in_(lists))):
        lists[name].append(code)
    return {name: pa.array(codes, pa.string()) for name, codes in lists.items()}


def _of_reading(staged: Staged) -> list[dict[str, Any]]:
    found = list(staged.findings)
    if staged.left_out:
        found.append(finding("not_areas", amount=float(staged.left_out)))
    if not staged.zones:
        found.append(finding("no_zones"))
    return found


def _check_date(connection: Connection, draft: RowMapping) -> None:
    try:
        refuse_late_date(connection, draft["plan_code"], draft["valid_from"])
    except Conflict as error:
        vi, _, en = str(error).partition(" · ")
        add_findings(connection, draft["id"], [finding("valid_from_conflict", detail_vi=vi, detail_en=en)])


def _note_sameness(connection: Connection, draft: int, difference: dict[str, Any]) -> None:
    if set(difference["symbol"]) <= {"unchanged"} and set(difference["ground"]) <= {"unchanged"}:
        add_findings(connection, draft, [finding("nothing_changes")])


def _finish(connection: Connection, draft: RowMapping, summary: dict[str, Any]) -> dict[str, Any]:
    counts = Counter(summary.pop("counts", {}))
    blocking = 0
    for code, severity, number in connection.execute(_COUNTS, {"draft": draft["id"]}):
        counts[code] = max(counts[code], number)
        blocking += counts[code] if severity == "blocking" else 0
    summary |= {"counts": dict(counts)}
    values = {
        "draft": draft["id"], "blocking": blocking, "summary": orjson.dumps(summary).decode(),
        "base": orjson.dumps(in_force(connection, draft["plan_code"], draft["valid_from"])).decode(),
    }  # fmt: skip
    connection.execute(_DONE, values)
    return {"blocking": blocking, **summary}
