"""The events of a request into raw items, each with a key that every repetition has too."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from hark.channels.contract import MalformedPayload, RawItem
from hark.kernel.loose_json import read_loosely

LONGEST_KEY = 400


def split(body: bytes) -> list[RawItem]:
    """A batch, or a single event. Raises MalformedPayload."""
    value = _read(body)
    if not isinstance(value, dict):
        raise MalformedPayload("the body is not an object")
    events = value.get("events", [value] if "type" in value else None)
    if not isinstance(events, list):
        raise MalformedPayload("the body has neither a list of events nor a type")
    items = [_item(event) for event in events]
    return list({item.dedup_key: item for item in items}.values())


def _item(event: Any) -> RawItem:
    payload = msgspec.json.encode(event)
    if isinstance(event, dict) and event.get("type") == "message":
        message_id = event.get("id")
        if isinstance(message_id, str) and 0 < len(message_id) <= LONGEST_KEY:
            return RawItem(f"message:{message_id}", payload)
    kind = event.get("type") if isinstance(event, dict) else None
    word = kind if isinstance(kind, str) and len(kind) < 40 else "event"
    return RawItem(f"{word}:{hashlib.blake2b(payload, digest_size=20).hexdigest()}", payload)


def _read(body: bytes) -> Any:
    """The body as plain values, every text storable."""
    try:
        return read_loosely(body)
    except ValueError as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error
