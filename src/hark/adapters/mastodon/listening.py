"""Live: the server's stream of what concerns the account. It has no memory, so the regular look repairs what it missed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from hark.adapters.mastodon.client import Server, server_of
from hark.adapters.mastodon.errors import problem_of
from hark.adapters.mastodon.items import entry_of, raw_item
from hark.adapters.mastodon.roots import Roots
from hark.channels.contract import Account, Emit, RawItem
from hark.infra.http import Broken, GuardedHttp

MOST_KNOWN = 5000
"""Posts whose deletion is noticed at once; those before are noticed by the regular look."""


class Ear(msgspec.Struct):
    """What is listened for, and which posts concern the account, newest last."""

    account: str
    server: Server
    known: OrderedDict[str, None]

    def remember(self, status_id: str) -> None:
        self.known[status_id] = None
        while len(self.known) > MOST_KNOWN:
            self.known.popitem(last=False)


async def listen(account: Account, http: GuardedHttp, emit: Emit) -> None:
    server = server_of(account, http)
    seen = account.state.get("seen")
    ear = Ear(
        account.platform_account_id, server, OrderedDict.fromkeys(seen if isinstance(seen, dict) else ())
    )
    base = account.fields.get("streaming_url") or server.base
    proof = {"authorization": f"Bearer {server.token.reveal()}"} if server.token else {}
    guarded = http.allowing((), server.base, base)
    async with guarded.stream("GET", f"{base}/api/v1/streaming/user", headers=proof) as lines:
        if lines.status != 200:
            raise problem_of(await lines.answer(), creates=False)
        await emit((), {})
        async for event, data in events_in(lines):
            items = await _items(ear, event, data)
            if items:
                await emit(items, {})
    raise Broken("the stream ended")


async def events_in(lines: AsyncIterator[str] | Any) -> AsyncIterator[tuple[str, str]]:
    """Server-sent events: name and data. Lines that begin with a colon are signs of life."""
    name = ""
    data: list[str] = []
    async for line in lines:
        if not line:
            if data:
                yield name or "message", "\n".join(data)
            name, data = "", []
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)


async def _items(ear: Ear, event: str, data: str) -> list[RawItem]:
    found = read_event(event, data)
    if found is None:
        return []
    kind, item = found
    if kind == "gone":
        return [raw_item(ear.account, kind, item)] if item["id"] in ear.known else []
    if not isinstance(item, dict):
        return []
    status = item.get("status") if kind == "notification" else item
    if kind != "notification" and not concerns(status, ear.account):
        return []
    if isinstance(status, dict) and status.get("id"):
        ear.remember(str(status["id"]))
    return [raw_item(ear.account, kind, item, await Roots(ear.server).find(status))]


def read_event(event: str, data: str) -> tuple[str, Any] | None:
    """An event as kind and item. A deletion's data is a bare id, which as JSON would be a number."""
    if event == "delete":
        return entry_of(event, data.strip().strip('"'))
    try:
        return entry_of(event, msgspec.json.decode(data))
    except (msgspec.DecodeError, RecursionError):
        return None


def concerns(status: Any, account: str) -> bool:
    """The stream has the whole home timeline in it: is this by us, to us, or does it name us?"""
    if not isinstance(status, dict):
        return False
    author, mentions = status.get("account"), status.get("mentions")
    by_us = isinstance(author, dict) and author.get("id") == account
    named: Iterable[Any] = mentions if isinstance(mentions, list) else ()
    names_us = any(isinstance(each, dict) and each.get("id") == account for each in named)
    return by_us or names_us or status.get("in_reply_to_account_id") == account
