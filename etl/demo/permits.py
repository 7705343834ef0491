"""Building permits in all states: those of new buildings follow the building's fate, others stand for themselves."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.demo.blocks import Ground
from etl.demo.buildings import STOREY_M, Buildings, overhang
from etl.demo.chance import Bools, Floats, Ints
from etl.demo.days import TODAY, Days, between, dates, span
from etl.demo.names import people
from etl.demo.parcels import areas, polygons
from etl.demo.site import Site
from etl.demo.wards import NEW_WARDS

# Permits that belong to no new building, as shares of all parcels, by status.
_LONE = {
    "hoan_thanh": 0.03,
    "da_cap": 0.006,
    "da_khoi_cong": 0.004,
    "het_han": 0.004,
    "dang_xet": 0.006,
    "tu_choi": 0.002,
    "thu_hoi": 0.001,
}
_STATUS = {"expired": "het_han", "not_started": "da_cap", "revoked": "thu_hoi"}
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Permits:
    """Arrays over the permits; `building` is -1 for those of no new building, days are not-a-time where unknown."""

    parcel: Ints
    building: Ints
    frames: Floats
    storeys: Ints
    status: Any
    issued: Days
    received: Days
    noticed: Days
    expires: Days
    work: Any

    def __len__(self) -> int:
        return len(self.parcel)

    @property
    def number(self) -> list[str]:
        """Permit numbers, which say that they are invented."""
        return [f"{k + 1:06d}/GPXD-MẪU" for k in range(len(self))]


def make_permits(site: Site, buildings: Buildings, rng: np.random.Generator) -> Permits:
    """All permits of the city."""
    bound, lone = _of_buildings(site, buildings, rng), _lone(site, buildings, rng)
    pairs = zip(vars(bound).values(), vars(lone).values(), strict=True)
    return Permits(*(np.concatenate(pair) for pair in pairs))


def _of_buildings(site: Site, buildings: Buildings, rng: np.random.Generator) -> Permits:
    chosen = np.flatnonzero(~np.isin(buildings.fate, ("existing", "greenhouse", "exempt", "unpermitted")))
    fate, seen, place = buildings.fate[chosen], buildings.first_seen[chosen], buildings.place[chosen]
    exceeding, count = fate == "exceeding_footprint", len(chosen)
    # The permitted outline is a hand wider than what was built, or leaves out the building's rear third or more.
    grow = np.where(exceeding, 0.0, 0.012)
    beyond = np.maximum(rng.uniform(0.3, 0.45, count), overhang(buildings.frames[chosen]))
    back = np.where(exceeding, place[:, 3] - beyond * (place[:, 3] - place[:, 2]), place[:, 3] + 0.012)
    outline = site.parcels[buildings.parcel[chosen]].inner(
        np.maximum(place[:, 0] - grow, 0), np.minimum(place[:, 1] + grow, 1), np.maximum(place[:, 2] - grow, 0), back
    )
    storeys = buildings.storeys[chosen] - (fate == "exceeding_storeys")
    lead = np.select(
        [fate == "expired", fate == "not_started"],
        [rng.integers(800, 1200, count), rng.integers(460, 760, count)],
        rng.integers(90, 330, count),
    )
    issued = seen - span(lead)
    noticed = np.where(fate == "not_started", _NEVER, issued + span(rng.integers(10, 80, count)))
    # A permit ends when the works should: two years on, or earlier than the building that came too late.
    expires = np.where(
        fate == "expired", issued + span(730), np.where(fate == "not_started", issued + span(365), issued + span(1095))
    )
    finished = np.where(TODAY - seen > np.timedelta64(150, "D"), "hoan_thanh", "da_khoi_cong")
    status = np.select([fate == one for one in _STATUS], list(_STATUS.values()), finished)
    received = issued - span(rng.integers(8, 21, count))
    work = _work_types(buildings.kind[chosen], rng)
    return Permits(buildings.parcel[chosen], chosen, outline, storeys, status, issued, received, noticed, expires, work)


def _lone(site: Site, buildings: Buildings, rng: np.random.Generator) -> Permits:
    """Permits of old buildings, of works not begun, and applications."""
    ground, total = site.parcels.ground, len(site.parcels)
    without_new = np.ones(total, dtype=bool)
    without_new[buildings.parcel[buildings.new]] = False
    pool = rng.permutation(np.flatnonzero(without_new & np.isin(ground, (Ground.DENSE, Ground.VILLA))))
    wanted = [max(int(total * share), 3) for share in _LONE.values()]
    parcel = pool[: sum(wanted)]
    status = np.repeat(list(_LONE), wanted)[: len(parcel)]
    count = len(parcel)
    a, b = rng.random((2, count))
    outline = site.parcels[parcel].inner(0.03 + 0 * a, 0.97 + 0 * a, 0.03 + 0.1 * a, 0.65 + 0.25 * b)
    issued = _issue_days(status, rng)
    begun = np.isin(status, ("hoan_thanh", "da_khoi_cong"))
    noticed = np.where(begun, issued + span(rng.integers(10, 120, count)), _NEVER)
    asked = between(rng, "2026-10-12", "2026-11-13", count)
    received = np.where(np.isnat(issued), asked, issued - span(rng.integers(8, 21, count)))
    expires = np.where(status == "het_han", issued + span(365), issued + span(1095))
    storeys = rng.choice([1, 2, 3, 4], count, p=[0.25, 0.35, 0.28, 0.12])
    none, works = np.full(count, -1), _work_types(np.full(count, "house"), rng)
    return Permits(parcel, none, outline, storeys, status, issued, received, noticed, expires, works)


def _issue_days(status: Any, rng: np.random.Generator) -> Days:
    count = len(status)
    spans = {
        "hoan_thanh": between(rng, "2017-02-01", "2023-06-30", count),
        "da_cap": between(rng, "2026-03-01", "2026-11-10", count),
        "da_khoi_cong": between(rng, "2026-06-01", "2026-10-15", count),
        "het_han": between(rng, "2022-01-10", "2025-06-30", count),
        "thu_hoi": between(rng, "2022-01-10", "2026-05-30", count),
    }
    return np.select([status == one for one in spans], list(spans.values()), _NEVER)


def _work_types(kind: Any, rng: np.random.Generator) -> Any:
    home = np.where(rng.random(len(kind)) < 0.15, "nha_o_kd", "nha_o")
    kinds = {"hotel": "luu_tru", "commercial": "thuong_mai", "public": "cong_cong", "religious": "khac"}
    return np.select([kind == one for one in kinds], list(kinds.values()), home)


def permit_features(
    permits: Permits,
    parcel_ref: list[str | None],
    ward: list[str],
    location: list[str | None],
    elevation: Floats,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], Any]:
    """Columns and permitted outlines of layer `building_permits`; the other arguments are per permit."""
    footprint, count = np.round(areas(permits.frames), 1), len(permits)
    extended = (rng.random(count) < 0.06) & np.isin(permits.status, ("hoan_thanh", "da_khoi_cong"))
    owners = people(rng, count)
    columns = {
        "permit_no": permits.number,
        "permit_type": np.where(rng.random(count) < 0.1, "repair", "new"),
        "permit_status": permits.status,
        "permit_date": dates(permits.issued),
        "received_on": dates(permits.received),
        "issuing_authority": _authorities(permits, ward),
        "ward_code": ward,
        "parcel_id": parcel_ref,
        "investor_name": owners,
        "work_name": [f"Nhà của {owner}" for owner in owners],
        "work_grade": np.where(permits.storeys == 1, "IV", "III"),
        "work_type": permits.work,
        "construction_location": location,
        "footprint_m2": footprint,
        "gfa_m2": np.round(footprint * permits.storeys, 1),
        "storeys": permits.storeys,
        "height_m": np.round(permits.storeys * STOREY_M + 1.2, 1),
        "ground_elevation": np.round(elevation, 1),
        # 12 months to begin, by Article 99 of the Construction Law 2014 (per extension another 12)
        "commence_by": dates(permits.issued + span(365 * (1 + extended))),
        "commencement_notice_date": dates(permits.noticed),
        "extension_count": extended.astype(int),
        "expires_on": dates(permits.expires),
    }
    return columns, polygons(permits.frames)


def _authorities(permits: Permits, ward: list[str]) -> list[str | None]:
    """Since July 2025 the ward issues (Decree 140/2025/NĐ-CP), before it the city did; None for applications."""
    by_ward: Bools = permits.issued >= np.datetime64("2025-07-01")
    rows = zip(permits.issued, by_ward.tolist(), ward, strict=True)
    return [
        None if np.isnat(day) else f"UBND {NEW_WARDS[code]}" if own else "UBND thành phố Đà Lạt"
        for day, own, code in rows
    ]
