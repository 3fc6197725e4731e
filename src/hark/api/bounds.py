"""What a request may be, before anybody looks at it: its media type, its size, its time on the line, its characters."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from hark.kernel.errors import Invalid, Malformed, UnsupportedType

JSON = "application/json"
MULTIPART = "multipart/form-data"
BODY_SECONDS = 30.0
"""A body must be complete within this time; an upload gets ten times as much."""

MAX_BODY = 1024 * 1024
"""Bytes of a JSON body."""


async def check_body(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Reads the body within its time and refuses what no handler could use."""
    if not isinstance(connection, Request):
        return
    if b"%00" in connection.scope.get("query_string", b""):
        raise Invalid("The address holds a NUL character.")
    if connection.method not in {"POST", "PUT", "PATCH", "DELETE"}:
        return
    accepted = handler.opt.get("accepts", JSON)
    _check_type(connection, accepted)
    try:
        async with asyncio.timeout(BODY_SECONDS * (10 if accepted == MULTIPART else 1)):
            body = await connection.body()
    except TimeoutError as error:
        raise Malformed("The body did not come in time.", code="too_slow") from error
    if accepted == JSON:
        _check_text(body)


def _check_text(body: bytes) -> None:
    """JSON is UTF-8, and no text of ours has a NUL."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    if b"\\u0000" in body:
        raise Invalid("The body holds a NUL character, which text cannot have.")


def _check_type(request: Request[Any, Any, Any], accepted: str) -> None:
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedType("Bodies are not accepted compressed.")
    empty = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    if given != accepted and not (given == "" and empty):
        raise UnsupportedType(f"This takes {accepted}, not {given or 'a body without a content type'}.")
