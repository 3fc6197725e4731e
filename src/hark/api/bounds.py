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
BODY_SECONDS = 25.0
"""A body must be complete within this time; an upload gets ten times as much."""

MAX_BODY = 1024 * 1024
"""Bytes of a JSON body."""

FREE_TEXT = frozenset({"q", "tag", "platform", "reason"})
"""Query parameters that may be any word."""


async def check_body(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Reads the body within its time and refuses what no handler could use."""
    if not isinstance(connection, Request):
        return
    _check_query(connection)
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


def _check_query(connection: Request[Any, Any, Any]) -> None:
    """The framework reads the word `null` as no value; here a parameter without a value is one that is not sent."""
    query: bytes = connection.scope.get("query_string", b"")
    if b"%00" in query:
        raise Invalid("The address holds a NUL character.")
    if b"null" in query.lower():
        for name, value in connection.query_params.items():
            if name not in FREE_TEXT and str(value).lower() == "null":
                raise Invalid("A parameter has the value null.", fields={name: "is null"})


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
