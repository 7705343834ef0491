"""The commands `load` and `demo-city`: what a person types becomes a request, its result one line and a report."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy import create_engine

from etl.city import generate_city, parsed_crs
from etl.load import Request, load
from etl.mapping import Filling, read_filling
from etl.outcome import LoadOfFilesRefused, LoadResult
from etl.prepare import Box
from etl.report import OUTCOMES, grouped, write_report
from gis_core import postgres
from gis_core.errors import LoadRefused
from gis_core.settings import read_settings
from layers import CATALOG

commands = typer.Typer()

_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


@commands.command("load")
def load_files(
    layer: Annotated[str, typer.Argument(help="Lớp dữ liệu · the layer, e.g. land_parcels.")],
    files: Annotated[list[Path], typer.Argument(help="Các tệp · the files.")],
    crs: Annotated[str | None, typer.Option(help="Hệ toạ độ thay cho hệ ghi trong tệp · e.g. EPSG:5899.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Tệp TOML ánh xạ cột · columns, values, codes.")] = None,
    source: Annotated[str, typer.Option(help="Tên nguồn · name of the source.")] = "file",
    file_layer: Annotated[
        str | None, typer.Option(help="Lớp (hoặc trang tính) trong tệp · layer or sheet in the file.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(help="TÂY,NAM,ĐÔNG,BẮC (EPSG:5899) nếu dữ liệu của nơi khác · for another place.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Ghi báo cáo .html hoặc .json · write the report.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of database, secrets and logs.", show_default=".langbiang")
    ] = None,
    vertex_limit: Annotated[
        int, typer.Option(min=4, help="Số đỉnh tối đa mỗi đối tượng · vertices per feature.")
    ] = 100_000,
    refused_share: Annotated[
        float, typer.Option(min=0, max=1, help="Từ chối cả tệp nếu quá phần này · refuse the file beyond.")
    ] = 0.2,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra · only report.")] = False,
) -> None:
    """Nạp tệp vào một lớp dữ liệu · load files into a layer, all or nothing, with a report."""
    if layer not in CATALOG:
        raise LoadRefused(f"Không có lớp '{layer}'; có: {', '.join(CATALOG)}. · There is no such layer.")
    request = Request(
        CATALOG[layer], tuple(files), source, crs=parsed_crs(crs),
        filling=read_filling(mapping) if mapping else Filling(), file_layer=file_layer, box=parsed_box(box),
        dry_run=dry_run, vertex_limit=vertex_limit, refused_share=refused_share,
    )  # fmt: skip
    console = Console(stderr=True)
    with postgres.owner(read_settings(data=data)) as url, Progress(*_COLUMNS, console=console) as progress:
        engine = create_engine(url)
        try:
            result = load(engine, request, progress)
        except LoadOfFilesRefused as error:
            _write(error.result, report)
            raise
        finally:
            engine.dispose()
    _write(result, report)
    typer.echo(summary(result))


@commands.command("demo-city")
def demo_city(
    out: Annotated[Path, typer.Option(help="Thư mục ghi kết quả · the folder to write.")],
    parcels: Annotated[int, typer.Option(min=2_000, max=1_000_000, help="Số thửa · number of parcels.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Hạt ngẫu nhiên · the same seed gives the same city.")] = 1,
    on: Annotated[
        Path | None, typer.Option(help="Đặt dữ liệu lên thành phố thật trong thư mục này · put it on a real city.")
    ] = None,
) -> None:
    """Sinh thành phố mẫu cùng đáp án · write a generated city with its ground truth."""
    with Progress(*_COLUMNS, console=Console(stderr=True)) as progress:
        generate_city(parcels, seed, out, on, progress)
    typer.echo(str(out))


def parsed_box(given: str | None) -> Box | None:
    """The box "west,south,east,north" in EPSG:5899, None for None. Raises `LoadRefused` where it is not such a box."""
    if given is None:
        return None
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError as error:
        raise LoadRefused(
            f"--box {given}: cần bốn số TÂY,NAM,ĐÔNG,BẮC. · Four numbers WEST,SOUTH,EAST,NORTH are needed."
        ) from error
    if not (west < east and south < north):
        raise LoadRefused(f"--box {given}: khung rỗng. · The box is empty: west must be below east, south below north.")
    return west, south, east, north


def summary(result: LoadResult) -> str:
    """The result in one line: outcome and counts."""
    text = OUTCOMES[result.outcome]
    counts = result.counts
    parts = [
        f"{grouped(counts.read)} đọc/read", f"{grouped(counts.inserted)} thêm/inserted",
        f"{grouped(counts.updated)} sửa/updated", f"{grouped(counts.unchanged)} như cũ/unchanged",
        f"{grouped(result.findings.total('repaired'))} lỗi đã chữa/repaired",
        f"{grouped(counts.refused)} từ chối/refused",
    ]  # fmt: skip
    return f"{result.layer.id}: {text.vi} · {text.en}: " + ", ".join(parts)


def _write(result: LoadResult, path: Path | None) -> None:
    if path is not None:
        write_report(result, path)
