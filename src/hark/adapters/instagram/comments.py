"""Elements of `changes[]`: comments, comments of live broadcasts, mentions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from hark.adapters._meta.attachments import file_name
from hark.adapters._meta.payloads import Envelope, Id
from hark.adapters._meta.pending import ask_for
from hark.adapters._meta.people import ANONYMOUS, first_instant
from hark.adapters._meta.wire import text_id
from hark.adapters.instagram import payloads
from hark.adapters.instagram.webhook import FETCHED, HIDDEN, SHOWN
from hark.channels.contract import (
    Attachment,
    Author,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Source,
    Thread,
    Unrecognized,
)

NOT_SENT = "text_not_sent"
MENTION = f"{ANONYMOUS}mention:"
"""Beginning of the made-up author of a mention; the ids after it let the real name be asked for."""
ADS = frozenset({"AD"})
LIVE = "LIVE"


class Item(msgspec.Struct, frozen=True):
    """A change with what every event needs from it. Instagram gives comments no time: that of the notification counts."""

    account_id: str
    field: str
    value: payloads.Value
    at: datetime


def from_change(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    change = msgspec.convert(envelope.item, payloads.Change)
    handle = _HANDLERS.get(change.field or "")
    if handle is None or change.value is None:
        at = first_instant(envelope.entry_time, fallback=received_at)
        return [Ignored(f"field:{change.field}", at)]
    value = msgspec.convert(change.value, payloads.Value)
    at = first_instant(value.timestamp, envelope.entry_time, fallback=received_at)
    return handle(Item(envelope.entry_id, change.field or "", value, at))


def _comment(item: Item) -> list[InboundEvent]:
    comment_id = _required(item.value.id or item.value.comment_id, "a comment")
    if item.value.verb in {HIDDEN, SHOWN}:
        return [Edit(comment_id, item.at, hidden=item.value.verb == HIDDEN)]
    text = item.value.text or None
    return [
        Message(
            id=comment_id,
            thread=_comment_thread(item, comment_id),
            author=_author(item, comment_id),
            at=item.at,
            text=text,
            unsupported=None if text else NOT_SENT,
            metadata=_metadata(item),
        )
    ]


def _comment_thread(item: Item, comment_id: str) -> Thread:
    """A thread is a comment on the media and its answers: Instagram has only these two levels."""
    root = text_id(item.value.parent_id) or comment_id
    media = item.value.media
    media_id = text_id(media.id) if media else None
    reply_to = {"comment_id": root, **({"media_id": media_id} if media_id else {})}
    if _is_live(item):
        reply_to["live"] = "1"
    return Thread(Source.COMMENT, root, post=_post(media, media_id), reply_to=reply_to)


def _is_live(item: Item) -> bool:
    media = item.value.media
    return item.field == "live_comments" or (media is not None and media.media_product_type == LIVE)


def _post(media: payloads.Media | None, media_id: str | None) -> Post | None:
    if media is None or media_id is None:
        return None
    is_ad = media.media_product_type in ADS or media.ad_id is not None
    kind = "ad" if is_ad else "organic" if media.media_product_type else None
    return Post(media_id, url=media.permalink, text=media.caption or media.ad_title, kind=kind)


def _author(item: Item, comment_id: str) -> Author:
    """Ours when the id is the account's, or Instagram says so by the id that we have for ourselves."""
    person = item.value.from_
    known = text_id(person.id) if person else None
    handle = (person.username if person else None) or item.value.username
    if person is not None and (known == item.account_id or person.self_ig_scoped_id is not None):
        return Author(item.account_id, handle=handle, us=True)
    if known is None:
        return Author(f"{ANONYMOUS}{comment_id}", name=handle, handle=handle)
    return Author(known, handle=handle)


def _metadata(item: Item) -> dict[str, str]:
    media = item.value.media
    found = {
        "live": "true" if _is_live(item) else None,
        "ad_id": text_id(media.ad_id) if media else None,
        "original_media_id": text_id(media.original_media_id) if media else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _mention(item: Item) -> list[InboundEvent]:
    """A mention names ids only: it is shown at once, and its text asked for."""
    value = item.value
    comment_id, media_id = text_id(value.comment_id or value.id), text_id(value.media_id)
    thing = comment_id or media_id
    if thing is None:
        raise Unrecognized("a mention without ids")
    if value.verb == FETCHED:
        return _told(item, thing)
    known = {"media_id": media_id, "comment_id": comment_id}
    thread = Thread(
        Source.MENTION,
        thing,
        post=Post(media_id) if media_id else None,
        reply_to={key: name for key, name in known.items() if name},
    )
    author = Author(f"{MENTION}{media_id or ''}:{comment_id or ''}")
    message = Message(id=thing, thread=thread, author=author, at=item.at, unsupported=NOT_SENT)
    return [message, ask_for(thing, item.at, media_id=media_id, comment_id=comment_id)]


def _told(item: Item, thing: str) -> list[InboundEvent]:
    value = item.value
    picture = _picture(value)
    if not value.text and picture is None:
        return [Ignored("mentions:nothing_to_show", item.at)]
    return [Edit(thing, item.at, text=value.text or None, attachments=(picture,) if picture else None)]


def _picture(value: payloads.Value) -> Attachment | None:
    """What was published with our name in its caption."""
    if not value.media_url or value.comment_id:
        return None
    kind = "video" if value.media_type == "VIDEO" else "image"
    return Attachment(kind, url=value.media_url, name=file_name(value.media_url))


_HANDLERS: Mapping[str, Callable[[Item], list[InboundEvent]]] = {
    "comments": _comment,
    "live_comments": _comment,
    "mentions": _mention,
}


def _required(value: Id, what: str) -> str:
    found = text_id(value)
    if found is None:
        raise Unrecognized(f"{what} without its id")
    return found
