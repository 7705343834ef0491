"""What a check may find in a draft, how grave it is, and how findings are kept.

Blocking findings keep a draft from being published; notes are for the planner to judge.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, text

from gis_core.layer import Text

Severity = Literal["blocking", "note"]
KEPT_PER_CODE = 1_000
"""Findings of one kind that are kept and listed; the summary counts all."""

FINDINGS: Mapping[str, tuple[Severity, Text]] = {
    "crs_suspicious": ("blocking", Text("Nghi sai hệ toạ độ", "The reference system seems wrong")),
    "crs_unknown": ("blocking", Text("Tệp không ghi hệ toạ độ", "The file states no reference system")),
    "file_unreadable": ("blocking", Text("Không đọc được tệp", "The file cannot be read")),
    "no_zones": ("blocking", Text("Không có khu đất nào", "There is no zone")),
    "valid_from_conflict": (
        "blocking",
        Text("Ngày hiệu lực không sau phiên bản đã công bố", "Not valid after the version published before"),
    ),
    "invalid_ring": ("blocking", Text("Vùng tự cắt hoặc sai vòng", "Self-crossing or invalid ring")),
    "ring_open": ("blocking", Text("Vòng chưa khép kín", "Ring not closed")),
    "mixed_geometry": ("blocking", Text("Lẫn đường hoặc điểm với vùng", "Lines or points among the areas")),
    "geometry_missing": ("blocking", Text("Không có hình học", "No geometry")),
    "geometry_unreadable": ("blocking", Text("Hình học không đọc được", "The geometry cannot be read")),
    "coordinates_not_finite": ("blocking", Text("Toạ độ không phải là số hữu hạn", "Coordinates are not finite")),
    "too_many_vertices": ("blocking", Text("Quá nhiều đỉnh", "Too many vertices")),
    "not_transformable": ("blocking", Text("Không chuyển được về EPSG:5899", "Cannot be transformed to EPSG:5899")),
    "wrong_geometry_type": ("blocking", Text("Không phải là vùng", "Not an area")),
    "zero_area": ("blocking", Text("Diện tích bằng 0", "The area is zero")),
    "overlap": ("blocking", Text("Chồng lấn nhau", "Zones overlap")),
    "outside_city": ("blocking", Text("Nằm ngoài ranh giới thành phố", "Outside the city's boundary")),
    "unknown_code": ("blocking", Text("Mã không có trong danh mục", "The code is not in its list")),
    "value_missing": ("blocking", Text("Thiếu giá trị bắt buộc", "A required value is missing")),
    "wrong_type": ("blocking", Text("Giá trị sai kiểu", "The value has the wrong type")),
    "wrong_pattern": ("blocking", Text("Giá trị sai mẫu", "The value does not have the required form")),
    "out_of_range": ("blocking", Text("Giá trị ngoài khoảng cho phép", "The value is out of range")),
    "symbol_contradicts": (
        "blocking", Text("Trùng ký hiệu nhưng khác chỉ tiêu", "Same symbol with different use or limits")
    ),
    "symbol_repeated": ("note", Text("Trùng ký hiệu", "Symbol occurs more than once")),
    "repair_accepted": ("note", Text("Đã dùng bản sửa", "Repaired copy in use")),
    "gap": ("note", Text("Khoảng hở giữa các khu đất", "Gap between zones")),
    "crosses_boundary": ("note", Text("Vượt ranh giới thành phố một phần", "Partly outside the city's boundary")),
    "land_use_missing": ("note", Text("Không có loại đất quy hoạch", "No planned land use")),
    "area_differs": ("note", Text("Diện tích ghi khác diện tích đo", "Stated area differs from the measured one")),
    "not_areas": ("note", Text("Bỏ qua điểm và đường trong bản vẽ", "Points and lines of the drawing left out")),
    "nothing_changes": ("note", Text("Không khác phiên bản đang hiệu lực", "No difference to the version in force")),
}  # fmt: skip
REPAIRABLE = ("invalid_ring", "ring_open", "mixed_geometry")
"""Faults for which a repaired copy is offered; it counts once a planner has accepted it."""

REASONS: Mapping[str, str] = {
    "Self-intersection": "đường viền tự cắt",
    "Ring Self-intersection": "vòng chạm chính nó",
    "Hole lies outside shell": "lỗ nằm ngoài vùng",
    "Holes are nested": "lỗ lồng nhau",
    "Interior is disconnected": "phần trong bị tách rời",
    "Nested shells": "vùng lồng nhau",
    "Duplicate Rings": "vòng lặp lại",
    "Too few points in geometry component": "quá ít đỉnh",
}
"""What GEOS calls the faults of an area, in Vietnamese."""

_ADD = text(
    """
    insert into platform.plan_draft_finding
           (draft_id, code, severity, row_numbers, symbols, amount, detail_vi, detail_en, suggestion)
    select :draft, code, severity, row_numbers, symbols, amount, detail_vi, detail_en, suggestion
      from jsonb_to_recordset(cast(:findings as jsonb))
           as f(code text, severity text, row_numbers bigint[], symbols text[], amount float8, detail_vi text,
                detail_en text, suggestion text)
    """
)


def finding(code: str, **parts: Any) -> dict[str, Any]:
    """A finding of that kind; `parts` are columns of its table that differ from nothing."""
    empty: dict[str, Any] = {
        "row_numbers": [],
        "symbols": [],
        "amount": None,
        "detail_vi": "",
        "detail_en": "",
        "suggestion": None,
    }
    return {"code": code, "severity": FINDINGS[code][0], **empty, **parts}


def add_findings(connection: Connection, draft: int, findings: Iterable[Mapping[str, Any]]) -> None:
    """Keeps the findings with the draft."""
    rows = orjson.dumps(list(findings)).decode()
    connection.execute(_ADD, {"draft": draft, "findings": rows})
