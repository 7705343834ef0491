"""Values that a file need not give because they follow from others."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from etl.check import Values
from gis_core.layer import Layer

TEMPLATES: Mapping[str, Mapping[str, str]] = {
    # A parcel is known by the ward of its survey, its sheet and its number; after the mergers sheets collide otherwise.
    "land_parcels": {"parcel_uid": "{source_ref}"},
}


def derived(layer: Layer, values: Values, refs: pa.Array, templates: Mapping[str, str]) -> Values:
    """`values` with the fields of the templates filled where the file gives nothing; a missing part reads ""."""
    filled = dict(values)
    for name, template in {**TEMPLATES.get(layer.id, {}), **templates}.items():
        made = _made(template, values, refs)
        filled[name] = pc.coalesce(values[name], made) if name in values else made
    return filled


def _made(template: str, values: Values, refs: pa.Array) -> pa.Array:
    if template == "{source_ref}":
        return refs
    known = {name: column.to_pylist() for name, column in values.items() if f"{{{name}}}" in template}
    rows = range(len(refs))
    texts = [
        template.format(**{name: "" if column[row] is None else column[row] for name, column in known.items()})
        for row in rows
    ]
    return pa.array(texts, pa.string())
