"""What customers write, what was typed in the Business app beside us, and chats from before the connection."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from hark.adapters._meta.wire import text_id
from hark.adapters.whatsapp import payloads
from hark.adapters.whatsapp.content import Said, advertisement, said
from hark.adapters.whatsapp.payloads import Envelope
from hark.adapters.whatsapp.people import chat, group, moment, person, us
from hark.channels.contract import (
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Reaction,
    Thread,
    Unrecognized,
)

T = TypeVar("T")
PLACEHOLDER = "media_placeholder"
"""A file of an old chat, which comes later in a notification of its own, or not at all."""


def read(envelope: Envelope, shape: type[T]) -> T:
    return msgspec.convert(envelope.item, shape, strict=False)


class Item(msgspec.Struct, frozen=True):
    """A message with what every event needs from it."""

    id: str
    data: payloads.Message
    author: Author
    customer: Author | None
    thread: Thread
    at: datetime


def from_message(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    data = read(envelope, payloads.Message)
    message_id = text_id(data.id)
    if message_id is None:
        raise Unrecognized("a message without an id")
    ours = _is_ours(envelope, data)
    customer = _customer(envelope, data, ours)
    author = us(envelope) if ours or customer is None else customer
    item = Item(
        id=message_id,
        data=data,
        author=author,
        customer=customer,
        thread=_thread(data, customer, None if ours else message_id),
        at=moment(envelope, data.timestamp, received_at),
    )
    return [_event(envelope, item)]


def _is_ours(envelope: Envelope, data: payloads.Message) -> bool:
    if envelope.kind == "echo":
        return True
    context = data.history_context
    sender = text_id(data.from_)
    return bool(context and context.from_me) or (sender is not None and sender == envelope.display_number)


def _customer(envelope: Envelope, data: payloads.Message, ours: bool) -> Author | None:
    if not ours:
        return person(envelope, data.from_, data.from_user_id)
    if data.group_id is not None:
        return None
    return person(envelope, data.to or data.thread_id, data.to_user_id)


def _thread(data: payloads.Message, customer: Author | None, message_id: str | None) -> Thread:
    group_id = text_id(data.group_id)
    if group_id is not None:
        return group(group_id, message_id)
    if customer is None:
        raise Unrecognized("a message that names nobody")
    thread = chat(customer, message_id)
    post = advertisement(data.referral)
    return msgspec.structs.replace(thread, post=post) if post else thread


def _event(envelope: Envelope, item: Item) -> InboundEvent:
    kind = item.data.type
    if kind == "reaction":
        return _reaction(item)
    if kind == "edit":
        return _edit(item)
    if kind == "revoke":
        return Deletion(target=_target(item.data.revoke), at=item.at)
    if kind == "system":
        return _system(envelope, item)
    if envelope.kind == "history_file":
        return Edit(target=item.id, at=item.at, attachments=said(item.data).attachments)
    return _message(envelope, item)


def _message(envelope: Envelope, item: Item) -> Message:
    data, historic = item.data, envelope.kind == "history"
    content = said(data)
    if historic and data.type == PLACEHOLDER:
        content = Said(unsupported="media")
    context = data.context
    return Message(
        id=item.id,
        thread=item.thread,
        author=item.author,
        at=item.at,
        text=content.text or None,
        attachments=content.attachments,
        quoted=text_id(context.id) if context else None,
        postback=content.postback,
        unsupported=content.unsupported,
        standby=envelope.kind == "standby",
        historic=historic,
        metadata=_metadata(envelope, data, content),
    )


def _metadata(envelope: Envelope, data: payloads.Message, content: Said) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if data.context is not None:
        if data.context.forwarded or data.context.frequently_forwarded:
            found["forwarded"] = True
        if data.context.referred_product:
            found["product"] = data.context.referred_product
    if data.referral is not None and data.referral.ctwa_clid:
        found["ad_click"] = data.referral.ctwa_clid
    if content.unsupported is not None:
        found["payload"] = envelope.item
        if envelope.errors:
            found["errors"] = envelope.errors
    return found


def _reaction(item: Item) -> Reaction:
    given = item.data.reaction
    target = text_id(given.message_id) if given else None
    if given is None or target is None:
        raise Unrecognized("a reaction to nothing")
    return Reaction(
        target=target, at=item.at, author=item.author, emoji=(given.emoji,) if given.emoji else ()
    )


def _edit(item: Item) -> Edit:
    """Only words can be changed; a file that comes along is the one that is there already."""
    change = item.data.edit
    content = said(change.message) if change and change.message else Said()
    return Edit(target=_target(change), at=item.at, text=content.text or "")


def _target(change: payloads.Changed | None) -> str:
    target = text_id(change.original_message_id) if change else None
    if target is None:
        raise Unrecognized("a change of no message")
    return target


_SYSTEM = {
    "user_changed_number": "customer_changed_number",
    "customer_changed_number": "customer_changed_number",
    "user_changed_user_id": "customer_changed_user_id",
    "customer_identity_changed": "customer_identity_changed",
}


def _system(envelope: Envelope, item: Item) -> InboundEvent:
    """Something about the customer that is shown in the chat and asks for no answer. A new number is an alias of the
    old one."""
    system = item.data.system
    if system is None or item.customer is None:
        return Ignored("system", at=item.at)
    number = text_id(system.wa_id) or text_id(system.new_wa_id)
    customer = item.customer
    if number is not None and number != customer.id:
        customer = msgspec.structs.replace(customer, aliases=(*customer.aliases, number))
    reply_to = {
        **item.thread.reply_to,
        **({"to": number} if number and "group" not in item.thread.reply_to else {}),
    }
    return note(
        item.id,
        msgspec.structs.replace(item.thread, customer=customer, reply_to=reply_to),
        customer,
        item.at,
        _SYSTEM.get(system.type or "", f"system {system.type or ''}".strip()),
        envelope.item,
        text=system.body,
    )


def note(
    note_id: str,
    thread: Thread,
    author: Author,
    at: datetime,
    what: str,
    payload: Any,
    text: str | None = None,
) -> Message:
    """An event in a chat that counts as seen: it opens no case and no window."""
    return Message(
        id=note_id,
        thread=thread,
        author=author,
        at=at,
        text=text or None,
        unsupported=what,
        opens_window=False,
        historic=True,
        metadata={"payload": payload},
    )
