"""The wards before and after 1 July 2025: real codes and names (Resolution 1671/NQ-UBTVQH15), invented boundaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from etl.demo.chance import Floats, Ints
from etl.demo.lattice import Lattice

MERGED_ON = date(2025, 7, 1)
LAST_DAY = date(2025, 6, 30)


@dataclass(frozen=True)
class OldWard:
    """A ward in force until 30 June 2025, its successor's code and its seed in the city's square (-1 … 1)."""

    code: str
    name: str
    successor: str
    seed: tuple[float, float]

    @property
    def rural(self) -> bool:
        """True for a commune."""
        return self.name.startswith("Xã")


OLD_WARDS = (
    OldWard("24769", "Phường 7", "24846", (-0.30, 0.72)),
    OldWard("24772", "Phường 8", "24778", (0.16, 0.60)),
    OldWard("24775", "Phường 12", "24778", (0.62, 0.52)),
    OldWard("24778", "Phường 9", "24778", (0.36, 0.22)),
    OldWard("24781", "Phường 2", "24781", (0.02, 0.22)),
    OldWard("24784", "Phường 1", "24781", (-0.06, 0.02)),
    OldWard("24787", "Phường 6", "24787", (-0.26, 0.34)),
    OldWard("24790", "Phường 5", "24787", (-0.42, 0.04)),
    OldWard("24793", "Phường 4", "24781", (-0.22, -0.34)),
    OldWard("24796", "Phường 10", "24781", (0.26, -0.14)),
    OldWard("24799", "Phường 11", "24805", (0.66, 0.08)),
    OldWard("24802", "Phường 3", "24781", (0.06, -0.52)),
    OldWard("24805", "Xã Xuân Thọ", "24805", (0.84, -0.22)),
    OldWard("24808", "Xã Tà Nung", "24787", (-0.84, -0.16)),
    OldWard("24810", "Xã Trạm Hành", "24805", (0.86, -0.74)),
    OldWard("24811", "Xã Xuân Trường", "24805", (0.50, -0.64)),
)
NEW_WARDS = {
    "24778": "Phường Lâm Viên - Đà Lạt",
    "24781": "Phường Xuân Hương - Đà Lạt",
    "24787": "Phường Cam Ly - Đà Lạt",
    "24805": "Phường Xuân Trường - Đà Lạt",
    "24846": "Phường Lang Biang - Đà Lạt",
}
SUCCESSORS = {ward.code: ward.successor for ward in OLD_WARDS}
OLD_CODES = np.array([ward.code for ward in OLD_WARDS])
NEW_CODES = np.array([ward.successor for ward in OLD_WARDS])
OLD_NAMES = np.array([ward.name for ward in OLD_WARDS])
RURAL = np.array([ward.rural for ward in OLD_WARDS])


def unit_positions(lattice: Lattice) -> Floats:
    """Positions (cells, 2) of the cells in the square -1 … 1, west to east and south to north."""
    j, i = np.divmod(np.arange(lattice.rows * lattice.columns), lattice.columns)
    return np.stack([(2 * i + 1) / lattice.columns - 1, (2 * j + 1) / lattice.rows - 1], axis=1)


def cell_wards(lattice: Lattice) -> Ints:
    """For each cell the index in `OLD_WARDS` of the ward it belongs to."""
    seeds = np.array([ward.seed for ward in OLD_WARDS])
    distances = np.linalg.norm(unit_positions(lattice)[:, None] - seeds[None], axis=2)
    return np.asarray(distances.argmin(axis=1))


def ward_features(lattice: Lattice, ward: Ints) -> tuple[Mapping[str, Any], list[BaseGeometry]]:
    """Columns and areas of the old wards, in force until 30 June 2025, and of the new ones that they make up."""
    cells = lattice.cell_polygons()
    present = [k for k in range(len(OLD_WARDS)) if (ward == k).any()]
    old = {k: shapely.coverage_union_all(cells[ward == k]) for k in present}
    successors = sorted({OLD_WARDS[k].successor for k in present})
    new = [shapely.union_all([old[k] for k in present if OLD_WARDS[k].successor == code]) for code in successors]
    names = [OLD_WARDS[k].name for k in present] + [NEW_WARDS[code] for code in successors]
    count = len(present)
    columns = {
        "code": [OLD_WARDS[k].code for k in present] + successors,
        "name": names,
        "level": ["xa" if name.startswith("Xã") else "phuong" for name in names],
        "former_district": ["Thành phố Đà Lạt"] * count + [None] * len(successors),
        "province_code": ["68"] * len(names),
        "successor_code": [OLD_WARDS[k].successor for k in present] + [None] * len(successors),
        "legal_basis": [None] * count + ["Nghị quyết 1671/NQ-UBTVQH15"] * len(successors),
        # The founding days of the old wards differ and are not known here: open, never guessed.
        "valid_from": [None] * count + [MERGED_ON] * len(successors),
        "valid_to": [LAST_DAY] * count + [None] * len(successors),
    }
    areas = [*old.values(), *new]
    return columns | {"area_km2": [round(area.area / 1e6, 3) for area in areas]}, areas
