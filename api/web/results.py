"""The answers of the address search as a list that people read: on the map page, and alone for the page's script."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response
from sqlalchemy import Connection
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.asking import who
from api.platform import platform
from api.web.language import Language, language
from api.web.templating import rendered
from api.web.texts import TEXTS
from gis_core.addresses import find
from gis_core.db import Identity, acting_as
from gis_core.errors import BadRequest

MOST = 10
"""Answers listed; whoever sees none of them fitting had better say more."""
CERTAIN = 0.9
"""From this probability on a first answer is shown at once, where the search does not call the question ambiguous."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a page shows for one question: a sentence, the answers, and the status of a page that holds nothing else.

    `chosen`: the place of the answer that is meant beyond doubt, None where the reader has to choose. `features` is the
    text of the GeoJSON features in the same order, fit for a script element.
    """

    text: str
    sentence: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)
    chosen: int | None = None
    features: str = "[]"
    status: int = 200


def routes() -> list[Route]:
    """The route of the list alone."""
    return [Route("/results", list_results)]


def list_results(request: Request) -> Response:
    """The list for `q` as a fragment of HTML."""
    chosen, identity = language(request), who(request)
    with acting_as(platform(request).engines, identity) as connection:
        found = results(connection, identity, request.query_params.get("q", ""), chosen)
    body = rendered("results_alone.html", chosen, results=found)
    return HTMLResponse(body, found.status, {"Cache-Control": "private, no-cache"})


def results(connection: Connection, identity: Identity, text: str, chosen: Language) -> Results:
    """What is found for `text`; a question that is none becomes a sentence, not an error."""
    try:
        answer = find(connection, identity, text, limit=MOST, language=chosen)
    except BadRequest as refused:
        vietnamese, _, english = str(refused).partition(" · ")
        said = english if english and chosen == "en" else vietnamese
        return Results(text[:300], said.removeprefix("q: "), status=refused.status)
    features = answer["features"]
    return Results(
        text=text, sentence=_sentence(answer, chosen), items=[_item(one, chosen) for one in features],
        chosen=0 if features and _certain(answer) else None,
        # Within <script type="application/json">: the text must not be able to close the element.
        features=orjson.dumps(features).decode().replace("<", "\\u003c"),
    )  # fmt: skip


def _certain(answer: dict[str, Any]) -> bool:
    first = answer["features"][0]["properties"]
    sure = len(answer["features"]) == 1 or first["score"] >= CERTAIN
    return not answer["ambiguous"] and sure and first["house_found"] is not False


def _sentence(answer: dict[str, Any], chosen: Language) -> str:
    count = len(answer["features"])
    if not count:
        return answer["message"] or TEXTS["search_nothing"][chosen]
    first = answer["features"][0]["properties"]
    if first["house_found"] is False:
        return TEXTS["search_no_such_number"][chosen].format(number=answer["query"].get("house_number", ""))
    if answer["ambiguous"]:
        return TEXTS["search_ambiguous"][chosen].format(count=count)
    if count == 1:
        return TEXTS["search_one"][chosen]
    return TEXTS["search_several"][chosen].format(count=count)


def _item(feature: dict[str, Any], chosen: Language) -> dict[str, Any]:
    told = feature["properties"]
    level = "absent" if told["match_level"] == "street" and told["house_found"] is False else told["match_level"]
    parcels = told.get("parcels") or []
    return {
        "level": level,
        "level_words": TEXTS[f"level_{level}"][chosen],
        "label": told["label"],
        "sublabel": told.get("sublabel") or "",
        "reasons": told.get("reasons") or [],
        "href": parcels[0]["href"] if parcels else _map_link(feature),
        "parcels": parcels if len(parcels) > 1 or any(one["confidence"] < 1 for one in parcels) else [],
        "successors": told.get("successors") or [],
        "nearest": told.get("nearest_numbers") or [],
    }


def _map_link(feature: dict[str, Any]) -> str:
    """Where the answer lies on the map; a search for it where it has no one place."""
    told = feature["properties"]
    point = told.get("point")
    return f"/#map=17/{point[1]:.6f}/{point[0]:.6f}" if point else f"/?{urlencode({'q': told['label']})}"
