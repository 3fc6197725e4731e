"""Lists of threads and comments into raw items: one per comment, and one more for each of its edits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from hark.adapters.youtube.payloads import Item, What
from hark.channels.contract import MalformedPayload, RawItem
from hark.kernel.loose_json import read_loosely

LONGEST_KEY = 400


def split(body: bytes) -> list[RawItem]:
    """The comments of a list answer, of a batch with its `channel`, or of a single resource. Raises MalformedPayload."""
    batch = _read(body)
    if not isinstance(batch, dict):
        raise MalformedPayload("the body is not an object")
    resources = batch.get("items", [batch] if "snippet" in batch else None)
    if not isinstance(resources, list):
        raise MalformedPayload("the body has no list of items")
    channel, video = _text(batch.get("channel")) or "", _text(batch.get("video"))
    return items_of(resources, channel, video)


def items_of(resources: Sequence[Any], channel: str, video: str | None = None) -> list[RawItem]:
    """Raw items of comments and threads, in order, a thread's first comment before its replies."""
    found = (item for resource in resources for item in _of_resource(resource, channel, video))
    return list({(item.platform_account_id, item.dedup_key): item for item in found}.values())


def _of_resource(resource: Any, channel: str, video: str | None) -> Iterator[RawItem]:
    if isinstance(resource, dict) and resource.get("what") in ("deleted", "visibility"):
        yield _noticed(resource, channel)
        return
    snippet = resource.get("snippet") if isinstance(resource, dict) else None
    top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
    if not isinstance(resource, dict) or not isinstance(snippet, dict) or top is None:
        yield from _of_comment(resource, channel, video)
        return
    ours = channel or _text(snippet.get("channelId")) or ""
    film = _text(snippet.get("videoId")) or video
    yield from _of_comment(top, ours, film)
    replies = resource.get("replies")
    inline = replies.get("comments") if isinstance(replies, dict) else None
    for reply in inline if isinstance(inline, list) else ():
        yield from _of_comment(reply, ours, film)


def _noticed(change: dict[str, Any], channel: str) -> RawItem:
    """What comparing two lists showed: a comment that is gone (`deleted`), or hidden or shown again (`visibility`)."""
    what: What = "deleted" if change["what"] == "deleted" else "visibility"
    target, hidden, at = _text(change.get("target")), change.get("hidden"), _text(change.get("at"))
    if what == "deleted":
        return raw_item(what, channel, target, target=target, at=at)
    is_hidden = hidden if isinstance(hidden, bool) else None
    key = f"{target}:{is_hidden}:{at}" if target else None
    return raw_item(what, channel, key, target=target, hidden=is_hidden, at=at)


def _of_comment(comment: Any, channel: str, video: str | None) -> Iterator[RawItem]:
    """A comment under its id; where it was edited, the words of now under the time of the edit."""
    snippet = comment.get("snippet") if isinstance(comment, dict) else None
    given = snippet if isinstance(snippet, dict) else {}
    comment_id = _text(comment.get("id")) if isinstance(comment, dict) else None
    yield raw_item("comment", channel, comment_id, comment=comment, video=video)
    published, updated = instant(given.get("publishedAt")), instant(given.get("updatedAt"))
    if comment_id and published and updated and updated > published:
        when = updated.isoformat()
        yield raw_item("edit", channel, f"{comment_id}:{when}", comment=comment, video=video)


def raw_item(what: What, channel: str, key: str | None, **given: Any) -> RawItem:
    payload = msgspec.json.encode(Item(channel=channel, what=what, **given))
    name = key or hashlib.blake2b(payload, digest_size=20).hexdigest()
    return RawItem(_bounded(f"{what}:{name}"), payload, platform_account_id=channel or None)


def _bounded(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return "long:" + hashlib.blake2b(key.encode(), digest_size=20).hexdigest()


def instant(value: Any) -> datetime | None:
    """A time as aware UTC; None where there is none, or none that a video site can have."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if 2005 <= at.year < 2100 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _read(body: bytes) -> Any:
    """The body as plain values, every text storable."""
    try:
        return read_loosely(body)
    except ValueError as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error
