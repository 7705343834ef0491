"""A server on the migrated database of a test, with a few features in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import create_app
from gis_core.db import Engines
from gis_core.settings import Settings

ROWS = """
insert into city.wards (code, name, valid_from, valid_to, area_km2, geom) values
 ('24778', 'Phường 1', '2000-01-01', '2025-06-30', 1.8, {box_1}),
 ('24769', 'Xuân Hương – Đà Lạt', '2025-07-01', null, 30.25, {box_2}),
 ('24781', 'Lâm Viên – Đà Lạt', '2025-07-01', null, null, {box_3});
insert into city.land_parcels (parcel_uid, ward_code, map_sheet_no, parcel_no, area_m2, land_use_code, owner_name, geom)
 select 'T' || n, '24769', (n / 10)::text, n::text, n * 12.5, case when n % 2 = 0 then 'ODT' else 'CLN' end,
        'Người ' || n, st_multi(st_makeenvelope(574000 + 40 * n, 1321000, 574030 + 40 * n, 1321030, 5899))
 from generate_series(1, 25) as n;
insert into city.report_points (report_code, report_category, report_severity, report_status, is_public, received_at,
                                public_content, reporter_name, geom)
 select 'PA' || n, (select code from platform.code where list = 'report_category' order by rank limit 1),
        (select code from platform.code where list = 'report_severity' order by rank limit 1),
        (select code from platform.code where list = 'report_status' order by rank limit 1),
        n % 2 = 0, timestamptz '2025-11-01 08:00+07' + n * interval '1 day', 'Đèn < hỏng ' || n, 'Người ' || n,
        st_setsrid(st_makepoint(574000 + n, 1321000), 5899)
 from generate_series(1, 6) as n;
"""


def box(west: float, south: float) -> str:
    """SQL for a square of a hundredth of a degree, as stored."""
    return f"st_multi(st_transform(st_makeenvelope({west}, {south}, {west + 0.01}, {south + 0.01}, 4326), 5899))"


@pytest.fixture
def small_city(city: Engines) -> Engines:
    """The engines on a database with three wards, 25 parcels and six reports of which three are public."""
    with city.owner.begin() as connection:
        statements = ROWS.format(box_1=box(108.43, 11.94), box_2=box(108.44, 11.94), box_3=box(108.45, 11.94))
        connection.execute(sa.text(statements))
    return city


@pytest.fixture
def client(small_city: Engines, database: sa.URL, data_folder: Path) -> Iterator[TestClient]:
    """A client of the server on that database."""
    url = database.render_as_string(hide_password=False)
    settings = Settings(DATABASE_URL=url, data=data_folder, requests_per_minute=10**6)
    with TestClient(create_app(settings)) as made:
        yield made
