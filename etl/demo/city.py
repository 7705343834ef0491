"""The demo city as a folder: layer files, relief, the manifest `city.toml` for the loader, and the ground truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from etl.demo import truth
from etl.demo.addresses import Addresses, number_houses
from etl.demo.buildings import Buildings, building_features, make_buildings
from etl.demo.cadastre import Cadastre, lineage_columns, make_cadastre
from etl.demo.cameras import camera_features, hilltops
from etl.demo.chance import Floats, stream
from etl.demo.dossiers import dossier_columns
from etl.demo.forest import Forest, forest_features, make_forest
from etl.demo.households import household_features
from etl.demo.houses import Houses, house_features, make_houses
from etl.demo.landuse import LandUse, assign_land_use, purpose_columns
from etl.demo.manifest import write_manifest
from etl.demo.parcel_features import parcel_features
from etl.demo.permits import Permits, make_permits, permit_features
from etl.demo.places import place_features
from etl.demo.plans import Plan, make_plans, plan_features, site_grid, zone_features
from etl.demo.reports import report_features, sow_reports
from etl.demo.site import CENTRE_LON_LAT, Site, make_site
from etl.demo.streets import Streets, make_streets, road_features
from etl.demo.terrain import write_terrain
from etl.demo.wards import NEW_CODES, ward_features
from etl.demo.waters import water_features
from etl.demo.write import write_csv, write_layer
from gis_core.errors import BadRequest
from layers import CATALOG

Progress = Callable[[str, float], None]
FEWEST, MOST = 2_000, 1_000_000
# Shares of all parcels: households, reports, and dossiers (about 5,500 in a city of 20,000 parcels).
_HOUSEHOLDS, _REPORTS, _DOSSIERS = 0.06, 0.045, 0.275


def generate(parcels: int, seed: int, out: Path, on: Path | None, progress: Progress) -> None:
    """Write a city of exactly `parcels` parcels in force into the folder `out`; equal arguments give equal content.

    With `on`, only the layers that no city publishes are written, on the real roads, parcels and relief of that folder,
    and `parcels` has no meaning. `progress` is told what is being made and the share done. Raises `BadRequest` for a
    number of parcels out of range.
    """
    if on is not None:
        # Imported here: only this path reads real data, with the libraries that takes.
        from etl.demo.existing import generate_on

        generate_on(on, seed, out, progress)
        return
    if not FEWEST <= parcels <= MOST:
        raise BadRequest(
            f"A demo city has {FEWEST:,} to {MOST:,} parcels, not {parcels:,}: give --parcels in this range."
        )
    progress("terrain, water, blocks, parcels", 0.0)
    city = _make(parcels, seed, progress)
    out.mkdir(parents=True, exist_ok=True)
    _write(city, out, progress)
    progress("done", 1.0)


@dataclass
class City:
    """All that was made, before it is written."""

    seed: int
    site: Site
    streets: Streets
    addresses: Addresses
    cadastre: Cadastre
    use: LandUse
    houses: Houses
    buildings: Buildings
    permits: Permits
    forest: list[Forest]
    plans: list[Plan]
    hot_reports: list[bool] = field(default_factory=list)


def _make(parcels: int, seed: int, progress: Progress) -> City:
    site = make_site(parcels, seed)
    progress("streets and house numbers", 0.12)
    streets = make_streets(site, stream(seed, "streets"))
    addresses = number_houses(site, streets, stream(seed, "addresses"))
    cadastre = make_cadastre(site, stream(seed, "cadastre"))
    use = assign_land_use(site, addresses, stream(seed, "land use"))
    houses = make_houses(site, streets, addresses, cadastre)
    progress("forest and plans", 0.22)
    forest = make_forest(site, seed)
    plans = make_plans(site_grid(site), stream(seed, "plans"))
    progress("buildings and permits", 0.32)
    planned = forest[0].areas
    buildings = make_buildings(site, addresses, use.code, planned, stream(seed, "buildings"))
    permits = make_permits(site, buildings, stream(seed, "permits"))
    return City(seed, site, streets, addresses, cadastre, use, houses, buildings, permits, forest, plans)


def _write(city: City, out: Path, progress: Progress) -> None:
    """Each layer in the order in which it must be loaded: what is referred to comes first."""
    makers: Mapping[str, Callable[[City], tuple[Mapping[str, Any], Any]]] = {
        "wards": lambda c: ward_features(c.site.lattice, c.site.ward),
        "forest": lambda c: forest_features(c.forest),
        "plans": lambda c: plan_features(c.plans, site_grid(c.site)),
        "planning_zones": lambda c: zone_features(c.plans),
        "water": lambda c: water_features(c.site.waters),
        "land_parcels": _parcels,
        "land_parcel_purposes": lambda c: (purpose_columns(c.use, c.cadastre), None),
        "land_parcel_lineage": lambda c: (lineage_columns(c.cadastre), None),
        "buildings": lambda c: building_features(c.site, c.buildings, NEW_CODES[c.site.ward]),
        "roads": lambda c: road_features(c.site, c.streets, c.addresses.alley_path),
        "building_permits": _permits,
        "house_numbers": lambda c: house_features(c.houses, stream(c.seed, "house numbers")),
        "places": lambda c: place_features(c.site, c.use.code),
        "business_households": _households,
        "cameras": _cameras,
        "report_points": _reports,
    }
    files = {}
    for number, (layer, make) in enumerate(makers.items()):
        progress(layer, 0.4 + 0.5 * number / len(makers))
        files[layer] = write_layer(out, CATALOG[layer], *make(city))
    write_terrain(city.site.terrain, out / "terrain.tif")
    progress("dossiers and ground truth", 0.92)
    write_csv(out / "dossiers.csv", _dossiers(city))
    _write_truth(city, out / "truth")
    # Last, so that a folder with a manifest is complete.
    write_manifest(out, files, CENTRE_LON_LAT, city.site.terrain)


def _parcels(city: City) -> tuple[Mapping[str, Any], Any]:
    rng = stream(city.seed, "parcel facts")
    return parcel_features(city.site, city.cadastre, city.use, city.addresses, city.houses, rng)


def _permits(city: City) -> tuple[Mapping[str, Any], Any]:
    parcel = city.permits.parcel.tolist()
    text = dict(zip(city.addresses.known.tolist(), city.houses.text, strict=True))
    ward = NEW_CODES[city.site.ward[city.site.parcels.block[city.permits.parcel]]].tolist()
    elevation = city.site.terrain.sample(city.permits.frames.mean(axis=1))
    refs, places = [city.cadastre.ref[k] for k in parcel], [text.get(k) for k in parcel]
    return permit_features(city.permits, refs, ward, places, elevation, stream(city.seed, "permit facts"))


def _households(city: City) -> tuple[Mapping[str, Any], Any]:
    count = int(len(city.site.parcels) * _HOUSEHOLDS)
    return household_features(city.houses, count, stream(city.seed, "households"))


def _cameras(city: City) -> tuple[Mapping[str, Any], Floats]:
    site, streets = city.site, city.streets
    edges = np.flatnonzero(streets.street >= 0)
    wide = edges[[streets.edge_class[edge] != "residential" for edge in edges]]
    points = streets.ends[wide, 0]
    order = np.linalg.norm(points - site.centre, axis=1).argsort(kind="stable")
    names = [streets.names[k] for k in streets.street[wide[order]].tolist()]
    tops = hilltops(site.terrain, site.centre, site.half * 0.62)
    return camera_features(tops, points[order], names, lambda at: ward_codes(site, at))


def ward_codes(site: Site, points: Floats) -> list[str]:
    """The code of the ward in force at each of `points` (n, 2), or of the nearest one."""
    cells = shapely.STRtree(site.lattice.cell_polygons()).nearest(shapely.points(points))
    return list(NEW_CODES[site.ward[cells]])


def _reports(city: City) -> tuple[Mapping[str, Any], Floats]:
    rng = stream(city.seed, "reports")
    count = max(int(len(city.site.parcels) * _REPORTS), 40)
    house, points, city.hot_reports = sow_reports(city.houses.points, count, rng)
    ward = [city.houses.ward[k] for k in house.tolist()]
    columns, placed = report_features(
        points, ward, [city.houses.street[k] for k in house.tolist()], city.hot_reports, rng
    )
    city.hot_reports = columns.pop("hot")
    return columns, placed


def _dossiers(city: City) -> dict[str, Any]:
    rng = stream(city.seed, "dossiers")
    parcel = rng.integers(0, len(city.site.parcels), int(len(city.site.parcels) * _DOSSIERS))
    ward = NEW_CODES[city.site.ward[city.site.parcels.block[parcel]]].tolist()
    return dossier_columns([city.cadastre.ref[k] for k in parcel.tolist()], ward, rng)


def _write_truth(city: City, folder: Path) -> None:
    buildings = truth.building_truth(city.buildings, city.permits, city.cadastre, city.use, city.forest)
    codes = [f"PA-{k + 1:06d}" for k in range(len(city.hot_reports))]
    truth.write_truth(
        folder,
        {
            "buildings": buildings,
            "addresses": truth.address_truth(city.houses, stream(city.seed, "address truth")),
            "reports": {"report_code": codes, "in_hotspot": city.hot_reports},
            "lineage": truth.lineage_truth(lineage_columns(city.cadastre)),
            "plans": truth.plan_truth(city.plans),
        },
    )
