"""Elements of notifications as raw items, each with a key that every redelivery repeats; history makes the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec

from hark.adapters._meta.payloads import Channel, Envelope
from hark.adapters._meta.wire import text_id
from hark.channels.contract import MalformedPayload, RawItem

CHANNELS: tuple[Channel, ...] = get_args(Channel)
LONGEST_KEY = 400

ChangeKey = Callable[[dict[str, Any]], "str | None"]
"""The key of a change that makes a thing; None for a change of state."""


def elements_of(entry: Any) -> Iterator[tuple[Channel, Any]]:
    """The elements of an entry with the list each stood in. Raises MalformedPayload."""
    if not isinstance(entry, dict):
        raise MalformedPayload("an entry is not an object")
    for channel in CHANNELS:
        elements = entry.get(channel)
        if elements is None:
            continue
        if not isinstance(elements, list):
            raise MalformedPayload(f"{channel} is not a list")
        for element in elements:
            yield channel, element


def entries_of(notification: Any, about: str) -> list[Any]:
    """The entries of a notification about `about`; none where it is about something else. Raises MalformedPayload."""
    if not isinstance(notification, dict):
        raise MalformedPayload("the body is not an object")
    if notification.get("object") != about:
        return []
    entries = notification.get("entry")
    if not isinstance(entries, list):
        raise MalformedPayload("the body has no list of entries")
    return entries


def make_item(
    account_id: str, entry_time: Any, channel: Channel, element: Any, change_key: ChangeKey
) -> RawItem:
    """An element as it is stored, from a notification or from history: both give the same key for the same thing."""
    time = entry_time if isinstance(entry_time, int | float | str) else None
    envelope = Envelope(entry_id=account_id, entry_time=time, channel=channel, item=element)
    key: str | None = None
    if isinstance(element, dict):
        key = change_key(element) if channel == "changes" else _messaging_key(element)
    payload = msgspec.json.encode(envelope)
    return RawItem(bounded(key or _state_key(envelope)), payload, platform_account_id=account_id or None)


def _messaging_key(item: dict[str, Any]) -> str | None:
    """What makes a thing happens once per thing: its kind and id."""
    message, postback = item.get("message"), item.get("postback")
    if isinstance(message, dict) and not message.get("is_deleted"):
        mid = text_id(message.get("mid"))
        return f"message:{mid}" if mid else None
    if isinstance(postback, dict):
        mid = text_id(postback.get("mid"))
        return f"postback:{mid}" if mid else None
    return None


def _state_key(envelope: Envelope) -> str:
    """A change of state may repeat with the same words (hide, show, hide): the time of the notification
    tells them apart."""
    parts = (envelope.entry_id, envelope.entry_time, envelope.channel, envelope.item)
    return "state:" + hashlib.blake2b(msgspec.json.encode(parts), digest_size=20).hexdigest()


def bounded(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return "long:" + hashlib.blake2b(key.encode(), digest_size=20).hexdigest()
