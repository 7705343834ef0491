"""The unit in which files stream through the loader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyproj import CRS

Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: their numbers from 1, their attributes by column name, their geometry (shapely or None).

    `unreadable` marks rows whose geometry is there and cannot be read, `closed` those whose rings were closed.
    """

    rows: NDArray[np.int64]
    attributes: pa.Table
    geometry: Geometries | None
    unreadable: NDArray[np.bool_]
    closed: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_]) -> "Batch":
        """The rows for which `keep` (n,) is true."""
        return replace(
            self,
            rows=self.rows[keep],
            attributes=self.attributes.filter(pa.array(keep)),
            geometry=None if self.geometry is None else self.geometry[keep],
            unreadable=self.unreadable[keep],
            closed=self.closed[keep],
        )


@dataclass(frozen=True)
class Opened:
    """A file ready to be read any number of times; `crs` None: the file does not say, `count` None: not known.

    `spatial` is false for a table without coordinates.
    """

    path: Path
    crs: CRS | None
    count: int | None
    columns: tuple[str, ...]
    batches: Callable[[], Iterator[Batch]]
    spatial: bool = True


def batch(first: int, attributes: pa.Table, geometry: Geometries | None) -> Batch:
    """A batch of readable rows numbered from `first`."""
    count = attributes.num_rows
    none = np.zeros(count, dtype=bool)
    return Batch(np.arange(first, first + count, dtype=np.int64), attributes, geometry, none, none)
