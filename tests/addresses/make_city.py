"""The city that the hard set of address queries is about: a small generated one, with more and harder streets.

    python -m tests.addresses.make_city FOLDER

The generated city of this size has few streets, so that any parser looks good on it. Here it also gets the other public
street names of Đà Lạt, alleys five levels deep, ranges, dates, planned areas and streets of one name in two wards.
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import pyogrio
import shapely

from etl.demo.city import generate
from etl.demo.houses import Houses, house_features
from etl.demo.names import STREETS
from etl.demo.wards import OLD_WARDS, SUCCESSORS
from etl.demo.write import write_layer
from layers import CATALOG

PARCELS, SEED = 3_000, 6
_LOADED = ("wards", "forest", "water", "land_parcels", "land_parcel_lineage", "roads", "house_numbers", "places")
# Written alike but for diacritics, dates, numbers within names, and roads known by their number.
_HARD_NAMES = (
    "Thánh Tâm", "Thanh Tâm", "Lê Văn Tâm", "30 Tháng 4", "26 Tháng 3", "1 Tháng 5", "Quốc lộ 20",
    *(f"Đường số {number} KQH {area}" for area in ("Bạch Đằng", "Yersin", "Ngô Quyền") for number in (1, 2, 3)),
)  # fmt: skip
_TWINS = 16
"""So many streets exist twice, in two wards, with some numbers in both."""
_ALLEYS_END = 5
_STEP_M, _OFFSET_M = 7.0, 8.0
_PLACES = (
    ("Chợ Đà Lạt", "market"), ("Ga Đà Lạt", "museum"), ("Trường Đại học Đà Lạt", "school"), ("Dinh Bảo Đại", "museum"),
    ("Thung lũng Tình Yêu", "park"), ("Nhà thờ Chánh Tòa", "religious"), ("Thiền viện Trúc Lâm", "religious"),
    ("Chùa Linh Sơn", "religious"), ("Vườn hoa thành phố", "park"), ("Quảng trường Lâm Viên", "park"),
    ("Bệnh viện đa khoa Lâm Đồng", "health"), ("Trường Cao đẳng Sư phạm", "school"), ("Thác Datanla", "lake"),
    ("Đồi Mộng Mơ", "hill"), ("Hồ Than Thở", "lake"), ("Hồ Tuyền Lâm", "lake"), ("Bến xe liên tỉnh", "office"),
    ("Nhà ga cáp treo", "office"), ("Bảo tàng Lâm Đồng", "museum"), ("Công viên Yersin", "park"),
)  # fmt: skip


@dataclass
class _Rows:
    """Columns of the houses that are added, and the centre lines of their streets."""

    points: list[tuple[float, float]] = field(default_factory=list)
    number: list[str] = field(default_factory=list)
    path: list[str | None] = field(default_factory=list)
    street: list[str] = field(default_factory=list)
    ward_old: list[str] = field(default_factory=list)
    lines: list[tuple[str, str, shapely.LineString]] = field(default_factory=list)


def make_city(folder: Path) -> None:
    """Write the city into the new folder; its manifest lists only the layers in which addresses are looked up."""
    generate(PARCELS, SEED, folder, None, lambda _doing, _share: None)
    rows = _more_houses(folder, Random(SEED))
    count = len(rows.number)
    houses = Houses(
        np.array(rows.points), rows.number, [None] * count, rows.path, rows.street,
        [SUCCESSORS[code] for code in rows.ward_old], rows.ward_old, [None] * count,
    )  # fmt: skip
    files = [
        *((layer, file) for layer, file in _listed(folder) if layer in _LOADED),
        *_written(folder / "more", houses, rows),
    ]
    entries = "".join(
        f'\n[[load]]\nlayer = "{layer}"\nfile = "{file}"\nsource = "{"more" if "/" in file else "demo"}"\n'
        for layer, file in files
    )
    manifest = folder / "city.toml"
    manifest.write_text(manifest.read_text("utf-8").partition("\n[[")[0] + "\n" + entries, "utf-8")


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    for entry in tomllib.loads((folder / "city.toml").read_text("utf-8"))["load"]:
        yield entry["layer"], entry["file"]


def _written(folder: Path, houses: Houses, rows: _Rows) -> list[tuple[str, str]]:
    folder.mkdir()
    count = len(rows.lines)
    roads = {
        "street_name": [name if kind == "residential" else f"Hẻm {kind} {name}" for name, kind, _ in rows.lines],
        "road_class": ["residential" if kind == "residential" else "alley" for _, kind, _ in rows.lines],
        "oneway": [0] * count,
        "osm_id": [-1_000_000 - number for number in range(count)],
    }
    inside = houses.points[:: len(houses) // len(_PLACES)][: len(_PLACES)]
    places = {"name": [name for name, _ in _PLACES], "place_kind": [kind for _, kind in _PLACES]}
    write_layer(folder, CATALOG["roads"], roads, [line for *_, line in rows.lines])
    write_layer(folder, CATALOG["house_numbers"], *house_features(houses, np.random.default_rng(SEED)))
    write_layer(folder, CATALOG["places"], places, inside + 3.0)
    return [(layer, f"more/{layer}.gpkg") for layer in ("roads", "house_numbers", "places")]


def _more_houses(folder: Path, rng: Random) -> _Rows:
    known = set(pyogrio.read_dataframe(folder / "house_numbers.gpkg", read_geometry=False)["street_name"])
    wards = pyogrio.read_dataframe(folder / "wards.gpkg")
    areas = {row.code: row.geometry.buffer(-25) for row in wards[wards["valid_to"].notna()].itertuples()}
    rows = _Rows()
    names = [*(name for name in STREETS if name not in known), *_HARD_NAMES]
    twins = set(rng.sample([name for name in names[: len(STREETS) // 2] if "Tháng" not in name], _TWINS))
    for name in names:
        home = rng.choice([ward.code for ward in OLD_WARDS if ward.code in areas])
        _street(rows, name, home, areas[home], rng)
        if name in twins:
            away = rng.choice([code for code in areas if SUCCESSORS[code] != SUCCESSORS[home]])
            _street(rows, name, away, areas[away], rng)
    return rows


def _street(rows: _Rows, name: str, ward: str, area: shapely.Polygon, rng: Random) -> None:
    """A street of 12 to 26 houses in `area`, some of them with alleys."""
    first = rng.choice([1, 1, 1, 1, 1, 61, 401, 1801])
    plates = list(_plates(first, rng.randint(12, 26), rng))
    line = _line_within(area, _STEP_M * (len(plates) + 2), rng)
    rows.lines.append((name, "residential", line))
    _houses_along(rows, line, name, ward, None, plates)
    for position in sorted(rng.sample(range(1, len(plates) - 1), rng.randint(1, 3))):
        if plates[position].isdigit():
            mouth = line.interpolate(_STEP_M * position)
            _alley(rows, name, ward, plates[position], mouth, rng)
    if " Tháng " in name and (day := name.replace(" Tháng ", "/").partition("/"))[0].isdigit():
        # House 4 in alley 30 of the street 30/4: a number written as the street is.
        _houses_along(rows, line, name, ward, day[0], [day[2]])


def _alley(rows: _Rows, name: str, ward: str, path: str, mouth: shapely.Point, rng: Random) -> None:
    inside = [plate for plate in _plates(1, rng.randint(2, 7), rng) if "-" not in plate]
    x, y = mouth.x, mouth.y
    axis = shapely.LineString([(x, y), (x + rng.uniform(-40, 40), y + _STEP_M * (len(inside) + 1))])
    rows.lines.append((name, path, axis))
    _houses_along(rows, axis, name, ward, path, inside)
    if path.count("/") + 2 < _ALLEYS_END and rng.random() < 0.62:
        chosen = rng.choice([plate for plate in inside if plate.isdigit()] or ["1"])
        _alley(rows, name, ward, f"{path}/{chosen}", axis.interpolate(0.6, normalized=True), rng)


def _houses_along(
    rows: _Rows, line: shapely.LineString, name: str, ward: str, path: str | None, plates: list[str]
) -> None:
    for position, plate in enumerate(plates, start=1):
        number = f"{path}/{plate}" if path else plate
        taken = zip(rows.street[-200:], rows.ward_old[-200:], rows.number[-200:], strict=True)
        if (name, ward, number) in set(taken):
            continue
        point = line.interpolate(_STEP_M * position)
        side = 1 if position % 2 else -1
        rows.points.append((point.x + _OFFSET_M * side, point.y - _OFFSET_M * side))
        rows.number.append(number)
        rows.path.append(path)
        rows.street.append(name)
        rows.ward_old.append(ward)


def _plates(first: int, count: int, rng: Random) -> Iterator[str]:
    """Plates from `first` on, with letters, Bis and ranges among them, and numbers left out."""
    number = first
    for _ in range(count):
        draw = rng.random()
        if draw < 0.05:
            yield f"{number}-{number + 2}"
            number += 3
        elif draw < 0.15:
            yield str(number)
            yield f"{number}{rng.choice('AAABBCD') if draw < 0.12 else 'Bis'}"
        else:
            yield str(number)
        number += rng.choice([1, 1, 1, 2, 2, 3])


def _line_within(area: shapely.Polygon, length: float, rng: Random) -> shapely.LineString:
    """A straight line in `area`, as long as `length` if there is room."""
    low_x, low_y, high_x, high_y = area.bounds
    while True:
        x, y, turn = rng.uniform(low_x, high_x), rng.uniform(low_y, high_y), rng.uniform(0, 6.283)
        line = shapely.LineString([(x, y), (x + length * np.cos(turn), y + length * np.sin(turn))])
        if area.contains(line):
            return line
        length *= 0.99


if __name__ == "__main__":
    make_city(Path(sys.argv[1]))
