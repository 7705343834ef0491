"""One file per layer: the only place where a layer is described."""

from gis_core.catalog import Catalog
from layers.address_parcels import ADDRESS_PARCELS
from layers.building_permits import BUILDING_PERMITS
from layers.buildings import BUILDINGS
from layers.business_households import BUSINESS_HOUSEHOLDS
from layers.cameras import CAMERAS
from layers.construction_flags import CONSTRUCTION_FLAGS, CONSTRUCTION_REJECTIONS
from layers.forest import FOREST
from layers.house_number_findings import HOUSE_NUMBER_FINDINGS
from layers.house_numbers import HOUSE_NUMBERS
from layers.job_results import CAMERA_VIEWS, OFFICER_VISITS, REPORT_HOTSPOTS
from layers.land_parcels import LAND_PARCEL_LINEAGE, LAND_PARCEL_PURPOSES, LAND_PARCELS
from layers.places import PLACES
from layers.planning_zones import PLANNING_ZONES
from layers.plans import PLANS
from layers.report_points import REPORT_POINTS
from layers.roads import ROADS
from layers.wards import WARDS
from layers.water import WATER

# In drawing order: the first is drawn at the bottom.
CATALOG = Catalog(
    (
        WARDS,
        FOREST,
        PLANS,
        PLANNING_ZONES,
        WATER,
        LAND_PARCELS,
        LAND_PARCEL_PURPOSES,
        LAND_PARCEL_LINEAGE,
        BUILDINGS,
        ROADS,
        BUILDING_PERMITS,
        CAMERA_VIEWS,
        REPORT_HOTSPOTS,
        CONSTRUCTION_REJECTIONS,
        CONSTRUCTION_FLAGS,
        HOUSE_NUMBERS,
        ADDRESS_PARCELS,
        HOUSE_NUMBER_FINDINGS,
        PLACES,
        BUSINESS_HOUSEHOLDS,
        CAMERAS,
        OFFICER_VISITS,
        REPORT_POINTS,
    )
)
