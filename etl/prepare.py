"""From a batch as the file has it to rows as the layer wants them; every refusal and repair is told to `Findings`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer

from etl import check, repair
from etl.batch import Batch, Geometries
from etl.check import Mask, Values
from etl.decode import Encoding, encoding, unicode_text
from etl.derive import derived
from etl.findings import Findings
from etl.mapping import Filling, fields_of, wanted
from etl.match import source_refs
from etl.purposes import PURPOSES, split_purposes, unknown_purpose
from etl.reasons import REFUSED, Kind
from gis_core.crs import STORAGE_SRID
from gis_core.layer import Layer

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Rules:
    """What rows of one file are held to. `codes`: list → known codes; `box` west, south, east, north in EPSG:5899."""

    layer: Layer
    filling: Filling
    columns: Mapping[str, str]
    codes: Mapping[str, pa.Array]
    box: Box | None
    vertex_limit: int
    spatial: bool

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that tell two features of this file apart."""
        return self.layer.source.key if self.filling.key is None else self.filling.key


@dataclass(frozen=True)
class Refusal:
    """Refused rows of a batch with their first reason each, as the file has them."""

    batch: Batch
    codes: list[str]
    details: list[str]


@dataclass(frozen=True)
class Prepared:
    """Rows ready for the database: numbers, references, typed values, geometry in EPSG:5899; and what was refused."""

    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    refs: pa.Array
    values: Values
    geometry: Geometries | None
    refusal: Refusal


@dataclass
class Refusing:
    """Collects the first reason for which each row of a batch is refused."""

    count: int
    codes: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, code: str, rows: Mask, detail: Callable[[int], str] = lambda _: "") -> None:
        """Refuse the `rows` of the mask under `code`, unless an earlier reason is known."""
        for row in np.flatnonzero(rows):
            self.codes.setdefault(int(row), (code, detail(int(row))))

    @property
    def rows(self) -> Mask:
        """The mask of the refused rows."""
        mask = np.zeros(self.count, dtype=bool)
        mask[list(self.codes)] = True
        return mask


class Preparer:
    """Prepares the batches of one file one after another; the encoding of each text column is settled by the first."""

    def __init__(self, file: str, rules: Rules, crs: CRS | None, findings: Findings) -> None:
        self.file, self.rules, self.findings = file, rules, findings
        self.encodings: dict[str, Encoding] = {}
        self.to_storage = None if crs is None else to_storage(crs)

    def prepared(self, whole: Batch) -> Prepared:
        """The rows of `whole` that can be loaded, and those that cannot."""
        batch = wanted(whole, self.rules.filling.only)
        batch = self.decoded(batch)
        refusing = Refusing(len(batch.rows))
        values = self.values(batch, refusing)
        geometry = self._geometry(batch, refusing)
        kept = ~refusing.rows
        self._tell_refused(batch, refusing, geometry)
        good = {name: column.filter(pa.array(kept)) for name, column in values.items()}
        shapes = None if geometry is None else geometry[kept]
        refs = source_refs(good, shapes, self.rules.key, int(kept.sum()))
        good = derived(self.rules.layer, good, refs, self.rules.filling.templates)
        return Prepared(batch.rows[kept], refs, good, shapes, _refusal(batch, refusing))

    def decoded(self, batch: Batch) -> Batch:
        """The batch with legacy Vietnamese text turned into Unicode."""
        table = batch.attributes
        for position, column in enumerate(table.column_names):
            values = table.column(column)
            if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
                continue
            if pc.all(pc.string_is_ascii(values.cast(pa.string()))).as_py() is not False:
                continue
            texts = values.to_pylist()
            if column not in self.encodings:
                self.encodings[column] = encoding(text for text in texts if text)
            source = self.encodings[column]
            decoded = [None if text is None else unicode_text(text, source) for text in texts]
            if source != "unicode":
                changed = np.array([old != new for old, new in zip(texts, decoded, strict=True)], dtype=bool)
                self.findings.add(
                    "repaired", "decoded", self.file, batch.rows[changed], _repeat(f"{column}: {source}", changed)
                )
            table = table.set_column(position, column, pa.array(decoded, pa.string()))
        return Batch(batch.rows, table, batch.geometry, batch.unreadable, batch.closed)

    def values(self, batch: Batch, refusing: Refusing) -> Values:
        """Field → values of the rows in its type; rows that break the declaration are told to `refusing`."""
        layer, values = self.rules.layer, {}
        for name, raw in fields_of(batch, self.rules.columns, self.rules.filling).items():
            values[name], bad = check.typed(raw, check.kind_of(layer, name))
            refusing.add("wrong_type", bad, _value_of(name, raw))
        for one in layer.fields:
            if one.required and one.name not in values and one.name not in self.rules.filling.templates:
                refusing.add("value_missing", np.ones(len(batch.rows), dtype=bool), _always(one.name))
        values = split_purposes(layer, values)
        if PURPOSES in values:
            unknown = np.array(unknown_purpose(values, self.rules.codes["land_use"]), dtype=bool)
            refusing.add("unknown_code", unknown, lambda row: f"land_use_code = {values[PURPOSES][row].as_py()}")
        for fault in check.faults(layer, values, self.rules.codes):
            refusing.add(fault.code, fault.rows, fault.detail)
        return values

    def _geometry(self, batch: Batch, refusing: Refusing) -> Geometries | None:
        if self.rules.layer.shape is None or not self.rules.spatial or batch.geometry is None:
            return None
        unusable = repair.unusable(batch.geometry, batch.unreadable, self.rules.vertex_limit)
        counts = shapely.get_num_coordinates(batch.geometry)
        for code, rows in unusable.items():
            refusing.add(code, rows, (lambda row: str(counts[row])) if code == "too_many_vertices" else lambda _: "")
        usable = ~np.any(list(unusable.values()), axis=0)
        geometry = np.full(len(usable), None, dtype=object)
        moved = self.moved(batch.geometry[usable])
        finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
        places = np.flatnonzero(usable)
        refusing.add("not_transformable", _spread(~finite, places, len(usable)))
        places = places[finite]
        done = repair.repaired(moved[finite], self.rules.layer.shape)
        geometry[places] = done.geometry
        self._tell_repairs(batch, done, places)
        if self.rules.box is not None:
            refusing.add(
                "outside_box", _spread(_outside(done.geometry, self.rules.box), places, len(usable)), _place(geometry)
            )
        for code, mask in done.refused.items():
            refusing.add(code, _spread(mask, places, len(usable)), _detail(done, code, places))
        return geometry

    def moved(self, geometry: Geometries) -> Geometries:
        """`geometry` in EPSG:5899."""
        if self.to_storage is None:
            return geometry
        coordinates = shapely.get_coordinates(geometry)
        moved = np.column_stack(self.to_storage.transform(coordinates[:, 0], coordinates[:, 1]))
        return np.asarray(shapely.set_coordinates(shapely.force_2d(geometry), moved), dtype=object)

    def _tell_repairs(self, batch: Batch, done: repair.Repaired, places: np.ndarray) -> None:
        refused = np.any(list(done.refused.values()), axis=0)
        rows = batch.rows[places]
        closed = batch.closed[places]
        if closed.any():
            done.repaired["ring_closed"] = done.repaired.get("ring_closed", np.zeros_like(closed)) | closed
        kinds: tuple[tuple[Kind, dict[str, Mask]], ...] = (("repaired", done.repaired), ("remarked", done.remarked))
        for kind, found in kinds:
            for code, mask in found.items():
                told = np.flatnonzero(mask & ~refused)
                if len(told):
                    details = [done.details.get((code, int(row)), "") for row in told]
                    self.findings.add(kind, code, self.file, rows[told], details, _centres(done.geometry[told]))

    def _tell_refused(self, batch: Batch, refusing: Refusing, geometry: Geometries | None) -> None:
        for code in REFUSED:
            rows = sorted(row for row, (reason, _) in refusing.codes.items() if reason == code)
            if rows:
                places = None if geometry is None else _centres(geometry[rows])
                details = [refusing.codes[row][1] for row in rows]
                self.findings.add("refused", code, self.file, batch.rows[rows], details, places)


def to_storage(crs: CRS) -> Transformer | None:
    """A transformer from `crs` to EPSG:5899, coordinates east first; None where they are the same."""
    if crs.to_epsg() == STORAGE_SRID:
        return None
    return Transformer.from_crs(crs, CRS.from_epsg(STORAGE_SRID), always_xy=True)


def _value_of(name: str, values: pa.Array | pa.ChunkedArray) -> Callable[[int], str]:
    return lambda row: f"{name} = {values[row].as_py()}"


def _always(text: str) -> Callable[[int], str]:
    return lambda _: text


def _refusal(batch: Batch, refusing: Refusing) -> Refusal:
    rows = sorted(refusing.codes)
    return Refusal(
        batch.where(refusing.rows), [refusing.codes[row][0] for row in rows], [refusing.codes[row][1] for row in rows]
    )


def _spread(mask: Mask, places: np.ndarray, count: int) -> Mask:
    wide = np.zeros(count, dtype=bool)
    wide[places[mask]] = True
    return wide


def _detail(done: repair.Repaired, code: str, places: np.ndarray) -> Callable[[int], str]:
    back = {int(place): row for row, place in enumerate(places)} if done.details else {}
    return lambda row: done.details.get((code, back.get(row, -1)), "")


def _outside(geometry: Geometries, box: Box) -> Mask:
    bounds = shapely.bounds(geometry)
    west, south, east, north = box
    return (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)


def _place(geometry: Geometries) -> Callable[[int], str]:
    return lambda row: "E {:.0f} N {:.0f}".format(*shapely.bounds(geometry[row])[:2])


def _centres(geometry: Geometries) -> np.ndarray:
    bounds = shapely.bounds(geometry)
    return np.column_stack(((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2))


def _repeat(text: str, mask: Mask) -> Iterable[str]:
    return [text] * int(mask.sum())
