"""Logging in and out, and what people may do with their own account."""

from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from api.account_pages import page
from api.asking import address, asker, cookie_name, secure
from api.csrf import check_site
from api.platform import Platform, platform
from gis_core import sessions
from gis_core.accounts import Account, log_in, note, set_password
from gis_core.credentials import Kind, add_credential, credentials_of, revoke
from gis_core.errors import BadRequest, NotAllowed, NotAuthenticated, TooManyRequests

log = structlog.get_logger()
router = APIRouter()
House = Annotated[Platform, Depends(platform)]
SEE_OTHER = 303


@router.get("/login")
def login_page(request: Request, house: House, next: str = "/") -> Response:  # noqa: A002 - the parameter's name
    """The form to log in with; those who are logged in already go on."""
    if asker(request).account is not None:
        return RedirectResponse(_own_path(next), SEE_OTHER)
    return _login_form(request, house, next)


@router.post("/login")
def login(
    request: Request,
    house: House,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Logs in and goes on to `next`, or shows the form again with the reason."""
    check_site(request.headers)
    try:
        account = log_in(house.engines.accounts, name, password, address(request))
    except (NotAuthenticated, TooManyRequests) as refused:
        log.warning("login refused", reason=type(refused).__name__, address=address(request))
        answer = _login_form(request, house, next, name=name, fault=str(refused), status=refused.status)
        if isinstance(refused, TooManyRequests):
            answer.headers["Retry-After"] = str(refused.retry_after)
        return answer
    return open_session(request, house, account, next)


@router.post("/logout")
def logout(request: Request, house: House) -> Response:
    """Ends the session and goes to the map."""
    with house.engines.accounts.begin() as connection:
        sessions.close_session(connection, request.cookies.get(cookie_name(request), ""))
        if account := asker(request).account:
            note(connection, account.name, account.role, "logout", address(request))
    return _without_cookie(request)


@router.post("/logout/everywhere")
def logout_everywhere(request: Request, house: House) -> Response:
    """Ends all sessions of the account, on every device."""
    account = _own(request)
    with house.engines.accounts.begin() as connection:
        sessions.close_all_sessions(connection, account)
        note(connection, account.name, account.role, "logout everywhere", address(request))
    return _without_cookie(request)


@router.get("/whoami")
def whoami(request: Request) -> dict[str, object]:
    """Who asks, and the token that a script must send along with changes (header X-CSRF-Token)."""
    found = asker(request)
    token = found.session.csrf_token if found.session else None
    who = found.identity
    return {"name": who.subject, "role": who.role, "wards": who.wards, "csrf_token": token}


@router.get("/account")
def account_page(request: Request, house: House) -> Response:
    """One's own account; those who are not logged in go to the form."""
    if asker(request).session is None:
        return RedirectResponse(f"/login?next={quote('/account')}", SEE_OTHER)
    return _account_page(request, house)


@router.post("/account/credentials")
def make_credential(
    request: Request,
    house: House,
    kind: Annotated[Kind, Form()],
    label: Annotated[str, Form(max_length=200)],
    scope: Annotated[str, Form()] = "read",
    days: Annotated[int, Form()] = 365,
) -> Response:
    """Makes an application password or a token and shows it once."""
    account = _own(request)
    try:
        with house.engines.accounts.begin() as connection:
            secret = add_credential(connection, account, kind, label, scope, days)
            note(connection, account.name, account.role, f"new {kind}", address(request))
    except BadRequest as refused:
        return _account_page(request, house, fault=str(refused), status=refused.status)
    return _account_page(request, house, secret=secret)


@router.post("/account/password")
def change_password(
    request: Request,
    house: House,
    password: Annotated[str, Form(max_length=1000)],
    new_password: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Changes one's own password, after the old one was shown, and ends the other sessions."""
    account, place = _own(request), address(request)
    try:
        log_in(house.engines.accounts, account.name, password, place)
        with house.engines.accounts.begin() as connection:
            set_password(connection, account, new_password)
            note(connection, account.name, account.role, "new password", place)
    except (BadRequest, NotAuthenticated, TooManyRequests) as refused:
        return _account_page(request, house, fault=str(refused), status=refused.status)
    return open_session(request, house, account, "/account")


@router.post("/account/credentials/{credential}/revoke")
def revoke_credential(request: Request, house: House, credential: int) -> Response:
    """Ends an application password or token of one's own."""
    account = _own(request)
    with house.engines.accounts.begin() as connection:
        revoke(connection, account, credential)
        note(connection, account.name, account.role, "revoke credential", address(request))
    return RedirectResponse("/account", SEE_OTHER)


def open_session(request: Request, house: Platform, account: Account, next_path: str) -> Response:
    """A redirection to `next_path` that carries the cookie of a new session of `account`."""
    hours = house.settings.session_hours
    with house.engines.accounts.begin() as connection:
        # The session before, if any, ends: a cookie planted by somebody else must not outlive the log-in.
        sessions.close_session(connection, request.cookies.get(cookie_name(request), ""))
        token = sessions.open_session(connection, account, hours)
    response = RedirectResponse(_own_path(next_path), SEE_OTHER)
    response.set_cookie(
        cookie_name(request), token, max_age=hours * 3600, httponly=True, samesite="lax",
        secure=secure(request),
    )  # fmt: skip
    return response


def _own(request: Request) -> Account:
    found = asker(request)
    if found.account is None or found.session is None:
        raise NotAllowed("Chỉ dùng được sau khi đăng nhập. · Only for those who are logged in: /login.")
    return found.account


def _login_form(
    request: Request, house: Platform, next_path: str, *, name: str = "", fault: str = "", status: int = 200
) -> Response:
    provider = house.provider is not None
    return page(request, "login", status, next=_own_path(next_path), name=name, fault=fault, provider=provider)


def _account_page(
    request: Request, house: Platform, *, secret: str = "", fault: str = "", status: int = 200
) -> Response:
    with house.engines.accounts.begin() as connection:
        credentials = credentials_of(connection, _own(request))
    return page(request, "account", status, credentials=credentials, secret=secret, fault=fault)


def _without_cookie(request: Request) -> Response:
    response = RedirectResponse("/", SEE_OTHER)
    response.delete_cookie(cookie_name(request), secure=secure(request), httponly=True, samesite="lax")
    return response


def _own_path(path: str) -> str:
    """`path` where it is one of this server's, `/` otherwise: a log-in must not lead people elsewhere."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours else "/"
