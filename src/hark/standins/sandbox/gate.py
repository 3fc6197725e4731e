"""The outermost layer: where the app is mounted, whose pages may call it, and the faults of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hark.standins.kit.faults import Fault, Faults

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HTML = b"<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


class Gate:
    """Calls of the API meet the faults in force; everything else only the check of where it comes from."""

    def __init__(self, app: App, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if _foreign(scope):
            return await _answer(
                send, 403, b'{"error":{"code":"foreign_page","message":"Not from this page."}}'
            )
        path = scope["path"]
        fault = (
            self._faults.meet(scope["method"], path.removeprefix("/v1")) if path.startswith("/v1/") else None
        )
        if fault is None:
            return await self._app(scope, receive, send)
        if fault.mode.endswith("_after"):
            await self._app(scope, receive, _nowhere)
        return await _misbehave(fault, send)


def _foreign(scope: Scope) -> bool:
    """A browser names the page that a request comes from; another site's page may not act here."""
    headers = {name: value for name, value in scope["headers"] if name in {b"origin", b"host"}}
    origin = headers.get(b"origin")
    if origin is None or scope["method"] in {"GET", "HEAD"}:
        return False
    return bool(urlsplit(origin).netloc != headers.get(b"host"))


async def _nowhere(message: Message) -> None:
    """The call was carried out; its answer is lost."""


async def _misbehave(fault: Fault, send: Send) -> None:
    if fault.mode.startswith("hang"):
        await asyncio.sleep(fault.seconds)
    if not fault.mode.startswith("status"):
        return await _break_off(send)
    extra = [(b"retry-after", fault.retry_after.encode())] if fault.retry_after is not None else []
    kind = b"text/html" if fault.body == "html" else b"application/json"
    return await _answer(send, fault.status, _body(fault), extra, kind)


async def _break_off(send: Send) -> None:
    """Half an answer: the server closes the connection when the application returns without the rest."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"id":', "more_body": True})


def _body(fault: Fault) -> bytes:
    if fault.body == "own":
        return msgspec.json.encode(
            {"error": {"code": fault.code, "message": "The network was told to fail."}}
        )
    return _HTML if fault.body == "html" else b""


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    extra: list[tuple[bytes, bytes]] | None = None,
    content_type: bytes = b"application/json",
) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
