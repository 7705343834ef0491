"""Code lists: the values a coded field may take, as rows with their legal validity, never as constants in code."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gis_core.errors import DeclarationError

COLUMNS = ("code", "vi", "en", "colour", "valid_from", "valid_to", "legal_basis", "superseded_by", "verified")


@dataclass(frozen=True, slots=True)
class Code:
    """One code with its names; `superseded_by` lists the codes that took its place, `verified` says whether the fact
    was checked against its legal source.
    """

    code: str
    vi: str
    en: str
    colour: str | None
    valid_from: date | None
    valid_to: date | None
    legal_basis: str | None
    superseded_by: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class CodeList:
    """The initial rows of one list; the city's own rows live in table `platform.code`."""

    id: str
    codes: tuple[Code, ...]

    def __contains__(self, code: str) -> bool:
        return any(one.code == code for one in self.codes)


def read_codes(path: Path) -> CodeList:
    """The code list in the CSV file `path`, named after the file. Raises `DeclarationError` naming file and line."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise DeclarationError(f"Code list {path.name} must have the columns {', '.join(COLUMNS)}.")
        codes = tuple(_code(path.name, reader.line_num, row) for row in reader)
    repeated = {one.code for one in codes if sum(other.code == one.code for other in codes) > 1}
    if repeated:
        raise DeclarationError(f"Code list {path.name} has codes twice: {', '.join(sorted(repeated))}.")
    return CodeList(path.stem, codes)


def _code(file: str, line: int, row: dict[str, str]) -> Code:
    if not (row["code"] and row["vi"] and row["en"]):
        raise DeclarationError(f"Code list {file}, line {line}: code, vi and en are compulsory.")
    try:
        start, end = (date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
    except ValueError as error:
        raise DeclarationError(f"Code list {file}, line {line}: {error}.") from error
    optional = {name: row[name] or None for name in ("colour", "legal_basis", "superseded_by")}
    return Code(
        code=row["code"], vi=row["vi"], en=row["en"], valid_from=start, valid_to=end,
        verified=row["verified"] == "yes", **optional,
    )  # fmt: skip
