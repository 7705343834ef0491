"""The zones of a plan file as rows of its draft: as the file has them, nothing dropped or repaired silently."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from sqlalchemy import Connection, text

from etl import repair
from etl.batch import Batch, Geometries, Opened
from etl.check import Mask
from etl.findings import Findings
from etl.prepare import Preparer, Refusing, Rules
from gis_core.crs import STORAGE_SRID
from gis_core.jobs.job import Progress
from gis_core.layer import Layer, Text
from gis_core.plan_drafts_findings import KEPT_PER_CODE, finding

SYMBOLS = ("zone_symbol", "lot_symbol", "land_use_code")
_NOT_AREAS = (
    shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT, shapely.GeometryType.LINESTRING,
    shapely.GeometryType.LINEARRING, shapely.GeometryType.MULTILINESTRING,
)  # fmt: skip
# No COPY: PostgreSQL does not take it where row policies hold.
_INSERT = text(
    """
    insert into platform.plan_draft_zone
           (draft_id, row_number, zone_symbol, lot_symbol, land_use_code, attributes, drawn, fault)
    select :draft, row_number, zone_symbol, lot_symbol, land_use_code, attributes,
           st_setsrid(st_geomfromwkb(decode(wkb, 'hex')), :srid), fault
      from jsonb_to_recordset(cast(:rows as jsonb))
           as r(row_number bigint, zone_symbol text, lot_symbol text, land_use_code text, attributes jsonb, wkb text,
                fault text)
    """
)


@dataclass
class Staged:
    """What became of the rows of a file: zones stored, points and lines left out, findings kept and counted by kind."""

    zones: int = 0
    left_out: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self, code: str, row: int, symbol: str | None, detail: Text) -> None:
        """Count a finding on a row, and keep it where there is room."""
        self.counts[code] += 1
        if self.counts[code] <= KEPT_PER_CODE:
            told = {"row_numbers": [row], "symbols": [symbol] if symbol else []}
            self.findings.append(finding(code, **told, detail_vi=detail.vi, detail_en=detail.en))


class _Every(Refusing):
    """Collects every reason, where a load needs only the first."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.told: list[tuple[int, str, str]] = []

    def add(self, code: str, rows: Mask, detail: Callable[[int], str] = lambda _: "") -> None:
        self.told += [(int(row), code, detail(int(row))) for row in np.flatnonzero(rows)]


def stage(
    connection: Connection, draft: int, opened: Opened, crs: CRS, rules: Rules, progress: Progress
) -> Staged:  # fmt: skip
    """What became of the file's rows, now the zones of `draft` with their values and their geometry in EPSG:5899."""
    staged, preparer = Staged(), Preparer(opened.path.name, rules, crs, Findings())
    drawing = opened.path.suffix == ".dxf"
    for batch in opened.batches():
        shapes, faults = _shapes(preparer, batch, rules.vertex_limit)
        kept = np.array([not (drawing and one == "wrong_geometry_type") for one in faults], dtype=bool)
        rows = _rows(preparer, batch.where(kept), staged)
        geometry = zip(shapes[kept], faults[kept], strict=True)
        stored = [
            row | {"wkb": _wkb(shape), "fault": fault} for row, (shape, fault) in zip(rows, geometry, strict=True)
        ]
        staged.left_out += len(faults) - len(stored)
        values = {"draft": draft, "srid": STORAGE_SRID, "rows": orjson.dumps(stored).decode()}
        connection.execute(_INSERT, values)
        staged.zones += len(stored)
        share = staged.zones / max(opened.count or staged.zones, staged.zones, 1)
        progress(0.1 + 0.3 * share, Text(f"Đọc {staged.zones} khu đất", f"reading {staged.zones} zones"))
    return staged


def _wkb(shape: Any) -> str | None:
    return None if shape is None else shapely.to_wkb(shape, hex=True)


def _rows(preparer: Preparer, batch: Batch, staged: Staged) -> list[dict[str, Any]]:
    """The values of the rows; those that break the layer's declaration are told to `staged`."""
    found = _Every(len(batch.rows))
    values = {name: column.to_pylist() for name, column in preparer.values(preparer.decoded(batch), found).items()}
    rows = [
        _row(int(number), {name: column[place] for name, column in values.items()})
        for place, number in enumerate(batch.rows)
    ]
    for place, code, detail in found.told:
        staged.tell(code, rows[place]["row_number"], rows[place]["zone_symbol"], _titled(preparer.rules.layer, detail))
    return rows


def _titled(layer: Layer, detail: str) -> Text:
    """The detail with the field's title for its name, with which it begins."""
    name, sign, value = detail.partition(" = ")
    title = layer[name].title
    return Text(f"{title.vi}{sign}{value}", f"{title.en}{sign}{value}")


def _row(number: int, values: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in values.items() if name not in SYMBOLS and value is not None}
    return {"row_number": number, "attributes": rest} | {name: values.get(name) for name in SYMBOLS}


def _shapes(preparer: Preparer, batch: Batch, vertex_limit: int) -> tuple[Geometries, NDArray[np.object_]]:
    """Geometry in EPSG:5899 and what is wrong with it, by row; without geometry where it cannot be had."""
    count = len(batch.rows)
    raw = np.full(count, None, dtype=object) if batch.geometry is None else batch.geometry
    faults: NDArray[np.object_] = np.full(count, None, dtype=object)
    for code, rows in repair.unusable(raw, batch.unreadable, vertex_limit).items():
        faults[rows & (faults == None)] = code  # noqa: E711 - element by element
    places = np.flatnonzero(faults == None)  # noqa: E711
    shapes: Geometries = np.full(count, None, dtype=object)
    moved = preparer.moved(np.asarray(shapely.force_2d(raw[places]), dtype=object))
    finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
    faults[places[~finite]] = "not_transformable"
    shapes[places[finite]] = moved[finite]
    for place in places[finite]:
        shapes[place], faults[place] = _area(shapes[place], closed=bool(batch.closed[place]))
    return shapes, faults


def _area(shape: shapely.Geometry, *, closed: bool) -> tuple[shapely.Geometry, str | None]:
    """The shape with a closed line as the area it means, and what keeps it from being an area."""
    kind = shapely.get_type_id(shape)
    if kind == shapely.GeometryType.LINESTRING and shapely.get_num_points(shape) >= 4:
        gap = shapely.distance(shapely.get_point(shape, 0), shapely.get_point(shape, -1))
        if gap <= repair.CLOSING_GAP_M:
            return shapely.Polygon(shapely.get_coordinates(shape)), "ring_open" if gap > 0 else None
    if kind in _NOT_AREAS:
        return shape, "wrong_geometry_type"
    if kind == shapely.GeometryType.GEOMETRYCOLLECTION:
        areal = (shapely.get_dimensions(shapely.get_parts(shape)) == 2).any()
        return shape, "mixed_geometry" if areal else "wrong_geometry_type"
    return shape, "ring_open" if closed else None
