"""The outermost layer of a stand-in's API: each call meets the faults in force and is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit.calls import Call, Calls
from hark.standins.kit.faults import Fault, Faults

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = Callable[[Fault], bytes]

_HTML = b"<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


class FaultGate:
    """Wraps an API. `refusal` writes an error as the platform would (JSON bytes). Paths that begin with `control` are
    the stand-in's own interface and meet no faults; with `api` only what is below it is the API, and named without it."""

    def __init__(
        self,
        app: App,
        faults: Faults,
        calls: Calls,
        refusal: Refusal,
        *,
        control: str = "/_control",
        api: str = "",
        clock: Clock = utc_now,
    ) -> None:
        self._app, self._faults, self._calls = app, faults, calls
        self._refusal, self._control, self._api, self._clock = refusal, control, api, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_call(scope["path"]):
            return await self._app(scope, receive, send)
        fault = self._faults.meet(scope["method"], scope["path"].removeprefix(self._api))
        if fault is None:
            return await self._app(scope, receive, self._noting(scope, send, None))
        if fault.mode.endswith("_after"):
            await self._app(scope, receive, _nowhere)
        return await self._misbehave(scope, fault, send)

    def _is_call(self, path: str) -> bool:
        return path.startswith(f"{self._api}/") and not path.startswith(self._control)

    def _noting(self, scope: Scope, send: Send, fault: str | None) -> Send:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"], fault)
            await send(message)

        return noted

    def _note(self, scope: Scope, status: int | None, fault: str | None) -> None:
        path = scope["path"].removeprefix(self._api)
        self._calls.add(Call(self._clock(), scope["method"], path, status, fault))

    async def _misbehave(self, scope: Scope, fault: Fault, send: Send) -> None:
        if not fault.mode.startswith("status"):
            self._note(scope, None, fault.mode)
        if fault.mode.startswith("hang"):
            await asyncio.sleep(fault.seconds)
        if not fault.mode.startswith("status"):
            await _break_off(send)
            return
        extra = [(b"retry-after", fault.retry_after.encode())] if fault.retry_after is not None else []
        kind = b"text/html" if fault.body == "html" else b"application/json"
        body = {"own": self._refusal(fault), "html": _HTML, "empty": b""}[fault.body]
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *extra]
        noted = self._noting(scope, send, fault.mode)
        await noted({"type": "http.response.start", "status": fault.status, "headers": headers})
        await noted({"type": "http.response.body", "body": body, "more_body": False})


async def _nowhere(message: Message) -> None:
    """The call was carried out; its answer is lost."""


async def _break_off(send: Send) -> None:
    """Half an answer: the server closes the connection when the application returns without the rest."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"id":', "more_body": True})
