"""What makes a row of a file the same feature as a row in the database: its reference in its source."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from etl.batch import Geometries
from etl.check import Values


def source_refs(values: Values, geometry: Geometries | None, key: Sequence[str], count: int) -> pa.Array:
    """The reference of each of `count` rows: the values of `key` joined by "/", or a hash of the content without a key.

    A missing part of a key is "", a day is ISO; where a whole key is missing the row is known by its content.
    """
    present = [values[name] for name in key if name in values]
    if not present:
        return pa.array(_content_hashes(values, geometry, range(count), count), pa.string())
    parts = [_texts(values[name]) if name in values else pa.array([""] * count) for name in key]
    refs = pc.binary_join_element_wise(*parts, "/")
    keyless = pc.equal(pc.utf8_trim(refs, "/"), "")
    if not pc.any(keyless).as_py():
        return refs
    rows = np.flatnonzero(keyless.to_numpy(zero_copy_only=False)).tolist()
    known = refs.to_pylist()
    for row, hashed in zip(rows, _content_hashes(values, geometry, rows, count), strict=True):
        known[row] = hashed
    return pa.array(known, pa.string())


def _texts(values: pa.Array) -> pa.Array:
    return pc.coalesce(values.cast(pa.string()), pa.scalar("", pa.string()))


def _content_hashes(values: Values, geometry: Geometries | None, rows: Sequence[int], count: int) -> list[str]:
    """Hashes of geometry (to the millimetre) and of the values that are there, so that a new field changes none."""
    if not rows:
        return []
    named = [(name, column.to_pylist()) for name, column in sorted(values.items())]
    shapes = [b""] * count if geometry is None else shapely.to_wkb(_to_millimetres(geometry))
    hashes = []
    for row in rows:
        digest = hashlib.blake2b(shapes[row] or b"", digest_size=16)
        for name, column in named:
            if column[row] is not None:
                digest.update(f"\x1f{name}={column[row]}".encode())
        hashes.append(digest.hexdigest())
    return hashes


def _to_millimetres(geometry: Geometries) -> Geometries:
    # + 0.0 turns a negative zero into zero: they are written differently.
    rounded = shapely.transform(geometry, lambda coordinates: np.round(coordinates, 3) + 0.0)
    return np.asarray(rounded, dtype=object)
