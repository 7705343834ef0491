"""Addresses of a table, found one by one: CSV in, the same CSV with what was found out."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from gis_core.addresses import find
from gis_core.addresses.folding import fold
from gis_core.errors import BadRequest
from gis_core.jobs.job import Desk, Job, Output, Progress
from gis_core.layer import Text

COLUMNS = (
    "match_level", "score", "label", "house_found", "house_id", "parcel_id", "parcel_confidence", "ward_code", "lon",
    "lat", "ambiguous", "reasons",
)  # fmt: skip
ADDRESS_COLUMNS = ("address", "diachi", "dia_chi", "full_address", "dia chi")
FILE = "addresses.csv"
_STEP = 100

Finder = Callable[[str], dict[str, Any]]


class Geocode(BaseModel):
    """`table` is the text of a CSV table in UTF-8 with a column `address` (or the first column)."""

    model_config = ConfigDict(extra="forbid")

    table: str = Field(title="Bảng CSV · CSV table", max_length=20_000_000)
    language: str = Field("vi", title="Ngôn ngữ vi hoặc en · language, vi or en", pattern="^(vi|en)$")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; `address` is the position of the column that holds the addresses."""

    header: list[str]
    rows: list[list[str]]
    address: int


def read_table(content: bytes) -> Table:
    """The CSV table in `content` (UTF-8). Raises `BadRequest` where it is none; without rows it is empty."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("Bảng phải là CSV mã UTF-8. · The table must be CSV in UTF-8.") from None
    return parse_table(words)


def parse_table(words: str) -> Table:
    """The CSV table that `words` are. Raises `BadRequest` where they are none."""
    if "\0" in words or not words.strip():
        raise BadRequest("Bảng CSV trống hoặc hỏng. · The CSV table is empty or broken.")
    try:
        lines = [line for line in csv.reader(io.StringIO(words, newline=""), strict=True) if line]
    except csv.Error as error:
        raise BadRequest(f"Không đọc được CSV. · This is not CSV: {error}.") from None
    header, rows = lines[0], lines[1:]
    for number, row in enumerate(rows, start=2):
        if len(row) > len(header):
            raise BadRequest(
                f"Dòng {number} có {len(row)} cột, tiêu đề có {len(header)}. · "
                f"Line {number} has {len(row)} columns, the header has {len(header)}."
            )
    names = [fold(name.strip()) for name in header]
    address = next((place for place, name in enumerate(names) if name in ADDRESS_COLUMNS), 0)
    return Table(header, rows, address)


def geocoded_table(table: Table, finder: Finder, done: Callable[[int], None] = lambda _count: None) -> str:
    """`table` as CSV with the columns `COLUMNS` added; `done` is told after every hundred rows how many are."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*table.header, *COLUMNS])
    for count, row in enumerate(table.rows, start=1):
        padded = row + [""] * (len(table.header) - len(row))
        writer.writerow([*padded, *_found(padded[table.address], finder)])
        if count % _STEP == 0:
            done(count)
    return out.getvalue()


def _found(address: str, finder: Finder) -> Sequence[object]:
    """The values of `COLUMNS` for one address; empty but for the reason where nothing was found."""
    try:
        answer = finder(address)
    except BadRequest as refused:
        return [*[""] * (len(COLUMNS) - 1), str(refused)]
    if not answer["features"]:
        return [*[""] * (len(COLUMNS) - 1), answer["message"]]
    first = answer["features"][0]
    said = first["properties"]
    layer, _, number = first["id"].partition("/")
    parcel = said["parcels"][0] if said["parcels"] else {}
    lon, lat = said["point"] or ("", "")
    return [
        said["match_level"], said["score"], said["label"], _yes_no(said["house_found"]),
        number if layer == "house_numbers" and said["match_level"] == "house" else "",
        parcel.get("id", ""), parcel.get("confidence", ""), (said["ward"] or {}).get("code", ""), lon, lat,
        _yes_no(answer["ambiguous"]), "; ".join(said["reasons"]),
    ]  # fmt: skip


def _yes_no(value: object) -> str:
    return "" if value is None else "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Order:
    """A checked table, on whose behalf it is looked up, and where the answer goes."""

    table: Table
    language: str
    desk: Desk


def ordered(parameters: Geocode, desk: Desk) -> Order:
    """What the work takes. Raises `BadRequest` for a table that is none."""
    return Order(parse_table(parameters.table), parameters.language, desk)


def geocode(connection: Connection, order: Order, progress: Progress) -> dict[str, Any]:
    """The file of the table with what was found."""
    total = max(1, len(order.table.rows))

    def finder(address: str) -> dict[str, Any]:
        return find(connection, order.desk.who, address, limit=1, language=order.language)

    def done(count: int) -> None:
        progress(count / total, Text(f"Đã tìm {count} địa chỉ", f"{count} addresses looked up"))

    written = geocoded_table(order.table, finder, done).encode()
    order.desk.folder.mkdir(parents=True, exist_ok=True)
    (order.desk.folder / FILE).write_bytes(written)
    return {"table": {"file": FILE, "mediaType": "text/csv", "bytes": len(written)}}


GEOCODE = Job(
    id="geocode",
    title=Text("Tìm tọa độ cho bảng địa chỉ", "Geocode a table of addresses"),
    description=Text(
        "Tìm từng địa chỉ trong bảng CSV: số nhà, thửa đất, phường, tọa độ, độ tin cậy và lý do.",
        "Finds each address of a CSV table: house, parcel, ward, coordinates, confidence and reasons.",
    ),
    parameters=Geocode,
    work=geocode,
    ready=ordered,
    files=True,
    outputs={"table": Output(Text("Bảng CSV", "CSV table"), {"type": "string", "contentMediaType": "text/csv"})},
    roles=frozenset({"planner", "tax_officer", "inspector", "operator", "administrator"}),
    reads=("house_numbers", "roads", "wards", "places", "land_parcels"),
)
