"""The upload of a plan file: streamed to disk, recognised by its content, and the draft that it begins."""

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.asking import who
from api.offered import plan_uploads
from api.platform import Platform, platform
from api.web.language import language
from api.web.plan_publishing_page import day_of, plan_page, spoken, turned_away
from etl.plan_check import given_crs
from etl.plan_upload import Unpacked, remove, unpack
from gis_core.db import acting_as
from gis_core.errors import BadRequest, Conflict
from gis_core.features import refusing_bad_values
from gis_core.jobs.queue import submit
from gis_core.plan_drafts import LONGEST, About, Upload, begin, known_plan, set_job
from gis_core.plan_versions import NotAfterPublished
from gis_core.plan_versions_list import versions_of
from tiles.legend import read_palette

router = APIRouter()
PIECE = 1 << 20
FIELDS = 20
FIELD_BYTES = 64 << 10
CREATED = 201


@router.post("/planning/drafts")
async def upload(request: Request) -> Response:
    """The number of the draft: 201 for a new one, 200 where the file led to one before, 409 with what is against it."""
    turned_away(request)
    async with request.form(max_files=1, max_fields=FIELDS, max_part_size=FIELD_BYTES) as form:
        sent = form.get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise BadRequest("Hãy chọn một tệp. · Choose a file.")
        said = {name: value for name, value in form.items() if isinstance(value, str)}
        return await run_in_threadpool(_answered, request, sent.filename, sent.file, said)


def _answered(request: Request, name: str, content: BinaryIO, said: Mapping[str, str]) -> Response:
    house = platform(request)
    try:
        draft, new = _taken(request, house, name, content, said)
    except Conflict as error:
        if "application/json" in request.headers.get("accept", ""):
            raise
        return conflict_page(request, error, said.get("plan_code", "").strip(), None)
    place = f"/planning/drafts/{draft}"
    body = orjson.dumps({"id": draft, "new": new, "href": f"{place}?done={'new' if new else 'known'}"})
    return Response(body, CREATED if new else 200, {"Location": place}, media_type="application/json")


def conflict_page(request: Request, error: Conflict, code: str, draft: int | None) -> Response:
    """The page that says what stands against it, and which versions of the plan there are."""
    with acting_as(platform(request).engines, who(request)) as connection, refusing_bad_values():
        known = versions_of(connection, code)
    return plan_page(
        request, "plan_draft_conflict.html", error.status, told=spoken(error, language(request)), known=known,
        code=code, draft=draft, late=isinstance(error, NotAfterPublished),
    )  # fmt: skip


def _taken(
    request: Request, house: Platform, name: str, content: BinaryIO, said: Mapping[str, str]
) -> tuple[int, bool]:
    """The draft and whether it is new. Nothing is kept of a file that is refused."""
    identity, uploads = who(request), plan_uploads(house.settings)
    with acting_as(house.engines, identity) as connection, refusing_bad_values():
        about = said_about(connection, said)
    uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=".incoming-", dir=uploads))
    try:
        digest, size = _stored(content, folder / "upload")
        layer = said.get("file_layer", "").strip() or None
        unpacked = unpack(folder / "upload", house.settings.largest_request, layer)
        kept = _keep(folder, uploads / digest)
    finally:
        remove(folder)
    taken = _described(name, digest, size, unpacked, layer)
    try:
        with acting_as(house.engines, identity) as connection, refusing_bad_values():
            draft, new = begin(connection, taken, about)
    except Exception:
        if kept:
            remove(uploads / digest)
        raise
    if new:
        start_check(request, house, draft)
    return draft, new


def start_check(request: Request, house: Platform, draft: int) -> None:
    """Hands the check of the draft to a worker."""
    job = submit(house.engines, who(request), "plan-check", {"draft": draft}, jobs=house.jobs)
    with acting_as(house.engines, who(request)) as connection:
        set_job(connection, draft, job)


def said_about(connection: Connection, said: Mapping[str, str]) -> About:
    """What the form says of the version. Raises `BadRequest` naming what is missing or wrong."""
    code = _text(said, "plan_code", "Mã đồ án", "Plan code")
    known: dict[str, Any] = dict(known_plan(connection, code) or {})
    levels = {entry.code for entry in read_palette(connection).get("plan_level", ())}
    level = said.get("plan_level", "").strip() or known.get("plan_level", "")
    if level not in levels:
        raise BadRequest("Hãy chọn cấp độ quy hoạch của đồ án mới. · Choose the level of the new plan.")
    decided = day_of(said.get("decision_date", ""), "Ngày quyết định", "Decision date")
    if decided > datetime.now().astimezone().date():
        raise BadRequest("Ngày quyết định ở tương lai. · The decision date lies in the future.")
    crs = said.get("crs", "").strip() or None
    given_crs(crs)
    return About(
        plan_code=code,
        plan_name=_text(
            {"plan_name": known.get("plan_name", "")} | _given(said, "plan_name"), "plan_name", "Tên", "Name"
        ),
        plan_level=level,
        decision_no=_text(said, "decision_no", "Số quyết định", "Decision number"),
        decision_date=decided,
        valid_from=day_of(said.get("valid_from", ""), "Có hiệu lực từ", "Valid from"),
        crs=crs,
    )


def _given(said: Mapping[str, str], name: str) -> dict[str, str]:
    return {name: said[name]} if said.get(name, "").strip() else {}


def _text(said: Mapping[str, str], name: str, vi: str, en: str) -> str:
    found = said.get(name, "").strip()
    if not found or len(found) > LONGEST or not found.isprintable():
        raise BadRequest(
            f"{vi}: cần 1 đến {LONGEST} ký tự đọc được. · {en}: 1 to {LONGEST} printable characters are needed."
        )
    return found


def _stored(content: BinaryIO, path: Path) -> tuple[str, int]:
    """SHA-256 and size of what was written to `path`."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        while piece := content.read(PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return digest.hexdigest(), size


def _keep(folder: Path, place: Path) -> bool:
    """Whether the folder got its final name; where one is there already, it holds the same."""
    try:
        folder.rename(place)
    except OSError:
        if place.is_dir():
            return False
        raise
    return True


def _described(name: str, digest: str, size: int, unpacked: Unpacked, layer: str | None) -> Upload:
    shown = "".join(letter for letter in Path(name.replace("\\", "/")).name if letter.isprintable())[:LONGEST]
    return Upload(shown or "tệp", digest, size, unpacked.dataset, layer, unpacked.columns)
