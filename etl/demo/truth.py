"""The ground truth: what a job should find. It lies beside the city and no manifest names it."""

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from etl.demo.buildings import Buildings
from etl.demo.cadastre import Cadastre
from etl.demo.chance import Bools, Floats
from etl.demo.days import dates
from etl.demo.forest import Forest
from etl.demo.houses import Houses
from etl.demo.landuse import LandUse
from etl.demo.parcels import areas, polygons
from etl.demo.permits import Permits
from etl.demo.plans import Plan
from etl.demo.write import write_csv

_MOST_ADDRESSES = 3000
_SCREENING_M = 30.0
_README = """\
SỰ THẬT NỀN CỦA THÀNH PHỐ MẪU — máy chủ không bao giờ nạp thư mục này.
GROUND TRUTH OF THE DEMO CITY — the server never loads this folder.

buildings.csv  công trình mới sau ảnh đầu tiên, mọi nhà kính / buildings new since the first image, all greenhouses
  osm_id                 khóa của công trình / the building's key (its source_ref)
  fate                   unpermitted không phép | exempt được miễn (Điều 43(2)(g)) |
                         exceeding_footprint vượt diện tích | exceeding_storeys vượt tầng |
                         expired phép hết hạn | not_started không khởi công đúng hạn |
                         revoked phép bị thu hồi | permitted đúng phép | greenhouse nhà kính
  permit_no              giấy phép của công trình, trống nếu không có / its permit, empty for none
  parcel_ref             thửa đất / parcel source_ref
  first_seen_on          ngày ảnh thấy lần đầu / day of the image that first shows it
  storeys, footprint_m2  số tầng, diện tích mặt bằng / storeys, footprint
  land_use_conflict      mục đích đất không cho xây nhà / the parcel's land may not carry a house
  distance_quy_hoach_m   mét đến rừng quy hoạch / metres to the nearest planned forest
  distance_kiem_ke_m     mét đến rừng kiểm kê / metres to the nearest inventoried forest
  overlap_quy_hoach_m2, overlap_kiem_ke_m2  diện tích chồng lấn / area of overlap
  distance_m, forest_dataset  khoảng cách nhỏ nhất và lớp rừng đó / the smaller distance, and of which dataset
  expected_flag          nghi vấn phải lập trong 30 m: F1 trên đất rừng, F3 nhà kính trên đất rừng, F2 không phép,
                         F4 sai phép; trống nếu không / the flag to be raised within 30 m, empty for none:
                         F1 on forest land, F3 greenhouse on forest land, F2 without, F4 against its permit

addresses.csv  cách viết địa chỉ và thửa đất đúng / ways to write an address, and the right parcel
reports.csv    phản ánh theo điểm nóng đã gieo / which reports were sown into a hot spot
lineage.csv    biến động thửa: thửa cũ, thửa mới, loại / parcel lineage
plans.csv      các đồ án, số khu đất và diện tích / plan versions with number and area of zones
"""


def write_truth(folder: Path, columns: dict[str, dict[str, Any]]) -> None:
    """Write each table of `columns` as CSV, and the description of them, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in columns.items():
        write_csv(folder / f"{name}.csv", table)
    (folder / "README.txt").write_text(_README, encoding="utf-8")


def building_truth(
    buildings: Buildings, permits: Permits, cadastre: Cadastre, use: LandUse, registers: list[Forest]
) -> dict[str, Any]:
    """What is true of every building that is new since the first image, and of every greenhouse."""
    chosen = np.flatnonzero(buildings.new | (buildings.fate == "greenhouse"))
    footprints = np.asarray(polygons(buildings.frames[chosen]))
    number = dict(zip(permits.building.tolist(), permits.number, strict=True))
    ids, parcel = buildings.osm_id, buildings.parcel[chosen]
    house, area = buildings.kind[chosen] == "house", areas(buildings.frames[chosen])
    forest_land = np.isin(use.code[parcel], ("RDD", "RPH", "RSX"))
    # A house may stand on the residential part of its parcel, as far as that is large enough.
    short = area - _residential(use)[parcel] >= np.maximum(5, 0.02 * area)
    table = {
        "osm_id": [ids[k] for k in chosen.tolist()],
        "fate": buildings.fate[chosen],
        "permit_no": [number.get(k) for k in chosen.tolist()],
        "parcel_ref": [cadastre.ref[k] for k in parcel.tolist()],
        "first_seen_on": dates(buildings.first_seen[chosen]),
        "storeys": buildings.storeys[chosen],
        "footprint_m2": np.round(area, 1),
        "land_use_conflict": house & short | forest_land,
    }
    distances = {}
    for register in registers:
        distance, overlap = to_forest(footprints, register)
        distances[register.dataset] = distance
        table |= {f"distance_{register.dataset}_m": distance, f"overlap_{register.dataset}_m2": overlap}
    nearest = np.stack(list(distances.values()))
    on_forest = forest_land | (table["overlap_quy_hoach_m2"] >= np.maximum(5, 0.02 * area))
    table["expected_flag"] = _expected(buildings.new[chosen], table["fate"], on_forest, nearest.min(axis=0))
    return table | {
        "distance_m": nearest.min(axis=0),
        "forest_dataset": np.array(list(distances))[nearest.argmin(axis=0)],
    }


def _residential(use: LandUse) -> Floats:
    """M² of each parcel that are for dwellings."""
    first, second = (np.isin(code, ("ODT", "ONT")) for code in (use.code, use.second))
    return np.asarray(first * (use.area - use.second_area) + second * use.second_area)


def _expected(new: Bools, fate: Any, on_forest: Bools, distance: Floats) -> Any:
    """The gravest flag that is to be raised of each building, '' for none."""
    house, near = fate != "greenhouse", on_forest | (distance <= _SCREENING_M)
    against = ("exceeding_footprint", "exceeding_storeys", "expired", "not_started")
    raised = [
        on_forest & house, on_forest & ~house, near & np.isin(fate, ("unpermitted", "revoked")),
        near & np.isin(fate, against),
    ]  # fmt: skip
    return np.select([new & one for one in raised], ["F1", "F3", "F2", "F4"], "")


def to_forest(footprints: Any, register: Forest) -> tuple[Floats, Floats]:
    """Metres to the nearest plot of `register`, and m² on it, for each footprint."""
    plots = np.asarray(register.areas)
    tree = shapely.STRtree(plots)
    index, distance = tree.query_nearest(footprints, return_distance=True, all_matches=False)
    metres = np.full(len(footprints), np.inf)
    metres[index[0]] = distance
    overlap = np.zeros(len(footprints))
    building, plot = tree.query(footprints, predicate="intersects")
    np.add.at(overlap, building, shapely.area(shapely.intersection(footprints[building], plots[plot])))
    return np.round(metres, 3), np.round(overlap, 2)


def address_truth(houses: Houses, rng: np.random.Generator) -> dict[str, Any]:
    """Five ways to write each of some addresses, and the parcel that each of them means."""
    chosen = np.sort(rng.permutation(len(houses))[:_MOST_ADDRESSES]).tolist()
    text = houses.text
    rows: list[tuple[str, str, str | None]] = []
    for k in chosen:
        short = f"{houses.number[k]} {houses.street[k]}"
        rows += [("full", text[k], houses.parcel[k]), ("short", f"{short}, Đà Lạt", houses.parcel[k])]
        rows.append(("without diacritics", _plain(f"{short} da lat"), houses.parcel[k]))
        rows.append(("number sign", f"Số {houses.number[k]} đường {houses.street[k]}", houses.parcel[k]))
        if path := houses.alley_path[k]:
            house = houses.number[k].rsplit("/", 1)[-1]
            rows.append(("alley in words", f"Số {house} hẻm {path} {houses.street[k]}", houses.parcel[k]))
    kinds, texts, parcels = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return {"address": texts, "variant": kinds, "parcel_ref": parcels}


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def lineage_truth(columns: Any) -> dict[str, Any]:
    """The lineage, as it is loaded too."""
    return {name: columns[name] for name in ("from_parcel_id", "to_parcel_id", "kind", "changed_on")}


def plan_truth(plans: list[Plan]) -> dict[str, Any]:
    """Each plan version with its zones counted and measured."""
    return {
        "plan_ref": [plan.ref for plan in plans],
        "valid_from": [plan.valid_from for plan in plans],
        "valid_to": [plan.valid_to for plan in plans],
        "zones": [len(plan.zones) for plan in plans],
        "area_m2": [round(sum(area.area for *_, area in plan.zones), 1) for plan in plans],
    }
