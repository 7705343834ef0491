"""Whole query results as files: read from the database in batches and written as they come, so memory stays flat."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyogrio
from pyarrow import csv, parquet
from pyproj import CRS
from sqlalchemy import Connection, func, select

from gis_core.audit import record_read
from gis_core.features import (
    DEGREE_DIGITS,
    METRE_DIGITS,
    collection_members,
    feature_page,
    published_geometry,
    refusing_bad_values,
)
from gis_core.jsonfg import JSONFG
from gis_core.layer import Kind
from gis_core.properties import published_fields
from gis_core.query import Query, chosen_columns, conditions, ordering, position
from gis_core.table import table

BATCH_ROWS = 5_000
GEOMETRY = "geometry"
_BOM = b"\xef\xbb\xbf"
_TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(), "integer": pa.int32(), "bigint": pa.int64(), "number": pa.float64(), "money": pa.int64(),
    "boolean": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("us", tz="UTC"), "json": pa.string(),
    "uuid": pa.string(),
}  # fmt: skip


Told = Callable[[int], None]
"""Called with the number of features written so far; what it raises ends the writing."""


def _nobody(_written: int) -> None: ...


class Write(Protocol):
    """Writes a query's result to a path; `limit` is the greatest number of features, None for all."""

    def __call__(
        self, connection: Connection, query: Query, path: Path, limit: int | None, told: Told = _nobody
    ) -> None:
        """Write the file."""


@dataclasses.dataclass(frozen=True, slots=True)
class FileFormat:
    """A format of files: its name ending, its media type, and what writes a query's result to a path."""

    suffix: str
    media_type: str
    write: Write


def _schema(query: Query, geometry: pa.DataType) -> pa.Schema:
    fields = {one.name: one for one in published_fields(query.layer, query.role)}
    names = [column.name for column in chosen_columns(query)]
    found = [pa.field("id", pa.int64(), nullable=False)]
    found += [pa.field(name, _TYPES[fields[name].kind]) for name in names]
    if query.layer.shape and not query.skip_geometry:
        wkb = {"ARROW:extension:name": "geoarrow.wkb"} if geometry == pa.binary() else None
        found.append(pa.field(GEOMETRY, geometry, metadata=wkb))
    return pa.schema(found)


def _batches(
    connection: Connection, query: Query, schema: pa.Schema, limit: int | None, told: Told
) -> Iterator[pa.RecordBatch]:
    """The rows that match, in order. In files, x is always east; as text, the authority's axis order holds."""
    columns = table(query.layer).c
    chosen: list[Any] = [columns.id, *chosen_columns(query)]
    if GEOMETRY in schema.names:
        binary = schema.field(GEOMETRY).type == pa.binary()
        east_first = dataclasses.replace(query.crs, northing_first=False)
        shape = published_geometry(columns.geom, east_first if binary else query.crs)
        digits = DEGREE_DIGITS if query.crs.geographic else METRE_DIGITS
        chosen.append(func.ST_AsBinary(shape) if binary else func.ST_AsText(shape, digits))
    statement = (
        select(*chosen)
        .where(*conditions(query), *position(query))
        .order_by(*ordering(query))
        .offset(query.offset)
        .limit(limit)
    )
    with refusing_bad_values():
        # Options of the statement: on the connection they would also hold for what follows in the transaction.
        streamed = connection.execute(
            statement, execution_options={"stream_results": True, "max_row_buffer": BATCH_ROWS}
        )
        written = 0
        for rows in streamed.partitions(BATCH_ROWS):
            written += len(rows)
            arrays = [_array(values, one.type) for values, one in zip(zip(*rows, strict=True), schema, strict=True)]
            yield pa.record_batch(arrays, schema=schema)
            told(written)
    record_read(connection, query, written)


def _array(values: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    if kind == pa.string():
        values = tuple(one if one is None or isinstance(one, str) else _words(one) for one in values)
    elif kind == pa.binary():
        values = tuple(None if one is None else bytes(one) for one in values)
    return pa.array(values, kind)


def _words(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _by_gdal(driver: str) -> Write:
    def write(connection: Connection, query: Query, path: Path, limit: int | None, told: Told = _nobody) -> None:
        schema = _schema(query, pa.binary())
        source = _Source(_batches(connection, query, schema, limit, told))
        reader = pa.RecordBatchReader.from_batches(schema, iter(source))
        placed = GEOMETRY in schema.names
        shape = "Unknown" if query.layer.shape == "Geometry" else query.layer.shape
        # Its spatial index cannot hold a feature without geometry.
        indexed = {"SPATIAL_INDEX": "YES" if placed and _all_placed(connection, query) else "NO"}
        try:
            pyogrio.write_arrow(
                reader, path, layer=query.layer.id, driver=driver, geometry_name=GEOMETRY if placed else None,
                geometry_type=shape if placed else None, crs=f"EPSG:{query.crs.srid}" if placed else None,
                layer_options=indexed,
            )  # fmt: skip
        except Exception:
            if source.failure is not None:
                raise source.failure from None
            raise

    return write


def _all_placed(connection: Connection, query: Query) -> bool:
    nowhere = select(table(query.layer).c.id).where(*conditions(query), table(query.layer).c.geom.is_(None))
    with refusing_bad_values():
        return not connection.scalar(select(nowhere.exists()))


class _Source:
    """Batches on their way to a writer; what goes wrong is kept.

    GDAL's side of an Arrow stream passes on no more than that it ended.
    """

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except Exception as error:
            self.failure = error
            raise


def _geoparquet(connection: Connection, query: Query, path: Path, limit: int | None, told: Told = _nobody) -> None:
    schema = _schema(query, pa.binary())
    if GEOMETRY in schema.names:
        about = {"encoding": "WKB", "geometry_types": [], "crs": CRS.from_epsg(query.crs.srid).to_json_dict()}
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: about}}
        schema = schema.with_metadata({"geo": json.dumps(geo)})
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(connection, query, schema, limit, told):
            writer.write_batch(batch)


def _csv(connection: Connection, query: Query, path: Path, limit: int | None, told: Told = _nobody) -> None:
    schema = _schema(query, pa.string())
    with path.open("wb") as file:
        file.write(_BOM)  # spreadsheets take a file without it for Windows text and spoil every diacritic
        with csv.CSVWriter(file, schema) as writer:
            for batch in _batches(connection, query, schema, limit, told):
                writer.write_batch(batch)


def _geojson(connection: Connection, query: Query, path: Path, limit: int | None, told: Told = _nobody) -> None:
    left, key, written = limit, query.after, 0
    with path.open("w", encoding="utf-8") as file:
        members = orjson.dumps(collection_members(query)).decode()
        file.write(f'{members[:-1]},"features":[')
        while left is None or left > 0:
            size = min(BATCH_ROWS, left or BATCH_ROWS)
            first = key is None
            page = feature_page(
                connection, dataclasses.replace(query, limit=size, after=key, offset=query.offset if first else 0)
            )
            file.write(("" if first or not page.returned else ",\n") + page.features[1:-1])
            left, key = None if left is None else left - page.returned, page.next_key
            written += page.returned
            told(written)
            if key is None:
                break
        file.write("]}")


def _jsonfg(connection: Connection, query: Query, path: Path, limit: int | None, told: Told = _nobody) -> None:
    profile = "jsonfg" if query.profile == "rfc7946" else query.profile
    _geojson(connection, dataclasses.replace(query, profile=profile), path, limit, told)


FILE_FORMATS: Mapping[str, FileFormat] = {
    "geojson": FileFormat("geojson", "application/geo+json", _geojson),
    "jsonfg-file": FileFormat("fg.json", JSONFG, _jsonfg),
    "csv": FileFormat("csv", "text/csv", _csv),
    "flatgeobuf": FileFormat("fgb", "application/flatgeobuf", _by_gdal("FlatGeobuf")),
    "gpkg": FileFormat("gpkg", "application/geopackage+sqlite3", _by_gdal("GPKG")),
    "geoparquet": FileFormat("parquet", "application/vnd.apache.parquet", _geoparquet),
}
"""The formats in which whole results are written, by the name that `f` takes."""
