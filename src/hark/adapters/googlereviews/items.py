"""Reviews and their answers as raw items: each under a key that changes when it does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from hark.adapters.googlereviews.names import location_of, review_id
from hark.adapters.googlereviews.payloads import Envelope, Kind
from hark.channels.contract import RawItem

LONGEST_KEY = 480


def items_of(location: str | None, row: Mapping[str, Any]) -> list[RawItem]:
    """A review, and its answer where it has one. `location` None: the one in the review's name."""
    place = location or location_of(row.get("name"))
    found = review_id(row.get("reviewId")) or review_id(str(row.get("name") or "").rpartition("/")[2])
    if found is None:
        return [item_of("review", place, row, f"review:unnamed:{_digest(row)}")]
    items = [item_of("review", place, row, f"review:{found}:{_word(row.get('updateTime'))}")]
    reply = row.get("reviewReply")
    if isinstance(reply, dict):
        state = f"{_word(reply.get('updateTime'))}:{_word(reply.get('reviewReplyState'))}"
        items.append(item_of("reply", place, row, f"reply:{found}:{state}"))
    return items


def item_of(kind: Kind, location: str | None, item: Any, key: str, at: str | None = None) -> RawItem:
    payload = msgspec.json.encode(Envelope(kind, item, location, at))
    if len(key) > LONGEST_KEY:
        key = f"long:{_digest(key)}"
    return RawItem(key, payload, platform_account_id=location)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _digest(value: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=20).hexdigest()
