"""The language of a page: asked for by `?lang=`, remembered in a cookie, Vietnamese otherwise."""

from typing import Literal

from fastapi import Request, Response

Language = Literal["vi", "en"]
COOKIE = "lang"
A_YEAR = 365 * 24 * 3600


def language(request: Request) -> Language:
    """The language that `request` asks for or has asked for before; Vietnamese where it names none of ours."""
    asked = request.query_params.get("lang") or request.cookies.get(COOKIE)
    return "en" if asked == "en" else "vi"


def remember_language(request: Request, response: Response) -> None:
    """Sets the cookie where `request` chooses a language."""
    if "lang" in request.query_params:
        response.set_cookie(COOKIE, language(request), max_age=A_YEAR, samesite="lax", httponly=True)
