"""Answers for people: labels, and reasons in the language asked."""

from collections.abc import Iterator, Mapping
from typing import Any

from gis_core.addresses.gazetteer import Gazetteer
from gis_core.addresses.house_number import written
from gis_core.addresses.names import Ward
from gis_core.addresses.rank import Candidate
from gis_core.addresses.readings import Reading
from gis_core.layer import Text

LEVELS = {
    "house": Text("Số nhà", "House number"),
    "parcel": Text("Thửa đất", "Parcel"),
    "nearest_house": Text("Số nhà ở phường khác", "House in another ward"),
    "street": Text("Đường", "Street"),
    "ward": Text("Phường, xã", "Ward"),
    "place": Text("Địa danh", "Place"),
    "point": Text("Điểm", "Point"),
}


def house_label(number: str, street: str, ward: str | None) -> str:
    """A full address: `83/2A Phan Đình Phùng, Phường Xuân Hương - Đà Lạt`."""
    return f"{number} {street}, {ward}" if ward else f"{number} {street}"


def parcel_label(number: str | None, sheet: str | None, ward: str | None) -> Text:
    """The name of a parcel."""
    behind = f", {ward}" if ward else ""
    return Text(f"Thửa {number}, tờ {sheet}{behind}", f"Parcel {number}, sheet {sheet}{behind}")


def forest_label(lot: Mapping[str, Any]) -> Text:
    """The name of a forest lot, as in "Lô 3, khoảnh 2, tiểu khu 145"."""
    parts = [
        Text(f"{vi} {lot[name]}", f"{en} {lot[name]}")
        for name, vi, en in (
            ("plot", "lô", "plot"),
            ("subcompartment", "khoảnh", "sub-compartment"),
            ("compartment", "tiểu khu", "compartment"),
        )
        if lot[name]
    ]
    vi, en = ", ".join(one.vi for one in parts), ", ".join(one.en for one in parts)
    return Text(vi[:1].upper() + vi[1:], en[:1].upper() + en[1:])


def former_ward(ward: Ward | None) -> Text:
    """The line below a label that says the ward before the merger, empty where it is not known."""
    return Text(f"trước 01/07/2025: {ward.name}", f"before 1 July 2025: {ward.name}") if ward else Text("", "")


def reasons(candidate: Candidate, known: Gazetteer) -> list[Text]:
    """Sentences on why this is the answer, and on what to mind."""
    reading = candidate.reading
    return [*_number(candidate), *_street(reading), *_place(reading), *_wards(candidate, known), *_rest(reading)]


def _number(candidate: Candidate) -> Iterator[Text]:
    said = candidate.reading.premises
    if candidate.level == "house":
        yield from _house(candidate)
    elif candidate.level == "nearest_house" and candidate.row is not None:
        yield Text(
            f"Số nhà {said.number} có trên đường này nhưng ở phường khác",
            f"Number {said.number} exists on this street, but in another ward",
        )
    elif candidate.house_found is False:
        yield Text(
            f"Không có số nhà {said.number} trên đường này; các số gần nhất được liệt kê",
            f"There is no number {said.number} on this street; the nearest numbers are listed",
        )
    if said.alley_only:
        yield Text(f"Hẻm {said.number}", f"Alley {said.number}")


def _house(candidate: Candidate) -> Iterator[Text]:
    number, now = candidate.reading.premises.number, candidate.facts.get("number_now")
    if candidate.facts.get("range"):
        yield Text(f"Số {number} thuộc biển số ghép", f"Number {number} is part of a merged plate")
    elif candidate.row is not None and (now or candidate.row["status"] == "so_cu"):
        today = (Text(f", nay là {now}", f", now {now}")) if now else Text("", "")
        yield Text(f"{number} là số nhà cũ{today.vi}", f"{number} is a former number{today.en}")
    elif candidate.row is not None and candidate.row["status"] == "du_kien":
        yield Text(f"{number} là số nhà dự kiến cấp", f"{number} is a proposed number")
    else:
        yield Text(f"Đúng số nhà {number}", f"House number {number} matches")


def _street(reading: Reading) -> Iterator[Text]:
    if reading.street is None:
        if reading.premises.number:
            yield Text("Không nêu tên đường", "No street was named")
        return
    name = reading.street.street.name
    yield {
        "name": Text(f"Đúng tên đường {name}", f"The street's name matches: {name}"),
        "alias": Text(f"Tên khác của đường {name}", f"Another name of {name}"),
        "date": Text(f"Tên đường theo ngày: {name}", f"The street is named after a date: {name}"),
        "initials": Text(f"Viết tắt của {name}", f"Initials of {name}"),
        "shortened": Text(f"Tên rút gọn của {name}", f"A shortened name of {name}"),
    }.get(
        reading.street.kind,
        Text(
            f"Sửa {reading.street.edits} ký tự thành {name}",
            f"{reading.street.edits} letter(s) corrected to {name}",
        ),
    )


def _place(reading: Reading) -> Iterator[Text]:
    if reading.place is not None:
        corrected = reading.place_edits
        yield (
            Text(f"Sửa {corrected} ký tự thành {reading.place.name}", f"{corrected} letter(s) corrected")
            if corrected
            else Text(f"Đúng tên {reading.place.name}", f"The name matches: {reading.place.name}")
        )


def _wards(candidate: Candidate, known: Gazetteer) -> Iterator[Text]:
    for span in candidate.reading.wards:
        ward = span.wards[0]
        after = known.successor_of(ward) if ward.period == "old" else None
        if candidate.scores.get("ward", 1.0) < 0.9:
            yield Text(f"Không thuộc {ward.name}", f"Not in {ward.name}")
        elif after is not None:
            yield Text(f"{ward.name} nay thuộc {after.name}", f"{ward.name} is now part of {after.name}")
        else:
            yield Text(f"Đúng {ward.name}", f"{ward.name} matches")


def _rest(reading: Reading) -> Iterator[Text]:
    if reading.premises.unexplained:
        yield Text("Một phần câu hỏi chưa hiểu được", "A part of the query was not understood")
    if reading.premises.old_number:
        old = written(reading.premises.old_number)
        yield Text(f"Số cũ {old} đã nêu", f"The former number {old} was given")
