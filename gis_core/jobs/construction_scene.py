"""From the database to everything known of each building: what PostGIS selects, judged by the pure rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis_core.jobs.construction_evidence import MOST, Scene
from gis_core.jobs.construction_exemption import Exemption, ExemptionFacts, exemption
from gis_core.jobs.construction_flags import Facts, contradictions, decide
from gis_core.jobs.construction_land import ForestFacts, LandUse, Purposes, forest_facts, land_use
from gis_core.jobs.construction_permits import PermitMatch, Sites, match_permits
from gis_core.jobs.construction_rules import Ints, Rules, Texts, Tolerances, tolerances
from gis_core.jobs.construction_score import Neighbourhood, score
from gis_core.jobs.construction_selection import (
    Area,
    Buildings,
    NearForest,
    read_forest,
    read_parcels,
    read_purposes,
    read_zones,
    texts,
    zone_pairs,
)
from gis_core.jobs.construction_surroundings import (
    Register,
    around,
    cameras_of,
    earlier_around,
    read_permits,
    reports_around,
)
from gis_core.jobs.job import Progress
from gis_core.layer import Text


def make_scene(
    connection: Connection, area: Area, near: NearForest, buildings: Buildings, rules: Rules, planned: bool,  # noqa: FBT001
    progress: Progress,
) -> Scene:  # fmt: skip
    """Everything known and decided of `buildings`; `planned`: whether a forest-planning layer is loaded."""
    limits, count = tolerances(rules), len(buildings.id)
    progress(0.45, Text("Thửa đất và quy hoạch", "parcels and plans"))
    parcels = _grouped(read_parcels(connection, buildings.id, area.day), buildings)
    parcel = np.array([parcels[k][0]["parcel"] if k in parcels else -1 for k in range(count)], dtype=np.int64)
    purposes = _purposes(connection, parcels, parcel)
    zone_rows = read_zones(connection, buildings.id, area.day)
    progress(0.6, Text("Giấy phép", "permits"))
    register = read_permits(connection, buildings, parcel, rules)
    facts = _facts(buildings, forest_facts(near, buildings.id), parcel, purposes, zone_rows, register, rules, limits)
    decision = decide(facts, area.reach, planned, rules, limits)
    progress(0.7, Text("Xung quanh công trình", "the surroundings"))
    forest = read_forest(connection, np.concatenate(list(facts.forest.forest.values())))
    reports = reports_around(connection, buildings, limits.near_m)
    earlier = earlier_around(connection, buildings, limits.near_m)
    listed = rules["SCORE-LIKELIHOOD"].condition["report_categories"]
    telling = np.isin(texts(row["category"] for row in reports.rows), listed)
    neighbourhood = Neighbourhood(
        functions(facts.forest, forest, parcels), np.isin(np.arange(count), reports.building[telling[reports.thing]]),
        np.isin(np.arange(count), earlier.building),
    )  # fmt: skip
    permits_near = around(buildings, register.permits.geometry, range(len(register.id)), limits.near_m)
    return Scene(
        buildings=buildings, area=facts.area, reach=area.reach, facts=facts, decision=decision,
        score=score(facts, decision, neighbourhood, area.reach, rules), rules=rules, forest=forest, parcel=parcel,
        parcels=parcels, purposes=purposes, zones=_grouped(zone_rows, buildings), register=register,
        permits_near=permits_near.of_each(count, MOST), reports=reports.of_each(count, MOST),
        earlier=earlier.of_each(count, MOST), cameras=cameras_of(connection, buildings),
        contradictions=contradictions(facts, limits),
    )  # fmt: skip


def _facts(
    buildings: Buildings, forest: ForestFacts, parcel: Ints, purposes: Mapping[int, Sequence[tuple[str, float]]],
    zone_rows: Sequence[dict[str, Any]], register: Register, rules: Rules, limits: Tolerances,
) -> Facts:  # fmt: skip
    area = buildings.area
    match = _match(buildings, parcel, register, limits)
    pairs = [(k, code, share) for k, rows in purposes.items() for code, share in rows]
    place, codes, shares = zip(*pairs, strict=True) if pairs else ((), (), ())
    owned = Purposes(np.array(place, dtype=np.int64), texts(codes), np.array(shares, dtype=float))
    found = match.permit >= 0
    matched = match.permit[found]
    storeys, noticed = np.full(len(area), np.nan), np.zeros(len(area), dtype=bool)
    storeys[found] = register.permits.storeys[matched]
    noticed[found] = ~np.isnat(register.permits.noticed[matched])
    clauses = np.array(["", *(clause or "" for clause in register.clause)], dtype=str)
    zones = zone_pairs(zone_rows, buildings)
    asked = ExemptionFacts(
        buildings.seen, buildings.kind, buildings.storeys, buildings.height, area, clauses[match.permit + 1],
        owned.building, owned.code, zones,
    )  # fmt: skip
    exempt: Exemption = exemption(asked, rules, limits)
    land: LandUse = land_use(owned, buildings.kind, area, rules, limits)
    return Facts(
        area, buildings.kind, buildings.storeys, buildings.seen, forest, match, storeys, noticed, exempt, land
    )  # fmt: skip


def _match(buildings: Buildings, parcel: Ints, register: Register, limits: Tolerances) -> PermitMatch:
    """The permits of all buildings that are not greenhouses: those need none, and must not take another's."""
    judged = np.flatnonzero(buildings.kind != "greenhouse")
    sites = Sites(
        buildings.geometry[judged], buildings.area[judged], buildings.seen[judged], buildings.storeys[judged],
        parcel[judged],
    )  # fmt: skip
    found, count = match_permits(sites, register.permits, limits), len(buildings.id)
    verdict = np.full(count, "none", dtype=found.verdict.dtype)
    permit, by_parcel, excess = np.full(count, -1), np.zeros(count, dtype=bool), np.zeros(count)
    verdict[judged], permit[judged] = found.verdict, found.permit
    by_parcel[judged], excess[judged] = found.by_parcel, found.excess
    return PermitMatch(verdict, permit, by_parcel, excess)


def _purposes(
    connection: Connection, parcels: Mapping[int, Sequence[Mapping[str, Any]]], parcel: Ints
) -> dict[int, list[tuple[str, float]]]:
    """The purposes of each building's parcel; where only the main one is known, it holds for the whole parcel."""
    by_parcel: dict[int, list[tuple[str, float]]] = {}
    for number, code, area in read_purposes(connection, parcel):
        by_parcel.setdefault(number, []).append((code, area))
    found = {}
    for k, rows in parcels.items():
        main = rows[0]
        alone = [(main["land_use_code"], np.inf)] if main["land_use_code"] else []
        if told := by_parcel.get(main["parcel"], alone):
            found[k] = told
    return found


def functions(
    forest: ForestFacts, rows: Mapping[int, Mapping[str, Any]], parcels: Mapping[int, Sequence[Mapping[str, Any]]]
) -> Texts:
    """The function of the forest that each building is on or nearest to, '' where no dataset says it."""
    count = len(forest.nearest)
    found = np.full(count, "", dtype="U8")
    # The last writer wins: forest planning before inventory before cadastre, where they are equally near.
    for name in ("dia_chinh", "kiem_ke", "quy_hoach"):
        for k in np.flatnonzero(
            np.isfinite(forest.distance[name]) & (forest.distance[name] <= forest.nearest)
        ).tolist():
            if name == "dia_chinh":
                code = parcels[k][0]["land_use_code"] if k in parcels else None
                found[k] = code if code in ("RDD", "RPH", "RSX") else found[k]
            else:
                found[k] = rows.get(int(forest.forest[name][k]), {}).get("forest_function") or found[k]
    return found


def _grouped(rows: Sequence[dict[str, Any]], buildings: Buildings) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    if rows:
        places = buildings.positions(np.array([row["building"] for row in rows], dtype=np.int64))
        for place, row in zip(places.tolist(), rows, strict=True):
            found.setdefault(place, []).append(row)
    return found
