"""Page notifications: one raw item per element, in body order, each with a key that every redelivery
repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from hark.adapters._meta.payloads import Channel, Envelope
from hark.adapters._meta.signature import challenge, verify
from hark.adapters._meta.wire import read_json, text_id
from hark.channels.contract import MalformedPayload, RawItem

__all__ = ["challenge", "raw_item", "split", "verify"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
LONGEST_KEY = 400
_ID_OF = {"comment": "comment_id", "rating": "open_graph_story_id", "post": "post_id"}


def split(body: bytes) -> list[RawItem]:
    """The elements of a body that is about pages. Raises MalformedPayload when it is no notification at all.

    A body about another object, and an entry that only names changed fields, give nothing.
    """
    notification = read_json(body)
    if not isinstance(notification, dict):
        raise MalformedPayload("the body is not an object")
    if notification.get("object") != "page":
        return []
    entries = notification.get("entry")
    if not isinstance(entries, list):
        raise MalformedPayload("the body has no list of entries")
    return [item for entry in entries for item in _items_of(entry)]


def _items_of(entry: Any) -> Iterator[RawItem]:
    if not isinstance(entry, dict):
        raise MalformedPayload("an entry is not an object")
    for channel in CHANNELS:
        elements = entry.get(channel)
        if elements is None:
            continue
        if not isinstance(elements, list):
            raise MalformedPayload(f"{channel} is not a list")
        for element in elements:
            yield raw_item(text_id(entry.get("id")) or "", entry.get("time"), channel, element)


def raw_item(page_id: str, entry_time: Any, channel: Channel, item: Any) -> RawItem:
    """An element as it is stored, from a webhook or from history: both give the same key for the same
    thing."""
    time = entry_time if isinstance(entry_time, int | float | str) else None
    envelope = Envelope(entry_id=page_id, entry_time=time, channel=channel, item=item)
    key = _bounded(_creating_key(channel, item) or _state_key(envelope))
    return RawItem(key, msgspec.json.encode(envelope), platform_account_id=page_id or None)


def _creating_key(channel: Channel, item: Any) -> str | None:
    """What makes a thing happens once per thing: its kind and id."""
    if not isinstance(item, dict):
        return None
    return _change_key(item) if channel == "changes" else _messaging_key(item)


def _messaging_key(item: dict[str, Any]) -> str | None:
    message, postback = item.get("message"), item.get("postback")
    if isinstance(message, dict) and not message.get("is_deleted"):
        mid = text_id(message.get("mid"))
        return f"message:{mid}" if mid else None
    if isinstance(postback, dict):
        mid = text_id(postback.get("mid"))
        return f"postback:{mid}" if mid else None
    return None


def _change_key(item: dict[str, Any]) -> str | None:
    value, field = item.get("value"), item.get("field")
    if not isinstance(value, dict) or value.get("verb") != "add" or value.get("item") in ("reaction", "like"):
        return None
    kind = "post"
    if value.get("item") in ("comment", "rating"):
        kind = str(value["item"])
    thing = (
        text_id(value.get(_ID_OF[kind])) or text_id(value.get("comment_id")) or text_id(value.get("post_id"))
    )
    return f"{field}:{kind}:{thing}:add" if thing else None


def _state_key(envelope: Envelope) -> str:
    """A change of state may repeat with the same words (hide, show, hide): the time of the notification
    tells them apart."""
    parts = (envelope.entry_id, envelope.entry_time, envelope.channel, envelope.item)
    return "state:" + hashlib.blake2b(msgspec.json.encode(parts), digest_size=20).hexdigest()


def _bounded(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return "long:" + hashlib.blake2b(key.encode(), digest_size=20).hexdigest()
