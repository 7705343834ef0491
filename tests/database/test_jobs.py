import asyncio
import random
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from shapely import Polygon, box
from shapely.geometry import mapping

from api.platform import Platform
from api.worker import worker_app
from gis_core.crs import transformer
from gis_core.db import ANONYMOUS, Engines, Identity
from gis_core.errors import BadRequest, NotFound
from gis_core.jobs.carry_out import carry_out
from gis_core.jobs.queue import dismiss, find_submitted, jobs_of, submit
from gis_core.jobs.run import find_job, run_job
from gis_core.layer import Text
from gis_core.settings import Settings
from gis_core.testing import CENTRE, add, square
from layers import CATALOG

LAN, MINH = Identity("lan", "planner"), Identity("minh", "planner")


def silent(share: float, words: Text) -> None: ...


def employ(city: Engines, *people: Identity) -> None:
    """Gives each of the people an account of their role and wards."""
    with city.accounts.begin() as connection:
        for one in people:
            connection.execute(
                sa.text("insert into platform.account (name, role, wards) values (:name, :role, :wards)"),
                {"name": one.subject, "role": one.role, "wards": list(one.wards)},
            )


def run(city: Engines, **inputs: object) -> dict[str, object]:
    return run_job(city, ANONYMOUS, find_job("zone-report", "citizen"), inputs, silent)


def plan(connection: sa.Connection, **values: object) -> int:
    return add(connection, CATALOG["plans"], square(size=1000), **values)


def test_shares_equal_a_brute_force_overlay(city: Engines) -> None:
    chance = random.Random(5)
    zones = {f"Z{c}{r}": (60.0 * c, 60.0 * r) for c in range(8) for r in range(8)}
    with city.owner.begin() as connection:
        plan_id = plan(connection, plan_code="PK1")
        for symbol, corner in zones.items():
            add(connection, CATALOG["planning_zones"], square(*corner, size=60), zone_symbol=symbol, plan_id=plan_id)
        parcels = [(chance.uniform(0, 400), chance.uniform(0, 400), chance.uniform(5, 80)) for _ in range(40)]
        ids = [add(connection, CATALOG["land_parcels"], square(*parcel)) for parcel in parcels]
    for parcel_id, (x, y, size) in zip(ids, parcels, strict=True):
        (found,) = run(city, parcel_id=parcel_id, sliver_m2=0)["plans"]  # type: ignore[misc]
        parcel = box(x, y, x + size, y + size)
        expected = {}
        for name, (zx, zy) in zones.items():
            part = parcel.intersection(box(zx, zy, zx + 60, zy + 60)).area
            if part > 0.005:
                expected[name] = part
        got = {line["zone_symbol"]: line["area_m2"] for line in found["zones"]}
        assert got == pytest.approx(expected, abs=0.01)
        assert sum(line["percent"] for line in found["zones"]) == pytest.approx(100.0)


def test_the_zones_in_force_on_the_day_count(city: Engines) -> None:
    with city.owner.begin() as connection:
        old, new = (plan(connection, plan_code="PK1", plan_version=version) for version in (1, 2))
        add(connection, CATALOG["planning_zones"], square(), zone_symbol="OLD", plan_id=old, valid_to="2025-12-31")
        add(connection, CATALOG["planning_zones"], square(), zone_symbol="NEW", plan_id=new, valid_from="2026-01-01")
        parcel = add(connection, CATALOG["land_parcels"], square())

    def symbol(day: str) -> str:
        (found,) = run(city, parcel_id=parcel, day=day)["plans"]  # type: ignore[misc]
        return str(found["zones"][0]["zone_symbol"])

    assert symbol("2025-12-31") == "OLD"
    assert symbol("2026-01-01") == "NEW"


def test_a_drawn_area_is_measured_in_metres_of_the_citys_system(city: Engines) -> None:
    corners = [(0, 0), (100, 0), (100, 50), (0, 50)]
    move = transformer(5899, 4326).transform
    drawn = Polygon([move(CENTRE[0] + x, CENTRE[1] + y) for x, y in corners])
    assert run(city, area=mapping(drawn))["area_m2"] == pytest.approx(5000, abs=0.01)


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"parcel_id": 1, "area": {}},
        {"parcel_id": "x"},
        {"parcel_id": 1, "colour": "red"},
        {"area": {"type": "Point", "coordinates": [1, 2]}},
        {"area": {"type": "Polygon", "coordinates": []}},
        {"area": {"type": "Polygon", "coordinates": "x"}},
        {"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}},
        {"area": {"coordinates": 5}},
        {"parcel_id": 1, "sliver_m2": -1},
        {"parcel_id": 1, "day": "yesterday"},
    ],
)
def test_wrong_inputs_are_refused_in_words(city: Engines, inputs: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        run(city, **inputs)


def test_a_parcel_that_is_not_there_is_not_found(city: Engines) -> None:
    with pytest.raises(NotFound):
        run(city, parcel_id=999_999_999)


def test_a_submitted_job_is_carried_out_by_a_worker_and_known_to_its_owner_only(
    city: Engines, data_folder: Path
) -> None:
    employ(city, LAN)
    with city.owner.begin() as connection:
        parcel = add(connection, CATALOG["land_parcels"], square())
    number = submit(city, LAN, "zone-report", {"parcel_id": parcel})
    assert find_submitted(city, LAN, number)["status"] == "accepted"

    async def work() -> None:
        app = worker_app(Platform(Settings(data=data_folder), CATALOG, city))
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(work())
    row = find_submitted(city, LAN, number)
    assert (row["status"], row["progress"]) == ("successful", 100)
    assert row["result"]["area_m2"] == 100.0
    assert [one["id"] for one in jobs_of(city, LAN)] == [number]
    assert jobs_of(city, MINH) == []
    assert jobs_of(city, ANONYMOUS) == []
    for stranger in (MINH, ANONYMOUS):
        with pytest.raises(NotFound):
            find_submitted(city, stranger, number)
        with pytest.raises(NotFound):
            dismiss(city, stranger, number)


def test_a_dismissed_job_does_nothing_any_more(city: Engines) -> None:
    number = submit(city, LAN, "zone-report", {"parcel_id": 1})
    assert dismiss(city, LAN, number)["status"] == "dismissed"
    carry_out(city, number)
    row = find_submitted(city, LAN, number)
    assert (row["status"], row["started_at"], row["result"]) == ("dismissed", None, None)


def test_a_job_that_fails_says_why_in_its_row(city: Engines) -> None:
    employ(city, LAN)
    number = submit(city, LAN, "zone-report", {"parcel_id": 424_242})
    carry_out(city, number)
    row = find_submitted(city, LAN, number)
    assert row["status"] == "failed"
    assert "There is no parcel 424242" in row["message"]


def test_wrong_inputs_and_unknown_jobs_are_refused_before_anything_is_queued(city: Engines) -> None:
    with pytest.raises(BadRequest, match="either parcel_id or area"):
        submit(city, LAN, "zone-report", {})
    with pytest.raises(NotFound):
        submit(city, LAN, "no-such-job", {})
    assert jobs_of(city, LAN) == []
    with pytest.raises(NotFound):
        find_submitted(city, LAN, uuid.uuid4())
