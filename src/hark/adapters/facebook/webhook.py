"""Page notifications: one raw item per element, in body order."""

from __future__ import annotations

from typing import Any

from hark.adapters._meta.items import elements_of, entries_of, make_item
from hark.adapters._meta.payloads import Channel
from hark.adapters._meta.signature import challenge, verify
from hark.adapters._meta.wire import read_json, text_id
from hark.channels.contract import RawItem

__all__ = ["challenge", "raw_item", "split", "verify"]

FETCHED = "fetched"
"""Our own verb, beside Meta's: what was asked for because a notification had only told of it."""
_ID_OF = {"comment": "comment_id", "rating": "open_graph_story_id", "post": "post_id"}


def split(body: bytes) -> list[RawItem]:
    """The elements of a body that is about pages. Raises MalformedPayload when it is no notification at all.

    A body about another object, and an entry that only names changed fields, give nothing.
    """
    return [
        raw_item(text_id(entry.get("id")) or "", entry.get("time"), channel, element)
        for entry in entries_of(read_json(body), "page")
        for channel, element in elements_of(entry)
    ]


def raw_item(page_id: str, entry_time: Any, channel: Channel, item: Any) -> RawItem:
    """An element as it is stored, from a webhook or from history."""
    return make_item(page_id, entry_time, channel, item, _change_key)


def _change_key(item: dict[str, Any]) -> str | None:
    value, field = item.get("value"), item.get("field")
    if not isinstance(value, dict) or value.get("item") in ("reaction", "like"):
        return None
    verb = value.get("verb")
    if verb not in ("add", FETCHED):
        return None
    kind = "post"
    if value.get("item") in ("comment", "rating"):
        kind = str(value["item"])
    thing = (
        text_id(value.get(_ID_OF[kind])) or text_id(value.get("comment_id")) or text_id(value.get("post_id"))
    )
    return f"{field}:{kind}:{thing}:{verb}" if thing else None
