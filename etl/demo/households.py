"""Business households with tax positions that hang together; every person, identity number and phone is impossible."""

from typing import Any

import numpy as np

from etl.demo.chance import Bools, Ints, pick
from etl.demo.days import TODAY, between, dates, span
from etl.demo.houses import Houses
from etl.demo.names import people, shops

# Revenue up to this is free of tax in 2026 (Decree 141/2026/NĐ-CP).
_FREE_REVENUE = 1_000_000_000
# VSIC code, trade in Vietnamese, opening hours, share, tax rate on revenue above the free amount.
_TRADES = (
    ("4711", "Tạp hóa", "Mo-Su 06:30-21:30", 0.22, 0.015),
    ("5610", "Quán ăn", "Mo-Su 06:00-14:00", 0.2, 0.045),
    ("5630", "Cà phê", "Mo-Su 07:00-22:00", 0.17, 0.045),
    ("5510", "Nhà nghỉ", "24/7", 0.13, 0.07),
    ("4773", "Cửa hàng hoa", "Mo-Su 07:00-19:00", 0.08, 0.015),
    ("4771", "Thời trang", "Mo-Su 08:00-21:00", 0.08, 0.015),
    ("9602", "Cắt tóc", "Tu-Su 08:00-19:30", 0.05, 0.07),
    ("4543", "Sửa xe máy", "Mo-Sa 07:30-18:00", 0.04, 0.045),
    ("4772", "Nhà thuốc", "Mo-Su 07:00-21:00", 0.03, 0.015),
)
_CLASSES = ((0, "khong_no"), (29, "duoi_30"), (60, "30_60"), (90, "60_90"))


def debt_class(days: int) -> str:
    """The class of a debt that is `days` overdue; no debt for 0."""
    return next((name for limit, name in _CLASSES if days <= limit), "tren_90")


def household_features(houses: Houses, count: int, rng: np.random.Generator) -> tuple[dict[str, Any], Any]:
    """Columns and points of layer `business_households`: `count` households in as many of the houses."""
    chosen = rng.permutation(len(houses))[:count]
    count = len(chosen)
    trade = rng.choice(len(_TRADES), count, p=[one[3] for one in _TRADES])
    status = pick(rng, {"hoat_dong": 0.84, "tam_ngung": 0.07, "cham_dut": 0.04, "chua_xac_minh": 0.05}, count)
    persons = _identity_numbers(rng, count)
    verified = status != "chua_xac_minh"
    visited = verified & (rng.random(count) < 0.45)
    visit = dates(np.where(visited, between(rng, "2025-11-01", "2026-11-10", count), np.datetime64("NaT", "D")))
    refs, texts = houses.ref, houses.text
    wards = [houses.ward[k] for k in chosen.tolist()]
    columns = {
        "business_reg_no": [f"MAU-{k + 1:07d}" for k in range(count)],
        "business_name": shops(rng, [_TRADES[k][1] for k in trade]),
        "business_status": status,
        "vsic_code": [_TRADES[k][0] for k in trade],
        "vsic_version": ["VSIC 2025"] * count,
        "business_location": [texts[k] for k in chosen.tolist()],
        "house_number_id": [refs[k] for k in chosen.tolist()],
        "ward_code": wards,
        "registration_date": dates(between(rng, "2009-03-01", "2026-10-15", count)),
        "opening_hours": [_TRADES[k][2] for k in trade],
        "owner_name": people(rng, count),
        "owner_id_no": persons,
        "tax_code": persons,
        # 0263 numbers start with 3: none with 0 can be dialled.
        "phone": [f"0263 0{k // 1000:03d} {k % 1000:03d}" for k in range(count)],
        "registered_capital": rng.integers(2, 60, count) * 10_000_000,
        "tax_officer": [f"Cán bộ thuế {ward[-3:]}-{k % 3 + 1} (mẫu)" for k, ward in enumerate(wards)],
        "last_visit_on": visit,
        "visit_result": _visit_results(visited, rng),
        "location_verified": verified,
    }
    return columns | _tax(trade, rng), houses.points[chosen]


def _visit_results(visited: Bools, rng: np.random.Generator) -> list[str | None]:
    found = pick(rng, {"dung_dia_chi": 0.8, "dong_cua": 0.12, "hen_lai": 0.08}, len(visited))
    return [one if seen else None for one, seen in zip(found.tolist(), visited.tolist(), strict=True)]


def _identity_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """12 digits that no person has, for no province has the number 099; then sex, year of birth, a counter."""
    sex = rng.integers(0, 2, count)
    year = rng.integers(58, 100, count)
    return [f"099{s}{y:02d}{k + 1:06d}" for k, (s, y) in enumerate(zip(sex.tolist(), year.tolist(), strict=True))]


def _tax(trade: Ints, rng: np.random.Generator) -> dict[str, Any]:
    """Revenue, tax, and for about a fifth a debt whose days, class, due date and late fee agree."""
    count = len(trade)
    revenue = np.round(np.exp(rng.normal(np.log(620e6), 0.75, count)) / 1e6).astype(np.int64) * 1_000_000
    rate = np.array([one[4] for one in _TRADES])[trade]
    payable = np.round(np.maximum(revenue - _FREE_REVENUE, 0) * rate / 1000).astype(np.int64) * 1000
    # Who pays no tax in 2026 can still owe the lump sum of 2025 or earlier.
    recent = (payable > 0) & (rng.random(count) < 0.45)
    earlier = ~recent & (rng.random(count) < 0.09)
    days = np.select([recent, earlier], [rng.choice(_QUARTERS, count), rng.integers(335, 900, count)], 0)
    owed = np.select(
        [recent, earlier], [payable * rng.uniform(0.15, 0.5, count), rng.integers(1, 40, count) * 300_000.0], 0.0
    )
    debt = np.where(days > 0, np.maximum(np.round(owed / 1000), 1) * 1000, 0).astype(np.int64)
    usual = np.datetime64("2027-02-01")
    return {
        "annual_revenue": revenue,
        "tax_method": np.where(rng.random(count) < 0.95, "ke_khai", "tung_lan"),
        "tax_payable": payable,
        "tax_debt": debt,
        # 0.03 % for each day (figure of 2021, to be checked against the law of 2026)
        "late_fee": np.round(debt * 0.0003 * days).astype(np.int64),
        "due_date": dates(np.where(days > 0, TODAY - span(days), usual)),
        "debt_days": days,
        "debt_class": [debt_class(day) for day in days.tolist()],
    }


# Days overdue of the instalments of 2026, some of which had their term put off.
_QUARTERS = np.array([12, 15, 22, 28, 38, 46, 55, 68, 76, 84, 107, 107, 199])
