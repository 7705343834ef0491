"""Layer `land_parcels`: the parcels in force, then those that were split, merged or renumbered."""

from typing import Any

import numpy as np

from etl.demo.addresses import Addresses
from etl.demo.cadastre import Cadastre
from etl.demo.chance import Ints
from etl.demo.days import between, dates
from etl.demo.houses import Houses
from etl.demo.landuse import LandUse, term
from etl.demo.names import people
from etl.demo.parcels import areas, polygons
from etl.demo.site import Site
from etl.demo.wards import NEW_CODES, NEW_WARDS, OLD_CODES


def parcel_features(
    site: Site, cadastre: Cadastre, use: LandUse, addresses: Addresses, houses: Houses, rng: np.random.Generator
) -> tuple[dict[str, Any], Any]:
    """Columns and areas of layer `land_parcels`."""
    lineage, count = cadastre.lineage, len(site.parcels)
    every = np.concatenate([np.arange(count), lineage.like])
    cell = site.ward[site.parcels.block[every]]
    area = np.concatenate([use.area, np.round(areas(lineage.frames), 1)])
    refs = cadastre.ref + lineage.ref
    codes = use.code[every].tolist()
    gone = len(lineage.ref)
    old = _before_renumbering(cadastre, count)
    columns: dict[str, Any] = {
        "parcel_uid": [ref.replace("/", ".") for ref in refs],
        "ward_code": NEW_CODES[cell],
        "ward_code_survey": OLD_CODES[cell],
        "map_sheet_no": [ref.split("/")[1] for ref in refs],
        "parcel_no": [ref.split("/")[2] for ref in refs],
        "old_map_sheet_no": [one and one.split("/")[1] for one in old] + [None] * gone,
        "old_parcel_no": [one and one.split("/")[2] for one in old] + [None] * gone,
        "area_m2": area,
        # Certificates were drawn up from older surveys: up to 2 % off.
        "legal_area_m2": np.round(area * rng.uniform(0.98, 1.02, len(every)), 1),
        "land_use_code": codes,
        "land_use_origin": np.where(rng.random(len(every)) < 0.8, "1", "4"),
        "land_use_term": _terms(codes),
        "land_use_form": np.where(rng.random(len(every)) < 0.97, "rieng", "chung"),
        "survey_date": dates(between(rng, "2007-05-01", "2018-12-20", len(every))),
        "valid_from": _valid_from(cadastre, count) + [None] * gone,
        "valid_to": [None] * count + lineage.valid_to,
    }
    columns |= _ownership(len(every), rng)
    columns["parcel_address"] = _texts(every, cell, addresses, houses)
    return columns, polygons(np.concatenate([site.parcels.frames, lineage.frames]))


def _terms(codes: list[str]) -> list[str]:
    terms = {code: term(code) for code in set(codes)}
    return [terms[code] for code in codes]


def _before_renumbering(cadastre: Cadastre, count: int) -> list[str | None]:
    old: list[str | None] = [None] * count
    lineage = cadastre.lineage
    for ref, parcel, kind in zip(lineage.from_ref, lineage.to_parcel.tolist(), lineage.kind, strict=True):
        if kind == "doi_so":
            old[parcel] = ref
    return old


def _valid_from(cadastre: Cadastre, count: int) -> list[Any]:
    first: list[Any] = [None] * count
    for parcel, day in zip(cadastre.lineage.to_parcel.tolist(), cadastre.lineage.changed_on, strict=True):
        first[parcel] = day
    return first


def _ownership(count: int, rng: np.random.Generator) -> dict[str, Any]:
    certified = (rng.random(count) < 0.92).tolist()
    days = dates(between(rng, "2005-01-10", "2026-10-30", count))
    return {
        "certificate_no": [f"MẪU {k + 1:07d}" if one else None for k, one in enumerate(certified)],
        "certificate_book_no": [f"CS-MẪU {k + 1:07d}" if one else None for k, one in enumerate(certified)],
        "certificate_date": [day if one else None for day, one in zip(days, certified, strict=True)],
        "owner_name": people(rng, count),
        "in_dispute": rng.random(count) < 0.003,
    }


def _texts(every: Ints, cell: Ints, addresses: Addresses, houses: Houses) -> list[str]:
    wards = [f"{NEW_WARDS[code]}, Lâm Đồng" for code in NEW_CODES]
    full = dict(zip(addresses.known.tolist(), houses.text, strict=True))
    return [full.get(parcel, wards[ward]) for parcel, ward in zip(every.tolist(), cell.tolist(), strict=True)]
