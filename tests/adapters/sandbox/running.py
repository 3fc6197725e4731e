"""The network on a loopback port beside a small receiver that stands where Hark does, both in this process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import uvicorn

from hark.adapters.sandbox import ADAPTER
from hark.channels.contract import Account, InboundEvent, RawItem, WebhookRequest
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret
from hark.standins.sandbox import SandboxApp, create_network
from tests.support.waiting import until

TOKEN = "access-token-of-the-tests"


class Hark:
    """A receiver that verifies, splits and normalizes as Hark does. `status` is what it answers events with."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.status = 200
        self.items: list[RawItem] = []
        self.challenges = 0

    @property
    def events(self) -> list[InboundEvent]:
        now = datetime.now(UTC)
        return [event for item in self.items for event in ADAPTER.normalize(item.payload, now)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await _read(scope, receive)
        status, text = self.answer(request)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    def answer(self, request: WebhookRequest) -> tuple[int, str]:
        assert self.account is not None
        assert ADAPTER.challenge is not None
        if request.method == "GET":
            self.challenges += 1
            echo = ADAPTER.challenge(request, self.account)
            return (403, "") if echo is None else (200, echo)
        ADAPTER.verify(request, self.account)
        if self.status == 200:
            self.items.extend(ADAPTER.split(request.body))
        return self.status, ""


async def _read(scope: Any, receive: Any) -> WebhookRequest:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    query = dict(httpx.QueryParams(scope["query_string"].decode()))
    return WebhookRequest(scope["method"], headers, query, body)


class Town(msgspec.Struct):
    """Everything of one running pair. `play` calls the network as its page does."""

    app: SandboxApp
    hark: Hark
    account: Account
    http: GuardedHttp
    play: httpx.AsyncClient

    async def act(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.play.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The address of an application that is served until the end."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, lifespan="auto")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        task = asyncio.create_task(server.serve(sockets=[listening]))
        await until(lambda: server.started or task.done())
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def town(state_file: Path | None = None, *, subscribe: bool = True) -> AsyncIterator[Town]:
    app, hark = create_network(access_token=TOKEN, state_file=state_file), Hark()
    async with serving(app) as network, serving(hark) as receiver:
        http = GuardedHttp(allow_private=True).allowing(ADAPTER.manifest.hosts)
        values = {"base_url": network, "access_token": TOKEN}
        connected = await ADAPTER.connect(values, None, http)
        account = Account(
            id=UUID(int=1),
            workspace_id=UUID(int=2),
            platform_account_id=connected.platform_account_id,
            name=connected.name,
            secrets={"access_token": Secret(TOKEN), **connected.generated},
            fields={"base_url": network},
            webhook_url=f"{receiver}/webhooks/sandbox/k1",
        )
        hark.account = account
        if subscribe:
            assert ADAPTER.subscribe is not None
            assert await ADAPTER.subscribe(account, http) == ()
        async with httpx.AsyncClient(base_url=network, trust_env=False) as play:
            yield Town(app, hark, account, http, play)
        await http.aclose()
