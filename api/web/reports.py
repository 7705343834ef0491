"""Citizens report a problem: `/report`, in three screens and a receipt, without an account and without a script.

Place; category, words and photos; preview. Between the screens everything travels in the form; photos wait in the
database under the form's key. What is refused is said on the same screen, with everything that was written.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse
from starlette.routing import Route

from api.asking import address, asker, who
from api.platform import platform, root_url
from api.rates import Rates
from api.web.about import about
from api.web.language import language
from api.web.pages import script_texts
from api.web.reports_page import distance, names_of, report_page
from api.web.texts import TEXTS
from gis_core import reports as intake
from gis_core import reports_follow as following
from gis_core.addresses import find, reverse
from gis_core.db import ANONYMOUS, acting_as
from gis_core.errors import BadRequest, LangbiangError, NotFound
from gis_core.features import refusing_bad_values
from gis_core.numbering_office import parcel_place
from gis_core.parcels import parcel_id
from gis_core.reports_photos import FAR_M, metres_between, photo

SEE_OTHER = 303
MOST_FIELDS = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds; `said` its texts by name, `photos` the numbers of the photos that wait."""

    key: str
    said: Mapping[str, str]
    photos: tuple[int, ...] = ()
    far: int = 0
    files: tuple[UploadFile, ...] = field(default=(), repr=False)

    def __getitem__(self, name: str) -> str:
        """The text of a field, empty where there is none."""
        return self.said.get(name, "")


class Reports:
    """The pages of one application, and how often each client has sent a form."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates

    def routes(self) -> list[Route]:
        """The pages."""
        return [
            Route("/report", form),
            Route("/report", self.send, methods=["POST"]),
            Route("/report/preview", self.preview, methods=["POST"]),
            Route("/report/photos", self.photo, methods=["POST"]),
            Route("/report/photos/{photo:int}", photo_content),
            Route("/report/follow", self.follow, methods=["POST"]),
        ]

    async def preview(self, request: Request) -> Response:
        """What sending will do; the form again where something is missing, or is to be changed."""
        asked = await _asked(request)
        return await run_in_threadpool(self._preview, request, asked)

    async def send(self, request: Request) -> Response:
        """Takes the report in and goes to its receipt."""
        asked = await _asked(request)
        return await run_in_threadpool(self._send, request, asked)

    async def photo(self, request: Request) -> Response:
        """Keeps one photo for a form, for the script; says its number and how far from the place it was taken."""
        asked = await _asked(request)
        return await run_in_threadpool(self._photo, request, asked)

    async def follow(self, request: Request) -> Response:
        """Joins a report that somebody else has sent."""
        asked = await _asked(request)
        return await run_in_threadpool(self._follow, request, asked)

    def _count(self, request: Request) -> None:
        account = asker(request).account
        self._rates.count("account" if account else "address", account.name if account else address(request))

    def _preview(self, request: Request, asked: Asked) -> Response:
        if asked["edit"]:
            return _what(request, asked)
        try:
            asked = _with_files(request, asked)
            said = intake.draft(asked["category"], asked["words"], asked["lon"], asked["lat"])
            with acting_as(platform(request).engines, ANONYMOUS) as connection, refusing_bad_values():
                seen, likely = intake.preview(connection, said, intake.now()), intake.likely(connection, said)
        except LangbiangError as error:
            return _what(request, asked, error)
        return _shown(request, asked, seen, likely)

    def _send(self, request: Request, asked: Asked) -> Response:
        try:
            self._count(request)
            key = intake.form_key(asked.key)
            said = intake.draft(asked["category"], asked["words"], asked["lon"], asked["lat"])
            with acting_as(platform(request).engines, _nobody(request)) as connection, refusing_bad_values():
                code = intake.send(connection, key, said, intake.preview(connection, said, intake.now()), asked.photos)
        except LangbiangError as error:
            return _what(request, asked, error)
        return RedirectResponse(f"/r/{code}?{urlencode({'key': asked.key, 'done': 'sent'})}", SEE_OTHER)

    def _photo(self, request: Request, asked: Asked) -> Response:
        self._count(request)
        kept = _with_files(request, asked)
        if not kept.photos:
            raise BadRequest("Không có ảnh. · There is no photo.")
        told = (
            TEXTS["report_far_photo"][language(request)].format(distance=distance(kept.far, language(request)))
            if kept.far > FAR_M
            else ""
        )
        return Response(orjson.dumps({"photo": kept.photos[-1], "warning": told}), media_type="application/json")

    def _follow(self, request: Request, asked: Asked) -> Response:
        self._count(request)
        with acting_as(platform(request).engines, _nobody(request)) as connection:
            following.follow(connection, asked["code"], intake.form_key(asked.key))
        return RedirectResponse(f"/r/{asked['code']}?done=followed", SEE_OTHER)


def form(request: Request) -> Response:
    """The first screen, or the second one where the place is known: a point, or a parcel."""
    given = {name: value[:300].replace("\0", "") for name, value in request.query_params.items()}
    asked = Asked(str(uuid.uuid4()), given)
    try:
        if given.get("parcel"):
            with acting_as(platform(request).engines, ANONYMOUS) as connection:
                lon, lat = parcel_place(connection, parcel_id(given["parcel"]))
            asked = replace(asked, said={**given, "lon": f"{lon:.7f}", "lat": f"{lat:.7f}"})
        if asked["lon"] or asked["lat"]:
            intake.place(asked["lon"], asked["lat"])
            return _what(request, asked)
    except LangbiangError as error:
        return _where(request, asked, error)
    return _where(request, asked)


def photo_content(request: Request) -> Response:
    """A photo that everybody may see, or one's own. Raises `NotFound`."""
    shown = request.query_params.get("key", "")
    key = intake.form_key(shown) if shown else None
    number = request.path_params["photo"]
    with acting_as(platform(request).engines, ANONYMOUS) as connection, refusing_bad_values():
        found = intake.photo_of(connection, number, key)
    if found is None:
        raise NotFound(f"Không có ảnh {number}. · There is no photo {number}.")
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _nobody(request: Request) -> Any:
    """Whoever reports does so as nobody in particular; only the audit knows from where."""
    return replace(ANONYMOUS, address=who(request).address, request=who(request).request)


async def _asked(request: Request) -> Asked:
    given: FormData = await request.form(max_files=2 * intake.MOST_PHOTOS, max_fields=MOST_FIELDS)
    said = {name: value.replace("\0", "") for name, value in given.multi_items() if isinstance(value, str)}
    files = tuple(one for one in given.getlist("file") if isinstance(one, UploadFile) and one.size)
    photos = [one for one in given.getlist("photo") if isinstance(one, str) and one.isascii() and one.isdigit()]
    numbers = tuple(int(one) for one in dict.fromkeys(photos) if len(one) < 16)
    return Asked(said.get("key", ""), said, numbers[: intake.MOST_PHOTOS], files=files)


def _with_files(request: Request, asked: Asked) -> Asked:
    """The form with its files kept as photos. Raises `WrongMediaType`, `TooLarge` and `Conflict`; then none is kept."""
    if not asked.files:
        return asked
    if len(asked.photos) + len(asked.files) > intake.MOST_PHOTOS:
        raise intake.too_many_photos()
    key, chosen = intake.form_key(asked.key), intake.place(asked["lon"], asked["lat"])
    taken = [photo(one.file.read()) for one in asked.files]
    distances = [None if one.place is None else metres_between(one.place, chosen) for one in taken]
    with acting_as(platform(request).engines, _nobody(request)) as connection:
        numbers = [
            intake.keep_photo(connection, key, one, distance) for one, distance in zip(taken, distances, strict=True)
        ]
    far = max((one for one in distances if one is not None), default=0)
    return replace(asked, photos=tuple(dict.fromkeys([*asked.photos, *numbers])), far=far, files=())


def _where(request: Request, asked: Asked, error: LangbiangError | None = None) -> Response:
    chosen, wanted = language(request), asked["q"].strip()
    house = platform(request)
    found: list[dict[str, Any]] = []
    with acting_as(house.engines, ANONYMOUS) as connection:
        box = about(connection, house.catalog.readable_by("citizen")).box
        if wanted and error is None:
            try:
                found = find(connection, ANONYMOUS, wanted, limit=5, language=chosen)["features"]
            except BadRequest as refused:
                error = refused
    answers = [{**one["properties"], "lon": one["properties"]["point"][0], "lat": one["properties"]["point"][1]}
               for one in found if one["properties"]["point"]]  # fmt: skip
    return report_page(
        request, "report.html", error, step=1, asked=asked, wanted=wanted, answers=answers, title=TEXTS["report_where"],
        here="/report",
        settings=_settings(request, asked, box),
    )  # fmt: skip


def _what(request: Request, asked: Asked, error: LangbiangError | None = None) -> Response:
    chosen = language(request)
    try:
        lon, lat = intake.place(asked["lon"], asked["lat"])
    except BadRequest as refused:
        return _where(request, asked, error or refused)
    with acting_as(platform(request).engines, ANONYMOUS) as connection, refusing_bad_values():
        categories = names_of(connection, "report_category", chosen)
        route = intake.route(connection, asked["category"] or "khac", lon, lat)
        near, named = intake.near(connection, lon, lat)[:3], _place_name(connection, lon, lat, chosen)
    return report_page(
        request, "report.html", error, step=2, asked=asked, categories=categories, near=near, named=named,
        outside=route if route.ward is None else None, ward=route.ward, title=TEXTS["report_what"],
        **_other_language(asked),
        settings=_settings(request, asked, None),
    )  # fmt: skip


def _shown(request: Request, asked: Asked, seen: intake.Preview, likely: list[dict[str, Any]]) -> Response:
    with acting_as(platform(request).engines, ANONYMOUS) as connection:
        categories = names_of(connection, "report_category", language(request))
    lon, lat = intake.place(asked["lon"], asked["lat"])
    return report_page(
        request, "report_preview.html", None, asked=asked, seen=seen, likely=likely, categories=categories,
        masked=sum(seen.masked.counts.values()), far=asked.far if asked.far > FAR_M else 0, lon=lon, lat=lat,
        **_other_language(asked),
    )  # fmt: skip


def _other_language(asked: Asked) -> dict[str, str]:
    """Where the page is read in the other language: what a form has sent cannot be asked for again by a link."""
    return {"here": "/report", "kept": f"{urlencode({name: asked[name] for name in ('lon', 'lat')})}&"}


def _place_name(connection: Connection, lon: float, lat: float, chosen: str) -> str:
    """The address nearest to the place, empty where none is near."""
    features = reverse(connection, ANONYMOUS, lon, lat, language=chosen)["features"]
    return str(features[0]["properties"]["label"]) if features else ""


def _settings(request: Request, asked: Asked, box: Any) -> str:
    settings = {
        "root": root_url(request), "box": box, "key": asked.key,
        "words": script_texts(language(request), ("report_js_",)),
    }  # fmt: skip
    return orjson.dumps(settings).decode().replace("<", "\\u003c")
