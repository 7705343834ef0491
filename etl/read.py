"""Files of every supported format as streams of batches; memory does not grow with the file."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from etl.batch import Batch, Opened, batch
from etl.osm import open_osm
from etl.tabular import open_table
from gis_core.errors import LoadRefused

BATCH_ROWS = 20_000
TABLES = (".csv", ".tsv", ".xlsx")
PARQUET = (".parquet", ".geoparquet")


def open_file(path: Path, layer: str | None = None) -> Opened:
    """The file `path` ready to be read. `layer` chooses among several layers of one file.

    Raises `LoadRefused` with one sentence where the file is missing, empty, of an unknown format or unreadable.
    """
    _check_present(path)
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return open_table(path, layer, BATCH_ROWS)
    if suffix in PARQUET:
        return _open_parquet(path)
    if path.name.lower().endswith((".osm.pbf", ".osm")):
        return open_osm(path, BATCH_ROWS)
    return _open_with_gdal(path, layer)


def _check_present(path: Path) -> None:
    if not path.exists():
        raise LoadRefused(f"{path}: không có tệp này. · There is no such file.")
    if path.is_file() and path.stat().st_size == 0:
        raise LoadRefused(f"{path}: tệp rỗng (0 byte). · The file is empty (0 bytes).")


def _open_with_gdal(path: Path, layer: str | None) -> Opened:
    name = _chosen_layer(path, layer)
    try:
        info = pyogrio.read_info(path, layer=name)
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise _unreadable(path, error) from error
    if info["geometry_type"] is None:
        raise LoadRefused(f"{path}: tệp không có hình học. · The file has no geometry.")
    count = int(info["features"]) if info["features"] >= 0 else None
    if count == 0:
        raise LoadRefused(f"{path}: không có đối tượng nào. · The file holds no feature.")
    columns = tuple(str(field) for field in info["fields"])
    return Opened(path, crs_of(path, info["crs"]), count, columns, partial(_gdal_batches, path, name))


def _chosen_layer(path: Path, layer: str | None) -> str:
    try:
        names = [str(name) for name, shape in pyogrio.list_layers(path) if shape is not None]
    except DataSourceError as error:
        raise _unreadable(path, error) from error
    if layer is not None and layer not in names:
        raise LoadRefused(f"{path}: không có lớp '{layer}'; tệp có: {', '.join(names)}. · No such layer in the file.")
    if layer is None and len(names) != 1:
        listed = ", ".join(names) or "—"
        raise LoadRefused(
            f"{path}: tệp có {len(names)} lớp hình học ({listed}); chọn bằng --file-layer. · "
            f"The file has {len(names)} layers with geometry; choose one with --file-layer."
        )
    return layer or names[0]


def crs_of(path: Path, definition: str | None) -> CRS | None:
    """The reference system that a file states as `definition`, None where it states none. Raises `LoadRefused`."""
    if not definition:
        return None
    try:
        found = CRS.from_user_input(definition)
    except CRSError as error:
        raise LoadRefused(
            f"{path}: hệ toạ độ trong tệp không hiểu được. · The file's CRS is not understood: {error}"
        ) from error
    # A DXF or a file without .prj is reported by GDAL as an engineering system that says nothing about the place.
    return None if found.is_engineering else found


def _gdal_batches(path: Path, layer: str) -> Iterator[Batch]:
    first = 1
    try:
        with pyogrio.open_arrow(path, layer=layer, batch_size=BATCH_ROWS, use_pyarrow=True) as (meta, reader):
            column = meta["geometry_name"] or "wkb_geometry"
            for record_batch in reader:
                whole = pa.Table.from_batches([record_batch])
                wkb = whole.column(column) if column in whole.column_names else None
                attributes = whole.drop_columns([column]) if wkb is not None else whole
                yield from_wkb(first, attributes, wkb)
                first += whole.num_rows
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError) as error:
        raise _unreadable(path, error, first) from error


def from_wkb(first: int, attributes: pa.Table, wkb: pa.ChunkedArray | None) -> Batch:
    """The batch of rows from number `first` on with geometry from WKB; rings left open are closed and marked."""
    plain = batch(first, attributes, None)
    if wkb is None:
        return plain
    raw = wkb.to_numpy(zero_copy_only=False)
    geometry = np.asarray(shapely.from_wkb(raw, on_invalid="ignore"), dtype=object)
    failed = shapely.is_missing(geometry) & np.array([one is not None for one in raw], dtype=bool)
    closed = np.zeros(len(raw), dtype=bool)
    if failed.any():
        geometry[failed] = shapely.from_wkb(raw[failed], on_invalid="fix")
        closed = failed & ~shapely.is_missing(geometry)
    return Batch(plain.rows, attributes, geometry, failed & ~closed, closed)


def _open_parquet(path: Path) -> Opened:
    try:
        file = pq.ParquetFile(path)
        metadata = json.loads((file.schema_arrow.metadata or {})[b"geo"])
        primary = metadata["primary_column"]
        geometry = metadata["columns"][primary]
    except KeyError as error:
        raise LoadRefused(
            f"{path}: không phải GeoParquet (thiếu siêu dữ liệu 'geo'). · Not a GeoParquet file."
        ) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if geometry.get("encoding") != "WKB":
        raise LoadRefused(f"{path}: chỉ đọc GeoParquet mã hoá WKB. · Only GeoParquet encoded as WKB is read.")
    if file.metadata.num_rows == 0:
        raise LoadRefused(f"{path}: không có đối tượng nào. · The file holds no feature.")
    # The GeoParquet specification: an absent key means OGC:CRS84, null means unknown.
    stated = geometry.get("crs", "OGC:CRS84")
    definition = json.dumps(stated) if isinstance(stated, dict) else stated
    columns = tuple(name for name in file.schema_arrow.names if name != primary)
    return Opened(
        path,
        crs_of(path, definition),
        file.metadata.num_rows,
        columns,
        partial(_parquet_batches, path, primary, columns),
    )


def _parquet_batches(path: Path, primary: str, columns: Sequence[str]) -> Iterator[Batch]:
    first = 1
    for record_batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH_ROWS):
        whole = pa.Table.from_batches([record_batch])
        yield from_wkb(first, whole.select(list(columns)), whole.column(primary))
        first += whole.num_rows


def _unreadable(path: Path, error: Exception, row: int | None = None) -> LoadRefused:
    where = f" (từ hàng {row})" if row and row > 1 else ""
    reason = " ".join(str(error).split())[:300]
    return LoadRefused(f"{path}{where}: không đọc được tệp. · The file cannot be read: {reason}")
