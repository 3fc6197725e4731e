"""The events of a request into raw items, each with a key that every repetition has too."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import msgspec

from hark.channels.contract import MalformedPayload, RawItem
from hark.kernel.text import storable

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
        return _storable(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _storable(json.loads(body, parse_constant=_refuse, parse_float=_finite))
    except (ValueError, RecursionError) as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): _storable(item) for key, item in value.items()}
    return value
