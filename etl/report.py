"""The report of a load as a page (Vietnamese first, readable without a network, printable) and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import orjson

from etl.findings import Finding
from etl.outcome import LoadResult, Outcome
from etl.reasons import Kind
from gis_core.layer import Text

MAP_WIDTH_PX = 960
MAPPED = 3_000
ROWS_SHOWN = 200
CITY_TIME = ZoneInfo("Asia/Ho_Chi_Minh")

OUTCOMES: dict[Outcome, Text] = {
    "loaded": Text("Đã nạp", "Loaded"),
    "refused": Text("Bị từ chối, chưa nạp gì", "Refused, nothing loaded"),
    "tried": Text("Chạy thử, chưa nạp gì", "Trial, nothing loaded"),
}
KINDS: dict[Kind, Text] = {
    "refused": Text("Từ chối", "Refused"),
    "repaired": Text("Đã sửa", "Repaired"),
    "remarked": Text("Ghi chú", "Remarked"),
}
FIGURES = {
    "read": Text("hàng đã đọc", "rows read"),
    "inserted": Text("thêm mới", "inserted"),
    "updated": Text("cập nhật", "updated"),
    "unchanged": Text("không đổi", "unchanged"),
    "refused": Text("từ chối", "refused"),
    "skipped": Text("không lấy", "not wanted"),
    "purposes": Text("mục đích sử dụng", "purposes of parcels"),
}


@dataclass(frozen=True)
class _Dot:
    kind: Kind
    x: float
    y: float
    title: str


def write_report(result: LoadResult, path: Path) -> None:
    """Write the report to `path`, as JSON where it ends so, as a page otherwise; a page gets its JSON beside it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # refused rows may name people
    if path.suffix.lower() != ".json":
        path.write_text(report_page(result), "utf-8")
        path = path.with_suffix(".json")
    path.write_bytes(orjson.dumps(report_document(result), option=orjson.OPT_INDENT_2))


def report_document(result: LoadResult) -> dict[str, Any]:
    """The result as plain data: outcome, counts, reasons, and the listed rows with their place in EPSG:5899."""
    return {
        **{name: value for name, value in result.row().items() if name != "id"},
        "id": str(result.id),
        "title": asdict(result.layer.title),
        "columns": result.columns,
        "ignored_columns": sorted(result.ignored),
        "rows": [{**asdict(one), "sentence": one.sentence} for one in result.findings.listed],
    }


def report_page(result: LoadResult) -> str:
    """The result as an HTML page that needs nothing beside itself."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("etl", "pages"), autoescape=True, trim_blocks=True)
    figures = asdict(result.counts)
    return environment.get_template("load_report.html").render(
        result=result,
        title=Text(f"Nạp dữ liệu: {result.layer.title.vi}", f"Data load: {result.layer.title.en}"),
        outcome=OUTCOMES[result.outcome],
        when=result.started_at.astimezone(CITY_TIME).strftime("%d/%m/%Y %H:%M"),
        figures=[
            {"count": grouped(figures[name]), "vi": text.vi, "en": text.en}
            for name, text in FIGURES.items()
            if figures[name] or name in ("read", "inserted", "refused")
        ],
        kinds=KINDS,
        reasons=result.reasons(),
        overlap=grouped(round(result.overlap_m2)),
        map=_map(result.findings.listed),
        groups=[
            {**reason, "listed": _rows_of(result, reason["kind"], reason["code"])[:ROWS_SHOWN]}
            for reason in result.reasons()
        ],
    )


def grouped(number: int) -> str:
    """`number` with the Vietnamese thousands point."""
    return f"{number:,}".replace(",", ".")


def _rows_of(result: LoadResult, kind: Kind, code: str) -> list[Finding]:
    return [one for one in result.findings.listed if one.kind == kind and one.code == code]


def _map(findings: Sequence[Finding]) -> dict[str, Any] | None:
    """What the drawing of the findings with a place needs; None where there is none."""
    placed = [(one, one.x, one.y) for one in findings if one.x is not None and one.y is not None]
    if not placed:
        return None
    # Refused rows are drawn last, on top.
    placed = sorted(placed[:MAPPED], key=lambda item: ("remarked", "repaired", "refused").index(item[0].kind))
    west, east = min(x for _, x, _ in placed), max(x for _, x, _ in placed)
    south, north = min(y for _, _, y in placed), max(y for _, _, y in placed)
    margin = max(east - west, north - south, 100.0) * 0.06
    scale = MAP_WIDTH_PX / (east - west + 2 * margin)
    height = (north - south + 2 * margin) * scale
    dots = [
        _Dot(
            one.kind,
            round((x - west + margin) * scale, 1),
            round((north - y + margin) * scale, 1),
            f"{one.row}: {one.sentence}",
        )
        for one, x, y in placed
    ]
    length = _round_length((east - west + 2 * margin) / 5)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    return {
        "dots": dots, "width": MAP_WIDTH_PX, "height": round(height), "radius": 3.5, "text": 16,
        "scale_length": round(length * scale, 1), "scale_label": label,
    }  # fmt: skip


def _round_length(metres: float) -> float:
    """The largest of 1, 2, 5 · 10ⁿ that is not above `metres`."""
    power = 10.0 ** (len(str(int(metres))) - 1)
    return max(step * power for step in (1, 2, 5) if step * power <= metres or step == 1)
