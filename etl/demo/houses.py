"""Numbered houses as plates on the street, with the numbers they had before."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from etl.demo.addresses import Addresses
from etl.demo.cadastre import Cadastre
from etl.demo.chance import Floats
from etl.demo.days import between, dates
from etl.demo.site import Site
from etl.demo.streets import Streets
from etl.demo.wards import LAST_DAY, NEW_CODES, NEW_WARDS, OLD_CODES

_PROVINCE = "Lâm Đồng"


@dataclass(frozen=True)
class Houses:
    """Arrays over the numbered houses; `parcel` is the `source_ref` of the parcel, None where it is not known."""

    points: Floats
    number: list[str]
    old_number: list[str | None]
    alley_path: list[str | None]
    street: list[str]
    ward: list[str]
    ward_old: list[str]
    parcel: list[str | None]

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, chosen: list[int]) -> "Houses":
        """The houses `chosen`, in that order."""
        lists = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "points"}
        return Houses(self.points[chosen], **{name: [values[k] for k in chosen] for name, values in lists.items()})

    @property
    def ref(self) -> list[str]:
        """Each house number's `source_ref`."""
        return [
            f"{ward}/{street}/{number}"
            for ward, street, number in zip(self.ward, self.street, self.number, strict=True)
        ]

    @property
    def text(self) -> list[str]:
        """Each full address as it is written since July 2025."""
        rows = zip(self.number, self.street, self.ward, strict=True)
        return [f"{number} {street}, {NEW_WARDS[ward]}, {_PROVINCE}" for number, street, ward in rows]


def make_houses(site: Site, streets: Streets, addresses: Addresses, cadastre: Cadastre) -> Houses:
    """The houses of all parcels that have a number, each plate 1.5 m or so behind the front line."""
    known = addresses.known.tolist()
    cell = site.parcels.block[addresses.known]
    return Houses(
        site.parcels[addresses.known].at(0.5, 0.06),
        [str(addresses.number[k]) for k in known],
        [addresses.old_number[k] for k in known],
        [addresses.alley_path[alley] if alley >= 0 else None for alley in addresses.alley[addresses.known].tolist()],
        [streets.names[k] for k in addresses.street[addresses.known].tolist()],
        NEW_CODES[site.ward[cell]].tolist(),
        OLD_CODES[site.ward[cell]].tolist(),
        [cadastre.ref[k] for k in known],
    )


def house_features(houses: Houses, rng: np.random.Generator) -> tuple[dict[str, Any], Floats]:
    """Columns and points of layer `house_numbers`: current numbers, then former ones, ended with the old wards."""
    former = [k for k, old in enumerate(houses.old_number) if old]
    count, gone = len(houses), len(former)
    order = [*range(count), *former]
    first = dates(between(rng, "2006-01-10", "2024-09-30", count))
    columns = {
        "house_number": houses.number + [houses.old_number[k] for k in former],
        "house_number_old": houses.old_number + [None] * gone,
        "alley_path": houses.alley_path + [None] * gone,
        "street_name": [houses.street[k] for k in order],
        "residential_group": [f"Tổ {k // 90 % 40 + 1}" for k in order],
        "ward_code": [houses.ward[k] for k in order],
        "ward_code_old": [houses.ward_old[k] for k in order],
        "parcel_id": [houses.parcel[k] for k in order],
        "parcel_confidence": [1.0 if houses.parcel[k] else None for k in order],
        "plate_type": ["nha_trong_hem" if houses.alley_path[k] else "nha_mat_duong" for k in order],
        "status": ["hien_hanh"] * count + ["so_cu"] * gone,
        "assigned_date": first + [None] * gone,
        "assign_decision_no": [f"{k + 1:06d}/SN (mẫu)" for k in range(count)] + [None] * gone,
        "full_address": houses.text
        + [f"{houses.old_number[k]} {houses.street[k]}, Đà Lạt, {_PROVINCE}" for k in former],
        "valid_from": first + [None] * gone,
        "valid_to": [None] * count + [LAST_DAY] * gone,
    }
    return _unique(columns, houses.points[order])


def _unique(columns: dict[str, Any], points: Floats) -> tuple[dict[str, Any], Floats]:
    """The rows whose ward, street and number have not come before."""
    seen: set[tuple[str, str, str]] = set()
    keep = []
    for row, key in enumerate(zip(columns["ward_code"], columns["street_name"], columns["house_number"], strict=True)):
        if key not in seen:
            seen.add(key)
            keep.append(row)
    if len(keep) == len(points):
        return columns, points
    return {name: [values[row] for row in keep] for name, values in columns.items()}, points[keep]
