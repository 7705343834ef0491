"""Errors as RFC 9457 problem documents: what is wrong, where and what to do, never a stack trace."""

import http
import uuid
from collections.abc import Mapping

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException

from gis_core.errors import LangbiangError, Mistakes, NotAuthenticated, TooManyRequests

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""

    @app.exception_handler(LangbiangError)
    async def _refused(_request: Request, error: LangbiangError) -> Response:
        return refusal(error)

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> Response:
        places = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return problem(400, f"Yêu cầu không hợp lệ. · The request is not valid: {places}.")

    @app.exception_handler(DBAPIError)
    async def _database(request: Request, error: DBAPIError) -> Response:
        return _database_problem(request, error)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        reference = uuid.uuid4().hex[:12]
        log.error("unexpected", reference=reference, path=request.url.path, error=type(error).__name__, exc_info=error)
        return problem(500, f"Lỗi không lường trước, mã {reference}. · Unexpected error, reference {reference}.")


def refusal(error: LangbiangError) -> Response:
    """The problem document that says what the platform refuses and, where it helps, how to ask again."""
    headers = {}
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Basic realm="Langbiang", charset="UTF-8"'
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    members: dict[str, object] = {"type": error.type}
    if isinstance(error, Mistakes):
        members["errors"] = [{"pointer": pointer, "detail": sentence} for pointer, sentence in error.found]
    return problem(error.status, str(error), headers=headers, **members)


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: object) -> Response:
    """A problem document with the title of `status` and further `members`."""
    body = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")


def _database_problem(request: Request, error: DBAPIError) -> Response:
    code = getattr(error.orig, "pgcode", None)
    if code == "57014":  # query_canceled: the statement timeout of the role
        return problem(503, "Yêu cầu mất quá nhiều thời gian; hãy thu hẹp vùng. · This takes too long; ask for less.")
    if isinstance(error, OperationalError):
        return problem(
            503, "Cơ sở dữ liệu tạm thời không sẵn sàng. · The database is not available.", headers={"Retry-After": "5"}
        )
    reference = uuid.uuid4().hex[:12]
    # The statement's parameters may be personal data: only the kind of error and the path are kept.
    log.error("database", reference=reference, path=request.url.path, error=type(error.orig).__name__, code=code)
    return problem(500, f"Lỗi không lường trước, mã {reference}. · Unexpected error, reference {reference}.")
