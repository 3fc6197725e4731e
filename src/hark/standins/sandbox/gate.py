"""The outermost layer: whose pages may call the network; below it every call of the API meets the faults in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hark.standins.kit import Calls, Fault, FaultGate, Faults

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_FOREIGN = b'{"error":{"code":"foreign_page","message":"Not from this page."}}'


class Gate:
    """Requests of other sites' pages are refused; calls of the API (`/v1`) meet faults and are written down."""

    def __init__(self, app: App, faults: Faults, calls: Calls) -> None:
        self._app = FaultGate(app, faults, calls, _refusal, api="/v1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _foreign(scope):
            return await _refuse(send)
        return await self._app(scope, receive, send)


def _foreign(scope: Scope) -> bool:
    """A browser names the page that a request comes from; another site's page may not act here."""
    headers = {name: value for name, value in scope["headers"] if name in {b"origin", b"host"}}
    origin = headers.get(b"origin")
    if origin is None or scope["method"] in {"GET", "HEAD"}:
        return False
    return bool(urlsplit(origin).netloc != headers.get(b"host"))


def _refusal(fault: Fault) -> bytes:
    return msgspec.json.encode({"error": {"code": fault.code, "message": "The network was told to fail."}})


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_FOREIGN)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _FOREIGN, "more_body": False})
