"""Raw item to inbound events: pure, and total over what Threads sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from hark.adapters._meta.attachments import file_name
from hark.adapters._meta.pending import ask_for
from hark.adapters._meta.people import ANONYMOUS, first_instant
from hark.adapters._meta.wire import text_id
from hark.adapters.threads import payloads
from hark.adapters.threads.webhook import is_ambiguous
from hark.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Source,
    Thread,
    Unrecognized,
)

HIDDEN = frozenset({"HIDDEN", "COVERED", "BLOCKED", "RESTRICTED"})
FILES = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio", "CAROUSEL_ALBUM": "image", "GIF": "image"}


class Item(msgspec.Struct, frozen=True):
    id: str
    value: payloads.Value
    at: datetime
    told_at: datetime
    ambiguous: bool

    @property
    def root(self) -> str:
        """The post at the beginning; the thing itself where it begins something."""
        root = text_id(self.value.root_post.id) if self.value.root_post else None
        return root or (text_id(self.value.replied_to.id) if self.value.replied_to else None) or self.id

    @property
    def author(self) -> Author:
        """Threads names people by user name only."""
        name = self.value.username
        if not name:
            return Author(f"{ANONYMOUS}{self.id}")
        return Author(name, handle=name, us=self.value.us is True)


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """The events of one raw item. Raises Unrecognized for what no version of this adapter has been told about."""
    try:
        envelope = msgspec.json.decode(payload, type=payloads.Envelope)
        handle = _HANDLERS.get(envelope.field)
        if handle is None or envelope.value is None:
            at = first_instant(envelope.time, fallback=received_at)
            return [Ignored(f"field:{envelope.field}", at)]
        return handle(_read(envelope, received_at))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"the item has an unknown form: {error}") from error


def _read(envelope: payloads.Envelope, received_at: datetime) -> Item:
    value = msgspec.convert(envelope.value, payloads.Value)
    thing = text_id(value.id)
    if thing is None:
        raise Unrecognized(f"{envelope.field} without an id")
    told_at = first_instant(envelope.time, fallback=received_at)
    at = first_instant(value.timestamp, fallback=told_at)
    return Item(thing, value, at, told_at, is_ambiguous(envelope.value))


def _reply(item: Item) -> list[InboundEvent]:
    """A conversation is one person under one post; answers of ours belong to the person whom they answer."""
    if item.ambiguous:
        return [ask_for(item.id, item.at)]
    person = (item.value.to or item.value.username) if item.author.us else item.author.id
    return [_message(item, Source.COMMENT, f"{item.root}:{person}")]


def _mention(item: Item) -> list[InboundEvent]:
    return [_message(item, Source.MENTION, f"{item.root}:{item.author.id}")]


def _message(item: Item, source: Source, key: str) -> Message:
    value, files = item.value, _files(item.value)
    return Message(
        id=item.id,
        thread=Thread(
            source,
            key,
            post=Post(item.root, url=value.post_url, text=value.post_text),
            reply_to=_address(item),
        ),
        author=item.author,
        at=item.at,
        text=value.text or None,
        attachments=files,
        quoted=text_id(value.replied_to.id) if value.replied_to else None,
        unsupported=None if value.text or files else "text_not_sent",
        url=value.permalink,
    )


def _address(item: Item) -> dict[str, str]:
    """What an answer goes under: the person's reply; after one of ours the same as that."""
    replied = text_id(item.value.replied_to.id) if item.value.replied_to else None
    under = (replied or item.root) if item.author.us else item.id
    return {"post_id": item.root, "reply_to_id": under}


def _files(value: payloads.Value) -> tuple[Attachment, ...]:
    """Lists give addresses, notifications only the kind."""
    url = value.gif_url or value.media_url
    kind = FILES.get(value.media_type or "", "image" if value.gif_url else "")
    if url and kind:
        return (Attachment(kind, url=url, name=file_name(url)),)
    if kind and not value.text:
        return (Attachment(kind, skip="Threads gave no address for this file."),)
    return ()


def _deleted(item: Item) -> list[InboundEvent]:
    return [Deletion(item.id, item.told_at)]


def _hidden(item: Item) -> list[InboundEvent]:
    return [Edit(item.id, item.at, hidden=item.value.hide_status in HIDDEN)]


def _published(item: Item) -> list[InboundEvent]:
    return [Ignored("publish:own_post", item.at)]


_HANDLERS: Mapping[str, Callable[[Item], list[InboundEvent]]] = {
    "replies": _reply,
    "mentions": _mention,
    "delete": _deleted,
    "hide": _hidden,
    "publish": _published,
}
