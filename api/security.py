"""What every answer says to browsers, and how much and how long anybody may send."""

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import refusal
from gis_core.errors import BadRequest, LangbiangError, TooLarge

# Nothing comes from elsewhere and no script stands in a page. MapLibre draws from data: and blob: images and parses
# tiles in a worker.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self';"
    " form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
# Pages of other sites may read what everybody may read. Browsers send no cookie with such a request, or withhold the
# answer; and before they send a password or change anything they ask by OPTIONS, and are not told yes. The headers
# stand in every answer, not only in those to other sites: a shared cache gives one answer to all.
READABLE_ELSEWHERE = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Crs, ETag, Retry-After",
}
A_YEAR = 365 * 24 * 3600


class Security:
    """Adds the security headers, and refuses bodies that are too large or come too slowly."""

    def __init__(self, app: ASGIApp, largest_body: int, slowest_body: float) -> None:
        self.app = app
        self.largest_body = largest_body
        self.slowest_body = slowest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reading = READABLE_ELSEWHERE if scope["method"] in ("GET", "HEAD") else {}
        guarded = _guarded(send, HEADERS | reading, secure=scope["scheme"] == "https")
        try:
            self._check_length(Headers(scope=scope).get("content-length", "0"))
        except LangbiangError as refused:
            await refusal(refused)(scope, receive, guarded)
            return
        await self.app(scope, self._limited(receive), guarded)

    def _check_length(self, length: str) -> None:
        if not length.isdecimal():
            raise BadRequest(f"Content-Length '{length}' is no number.")
        if int(length) > self.largest_body:
            raise self._too_large()

    def _limited(self, receive: Receive) -> Receive:
        taken = 0
        deadline = anyio.current_time() + self.slowest_body
        complete = False

        async def limited() -> Message:
            nonlocal taken, complete
            if complete:
                return await receive()  # waits for the client to leave
            try:
                with anyio.fail_after(max(deadline - anyio.current_time(), 0)):
                    message = await receive()
            except TimeoutError:
                raise BadRequest("The body of the request did not arrive in time.") from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > self.largest_body:
                raise self._too_large()
            return message

        return limited

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"Yêu cầu lớn quá {self.largest_body} byte. · A request may have {self.largest_body} bytes at most."
        )


def _guarded(send: Send, standing: dict[str, str], *, secure: bool) -> Send:
    """`send` that adds the standing headers which the answer has not set itself."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in standing.items():
                headers.setdefault(name, value)
            if secure:
                headers.setdefault("strict-transport-security", f"max-age={A_YEAR}; includeSubDomains")
        await send(message)

    return guarded
