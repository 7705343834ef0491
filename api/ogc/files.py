"""Whole results as files: written to disk first, so that a failure is an answer and not a torn file, then sent."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import BoundedSemaphore

from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from gis_core.errors import Unavailable
from gis_core.exports import FileFormat
from gis_core.query import Query

AT_ONCE = 4
"""How many files a server process writes at the same time; the next one asking is told to come back."""
_CHUNK_BYTES = 1 << 18
_places = BoundedSemaphore(AT_ONCE)


def file_answer(
    connection: Connection, query: Query, made: FileFormat, limit: int | None, headers: Mapping[str, str]
) -> Response:
    """The answer that carries the features as a file; `limit` None: all that match.

    Raises `BadRequest` where a value cannot be read and `Unavailable` where too many files are being written.
    """
    if not _places.acquire(blocking=False):
        raise Unavailable("Đang xuất quá nhiều tệp; hãy thử lại sau. · Too many exports at once; try again shortly.")
    folder = tempfile.TemporaryDirectory(prefix="langbiang-export-")
    try:
        path = Path(folder.name, f"{query.layer.id}.{made.suffix}")
        made.write(connection, query, path, limit)
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _places.release()
    described = {
        **headers,
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": f'attachment; filename="{path.name}"',
    }
    return StreamingResponse(
        _chunks(path, folder), headers=described, media_type=made.media_type, background=BackgroundTask(folder.cleanup)
    )


def _chunks(path: Path, folder: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    with folder, path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
