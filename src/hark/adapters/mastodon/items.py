"""What was read or heard, as raw items: the form in which it is kept, and the key under which it is kept once.

The body that `split` takes is `{"account": id, "entries": [{"kind", "item", "root"?, "at"?}]}`. Kinds: `notification`, `status`,
`edit` (a status whose text changed), `gone` (`{"id"}`), `push` (a web push that only wakes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hark.channels.contract import MalformedPayload, RawItem


class _Entry(msgspec.Struct):
    kind: str
    item: Any
    root: Any = None
    at: str | None = None


class _Body(msgspec.Struct):
    account: str
    entries: list[_Entry]


def split(body: bytes) -> list[RawItem]:
    """Raises MalformedPayload."""
    try:
        read = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedPayload(f"not a list of things from Mastodon: {error}") from error
    found = (raw_item(read.account, each.kind, each.item, each.root, each.at) for each in read.entries)
    unique: dict[str, RawItem] = {}
    for item in found:
        unique.setdefault(item.dedup_key, item)
    return list(unique.values())


def raw_item(
    account: str, kind: str, item: Any, root: Mapping[str, Any] | None = None, at: str | None = None
) -> RawItem:
    entry: dict[str, Any] = {"account": account, "kind": kind, "item": item}
    if root is not None:
        entry["root"] = root
    if at is not None:
        entry["at"] = at
    return RawItem(_key(kind, item)[:500], msgspec.json.encode(entry), account)


def _key(kind: str, item: Any) -> str:
    """The same for one thing, by whichever way it came: a mention is its status, however often it is told."""
    if not isinstance(item, dict):
        return f"{kind}:{msgspec.json.encode(item).decode()}"
    if kind == "notification":
        status = item.get("status")
        told = str(item.get("type"))
        if told in {"mention", "quote"} and isinstance(status, dict):
            return f"status:{status.get('id')}"
        if told in {"update", "quoted_update"} and isinstance(status, dict):
            return f"edit:{status.get('id')}:{status.get('edited_at')}"
        return f"notification:{told}:{item.get('id')}"
    if kind == "edit":
        return f"edit:{item.get('id')}:{item.get('edited_at')}"
    return f"{kind}:{item.get('id') or item.get('notification_id')}"


def entry_of(event: str, payload: Any) -> tuple[str, Any] | None:
    """A stream's event as kind and item; None for what is no event of an inbox (announcements, changed filters)."""
    if event == "notification":
        return "notification", payload
    if event == "update":
        return "status", payload
    if event == "status.update":
        return "edit", payload
    if event == "delete":
        return "gone", {"id": str(payload)}
    if event == "conversation" and isinstance(payload, dict) and isinstance(payload.get("last_status"), dict):
        return "status", payload["last_status"]
    return None
