"""Which column of a file fills which field of a layer, with constants, code translations and a row filter."""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.batch import Batch
from gis_core.errors import LoadRefused
from gis_core.layer import Layer

LEGAL = ("valid_from", "valid_to")


def folded(name: str) -> str:
    """`name` in lower case without diacritics and signs, for comparing column names."""
    spread = unicodedata.normalize("NFD", name.casefold()).replace("đ", "d")
    return "".join(letter for letter in spread if letter.isalnum() and not unicodedata.combining(letter))


@dataclass(frozen=True)
class Filling:
    """How a file fills a layer, beyond what the layer's declaration says of it.

    `columns` field → column; `values` field → constant; `codes` field → {value in the file: code}; `templates` field →
    text with {field} in it, where the file gives none; `only` column → values of the rows that are wanted; `key`
    replaces the layer's `source.key`.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    key: tuple[str, ...] | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Filling":
        """The filling in a parsed TOML table; keys that belong to others are passed over."""
        known = {name: given[name] for name in ("columns", "values", "codes", "templates", "only") if name in given}
        return cls(**known, key=tuple(given["key"]) if "key" in given else None)


def read_filling(path: Path) -> Filling:
    """The filling in the TOML file `path`. Raises `LoadRefused` where it cannot be read or has unknown sections."""
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LoadRefused(f"{path}: không đọc được tệp ánh xạ. · The mapping cannot be read: {error}") from error
    known = {"columns", "values", "codes", "templates", "only", "key"}
    if unknown := sorted(given.keys() - known):
        raise LoadRefused(
            f"{path}: mục không có trong tệp ánh xạ: {', '.join(unknown)}. · "
            f"Unknown sections; known are {', '.join(sorted(known))}."
        )
    return Filling.of(given)


def loadable_fields(layer: Layer) -> tuple[str, ...]:
    """The names of the fields that a file may fill, in the order of the table."""
    return tuple(one.name for one in layer.fields) + (LEGAL if layer.validity else ())


def columns_of_fields(layer: Layer, filling: Filling, columns: Sequence[str], file: Path) -> dict[str, str]:
    """Field → column of the file, from the filling first, then from names; fields without a column are absent.

    Raises `LoadRefused` where the filling names a field or a column that does not exist.
    """
    fields = loadable_fields(layer)
    for problem in _unknown_names(layer, filling, columns):
        raise LoadRefused(f"{file}: {problem}")
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(folded(column), column)
    found = dict(filling.columns)
    for name in fields:
        if name in found or name in filling.values:
            continue
        for candidate in (name, *layer.source.columns.get(name, ())):
            if folded(candidate) in by_name:
                found[name] = by_name[folded(candidate)]
                break
    return found


def _unknown_names(layer: Layer, filling: Filling, columns: Sequence[str]) -> Iterator[str]:
    fields = loadable_fields(layer)
    for part in ("columns", "values", "codes", "templates"):
        for name in getattr(filling, part):
            if name not in fields:
                yield (
                    f"ánh xạ nhắc đến trường '{name}' mà lớp {layer.id} không có. · The mapping names field '{name}', "
                    f"which layer {layer.id} does not have; it has {', '.join(fields)}."
                )
    for column in (*filling.columns.values(), *filling.only):
        if column not in columns:
            yield (
                f"ánh xạ nhắc đến cột '{column}' mà tệp không có. · "
                f"The mapping names column '{column}', which the file does not have; it has {', '.join(columns)}."
            )
    for name in filling.key or ():
        if name not in fields:
            yield (
                f"khoá nhắc đến trường '{name}' mà lớp không có. · The key names field '{name}', unknown to {layer.id}."
            )


def wanted(batch: Batch, only: Mapping[str, Sequence[str]]) -> Batch:
    """The rows of `batch` whose columns hold one of the wanted values."""
    keep = np.ones(len(batch.rows), dtype=bool)
    for column, values in only.items():
        texts = batch.attributes.column(column).cast(pa.string())
        keep &= pc.is_in(texts, value_set=pa.array(list(values), pa.string())).to_numpy(zero_copy_only=False)
    return batch if keep.all() else batch.where(keep)


def fields_of(batch: Batch, columns: Mapping[str, str], filling: Filling) -> dict[str, pa.ChunkedArray | pa.Array]:
    """Field → values of the batch's rows as the file has them, codes translated, constants added."""
    found = {name: batch.attributes.column(column) for name, column in columns.items()}
    for name, translation in filling.codes.items():
        if name in found:
            found[name] = _translated(found[name], translation)
    for name, value in filling.values.items():
        constant = value if isinstance(value, (str, int, float, bool)) else str(value)
        found[name] = pa.array([constant] * len(batch.rows))
    return found


def _translated(values: pa.ChunkedArray, translation: Mapping[str, str]) -> pa.Array:
    """`values` with each one found in `translation` replaced; "" stands for no value, "*" for every other."""
    other = translation.get("*")
    texts = values.cast(pa.string()).to_pylist()
    return pa.array([translation.get(text or "", other or text) for text in texts], pa.string())
