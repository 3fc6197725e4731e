"""People on the real network: an account of ours behind the adapter, and a customer behind another program (the atproto SDK)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from atproto import AsyncClient, models

from hark.adapters.bluesky import ADAPTER
from hark.channels.contract import Account, InboundEvent, Message, Outbound, RawItem, Source
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from tests.support.servers import Network

PASSWORD = "hunter2pw"


async def person(network: Network, handle: str) -> AsyncClient:
    """A new account; the AppView needs a moment to know it."""
    client = AsyncClient(base_url=f"{network.pds}/xrpc")
    made = await client.com.atproto.server.create_account(
        {"handle": handle, "email": f"{handle.partition('.')[0]}@example.com", "password": PASSWORD}
    )
    fetch = bool(network.appview)

    async def known() -> bool:
        try:
            await client.login(handle, PASSWORD, fetch_bsky_profile=fetch)
        except Exception:  # "Profile not found" until it is indexed
            return False
        return True

    await eventually(known)
    assert client.me is None or client.me.did == made.did
    return client


async def app_password(client: AsyncClient, *, messages: bool = True) -> str:
    made = await client.com.atproto.server.create_app_password(
        {"name": f"hark-{messages}", "privileged": messages}
    )
    return str(made.password)


async def connected(
    network: Network, handle: str, password: str, http: GuardedHttp, **fields: str
) -> Account:
    values = {
        "handle": handle,
        "app_password": password,
        "base_url": network.pds,
        "directory_url": network.plc,
        **fields,
    }
    told = await ADAPTER.connect(values, None, http)
    public = {key: value for key, value in values.items() if key != "app_password"}
    return Account(
        id=UUID(int=1),
        workspace_id=UUID(int=2),
        platform_account_id=told.platform_account_id,
        name=told.name,
        secrets={**told.generated, "app_password": _secret(password)},
        fields={**public, **told.fields},
    )


def _secret(value: str) -> Any:
    from hark.kernel.secrets import Secret

    return Secret(value)


async def eventually(ask: Callable[[], Awaitable[Any]], within: float = 20.0) -> Any:
    """Asks until the answer is true."""
    ends = time.monotonic() + within
    while True:
        found = await ask()
        if found:
            return found
        assert time.monotonic() < ends, "not in time"
        await asyncio.sleep(0.1)


class Reader:
    """Polls the account as the program does: page by page, its state kept."""

    def __init__(self, account: Account, http: GuardedHttp) -> None:
        self.account, self.http = account, http
        self.since = utc_now()
        self.items: dict[str, RawItem] = {}

    async def read(self, *, everything: bool = False) -> list[InboundEvent]:
        """Events that are new since the last reading."""
        cursor, new = None, []
        assert ADAPTER.fetch_page is not None
        while True:
            page = await ADAPTER.fetch_page(
                cursor, None if everything else self.since, self.account, self.http
            )
            state = {**self.account.state, **page.state}
            self.account = msgspec.structs.replace(self.account, state=state)
            for item in page.items:
                if self.items.setdefault(item.dedup_key, item) is item:
                    new += ADAPTER.normalize(item.payload, utc_now())
            cursor = page.next
            if cursor is None:
                return new

    async def until(self, fits: Callable[[InboundEvent], bool]) -> Any:
        async def look() -> InboundEvent | None:
            return next((event for event in await self.read() if fits(event)), None)

        return await eventually(look)

    async def message(self, text: str) -> Message:
        found: Message = await self.until(
            lambda event: isinstance(event, Message) and text in (event.text or "")
        )
        return found


def answer_to(message: Message, text: str, **more: Any) -> Outbound:
    now = utc_now()
    return Outbound(
        reference=new_id(now),
        source=more.pop("source", message.thread.source),
        thread_key=message.thread.key,
        recipient=message.author.id,
        at=now,
        text=text,
        reply_to=message.thread.reply_to,
        **more,
    )


async def replies_to(client: AsyncClient, uri: str) -> list[Any]:
    """As the customer's own program shows them."""

    async def look() -> list[Any]:
        thread = (await client.app.bsky.feed.get_post_thread({"uri": uri})).thread
        return list(thread.replies or []) if isinstance(thread, models.AppBskyFeedDefs.ThreadViewPost) else []

    found: list[Any] = await eventually(look)
    return found


SOURCES = {Source.COMMENT, Source.MENTION}
