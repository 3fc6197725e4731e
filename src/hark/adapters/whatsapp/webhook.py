"""Notifications about a WhatsApp account: one raw item per message, status or change, in body order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hark.adapters._meta.signature import challenge, verify
from hark.adapters._meta.wire import read_json, text_id
from hark.adapters.whatsapp.payloads import Kind
from hark.channels.contract import MalformedPayload, RawItem

__all__ = ["challenge", "split", "verify"]

OBJECT = "whatsapp_business_account"
LONGEST_KEY = 400
_LISTS: Mapping[str, tuple[tuple[str, Kind], ...]] = {
    "messages": (("messages", "message"), ("statuses", "status")),
    "smb_message_echoes": (("message_echoes", "echo"),),
    "standby": (("messages", "standby"), ("standby", "standby"), ("statuses", "status")),
    "calls": (("calls", "call"), ("statuses", "call_status")),
    "user_preferences": (("user_preferences", "preference"),),
    "user_id_update": (("user_id_update", "id_update"),),
}
"""Where the elements of a field stand, and what they are."""


def split(body: bytes) -> list[RawItem]:
    """The elements of a body that is about WhatsApp accounts. Raises MalformedPayload when it is no notification
    at all. A body about another object, and an entry that only names changed fields, give nothing."""
    notification = read_json(body)
    if not isinstance(notification, dict):
        raise MalformedPayload("the body is not an object")
    if notification.get("object") != OBJECT:
        return []
    entries = notification.get("entry")
    if not isinstance(entries, list):
        raise MalformedPayload("the body has no list of entries")
    items = (item for entry in entries for item in _items_of(entry))
    return list({(item.platform_account_id, item.dedup_key): item for item in items}.values())


def _items_of(entry: Any) -> Iterator[RawItem]:
    if not isinstance(entry, dict):
        raise MalformedPayload("an entry is not an object")
    changes = entry.get("changes")
    if changes is None:
        return
    if not isinstance(changes, list):
        raise MalformedPayload("changes is not a list")
    for change in changes:
        yield from _items_of_change(entry, change)


def _items_of_change(entry: dict[str, Any], change: Any) -> Iterator[RawItem]:
    field = change.get("field") if isinstance(change, dict) else None
    value = change.get("value") if isinstance(change, dict) else None
    field = field if isinstance(field, str) else ""
    if not isinstance(value, dict):
        yield _item(entry, field, {}, "change", change)
        return
    found = list(_elements(field, value))
    for kind, element in found:
        yield _item(entry, field, value, kind, element)
    if not found:
        yield _item(entry, field, value, "change", value)


def _elements(field: str, value: dict[str, Any]) -> Iterator[tuple[Kind, Any]]:
    if field == "history":
        yield from _history(value)
        return
    for name, kind in _LISTS.get(field, ()):
        elements = value.get(name)
        if elements is not None and not isinstance(elements, list):
            raise MalformedPayload(f"{name} is not a list")
        for element in elements or ():
            yield kind, element


def _history(value: dict[str, Any]) -> Iterator[tuple[Kind, Any]]:
    """Chats from before the connection, in chunks of threads; files of theirs come later, as messages of their own."""
    chunks = value.get("history")
    for chunk in chunks if isinstance(chunks, list) else ():
        threads = chunk.get("threads") if isinstance(chunk, dict) else None
        for thread in threads if isinstance(threads, list) else ():
            messages = thread.get("messages") if isinstance(thread, dict) else None
            for message in messages if isinstance(messages, list) else ():
                if isinstance(message, dict):
                    yield "history", {**message, "thread_id": thread.get("id")}
    files = value.get("messages")
    for message in files if isinstance(files, list) else ():
        yield "history_file", message


def _item(entry: dict[str, Any], field: str, value: dict[str, Any], kind: Kind, element: Any) -> RawItem:
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    phone_id = text_id(metadata.get("phone_number_id"))
    payload = {
        "waba_id": text_id(entry.get("id")) or "",
        "phone_number_id": phone_id or "",
        "display_number": text_id(metadata.get("display_phone_number")) or "",
        "time": entry.get("time") if isinstance(entry.get("time"), int | float | str) else None,
        "field": field,
        "kind": kind,
        "contact": _contact_of(element, value.get("contacts")),
        "errors": value.get("errors") if kind != "change" else None,
        "item": element,
    }
    key = _creating_key(kind, element) or _state_key(payload)
    return RawItem(_bounded(key), msgspec.json.encode(payload), platform_account_id=phone_id)


def _contact_of(element: Any, contacts: Any) -> dict[str, Any] | None:
    """Whom the element is from, among all people of the change."""
    people = [one for one in contacts if isinstance(one, dict)] if isinstance(contacts, list) else []
    if not isinstance(element, dict) or not people:
        return None
    given = {
        text_id(element.get(key))
        for key in ("from", "from_user_id", "to", "to_user_id", "recipient_id", "recipient_user_id", "wa_id")
    }
    for person in people:
        if {text_id(person.get("wa_id")), text_id(person.get("user_id"))} & (given - {None}):
            return person
    return people[0] if len(people) == 1 and not given - {None} else None


def _creating_key(kind: Kind, element: Any) -> str | None:
    if not isinstance(element, dict):
        return None
    thing = text_id(element.get("id"))
    if thing is None:
        return None
    if kind in ("message", "echo", "standby", "history"):
        return f"message:{thing}"
    if kind == "history_file":
        return f"file:{thing}"
    if kind == "status":
        who = text_id(element.get("recipient_participant_id")) or text_id(element.get("recipient_id")) or ""
        group = f":{who}" if element.get("recipient_type") == "group" else ""
        return f"status:{thing}:{text_id(element.get('status'))}{group}"
    if kind == "call":
        return f"call:{thing}:{text_id(element.get('event'))}"
    return None


def _state_key(payload: dict[str, Any]) -> str:
    return "state:" + hashlib.blake2b(msgspec.json.encode(payload), digest_size=20).hexdigest()


def _bounded(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return "long:" + hashlib.blake2b(key.encode(), digest_size=20).hexdigest()
