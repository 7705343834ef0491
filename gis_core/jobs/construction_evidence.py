"""The card of a flag: what was found of the building, its permit, parcel, zone, forest and surroundings, as JSON.

Every card has every member; what nobody knows is null or an empty list, and named under `missing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gis_core.jobs.construction_exemption import EXEMPTION
from gis_core.jobs.construction_flags import Decision, Facts
from gis_core.jobs.construction_rules import TRUE, UNKNOWN, Ints, Rules
from gis_core.jobs.construction_score import Score
from gis_core.jobs.construction_selection import DATASETS, Buildings
from gis_core.jobs.construction_surroundings import Register

MOST = 5
"""Permits, reports and earlier flags that a card names."""


@dataclass(frozen=True)
class Scene:
    """All that the cards tell of: facts and decisions as arrays, rows of layers by building (position) or by id."""

    buildings: Buildings
    area: Any
    reach: float
    facts: Facts
    decision: Decision
    score: Score
    rules: Rules
    forest: Mapping[int, Mapping[str, Any]]
    parcel: Ints
    parcels: Mapping[int, Sequence[Mapping[str, Any]]]
    purposes: Mapping[int, Sequence[tuple[str, float]]]
    zones: Mapping[int, Sequence[Mapping[str, Any]]]
    register: Register
    permits_near: Sequence[Sequence[tuple[int, float]]]
    reports: Sequence[Sequence[tuple[Any, float]]]
    earlier: Sequence[Sequence[tuple[Any, float]]]
    cameras: Mapping[int, Sequence[Mapping[str, Any]]]
    contradictions: Mapping[str, Any]


def card(scene: Scene, k: int, why: Mapping[str, str]) -> dict[str, Any]:
    """The card of the building at position `k`; `why` are the sentences on it by language."""
    facts = scene.facts
    return {
        "building": _building(scene, k),
        "distance_m": _metres(facts.forest.nearest[k]),
        "overlap_m2": _rounded(facts.forest.largest_overlap[k]),
        "reach_m": scene.reach,
        "types": scene.decision.types_of(k),
        "forest": forests(scene, k),
        "contradictions": [name for name, holds in scene.contradictions.items() if holds[k]],
        "parcel": _parcel(scene, k),
        "land_use": {"conflict": tri(facts.land.conflict[k]), "buildable_m2": _rounded(facts.land.buildable[k])},
        "permit": permit(scene, k),
        "permits_near": [_permit_near(scene, j, metres) for j, metres in scene.permits_near[k]],
        "exemption": _exemption(scene, k),
        "zones": [_zone(row) for row in scene.zones.get(k, ())],
        "zone_conflicts": zone_conflicts(scene, k),
        "reports": [_report(row, metres) for row, metres in scene.reports[k]],
        "cameras": list(scene.cameras.get(k, ())),
        "earlier_flags": [
            {"flag_code": row["code"], "status": row["status"], "distance_m": metres}
            for row, metres in scene.earlier[k]
        ],
        "missing": [name for name, holds in scene.decision.missing.items() if holds[k]],
        "why": dict(why),
    }


def score_parts(scene: Scene, k: int) -> dict[str, float]:
    """The parts of the score of the building at position `k`, each at most 1."""
    return {name: float(part[k]) for name, part in scene.score.parts.items()}


def tri(value: float) -> bool | None:
    """One of three values as JSON has it; None for unknown."""
    return None if value == UNKNOWN else bool(value == TRUE)


def forests(scene: Scene, k: int) -> list[dict[str, Any]]:
    """What each forest dataset within reach says of the building at position `k`, the nearest first."""
    found = []
    for name in DATASETS:
        metres = scene.facts.forest.distance[name][k]
        if np.isfinite(metres):
            row = scene.forest.get(int(scene.facts.forest.forest[name][k]), {})
            found.append({
                "dataset": name, "distance_m": _metres(metres),
                "overlap_m2": _rounded(scene.facts.forest.overlap[name][k]),
                "forest_id": row.get("id"), "function": row.get("forest_function"),
                "compartment": row.get("forest_compartment"), "subcompartment": row.get("forest_subcompartment"),
                "plot": row.get("forest_plot"), "owner": row.get("forest_owner"),
                "source_class": row.get("source_class"),
            })  # fmt: skip
    return sorted(found, key=lambda one: (one["distance_m"], -one["overlap_m2"]))


def permit(scene: Scene, k: int) -> dict[str, Any]:
    """What the permits say of the building at position `k`."""
    match, j = scene.facts.permits, int(scene.facts.permits.permit[k])
    told: dict[str, Any] = {"verdict": None if scene.facts.greenhouse[k] else str(match.verdict[k])}
    if j < 0:
        return told | {"permit_no": None}
    permits = scene.register.permits
    return told | {
        "permit_no": scene.register.number[j], "status": str(permits.status[j]), "issued": _day(permits.issued[j]),
        "start_by": _day(permits.start_by[j]), "noticed": _day(permits.noticed[j]), "expires": _day(permits.expires[j]),
        "storeys": _rounded(permits.storeys[j]), "footprint_m2": _rounded(permits.area[j]),
        "excess_m2": _rounded(match.excess[k]), "by_parcel": bool(match.by_parcel[k]),
        "issued_after_first_seen": bool(permits.issued[j] > scene.facts.seen[k]),
    }  # fmt: skip


def zone_conflicts(scene: Scene, k: int) -> list[str]:
    """In what the building at position `k` goes against the zones it stands in, by name."""
    buildable = {
        code for name in ("LAND-BUILDABLE", "LAND-CONDITIONAL") for code in scene.rules[name].condition["uses"]
    }
    storeys, green = scene.facts.storeys[k], scene.facts.greenhouse[k]
    found: dict[str, None] = {}
    for row in scene.zones.get(k, ()):
        if row["land_use_code"] and row["land_use_code"] not in buildable and not green:
            found["planned_use"] = None
        if row["floors_max"] is not None and storeys > row["floors_max"]:
            found["storeys"] = None
    return list(found)


def _building(scene: Scene, k: int) -> dict[str, Any]:
    built = scene.buildings
    return {
        "id": int(built.id[k]), "source": str(built.source[k]), "source_ref": str(built.ref[k]) or None,
        "kind": str(built.kind[k]) or None, "area_m2": _rounded(scene.area[k]), "storeys": _rounded(built.storeys[k]),
        "height_m": _rounded(built.height[k]), "first_seen_on": _day(built.seen[k]),
    }  # fmt: skip


def _parcel(scene: Scene, k: int) -> dict[str, Any] | None:
    rows = scene.parcels.get(k, ())
    if not rows:
        return None
    main = rows[0]
    return {
        "id": main["parcel"], "parcel_uid": main["parcel_uid"], "sheet": main["map_sheet_no"],
        "number": main["parcel_no"], "overlap_m2": _rounded(main["overlap"]),
        "purposes": [{"code": code, "area_m2": _rounded(area)} for code, area in scene.purposes.get(k, ())],
        "others": [row["parcel_uid"] for row in rows[1:] if row["overlap"] >= 1],
    }  # fmt: skip


def _exemption(scene: Scene, k: int) -> dict[str, Any]:
    found = scene.facts.exemption
    deciding = found.rules[found.deciding[k]] if found.deciding[k] >= 0 else None
    return {
        "state": EXEMPTION[float(found.state[k])],
        "law_of": _day(scene.facts.seen[k]),
        "rule": deciding and deciding.rule,
        "clause": deciding and deciding.clause,
        "legal_basis": deciding and deciding.legal_basis,
        "verified": deciding and deciding.verified,
    }


def _permit_near(scene: Scene, j: int, metres: float) -> dict[str, Any]:
    return {
        "permit_no": scene.register.number[j], "status": str(scene.register.permits.status[j]), "distance_m": metres
    }  # fmt: skip


def _zone(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "plan": row["plan_code"], "level": row["plan_level"], "decision": row["decision_no"],
        "zone": row["zone_symbol"], "planned_use": row["land_use_code"], "function": row["zone_function"],
        "storeys_most": row["floors_max"],
        "architecture_regulated": row["architecture_regulated"], "overlap_m2": _rounded(row["overlap"]),
    }  # fmt: skip


def _report(row: Mapping[str, Any], metres: float) -> dict[str, Any]:
    return {
        "report_code": row["code"], "category": row["category"], "received_on": row["day"].isoformat(),
        "distance_m": metres,
    }  # fmt: skip


def _day(day: Any) -> str | None:
    return None if np.isnat(day) else str(day)


def _rounded(value: float | None) -> float | None:
    return round(float(value), 2) if value is not None and np.isfinite(value) else None


def _metres(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None
