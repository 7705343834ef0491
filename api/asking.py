"""Who is asking: found once for each request, from a session cookie, an application password or a bearer token."""

import base64
import binascii
from dataclasses import dataclass, replace

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.csrf import SAFE_METHODS, check_site, check_token
from api.platform import Platform, platform
from api.problems import refusal
from api.rates import Rates
from gis_core.accounts import Account
from gis_core.credentials import PREFIXES, Opened, open_with
from gis_core.db import ANONYMOUS, Identity
from gis_core.errors import LangbiangError, NotAllowed, NotAuthenticated
from gis_core.sessions import Session, find_session

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the identity, the account behind it if there is one, the session if a browser shows one.

    `may_write` False: the credential is for reading only.
    """

    identity: Identity
    account: Account | None = None
    session: Session | None = None
    may_write: bool = True


NOBODY = Asker(ANONYMOUS)


def who(request: Request) -> Identity:
    """The identity behind `request`; anonymous where it carries none."""
    return asker(request).identity


def asker(request: Request) -> Asker:
    """All that is known of who asks."""
    found: Asker = getattr(request.state, "asker", NOBODY)
    return found


def address(request: Request) -> str:
    """The address that `request` comes from, empty where the connection has none."""
    return request.client.host if request.client else ""


def secure(request: Request) -> bool:
    """Whether people reach the server by TLS, as far as the request or the settings tell."""
    return request.scope["scheme"] == "https" or platform(request).settings.root_url.startswith("https:")


def cookie_name(request: Request) -> str:
    """The name of the session cookie; behind TLS one that browsers take from this very host only."""
    return "__Host-langbiang" if secure(request) else "langbiang"


class Asking:
    """Finds out who asks, refuses what they may not even try, and keeps answers to somebody out of public caches."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app = app
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            found = await self._find(request)
            receive = await _check(request, found, receive)
        except LangbiangError as refused:
            log.warning("refused", reason=type(refused).__name__, address=address(request), path=request.url.path)
            await refusal(refused)(scope, receive, send)
            return
        request.state.asker = found
        await self.app(scope, receive, _personal(send, found))

    async def _find(self, request: Request) -> Asker:
        place = address(request)
        headers = request.headers
        shown = "authorization" in headers or ("cookie" in headers and cookie_name(request) in request.cookies)
        found = NOBODY
        if shown:
            self.rates.check_address(place)
            try:
                found = await run_in_threadpool(_recognised, request, platform(request))
            except NotAuthenticated:
                self.rates.count("address", place)
                raise
        if found.account is None:
            self.rates.count("address", place)
        else:
            self.rates.count("account", found.account.name)
        what = f"{request.method} {request.scope['path']}"
        return replace(found, identity=replace(found.identity, address=place, request=what))


def _recognised(request: Request, house: Platform) -> Asker:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "":
            return _of_session(request, house)
        case "basic":
            return _opened(_of_basic(house, shown.strip()))
        case "bearer":
            return _of_bearer(house, shown.strip())
    raise NotAuthenticated(f"Authorization '{scheme}' is not understood here; use Basic or Bearer.")


def _of_session(request: Request, house: Platform) -> Asker:
    with house.engines.accounts.begin() as connection:
        session = find_session(connection, request.cookies[cookie_name(request)])
    # A session that has ended is no error: its owner sees what everybody sees.
    return NOBODY if session is None else Asker(session.account.identity(), session.account, session)


def _of_basic(house: Platform, shown: str) -> Opened | None:
    try:
        name, _, secret = base64.b64decode(shown, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    with house.engines.accounts.begin() as connection:
        return open_with(connection, "application_password", secret, name)


def _of_bearer(house: Platform, shown: str) -> Asker:
    if shown.startswith(PREFIXES["token"]) or house.provider is None:
        with house.engines.accounts.begin() as connection:
            return _opened(open_with(connection, "token", shown))
    account = house.provider.account_of_token(house.engines, shown)
    return Asker(account.identity(), account)


def _opened(opened: Opened | None) -> Asker:
    if opened is None:
        raise NotAuthenticated(
            "Mật khẩu ứng dụng hoặc mã truy cập không đúng hoặc đã hết hạn. · "
            "The application password or token is wrong or has expired; make one at /account."
        )
    return Asker(opened.account.identity(), opened.account, may_write=opened.scope == "write")


async def _check(request: Request, found: Asker, receive: Receive) -> Receive:
    """The stream to read the body from. Raises `NotAllowed` for a change that must not even be tried."""
    if request.method in SAFE_METHODS:
        return receive
    if not found.may_write:
        raise NotAllowed(
            "Mã truy cập này chỉ để đọc. · This credential is for reading only; make one with scope write."
        )
    if found.account is None or request.headers.get("authorization", "").lower().startswith("bearer "):
        return receive  # nothing that a browser sends by itself
    check_site(request.headers)
    return receive if found.session is None else await check_token(request.headers, receive, found.session.csrf_token)


def _personal(send: Send, found: Asker) -> Send:
    """`send` that lets nobody keep for others what was answered to somebody."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            named = {one.strip().lower() for one in headers.get("vary", "").split(",")}
            for name in ("Cookie", "Authorization"):
                if name.lower() not in named:
                    headers.add_vary_header(name)
            directives = headers.get("cache-control", "")
            if found.account is not None and "private" not in directives and "no-store" not in directives:
                headers["cache-control"] = "private, no-cache"
        await send(message)

    return wrapped
