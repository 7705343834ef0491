"""The address search, step by step: parse, read, find, rank, explain."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from gis_core.addresses import found
from gis_core.addresses.answers import Feature, address_features, commune_feature, feature, parcel_feature
from gis_core.addresses.elsewhere import commune
from gis_core.addresses.explain import forest_label
from gis_core.addresses.folding import has_control, visible
from gis_core.addresses.forms import ForestLot, ParcelNumber, forest_lot, parcel_number, position
from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.house_number import key, within_range
from gis_core.addresses.loading import gazetteer
from gis_core.addresses.names import Ward
from gis_core.addresses.rank import Candidate, candidates, is_ambiguous, merged, rank, worth_trying
from gis_core.addresses.readings import Reading, readings
from gis_core.addresses.reverse import around
from gis_core.addresses.tokens import Token, tokens
from gis_core.db import Identity
from gis_core.errors import BadRequest
from gis_core.layer import Text

LONGEST_TEXT = 300
MOST_TOKENS = 40
Answer = dict[str, Any]

_NOTHING = Text("Không tìm thấy; hãy thử viết số nhà và tên đường.", "Nothing found; try a house number and a street.")

_STREET_MISSING = Text("Hãy viết thêm tên đường.", "Add the name of the street.")


def checked_text(text: str, parameter: str = "q") -> str:
    """`text` composed and trimmed. Raises `BadRequest` where it is empty, too long or holds control characters."""
    if len(text) > LONGEST_TEXT:
        raise BadRequest(f"{parameter}: tối đa {LONGEST_TEXT} ký tự. · {parameter}: at most {LONGEST_TEXT} characters.")
    if has_control(text):
        raise BadRequest(f"{parameter}: có ký tự điều khiển. · {parameter}: holds control characters.")
    words = visible(text)
    if not words:
        raise BadRequest(
            f"{parameter}: hãy nhập địa chỉ, số thửa hoặc tên đường. · "
            f"{parameter}: give an address, a parcel or a street."
        )
    return words


def find(connection: Connection, who: Identity, text: str, *, limit: int = 5, language: str = "vi") -> Answer:
    """What `text` means, most probable first, as a GeoJSON FeatureCollection in WGS 84.

    `connection` must act as `who`. Raises `BadRequest` for a text that is none. Nothing found: no features, and
    `message` says why.
    """
    words = checked_text(text)
    known = gazetteer(connection, who)
    place = position(words)
    if place is not None:
        answer = around(connection, known, place.longitude, place.latitude, language, only_first=True)
        return _answer(words, "coordinates", answer["features"][:limit], message=answer["message"])
    cut = tokens(words, known.vocabulary)[:MOST_TOKENS]
    lot = forest_lot(cut)
    if lot is not None:
        return _forest(connection, words, lot, limit, language)
    parcel = parcel_number(cut)
    if parcel is not None:
        return _parcel(connection, known, words, parcel, limit, language)
    return _address(connection, known, words, cut, limit, language)


def _answer(words: str, kind: str, features: Sequence[Feature], *, message: str = "", **said: Any) -> Answer:
    ambiguous = said.pop("ambiguous", False)
    return {
        "type": "FeatureCollection",
        "query": {"text": words, "kind": kind, **said},
        "ambiguous": bool(ambiguous),
        "message": message,
        "features": list(features),
    }


def _address(
    connection: Connection, known: Gazetteer, words: str, cut: Sequence[Token], limit: int, language: str
) -> Answer:
    meant = worth_trying(readings(cut, known))
    if not meant:
        return _answer(words, "address", [], message=_NOTHING[language])
    said, message = _said(meant[0]), ""
    if meant[0].elsewhere is not None:
        away = meant[0].elsewhere
        area = away.name if not away.province or away.name.endswith(away.province) else f"{away.name}, {away.province}"
        beyond = Text(f"Địa chỉ thuộc {area}, ngoài vùng dữ liệu.", f"This is in {area}, beyond the data held here.")
        there = commune(cut, known, away)
        features = [commune_feature(*there, language)] if there else []
        return _answer(words, "elsewhere", features, message=beyond[language], **said)
    if not any(one.street or one.place for one in meant) and meant[0].premises.number:
        meant = [replace(one, premises=replace(one.premises, number="")) for one in meant if one.wards]
        message = _STREET_MISSING[language]
    tried = candidates(meant, _houses(connection, meant, limit))
    tried = [other for one in tried for other in _with_neighbours(connection, one)]
    ranked = rank(tried)
    ambiguous = is_ambiguous(ranked)
    features = address_features(connection, ranked[:limit], known, language)
    message = message or ("" if features else _NOTHING[language])
    return _answer(words, "address", features, message=message, ambiguous=ambiguous, **said)


def _said(reading: Reading) -> dict[str, Any]:
    wards = [span.wards[0].name for span in reading.wards]
    return {
        "house_number": reading.premises.number or None,
        "street": reading.street.street.name if reading.street else None,
        "ward": wards[0] if wards else None,
    }


def _houses(connection: Connection, meant: Sequence[Reading], limit: int) -> list[dict[str, Any]]:
    """The rows of all houses that the readings name, in one look-up, and of those without a street in another."""
    asked = {
        (name, key(one.premises.number))
        for one in meant
        if one.street is not None and one.premises.number and not one.premises.alley_only
        for name in one.street.street.spellings
    }
    rows = found.houses(connection, sorted(asked))
    alone = [one for one in meant if one.street is None and one.place is None and one.premises.number]
    for one in alone[:1]:
        new = sorted({code for span in one.wards for ward in span.wards if (code := _new_code(ward))})
        rows += found.houses_numbered(connection, one.premises.number, new or None, 4 * limit)
    return rows


def _new_code(ward: Ward) -> str | None:
    return ward.code if ward.period == "new" else ward.successor


def _with_neighbours(connection: Connection, one: Candidate) -> list[Candidate]:
    """`one`; where its number is not on the street with the nearest numbers, or as the merged plate that holds it."""
    if one.level != "street" or one.house_found is not False or one.reading.street is None:
        return [one]
    number = one.reading.premises.number
    near = found.neighbours(connection, sorted(one.reading.street.street.spellings), number)
    one.facts["neighbours"] = near
    plates = [row for row in near if within_range(key(number), row["number_key"])]
    if not plates:
        return [one]
    house = merged(one, found.houses(connection, [(plates[0]["street_name"], plates[0]["number_key"])])[0])
    house.rival = one.rival
    one.beside = True
    return [house, one]


def _parcel(
    connection: Connection, known: Gazetteer, words: str, asked: ParcelNumber, limit: int, language: str
) -> Answer:
    wards = _named_wards(asked.rest, known)
    codes = sorted({code for one in wards if (code := _new_code(one))})
    rows = found.parcels(connection, asked.sheet, asked.parcel, codes or None)
    surveyed = {one.code for one in wards if one.period == "old"}
    if surveyed:
        # An old ward is the ward of the survey; where the survey's ward is not known the new one has to do.
        rows = [row for row in rows if row["ward_code_survey"] in surveyed or row["ward_code_survey"] is None]
    rows.sort(key=lambda row: (row["by_old_number"], not row["current"], row["id"]))
    rows = list({row["id"]: row for row in reversed(rows)}.values())[::-1]
    after = found.successors(connection, [row["id"] for row in rows[:limit] if not row["current"]])
    first = [row for row in rows if not row["by_old_number"]] or rows
    share = 1 / max(1, len(first))
    features = [
        parcel_feature(
            row, known, language, round((0.99 if row in first else 0.2) * share, 3), _parcel_reasons(row),
            after.get(row["id"], ()),
        )
        for row in rows[:limit]
    ]  # fmt: skip
    said = {"map_sheet_no": asked.sheet or None, "parcel_no": asked.parcel, "ward": wards[0].name if wards else None}
    message = "" if features else _no_parcel(asked)[language]
    return _answer(words, "parcel", features, message=message, ambiguous=len(first) > 1, **said)


def _no_parcel(asked: ParcelNumber) -> Text:
    return Text(
        f"Không có thửa {asked.parcel}, tờ {asked.sheet or '?'} ở đó.",
        f"There is no parcel {asked.parcel} on sheet {asked.sheet or '?'} there.",
    )


def _parcel_reasons(row: dict[str, Any]) -> list[Text]:
    said = [
        Text("Đúng số tờ, số thửa cũ", "The former sheet and number match")
        if row["by_old_number"]
        else Text("Đúng số tờ, số thửa", "Sheet and number match")
    ]
    if not row["current"]:
        ended = f"{row['valid_to'] + timedelta(days=1):%d/%m/%Y}"  # the last day of validity is a part of it
        said.append(
            Text(f"Thửa không còn từ ngày {ended}; xem các thửa sau đó", f"Ceased to be on {ended}; see its successors")
        )
    return said


def _named_wards(rest: Sequence[Token], known: Gazetteer) -> list[Ward]:
    """The wards that the words beside a parcel's number name."""
    said = [one for one in readings(rest, known) if one.wards and one.street is None] if rest else []
    return [ward for span in said[0].wards for ward in span.wards] if said else []


def _forest(connection: Connection, words: str, lot: ForestLot, limit: int, language: str) -> Answer:
    rows = found.forest_lots(connection, lot.compartment, lot.subcompartment, lot.plot)
    registers = {
        "quy_hoach": Text("Quy hoạch ba loại rừng", "Forest planning"),
        "kiem_ke": Text("Kiểm kê rừng", "Forest inventory"),
    }
    features = [
        feature(
            f"forest/{row['id']}", json.loads(row["geometry"] or "null"), forest_label(row)[language],
            level="place", score=0.99, sublabel=registers.get(row["forest_dataset"], Text("", ""))[language],
            place_kind="forest", forest_dataset=row["forest_dataset"], forest_function=row["forest_function"],
            forest_compartment=row["compartment"], forest_subcompartment=row["subcompartment"],
            forest_plot=row["plot"], area_ha=row["area_ha"], ward_name_survey=row["ward_name"],
            reasons=[Text("Đúng số lô, khoảnh, tiểu khu", "Plot, sub-compartment and compartment match")[language]],
        )
        for row in rows[:limit]
    ]  # fmt: skip
    said = {"compartment": lot.compartment, "subcompartment": lot.subcompartment or None, "plot": lot.plot or None}
    nothing = Text("Không có lô rừng đó.", "There is no such forest lot.")
    return _answer(words, "forest", features, message="" if features else nothing[language], **said)
