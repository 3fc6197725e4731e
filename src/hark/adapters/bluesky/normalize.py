"""Raw item to inbound events: pure, and total over what the network sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.bluesky import chat, posts
from hark.adapters.bluesky.atproto import instant
from hark.adapters.bluesky.payloads import ChatMessage, Commit, Entry, Log, PostView
from hark.channels.contract import Deletion, InboundEvent, Unrecognized


class _Gone(msgspec.Struct):
    uri: str


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """The events of one raw item. Raises Unrecognized."""
    try:
        entry = msgspec.json.decode(payload, type=Entry)
        return _events(entry, received_at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"the item has an unknown form: {error}") from error


def _events(entry: Entry, received_at: datetime) -> list[InboundEvent]:
    if entry.kind == "post":
        return posts.from_post(entry.account, _read(entry, PostView), received_at)
    if entry.kind == "log":
        return chat.from_log(entry, _read(entry, Log), received_at)
    if entry.kind == "message":
        return chat.from_history(entry, _read(entry, ChatMessage), received_at)
    if entry.kind == "edit":
        return posts.from_edit(_read(entry, PostView), received_at)
    if entry.kind == "gone":
        return [Deletion(_read(entry, _Gone).uri, instant(entry.at) or received_at)]
    if entry.kind == "commit":
        return posts.from_commit(entry.account, _read(entry, Commit), received_at)
    if entry.kind == "actor":
        return posts.from_actor(_read(entry, dict), entry.account, received_at)
    raise Unrecognized(f"an item of kind {entry.kind!r}")


def _read(entry: Entry, shape: Any) -> Any:
    return msgspec.json.decode(entry.item, type=shape)
