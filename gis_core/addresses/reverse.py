"""What is at a place: the parcel that contains it, the nearest house and street, the ward."""

import json
from typing import Any

from sqlalchemy import Connection, text

from gis_core.addresses import found
from gis_core.addresses.answers import Feature, feature, house_feature, parcel_feature, ward_reference
from gis_core.addresses.gazetteer import Gazetteer
from gis_core.crs import STORAGE_SRID, transformer
from gis_core.errors import BadRequest
from gis_core.layer import Text

HOUSE_M, STREET_M = 200.0, 500.0
"""How far the nearest house and street may be, in metres."""

_POINT = f"st_setsrid(st_makepoint(:x, :y), {STORAGE_SRID})"
_AT = text(
    f"""
    select (select array_agg(w.code) from city.wards w where st_covers(w.geom, {_POINT})
             and coalesce(w.valid_to >= current_date, true)) as wards,
           (select array_agg(w.code) from city.wards w where st_covers(w.geom, {_POINT})
             and w.valid_to < current_date) as old_wards,
           (select coalesce(min(w.name), '') from city.water w
             where st_dimension(w.geom) = 2 and st_covers(w.geom, {_POINT})) as water_name,
           exists (select from city.water w where st_dimension(w.geom) = 2 and st_covers(w.geom, {_POINT})) as in_water
    """
)
_PARCELS = text(
    f"""
    select p.id, p.map_sheet_no, p.parcel_no, p.old_map_sheet_no, p.old_parcel_no, p.ward_code, p.ward_code_survey,
           p.area_m2, p.land_use_code, p.valid_from, p.valid_to, true as current, false as by_old_number,
           st_asgeojson(st_transform(p.geom, 4326), {found.DIGITS}) as geometry
      from city.land_parcels p where st_covers(p.geom, {_POINT}) and coalesce(p.valid_to >= current_date, true)
     order by st_area(p.geom), p.id limit 5
    """
)
_HOUSE = text(
    f"""
    select {found.HOUSE_COLUMNS}, linked.parcels, h.geom <-> {_POINT} as distance_m
      from city.house_numbers h {found.PARCELS_OF_HOUSE}
     where h.status <> 'so_cu' and coalesce(h.valid_to >= current_date, true) and st_dwithin(h.geom, {_POINT}, :most)
     order by h.geom <-> {_POINT}, h.id limit 1
    """
)
_STREET = text(
    f"""
    select r.id, r.street_name, r.geom <-> {_POINT} as distance_m,
           st_asgeojson(st_transform(r.geom, 4326), {found.DIGITS}) as geometry
      from city.roads r where r.street_name is not null and st_dwithin(r.geom, {_POINT}, :most)
     order by r.geom <-> {_POINT}, r.id limit 1
    """
)


def around(
    connection: Connection, known: Gazetteer, longitude: float, latitude: float, language: str, *,
    only_first: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The features at and near a place in WGS 84, and `inside`: whether it lies in the city.

    `only_first` leaves out what is merely near, and names the bare point where no parcel is. Raises `BadRequest` for
    what is no place on earth.
    """
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise BadRequest("lon, lat: ngoài phạm vi. · lon, lat: beyond -180..180, -90..90.")
    x, y = transformer(4326, STORAGE_SRID).transform(longitude, latitude)
    if not (abs(x) < 1e7 and abs(y) < 1e7):
        return _outside(longitude, latitude, language, only_first=only_first)
    at = connection.execute(_AT, {"x": x, "y": y}).mappings().one()
    if not at["wards"]:
        return _outside(longitude, latitude, language, only_first=only_first)
    parcels = [dict(row) for row in connection.execute(_PARCELS, {"x": x, "y": y}).mappings()]
    features = [_at_distance(parcel_feature(row, known, language, 0.99, _CONTAINS, ()), 0.0) for row in parcels]
    message = "" if parcels else _no_parcel(at["water_name"], in_water=at["in_water"])[language]
    if only_first:
        ward = ward_reference(known, at["wards"][0], "new")
        return _collection(features or [_bare_point(longitude, latitude, message, ward)], message)
    features += _near(connection, known, x, y, language)
    features.append(_ward(connection, known, at["wards"][0], at["old_wards"], language))
    return _collection(features, message)


_CONTAINS = (Text("Thửa đất chứa điểm này", "The parcel contains this point"),)


def _collection(features: list[Feature], message: str, *, inside: bool = True) -> dict[str, Any]:
    return {"type": "FeatureCollection", "message": message, "inside": inside, "features": features}


def _outside(longitude: float, latitude: float, language: str, *, only_first: bool) -> dict[str, Any]:
    message = Text("Điểm nằm ngoài thành phố.", "The point lies outside the city.")[language]
    features = [_bare_point(longitude, latitude, message, None)] if only_first else []
    return _collection(features, message, inside=False)


def _no_parcel(water: str, *, in_water: bool) -> Text:
    if in_water:
        name = f" ({water})" if water else ""
        return Text(
            f"Không có thửa đất ở đây: điểm nằm trên mặt nước{name}.",
            f"There is no parcel here: the point lies in water{name}.",
        )
    return Text("Không có thửa đất ở đây.", "There is no parcel here.")


def _bare_point(longitude: float, latitude: float, message: str, ward: dict[str, str] | None) -> Feature:
    place = [round(longitude, found.DIGITS), round(latitude, found.DIGITS)]
    geometry = {"type": "Point", "coordinates": place}
    label = f"{latitude:.6f}, {longitude:.6f}"
    return feature("", geometry, label, level="point", score=0.99, reasons=[message], ward=ward)


def _at_distance(one: Feature, metres: float) -> Feature:
    one["properties"]["distance_m"] = round(metres, 1)
    return one


def _near(connection: Connection, known: Gazetteer, x: float, y: float, language: str) -> list[Feature]:
    near = []
    house = connection.execute(_HOUSE, {"x": x, "y": y, "most": HOUSE_M}).mappings().first()
    if house is not None:
        score = _nearness(house["distance_m"], HOUSE_M)
        near.append(
            _at_distance(house_feature(connection, dict(house), known, language, "house", score), house["distance_m"])
        )
        near[-1]["properties"]["house_found"] = True
    street = connection.execute(_STREET, {"x": x, "y": y, "most": STREET_M}).mappings().first()
    if street is not None:
        made = feature(
            f"roads/{street['id']}", json.loads(street["geometry"]), street["street_name"], level="street",
            score=_nearness(street["distance_m"], STREET_M), street=street["street_name"],
        )  # fmt: skip
        near.append(_at_distance(made, street["distance_m"]))
    return near


def _nearness(metres: float, most: float) -> float:
    return round(0.99 * (1 - metres / most) ** 2, 3)


def _ward(connection: Connection, known: Gazetteer, code: str, old: list[str] | None, language: str) -> Feature:
    area = found.ward_areas(connection, [code]).get((code, False))
    new = ward_reference(known, code, "new")
    old_ward = ward_reference(known, old[0], "old") if old else None
    before = (
        Text(f"trước 01/07/2025: {old_ward['name']}", f"before 1 July 2025: {old_ward['name']}")
        if old_ward
        else Text("", "")
    )
    made = feature(
        f"wards/{area['id'] if area else code}", json.loads(area["geometry"]) if area else None,
        new["name"] if new else code, level="ward", score=0.99, ward=new, ward_old=old_ward, sublabel=before[language],
    )  # fmt: skip
    return _at_distance(made, 0.0)
