"""A whole city from its folder: every file of the manifest, in order; loading it again changes nothing."""

import getpass
import uuid
from datetime import UTC, datetime
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError
from rich.progress import Progress
from sqlalchemy import Connection, Engine, and_, exists, insert, not_, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from etl.load import Request, load
from etl.manifest import LoadEntry, Manifest, read_manifest
from etl.outcome import LoadOfFilesRefused, LoadResult
from etl.raster import load_raster
from etl.report import write_report
from gis_core.errors import LoadRefused
from gis_core.platform_tables import CITY as CITY_TABLE
from gis_core.platform_tables import LOAD_REPORT
from layers import CATALOG

CITY = "city"
"""The `layer` under which load reports note that a whole city was begun or loaded."""
DEMO_PARCELS = 20_000
DEMO_SEED = 1
DEMO_FOLDER = "demo-city"
PRIVATE_LAYERS = frozenset({"building_permits", "business_households", "house_numbers", "cameras", "report_points"})


def city_is_loaded(owner: Engine) -> bool:
    """Whether a city was loaded to its end, or data were loaded into this database without one.

    A city whose load was interrupted is not loaded: loading it again completes it.
    """
    report = LOAD_REPORT.c
    loaded = exists(select(report.id).where(report.outcome == "loaded", report.layer == CITY))
    begun = exists(select(report.id).where(report.outcome == "begun", report.layer == CITY))
    other = exists(select(report.id).where(report.outcome == "loaded", report.layer != CITY))
    with owner.connect() as connection:
        return bool(connection.execute(select(or_(loaded, and_(other, not_(begun))))).scalar_one())


def demo_is_loaded(owner: Engine) -> bool:
    """Whether the city in this database is the generated one."""
    report = LOAD_REPORT.c
    loaded = exists(
        select(report.id).where(report.layer == CITY, report.outcome == "loaded", report.source == DEMO_FOLDER)
    )
    with owner.connect() as connection:
        return bool(connection.execute(select(loaded)).scalar_one())


def load_city(owner: Engine, city: str | Path, data: Path, progress: Progress, *, demo_layers: bool = True) -> None:
    """Load the city `demo` (generated into `data` first) or the one in a folder, and keep a report of every file.

    `demo_layers`: where a folder brings no permits, households and the like, invented ones are put on its real data.
    Raises `LoadRefused` at the first file that is refused against expectation; files before it stay loaded.
    """
    folder = _demo_folder(data, progress) if str(city) == "demo" else Path(city)
    manifest = read_manifest(folder)
    _mark(owner, folder, "begun")
    _keep_city(owner, folder, manifest)
    _load_folder(owner, folder, manifest, data, progress)
    if demo_layers and not manifest.layers & PRIVATE_LAYERS:
        invented = _invented_folder(folder, data, progress)
        _load_folder(owner, invented, read_manifest(invented), data, progress)
    _mark(owner, folder, "loaded")


def generate_city(parcels: int, seed: int, out: Path, on: Path | None, progress: Progress) -> None:
    """Write a generated city into `out`, or with `on` the invented layers for the real city in that folder."""
    from etl.demo.city import generate

    task = progress.add_task("Sinh dữ liệu mẫu · generating", total=1.0)

    def tell(doing: str, share: float) -> None:
        progress.update(task, description=f"Sinh dữ liệu mẫu · generating: {doing}", completed=share)

    generate(parcels, seed, out, on, tell)


def _demo_folder(data: Path, progress: Progress) -> Path:
    folder = data / DEMO_FOLDER
    if not (folder / "city.toml").exists():
        generate_city(DEMO_PARCELS, DEMO_SEED, folder, None, progress)
    return folder


def _invented_folder(folder: Path, data: Path, progress: Progress) -> Path:
    invented = data / f"demo-layers-{folder.name}"
    if not (invented / "city.toml").exists():
        generate_city(DEMO_PARCELS, DEMO_SEED, invented, folder, progress)
    return invented


def _load_folder(owner: Engine, folder: Path, manifest: Manifest, data: Path, progress: Progress) -> None:
    task = progress.add_task(
        f"{manifest.title.vi} · {manifest.title.en}", total=len(manifest.loads) + len(manifest.rasters)
    )
    for entry in manifest.loads:
        _load_entry(owner, entry, manifest, data, progress)
        progress.advance(task)
    for raster in manifest.rasters:
        load_raster(owner, raster, data / "rasters", raster.source or folder.name)
        progress.advance(task)


def _load_entry(owner: Engine, entry: LoadEntry, manifest: Manifest, data: Path, progress: Progress) -> None:
    try:
        result = load(owner, request_of(entry, manifest), progress)
    except LoadOfFilesRefused as error:
        _keep_report(error.result, data)
        if not entry.refused:
            raise
        progress.console.print(f"Đã từ chối như dự kiến · refused as expected: {error}", markup=False, highlight=False)
    else:
        _keep_report(result, data)
        if entry.refused:
            raise LoadRefused(f"{entry.file}: lẽ ra phải bị từ chối. · It should have been refused and was loaded.")


def request_of(entry: LoadEntry, manifest: Manifest) -> Request:
    """The load that the manifest's entry asks for. Raises `LoadRefused` for an unknown layer or system."""
    if entry.layer not in CATALOG:
        raise LoadRefused(f"{entry.file}: không có lớp '{entry.layer}'. · There is no layer '{entry.layer}'.")
    return Request(
        CATALOG[entry.layer], (entry.file,), entry.source, crs=parsed_crs(entry.crs), filling=entry.filling,
        file_layer=entry.file_layer, city_box=manifest.box,
    )  # fmt: skip


def parsed_crs(given: str | None) -> CRS | None:
    """The system named by `given` (EPSG code, WKT or PROJ string), None for None. Raises `LoadRefused`."""
    try:
        return None if given is None else CRS.from_user_input(given)
    except CRSError as error:
        raise LoadRefused(
            f"--crs {given}: không hiểu hệ toạ độ này. · This reference system is not understood: {error}"
        ) from error


def _keep_report(result: LoadResult, data: Path) -> None:
    name = Path(result.files[0]).name
    write_report(result, data / "load-reports" / f"{result.layer.id}-{name}.html")


def _mark(owner: Engine, folder: Path, outcome: str) -> None:
    with owner.begin() as connection:
        _insert_mark(connection, folder, outcome)


def _keep_city(owner: Engine, folder: Path, manifest: Manifest) -> None:
    row = {
        "source": folder.name, "title_vi": manifest.title.vi, "title_en": manifest.title.en,
        "attribution_vi": manifest.attribution.vi, "attribution_en": manifest.attribution.en,
        "licences": dict(manifest.licences), "contact_name": manifest.contact.name,
        "contact_email": manifest.contact.email, "contact_url": manifest.contact.url, "loaded_at": datetime.now(UTC),
    }  # fmt: skip
    with owner.begin() as connection:
        connection.execute(upsert(CITY_TABLE).values(row).on_conflict_do_update(index_elements=["id"], set_=row))


def _insert_mark(connection: Connection, folder: Path, outcome: str) -> None:
    now = datetime.now(UTC)
    connection.execute(
        insert(LOAD_REPORT).values(
            id=uuid.uuid4(), layer=CITY, files=[str(folder)], source=folder.name, started_at=now, finished_at=now,
            actor=getpass.getuser(), outcome=outcome, counts={},
        )
    )  # fmt: skip
