"""Entity tags and cache headers: what has not changed is not sent again, and nothing private is kept publicly."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version

from starlette.responses import Response

from api.ogc.asked import Asked

_RELEASE = version("langbiang")
_VARY = "Accept, Accept-Language, Authorization, Cookie"


def entity_tag(asked: Asked, *facts: object) -> str:
    """The entity tag of the answer to `asked` as far as it depends on `facts` (layer version and the like)."""
    asking = (_RELEASE, asked.url, asked.policy, asked.format, asked.language)
    # Weak: answers with the same tag may differ in their time stamp.
    return f'W/"{hashlib.blake2b(repr((asking, facts)).encode(), digest_size=12).hexdigest()}"'


def cache_headers(asked: Asked, tag: str) -> dict[str, str]:
    """The headers that let caches keep an answer and oblige them to ask whether it still holds."""
    control = "public, max-age=0, must-revalidate" if asked.anonymous else "private, no-cache"
    return {"ETag": tag, "Cache-Control": control, "Vary": _VARY}


def not_modified(asked: Asked, tag: str, headers: Mapping[str, str] | None = None) -> Response | None:
    """The answer 304 where the client holds the answer with that tag already, else None."""
    known = asked.request.headers.get("if-none-match")
    if known is None:
        return None
    tags = {one.strip().removeprefix("W/") for one in known.split(",")}
    if tag.removeprefix("W/") not in tags and "*" not in tags:
        return None
    return Response(status_code=304, headers={**cache_headers(asked, tag), **(headers or {})})
