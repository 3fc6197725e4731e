"""Answers by script, what was asked, what it cost; and the stand-in with a receiver on real loopback ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import uvicorn

from hark.adapters.x import ADAPTER
from hark.channels.contract import Account, FetchedPage, InboundEvent, WebhookRequest
from hark.channels.testing.http import ScriptedHttp
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from hark.standins.x import XStandIn
from tests.adapters.x.samples import ACCOUNT
from tests.support.waiting import until


class Tally:
    """A meter that keeps what it is told."""

    def __init__(self) -> None:
        self.spent: list[tuple[str, float, float]] = []
        self.quotas: list[tuple[str, int, datetime, int | None]] = []

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        self.spent.append((kind, units, usd))

    def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
        self.quotas.append((kind, remaining, resets_at, limit))

    @property
    def usd(self) -> float:
        return round(sum(usd for _, _, usd in self.spent), 4)


def metered(http: ScriptedHttp) -> tuple[GuardedHttp, Tally]:
    tally = Tally()
    return http.metered(tally), tally


def account_with(**fields: str) -> Account:
    """The account with other fields; an empty one takes a field away."""
    changed = {key: value for key, value in {**ACCOUNT.fields, **fields}.items() if value}
    return msgspec.structs.replace(ACCOUNT, fields=changed)


def without_secrets(*gone: str, account: Account = ACCOUNT) -> Account:
    kept = {key: value for key, value in account.secrets.items() if key not in gone}
    return msgspec.structs.replace(account, secrets=kept)


def json_of(request: httpx.Request) -> Any:
    return msgspec.json.decode(request.content)


async def pages(account: Account, http: GuardedHttp, since: datetime | None) -> list[FetchedPage]:
    """A whole walk."""
    assert ADAPTER.fetch_page is not None
    found = [await ADAPTER.fetch_page(None, since, account, http)]
    while found[-1].next is not None:
        found.append(await ADAPTER.fetch_page(found[-1].next, since, account, http))
    return found


def events_of(found: list[FetchedPage], received_at: datetime | None = None) -> list[InboundEvent]:
    items = [item for page in found for item in page.items]
    return [event for item in items for event in ADAPTER.normalize(item.payload, received_at or utc_now())]


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await task


class Receiver:
    """Our side of the webhook: answers challenges and verifies by the adapter; `statuses` are answered first."""

    def __init__(self) -> None:
        self.account = ACCOUNT
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        self.challenges = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode()))
        status, text = self._answer(WebhookRequest(scope["method"], headers, query, body))
        kind = [(b"content-type", ADAPTER.manifest.challenge_media_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": text.encode()})

    def _answer(self, request: WebhookRequest) -> tuple[int, str]:
        if request.method == "GET":
            assert ADAPTER.challenge is not None
            self.challenges += 1
            echo = ADAPTER.challenge(request, self.account)
            return (200, echo) if echo else (403, "")
        if self.statuses:
            return self.statuses.pop(0), ""
        ADAPTER.verify(request, self.account)
        self.bodies.append(request.body)
        return 200, ""

    @property
    def events(self) -> list[InboundEvent]:
        items = {item.dedup_key: item for body in self.bodies for item in ADAPTER.split(body)}
        return [event for item in items.values() for event in ADAPTER.normalize(item.payload, utc_now())]


class Stage:
    """A stand-in, the receiver that it tells, and the account connected to it."""

    def __init__(self, x: XStandIn, receiver: Receiver, address: str, hook: str) -> None:
        self.x, self.receiver, self.address, self.hook = x, receiver, address, hook
        self.tally = Tally()
        self.http = GuardedHttp(allow_private=True, meter=self.tally)
        self.account = ACCOUNT

    async def connect(self, **changed: str) -> Account:
        values = {key: value for key, value in {**self.x.values(self.address), **changed}.items() if value}
        connected = await ADAPTER.connect(values, self.hook, self.http)
        secret = {field.key for field in ADAPTER.manifest.fields if field.secret}
        self.account = Account(
            ACCOUNT.id,
            ACCOUNT.workspace_id,
            connected.platform_account_id,
            connected.name,
            secrets={
                **{key: Secret(value) for key, value in values.items() if key in secret},
                **connected.generated,
            },
            fields={key: value for key, value in values.items() if key not in secret},
            webhook_url=self.hook,
        )
        self.receiver.account = self.account
        return self.account

    async def settle(self) -> list[InboundEvent]:
        await until(lambda: self.x.notifier.idle)
        return self.receiver.events


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    x, receiver = XStandIn(), Receiver()
    async with listening(x) as address, listening(receiver) as hook:
        stage = Stage(x, receiver, address, f"{hook}/webhooks/x/k1")
        try:
            await stage.connect()
            yield stage
        finally:
            await stage.http.aclose()
            await x.aclose()
