"""Reading the chat: its log of changes, its conversations, their messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.bluesky.atproto import instant
from hark.adapters.bluesky.client import Xrpc
from hark.adapters.bluesky.items import raw_item
from hark.channels.contract import RawItem, Rejected

TALKS_AT_ONCE = 10
MESSAGES_AT_ONCE = 100

Wanted = Callable[["datetime | None"], bool]
LongTalk = tuple[str, str]
"""A conversation, and the cursor of its next page of messages."""


class Logs(msgspec.Struct, frozen=True):
    items: list[RawItem]
    cursor: str | None


class Talks(msgspec.Struct, frozen=True):
    items: list[RawItem]
    long: tuple[LongTalk, ...]
    cursor: str | None


class _Log(msgspec.Struct):
    logs: list[dict[str, Any]]
    cursor: str | None = None


class _Convo(msgspec.Struct):
    convo: dict[str, Any]


class _Convos(msgspec.Struct):
    convos: list[dict[str, Any]]
    cursor: str | None = None


class _Messages(msgspec.Struct):
    messages: list[dict[str, Any]]
    cursor: str | None = None


async def read_log(xrpc: Xrpc, did: str, cursor: str | None) -> Logs:
    """What changed since the cursor, oldest first. Entries name only their conversation, so who is in it is asked for."""
    page = await xrpc.get("chat.bsky.convo.getLog", _Log, {"cursor": cursor} if cursor else None)
    convos: dict[str, dict[str, Any] | None] = {}
    for place in dict.fromkeys(
        str(log["convoId"]) for log in page.logs if log.get("convoId") and log.get("message")
    ):
        convos[place] = await _find_convo(xrpc, place)
    items = [raw_item(did, "log", log, convos.get(str(log.get("convoId")))) for log in page.logs]
    return Logs(items, page.cursor)


async def _find_convo(xrpc: Xrpc, convo_id: str) -> dict[str, Any] | None:
    """None for one that we left meanwhile: its messages are kept all the same."""
    try:
        return _short((await xrpc.get("chat.bsky.convo.getConvo", _Convo, {"convoId": convo_id})).convo)
    except Rejected:
        return None


def _short(convo: dict[str, Any]) -> dict[str, Any]:
    """Who is there, and of what kind the conversation is; not its last message, which is an item of its own."""
    members = convo.get("members")
    kept = ("did", "handle", "displayName", "avatar")
    return {
        "id": convo.get("id"),
        "status": convo.get("status"),
        "kind": convo.get("kind"),
        "members": [
            {key: member[key] for key in kept if key in member}
            for member in (members if isinstance(members, list) else ())
            if isinstance(member, dict)
        ],
    }


async def read_talks(xrpc: Xrpc, did: str, status: str, cursor: str | None, wanted: Wanted) -> Talks:
    """Some conversations with their newest messages; `long` are those that have more."""
    query: dict[str, Any] = {"limit": TALKS_AT_ONCE, "status": status}
    if cursor:
        query["cursor"] = cursor
    page = await xrpc.get("chat.bsky.convo.listConvos", _Convos, query)
    items: list[RawItem] = []
    long: list[LongTalk] = []
    for convo in page.convos:
        if convo.get("id") and wanted(_last_at(convo)):
            found, rest = await _read_messages(xrpc, did, _short(convo), None, wanted)
            items += found
            long += rest
    return Talks(items, tuple(long), page.cursor if page.cursor != cursor and page.convos else None)


def _last_at(convo: dict[str, Any]) -> datetime | None:
    last = convo.get("lastMessage")
    return instant(last.get("sentAt")) if isinstance(last, dict) else None


async def read_long(
    xrpc: Xrpc, did: str, talk: LongTalk, wanted: Wanted
) -> tuple[list[RawItem], list[LongTalk]]:
    """One further page of a conversation, and what is left of it."""
    convo = await _find_convo(xrpc, talk[0])
    return await _read_messages(xrpc, did, convo or {"id": talk[0]}, talk[1], wanted)


async def _read_messages(
    xrpc: Xrpc, did: str, convo: dict[str, Any], cursor: str | None, wanted: Wanted
) -> tuple[list[RawItem], list[LongTalk]]:
    query: dict[str, Any] = {"convoId": str(convo["id"]), "limit": MESSAGES_AT_ONCE}
    if cursor:
        query["cursor"] = cursor
    page = await xrpc.get("chat.bsky.convo.getMessages", _Messages, query)
    rows = [row for row in page.messages if wanted(instant(row.get("sentAt")))]
    items = [raw_item(did, "message", row, convo) for row in reversed(rows)]
    go_on = page.cursor and page.cursor != cursor and rows and len(rows) == len(page.messages)
    return items, [(str(convo["id"]), str(page.cursor))] if go_on else []
