"""The card of a parcel at `/parcels/{id}`: a page for people, GeoJSON for programs, the same facts in both."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import segno
from fastapi import Request, Response
from starlette.routing import Route

from api.asking import who
from api.platform import Platform, platform, root_url
from api.web.about import INVENTED
from api.web.language import Language, language
from api.web.parcels_map import Drawing, drawing
from api.web.parcels_wording import ParcelWording, Row, moment
from api.web.templating import page
from api.web.texts import TEXTS
from api.web.wording import worded
from gis_core.db import ANONYMOUS, Identity, acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.features import feature
from gis_core.layer import Text
from gis_core.parcel_map import ParcelMap, parcel_map
from gis_core.parcels import Facts, data_versions, parcel_facts, parcel_id
from gis_core.query import CITY_TIME, Query
from tiles.legend import Palette, read_palette

CARD_MAP = (84.0, 62.0)
"""Width and height of the card's map, mm: its lettering stays legible in a panel as wide as a phone."""
GONE = 410
NOTICE = TEXTS["legal"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the public may know of a parcel, read at one moment. `geometry` is in WGS 84; `map` None without outline."""

    facts: Facts
    versions: dict[str, dict[str, Any]]
    palette: Palette
    map: ParcelMap | None
    geometry: dict[str, Any] | None

    def wording(self, house: Platform, language: Language) -> ParcelWording:
        """How it is told in `language`."""
        return ParcelWording(house.catalog, self.palette, language)

    @property
    def status(self) -> int:
        """The status of an answer that shows it: a parcel that has ceased to be is gone, and says what came of it."""
        return GONE if self.facts["past"] else 200


def routes() -> list[Route]:
    """The card's route."""
    return [Route("/parcels/{parcel_id}", show_parcel)]


def show_parcel(request: Request) -> Response:
    """The parcel's page or, where the request prefers it, its GeoJSON. 410 with its successors for a past parcel."""
    as_json = prefers_json(request)
    try:
        known = read_parcel(platform(request), parcel_id(request.path_params["parcel_id"]), *CARD_MAP)
    except NotFound as missing:
        if as_json:
            raise
        return _missing(request, missing)
    answer = _document(request, known) if as_json else _page(request, known)
    answer.headers["Vary"] = "Accept"
    for one in known.facts["successors"]:
        answer.headers.append("Link", f'<{root_url(request)}/parcels/{one["id"]}>; rel="successor-version"')
    return answer


def read_parcel(house: Platform, parcel: int, width: float, height: float) -> Known:
    """What everybody may know of the parcel, with its map in a frame of that many mm. Raises `NotFound`."""
    today = datetime.now(CITY_TIME).date()
    with acting_as(house.engines, ANONYMOUS) as connection:
        facts = parcel_facts(connection, parcel, today)
        outlined = Query(house.catalog["land_parcels"], "citizen", properties=())
        return Known(
            facts, data_versions(connection), read_palette(connection),
            parcel_map(connection, parcel, today, width, height),
            orjson.loads(feature(connection, outlined, parcel))["geometry"],
        )  # fmt: skip


def prefers_json(request: Request) -> bool:
    """Whether `f` or, without it, the Accept header asks for JSON. Raises `BadRequest` for another `f`."""
    chosen = request.query_params.get("f")
    if chosen not in (None, "html", "json"):
        raise BadRequest(f"f={chosen}: chỉ có html và json. · f={chosen}: there are html and json only.")
    accepted = request.headers.get("accept", "")
    return chosen == "json" if chosen else "json" in accepted and "text/html" not in accepted


def source_lines(house: Platform, known: Known, language: str) -> list[str]:
    """Whose data they are, and which layers were last changed when."""
    titles = {layer.id: layer.title[language] for layer in house.catalog.layers}
    by_moment: dict[str, list[str]] = defaultdict(list)
    for layer, version in sorted(known.versions.items(), key=lambda item: item[1]["changed_at"], reverse=True):
        by_moment[moment(version["changed_at"])].append(titles[layer])
    lines = [f"{', '.join(names)}: {TEXTS['parcel_changed_at'][language]} {when}" for when, names in by_moment.items()]
    source = known.facts["source"]
    return [TEXTS["invented"][language] if source == INVENTED else source, *lines]


def qr_code(url: str) -> str:
    """The QR code of `url` as an SVG element without a size of its own."""
    code: str = segno.make(url, micro=False, error="m").svg_inline(omitsize=True, border=2)
    return code


def drawn_map(known: Known, language: str, *, numbered: bool) -> Drawing | None:
    """The map with colours and legend, None where the parcel has no outline."""
    return drawing(known.map, known.palette, language, numbered=numbered) if known.map else None


def _page(request: Request, known: Known) -> Response:
    house, chosen, facts = platform(request), language(request), known.facts
    wording = known.wording(house, chosen)
    url = f"{root_url(request)}/parcels/{facts['id']}"
    shown = {
        **worded_parcel(facts, wording),
        "url": url,
        "qr": qr_code(url),
        "drawing": drawn_map(known, chosen, numbered=False),
        "sources": source_lines(house, known, chosen),
        "personal": _personal_rows(house, who(request), known, chosen),
        "new_number": _new_number_link(house, who(request), facts["id"]),
    }
    return page(request, "parcel.html", known.status, parcel=shown, invented=facts["source"] == INVENTED)


def worded_parcel(facts: Facts, wording: ParcelWording) -> dict[str, Any]:
    """The facts as the templates show them."""
    return {
        "id": facts["id"],
        "title": wording.title(facts),
        "place": wording.place(facts),
        "ended": wording.ended(facts),
        "drawn": facts["drawn"],
        "rows": wording.rows(facts),
        "purposes": wording.purposes(facts),
        "plans": wording.plans(facts),
        "forest": wording.forest(facts),
        "permits_here": wording.permits(facts["permits_here"]),
        "permits_near": wording.permits(facts["permits_near"]),
        "addresses": wording.addresses(facts),
        "predecessors": wording.lineage(facts["predecessors"]),
        "successors": wording.lineage(facts["successors"]),
    }


def _document(request: Request, known: Known) -> Response:
    house, root, facts = platform(request), root_url(request), known.facts
    url = f"{root}/parcels/{facts['id']}"
    links = [{"rel": "self", "type": "application/geo+json", "href": f"{url}?f=json"},
             {"rel": "alternate", "type": "text/html", "href": url}]  # fmt: skip
    if not facts["past"]:
        links.append({"rel": "related", "type": "application/pdf", "href": f"{url}.pdf"})
    properties = {**facts, "data_versions": known.versions, "notice": NOTICE[language(request)]}
    if personal := _personal(house, who(request), known):
        properties["personal"] = personal
    document = {
        "type": "Feature", "id": facts["id"], "geometry": known.geometry, "properties": properties, "links": links,
    }  # fmt: skip
    return Response(
        orjson.dumps(document), known.status, {"Cache-Control": "private, no-cache"}, media_type="application/geo+json"
    )


def _personal(house: Platform, identity: Identity, known: Known) -> dict[str, Any]:
    """The personal fields that the role may know, read as who asks and noted in the audit; none for the others."""
    layer = house.catalog["land_parcels"]
    names = tuple(one.name for one in layer.fields_for(identity.role) if one.personal)
    if not names:
        return {}
    with acting_as(house.engines, identity) as connection:
        found = orjson.loads(feature(connection, Query(layer, identity.role, properties=names), known.facts["id"]))
    return {name: value for name, value in found["properties"].items() if value is not None}


def _personal_rows(house: Platform, identity: Identity, known: Known, chosen: Language) -> list[Row]:
    layer, values = house.catalog["land_parcels"], _personal(house, identity, known)
    return [(layer[name].title[chosen], worded(layer[name], value, known.palette, chosen))
            for name, value in values.items()]  # fmt: skip


def _new_number_link(house: Platform, identity: Identity, parcel: int) -> str:
    """Where those who issue house numbers begin one for the parcel; empty for everybody else."""
    return f"/house-numbers/new?parcel={parcel}" if identity.role in house.catalog["house_numbers"].access.write else ""


def _missing(request: Request, missing: NotFound) -> Response:
    sentence = Text(*str(missing).split(" · ", 1))[language(request)]
    title = TEXTS["parcel_missing"][language(request)]
    return page(request, "message.html", missing.status, title=title, message=sentence, invented=False)
