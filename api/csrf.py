"""Requests that change something must come from our own pages when a browser vouches for them by itself."""

import hmac
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from gis_core.errors import NotAllowed, TooLarge

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
HEADER = "x-csrf-token"
FIELD = "csrf_token"
LARGEST_FORM = 1 << 20


def check_site(headers: Headers) -> None:
    """Raises `NotAllowed` where the browser says that another site's page sends the request."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise NotAllowed("Yêu cầu đến từ trang khác. · The request comes from a page of another site.")


async def check_token(headers: Headers, receive: Receive, token: str) -> Receive:
    """The stream to read the body from, after the token in header or form was found to be the session's.

    Raises `NotAllowed` where it is absent or another.
    """
    shown = headers.get(HEADER)
    if shown is None and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = await _body(receive)
        shown = parse_qs(body.decode("utf-8", "replace")).get(FIELD, [""])[0]
        receive = _again(body, receive)
    if shown is None or not hmac.compare_digest(shown.encode(), token.encode()):
        raise NotAllowed(
            f"Thiếu mã xác nhận biểu mẫu; hãy tải lại trang. · The form's token is missing (header {HEADER} or field "
            f"{FIELD}); load the page again."
        )
    return receive


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_FORM:
            raise TooLarge(f"A form may have {LARGEST_FORM} bytes.")
    return body


def _again(body: bytes, rest: Receive) -> Receive:
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return parts.pop() if parts else await rest()

    return receive
