"""What the house-number staff do: look at a place, get a number proposed, put it forward, approve it.

The functions take a connection that acts as the officer: PostgreSQL decides what may be read and written, and refuses
that a number is approved by whoever put it forward (trigger `refuse_own_approval`).
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Connection, text

from gis_core.addresses.house_number import key, written
from gis_core.crs import STORAGE_SRID, transformer
from gis_core.edits import Change, Stored, change, create, remove
from gis_core.errors import BadRequest, Conflict, NotAllowed, NotFound, PreconditionFailed
from gis_core.layer import Layer
from gis_core.numbering import Plate, split
from gis_core.numbering_proposal import Proposal, propose
from gis_core.plates import around

NEAR_ROAD_M = 100.0
"""Streets and alleys up to this far, in metres, are offered for a new house."""
PROPOSED, IN_FORCE = "du_kien", "hien_hanh"
_ALLEY = re.compile(r"(?:hẻm|ngõ|ngách|kiệt) ([0-9][0-9A-Za-z/]*) (.+)", re.IGNORECASE)
_HOUSE = re.compile(r"([1-9][0-9]{0,3})([A-Z]?)(Bis|Ter)?")

_SITE = text(
    """
    with place as (select st_setsrid(st_makepoint(:x, :y), :srid) as geom)
    select (select code from city.wards w where st_covers(w.geom, place.geom)
              and coalesce(w.valid_from <= current_date, true) and coalesce(w.valid_to >= current_date, true)
             order by code limit 1) as ward_code,
           (select name from city.wards w where st_covers(w.geom, place.geom)
              and coalesce(w.valid_from <= current_date, true) and coalesce(w.valid_to >= current_date, true)
             order by code limit 1) as ward,
           exists (select from city.water w
                    where st_dimension(w.geom) = 2 and st_covers(w.geom, place.geom)) as in_water,
           (select id from city.land_parcels p where st_covers(p.geom, place.geom)
               and coalesce(p.valid_to >= current_date, true) order by st_area(p.geom), id limit 1) as parcel_id
      from place
    """
)
_ROADS = text(
    """
    select street_name, min(st_distance(geom, place)) as distance
      from city.roads, st_setsrid(st_makepoint(:x, :y), :srid) as place
     where street_name is not null and st_dwithin(geom, place, :most) and coalesce(valid_to >= current_date, true)
     group by 1 order by 2, 1 limit 8
    """
)
_PARCEL = text(
    """
    select st_x(place), st_y(place)
      from city.land_parcels cross join lateral st_transform(st_pointonsurface(geom), 4326) as place
     where id = :id and geom is not null and coalesce(valid_to >= current_date, true)
    """
)
_TAKEN = text(
    """
    select house_number from city.house_numbers
     where street_name = :street and ward_code is not distinct from :ward and status in ('hien_hanh', 'du_kien')
       and coalesce(valid_to >= current_date, true)
       and platform.house_key(house_number, alley_path) collate "C" = :key limit 1
    """
)
_STATE = text("select status, version, platform.wrote_house_number(id) as own from city.house_numbers where id = :id")


@dataclass(frozen=True, slots=True)
class Site:
    """A place for a new house in today's city; `roads` are the names of streets and alleys near it, nearest first."""

    longitude: float
    latitude: float
    x: float
    y: float
    ward_code: str
    ward: str
    parcel_id: int | None
    roads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The whole number proposed on `street`, in its alley `path` ("" on the street), and where it comes from."""

    street: str
    path: str
    number: str
    proposal: Proposal
    run: tuple[Plate, ...]


def parcel_place(connection: Connection, parcel_id: int) -> tuple[float, float]:
    """Longitude and latitude of a place within a parcel of today. Raises `NotFound` without it or its outline."""
    row = connection.execute(_PARCEL, {"id": parcel_id}).one_or_none()
    if row is None:
        raise NotFound(
            f"Không có thửa đất {parcel_id} đang tồn tại. · There is no parcel {parcel_id} with an outline today."
        )
    return row[0], row[1]


def site_at(connection: Connection, longitude: float, latitude: float) -> Site:
    """What lies at the place in WGS 84. Raises `BadRequest` outside the city, in water and far from every street."""
    outside = "Điểm nằm ngoài thành phố. · The point lies outside the city."
    if not (-180 <= longitude <= 180 and -85 <= latitude <= 85):
        raise BadRequest(outside)
    x, y = transformer(4326, STORAGE_SRID).transform(longitude, latitude)
    if not (abs(x) < 1e7 and abs(y) < 1e7):
        raise BadRequest(outside)
    place = {"x": x, "y": y, "srid": STORAGE_SRID}
    found = connection.execute(_SITE, place).one()
    if found.ward_code is None:
        raise BadRequest(outside)
    if found.in_water:
        raise BadRequest("Điểm nằm trên mặt nước. · The point lies in water.")
    roads = connection.execute(_ROADS, {**place, "most": NEAR_ROAD_M}).scalars().all()
    if not roads:
        raise BadRequest(
            f"Trong vòng {NEAR_ROAD_M:.0f} m không có đường nào có tên. · "
            f"There is no street with a name within {NEAR_ROAD_M:.0f} m."
        )
    return Site(longitude, latitude, x, y, found.ward_code, found.ward, found.parcel_id, tuple(roads))


def street_and_path(road: str) -> tuple[str, str]:
    """The street and the alley path of a road's name: `Hẻm 12/3 Hai Bà Trưng` gives Hai Bà Trưng and 12/3."""
    found = _ALLEY.fullmatch(road)
    return (found[2], written(found[1])) if found else (road, "")


def suggestion(connection: Connection, site: Site, road: str = "") -> Suggestion:
    """The number by the rules on `road` (empty: the nearest). Raises `BadRequest` for one that is not near."""
    road = road or site.roads[0]
    if road not in site.roads:
        raise BadRequest(f"Đường '{road}' không ở gần điểm này. · The street '{road}' is not near this place.")
    street, path = street_and_path(road)
    near = around(connection, street, key(path) if path else "", site.x, site.y)
    proposal = propose(near.place, near.legal_way, near.run)
    number = f"{path}/{proposal.house}" if path else proposal.house
    return Suggestion(street, path, number, proposal, tuple(near.run))


def checked_number(number: str, path: str) -> str:
    """`number` as plates write it. Raises `BadRequest` where it is none, or does not begin with the alley's path."""
    proper = written(number.strip()) if re.fullmatch(r"[0-9A-Za-z/ ]{1,40}", number.strip()) else ""
    above, _, house = proper.rpartition("/")
    if not _HOUSE.fullmatch(house):
        raise BadRequest("Số nhà viết như 12, 12A hoặc 12/3B. · A house number is written like 12, 12A or 12/3B.")
    if above != path:
        raise BadRequest(
            f"Số nhà ở đây bắt đầu bằng {path}/. · A number here begins with {path}/." if path
            else "Số nhà trên đường không có dấu gạch chéo. · A number on the street itself has no slash."
        )  # fmt: skip
    return proper


def breaks_parity(number: str, parity: int) -> bool:
    """Whether `number` belongs to the other side of the street."""
    return split(key(number))[1] % 2 != parity


def put_forward(connection: Connection, layer: Layer, site: Site, found: Suggestion, number: str) -> Stored:
    """The new row of a proposal, still to be approved. Raises `Conflict` for a taken one."""
    _lock(connection, site.ward_code, found.street)
    _refuse_taken(connection, site.ward_code, found.street, number)
    values = {
        "house_number": number, "alley_path": found.path or None, "street_name": found.street,
        "ward_code": site.ward_code, "parcel_id": site.parcel_id,
        "parcel_confidence": 1.0 if site.parcel_id else None, "status": PROPOSED,
        "plate_type": "nha_trong_hem" if found.path else "nha_mat_duong",
        "full_address": f"{number} {found.street}, {site.ward}", "geom": shapely.Point(site.x, site.y),
    }  # fmt: skip
    return create(connection, layer, [Change(values, STORAGE_SRID)])[0]


def approve(
    connection: Connection, layer: Layer, house: int, version: int, decision_no: str, decided_on: date
) -> Stored:
    """The row in force from `decided_on`.

    Raises `NotFound`, `Conflict` where it is no longer that proposal, `NotAllowed` for one's own, `BadRequest` without
    a decision.
    """
    state = _proposal(connection, house, version)
    if state["own"]:
        raise NotAllowed(
            "Người đề xuất không được tự duyệt số nhà. · A number is approved by somebody else than who proposed it."
        )
    if not 1 <= len(decision_no.strip()) <= 100:
        raise BadRequest("Hãy ghi số quyết định. · Give the number of the decision.")
    values = {"status": IN_FORCE, "assign_decision_no": decision_no.strip(), "assigned_date": decided_on,
              "valid_from": decided_on}  # fmt: skip
    try:
        return change(connection, layer, house, {version}, Change(values, STORAGE_SRID))
    except PreconditionFailed:
        raise _decided(house) from None


def take_back(connection: Connection, layer: Layer, house: int, version: int) -> None:
    """Deletes a proposal; its history stays. Raises `NotFound` and `Conflict` like `approve`."""
    _proposal(connection, house, version)
    try:
        remove(connection, layer, house, {version})
    except PreconditionFailed:
        raise _decided(house) from None


def _proposal(connection: Connection, house: int, version: int) -> dict[str, Any]:
    row = connection.execute(_STATE, {"id": house}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Không có đề xuất {house}. · There is no proposal {house}.")
    if row["status"] != PROPOSED or row["version"] != version:
        raise _decided(house)
    return dict(row)


def _decided(house: int) -> Conflict:
    return Conflict(
        f"Đề xuất {house} vừa được người khác duyệt hoặc sửa; hãy tải lại trang. · "
        f"Proposal {house} has just been decided or changed by somebody else; load the page again."
    )


def _lock(connection: Connection, ward: str, street: str) -> None:
    # Two officers at once: the second waits, and then sees the number of the first.
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:street, 5899))"), {"street": f"{ward}/{street}"}
    )


def _refuse_taken(connection: Connection, ward: str, street: str, number: str) -> None:
    if connection.scalar(_TAKEN, {"street": street, "ward": ward, "key": key(number)}) is not None:
        raise Conflict(
            f"Số {number} {street} đã có trong phường này. · Number {number} {street} exists in this ward already."
        )
