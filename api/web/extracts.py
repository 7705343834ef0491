"""The printable extract of a parcel at `/parcels/{id}.pdf`, and the check of extracts at `/verify/{code}`."""

from datetime import timedelta
from typing import Any

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from starlette.responses import RedirectResponse
from starlette.routing import Route

from api.asking import address, asker
from api.platform import Platform, platform, root_url
from api.rates import Rates
from api.web.extracts_pdf import pdf
from api.web.language import Language, language
from api.web.parcels import Known, drawn_map, prefers_json, qr_code, read_parcel, source_lines, worded_parcel
from api.web.parcels_wording import ParcelWording, moment, number
from api.web.templating import page, rendered
from api.web.texts import TEXTS
from gis_core.db import ANONYMOUS, acting_as
from gis_core.errors import Gone, NotFound
from gis_core.parcel_extracts import Extract, changed_parts, find_extract, issue, printed
from gis_core.parcel_map import outline, rings
from gis_core.parcels import parcel_facts, parcel_id
from tiles.legend import read_palette

PAPER_MAP = (178.0, 112.0)
"""Width and height of the extract's map, mm: the width between the margins of A4."""
AT_ONCE = 2
"""How many extracts one process makes at the same time; the others wait, and other requests do not."""
MOST_CORNERS = 200
"""Corners printed at most; the parcel's page has all of them."""
PARTS = {
    "corners": "parcel_map",
    "drawn_area_m2": "parcel_map",
    "purposes": "parcel_purposes",
    "zoning": "parcel_zoning",
    "forest": "parcel_forest",
    "permits_here": "parcel_permits",
    "permits_near": "parcel_permits",
    "addresses": "parcel_addresses",
    "predecessors": "parcel_lineage",
    "successors": "parcel_lineage",
}
"""What the parts of an extract are called; the others are facts of the parcel itself."""

Corners = list[list[tuple[float, float]]]


class Extracts:
    """Makes extracts, no more of them for anybody than `rates` allow."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._limiter = CapacityLimiter(AT_ONCE)

    def routes(self) -> list[Route]:
        """The routes of extracts; that of the PDF has to come before that of the parcel's page."""
        return [
            Route("/parcels/{parcel_id}.pdf", self.extract),
            Route("/verify", verify),
            Route("/verify/{code}", verify),
        ]

    async def extract(self, request: Request) -> Response:
        """The extract as PDF. Raises `NotFound`, `Gone` for a past parcel, `TooManyRequests`."""
        account = asker(request).account
        self._rates.count("account" if account else "address", account.name if account else address(request))
        return await to_thread.run_sync(_answer, request, limiter=self._limiter)


def verify(request: Request) -> Response:
    """Whether the code is that of an extract made here, what was printed, and what of it has changed since."""
    written = request.path_params.get("code") or request.query_params.get("code", "")
    if written and "code" not in request.path_params:
        return RedirectResponse(f"/verify/{''.join(filter(str.isalnum, written))[:40]}", 303)
    house = platform(request)
    with house.engines.owner.begin() as connection:
        found = find_extract(connection, written) if written else None
    changed = _changed(house, found) if found else None
    status = 404 if written and found is None else 200
    if prefers_json(request):
        return _verdict(written, found, changed, status)
    shown = _worded_entry(house, found, changed, language(request)) if found else None
    return page(request, "verify.html", status, written=written[:40], extract=shown, invented=False)


def _answer(request: Request) -> Response:
    house, chosen = platform(request), language(request)
    known = read_parcel(house, parcel_id(request.path_params["parcel_id"]), *PAPER_MAP)
    if known.facts["past"]:
        raise Gone(_gone(known))
    corners = _corners(house, known.facts["id"])
    with house.engines.owner.begin() as connection:
        entry = issue(connection, printed(known.facts, corners), chosen, known.versions, house.settings.extract_days)
    body = pdf(_html(request, known, entry, corners, chosen))
    name = f"trich-luc-{entry.parcel_id}-{entry.issued_at:%Y%m%d-%H%M}.pdf"
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'inline; filename="{name}"'}
    return Response(body, media_type="application/pdf", headers=headers)


def _html(request: Request, known: Known, entry: Extract, corners: Corners, chosen: Language) -> str:
    house, root = platform(request), root_url(request)
    wording = known.wording(house, chosen)
    return rendered(
        "extract.html", chosen, parcel=worded_parcel(known.facts, wording), code=entry.code,
        issued=moment(entry.issued_at), issued_iso=entry.issued_at.isoformat("T", "seconds"),
        verify=f"{root}/verify", url=f"{root}/parcels/{entry.parcel_id}", qr=qr_code(f"{root}/verify/{entry.code}"),
        drawing=drawn_map(known, chosen, numbered=True), corners=_corner_rows(corners, chosen),
        left_out=_left_out(corners, chosen), drawn_area=wording.area(known.facts["drawn_area_m2"]),
        sources=source_lines(house, known, chosen),
        versions=", ".join(f"{name} {one['version']}" for name, one in sorted(known.versions.items())),
    )  # fmt: skip


def _gone(known: Known) -> str:
    names = ", ".join(f"/parcels/{one['id']}" for one in known.facts["successors"])
    sentence = TEXTS["extract_none_for_past"]
    return f"{sentence.vi} {names} · {sentence.en} {names}".replace("  ", " ")


def _corners(house: Platform, parcel: int) -> Corners:
    with acting_as(house.engines, ANONYMOUS) as connection:
        geometry = outline(connection, parcel)
    return rings(geometry) if geometry else []


def _corner_rows(corners: Corners, chosen: str) -> list[tuple[int, str, str, str]]:
    """Number, X (north), Y (east) and the length of the side to the next corner, for those that are printed."""
    rows: list[tuple[int, str, str, str]] = []
    for ring in corners:
        for (east, north), (next_east, next_north) in zip(ring, [*ring[1:], ring[0]], strict=True):
            side = ((next_east - east) ** 2 + (next_north - north) ** 2) ** 0.5
            worded = (number(value, chosen, 2) for value in (north, east, side))
            rows.append((len(rows) + 1, next(worded), next(worded), next(worded)))
    return rows[:MOST_CORNERS]


def _left_out(corners: Corners, chosen: str) -> str:
    count = sum(map(len, corners))
    text = TEXTS["extract_corners_left_out"][chosen]
    return text.format(shown=MOST_CORNERS, all=count) if count > MOST_CORNERS else ""


def _changed(house: Platform, entry: Extract) -> list[str] | None:
    """The parts that have changed since, None where the parcel itself is no longer there."""
    try:
        with acting_as(house.engines, ANONYMOUS) as connection:
            facts = parcel_facts(connection, entry.parcel_id)
    except NotFound:
        return None
    return changed_parts(entry, printed(facts, _corners(house, entry.parcel_id)))


def _verdict(written: str, found: Extract | None, changed: list[str] | None, status: int) -> Response:
    document: dict[str, Any] = {"code": written, "genuine": found is not None}
    if found is not None:
        document |= {
            "code": found.code, "parcel_id": found.parcel_id, "issued_at": found.issued_at,
            "changed": changed is None or bool(changed), "changed_parts": changed, "content": found.content,
        }  # fmt: skip
    headers = {"Cache-Control": "private, no-store"}
    return Response(orjson.dumps(document), status, headers, media_type="application/json")


def _worded_entry(house: Platform, entry: Extract, changed: list[str] | None, chosen: Language) -> dict[str, Any]:
    with acting_as(house.engines, ANONYMOUS) as connection:
        wording = ParcelWording(house.catalog, read_palette(connection), chosen)
    names = dict.fromkeys(TEXTS[PARTS.get(part, "parcel_facts")][chosen] for part in changed or ())
    return {
        "code": entry.code,
        "issued": moment(entry.issued_at),
        "until": (entry.issued_at + timedelta(days=house.settings.extract_days)).strftime("%d/%m/%Y"),
        "gone": changed is None,
        "changed": ", ".join(names),
        "parcel": worded_parcel(entry.content, wording),
    }
