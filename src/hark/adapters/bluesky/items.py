"""What was read or heard, as raw items: the form in which it is kept, and the key under which it is kept once.

The body that `split` takes is `{"account": did, "entries": [{"kind", "item", "convo"?, "at"?}]}`. Kinds: `post` (a post with
its author, from a notification, a feed or a look), `edit` (a post whose text changed), `gone` (`{"uri"}`), `commit` and `actor`
(from a stream), `log` (the chat's log), `message` (from a conversation's history).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hark.channels.contract import MalformedPayload, RawItem

TALK = frozenset({"mention", "reply", "quote"})
"""Reasons of a notification that are about something written to us."""


class _Entry(msgspec.Struct):
    kind: str
    item: Any
    convo: Any = None
    at: str | None = None


class _Body(msgspec.Struct):
    account: str
    entries: list[_Entry]


def split(body: bytes) -> list[RawItem]:
    """Raises MalformedPayload."""
    try:
        read = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedPayload(f"not a list of things from Bluesky: {error}") from error
    found = (raw_item(read.account, each.kind, each.item, each.convo, each.at) for each in read.entries)
    unique: dict[str, RawItem] = {}
    for item in found:
        unique.setdefault(item.dedup_key, item)
    return list(unique.values())


def raw_item(
    account: str, kind: str, item: Any, convo: Mapping[str, Any] | None = None, at: str | None = None
) -> RawItem:
    entry: dict[str, Any] = {"account": account, "kind": kind, "item": item}
    if convo is not None:
        entry["convo"] = convo
    if at is not None:
        entry["at"] = at
    return RawItem(_key(kind, item, convo)[:500], msgspec.json.encode(entry), account)


def raw_items(account: str, kind: str, items: Iterable[Any]) -> list[RawItem]:
    return [raw_item(account, kind, item) for item in items]


def _key(kind: str, item: Any, convo: Any) -> str:
    """The same for one thing, by whichever way it came."""
    if not isinstance(item, dict):
        return f"{kind}:{msgspec.json.encode(item).decode()}"
    if kind == "post":
        reason = item.get("reason")
        about = "post" if reason is None or str(reason) in TALK else f"notification:{reason}"
        return f"{about}:{item.get('uri')}:{item.get('cid')}"
    if kind == "edit":
        return f"edit:{item.get('uri')}:{item.get('cid')}"
    if kind == "gone":
        return f"gone:{item.get('uri')}"
    if kind == "commit":
        return _commit_key(item)
    if kind in {"log", "message"}:
        return _chat_key(kind, item, convo)
    return f"{kind}:{item.get('did')}:{item.get('seq') or item.get('time')}"


def _commit_key(item: dict[str, Any]) -> str:
    names = {"create": "post", "update": "edit", "delete": "gone"}
    operation = item.get("operation")
    name = names.get(str(operation), f"commit:{operation}")
    uri = f"at://{item.get('did')}/{item.get('collection')}/{item.get('rkey')}"
    return f"{name}:{uri}" if operation == "delete" else f"{name}:{uri}:{item.get('cid')}"


def _chat_key(kind: str, item: dict[str, Any], convo: Any) -> str:
    """A message has one key in the log and in the history of its conversation."""
    message = item.get("message") if kind == "log" else item
    place = item.get("convoId") if kind == "log" else convo.get("id") if isinstance(convo, dict) else None
    said = kind == "message" or str(item.get("$type", "")).endswith("#logCreateMessage")
    if said and isinstance(message, dict) and str(message.get("$type", "")).endswith("#deletedMessageView"):
        return f"chat-gone:{place}:{message.get('id')}"
    if said and isinstance(message, dict) and message.get("id"):
        return f"chat:{place}:{message.get('id')}"
    return f"log:{place}:{item.get('rev')}:{item.get('$type')}"
