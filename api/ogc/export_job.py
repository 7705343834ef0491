"""The process `export`: whole collections as files, made by a worker, asked for with the parameters of items."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Connection

from api.ogc.parameters import items_query
from gis_core.catalog import Catalog
from gis_core.db import Identity
from gis_core.exports import FILE_FORMATS
from gis_core.features import feature_count
from gis_core.jobs.job import Desk, Job, Output, Progress
from gis_core.layer import STAFF, Text
from gis_core.query import Query

_Language = Literal["cql2-text", "cql2-json"]


def _listed(value: Any) -> Any:
    # As on the items path, where lists are written with commas; forms send them so.
    return value.split(",") if isinstance(value, str) else value


def _known_format(value: str) -> str:
    if value not in FILE_FORMATS:
        known = ", ".join(FILE_FORMATS)
        raise ValueError(f"phải là một trong {known} · this must be one of {known}")
    return value


def _numbers(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return [float(one) for one in value.split(",")]
    except ValueError:
        return value


_Format = Annotated[str, AfterValidator(_known_format)]
_Names = Annotated[list[str], BeforeValidator(_listed)]
_Box = Annotated[list[float], BeforeValidator(_numbers)]


class Export(BaseModel):
    """A collection and a format, and the parameters of the items path by their names there."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    collection: str = Field(title="Lớp dữ liệu · Collection", max_length=100)
    format: _Format = Field(title="Định dạng · Format", json_schema_extra={"enum": list(FILE_FORMATS)})
    filter: str | dict[str, Any] | None = Field(None, title="Điều kiện lọc CQL2 · CQL2 filter")
    filter_lang: _Language | None = Field(None, alias="filter-lang", title="Ngôn ngữ của điều kiện · Filter language")
    filter_crs: str | None = Field(None, alias="filter-crs", title="Hệ toạ độ của điều kiện · CRS of the filter")
    bbox: _Box | None = Field(None, title="Khung: 4 hoặc 6 số · Box: 4 or 6 numbers", min_length=4, max_length=6)
    bbox_crs: str | None = Field(None, alias="bbox-crs", title="Hệ toạ độ của khung · CRS of the box")
    datetime: str | None = Field(None, title="Thời điểm hoặc khoảng · Instant or interval", max_length=100)
    properties: _Names | None = Field(None, title="Chỉ các thuộc tính này · Only these properties", max_length=200)
    sortby: _Names | None = Field(None, title="Sắp xếp theo · Sort by", max_length=200)
    skip_geometry: bool | None = Field(None, alias="skipGeometry", title="Không kèm hình học · Without geometries")
    crs: str | None = Field(None, title="Hệ toạ độ của tệp · CRS of the file")
    limit: int | None = Field(None, title="Nhiều nhất bao nhiêu đối tượng · Features at most", ge=1)

    def parameters(self) -> dict[str, str]:
        """The parameters of the items path that mean the same."""
        given = self.model_dump(by_alias=True, exclude_none=True, exclude={"collection", "format", "limit"})
        if isinstance(given.get("filter"), dict):
            given.setdefault("filter-lang", "cql2-json")
        return {name: _parameter(value) for name, value in given.items()} | {"f": self.format}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an export asks of a collection, as a request to the items path would."""

    identity: Identity
    parameters: dict[str, str]
    format: str


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written: the features, at most so many (None: all), in a format, to a path."""

    query: Query
    limit: int | None
    format: str
    path: Path


def export_job(catalog: Catalog) -> Job:
    """The job that writes what items answers, for the collections of the catalogue."""

    def ready(inputs: Export, desk: Desk) -> Task:
        layer = catalog.find(inputs.collection, desk.who.role)
        name = f"{layer.id}.{FILE_FORMATS[inputs.format].suffix}"
        return Task(
            items_query(Wish(desk.who, inputs.parameters(), inputs.format), layer),
            inputs.limit,
            inputs.format,
            desk.folder / name,
        )

    return Job(
        id="export",
        title=Text("Xuất một lớp dữ liệu ra tệp", "Export a collection to a file"),
        description=Text(
            "Ghi các đối tượng của một lớp, lọc như ở đường dẫn items, thành tệp để tải về; dùng cho kết quả lớn.",
            "Writes a collection's features, filtered as on the items path, to a file for download; for large results.",
        ),
        parameters=Export,
        work=_export,
        # Without an account nobody could own the file; whole results are on the items path for everybody.
        roles=STAFF,
        outputs={"file": Output(Text("Tệp", "File"), {"type": "string", "contentEncoding": "binary"})},
        ready=ready,
        files=True,
    )


def _export(connection: Connection, task: Task, progress: Progress) -> dict[str, Any]:
    counting = Text("Đếm đối tượng", "counting the features")
    progress(0.0, counting)
    number = feature_count(connection, task.query).number
    expected = max(1, number if task.limit is None else min(number, task.limit))
    written = 0

    def told(rows: int) -> None:
        nonlocal written
        written = rows
        words = Text(f"Đã ghi {rows:,} đối tượng".replace(",", "."), f"{rows:,} features written")
        progress(min(rows / expected, 0.99), words)

    task.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    task.path.unlink(missing_ok=True)  # of an earlier attempt that was cut off
    made = FILE_FORMATS[task.format]
    made.write(connection, task.query, task.path, task.limit, told)
    about = {"file": task.path.name, "mediaType": made.media_type, "bytes": task.path.stat().st_size}
    return {"file": about, "features": written}


def _parameter(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return orjson.dumps(value).decode()
        case list():
            return ",".join(map(str, value))
    return str(value)


def is_file(value: object) -> bool:
    """Whether the value of an output is a file of the job."""
    return isinstance(value, Mapping) and set(value) == {"file", "mediaType", "bytes"}
