"""Rows of conversations in the form of notifications, so that history goes the same way and under the same
keys as live events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hark.adapters._meta.graph import rows_of
from hark.adapters._meta.items import make_item
from hark.adapters._meta.wire import instant, text_id
from hark.channels.contract import RawItem

_KINDS = {"image_data": "image", "video_data": "video"}


def message_items(
    account_id: str,
    customer: str | None,
    row: Mapping[str, Any],
    share: str = "fallback",
    handle: str | None = None,
) -> Iterator[RawItem]:
    """A message of a conversation, then the reactions to it; nothing when its id or its other side is not told."""
    mid, sender = text_id(row.get("id")), id_of(row.get("from"))
    ours = is_us(row.get("from"), account_id, handle)
    customer = customer or (_recipient(row, account_id) if ours else sender)
    if mid is None or customer is None:
        return
    body = filled(
        mid=mid,
        text=row.get("message"),
        attachments=list(_attachments(row, share)),
        reply_to=_quoted(row),
        is_echo=True if ours else None,
        is_unsupported=True if row.get("is_unsupported") else None,
    )
    sides = (account_id, customer) if ours else (customer, account_id)
    at = _milliseconds(row.get("created_time"))
    yield _messaging(account_id, sides, at, message=body)
    for reaction, person in _reactions(row):
        told = {"mid": mid, "action": "react", "reaction": reaction}
        yield _messaging(account_id, (person, account_id), at, reaction=told)


def _messaging(account_id: str, sides: tuple[str, str], at: int | None, **event: Any) -> RawItem:
    parties = {"sender": {"id": sides[0]}, "recipient": {"id": sides[1]}}
    return make_item(account_id, at, "messaging", {**parties, "timestamp": at, **event}, lambda _: None)


def _recipient(row: Mapping[str, Any], account_id: str) -> str | None:
    people = (text_id(person.get("id")) for person in rows_of(row.get("to")))
    return next((person for person in people if person and person != account_id), None)


def _attachments(row: Mapping[str, Any], share: str) -> Iterator[dict[str, Any]]:
    for attachment in rows_of(row.get("attachments")):
        yield _attachment(attachment)
    sticker = row.get("sticker")
    if isinstance(sticker, str) and sticker:
        yield {"type": "sticker", "payload": {"url": sticker}}
    mention = _part(row.get("story"), "mention")
    if mention is not None:
        yield {"type": "story_mention", "payload": filled(url=mention.get("link"))}
    for shared in rows_of(row.get("shares")):
        yield {"type": share, "payload": filled(url=shared.get("link"), title=shared.get("name"))}


def _attachment(attachment: Mapping[str, Any]) -> dict[str, Any]:
    """European privacy rules may leave only a name; then there is an attachment without an address."""
    for key, kind in _KINDS.items():
        data = attachment.get(key)
        if isinstance(data, dict):
            return {"type": kind, "payload": filled(url=data.get("url"))}
    mime = str(attachment.get("mime_type") or "")
    kind = "audio" if mime.startswith("audio/") else "file"
    return {"type": kind, "payload": filled(url=attachment.get("file_url"))}


def _quoted(row: Mapping[str, Any]) -> dict[str, Any]:
    """The story that a message answers."""
    story = _part(row.get("story"), "reply_to")
    return {"story": filled(id=text_id(story.get("id")), url=story.get("link"))} if story else {}


def _reactions(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for reaction in rows_of(row.get("reactions")):
        users = reaction.get("users")
        for user in users if isinstance(users, list) else ():
            name, person = text_id(reaction.get("reaction")), id_of(user)
            if name and person:
                yield name, person


def _part(thing: Any, key: str) -> dict[str, Any] | None:
    part = thing.get(key) if isinstance(thing, dict) else None
    return part if isinstance(part, dict) else None


def _milliseconds(time: Any) -> int | None:
    at = instant(time)
    return int(at.timestamp() * 1000) if at else None


def id_of(thing: Any) -> str | None:
    return text_id(thing.get("id")) if isinstance(thing, dict) else None


def is_us(person: Any, account_id: str, handle: str | None = None) -> bool:
    """Whether a face of a list is the account: by its id, or by its user name where one account has several ids."""
    if not isinstance(person, dict):
        return False
    return id_of(person) == account_id or (handle is not None and person.get("username") == handle)


def filled(**known: Any) -> dict[str, Any]:
    """What is known; keys without a value are left out, as Meta does."""
    return {key: value for key, value in known.items() if value not in (None, "", [], {})}
