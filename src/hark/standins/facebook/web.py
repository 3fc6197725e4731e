"""Requests and answers of the stand-in, over bare ASGI."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import multipart

MAX_BODY = 30 * 1024 * 1024

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Upload(msgspec.Struct):
    name: str
    content: bytes
    mime_type: str


class Request(msgspec.Struct):
    """`values` are query, form and JSON body in one, as the Graph API reads them; a value of a form that is
    JSON is decoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    values: dict[str, Any]
    files: dict[str, Upload]

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        return value if isinstance(value, str) else str(value)

    def mapping(self, key: str) -> dict[str, Any]:
        value = self.values.get(key)
        return value if isinstance(value, dict) else {}


class Response(msgspec.Struct):
    """`body` is JSON unless it is bytes. `cut` announces more bytes than come, so that the connection
    breaks."""

    status: int
    body: Any
    headers: dict[str, str] = {}
    cut: bool = False


async def read_request(scope: Scope, receive: Receive) -> Request:
    body = await _read_body(receive)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    values: dict[str, Any] = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    files: dict[str, Upload] = {}
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        _read_multipart(kind, body, values, files)
    elif kind.startswith("application/x-www-form-urlencoded") and not body.startswith(b"{"):
        form = parse_qsl(body.decode(), keep_blank_values=True)
        values.update({key: _decoded(value) for key, value in form})
    elif body:
        found = json.loads(body)
        values.update(found if isinstance(found, dict) else {"": found})
    return Request(scope["method"], scope["path"], headers, values, files)


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise ValueError("the body is too large")
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def _read_multipart(kind: str, body: bytes, values: dict[str, Any], files: dict[str, Upload]) -> None:
    _, options = multipart.parse_options_header(kind)
    for part in multipart.MultipartParser(BytesIO(body), options["boundary"], memory_limit=MAX_BODY):
        if part.filename:
            files[part.name] = Upload(
                part.filename, part.raw, part.content_type or "application/octet-stream"
            )
        else:
            values[part.name] = _decoded(part.value)


def _decoded(value: str) -> Any:
    """Forms carry objects as JSON text; a plain number or word stays text."""
    if value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


async def write_response(response: Response, send: Send) -> None:
    is_bytes = isinstance(response.body, bytes)
    body = response.body if is_bytes else json.dumps(response.body).encode()
    kind = "text/html; charset=utf-8" if is_bytes else "application/json; charset=UTF-8"
    headers = {
        "content-type": kind,
        **response.headers,
        "content-length": str(len(body) + 100 * response.cut),
    }
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
