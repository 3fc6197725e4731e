"""The stand-in and a receiver of its notifications on real loopback ports, in the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import uvicorn

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import Account, InboundEvent, WebhookRequest
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from hark.standins.facebook import Settings, StandIn, create_app
from tests.adapters.facebook import cases
from tests.support.waiting import until


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task


class Receiver:
    """Our side of the webhook: verifies with the adapter, keeps bodies, answers as told (`statuses` first, then 200)."""

    def __init__(self) -> None:
        self.account = cases.ACCOUNT
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode()))
        request = WebhookRequest(scope["method"], headers, query, body)
        status, text = self._answer(request)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    def _answer(self, request: WebhookRequest) -> tuple[int, str]:
        if request.method == "GET":
            assert ADAPTER.challenge is not None
            challenge = ADAPTER.challenge(request, self.account)
            return (200, challenge) if challenge else (403, "")
        if self.statuses:
            return self.statuses.pop(0), ""
        ADAPTER.verify(request, self.account)
        self.bodies.append(request.body)
        return 200, ""

    @property
    def events(self) -> list[InboundEvent]:
        items = [item for body in self.bodies for item in ADAPTER.split(body)]
        return [event for item in items for event in ADAPTER.normalize(item.payload, utc_now())]


class Stage:
    """A stand-in, the receiver it notifies, and the adapter's account at both."""

    def __init__(self, stand_in: StandIn, receiver: Receiver, graph_url: str, hook_url: str) -> None:
        self.stand_in = stand_in
        self.receiver = receiver
        self.graph_url = graph_url
        self.hook_url = hook_url
        self.http = GuardedHttp(allow_private=True)
        self.client = httpx.AsyncClient(base_url=f"{graph_url}/_control", trust_env=False)
        world = stand_in.world
        page = world.only_page()
        self.page, self.person = page.id, next(iter(world.people))
        self.account = Account(
            cases.ACCOUNT.id,
            cases.ACCOUNT.workspace_id,
            page.id,
            page.name,
            secrets={
                "page_access_token": Secret(page.token),
                "app_secret": Secret(world.app.secret),
                "verify_token": Secret("verify-me"),
            },
            fields={"page_id": page.id, "app_id": world.app.id, "base_url": graph_url},
            webhook_url=hook_url,
        )
        receiver.account = self.account

    async def control(self, call: str, /, **body: Any) -> dict[str, Any]:
        answer = await self.client.post(f"/{call}", json=body)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=dict[str, Any])

    async def look(self, path: str) -> dict[str, Any]:
        return msgspec.json.decode((await self.client.get(f"/{path}")).content, type=dict[str, Any])

    async def messages(self) -> list[dict[str, Any]]:
        """What the customer sees in the conversation with the page."""
        seen = await self.look("seen")
        return [message for found in seen["conversations"] for message in found["messages"]]

    async def settle(self) -> list[InboundEvent]:
        """Waits until every notification has arrived, or given up; what came."""
        assert (await self.control("idle"))["idle"]
        return self.receiver.events

    def advance(self, **by: float) -> None:
        self.stand_in.world.shift += timedelta(**by)


@asynccontextmanager
async def staged(**settings: Any) -> AsyncIterator[Stage]:
    stand_in, receiver = create_app(settings=Settings(**{"time_scale": 0.0001, **settings})), Receiver()
    async with listening(stand_in) as graph_url, listening(receiver) as hook_url:
        stage = Stage(stand_in, receiver, graph_url, f"{hook_url}/webhooks/facebook/k1")
        try:
            yield stage
        finally:
            await stage.client.aclose()
            await stage.http.aclose()
            await stand_in.notifier.aclose()
