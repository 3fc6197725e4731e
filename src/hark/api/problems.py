"""Every error as a problem document (RFC 9457) with a stable `code`; what is unforeseen gets an id and no details."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError, Invalid, Malformed, TooMany

log = logger(__name__)

MEDIA_TYPE = "application/problem+json"
URN = "urn:hark:problem:"

TITLES = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The request took too long",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not accepted",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    503: "unavailable",
}


class Problem(msgspec.Struct):
    """An error. `fields` names each offending part of the request with a sentence; `error_id` is for asking the operator."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] | None = None
    error_id: str | None = None


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    extra: dict[str, Any] | None = None,
) -> Response[bytes]:
    document: dict[str, Any] = {
        **(extra or {}),
        "type": URN + code,
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        **({"fields": fields} if fields else {}),
    }
    return Response(msgspec.json.encode(document), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def on_hark_error(_request: Request[Any, Any, Any], error: HarkError) -> Response[bytes]:
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="hark"'
    return problem_response(
        error.status,
        error.code,
        error.detail,
        fields=error.fields,
        headers=headers or None,
        extra=error.extra,
    )


def on_validation_error(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """A body or parameter of the wrong shape: 422, with the path of each offending field."""
    fields: dict[str, str] = {}
    for entry in error.extra if isinstance(error.extra, list) else ():
        if isinstance(entry, dict):
            fields[str(entry.get("key") or entry.get("source") or "body")] = str(
                entry.get("message", "is wrong")
            )
    return on_hark_error(request, Invalid("Something in the request is not as it should be.", fields=fields))


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses by itself."""
    if error.status_code >= 500:
        return on_unforeseen(request, error)
    if error.status_code == 400:
        return on_hark_error(request, Malformed(_safe(error.detail)))
    detail = {404: "There is nothing at this address."}.get(error.status_code, _safe(error.detail))
    code = CODES.get(error.status_code, "refused")
    return problem_response(error.status_code, code, detail, headers=error.headers)


def on_deep_nesting(request: Request[Any, Any, Any], _error: RecursionError) -> Response[bytes]:
    return on_hark_error(request, Malformed("The body is nested too deeply."))


def on_data_error(request: Request[Any, Any, Any], error: asyncpg.PostgresError) -> Response[bytes]:
    """A value that the database has no place for (a NUL, a number beyond its range) is the request's fault."""
    log.info("value refused by the database", error=type(error).__name__)
    return on_hark_error(request, Invalid("A value of the request cannot be stored."))


def on_unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    error_id = request.scope["state"].get("request_id", "")
    log.error(
        "request failed",
        error_id=error_id,
        method=request.scope["method"],
        path=request.scope["path"],
        exc_info=error,
    )
    detail = f"Something went wrong on our side. The error has the id {error_id}."
    return problem_response(500, "internal", detail, extra={"error_id": error_id})


def _safe(detail: str) -> str:
    """The framework's sentence, without what may repeat the request at length."""
    return detail[:200] or "The request was not accepted."


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    HarkError: on_hark_error,
    ValidationException: on_validation_error,
    HTTPException: on_http_error,
    RecursionError: on_deep_nesting,
    asyncpg.DataError: on_data_error,
    Exception: on_unforeseen,
}
