"""A small city with parcels, permits and one plan in force, and files of amended versions of that plan."""

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from etl.plan_check import plan_check_job
from etl.plan_upload import unpack
from gis_core.db import Engines, Identity, acting_as
from gis_core.jobs.run import run_job
from gis_core.layer import Text
from gis_core.plan_drafts import About, Upload, begin, find_draft, submit_draft
from gis_core.plan_versions import Published, publish
from layers import CATALOG

LAN, MINH, HOA = (Identity(name, "planner") for name in ("lan", "minh", "hoa"))
CODE = "QHPK-07"
ZONES = 214
FIRST, AMENDED = date(2020, 1, 1), date(2026, 1, 1)
_chosen = np.random.default_rng(7)
# Uneven on purpose: a regular pattern looks alike after every move by its period.
EAST = 575_000 + np.concatenate(([0], _chosen.uniform(28, 75, 16).cumsum()))
NORTH = 1_320_000 + np.concatenate(([0], _chosen.uniform(28, 75, 14).cumsum()))


def cells() -> list[shapely.Polygon]:
    """224 blocks in EPSG:5899 that tile a part of the city."""
    return [
        shapely.box(EAST[i], NORTH[j], EAST[i + 1], NORTH[j + 1])
        for j in range(len(NORTH) - 1) for i in range(len(EAST) - 1)
    ]  # fmt: skip


def frame(**changes: Any) -> gpd.GeoDataFrame:
    """214 zones as a file has them; `changes` replace columns."""
    zones = cells()[:ZONES]
    columns = {
        "KiHieuKhuDat": [f"OH-{n:03d}" for n in range(1, ZONES + 1)], "LoaiDat": ["ODT"] * ZONES,
        "ChucNang": ["Đất ở đô thị"] * ZONES, "TangCao": [4] * ZONES, "MatDoXayDung": [60.0] * ZONES,
    }  # fmt: skip
    return gpd.GeoDataFrame(columns | changes, geometry=zones, crs=5899)


def amended() -> gpd.GeoDataFrame:
    """The frame with ten zones turned into parks, one that lost its half, one renamed."""
    changed = frame()
    changed.loc[:9, ["LoaiDat", "ChucNang", "TangCao", "MatDoXayDung"]] = ["DKV", "Cây xanh", 1, 5.0]
    west, south, east, north = changed.geometry[20].bounds
    changed.loc[20, "geometry"] = shapely.box(west, south, (west + east) / 2, north)
    changed.loc[30, "KiHieuKhuDat"] = "OH-999"
    return changed


def found_city(city: Engines) -> None:
    """Wards, parcels (two a block), two permits and the first version of the plan, valid from 2020."""
    zones, parcels = cells(), []
    for block in zones:
        west, south, east, north = block.bounds
        middle = (west + east) / 2
        parcels += [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    ward = shapely.box(EAST[0] - 800, NORTH[0] - 800, EAST[-1] + 800, NORTH[-1] + 800)
    symbols = [f"OH-{n:03d}" for n in range(1, ZONES + 1)]
    values = {
        "ward": ward.wkt, "whole": shapely.union_all(zones[:ZONES]).wkt, "code": CODE, "day": FIRST, "symbols": symbols,
        "parcels": [one.wkt for one in parcels], "zones": [one.wkt for one in zones[:ZONES]],
    }  # fmt: skip
    with city.owner.begin() as connection:
        for statement in ROWS:
            connection.execute(sa.text(statement), values)


ROWS = (
    """
    insert into city.wards (code, name, valid_from, geom)
    values ('24769', 'Xuân Hương', '2000-01-01', st_multi(st_geomfromtext(:ward, 5899)))
    """,
    """
    insert into city.land_parcels (parcel_uid, map_sheet_no, parcel_no, geom)
    select n, '7', n, st_multi(st_geomfromtext(shape, 5899))
      from unnest(cast(:parcels as text[])) with ordinality as one(shape, n)
    """,
    """
    insert into city.building_permits (permit_no, permit_status, geom)
    select 'GP-' || n, case n when 1 then 'da_cap' else 'hoan_thanh' end, st_multi(st_geomfromtext(shape, 5899))
      from unnest(cast(:parcels as text[])) with ordinality as one(shape, n) where n <= 2
    """,
    """
    insert into city.plans
           (plan_code, plan_version, plan_name, plan_level, plan_status, valid_from, source_ref, geom)
    values (:code, 1, 'Phân khu 7', 'subdivision', 'cong_bo', :day, :code || '/1',
            st_multi(st_geomfromtext(:whole, 5899)))
    """,
    """
    insert into city.planning_zones
           (plan_id, zone_symbol, land_use_code, zone_function, floors_max, building_density_pct, valid_from, geom)
    select plans.id, symbol, 'ODT', 'Đất ở đô thị', 4, 60, :day, st_multi(st_geomfromtext(shape, 5899))
      from unnest(cast(:symbols as text[]), cast(:zones as text[])) as one(symbol, shape), city.plans
    """,
)


def about(**changes: Any) -> About:
    """What a planner says of the amended version."""
    said: dict[str, Any] = {
        "plan_code": CODE, "plan_name": "Phân khu 7", "plan_level": "subdivision", "decision_no": "1234/QĐ-UBND",
        "decision_date": date(2025, 12, 1), "valid_from": AMENDED,
    }  # fmt: skip
    return About(**(said | changes))


def quiet(_share: float, _words: Text) -> None:
    """Nothing: nobody watches the progress."""


def drafted(city: Engines, uploads: Path, file: Path, who: Identity = LAN, **changes: Any) -> int:
    """The draft of the file, uploaded and checked by `who`."""
    folder = uploads / file.name
    folder.mkdir(parents=True)
    upload = folder / "upload"
    upload.write_bytes(file.read_bytes())
    unpacked = unpack(upload, 50 << 20)
    taken = Upload(file.name, file.name, file.stat().st_size, unpacked.dataset, None, unpacked.columns)
    with acting_as(city, who) as connection:
        draft, _ = begin(connection, taken, about(**changes))
    checked(city, uploads, draft, who)
    return draft


def checked(city: Engines, uploads: Path, draft: int, who: Identity = LAN) -> None:
    """Lets the job check the draft."""
    run_job(city, who, plan_check_job(uploads), {"draft": draft}, quiet)


def handed_in(city: Engines, draft: int, who: Identity = LAN) -> int:
    """The version of the draft after `who` handed it in for approval."""
    with acting_as(city, who) as connection:
        submit_draft(connection, draft, find_draft(connection, draft)["version"])
        return int(find_draft(connection, draft)["version"])


def published(city: Engines, uploads: Path, file: Path, **changes: Any) -> Published:
    """What Minh published of the file that Lan prepared."""
    draft = drafted(city, uploads, file, **changes)
    version = handed_in(city, draft)
    with acting_as(city, MINH) as connection:
        return publish(connection, CATALOG["planning_zones"], draft, version)


def found_in(city: Engines, draft: int) -> dict[str, list[Any]]:
    """The findings of the draft by code."""
    found: dict[str, list[Any]] = {}
    with acting_as(city, LAN) as connection:
        rows = connection.execute(
            sa.text(
                "select *, st_area(geom) as area from platform.plan_draft_finding where draft_id = :draft order by id"
            ),
            {"draft": draft},
        )
        for row in rows.mappings():
            found.setdefault(row["code"], []).append(row)
    return found
