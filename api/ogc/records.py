"""The data catalogue (OGC API Records, OGC 20-004r1): a record for each layer and raster that the asker may see."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import pages
from api.ogc.asked import Asked, asked, only
from api.ogc.caching import cache_headers, entity_tag, not_modified
from api.ogc.links import GEOJSON, address
from api.ogc.parameters import interval, read_bbox, whole_number
from api.ogc.records_documents import CATALOGUE, licence, record, records_links
from api.ogc.records_facts import City, Facts, all_facts, city
from gis_core.crs import CRS84, published
from gis_core.db import acting_as
from gis_core.errors import BadRequest, NotFound
from gis_core.extent import BBox
from gis_core.query import Interval

RECORD_FORMATS: dict[str, tuple[str, ...]] = {
    "json": (GEOJSON, "application/json"),
    "html": ("text/html", "application/xhtml+xml"),
}
RECORDS_PARAMETERS = frozenset({"q", "bbox", "bbox-crs", "crs", "datetime", "type", "ids", "limit", "offset"})
LIMIT_DEFAULT, LIMIT_MAXIMUM = 100, 10_000
TYPE = "dataset"
Condition = Callable[[Facts], bool]


def records(request: Request) -> Response:
    """The records that the parameters ask for, in the catalogue's order."""
    asking = asked(request, RECORD_FORMATS)
    only(asking, RECORDS_PARAMETERS)
    _check_crs(asking)
    conditions = _conditions(asking)
    limit = min(whole_number(asking.parameters, "limit", LIMIT_DEFAULT, minimum=1), LIMIT_MAXIMUM)
    offset = whole_number(asking.parameters, "offset", 0, minimum=0)
    facts, known = _known(asking)
    found = [one for one in facts if all(condition(one) for condition in conditions)]
    shown = found[offset : offset + limit]
    following = address(asking, offset=str(offset + limit)) if offset + limit < len(found) else None
    document = {
        "type": "FeatureCollection",
        "features": [record(asking, one, known) for one in shown],
        "links": records_links(asking, following),
        "numberMatched": len(found),
        "numberReturned": len(shown),
    }
    return _answer(asking, document, "records", shown, known)


def one_record(request: Request) -> Response:
    """The record of one layer or raster. Raises `NotFound`, alike for absent and for hidden ones."""
    asking = asked(request, RECORD_FORMATS)
    only(asking, frozenset({"crs"}))
    _check_crs(asking)
    name = request.path_params["record_id"]
    facts, known = _known(asking, name)
    for one in facts:
        return _answer(asking, record(asking, one, known), "record", [one], known)
    raise NotFound(f"Không có bản ghi '{name}' trong danh mục. · There is no record '{name}' in the catalogue.")


def _check_crs(asking: Asked) -> None:
    """Raises `BadRequest` for another reference system than CRS84. GDAL names even that where a collection lists it."""
    for parameter in ("crs", "bbox-crs"):
        if (uri := asking.parameters.get(parameter, CRS84)) != CRS84:
            raise BadRequest(
                f"{parameter}={uri}: danh mục chỉ có {CRS84}. · {parameter}={uri}: the catalogue has {CRS84} only."
            )


def _known(asking: Asked, name: str | None = None) -> tuple[list[Facts], City | None]:
    with acting_as(asking.platform.engines, asking.identity) as connection:
        known = city(connection)
        return all_facts(asking, connection, known, name), known


def _answer(asking: Asked, document: dict[str, Any], template: str, facts: list[Facts], known: City | None) -> Response:
    tag = entity_tag(asking, orjson.dumps(document))
    headers = {"Content-Crs": f"<{CRS84}>"}
    if held := not_modified(asking, tag, headers):
        return held
    headers |= cache_headers(asking, tag)
    if asking.format == "html":
        licences = {one.id: licence(one, asking.language) for one in facts}
        return pages.page(
            asking, template, headers, document=document, facts=facts, city=known, licences=licences,
            number=pages.number_words, day=_day, catalogue=f"{asking.ogc}/collections/{CATALOGUE}",
        )  # fmt: skip
    if "features" in document:
        # The entity tag does not count it: the same records are the same answer, whenever they are sent.
        document["timeStamp"] = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Response(orjson.dumps(document), headers=headers, media_type=GEOJSON)


def _conditions(asking: Asked) -> list[Condition]:
    given = asking.parameters
    found: list[Condition] = []
    if "q" in given:
        found.append(_mentions(given["q"]))
    if "bbox" in given:
        box = read_bbox(given["bbox"], published()[CRS84])
        found.append(lambda one: _meets(one, box))
    if span := interval(given.get("datetime")):
        found.append(lambda one: _overlaps(one, span))
    if "type" in given:
        found.append(lambda _one: TYPE in given["type"].split(","))
    if "ids" in given:
        found.append(lambda one: one.id in given["ids"].split(","))
    return found


def _mentions(words: str) -> Condition:
    """Any of the terms between commas, a term's words side by side in order (OGC 20-004r1, 7.4.8), accents aside."""
    terms = [folded(term) for term in words.split(",") if term.strip()]

    def condition(one: Facts) -> bool:
        texts = (one.title, one.description, one.group)
        told = [one.id, *(text[language] for text in texts for language in ("vi", "en"))]
        told += [source.name for source in one.sources]
        return not terms or any(term in folded(text) for term in terms for text in told)

    return condition


def folded(words: str) -> str:
    """The words in small letters without accents, one blank between two."""
    spread = unicodedata.normalize("NFD", words.casefold()).replace("đ", "d")
    bare = "".join(one for one in spread if not unicodedata.combining(one))
    return re.sub(r"\s+", " ", bare).strip()


def _meets(one: Facts, box: BBox) -> bool:
    """Whether the extent meets the box; a layer without extent lies nowhere."""
    if one.box is None:
        return False
    west, south, east, north = one.box
    return any(
        part.xmin <= east and part.xmax >= west and part.ymin <= north and part.ymax >= south for part in box.parts()
    )


def _overlaps(one: Facts, span: Interval) -> bool:
    """Whether the time of the layer meets the span; a layer without time is always meant (OGC 17-069r4, 7.15.4)."""
    if one.interval is None:
        return True
    first, last = (end and end[:10] for end in one.interval)
    start, end = _iso(span.start), _iso(span.end)
    return not ((first and end and first > end) or (last and start and last < start))


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()[:10]


def _day(words: str) -> str:
    """An ISO instant as dd/MM/yyyy."""
    return date.fromisoformat(words[:10]).strftime("%d/%m/%Y")
