from pathlib import Path

import sqlalchemy as sa
from rich.progress import Progress

from etl.city import load_city
from etl.demo.city import generate
from gis_core.db import Engines

PARCELS = 2_000


def test_the_demo_city_loads_whole_with_every_reference(city: Engines, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    generate(PARCELS, 4, folder, None, lambda _message, _share: None)
    with Progress(disable=True) as progress:
        load_city(city.owner, folder, tmp_path, progress)
    with city.owner.connect() as connection:

        def one(statement: str) -> int:
            return int(connection.execute(sa.text(statement)).scalar_one())

        assert one("select count(*) from city.land_parcels where valid_to is null") == PARCELS
        assert one("select count(*) from city.cameras") == 37
        assert one("select count(*) from city.planning_zones where plan_id is null") == 0
        assert one("select count(*) from city.house_numbers where parcel_id is null") == 0
        assert one("select count(*) from city.business_households where house_number_id is null") == 0
        assert one("select count(*) from city.building_permits where parcel_id is null") == 0
        assert one("select count(*) from platform.load_report where outcome = 'refused'") == 0
        assert one("select count(*) from platform.quarantine") == 0
