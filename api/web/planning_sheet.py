"""A view of the planners' map as a sheet of paper: drawn by PostGIS to a round scale, with all that a map must tell."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from shapely.geometry import MultiPolygon
from sqlalchemy import ColumnElement, Connection, select

from api.asking import address, asker, who
from api.platform import platform, root_url
from api.rates import Rates
from api.web.about import about
from api.web.extracts_pdf import pdf
from api.web.language import Language, language
from api.web.parcels import qr_code
from api.web.parcels_wording import moment
from api.web.planning_drawing import LayerDrawing, legend_of, painted
from api.web.planning_parameters import asked_area, asked_day, asked_number, asked_place, only, today
from api.web.templating import HERE, rendered
from api.web.wording import grouped, worded_date
from gis_core.cql2 import filter_condition
from gis_core.crs import CRS84, published
from gis_core.db import Identity, acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.features import refusing_bad_values
from gis_core.layer import Layer
from gis_core.platform_tables import LAYER_VERSION
from gis_core.query import CITY_TIME
from gis_core.view_map import MOST_SHAPES, Frame, drawn_layer, on_paper, street_names
from tiles.legend import read_palette

STYLE = HERE / "templates" / "planning_sheet.css"
PAPERS = {"a4": (277.0, 112.0), "a4-portrait": (190.0, 165.0), "a3": (400.0, 195.0)}
"""Width and height of the map on each paper, mm: what margins, title and legend leave."""
SCALES = (100, 1_000_000)
LONGEST_TITLE = 120
AT_ONCE = 2
"""How many sheets one process makes at the same time; the others wait, and other requests do not."""
PARAMETERS = {"lon", "lat", "scale", "paper", "layers", "opacity", "day", "filter-layer", "filter", "title", "area",
              "lang", "view"}  # fmt: skip
_OPACITY = re.compile(r"([a-z][a-z0-9_]*):(100|[0-9]{1,2})", re.ASCII)
_VIEW = re.compile(r"[\w./~:,;%!&=+*()'-]{0,4000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Filter:
    """The layer that is filtered, the filter in CQL2 as it was sent, and as a condition."""

    layer: Layer
    words: str
    condition: ColumnElement[bool]


class Sheets:
    """Makes sheets, no more of them for anybody than `rates` allow."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._limiter = CapacityLimiter(AT_ONCE)

    async def sheet(self, request: Request) -> Response:
        """The sheet as PDF. Raises `BadRequest`, `NotFound`, `TooLarge` for a crowded frame, `TooManyRequests`."""
        account = asker(request).account
        self._rates.count("account" if account else "address", account.name if account else address(request))
        return await to_thread.run_sync(_answer, request, limiter=self._limiter)


def _answer(request: Request) -> Response:
    only(request, PARAMETERS)
    paper = request.query_params.get("paper", "a4")
    if paper not in PAPERS:
        raise BadRequest(f"paper={paper[:20]}: chỉ có {', '.join(PAPERS)}. · paper={paper[:20]}: only the above.")
    east, north = asked_place(request)
    frame = Frame(east, north, int(asked_number(request, "scale", *SCALES)), *PAPERS[paper])
    identity = who(request)
    with acting_as(platform(request).engines, identity) as connection, refusing_bad_values():
        html = _html(request, connection, identity, frame, paper)
    name = f"ban-do-quy-hoach-{asked_day(request, 'day'):%Y%m%d}-1-{frame.scale}.pdf"
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'inline; filename="{name}"'}
    return Response(pdf(html, STYLE), media_type="application/pdf", headers=headers)


def _html(request: Request, connection: Connection, identity: Identity, frame: Frame, paper: str) -> str:
    chosen, day = language(request), asked_day(request, "day")
    layers, kept = _asked_layers(request, identity), _filter(request, identity)
    drawn = _drawn(request, connection, identity, frame, layers, kept)
    palette, city = read_palette(connection), about(connection, layers)
    link = f"{root_url(request)}/planning{_view(request)}"
    return rendered(
        "planning_sheet.html", chosen, frame=frame, paper=paper, drawn=drawn,
        streets=street_names(connection, frame, day) if any(layer.id == "roads" for layer in layers) else [],
        legend=legend_of(drawn, palette, chosen), area=_outline(asked_area(request, "area"), frame),
        title=_title(request), scale=grouped(frame.scale, chosen), day=worded_date(day.isoformat()),
        as_of_today=day == today(), made=moment(datetime.now(CITY_TIME)), kept=kept, city=city,
        attribution=city.attribution[chosen] if city.attribution else "",
        sources=_sources(connection, [one.layer for one in drawn], chosen),
        link=link, qr=qr_code(link),
    )  # fmt: skip


def _drawn(
    request: Request, connection: Connection, identity: Identity, frame: Frame, layers: list[Layer],
    kept: _Filter | None,
) -> list[LayerDrawing]:  # fmt: skip
    """The layers that have anything in the frame, the lowest first."""
    day, opacities, palette = asked_day(request, "day"), _opacities(request), read_palette(connection)
    left, found = MOST_SHAPES, []
    for layer in layers:
        filters = [kept.condition] if kept and kept.layer is layer else []
        shapes = drawn_layer(connection, layer, identity.role, frame, day, filters, left)
        left -= len(shapes)
        if shapes:
            found.append(painted(layer, shapes, palette, opacities.get(layer.id, 1.0)))
    return found


def _asked_layers(request: Request, identity: Identity) -> list[Layer]:
    known = {one.id: one for one in platform(request).catalog.readable_by(identity.role) if one.style and one.tiles}
    wanted = [name for name in request.query_params.get("layers", "").split(",") if name]
    for name in wanted:
        if name not in known:
            raise NotFound(f"Không có lớp bản đồ '{name[:60]}'. · There is no map layer '{name[:60]}'.")
    if not wanted:
        raise BadRequest("layers: hãy chọn ít nhất một lớp. · layers: choose at least one layer.")
    return [layer for name, layer in known.items() if name in wanted]


def _filter(request: Request, identity: Identity) -> _Filter | None:
    name, words = request.query_params.get("filter-layer"), request.query_params.get("filter")
    if not name or not words:
        return None
    layer = platform(request).catalog.find(name, identity.role)
    return _Filter(layer, words, filter_condition(words, "cql2-text", layer, identity.role, published()[CRS84]))


def _opacities(request: Request) -> dict[str, float]:
    words = request.query_params.get("opacity", "")
    found = [_OPACITY.fullmatch(part) for part in words.split(",")] if words else []
    if None in found:
        raise BadRequest("opacity: ghi lớp:phần trăm, cách nhau bằng dấu phẩy. · opacity: write layer:percent,…")
    return {one[1]: int(one[2]) / 100 for one in found if one}


def _title(request: Request) -> str:
    title = " ".join(request.query_params.get("title", "").split())
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise BadRequest(
            f"title: tối đa {LONGEST_TITLE} ký tự in được. · title: at most {LONGEST_TITLE} printable characters."
        )
    return title


def _view(request: Request) -> str:
    """The part of the page's address that brings the view back, as the page sent it; empty without."""
    words = request.query_params.get("view", "")
    if not _VIEW.fullmatch(words):
        raise BadRequest("view: không phải phần sau dấu # của trang. · view: this is not what follows # in an address.")
    return f"#{words}" if words else ""


def _outline(area: MultiPolygon | None, frame: Frame) -> str:
    """The drawn area as an SVG path in millimetres of the frame, empty without one."""
    if area is None:
        return ""
    rings = [ring for part in area.geoms for ring in (part.exterior, *part.interiors)]
    paths = (on_paper(frame, [(x, y) for x, y in ring.coords]) for ring in rings)
    return " ".join("M " + " L ".join(f"{x:.2f} {y:.2f}" for x, y in places) + " Z" for places in paths)


def _sources(connection: Connection, layers: list[Layer], chosen: Language) -> list[str]:
    """When each of the layers was last changed."""
    columns = LAYER_VERSION.c
    rows: dict[str, Any] = {
        row.layer: row.changed_at
        for row in connection.execute(select(columns.layer, columns.changed_at).where(columns.version > 0))
    }
    return [f"{layer.title[chosen]} {moment(rows[layer.id])}" for layer in layers if layer.id in rows]
