"""An uploaded plan file: what it really is, unpacked within limits, and ready to be read.

The name of a file is only a hint: it may be wrong, and GDAL would open far more kinds of files than are wanted here.
"""

import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyogrio
from pyogrio.errors import DataSourceError

from etl.batch import Opened
from etl.read import open_file
from gis_core.errors import LoadRefused, TooLarge, WrongMediaType

FORMATS = "SHP (ZIP), GPKG, DXF, GeoJSON"
UNPACKED_TIMES = 20
"""How many times the largest upload a ZIP may unpack to: shapefiles shrink to a tenth at best, bombs a thousandfold."""
ENTRIES = 200
_HEAD = 4096
_MEMBERS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".gpkg", ".dxf", ".geojson", ".json")
_DATASETS = (".shp", ".gpkg", ".dxf", ".geojson", ".json")
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The file to read within the folder of the upload, and its columns."""

    dataset: str
    columns: tuple[str, ...]


def unpack(upload: Path, limit: int, layer: str | None = None) -> Unpacked:
    """What `upload` holds, unpacked beside it where it is a ZIP; `limit` is that of an upload, in bytes.

    Raises `WrongMediaType` for other formats, `TooLarge` for what unpacks beyond measure, `LoadRefused` for files that
    cannot be read. `layer` chooses among several layers of one file.
    """
    suffix = _suffix(upload)
    if suffix == ".zip":
        dataset = _unzipped(upload, limit * UNPACKED_TIMES)
        _check_member(dataset)
    else:
        dataset = upload.rename(upload.with_name(f"plan{suffix}"))
    opened = open_plan(dataset, layer)
    return Unpacked(str(dataset.relative_to(upload.parent)), opened.columns)


def open_plan(dataset: Path, layer: str | None) -> Opened:
    """The file ready to be read. Raises `LoadRefused` where it is not readable or `layer` is not one of its layers."""
    try:
        names = [str(name) for name, shape in pyogrio.list_layers(dataset) if shape is not None]
    except DataSourceError:
        raise _unreadable(dataset) from None
    if layer is None and len(names) > 1:
        listed = ", ".join(names[:20])
        raise LoadRefused(
            f"Tệp có {len(names)} lớp hình học ({listed}); hãy ghi tên lớp cần đọc. · "
            f"The file has {len(names)} layers with geometry ({listed}); give the name of the one to read."
        )
    try:
        return open_file(dataset, layer)
    except LoadRefused as error:  # without the path of the server's folder
        raise LoadRefused(str(error).replace(str(dataset), dataset.name).replace(" (--file-layer)", "")) from None


def _suffix(upload: Path) -> str:
    """The suffix that belongs to the content. Raises `WrongMediaType` and `LoadRefused`."""
    with upload.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise LoadRefused("Tệp rỗng (0 byte). · The file is empty (0 bytes).")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ".zip"
    if head.startswith(b"SQLite format 3\x00") and head[68:72] in (b"GPKG", b"GP10", b"GP11"):
        return ".gpkg"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return ".geojson"
    if text.startswith(b"AutoCAD Binary DXF") or text.startswith(b"999") or _is_dxf(text):
        return ".dxf"
    raise WrongMediaType(
        f"Không nhận ra định dạng của tệp; hãy dùng {FORMATS}. · The format of the file is not one of {FORMATS}."
    )


def _is_dxf(text: bytes) -> bool:
    lines = [line.strip() for line in text.splitlines()[:4]]
    return lines[:2] == [b"0", b"SECTION"]


def _unzipped(upload: Path, limit: int) -> Path:
    """The one file of geometry in the ZIP, unpacked with what belongs to it."""
    folder = upload.parent / "unpacked"
    folder.mkdir(mode=0o700)
    try:
        with zipfile.ZipFile(upload) as archive:
            members = _members(archive)
            _check_sizes(members, limit)
            room = limit
            for member, name in members:
                room -= _extract(archive, member, folder / name, room)
                if room < 0:
                    raise _bomb(limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise LoadRefused(
            f"Tệp ZIP hỏng hoặc nén theo cách không đọc được. · The ZIP is damaged or cannot be read: {error}"
        ) from None
    found = sorted(one for one in folder.iterdir() if one.suffix in _DATASETS)
    if len(found) != 1:
        listed = ", ".join(one.name for one in found[:10]) or "–"
        raise LoadRefused(
            f"Tệp ZIP phải chứa đúng một tệp .shp, .gpkg, .dxf hoặc .geojson; có: {listed}. · "
            f"The ZIP must hold exactly one .shp, .gpkg, .dxf or .geojson; it holds: {listed}."
        )
    return found[0]


def _check_member(dataset: Path) -> None:
    if dataset.suffix == ".shp":
        lacking = [one for one in (".shx", ".dbf") if not dataset.with_suffix(one).exists()]
        if lacking:
            raise LoadRefused(
                f"Tệp ZIP thiếu {', '.join(lacking)} của {dataset.name}. · "
                f"The ZIP lacks {', '.join(lacking)} of {dataset.name}."
            )
    elif _suffix(dataset) != dataset.suffix.replace(".json", ".geojson"):
        raise WrongMediaType(
            f"{dataset.name}: nội dung không đúng với đuôi tệp. · The content is not what the name says."
        )


def _members(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The entries that are wanted and the names under which they are stored, without folders and in lower case."""
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise TooLarge(
            f"Tệp ZIP có {len(entries)} mục, tối đa {ENTRIES}. · The ZIP has {len(entries)} entries, at most {ENTRIES}."
        )
    for one in entries:
        _check_entry(one)
    return [
        (one, PurePosixPath(one.filename).name.lower())
        for one in entries
        if not one.is_dir() and one.filename.lower().endswith(_MEMBERS) and "__MACOSX" not in one.filename
    ]


def _check_entry(one: zipfile.ZipInfo) -> None:
    name = one.filename.replace("\\", "/")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:2] == ":":
        raise LoadRefused(
            f"Tệp ZIP có đường dẫn ra ngoài thư mục ({one.filename[:80]}). · "
            f"The ZIP has a path that leaves its folder ({one.filename[:80]})."
        )
    if stat.S_ISLNK(one.external_attr >> 16):
        raise LoadRefused(f"Tệp ZIP có liên kết ({one.filename[:80]}). · The ZIP holds a link ({one.filename[:80]}).")
    if one.flag_bits & _ENCRYPTED:
        raise LoadRefused(
            "Tệp ZIP có mật khẩu; hãy tải lên tệp không mã hoá. · The ZIP is encrypted; upload it without a password."
        )


def _check_sizes(members: list[tuple[zipfile.ZipInfo, str]], limit: int) -> None:
    if sum(one.file_size for one, _ in members) > limit:
        raise _bomb(limit)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, room: int) -> int:
    """How many bytes were unpacked, hardly more than `room`: the header of `member` may lie about its size."""
    if path.exists():
        raise LoadRefused(f"Tệp ZIP có hai tệp {path.name}. · The ZIP holds {path.name} twice.")
    taken = 0
    with archive.open(member) as source, path.open("xb") as target:
        while taken <= room and (piece := source.read(1 << 20)):
            taken += len(piece)
            target.write(piece)
    return taken


def _bomb(limit: int) -> TooLarge:
    size = f"{limit >> 20} MB"
    return TooLarge(f"Tệp ZIP bung ra lớn hơn {size} cho phép. · The ZIP unpacks to more than the {size} allowed.")


def _unreadable(dataset: Path) -> LoadRefused:
    return LoadRefused(f"{dataset.name}: không đọc được tệp. · The file cannot be read.")


def remove(folder: Path) -> None:
    """Removes the folder of an upload; one that is not there is as good as removed."""
    shutil.rmtree(folder, ignore_errors=True)
