"""One load: files into a layer in one transaction, all or nothing, in a stream with flat memory."""

import getpass
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psycopg2.errors
import pyarrow as pa
import shapely
from psycopg2.extras import execute_values
from pyproj import CRS
from rich.progress import Progress
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from etl.batch import Opened
from etl.location import Location, checked_crs, known_location
from etl.mapping import Filling, columns_of_fields, loadable_fields
from etl.merge import merge
from etl.outcome import LoadOfFilesRefused, LoadResult
from etl.prepare import Box, Prepared, Preparer, Refusal, Rules
from etl.purposes import PURPOSES, SAVE_PURPOSES
from etl.read import open_file
from etl.reasons import REFUSED
from etl.settle import Settling
from etl.staging import Staging
from gis_core.errors import LoadRefused
from gis_core.layer import Layer
from gis_core.platform_tables import CODE, LOAD_REPORT


@dataclass(frozen=True)
class Request:
    """What is to be loaded and how. `crs` replaces what the files state.

    `box` (EPSG:5899) replaces what is known of the city; `city_box` holds only until its wards are loaded.
    """

    layer: Layer
    files: tuple[Path, ...]
    source: str
    crs: CRS | None = None
    filling: Filling = field(default_factory=Filling)
    file_layer: str | None = None
    box: Box | None = None
    city_box: Box | None = None
    dry_run: bool = False
    vertex_limit: int = 100_000
    refused_share: float = 0.2
    actor: str = field(default_factory=getpass.getuser)


def load(engine: Engine, request: Request, progress: Progress) -> LoadResult:
    """What the load of `request` did, already recorded in `platform.load_report`.

    Raises `LoadOfFilesRefused` where the files cannot be loaded; nothing of them is then in the database.
    """
    result = LoadResult(uuid.uuid4(), request.layer, tuple(map(str, request.files)), request.source, request.actor)
    try:
        with _one_transaction(engine, request) as connection:
            _Run(connection, request, result, progress).run()
    except LoadRefused as error:
        result.finish("refused", str(error))
        _record_refusal(engine, result)
        raise LoadOfFilesRefused(str(error), result) from error
    if not request.dry_run:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'analyze city."{request.layer.id}"'))
    return result


@contextmanager
def _one_transaction(engine: Engine, request: Request) -> Iterator[Connection]:
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            # A merge into an index-heavy table sorts and hashes; a load runs alone, so it may have memory for it.
            connection.exec_driver_sql("set local work_mem = '128MB'; set local maintenance_work_mem = '512MB'")
            connection.execute(text("select set_config('langbiang.subject', :actor, true)"), {"actor": request.actor})
            yield connection
            if request.dry_run:
                transaction.rollback()
    except (DBAPIError, psycopg2.Error) as error:
        raise _database_refusal(error, request) from error


def _database_refusal(error: Exception, request: Request) -> LoadRefused:
    cause = getattr(error, "orig", None) or error
    files = ", ".join(str(file) for file in request.files)
    if isinstance(cause, psycopg2.errors.DiskFull):
        return LoadRefused(
            f"{files}: hết chỗ trên đĩa của cơ sở dữ liệu; chưa nạp gì. · "
            "The database's disk is full; nothing was loaded. Free some space and load again."
        )
    first = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    return LoadRefused(
        f"{files}: cơ sở dữ liệu từ chối; chưa nạp gì. · The database refused, nothing was loaded: {first}"
    )


class _Run:
    """The steps of one load inside its transaction."""

    def __init__(self, connection: Connection, request: Request, result: LoadResult, progress: Progress) -> None:
        self.connection, self.request, self.result, self.progress = connection, request, result, progress
        self.cursor: Any = connection.connection.cursor()

    def run(self) -> None:
        """Stage every file, settle, merge, and record the result."""
        request = self.request
        opened = [open_file(file, request.file_layer) for file in request.files]
        columns = [columns_of_fields(request.layer, request.filling, one.columns, one.path) for one in opened]
        self._note_columns(opened, columns)
        location = known_location(self.connection, request.layer, request.box, request.city_box)
        staging = self._staging(opened, columns)
        self.cursor.execute(staging.create())
        for number, (one, mapped) in enumerate(zip(opened, columns, strict=True)):
            self._stage(number, one, mapped, location, staging)
        self._settle(staging, keyed=any(name in staging.fields for name in self._key()))
        self._check_share()
        self._merge(staging)
        self._look_for_overlaps(staging)
        self.result.finish("tried" if request.dry_run else "loaded", None)
        record(self.connection, self.result)

    def _key(self) -> Sequence[str]:
        return self.request.layer.source.key if self.request.filling.key is None else self.request.filling.key

    def _note_columns(self, opened: Sequence[Opened], columns: Sequence[dict[str, str]]) -> None:
        for one, mapped in zip(opened, columns, strict=True):
            self.result.columns.update(mapped)
            self.result.ignored.update(set(one.columns) - set(mapped.values()))

    def _staging(self, opened: Sequence[Opened], columns: Sequence[dict[str, str]]) -> Staging:
        layer, filling = self.request.layer, self.request.filling
        filled = {*filling.values, *filling.templates}.union(*columns)
        spatial = layer.shape is not None and any(one.spatial for one in opened)
        if layer.id == "land_parcels":
            filled.add("parcel_uid")
        if spatial and "ward_code" in {one.name for one in layer.fields}:
            filled.add("ward_code")
        return Staging(layer, tuple(name for name in loadable_fields(layer) if name in filled), spatial)

    def _stage(
        self, number: int, opened: Opened, columns: dict[str, str], location: Location, staging: Staging
    ) -> None:
        request, file = self.request, str(opened.path)
        crs = None
        if staging.spatial and opened.spatial:
            crs = checked_crs(opened, request.crs, location, request.vertex_limit)
            self.result.crs[file] = crs.to_string() if crs.to_epsg() is None else f"EPSG:{crs.to_epsg()}"
        rules = Rules(
            request.layer, request.filling, columns, self._codes(), location.box, request.vertex_limit, opened.spatial
        )
        preparer = Preparer(file, rules, crs, self.result.findings)
        task = self.progress.add_task(f"{request.layer.id} ← {opened.path.name}", total=opened.count)
        for read, prepared in _one_ahead(opened, preparer):
            staging.copy(self.cursor, number, prepared)
            self._quarantine(file, prepared.refusal)
            self.result.counts.read += read
            self.result.counts.skipped += read - len(prepared.rows) - len(prepared.refusal.codes)
            self.progress.advance(task, read)
        self.progress.update(task, total=self.progress.tasks[task].completed)

    def _codes(self) -> dict[str, pa.Array]:
        lists: dict[str, list[str]] = {one.codes.id: [] for one in self.request.layer.fields if one.codes}
        for name, code in self.connection.execute(select(CODE.c.list, CODE.c.code).where(CODE.c.list.in_(lists))):
            lists[name].append(code)
        return {name: pa.array(codes, pa.string()) for name, codes in lists.items()}

    def _quarantine(self, file: str, refusal: Refusal) -> None:
        if not refusal.codes:
            return
        batch = refusal.batch
        shapes = [None] * len(batch.rows) if batch.geometry is None else shapely.to_wkb(batch.geometry, hex=True)
        rows = [
            (
                str(self.result.id), self.request.layer.id, file, int(row), code,
                _with_detail(REFUSED[code].vi, detail), _with_detail(REFUSED[code].en, detail),
                orjson.dumps(attributes, default=str).decode().replace("\\u0000", ""), shape,
            )
            for row, code, detail, attributes, shape in zip(
                batch.rows, refusal.codes, refusal.details, batch.attributes.to_pylist(), shapes, strict=True
            )
        ]  # fmt: skip
        execute_values(
            self.cursor,
            "insert into platform.quarantine"
            " (load_id, layer, file, row_number, reason_code, reason_vi, reason_en, attributes, geom) values %s",
            rows,
        )

    def _settle(self, staging: Staging, *, keyed: bool) -> None:
        self.settling = Settling(
            self.cursor, staging, str(self.result.id), self.request.source, self.result.files, self.result.findings
        )
        self.settling.settle(keyed=keyed)

    def _check_share(self) -> None:
        counts, refused = self.result.counts, self.result.findings.total("refused")
        counts.refused = refused
        wanted = counts.read - counts.skipped
        if (wanted and refused == wanted) or refused > self.request.refused_share * wanted:
            raise LoadRefused(f"{', '.join(self.result.files)}: {self.result.refusal_sentence(wanted)}")

    def _merge(self, staging: Staging) -> None:
        counts, source = self.result.counts, {"source": self.request.source}
        counts.updated, counts.inserted = merge(self.cursor, staging, self.request.source)
        counts.unchanged = counts.read - counts.skipped - counts.refused - counts.updated - counts.inserted
        if PURPOSES in staging.copied:
            self.cursor.execute(SAVE_PURPOSES, source)
            counts.purposes = self.cursor.rowcount

    def _look_for_overlaps(self, staging: Staging) -> None:
        if staging.spatial and staging.layer.shape == "MultiPolygon":
            self.result.overlap_m2 = self.settling.overlaps()


def _one_ahead(opened: Opened, preparer: Preparer) -> Iterator[tuple[int, Prepared]]:
    """(rows read, prepared rows) batch by batch, the next one prepared while the last is written.

    GEOS, Arrow and the database's COPY all work outside Python's lock, so the two sides use two cores.
    """
    batches = opened.batches()

    def following() -> tuple[int, Prepared] | None:
        batch = next(batches, None)
        return None if batch is None else (len(batch.rows), preparer.prepared(batch))

    with ThreadPoolExecutor(1, "prepare") as worker:
        coming = worker.submit(following)
        while (ready := coming.result()) is not None:
            coming = worker.submit(following)
            yield ready


def _with_detail(words: str, detail: str) -> str:
    return f"{words}: {detail}" if detail else words


def record(connection: Connection, result: LoadResult) -> None:
    """Keep the result in `platform.load_report`."""
    connection.execute(LOAD_REPORT.insert().values(**result.row()))


def _record_refusal(engine: Engine, result: LoadResult) -> None:
    try:
        with engine.begin() as connection:
            record(connection, result)
    except DBAPIError:
        # The refusal may be that the database or its disk is the trouble; the caller is told of that, not of this.
        return
