"""Layer files as the loader reads them: columns named and typed as the layer declares, in EPSG:5899."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyarrow import csv
from shapely.geometry.base import BaseGeometry

from gis_core.layer import Field, Layer

_TYPES = {
    "text": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "number": pa.float64(),
    "money": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms", tz="UTC"),
    "json": pa.string(),
    "uuid": pa.string(),
}
_CRS = "EPSG:5899"


def column_type(field: Field) -> pa.DataType:
    """The Arrow type of a field in a file; a reference is written as the `source_ref` of what it refers to."""
    return pa.string() if field.references else _TYPES[field.kind]


def layer_table(layer: Layer, columns: Mapping[str, Any]) -> pa.Table:
    """`columns` as an Arrow table in the order of the layer's fields. Raises `KeyError` for an unknown column."""
    kinds = {field.name: column_type(field) for field in layer.fields}
    if layer.validity:
        kinds |= {"valid_from": pa.date32(), "valid_to": pa.date32()}
    if unknown := set(columns) - set(kinds):
        raise KeyError(f"Layer {layer.id} does not declare {', '.join(sorted(unknown))}.")
    return pa.table({name: _array(columns[name], kind) for name, kind in kinds.items() if name in columns})


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, np.ndarray) and values.dtype.kind == "U":
        return pa.array(values.tolist(), kind)
    return pa.array(values, kind, from_pandas=True)


def write_layer(
    folder: Path, layer: Layer, columns: Mapping[str, Any], geometries: Sequence[BaseGeometry] | np.ndarray | None
) -> str:
    """Write the layer's file into `folder`; its name. Areas become multi-areas and lines multi-lines where declared."""
    table = layer_table(layer, columns)
    if geometries is None:
        csv.write_csv(table, folder / f"{layer.id}.csv")
        return f"{layer.id}.csv"
    found = geometries if isinstance(geometries, np.ndarray) else np.array(geometries, dtype=object)
    # Coordinates (n, 2) stand for points.
    shapes = shapely.points(found) if found.ndim == 2 else _as_declared(found, layer.shape or "Geometry")
    table = table.append_column("geom", pa.array(shapely.to_wkb(shapes), pa.binary()))
    pyogrio.write_arrow(
        table, folder / f"{layer.id}.gpkg", layer=layer.id, driver="GPKG", geometry_name="geom",
        geometry_type="Unknown" if layer.shape == "Geometry" else layer.shape, crs=_CRS,
    )  # fmt: skip
    return f"{layer.id}.gpkg"


def _as_declared(geometries: np.ndarray, shape: str) -> np.ndarray:
    if not shape.startswith("Multi"):
        return geometries
    build = shapely.multipolygons if shape == "MultiPolygon" else shapely.multilinestrings
    parts, owner = shapely.get_parts(geometries, return_index=True)
    return np.asarray(build(parts, indices=owner))


def write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    """Write `columns` as UTF-8 CSV with a header."""
    arrays = {name: values.tolist() if isinstance(values, np.ndarray) else values for name, values in columns.items()}
    csv.write_csv(pa.table({name: pa.array(values, from_pandas=True) for name, values in arrays.items()}), path)
