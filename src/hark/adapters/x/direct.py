"""Direct messages: the object of the webhooks and the row of a list become the same event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from hark.adapters.x.media import attachments_of
from hark.adapters.x.payloads import Dm, DmAttachment, DmEvent, Entities, Known, Link, Location, Media
from hark.adapters.x.people import SITE, author_of, pair_key
from hark.adapters.x.text import plain, post_in
from hark.adapters.x.wire import millis, minted, text_id, written
from hark.channels.contract import Attachment, Ignored, InboundEvent, Message, Source, Thread, Unrecognized


class Read(msgspec.Struct, frozen=True):
    """A direct message, whatever form it came in. `other` is None for our own words in a group."""

    id: str
    sender: str
    other: str | None
    conversation: str
    at: datetime
    text: str
    attachments: tuple[Attachment, ...]
    postback: str | None = None
    unsupported: str | None = None
    metadata: dict[str, str] = {}


def from_dm(known: Known, received_at: datetime) -> list[InboundEvent]:
    """The object of both webhooks."""
    dm = msgspec.json.decode(known.item, type=Dm)
    if dm.type not in {None, "message_create"}:
        raise Unrecognized(f"a direct message event of type {dm.type!r}")
    create, own = dm.message_create, text_id(dm.id)
    sender = text_id(create.sender_id) if create else None
    recipient = text_id(create.target.recipient_id) if create and create.target else None
    if create is None or own is None or sender is None:
        raise Unrecognized("a direct message without id or sender")
    data = create.message_data
    text, entities = (data.text, data.entities) if data else (None, None)
    attachment = data.attachment if data else None
    other = recipient if sender == known.account else sender
    conversation = text_id(dm.dm_conversation_id) or (pair_key(sender, recipient) if recipient else sender)
    links = _links(entities)
    read = Read(
        id=own,
        sender=sender,
        other=other,
        conversation=conversation,
        at=millis(dm.created_timestamp) or minted(own) or received_at,
        text=plain(text, links, gone=_media_links(attachment)),
        attachments=(*_attached(attachment), *_shared(links)),
        postback=data.quick_reply_response.metadata if data and data.quick_reply_response else None,
        unsupported=_strange(attachment),
        metadata={"app": app} if (app := text_id(create.source_app_id)) else {},
    )
    return [_message(read, known)]


def from_dm_event(known: Known, received_at: datetime) -> list[InboundEvent]:
    """The row of a list. Coming and going in a group is no message."""
    row = msgspec.json.decode(known.item, type=DmEvent)
    if row.event_type in {"ParticipantsJoin", "ParticipantsLeave"}:
        return [Ignored("group_membership", written(row.created_at))]
    if row.event_type not in {None, "MessageCreate"}:
        raise Unrecognized(f"a direct message event of type {row.event_type!r}")
    own, sender, conversation = text_id(row.id), text_id(row.sender_id), text_id(row.dm_conversation_id)
    if own is None or sender is None or conversation is None:
        raise Unrecognized("a direct message without id, sender or conversation")
    keys = (row.attachments.media_keys if row.attachments else None) or []
    links = _links(row.entities)
    media = [each for each in known.media if each.media_key in keys]
    read = Read(
        id=own,
        sender=sender,
        other=sender if sender != known.account else _other_of(conversation, known.account),
        conversation=conversation,
        at=written(row.created_at) or minted(own) or received_at,
        text=plain(row.text, links),
        attachments=(*attachments_of(media), *_missing(keys, media), *_shared(links)),
    )
    return [_message(read, known)]


def _message(read: Read, known: Known) -> Message:
    customer = read.other if read.other != known.account else None
    group = "-" not in read.conversation
    reply_to = (
        {"conversation": read.conversation} if group else {"participant": customer or read.conversation}
    )
    thread = Thread(
        source=Source.DM,
        key=read.conversation,
        customer=author_of(customer, known.account, known.users) if customer else None,
        reply_to=reply_to,
    )
    return Message(
        id=read.id,
        thread=thread,
        author=author_of(read.sender, known.account, known.users),
        at=read.at,
        text=read.text or None,
        attachments=read.attachments,
        postback=read.postback,
        opens_window=read.sender != known.account,
        unsupported=read.unsupported,
        url=f"{SITE}/messages/{read.conversation}",
        metadata={**read.metadata, **({"group": True} if group else {})},
    )


def _other_of(conversation: str, account: str) -> str | None:
    """Whom a one-to-one conversation is with; a group's id is one number."""
    people = conversation.split("-")
    return next((person for person in people if person != account), None) if len(people) == 2 else None


def _links(entities: Entities | None) -> Sequence[Link]:
    return (entities.urls if entities else None) or ()


def _media_of(attachment: DmAttachment | None) -> Sequence[Media]:
    media = attachment.media if attachment else None
    return media if isinstance(media, list) else [media] if media else []


def _media_links(attachment: DmAttachment | None) -> Iterable[str]:
    """In v1.1 `url` of a file is its t.co in the text."""
    return [each.url for each in _media_of(attachment) if each.url and each.media_url_https]


def _attached(attachment: DmAttachment | None) -> tuple[Attachment, ...]:
    if attachment is None:
        return ()
    if attachment.location is not None:
        return _place(attachment.location)
    return attachments_of(_media_of(attachment))


def _place(location: Location) -> tuple[Attachment, ...]:
    """X writes longitude before latitude."""
    shared = location.shared_coordinate
    found = (shared.coordinates.coordinates if shared and shared.coordinates else None) or []
    if len(found) != 2:
        return (Attachment(kind="location", skip="X gave no coordinates."),)
    return (Attachment(kind="location", data={"latitude": found[1], "longitude": found[0]}),)


def _strange(attachment: DmAttachment | None) -> str | None:
    known = attachment is None or attachment.location is not None or bool(_media_of(attachment))
    return None if known or attachment is None else attachment.type or "attachment"


def _missing(keys: Sequence[str], media: Sequence[Media]) -> tuple[Attachment, ...]:
    """Files that the list names and does not describe."""
    described = {each.media_key for each in media}
    lost = [key for key in keys if key not in described]
    return tuple(Attachment(kind="file", skip="X gave no address for this file; open it on X.") for _ in lost)


def _shared(links: Iterable[Link]) -> tuple[Attachment, ...]:
    """Posts that a message shares."""
    posts = [(link, post) for link in links if (post := post_in(link))]
    return tuple(
        Attachment(kind="share", data={"post_id": post, "url": link.expanded_url}) for link, post in posts
    )
