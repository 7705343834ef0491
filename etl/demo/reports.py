"""Citizens' reports with deadlines in working time; status, times and answers agree with each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.demo.chance import Bools, Floats, Ints, pick
from etl.demo.days import TODAY, Days, moments
from etl.demo.names import people

_KINDS = {
    "giao_thong_ha_tang": (0.18, "Mặt đường hư hỏng, có ổ gà nguy hiểm", "Phòng Kinh tế, Hạ tầng"),
    "moi_truong_rac": (0.17, "Rác thải tồn đọng nhiều ngày chưa thu gom", "Đơn vị môi trường đô thị"),
    "do_thi_via_he": (0.12, "Hàng quán lấn chiếm vỉa hè, người đi bộ phải xuống lòng đường", "Đội trật tự đô thị"),
    "trat_tu_xay_dung": (0.1, "Công trình đang xây có dấu hiệu chưa thông báo khởi công", "Phòng Kinh tế, Hạ tầng"),
    "chieu_sang": (0.09, "Đèn đường không sáng vào buổi tối", "Đơn vị chiếu sáng công cộng"),
    "cap_thoat_nuoc": (0.09, "Cống nghẹt, nước tràn ra đường sau mưa", "Đơn vị cấp thoát nước"),
    "an_ninh_trat_tu": (0.06, "Tụ tập gây ồn về khuya", "Công an phường"),
    "cay_xanh": (0.06, "Cây xanh nghiêng, cành khô có nguy cơ gãy", "Đơn vị công viên cây xanh"),
    "dat_dai": (0.04, "Hỏi về ranh giới và mục đích sử dụng đất", "Văn phòng đăng ký đất đai"),
    "rung_chay_rung": (0.03, "Phát hiện khói gần bìa rừng", "Hạt Kiểm lâm"),
    "kinh_doanh_du_lich": (0.03, "Dịch vụ không niêm yết giá", "Phòng Văn hóa"),
    "an_toan_thuc_pham": (0.02, "Quán ăn có dấu hiệu không bảo đảm vệ sinh", "Phòng Văn hóa"),
    "hanh_chinh_cong": (0.01, "Hồ sơ chậm trả kết quả", "Trung tâm phục vụ hành chính công"),
}
_STATUS = {
    "moi": 0.04, "tiep_nhan": 0.04, "tu_choi": 0.05, "xac_minh": 0.05, "phan_cong": 0.04, "dang_xu_ly": 0.12,
    "cho_bo_sung": 0.03, "da_xu_ly": 0.2, "cong_khai": 0.22, "dong": 0.19, "mo_lai": 0.02,
}  # fmt: skip
_FINISHED = ("da_xu_ly", "cong_khai", "dong")
# Working time allowed, in minutes of an 8-hour day: urgent as in Hanoi's Decision 1207/QĐ-UBND, the others assumed.
_ALLOWED = {"khan": 4 * 60, "binh_thuong": 7 * 480, "phuc_tap": 15 * 480}
_UTC_OFFSET = np.timedelta64(7 * 60, "m")
_NEVER = np.datetime64("NaT", "m")


def add_working_minutes(start: Days, minutes: NDArray[np.int64]) -> Days:
    """The local times `minutes` of working time after `start`: Monday to Friday, 07:30–11:30 and 13:30–17:30."""
    day = start.astype("datetime64[D]")
    clock = (start.astype("datetime64[m]") - day.astype("datetime64[m]")).astype(np.int64)
    worked = np.clip(clock - 450, 0, 240) + np.clip(clock - 810, 0, 240)
    worked = np.where(np.is_busday(day), worked, 0)
    total = worked + minutes
    # A deadline at the end of a day belongs to that day, not to the next morning.
    days, rest = np.divmod(total - 1, 480)
    rest = rest + 1
    due = np.busday_offset(day, days, roll="forward")
    after_lunch = np.where(rest > 240, 810 - 240, 450)
    return np.asarray(due.astype("datetime64[m]") + (rest + after_lunch).astype("timedelta64[m]"))


def sow_reports(houses: Floats, count: int, rng: np.random.Generator) -> tuple[Ints, Floats, list[bool]]:
    """`count` reports near houses: the house of each, the place beside it, and whether it belongs to a hot spot.

    A fifth lies within 90 m of some four sown centres; the rest follows the houses evenly.
    """
    house = rng.integers(0, len(houses), count)
    hot = rng.random(count) < 0.2
    centres = houses[rng.integers(0, len(houses), max(count // 220, 3))]
    near = [np.flatnonzero(np.linalg.norm(houses - centre, axis=1) < 90) for centre in centres]
    for k in np.flatnonzero(hot).tolist():
        around = near[k % len(near)]
        house[k] = around[int(rng.integers(0, len(around)))]
    return house, houses[house] + rng.normal(0, 3, (count, 2)), hot.tolist()


def report_features(
    points: Floats, ward: list[str], places: list[str], hot: list[bool], rng: np.random.Generator
) -> tuple[dict[str, Any], Floats]:
    """Columns and points of layer `report_points`: one report for each of `points` in `ward` at the named `places`.

    Column `hot` tells, in the order of the others, which belong to a hot spot; the layer does not declare it.
    """
    count = len(points)
    kind = pick(rng, {name: one[0] for name, one in _KINDS.items()}, count)
    severity = np.where(
        kind == "rung_chay_rung", "khan", pick(rng, {"binh_thuong": 0.8, "phuc_tap": 0.15, "khan": 0.05}, count)
    )
    status = pick(rng, _STATUS, count)
    received, due, resolved = _times(severity, status, rng)
    order = received.argsort(kind="stable")
    finished = np.isin(status, _FINISHED)
    public = (
        np.isin(status, ("cong_khai", "dong", "dang_xu_ly", "da_xu_ly"))
        & (rng.random(count) < 0.9)
        & (kind != "dat_dai")
    )
    answers = {True: "Đã kiểm tra và xử lý xong. Cảm ơn phản ánh của công dân.", False: None}
    satisfied = np.where(
        finished & (rng.random(count) < 0.5), rng.choice([2, 3, 4, 5], count, p=[0.1, 0.2, 0.4, 0.3]), 0
    )
    text = [f"{_KINDS[one][1]}, khu vực đường {place}." for one, place in zip(kind.tolist(), places, strict=True)]
    columns: dict[str, list[Any]] = {
        "report_category": kind.tolist(),
        "report_severity": severity.tolist(),
        "report_status": status.tolist(),
        "public_content": text,
        "report_content": [
            f"{one} Liên hệ tôi qua số 0263 0{k // 1000:03d} {k % 1000:03d}." for k, one in enumerate(text)
        ],
        "is_public": public.tolist(),
        "received_at": moments(received - _UTC_OFFSET),
        "due_at": moments(due - _UTC_OFFSET),
        "resolved_at": moments(resolved - _UTC_OFFSET),
        "assigned_unit": _units(kind, status),
        "ward_code": ward,
        "answer": [answers[one] for one in finished.tolist()],
        "answer_public": (finished & public).tolist(),
        "satisfaction": [one or None for one in satisfied.tolist()],
        "hot": hot,
        "reporter_name": people(rng, count),
        "reporter_phone": [f"0263 0{k // 1000:03d} {k % 1000:03d}" for k in range(count)],
    }
    columns = {name: [values[k] for k in order] for name, values in columns.items()}
    # Codes in the order of arrival, as a counter gives them.
    return {"report_code": [f"PA-{k + 1:06d}" for k in range(count)], **columns}, points[order]


def _units(kind: Any, status: Any) -> list[str | None]:
    waiting = np.isin(status, ("moi", "tiep_nhan", "tu_choi", "xac_minh"))
    return [None if idle else _KINDS[one][2] for one, idle in zip(kind.tolist(), waiting.tolist(), strict=True)]


def _times(severity: Any, status: Any, rng: np.random.Generator) -> tuple[Days, Days, Days]:
    """Local times of reception, deadline and resolution: the unfinished came lately, nothing lies in the future."""
    count = len(status)
    finished: Bools = np.isin(status, _FINISHED)
    back = np.where(finished, rng.integers(25 * 1440, 330 * 1440, count), rng.integers(60, 22 * 1440, count))
    now = TODAY.astype("datetime64[m]") + np.timedelta64(10 * 60, "m")
    received = now - np.where(status == "moi", np.minimum(back, rng.integers(30, 1400, count)), back).astype(
        "timedelta64[m]"
    )
    allowed = np.select([severity == one for one in _ALLOWED], list(_ALLOWED.values()))
    due = add_working_minutes(received, allowed)
    used = np.maximum((allowed * rng.gamma(4.0, 0.17, count)).astype(np.int64), 30)
    done = np.minimum(add_working_minutes(received, used), now - np.timedelta64(60, "m"))
    refused = status == "tu_choi"
    return received, np.where(refused, _NEVER, due), np.where(finished, done, _NEVER)
