"""Administrative dossiers as an event log, one row for each step of a case, for the mining of procedures."""

from typing import Any

import numpy as np

from etl.demo.chance import Ints, pick
from etl.demo.days import TODAY, moments
from etl.demo.reports import add_working_minutes

# Procedure: name, share, working days allowed, steps with the desk and the usual working hours each takes.
_RECEIVE, _CHECK, _FIELD = (
    ("Tiếp nhận", "Một cửa", 1.0),
    ("Thẩm tra hồ sơ", "Chuyên viên", 14.0),
    ("Kiểm tra thực địa", "Tổ địa bàn", 20.0),
)
_SUPPLEMENT, _SIGN = ("Yêu cầu bổ sung", "Chuyên viên", 22.0), ("Ký duyệt", "Lãnh đạo phường", 9.0)
_RETURN, _REFUSE = ("Trả kết quả", "Một cửa", 4.0), ("Trả hồ sơ không giải quyết", "Một cửa", 6.0)
_TAX = ("Chuyển thông tin thuế", "Cơ quan thuế", 26.0)
_PROCEDURES = {
    "cap_phep_xay_dung": (0.3, 15),
    "dang_ky_bien_dong_dat_dai": (0.34, 10),
    "tach_hop_thua": (0.16, 15),
    "dang_ky_ho_kinh_doanh": (0.2, 3),
}
_VARIANTS = {
    "thang": (0.62, (_RECEIVE, _CHECK, _FIELD, _SIGN, _RETURN)),
    "bo_sung": (0.2, (_RECEIVE, _CHECK, _SUPPLEMENT, _CHECK, _FIELD, _SIGN, _RETURN)),
    "thue": (0.1, (_RECEIVE, _CHECK, _FIELD, _TAX, _SIGN, _RETURN)),
    "tu_choi": (0.08, (_RECEIVE, _CHECK, _REFUSE)),
}


def dossier_columns(parcel: list[str | None], ward: list[str], rng: np.random.Generator) -> dict[str, Any]:
    """Columns of the event log: one case for each of `parcel` in `ward`; steps after today have not happened."""
    count = len(parcel)
    procedure = pick(rng, {name: one[0] for name, one in _PROCEDURES.items()}, count)
    variant = pick(rng, {name: one[0] for name, one in _VARIANTS.items()}, count)
    steps = {name: len(one[1]) for name, one in _VARIANTS.items()}
    lengths = np.array([steps[one] for one in variant.tolist()])
    case = np.repeat(np.arange(count), lengths)
    nth = np.arange(len(case)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    step = [_VARIANTS[name][1][k] for name, k in zip(variant[case].tolist(), nth.tolist(), strict=True)]
    speed = {name: one[1] / 15 for name, one in _PROCEDURES.items()}
    pace = np.array([speed[one] for one in procedure.tolist()])[case] * np.exp(rng.normal(0, 0.45, len(case)))
    minutes = np.maximum(np.array([one[2] for one in step]) * 60 * pace, 5).astype(np.int64)
    opened = TODAY.astype("datetime64[m]") - rng.integers(3 * 1440, 400 * 1440, count).astype("timedelta64[m]")
    opened = add_working_minutes(opened, np.full(count, 1))
    elapsed = _running_total(minutes, nth)
    done = add_working_minutes(opened[case], elapsed)
    allowed = {name: one[1] * 480 for name, one in _PROCEDURES.items()}
    due = add_working_minutes(opened, np.array([allowed[one] for one in procedure.tolist()]))
    happened = np.flatnonzero(done <= TODAY.astype("datetime64[m]"))
    return {
        "case_id": [f"HS-{k + 1:06d}" for k in case[happened].tolist()],
        "procedure": procedure[case][happened],
        "ward_code": [ward[k] for k in case[happened].tolist()],
        "parcel_ref": [parcel[k] for k in case[happened].tolist()],
        "activity": [step[k][0] for k in happened.tolist()],
        "resource": [step[k][1] for k in happened.tolist()],
        "completed_at": moments(done[happened]),
        "due_at": moments(due[case][happened]),
    }


def _running_total(minutes: Ints, nth: Ints) -> Ints:
    total = np.cumsum(minutes)
    starts = np.flatnonzero(nth == 0)
    before = total[starts] - minutes[starts]
    return np.asarray(total - np.repeat(before, np.diff(np.append(starts, len(nth)))))
