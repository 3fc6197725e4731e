"""A small door for stand-ins whose API is plain JSON: a request read whole, an answer written whole."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from multipart import MultipartParser

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Asked(msgspec.Struct, frozen=True):
    """A request: header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    pairs: tuple[tuple[str, str], ...] = ()
    """The query with keys that come several times."""

    def every(self, key: str) -> list[str]:
        return [value for name, value in self.pairs if name == key]

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty one where it is none."""
        try:
            value = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return value if isinstance(value, dict) else {}

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))

    def parts(self) -> tuple[dict[str, str], dict[str, tuple[str, str, bytes]]]:
        """A multipart form: fields, and files as (name, type, content)."""
        boundary = self.headers.get("content-type", "").partition("boundary=")[2].strip('"')
        fields: dict[str, str] = {}
        files: dict[str, tuple[str, str, bytes]] = {}
        for part in MultipartParser(io.BytesIO(self.body), boundary):
            if part.filename:
                files[part.name] = (part.filename, part.content_type, part.raw)
            else:
                fields[part.name] = part.value
        return fields, files


class Told(msgspec.Struct, frozen=True):
    """An answer; `body` as JSON, bytes as they are, None as nothing."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = {}


Handle = Callable[[Asked], Awaitable[Told]]


def door(handle: Handle) -> Callable[[Any, Receive, Send], Awaitable[None]]:
    """The ASGI application around `handle`."""

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        told = await handle(await _read(scope, receive))
        content, kind = _written(told.body)
        headers = {"content-type": kind, "content-length": str(len(content)), **told.headers}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": told.status, "headers": encoded})
        await send({"type": "http.response.body", "body": content})

    return app


async def _read(scope: Any, receive: Receive) -> Asked:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    pairs = tuple(parse_qsl(scope.get("query_string", b"").decode(), keep_blank_values=True))
    return Asked(scope["method"], scope["path"], dict(pairs), headers, body, pairs)


def _written(body: Any) -> tuple[bytes, str]:
    if body is None:
        return b"", "text/plain"
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    return msgspec.json.encode(body), "application/json; charset=UTF-8"
