"""Notifications of Threads: another envelope than Meta's older products have."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from hark.adapters._meta.items import bounded
from hark.adapters._meta.signature import challenge, verify
from hark.adapters._meta.wire import read_json, text_id
from hark.adapters.threads.payloads import Envelope
from hark.channels.contract import MalformedPayload, RawItem

__all__ = ["challenge", "make_item", "split", "verify"]

KINDS = {"replies": "reply", "mentions": "mention", "delete": "delete", "publish": "publish", "hide": "hide"}
"""`hide` is ours: lists tell it, notifications do not."""


def split(body: bytes) -> list[RawItem]:
    """The values of a body. Raises MalformedPayload when it is no notification of Threads; one of another product gives
    nothing. Whose it is is told by the address: the ids in the body are of posts and of our subscription."""
    notification = read_json(body)
    if not isinstance(notification, dict):
        raise MalformedPayload("the body is not an object")
    if "object" in notification:
        return []
    values = notification.get("values")
    if isinstance(values, dict):
        values = [values]
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise MalformedPayload("the body has no values")
    time = notification.get("time")
    return [make_item(each.get("field"), each.get("value"), time) for each in values]


def make_item(field: Any, value: Any, time: Any = None) -> RawItem:
    """An element as it is stored, from a notification or from a list: both give the same key for the same thing."""
    at = time if isinstance(time, int | float | str) and not isinstance(time, bool) else None
    envelope = Envelope(field if isinstance(field, str) else "unknown", at, value)
    key = _key(envelope)
    return RawItem(bounded(key or _content_key(envelope)), msgspec.json.encode(envelope))


def _key(envelope: Envelope) -> str | None:
    value, kind = envelope.value, KINDS.get(envelope.field)
    thing = text_id(value.get("id")) if isinstance(value, dict) else None
    if kind is None or thing is None:
        return None
    if kind == "hide":
        return f"hide:{thing}:{value.get('hide_status')}"
    return f"told:{thing}" if kind == "reply" and is_ambiguous(value) else f"{kind}:{thing}"


def is_ambiguous(value: dict[str, Any]) -> bool:
    """A reply by the owner of the post: ours under our own post, a customer's under theirs. Only a list can tell."""
    root = value.get("root_post")
    owner = root.get("username") if isinstance(root, dict) else None
    return value.get("us") is None and owner is not None and owner == value.get("username")


def _content_key(envelope: Envelope) -> str:
    return "content:" + hashlib.blake2b(msgspec.json.encode(envelope), digest_size=20).hexdigest()
