"""Who wrote, and where an answer goes: by phone number, by the user id of people who hide it, or to a group."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.adapters._meta.wire import instant, text_id
from hark.adapters.whatsapp.payloads import Contact, Envelope
from hark.channels.contract import Author, Source, Thread, Unrecognized

GROUP = "group:"


def person(envelope: Envelope, phone: Any, user_id: Any) -> Author:
    """The customer of an element. The phone number is the id where WhatsApp tells it, else the user id; each is an
    alias of the other. Raises Unrecognized where neither is there."""
    contact = contact_of(envelope)
    number, user = text_id(phone), text_id(user_id)
    if contact is not None and text_id(contact.wa_id) in {number, None}:
        user = user or text_id(contact.user_id)
    if contact is not None and user is not None and text_id(contact.user_id) == user:
        number = number or text_id(contact.wa_id)
    if number is None and user is None:
        raise Unrecognized("a message without the customer's number or user id")
    profile = contact.profile if contact else None
    username = profile.username if profile else None
    return Author(
        id=str(number or user),
        name=(profile.name or None) if profile else None,
        handle=username or (f"+{number}" if number and number.isdigit() else None),
        aliases=(user,) if number and user else (),
    )


def contact_of(envelope: Envelope) -> Contact | None:
    if not isinstance(envelope.contact, dict):
        return None
    return msgspec.convert(envelope.contact, Contact, strict=False)


def us(envelope: Envelope) -> Author:
    return Author(id=envelope.phone_number_id or envelope.display_number or "us", us=True)


def chat(customer: Author, message_id: str | None = None) -> Thread:
    """The chat with one person. What an answer needs: the number, or the user id where that is all we have."""
    number = customer.id if customer.id.isdigit() else ""
    user = next(iter(customer.aliases), None) or ("" if number else customer.id)
    reply_to = {"to": number, **({"user_id": user} if user else {})}
    if message_id:
        reply_to["message_id"] = message_id
    return Thread(source=Source.DM, key=customer.id, customer=customer, reply_to=reply_to)


def group(group_id: str, message_id: str | None = None) -> Thread:
    reply_to = {"to": group_id, "group": group_id}
    return Thread(
        source=Source.DM,
        key=f"{GROUP}{group_id}",
        reply_to={**reply_to, "message_id": message_id} if message_id else reply_to,
    )


def moment(envelope: Envelope, value: Any, received_at: datetime) -> datetime:
    """The element's own time, else that of the notification, else that of its receipt."""
    return instant(value) or instant(envelope.time) or received_at
