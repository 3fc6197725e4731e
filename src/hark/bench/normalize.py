"""How fast each platform's words become Hark's: taking apart and normalizing, one core, no database.

The events are what the platform's stand-in tells: pushed to a webhook, or listed where nothing is pushed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from hark.bench.report import Figure, at_least
from hark.bench.standing import served, standing
from hark.bootstrap.adapters import ADAPTERS
from hark.channels.contract import Account, Adapter, RawItem, WebhookRequest, pushes
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from hark.kernel.secrets import Secret

GOAL = 20_000
PEOPLE = 12
WITHIN = 4.0
"""Seconds for a stand-in to push what was said."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def bench(seconds: float) -> list[Figure]:
    """Events a second and core, for each platform."""
    figures = []
    for adapter in sorted(ADAPTERS, key=lambda each: each.manifest.platform):
        items = await _events(adapter)
        rate = _rate(adapter, items, seconds)
        figures.append(at_least(f"{adapter.manifest.platform}, normalized", rate, GOAL, "/s"))
    return figures


def _rate(adapter: Adapter, items: Sequence[RawItem], seconds: float) -> float:
    received, count, start = utc_now(), 0, perf_counter()
    while perf_counter() - start < seconds:
        count += _round(adapter, items, received)
    return count / (perf_counter() - start)


def _round(adapter: Adapter, items: Sequence[RawItem], received: datetime) -> int:
    for item in items:
        adapter.normalize(item.payload, received)
    return len(items)


async def _events(adapter: Adapter) -> list[RawItem]:
    """Raw items of what people said in each source."""
    heard = Webhook(adapter)
    platform, http = adapter.manifest.platform, GuardedHttp(allow_private=True)
    async with standing(platform) as (standin, address), served(heard) as webhook:
        account = await _account(
            adapter, standin.values(address), f"{webhook}/webhooks/{platform}/bench", http
        )
        heard.account = account
        if adapter.subscribe is not None:
            await adapter.subscribe(account, http)
        for source in adapter.manifest.sources:
            for person in range(PEOPLE):
                await standin.say(f"Where is my order {person}? 🚲", person=str(person), source=source.value)
        found = await _gathered(adapter, account, http, heard)
    await http.aclose()
    return found


async def _account(adapter: Adapter, values: dict[str, str], webhook: str, http: GuardedHttp) -> Account:
    manifest = adapter.manifest
    given = {field.key: field.default for field in manifest.fields if field.default} | values
    connected = await adapter.connect(given, webhook, http)
    secret = {field.key for field in manifest.fields if field.secret}
    now = utc_now()
    return Account(
        id=new_id(now),
        workspace_id=new_id(now),
        platform_account_id=connected.platform_account_id,
        name=connected.name,
        secrets={key: Secret(value) for key, value in given.items() if key in secret}
        | dict(connected.generated),
        fields={key: value for key, value in given.items() if key not in secret} | dict(connected.fields),
        webhook_url=webhook,
    )


async def _gathered(adapter: Adapter, account: Account, http: GuardedHttp, heard: Webhook) -> list[RawItem]:
    """What was pushed; what is listed where not everything is, or where a push only says that there is something."""
    wanted, patience = PEOPLE * len(adapter.manifest.sources), perf_counter() + WITHIN
    while pushes(adapter) and len(heard.items) < wanted and perf_counter() < patience:
        await asyncio.sleep(0.05)
    if len(heard.items) >= wanted or adapter.fetch_page is None:
        return heard.items
    return await _listed(adapter, account, http) or heard.items


async def _listed(adapter: Adapter, account: Account, http: GuardedHttp) -> list[RawItem]:
    assert adapter.fetch_page is not None
    found: list[RawItem] = []
    cursor: str | None = None
    while True:
        page = await adapter.fetch_page(cursor, None, account, http)
        found.extend(page.items)
        if page.next is None or page.next == cursor:
            return found
        cursor = page.next


class Webhook:
    """Takes what is pushed, and answers the platform's question whether the address is ours."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.account: Account | None = None
        self.items: list[RawItem] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        answer = b"ok" if scope["method"] == "POST" else self._echo(scope)
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        if scope["method"] == "POST":
            self.items.extend(self.adapter.split(body))
        kind = self.adapter.manifest.challenge_media_type.encode()
        headers = [(b"content-type", kind), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _echo(self, scope: MutableMapping[str, Any]) -> bytes:
        if self.adapter.challenge is None or self.account is None:
            return b""
        query = dict(parse_qsl(scope["query_string"].decode()))
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        return (
            self.adapter.challenge(WebhookRequest("GET", headers, query, b""), self.account) or ""
        ).encode()


async def _live(receive: Receive, send: Send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})
