"""The check of house numbers and their links with parcels, on a generated street with planted faults."""

import pytest
import sqlalchemy as sa

from gis_core.db import Engines, Identity
from gis_core.errors import NotFound
from gis_core.jobs.run import find_job, run_job
from gis_core.layer import Text
from gis_core.testing import add, point, square
from layers import CATALOG

PLANNER = Identity("lan", "planner")
STREET = "Phan Đình Phùng"
HOUSES, ROADS, PARCELS = (CATALOG[name] for name in ("house_numbers", "roads", "land_parcels"))


def silent(share: float, words: Text) -> None: ...


def run(city: Engines, job: str, **inputs: object) -> dict[str, object]:
    return run_job(city, PLANNER, find_job(job, "planner"), inputs, silent)


def house(connection: sa.Connection, number: str, x: float, y: float, **values: object) -> int:
    known = {"house_number": number, "street_name": STREET, "ward_code": "24769", "status": "hien_hanh"}
    return add(connection, HOUSES, point(x, y), **known | values)


def build(connection: sa.Connection) -> dict[str, int]:
    """A street from east to west in two pieces with an alley, 1 … 20 and 7/1 … 7/6 on it: each plate's id."""
    for start, end in ((400, 150), (150, 0)):
        wkt = f"MULTILINESTRING(({575_500 + start} 1320700,{575_500 + end} 1320700))"
        add(connection, ROADS, wkt, street_name=STREET, osm_id=start)
    add(connection, ROADS, "MULTILINESTRING((575822 1320700,575822 1320500))", street_name=f"Hẻm 7 {STREET}", osm_id=7)
    parcel = add(connection, PARCELS, square(-500, -500, 2000))
    ids = {}
    for number in range(1, 21):
        # To the west, odd numbers on the left: the south.
        x, y = 400 - 18 * ((number + 1) // 2), -6 if number % 2 else 6
        ids[str(number)] = house(connection, str(number), x, y, parcel_id=parcel)
    for number in range(1, 7):
        # To the south, odd numbers on the left: the east.
        x, y = 322 + (4 if number % 2 else -4), -20 - 18 * ((number + 1) // 2)
        ids[f"7/{number}"] = house(connection, f"7/{number}", x, y, alley_path="7", parcel_id=parcel)
    return ids


def changed(connection: sa.Connection, house_id: int, assignment: str) -> None:
    connection.execute(sa.text(f"update city.house_numbers set {assignment} where id = :id"), {"id": house_id})


def shifted(x: float, y: float) -> str:
    return f"geom = st_translate(geom, {x}, {y})"


def plant(connection: sa.Connection, ids: dict[str, int]) -> set[tuple[str, str]]:
    """The faults that a check must find, as kind and number."""
    changed(connection, ids["2"], "house_number = '4'")
    changed(connection, ids["5"], shifted(0, 12))
    changed(connection, ids["10"], shifted(-100, 0))
    changed(connection, ids["18"], shifted(0, 60))
    changed(connection, ids["19"], "parcel_id = null")
    changed(connection, ids["7/4"], "status = 'so_cu'")
    changed(connection, ids["7/1"], shifted(-8, 0))
    return {
        ("duplicate", "4"), ("wrong_side", "5"), ("out_of_order", "10"), ("off_street", "18"), ("no_parcel", "19"),
        ("gap", "7/2"), ("wrong_side", "7/1"),
    }  # fmt: skip


def found(city: Engines) -> set[tuple[str, str]]:
    with city.owner.connect() as connection:
        rows = connection.execute(sa.text("select fault, house_number from city.house_number_findings"))
        return {(row.fault, row.house_number) for row in rows}


def test_a_street_numbered_by_the_rules_has_no_finding(city: Engines) -> None:
    with city.owner.begin() as connection:
        build(connection)
    result = run(city, "house-number-check")
    assert (result["plates"], result["streets"], result["counts"]) == (26, 1, {})
    assert found(city) == set()


def test_all_planted_faults_are_found_and_nothing_else(city: Engines) -> None:
    with city.owner.begin() as connection:
        expected = plant(connection, build(connection))
    result = run(city, "house-number-check", street="phan dinh phung", ward="24769")
    assert found(city) == expected
    [gap] = [one for one in result["findings"] if one["fault"] == "gap"]  # type: ignore[attr-defined]
    assert gap["reason_vi"] == "Giữa 7/2 và 7/6 thiếu số 7/4."
    assert 108 < gap["lon"] < 109


def test_a_second_check_writes_nothing_and_one_after_a_repair_takes_the_finding_away(city: Engines) -> None:
    state = sa.text("select layer_version.version, (select count(*) from history.house_number_findings)"
                    " from platform.layer_version where layer = 'house_number_findings'")  # fmt: skip
    with city.owner.begin() as connection:
        ids = build(connection)
        expected = plant(connection, ids)
    run(city, "house-number-check")
    with city.owner.connect() as connection:
        before = connection.execute(state).one()
    run(city, "house-number-check")
    with city.owner.begin() as connection:
        assert connection.execute(state).one() == before
        changed(connection, ids["5"], shifted(0, -12))
    run(city, "house-number-check")
    assert found(city) == expected - {("wrong_side", "5")}


def test_a_street_without_houses_is_named_in_the_refusal(city: Engines) -> None:
    with pytest.raises(NotFound, match="Không Có"):
        run(city, "house-number-check", street="Không Có")
    with pytest.raises(NotFound, match="No house number"):
        run(city, "house-number-check", ward="24787")


def test_links_say_by_which_rule_they_were_made_and_a_second_run_changes_nothing(city: Engines) -> None:
    with city.owner.begin() as connection:
        add(connection, ROADS, "MULTILINESTRING((575400 1320700,575600 1320700))", street_name=STREET, osm_id=1)
        south, north = (add(connection, PARCELS, square(0, y, 10)) for y in (-20, 3))
        registered = house(connection, "1", 5, -15, parcel_id=north, parcel_confidence=0.7)
        near = house(connection, "3", 12, -12)
        across = house(connection, "5", 5, -1)
        house(connection, "7", 90, -50)
    assert run(city, "address-parcel-link") == {"links": 4, "added": 4, "changed": 0, "removed": 0, "unlinked": 1}
    with city.owner.connect() as connection:
        rows = connection.execute(
            sa.text("select house_id, parcel_id, confidence, provenance from city.address_parcels")
        )
        links = {(row.house_id, row.parcel_id): (row.confidence, row.provenance) for row in rows}
    assert links == {
        (registered, north): (0.7, "declared"),
        (registered, south): (0.95, "spatial"),
        (near, south): (0.72, "spatial"),
        # The parcel to the north is nearer, and on the other side of the street.
        (across, south): (0.44, "spatial"),
    }
    assert run(city, "address-parcel-link")["added"] == 0
