"""One event into inbound events. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from hark.adapters.webhook import payloads
from hark.adapters.webhook.manifest import LARGEST_INLINE
from hark.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Edit,
    InboundEvent,
    Message,
    Post,
    Reachability,
    Reaction,
    Receipt,
    Source,
    Thread,
    Unrecognized,
)

_DECODER = msgspec.json.Decoder(payloads.Event)


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """Raises Unrecognized with the place and the reason, for whoever looks at what was put aside."""
    try:
        event = _DECODER.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"not an event of the schema: {error}") from error
    return [_READERS[type(event)](event, received_at)]


def _message(event: payloads.MessageEvent, received_at: datetime) -> Message:
    author = _author(event.author)
    attachments = tuple(map(_attachment, event.attachments))
    shown = bool(event.text or attachments or event.rating is not None or event.recommended is not None)
    return Message(
        id=event.id,
        thread=_thread(event, author, received_at),
        author=author,
        at=moment(event.at, received_at),
        text=event.text or None,
        attachments=attachments,
        quoted=event.quoted,
        rating=event.rating,
        recommended=event.recommended,
        unsupported=event.unsupported or (None if shown else "empty"),
        echo_of=event.echo_of,
        url=event.url,
        historic=event.historic,
        metadata=event.metadata,
    )


def _thread(event: payloads.MessageEvent, author: Author, received_at: datetime) -> Thread:
    given = event.thread
    customer = _author(given.customer) if given.customer else None
    if customer is None and event.source == "dm" and not author.us:
        customer = author
    post = given.post
    return Thread(
        source=Source(event.source),
        key=given.id,
        customer=None if customer is None or customer.us else customer,
        post=None
        if post is None
        else Post(
            id=post.id,
            url=post.url,
            text=post.text,
            author_name=post.author_name,
            picture_url=post.picture_url,
            kind=post.kind,
            at=moment(post.at, received_at) if post.at is not None else None,
        ),
        reply_to=given.reply_to,
    )


def _author(person: payloads.Person) -> Author:
    return Author(
        id=person.id,
        name=person.name or None,
        handle=person.handle or None,
        avatar_url=person.avatar_url,
        language=person.language,
        us=person.us,
    )


def _attachment(given: payloads.Attachment) -> Attachment:
    """A file inside the message becomes a `data:` address, which is read without a call."""
    url, skip = given.url, None
    if given.content is not None:
        url, skip = _inline(given)
    elif url is not None and not url.startswith(("https://", "http://")):
        url, skip = None, "The address of the file is not a web address."
    return Attachment(
        kind=given.kind,
        url=url,
        name=given.name,
        mime_type=given.mime_type,
        size=given.size,
        skip=skip,
        alt=given.alt,
        data=given.data,
    )


def _inline(given: payloads.Attachment) -> tuple[str | None, str | None]:
    content = given.content or ""
    if len(content) > LARGEST_INLINE * 4 // 3 + 4:
        return None, "The file inside the message is larger than 1 MiB. Send its address instead."
    try:
        clean = base64.b64encode(base64.b64decode(content, validate=True)).decode()
    except (binascii.Error, ValueError):
        return None, "The file inside the message is not base64."
    kind = given.mime_type or "application/octet-stream"
    return f"data:{kind};base64,{clean}", None


def _edit(event: payloads.EditEvent, received_at: datetime) -> Edit:
    return Edit(
        target=event.target,
        at=moment(event.at, received_at),
        text=event.text,
        attachments=None if event.attachments is None else tuple(map(_attachment, event.attachments)),
        hidden=event.hidden,
        rating=event.rating,
        recommended=event.recommended,
    )


def _deletion(event: payloads.DeletionEvent, received_at: datetime) -> Deletion:
    return Deletion(target=event.target, at=moment(event.at, received_at))


def _reaction(event: payloads.ReactionEvent, received_at: datetime) -> Reaction:
    at = moment(event.at, received_at)
    return Reaction(
        target=event.target, at=at, author=_author(event.author), emoji=tuple(dict.fromkeys(event.emoji))
    )


def _receipt(event: payloads.ReceiptEvent, received_at: datetime) -> Receipt:
    at = moment(event.at, received_at)
    if event.target:
        return Receipt(
            event.status,
            at,
            target=event.target,
            code=event.code,
            reason=event.reason,
            echo_of=event.echo_of,
        )
    if not event.thread or event.status not in {"delivered", "read"}:
        raise Unrecognized("a receipt for nothing: neither target nor thread")
    thread = Thread(source=Source.DM, key=event.thread)
    return Receipt(event.status, at, thread=thread, until=moment(event.until, at))


def _person(event: payloads.PersonEvent, received_at: datetime) -> Reachability:
    at = moment(event.at, received_at)
    return Reachability(author=_author(event.person), at=at, reachable=event.reachable)


def moment(value: Any, fallback: datetime) -> datetime:
    """A time as aware UTC; `fallback` where there is none, or none that a calendar has."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value, UTC)
        else:
            return fallback
    except (ValueError, OverflowError, OSError):
        return fallback
    return at if 1970 <= at.year < 2200 else fallback


_READERS: Mapping[type, Callable[[Any, datetime], InboundEvent]] = {
    payloads.MessageEvent: _message,
    payloads.EditEvent: _edit,
    payloads.DeletionEvent: _deletion,
    payloads.ReactionEvent: _reaction,
    payloads.ReceiptEvent: _receipt,
    payloads.PersonEvent: _person,
}
