"""The way of a browser to the OpenID Connect provider and back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from api.accounts import open_session
from api.asking import address, secure
from api.oidc import ATTEMPT_SECONDS, Provider
from api.platform import Platform, platform
from gis_core.accounts import note
from gis_core.errors import NotFound

router = APIRouter()
House = Annotated[Platform, Depends(platform)]
COOKIE = "langbiang_oidc"
PATH = "/login/oidc"


@router.get(PATH)
def begin(request: Request, house: House, next: str = "/") -> Response:  # noqa: A002 - the parameter's name
    """Sends the browser to the provider."""
    attempt = _provider(house).begin(_callback(house), next)
    response = RedirectResponse(attempt.url, 303)
    # Lax: the browser comes back from another site, with a link.
    response.set_cookie(
        COOKIE, attempt.kept, max_age=ATTEMPT_SECONDS, path=PATH, httponly=True, samesite="lax",
        secure=secure(request),
    )  # fmt: skip
    return response


@router.get(f"{PATH}/callback")
def finish(request: Request, house: House) -> Response:
    """Logs in who comes back from the provider."""
    kept = request.cookies.get(COOKIE, "")
    account, next_path = _provider(house).finish(house.engines, _callback(house), str(request.url), kept)
    with house.engines.accounts.begin() as connection:
        note(connection, account.name, account.role, "login", address(request))
    response = open_session(request, house, account, next_path)
    response.delete_cookie(COOKIE, path=PATH)
    return response


def _provider(house: Platform) -> Provider:
    if house.provider is None:
        raise NotFound("Không có đăng nhập một lần. · No single sign-on is set up here.")
    return house.provider


def _callback(house: Platform) -> str:
    return f"{house.settings.root_url}{PATH}/callback"
