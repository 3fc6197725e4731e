"""A stand-in's own interface under `/_control`, the same for all: faults, people, and what came.

POST   /_control/faults            a Fault more            DELETE: none any more, and what was kept back is sent
PATCH  /_control/webhooks          WebhookFaults
POST   /_control/webhooks/release  what was kept back is sent
POST   /_control/say               {text, person?, source?}: somebody writes; {id}
GET    /_control/accepted | calls  what our account created; the calls
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hark.standins.kit.faults import Fault, WebhookFaults
from hark.standins.kit.standin import StandIn

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX = "/_control/"


class Said(msgspec.Struct, frozen=True):
    text: str
    person: str = "1"
    source: str = "dm"


class Controlled:
    """A stand-in with the common interface before its API. Requests that it does not know go on to the stand-in, which may
    have further ones under the same prefix."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self._known: dict[tuple[str, str], Callable[[bytes], Awaitable[Any]]] = {
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._calm,
            ("PATCH", "webhooks"): self._set_webhooks,
            ("POST", "webhooks/release"): self._release,
            ("POST", "say"): self._say,
            ("GET", "accepted"): self._accepted,
            ("GET", "calls"): self._calls,
        }

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = scope.get("path", "")
        known = self._known.get((scope.get("method", ""), path.removeprefix(PREFIX)))
        if known is None or not path.startswith(PREFIX):
            await self.standin(scope, receive, send)
            return
        try:
            status, answer = 200, await known(await _read(receive))
        except (msgspec.MsgspecError, ValueError) as error:
            status, answer = 400, {"error": str(error)}
        await _answer(send, status, answer)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.standin.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _add_fault(self, body: bytes) -> Any:
        self.standin.faults.rules.append(msgspec.json.decode(body, type=Fault))
        return {"faults": len(self.standin.faults.rules)}

    async def _calm(self, body: bytes) -> Any:
        self.standin.faults.clear()
        return {"faults": 0, "released": self.standin.release()}

    async def _set_webhooks(self, body: bytes) -> Any:
        self.standin.faults.webhook = msgspec.json.decode(body, type=WebhookFaults)
        return self.standin.faults.webhook

    async def _release(self, body: bytes) -> Any:
        return {"released": self.standin.release()}

    async def _say(self, body: bytes) -> Any:
        said = msgspec.json.decode(body, type=Said)
        return {"id": await self.standin.say(said.text, person=said.person, source=said.source)}

    async def _accepted(self, body: bytes) -> Any:
        return self.standin.accepted()

    async def _calls(self, body: bytes) -> Any:
        return self.standin.calls.all()


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _answer(send: Send, status: int, answer: Any) -> None:
    body = msgspec.json.encode(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
