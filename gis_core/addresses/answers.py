"""Candidates as GeoJSON features, with parcels, wards old and new, and neighbours."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import shapely
from shapely.geometry import shape
from sqlalchemy import Connection

from gis_core.addresses import found
from gis_core.addresses.explain import LEVELS, former_ward, house_label, parcel_label, reasons
from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.house_number import key, plain
from gis_core.addresses.names import Commune
from gis_core.addresses.rank import Candidate, agrees
from gis_core.layer import Text

Feature = dict[str, Any]


def as_plain(value: Any) -> Any:
    """`value` as JSON knows it: dates as ISO text."""
    return value.isoformat() if isinstance(value, date) else value


def ward_reference(known: Gazetteer, code: str | None, period: str) -> dict[str, str] | None:
    """Code and name of a ward, None where the code is missing."""
    if code is None:
        return None
    ward = known.ward_by_code.get((code, period))
    return {"code": code, "name": ward.name if ward else code}


def _name(reference: Mapping[str, str] | None) -> str | None:
    return reference["name"] if reference else None


def feature(feature_id: str, geometry: Any, label: str, *, level: str, score: float, **properties: Any) -> Feature:
    """A feature with what every answer has: level, score, label, reasons, a point on it and its box."""
    point, box = _point_and_box(geometry)
    drawn = {"bbox": box} if box else {}
    common = {"match_level": level, "score": score, "label": label, "sublabel": "", "reasons": [],
              "house_found": None, "house_number": None, "street": None, "ward": None, "ward_old": None,
              "parcels": [], "successors": [], "nearest_numbers": [], "point": point}  # fmt: skip
    return {"type": "Feature", "id": feature_id, **drawn, "geometry": geometry, "properties": common | properties}


def _point_and_box(geometry: Any) -> tuple[list[float] | None, list[float] | None]:
    """A point on a GeoJSON geometry and its box; None for no geometry or an empty one."""
    if geometry and geometry["type"] == "Point" and geometry["coordinates"]:  # most answers
        return geometry["coordinates"], geometry["coordinates"] * 2
    drawn = shape(geometry) if geometry else None
    if drawn is None or drawn.is_empty:
        return None, None
    on_it = shapely.get_coordinates(shapely.point_on_surface(drawn))[0]
    return [round(float(one), found.DIGITS) for one in on_it], [round(one, found.DIGITS) for one in drawn.bounds]


def point_geometry(row: Mapping[str, Any]) -> dict[str, Any]:
    """The place of a house as GeoJSON."""
    return {"type": "Point", "coordinates": [round(row["lon"], found.DIGITS), round(row["lat"], found.DIGITS)]}


def parcel_reference(parcel_id: int, row: Mapping[str, Any], ward: str | None, **more: Any) -> dict[str, Any]:
    """A parcel as other answers refer to it."""
    numbers = {name: row[name] for name in ("map_sheet_no", "parcel_no")}
    return {"id": parcel_id, **numbers, "ward_code": ward, "ward_code_survey": row["ward_code_survey"],
            "href": f"/parcels/{parcel_id}", **more}  # fmt: skip


def successor_references(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parcels of today that a retired one became."""
    return [
        parcel_reference(row["id"], row, row["ward_code"], kind=row["kind"], changed_on=as_plain(row["changed_on"]))
        for row in rows
    ]


def address_features(
    connection: Connection, ranked: Sequence[Candidate], known: Gazetteer, language: str
) -> list[Feature]:
    """The features of `ranked` candidates, in their order."""
    lines = _street_lines(connection, ranked, known)
    wards = {one.ward.code for one in ranked if one.ward is not None}
    areas = found.ward_areas(connection, sorted(wards)) if wards else {}
    return [_feature(connection, one, known, language, lines.get(place), areas) for place, one in enumerate(ranked)]


def _feature(
    connection: Connection, one: Candidate, known: Gazetteer, language: str, line: str | None, areas: Mapping[Any, Any]
) -> Feature:
    if one.row is not None:
        made = house_feature(connection, one.row, known, language, one.level, one.score)
        made["properties"] |= _house_facts(one)
    elif one.level == "street":
        made = _street_feature(connection, one, known, language, line)
    elif one.level == "place":
        made = _place_feature(connection, one)
    else:
        made = _ward_feature(one, known, language, areas)
    said = [text[language] for text in reasons(one, known)]
    scores = {name: [round(value, 3), 1] for name, value in one.scores.items()}
    made["properties"] |= {"reasons": said, "scores": scores, "house_found": one.house_found}
    return made


def _house_facts(one: Candidate) -> dict[str, Any]:
    """What the number asked adds to a house: it may be a former one, or one of a range."""
    if one.row is None or not one.row.get("by_old_number"):
        return {"house_number_current": one.facts.get("number_now")}
    number = one.reading.premises.number
    label = house_label(number, one.row["street_name"], None)
    return {"house_number": number, "house_number_current": one.row["house_number"], "label": label}


def house_feature(
    connection: Connection, row: Mapping[str, Any], known: Gazetteer, language: str, level: str, score: float
) -> Feature:
    """The feature of a house row, with its parcels and, where one is gone, the parcels that came of it."""
    new = ward_reference(known, row["ward_code"], "new")
    old = ward_reference(known, row["ward_code_old"], "old")
    number = _whole_number(row)
    old_ward = known.ward_by_code.get((row["ward_code_old"] or "", "old"))
    parcels = [parcel_reference(one["id"], one, one["ward_code"], **_link(one)) for one in row["parcels"] or ()]
    gone = [one["id"] for one in parcels if not one["current"]]
    after = found.successors(connection, gone) if gone else {}
    return feature(
        f"house_numbers/{row['id']}", point_geometry(row), house_label(number, row["street_name"], _name(new)),
        level=level, score=score, sublabel=former_ward(old_ward)[language], house_number=number,
        alley_path=row["alley_path"], street=row["street_name"], ward=new, ward_old=old, house_status=row["status"],
        house_number_former=row["house_number_old"], residential_group=row["residential_group"],
        parcels=parcels if level == "house" else [],
        successors=[one for rows in after.values() for one in successor_references(rows)],
    )  # fmt: skip


def _whole_number(row: Mapping[str, Any]) -> str:
    """The number with the alley it lies on, as a plate within an alley leaves it out in some registers."""
    number, alley = row["house_number"], row["alley_path"]
    return f"{alley}/{number}" if alley and plain(number, alley) != plain(number) else str(number)


def _link(parcel: Mapping[str, Any]) -> dict[str, Any]:
    """How the parcel is linked with the house, and whether it is in force."""
    return {name: parcel[name] for name in ("confidence", "how", "relation", "current")}


def _street_lines(connection: Connection, ranked: Sequence[Candidate], known: Gazetteer) -> dict[int, str]:
    """GeoJSON of the streets among `ranked`, by place."""
    asked: dict[int, list[str]] = {}
    for place, one in enumerate(ranked):
        if one.level == "street" and one.reading.street is not None:
            asked[place] = _names(one, known)
    found_lines = found.street_lines(connection, list(asked.values())) if asked else {}
    return {place: found_lines[index] for index, place in enumerate(asked) if index in found_lines}


def _names(one: Candidate, known: Gazetteer) -> list[str]:
    """The stored names of the lines that show the street, or the alley where that is asked for."""
    street = one.reading.street.street if one.reading.street else None
    if street is None:
        return []
    alley = known.alleys.get((street.key, key(one.reading.premises.number))) if one.reading.premises.number else None
    if alley is not None and one.reading.premises.alley_only:
        return [alley]
    return sorted(street.lines | street.spellings)


def _street_feature(
    connection: Connection, one: Candidate, known: Gazetteer, language: str, line: str | None
) -> Feature:
    street, said = one.reading.street.street, one.reading.premises  # type: ignore[union-attr]
    pairs = set(street.wards)
    if not pairs:
        codes = found.street_wards(connection, sorted(street.lines))
        pairs = {(row["code"], None) for row in codes if not row["old"]}
    meant = {pair for pair in pairs if agrees(one.reading, *pair)} or pairs
    new, old = ({pair[part] for pair in meant if pair[part]} for part in (0, 1))
    ward = ward_reference(known, next(iter(new)), "new") if len(new) == 1 else None
    old_ward = ward_reference(known, next(iter(old)), "old") if len(old) == 1 else None
    near = _nearest(one, known) if one.house_found is False else []
    alley = f"Hẻm {said.number} " if said.alley_only else ""
    return feature(
        f"streets/{street.key.replace(' ', '-').replace('/', '-')}", json.loads(line) if line else None,
        alley + street.name + (f", {ward['name']}" if ward else ""),
        level="street", score=one.score, street=street.name, ward=ward, ward_old=old_ward,
        sublabel=LEVELS["street"][language], house_number=said.number or None, nearest_numbers=near,
        wards=[ward_reference(known, code, "new") for code in sorted(new)],
    )  # fmt: skip


def _nearest(one: Candidate, known: Gazetteer) -> list[dict[str, Any]]:
    rows = one.facts.get("neighbours", ())
    made = []
    for row in rows:
        ward = _name(ward_reference(known, row["ward_code"], "new"))
        number = _whole_number(row)
        label = house_label(number, row["street_name"], ward)
        made.append({"id": row["id"], "house_number": number, "lon": round(row["lon"], found.DIGITS),
                     "lat": round(row["lat"], found.DIGITS), "label": label})  # fmt: skip
    return made


def _place_feature(connection: Connection, one: Candidate) -> Feature:
    place = one.reading.place
    assert place is not None  # noqa: S101 - of level place by this alone
    geometry = found.place_geometry(connection, place.layer, place.id)
    return feature(
        f"{place.layer}/{place.id}", json.loads(geometry) if geometry else None, place.name,
        level="place", score=one.score, place_kind=place.kind,
    )  # fmt: skip


def _ward_feature(one: Candidate, known: Gazetteer, language: str, areas: Mapping[Any, Any]) -> Feature:
    ward = one.ward
    assert ward is not None  # noqa: S101 - of level ward by this alone
    area = areas.get((ward.code, ward.period == "old"))
    after = known.successor_of(ward) if ward.period == "old" else None
    new = ward_reference(known, (after or ward).code if after or ward.period == "new" else None, "new")
    old = ward_reference(known, ward.code, "old") if ward.period == "old" else None
    note = Text(f"nay thuộc {after.name}", f"now part of {after.name}")[language] if after else ""
    return feature(
        f"wards/{area['id'] if area else ward.code}", json.loads(area["geometry"]) if area else None, ward.name,
        level="ward", score=one.score, ward=new, ward_old=old, sublabel=note,
        residential_group=one.reading.premises.group or None,
    )  # fmt: skip


def commune_feature(there: Commune, edits: int, language: str) -> Feature:
    """The feature of a commune outside of the city, of which no geometry is held."""
    old = there.period == "old"
    note = Text(f"nay thuộc {there.successor}", f"now part of {there.successor}")[language] if old else ""
    name = ", ".join(one for one in (there.name, there.district, there.province) if one)
    return feature(
        f"units/{there.code}", None, name, level="ward", score=0.9 if edits == 0 else 0.7, sublabel=note,
        ward={"code": there.successor_code, "name": there.successor},
        ward_old={"code": there.code, "name": there.name} if old else None,
        reasons=[Text("Ngoài vùng dữ liệu", "Beyond the data held here")[language]],
    )  # fmt: skip


def parcel_feature(
    row: Mapping[str, Any], known: Gazetteer, language: str, score: float, said: Sequence[Text],
    after: Sequence[Mapping[str, Any]],
) -> Feature:  # fmt: skip
    """The feature of a parcel row; `after` are the parcels that came of it."""
    new = ward_reference(known, row["ward_code"], "new")
    old_ward = known.ward_by_code.get((row["ward_code_survey"] or "", "old"))
    own = parcel_reference(row["id"], row, row["ward_code"], confidence=1.0, how="number", current=row["current"])
    return feature(
        f"land_parcels/{row['id']}", json.loads(row["geometry"]) if row["geometry"] else None,
        parcel_label(row["parcel_no"], row["map_sheet_no"], _name(new))[language],
        level="parcel", score=score, sublabel=former_ward(old_ward)[language], ward=new,
        ward_old=ward_reference(known, row["ward_code_survey"], "old"), parcels=[own],
        successors=successor_references(after), current=row["current"], area_m2=row["area_m2"],
        land_use_code=row["land_use_code"], old_map_sheet_no=row["old_map_sheet_no"],
        old_parcel_no=row["old_parcel_no"], valid_to=as_plain(row["valid_to"]), reasons=[one[language] for one in said],
    )  # fmt: skip
