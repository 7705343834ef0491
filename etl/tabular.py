"""CSV and Excel tables with coordinate columns, also in the Vietnamese order: X is the northing, Y the easting."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import openpyxl
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from openpyxl.utils.exceptions import InvalidFileException

from etl.batch import Batch, Geometries, Opened, batch
from etl.mapping import folded
from gis_core.errors import LoadRefused

EAST = ("lon", "lng", "long", "longitude", "kinhdo", "easting", "east", "e", "toadoy", "y")
NORTH = ("lat", "latitude", "vido", "northing", "north", "n", "toadox", "x")
WKT = ("wkt", "geomwkt", "geometry", "geom")


@dataclass(frozen=True)
class _Place:
    """Where a table keeps its geometry: a WKT column, or a pair of coordinate columns; neither: nowhere."""

    wkt: int | None = None
    east: int | None = None
    north: int | None = None


def open_table(path: Path, sheet: str | None, batch_rows: int) -> Opened:
    """The table in `path` (CSV, TSV or Excel) ready to be read; `sheet` names a sheet of a workbook.

    A table states no reference system. Raises `LoadRefused` where it cannot be read, has no rows or no header.
    """
    records = partial(_records, path, sheet)
    try:
        header, second = next(records(), None), next(islice(records(), 1, None), None)
    except (OSError, csv.Error, BadZipFile, InvalidFileException, KeyError) as error:
        raise LoadRefused(f"{path}: không đọc được bảng. · The table cannot be read: {error}") from error
    if header is None or second is None:
        raise LoadRefused(f"{path}: bảng không có hàng dữ liệu. · The table has no data rows.")
    if len(set(header)) != len(header) or not all(header):
        raise LoadRefused(
            f"{path}: hàng tiêu đề có cột trống hoặc trùng tên. · The header has empty or repeated names."
        )
    place = _place(header)
    spatial = place != _Place()
    return Opened(path, None, None, tuple(header), partial(_batches, path, sheet, batch_rows, place), spatial)


def _records(path: Path, sheet: str | None) -> Iterator[list[str]]:
    return _workbook_records(path, sheet) if path.suffix.lower() == ".xlsx" else _text_records(path)


def _text_records(path: Path) -> Iterator[list[str]]:
    with path.open(encoding=_text_encoding(path), newline="") as file:
        start = file.read(4096)
        delimiter = max(",;\t|", key=start.split("\n", 1)[0].count)
        file.seek(0)
        for record in csv.reader(file, delimiter=delimiter):
            if record:
                yield [cell.strip() for cell in record]


def _text_encoding(path: Path) -> str:
    # Legacy Vietnamese text is Latin-1 for us: the letters are told apart afterwards, see `decode`.
    try:
        with path.open(encoding="utf-8-sig") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _workbook_records(path: Path, sheet: str | None) -> Iterator[list[str]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        page = book[sheet] if sheet else book.worksheets[0]
        for record in page.iter_rows(values_only=True):
            cells = ["" if cell is None else str(cell).strip() for cell in record]
            if any(cells):
                yield cells
    finally:
        book.close()


def _place(header: Sequence[str]) -> _Place:
    names = [folded(name) for name in header]

    def first(candidates: Sequence[str]) -> int | None:
        return next((names.index(name) for name in candidates if name in names), None)

    if (wkt := first(WKT)) is not None:
        return _Place(wkt=wkt)
    east, north = first(EAST), first(NORTH)
    return _Place(east=east, north=north) if east is not None and north is not None else _Place()


def _batches(path: Path, sheet: str | None, batch_rows: int, place: _Place) -> Iterator[Batch]:
    records = _records(path, sheet)
    header = next(records)
    first = 1
    while chunk := list(islice(records, batch_rows)):
        width = len(header)
        rows = [(record + [""] * width)[:width] for record in chunk]
        columns = list(zip(*rows, strict=True))
        attributes = pa.table(
            {name: pa.array(column, pa.string()) for name, column in zip(header, columns, strict=True)}
        )
        plain = batch(first, attributes, None)
        yield _with_geometry(plain, place, columns)
        first += len(chunk)


def _with_geometry(plain: Batch, place: _Place, columns: Sequence[Sequence[str]]) -> Batch:
    if place.wkt is not None:
        texts = np.array([text or None for text in columns[place.wkt]], dtype=object)
        geometry = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
        unreadable = shapely.is_missing(geometry) & np.array([text is not None for text in texts], dtype=bool)
        return Batch(plain.rows, plain.attributes, geometry, unreadable, plain.closed)
    if place.east is None or place.north is None:
        return plain
    geometry, unreadable = points(columns[place.east], columns[place.north])
    return Batch(plain.rows, plain.attributes, geometry, unreadable, plain.closed)


def points(east: Sequence[str], north: Sequence[str]) -> tuple[Geometries, NDArray[np.bool_]]:
    """Points from two columns of numbers, and a mask of the rows that hold no pair of numbers.

    Columns are exchanged row by row where the magnitudes say so: in Vietnam an easting has 6 digits before the point
    and a northing 7, and longitudes (102–110) are larger than latitudes (8–24); survey tables call the northing X.
    """
    a, b = _numbers(east), _numbers(north)
    metres = (np.abs(a) >= 1e6) & (np.abs(b) < 1e6) & (np.abs(b) >= 1e5)
    degrees = (a >= 8) & (a <= 24) & (b >= 102) & (b <= 110)
    swapped = metres | degrees
    x, y = np.where(swapped, b, a), np.where(swapped, a, b)
    empty = np.array([not one and not other for one, other in zip(east, north, strict=True)], dtype=bool)
    geometry = np.asarray(shapely.points(x, y), dtype=object)
    geometry[empty] = None
    wordless = np.array([_is_word(one) or _is_word(other) for one, other in zip(east, north, strict=True)], dtype=bool)
    geometry[wordless] = None
    return geometry, wordless & ~empty


def _numbers(texts: Sequence[str]) -> NDArray[np.float64]:
    return np.array([_number(text) for text in texts], dtype=np.float64)


def _number(text: str) -> float:
    """The number written in `text` with decimal point or comma, NaN where it is none."""
    plain = text.replace(" ", "").replace("\u00a0", "")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return float("nan")


def _is_word(text: str) -> bool:
    return np.isnan(_number(text)).item() and text.strip().lower() != "nan"
