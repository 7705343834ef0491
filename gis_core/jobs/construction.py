"""The job `unpermitted-construction`: new buildings in or near forest, each with what speaks for a check by people."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, func, select

from gis_core.errors import BadRequest
from gis_core.jobs.construction_evidence import Scene, card, score_parts, tri
from gis_core.jobs.construction_exemption import EXEMPTION
from gis_core.jobs.construction_reasons import Names, read_names, why_flagged, why_let_be
from gis_core.jobs.construction_rules import Bools, Rules, read_rules, tolerances
from gis_core.jobs.construction_scene import functions, make_scene
from gis_core.jobs.construction_selection import (
    DATASETS,
    Area,
    Buildings,
    NearForest,
    first_survey,
    forest_datasets,
    near_forest,
    read_buildings,
)
from gis_core.jobs.construction_store import (
    decided,
    forget_other_rejections,
    store_flags,
    store_rejections,
    withdraw_others,
)
from gis_core.jobs.job import Desk, Job, Progress
from gis_core.layer import Text
from gis_core.query import CITY_TIME

CHUNK = 4_000
"""Rows written by one statement: in between, progress is told and a dismissal heard."""
_LOCK = 5899_0013
"""Key of the advisory lock under which one run at a time writes flags."""
_SCREENING = Text(
    "Khoảng cách đến rừng là tham số sàng lọc, không phải quy định pháp luật. Nghi vấn do máy lập, chỉ con người kết "
    "luận.",
    "The distance to forest is a screening parameter, not law. Flags are candidates: only people decide.",
)


class UnpermittedConstruction(BaseModel):
    """Which buildings are looked at; all inputs may be left out."""

    model_config = ConfigDict(extra="forbid")

    distance_m: float = Field(
        30.0, ge=0, le=500,
        title="Khoảng cách sàng lọc đến rừng (m), không phải quy định pháp luật · "
        "Screening distance to forest (m), not law",
    )  # fmt: skip
    ward: str | None = Field(None, title="Mã phường, xã · Ward code", pattern="^[0-9]{5}$")
    since: date | None = Field(
        None,
        title="Công trình thấy lần đầu từ ngày, mặc định sau đợt khảo sát đầu tiên · "
        "First seen on or after, by default after the first survey",
    )
    day: date | None = Field(None, title="Thửa đất theo ngày, mặc định hôm nay · Parcels as of, by default today")


@dataclass(frozen=True)
class Asked:
    """The inputs, and the wards that they are about (None: all)."""

    inputs: UnpermittedConstruction
    wards: tuple[str, ...] | None


def ready(inputs: UnpermittedConstruction, desk: Desk) -> Asked:
    """The inputs with the wards in charge. Raises `BadRequest` where an inspector asks for somebody else's ward."""
    own = desk.who.wards if desk.who.role == "inspector" else None
    if inputs.ward is None:
        return Asked(inputs, own)
    if own is not None and inputs.ward not in own:
        raise BadRequest(
            f"ward: {inputs.ward} không thuộc địa bàn của bạn. · ward: {inputs.ward} is not one of your wards."
        )
    return Asked(inputs, (inputs.ward,))


def find(connection: Connection, asked: Asked, progress: Progress) -> dict[str, Any]:
    """The run's summary; the flags are features of layer `construction_flags`, the others of `construction_rejections`.

    A second run writes what differs and nothing else; what a person has decided stays.
    """
    inputs = asked.inputs
    # Two runs at once would both add the same flags: the second waits for the first.
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    area = Area(inputs.distance_m, asked.wards, inputs.day or datetime.now(CITY_TIME).date())
    rules = read_rules(connection)
    progress(0.02, Text("Tìm công trình trong và gần rừng", "finding buildings in and near forest"))
    kinds, uses = rules["FOREST-FUNCTIONS"].condition["functions"], rules["LAND-FOREST"].condition["uses"]
    near = near_forest(connection, area, kinds, uses)
    progress(0.35, Text("Đọc công trình", "reading the buildings"))
    since = inputs.since or _after_first_survey(connection, rules)
    every = read_buildings(connection, np.unique(near.building))
    chosen = np.isnat(every.seen) | (every.seen >= np.datetime64(since or date.min))
    present = forest_datasets(connection, kinds)
    scene = make_scene(connection, area, near, every.where(chosen), rules, "quy_hoach" in present, progress)
    written = _write(connection, scene, asked.wards, progress)
    return {
        "day": area.day.isoformat(), "distance_m": area.reach, "since": since and since.isoformat(),
        "wards": asked.wards and list(asked.wards), "near_forest": _relations(near, area.reach),
        "looked_at": int(chosen.sum()), **written, **_summary(scene, every, chosen, present),
        "notice": f"{_SCREENING.vi} · {_SCREENING.en}",
    }  # fmt: skip


def _after_first_survey(connection: Connection, rules: Rules) -> date | None:
    first = first_survey(connection, tolerances(rules).first_survey_share)
    return first and first + timedelta(days=1)


def _write(
    connection: Connection, scene: Scene, wards: Sequence[str] | None, progress: Progress
) -> dict[str, Any]:  # fmt: skip
    names, codes = read_names(connection), flag_codes(scene.buildings)
    flagged, let_be = np.flatnonzero(scene.decision.flagged), np.flatnonzero(~scene.decision.flagged)
    kinds = functions(scene.facts.forest, scene.forest, scene.parcels)
    added = changed = 0
    for start in range(0, len(flagged), CHUNK):
        progress(0.75 + 0.2 * start / len(flagged), Text("Lưu nghi vấn", "storing flags"))
        rows = [_flag(scene, k, codes[k], str(kinds[k]), names) for k in flagged[start : start + CHUNK].tolist()]
        new, other = store_flags(connection, rows)
        added, changed = added + new, changed + other
    for start in range(0, len(let_be), CHUNK):
        progress(0.95, Text("Lưu danh sách đã loại", "storing the rejected"))
        store_rejections(
            connection, [_rejection(scene, k, codes[k], names) for k in let_be[start : start + CHUNK].tolist()]
        )
    ours = [codes[k] for k in flagged.tolist()]
    forget_other_rejections(connection, [codes[k] for k in let_be.tolist()], wards)
    return {
        "flags": len(ours), "added": added, "changed": changed, "withdrawn": withdraw_others(connection, ours, wards),
        "decided_by_people": decided(connection, ours),
    }  # fmt: skip


def flag_codes(buildings: Buildings) -> list[str]:
    """A code for each building that is the same at every run and after every load of the same source."""
    keys = zip(buildings.source.tolist(), buildings.ref.tolist(), buildings.id.tolist(), strict=True)
    return [
        "NV-" + hashlib.sha256(f"{source}|{ref or number}".encode()).hexdigest()[:12].upper()
        for source, ref, number in keys
    ]


def _found(scene: Scene, k: int, why: Mapping[str, str]) -> dict[str, Any]:
    facts, green = scene.facts, bool(scene.facts.greenhouse[k])
    return {
        "building_id": int(scene.buildings.id[k]), "ward_code": str(scene.buildings.ward[k]) or None,
        "permit_match": None if green else str(facts.permits.verdict[k]),
        "exemption": None if green else EXEMPTION[float(facts.exemption.state[k])],
        "land_use_conflict": tri(facts.land.conflict[k]),
        "distance_to_forest_m": round(float(facts.forest.nearest[k]), 3),
        "overlap_forest_m2": round(float(facts.forest.largest_overlap[k]), 2),
        "reason_vi": why["vi"], "reason_en": why["en"],
    }  # fmt: skip


def _flag(scene: Scene, k: int, code: str, kind: str, names: Names) -> dict[str, Any]:
    why, check = why_flagged(scene, k, names), bool(scene.decision.needs_check[k])
    return _found(scene, k, why) | {
        "flag_code": code, "flag_type": str(scene.decision.primary[k]),
        "flag_types": " ".join(scene.decision.types_of(k)),
        # Screened: every fact was at hand. A candidate lacks some and needs a check of its facts first.
        "flag_status": "candidate" if check else "screened",
        "needs_check": check, "grade": str(scene.score.grade[k]), "score": float(scene.score.score[k]),
        "parcel_id": int(scene.parcel[k]) if scene.parcel[k] >= 0 else None,
        "forest_function": kind or None, "forest_sources": _sources(scene, k), "score_parts": score_parts(scene, k),
        "evidence": card(scene, k, why),
    }  # fmt: skip


def _sources(scene: Scene, k: int) -> str:
    """The datasets on whose forest the building stands; where on none, those within reach."""
    forest = scene.facts.forest
    below = [name for name in DATASETS if forest.overlap[name][k] > 0]
    return " ".join(below or [name for name in DATASETS if np.isfinite(forest.distance[name][k])])


def _rejection(scene: Scene, k: int, code: str, names: Names) -> dict[str, Any]:
    found = _found(scene, k, why_let_be(scene, k, names))
    return found | {"building_code": code, "rejection": str(scene.decision.rejection[k])}


def _relations(near: NearForest, reach: float) -> dict[str, dict[str, int]]:
    """By dataset: how many buildings lie in the forest and within `reach` m of it, by footprint and by its middle."""
    found = {}
    for name in np.unique(near.dataset).tolist():
        chosen = near.dataset == name
        found[name] = {
            "touching": int((near.distance[chosen] == 0).sum()), "within": int((near.distance[chosen] <= reach).sum()),
            "middle_inside": int((near.from_middle[chosen] == 0).sum()),
            "middle_within": int((near.from_middle[chosen] <= reach).sum()),
        }  # fmt: skip
    return found


def _summary(
    scene: Scene, every: Buildings, chosen: Bools, present: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:  # fmt: skip
    """What the run found, left out and could not tell."""
    decision, permits = scene.decision, scene.register.permits
    flagged = decision.flagged
    limits = tolerances(scene.rules)
    return {
        "by_type": dict(sorted(Counter(decision.primary[flagged].tolist()).items())),
        "by_grade": dict(sorted(Counter(scene.score.grade[flagged].tolist()).items())),
        "needs_check": int((flagged & decision.needs_check).sum()),
        "missing": _counts({name: holds & flagged for name, holds in decision.missing.items()}),
        "permits_read": len(scene.register.id),
        "rejected": dict(sorted(Counter(decision.rejection[~flagged].tolist()).items())),
        "left_out": _counts({
            "seen_before": ~chosen, "without_ward": (every.ward == "") & chosen,
            "repaired_outlines": np.arange(len(every.id)) < every.repaired,
        }),
        "contradictions": {
            "forest": _counts(scene.contradictions),
            "permits_misplaced": int((permits.misplaced(limits) & (permits.parcel >= 0)).sum()),
            "matched_by_parcel": int(scene.facts.permits.by_parcel.sum()),
        },
        "forest_layers": present,
        "unverified_rules": [rule.rule for rule in scene.rules.of("exemption") if not rule.verified],
    }  # fmt: skip


def _counts(found: Mapping[str, Bools]) -> dict[str, int]:
    return {name: int(holds.sum()) for name, holds in found.items()}


UNPERMITTED_CONSTRUCTION = Job(
    id="unpermitted-construction",
    title=Text("Nghi vấn xây dựng gần rừng", "Construction near forest to be checked"),
    description=Text(
        "Tìm công trình mới trong hoặc gần rừng, đối chiếu giấy phép, diện miễn phép, quy hoạch, mục đích sử dụng đất; "
        "lập nghi vấn kèm chứng cứ để con người kiểm tra và kết luận.",
        "Finds new buildings in or near forest, compares them with permits, exemptions, plans and land use, and lists "
        "candidates with their evidence for people to check and decide.",
    ),
    parameters=UnpermittedConstruction,
    work=find,
    ready=ready,
    roles=frozenset({"inspector", "administrator"}),
    reads=(
        "buildings", "forest", "land_parcels", "land_parcel_purposes", "planning_zones", "plans", "building_permits",
        "report_points", "cameras", "camera_views",
    ),
    writes=("construction_flags", "construction_rejections"),
)  # fmt: skip
