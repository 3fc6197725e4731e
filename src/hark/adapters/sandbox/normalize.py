"""One event of the network into inbound events. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec

from hark.adapters.sandbox import payloads
from hark.channels.contract import (
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reachability,
    Reaction,
    Receipt,
    Source,
    Thread,
    ThreadMoved,
    Unrecognized,
    Unsupported,
)

E = TypeVar("E", bound=payloads.EventHead)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_000
"""The last millisecond-exact second of the year 9999, beyond which a datetime cannot go."""


class Given(NamedTuple):
    """What a reader of one kind gets besides the event's own bytes."""

    raw: bytes
    us: str
    received_at: datetime

    def event(self, shape: type[E]) -> E:
        return msgspec.json.decode(self.raw, type=shape)

    def at(self, event: payloads.EventHead) -> datetime:
        return moment(event.at, self.received_at)


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    try:
        item = msgspec.json.decode(payload, type=payloads.Item)
        head = msgspec.json.decode(item.event, type=payloads.EventHead)
        read = _KINDS.get(head.kind)
        if read is None:
            raise Unrecognized(f"unknown kind {head.kind[:80]!r}")
        return [read(Given(bytes(item.event), item.account, received_at))]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unrecognized(f"not an event of the sandbox network: {error}") from error


def moment(milliseconds: float | None, fallback: datetime) -> datetime:
    """The network's time; the time of receipt where there is none or none that a calendar has."""
    if milliseconds is None or not 0 <= milliseconds <= _LATEST:
        return fallback
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _created(source: Source) -> Callable[[Given], InboundEvent]:
    def read(given: Given) -> InboundEvent:
        event = given.event(payloads.CreatedEvent)
        item = event.item
        author = _author(item.author, given.us)
        return Message(
            id=item.id,
            thread=_thread(source, item, author, given.us),
            author=author,
            at=given.at(event),
            text=item.text,
            attachments=tuple(_attachment(media) for media in item.media),
            quoted=item.quoted,
            group=item.album,
            position=item.position,
            rating=item.rating,
            recommended=item.recommended,
            postback=item.button,
            unsupported=None if item.content == "text" else item.content,
            echo_of=item.reference,
            metadata={"url": item.url} if item.url else {},
        )

    return read


def _thread(source: Source, item: payloads.Created, author: Author, us: str) -> Thread:
    if source is Source.DM:
        partner = _author(item.partner, us) if item.partner else None
        return Thread(source=source, key=item.thread, customer=partner if author.us else author)
    post = item.post
    return Thread(
        source=source,
        key=item.thread,
        post=Post(id=post.id, url=post.url, text=post.text, author_name=post.author_name) if post else None,
        reply_to={"in_reply_to": item.thread},
    )


def _author(person: payloads.Person, us: str) -> Author:
    return Author(
        id=person.id,
        name=person.name,
        handle=person.handle,
        avatar_url=person.avatar_url,
        language=person.language,
        us=person.id == us,
    )


def _attachment(media: payloads.Media) -> Attachment:
    return Attachment(
        kind=media.kind,
        file_id=None if media.unavailable else media.id,
        name=media.name,
        mime_type=media.mime_type,
        size=media.size,
        width=media.width,
        height=media.height,
        duration=media.duration,
        skip=media.unavailable,
        alt=media.alt,
        data=media.data,
    )


def _changed(given: Given) -> InboundEvent:
    event = given.event(payloads.ChangedEvent)
    change = event.change
    return Edit(
        target=change.target,
        at=given.at(event),
        text=change.text,
        attachments=None if change.media is None else tuple(_attachment(media) for media in change.media),
        hidden=change.hidden,
        rating=change.rating,
    )


def _deleted(given: Given) -> InboundEvent:
    event = given.event(payloads.DeletedEvent)
    return Deletion(target=event.target, at=given.at(event))


def _reacted(given: Given) -> InboundEvent:
    event = given.event(payloads.ReactedEvent)
    author = _author(event.author, given.us)
    return Reaction(target=event.target, at=given.at(event), author=author, emoji=tuple(event.emoji))


def _receipt(given: Given) -> InboundEvent:
    event = given.event(payloads.ReceiptEvent)
    if event.status not in {"sent", "delivered", "read", "failed"}:
        return Ignored(reason=f"receipt:{event.status}"[:80], at=given.at(event))
    at = given.at(event)
    if event.target is not None:
        return Receipt(
            status=event.status,
            at=at,
            target=event.target,
            code=event.code,
            reason=event.reason,
            echo_of=event.reference,
        )
    if event.thread is None or event.status not in {"delivered", "read"}:
        raise Unrecognized("a receipt for nothing: neither target nor thread")
    thread = Thread(source=Source.DM, key=event.thread)
    return Receipt(status=event.status, at=at, thread=thread, until=moment(event.until, at))


def _reachable(reachable: bool) -> Callable[[Given], InboundEvent]:
    def read(given: Given) -> InboundEvent:
        event = given.event(payloads.PersonEvent)
        return Reachability(author=_author(event.person, given.us), at=given.at(event), reachable=reachable)

    return read


def _call(given: Given) -> InboundEvent:
    event = given.event(payloads.ThreadEvent)
    thread = Thread(source=Source.DM, key=event.thread, customer=_author(event.person, given.us))
    return Unsupported(thread=thread, at=given.at(event), what=event.kind, payload=event.details)


def _moved(given: Given) -> InboundEvent:
    event = given.event(payloads.MovedEvent)
    return ThreadMoved(old=event.old, new=event.new, at=given.at(event))


def _notice(given: Given) -> InboundEvent:
    event = given.event(payloads.NoticeEvent)
    return AccountNotice(code=event.code, at=given.at(event), alert=event.message)


def _ignored(given: Given) -> InboundEvent:
    event = given.event(payloads.EventHead)
    return Ignored(reason=event.kind, at=given.at(event))


_KINDS: dict[str, Callable[[Given], Any]] = {
    "message": _created(Source.DM),
    "comment": _created(Source.COMMENT),
    "mention": _created(Source.MENTION),
    "review": _created(Source.REVIEW),
    "edit": _changed,
    "media": _changed,
    "delete": _deleted,
    "react": _reacted,
    "receipt": _receipt,
    "block": _reachable(False),
    "unblock": _reachable(True),
    "call": _call,
    "thread_moved": _moved,
    "notice": _notice,
    "typing": _ignored,
    "follow": _ignored,
}
