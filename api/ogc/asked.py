"""What every request of the OGC API asks beside its query: by whom, in which format and language, at which address."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, cast
from urllib.parse import quote

from pygeoapi import l10n
from pygeoapi.util import get_choice_from_headers
from starlette.requests import Request

from api.asking import who
from api.platform import Platform, platform
from gis_core.db import ANONYMOUS, Identity
from gis_core.errors import BadRequest

Language = Literal["vi", "en"]
DOCUMENT_FORMATS = {
    "json": ("application/json", "application/schema+json", "application/vnd.oai.openapi+json", "application/geo+json"),
    "html": ("text/html", "application/xhtml+xml"),
}
"""The formats of the small documents and the media types that ask for each; the first format is the default."""


class Question(Protocol):
    """What is asked of a collection, by a request or by a job: on whose behalf, with which parameters and format."""

    @property
    def identity(self) -> Identity:
        """Who asks."""

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters by name, each given once."""

    @property
    def format(self) -> str:
        """The name of the format of the answer."""


@dataclass(frozen=True)
class Asked:
    """One request to the OGC API. `parameters` are those of the query, each given once."""

    request: Request
    platform: Platform
    identity: Identity
    root: str
    parameters: dict[str, str]
    formats: dict[str, tuple[str, ...]]

    @cached_property
    def format(self) -> str:
        """The format by `f`, else by the Accept header, else the first. Raises `BadRequest` for an unknown `f`."""
        chosen = self.parameters.get("f")
        if chosen is None:
            return self._accepted()
        if chosen not in self.formats:
            raise BadRequest(
                f"f={chosen}: định dạng không có ở đây; dùng {', '.join(self.formats)}. · "
                f"f={chosen}: no such format here; use one of {', '.join(self.formats)}."
            )
        return chosen

    def _accepted(self) -> str:
        default = next(iter(self.formats))
        if self.request.headers.get("accept", "*/*") == "*/*":
            return default
        for media_type in get_choice_from_headers(self.request.headers, "accept", all=True) or ():
            for name, types in self.formats.items():
                if media_type.split(";")[0].strip() in types:
                    return name
            if media_type.startswith("*/*"):
                return default
        return default  # never 406: clients send lists of image types to pages of data

    @cached_property
    def language(self) -> Language:
        """The language by `lang`, else by the Accept-Language header, else Vietnamese. Raises `BadRequest`."""
        chosen = self.parameters.get("lang")
        if chosen is not None:
            if chosen.split("-")[0] not in ("vi", "en"):
                raise BadRequest(f"lang={chosen}: chỉ có vi và en. · lang={chosen}: there are vi and en only.")
            return cast(Language, chosen.split("-")[0])
        accepted = get_choice_from_headers(self.request.headers, "accept-language", all=True)
        return cast(Language, l10n.best_match(accepted or [], ["vi", "en"]).language)

    @property
    def ogc(self) -> str:
        """The absolute address of the API's landing page."""
        return f"{self.root}/ogc"

    @property
    def url(self) -> str:
        """The absolute address asked for, with its query."""
        query = self.request.scope["query_string"].decode("latin-1")
        return f"{self.root}{self.path}" + (f"?{query}" if query else "")

    @cached_property
    def path(self) -> str:
        """The path asked for, as it stands in an address."""
        return quote(self.request.scope["path"], safe="/")

    @property
    def policy(self) -> str:
        """What tells apart two identities that may see different things."""
        return f"{self.identity.role}:{','.join(sorted(self.identity.wards))}"

    @property
    def anonymous(self) -> bool:
        """Whether nobody in particular asks: only such answers may be kept in public caches."""
        return self.identity == ANONYMOUS


def asked(request: Request, formats: dict[str, tuple[str, ...]] | None = None) -> Asked:
    """What `request` asks. Raises `BadRequest` where a parameter is given twice."""
    parts = request.query_params.multi_items()
    twice = sorted({name for name, _ in parts if sum(name == other for other, _ in parts) > 1})
    if twice:
        raise BadRequest(f"{twice[0]}: tham số lặp lại. · {twice[0]}: the parameter is given twice.")
    house = platform(request)
    root = house.settings.public_url or str(request.base_url)
    if any("\x00" in name + value for name, value in parts):
        raise BadRequest("Ký tự NUL không được phép. · NUL characters are not allowed in parameters.")
    return Asked(request, house, who(request), root.rstrip("/"), dict(parts), formats or DOCUMENT_FORMATS)


def only(asked: Question, known: frozenset[str] | set[str]) -> None:
    """Nothing where the request has no parameters but `known`, `f` and `lang`. Raises `BadRequest` naming the first."""
    for name in asked.parameters:
        if name not in known and name not in ("f", "lang"):
            raise BadRequest(
                f"{name}: tham số không biết; ở đây có {', '.join(sorted({*known, 'f', 'lang'}))}. · "
                f"{name}: unknown parameter; there are {', '.join(sorted({*known, 'f', 'lang'}))} here."
            )
