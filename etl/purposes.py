"""Parcels with several purposes of use in one column ("ODT+CLN"): the main one stays, all go to the detail table."""

import re

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql

from etl.check import Values
from gis_core.layer import Layer

PURPOSES = "purposes"
"""The column of the staging table that holds all purposes, main first, joined by "+"."""

_SEPARATOR = re.compile(r"\s*[+,;/]\s*")


def has_purposes(layer: Layer) -> bool:
    """Whether parcels' purposes are kept for this layer."""
    return layer.id == "land_parcels"


def split_purposes(layer: Layer, values: Values) -> Values:
    """`values` with the main purpose as land-use code and, where there are several, all of them under `purposes`."""
    if not has_purposes(layer) or "land_use_code" not in values:
        return values
    if not pc.any(pc.match_substring_regex(values["land_use_code"], _SEPARATOR.pattern)).as_py():
        return {**values, "land_use_code": pc.utf8_upper(values["land_use_code"])}
    lists = [None if text is None else _SEPARATOR.split(text.upper()) for text in values["land_use_code"].to_pylist()]
    main = [None if one is None else one[0] for one in lists]
    several = ["+".join(one) if one is not None and len(one) > 1 else None for one in lists]
    return {**values, "land_use_code": pa.array(main, pa.string()), PURPOSES: pa.array(several, pa.string())}


def unknown_purpose(values: Values, codes: pa.Array) -> list[bool]:
    """Per row, whether one of several purposes is not among the known `codes`; [] where no row has several."""
    known = set(codes.to_pylist())
    texts = values[PURPOSES].to_pylist() if PURPOSES in values else []
    return [text is not None and not known.issuperset(text.split("+")) for text in texts]


SAVE_PURPOSES = sql.SQL(
    """
    with wanted as (
        select parcel.id as parcel_id, one.rank::integer as rank, one.code as land_use_code,
               staging.source_ref || '/' || one.rank as source_ref
          from staging
          join city.land_parcels as parcel on parcel.source = %(source)s and parcel.source_ref = staging.source_ref
          cross join lateral unnest(string_to_array(staging.purposes, '+')) with ordinality as one (code, rank)
         where staging.purposes is not null)
    insert into city.land_parcel_purposes as kept (parcel_id, rank, land_use_code, source, source_ref)
    select parcel_id, rank, land_use_code, %(source)s, source_ref from wanted
    on conflict (source, source_ref) do update
       set land_use_code = excluded.land_use_code, parcel_id = excluded.parcel_id
     where (kept.land_use_code, kept.parcel_id) is distinct from (excluded.land_use_code, excluded.parcel_id)
    """
)
"""Saves the purposes of the staged parcels of `source`; areas stay unknown until a file gives them."""
