"""Elements of `messaging[]` and `standby[]`: direct messages and everything about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.adapters._meta import attachments, payloads
from hark.adapters._meta.people import emoji_of, first_instant
from hark.adapters._meta.wire import instant, text_id
from hark.channels.contract import (
    AccountNotice,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Reaction,
    Receipt,
    Source,
    Thread,
    Unrecognized,
    Unsupported,
)

NO_INBOX_ITEM = {
    "referral": "opened_by_link",
    "optin": "marketing_opt_in",
    "account_linking": "account_linking",
    "pass_thread_control": "handover",
    "take_thread_control": "handover",
    "request_thread_control": "handover",
    "app_roles": "handover",
    "response_feedback": "response_feedback",
    "game_play": "game_play",
    "pre_checkout": "payment",
    "checkout_update": "payment",
    "payment": "payment",
}


class Item(msgspec.Struct, frozen=True):
    """An element with what every event needs from it. `page_id` is the account, also of Instagram; `name` the platform's
    for sentences."""

    page_id: str
    name: str
    raw: Mapping[str, Any]
    data: payloads.Messaging
    at: datetime
    standby: bool

    @property
    def sender(self) -> str | None:
        party = self.data.sender
        return text_id(party.id) or text_id(party.user_ref) if party else None

    @property
    def from_us(self) -> bool:
        return self.sender == self.page_id and not self.to_self

    @property
    def to_self(self) -> bool:
        """The account wrote to itself, to try things out: it plays the customer."""
        return self.data.is_self or (self.data.message is not None and self.data.message.is_self)

    @property
    def customer(self) -> str:
        """The page-scoped id of the other side."""
        party = self.data.recipient if self.from_us else self.data.sender
        found = (text_id(party.id) or text_id(party.user_ref)) if party else None
        if found is None:
            raise Unrecognized("a direct message without the customer's id")
        return found

    @property
    def author(self) -> Author:
        return Author(id=self.page_id, us=True) if self.from_us else Author(id=self.customer)

    @property
    def thread(self) -> Thread:
        customer = self.customer
        return Thread(Source.DM, customer, customer=Author(id=customer), reply_to={"recipient": customer})


def from_messaging(
    envelope: payloads.Envelope, received_at: datetime, name: str = "Facebook"
) -> list[InboundEvent]:
    """The events of one element. Raises Unrecognized, and msgspec's errors for another form."""
    if not isinstance(envelope.item, dict):
        raise Unrecognized("an element is not an object")
    data = msgspec.convert(envelope.item, payloads.Messaging)
    at = first_instant(data.timestamp, envelope.entry_time, fallback=received_at)
    item = Item(envelope.entry_id, name, envelope.item, data, at, envelope.channel == "standby")
    for key, handle in _HANDLERS.items():
        if getattr(data, key) is not None:
            return handle(item)
    for key, reason in NO_INBOX_ITEM.items():
        if key in envelope.item:
            return [Ignored(reason, at)]
    known = {"sender", "recipient", "timestamp"}
    raise Unrecognized(f"messaging event {sorted(envelope.item.keys() - known)}")


def _message(item: Item) -> list[InboundEvent]:
    body = item.data.message
    assert body is not None
    mid = _required(body.mid)
    if body.is_deleted:
        return [Deletion(mid, item.at)]
    files, text = attachments.of_message(body, item.name), body.text or None
    story = body.reply_to.story if body.reply_to else None
    item_is_echo = body.is_echo or item.from_us
    return [
        Message(
            id=mid,
            thread=_echo_thread(item) if item_is_echo else item.thread,
            author=Author(id=item.page_id, us=True) if item_is_echo else item.author,
            at=item.at,
            text=text,
            attachments=(*files, attachments.of_story(story)) if story else files,
            quoted=text_id(body.reply_to.mid) if body.reply_to else None,
            unsupported=_unsupported(body, text, files),
            echo_of=_reference(body.metadata) if item_is_echo else None,
            opens_window=not item_is_echo,
            standby=item.standby,
            metadata=_message_metadata(body),
        )
    ]


def _echo_thread(item: Item) -> Thread:
    """An echo's customer is its recipient, whoever Meta names as the sender."""
    party = item.data.recipient
    customer = text_id(party.id) if party else None
    if customer is None or customer == item.page_id:
        return item.thread
    return Thread(Source.DM, customer, customer=Author(id=customer), reply_to={"recipient": customer})


def _unsupported(body: payloads.MessageBody, text: str | None, files: tuple[Any, ...]) -> str | None:
    if text or files:
        return None
    return "message" if body.is_unsupported else "empty"


def _message_metadata(body: payloads.MessageBody) -> dict[str, Any]:
    found = {
        "app_id": text_id(body.app_id) if body.is_echo else None,
        "referral": body.referral,
        "quick_reply": body.quick_reply.payload if body.quick_reply else None,
        "to_self": True if body.is_self else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _reference(metadata: str | None) -> str | None:
    """Our delivery's reference. Other applications put their own words there; those are no reference."""
    try:
        return str(UUID(metadata)) if metadata else None
    except ValueError:
        return None


def _edit(item: Item) -> list[InboundEvent]:
    body = item.data.message_edit
    assert body is not None
    files = attachments.of_message(body, item.name) if body.attachments is not None else None
    return [Edit(_required(body.mid), item.at, text=body.text, attachments=files)]


def _reaction(item: Item) -> list[InboundEvent]:
    body = item.data.reaction
    assert body is not None
    emoji = None if body.action == "unreact" else body.emoji or emoji_of(body.reaction)
    return [Reaction(_required(body.mid), item.at, item.author, (emoji,) if emoji else ())]


def _receipts(item: Item, status: str, body: payloads.Watermark) -> list[InboundEvent]:
    mids = [mid for mid in map(text_id, [body.mid, *(body.mids or [])]) if mid]
    if mids:
        return [Receipt(status, item.at, target=mid) for mid in mids]
    until = instant(body.watermark)
    if until is None:
        raise Unrecognized(f"a {status} receipt without messages and without a time")
    return [Receipt(status, item.at, thread=item.thread, until=until)]


def _delivered(item: Item) -> list[InboundEvent]:
    assert item.data.delivery is not None
    return _receipts(item, "delivered", item.data.delivery)


def _read(item: Item) -> list[InboundEvent]:
    assert item.data.read is not None
    return _receipts(item, "read", item.data.read)


def _postback(item: Item) -> list[InboundEvent]:
    """A tap on a button. Old ones have no id: sender and instant make one, the same for every redelivery."""
    body = item.data.postback
    assert body is not None
    made_up = f"postback:{item.customer}:{int(item.at.timestamp() * 1000)}"
    payload = body.payload if isinstance(body.payload, str) else ""
    return [
        Message(
            id=text_id(body.mid) or made_up,
            thread=item.thread,
            author=item.author,
            at=item.at,
            text=body.title or None,
            postback=payload,
            standby=item.standby,
            metadata={"referral": body.referral} if body.referral else {},
        )
    ]


def _policy(item: Item) -> list[InboundEvent]:
    policy = item.data.policy_enforcement or item.data.policy_enforcement_hyphenated
    assert policy is not None
    action = policy.action or "unknown"
    reason = policy.reason or f"{item.name} gave no reason."
    alert = None if action == "unblock" else f"{item.name} policy ({action}): {reason}"
    return [AccountNotice("policy_enforcement", item.at, state={"policy": action}, alert=alert)]


def _order(item: Item) -> list[InboundEvent]:
    return [Unsupported(item.thread, item.at, "order", dict(item.raw))]


_HANDLERS: Mapping[str, Callable[[Item], list[InboundEvent]]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "delivery": _delivered,
    "read": _read,
    "postback": _postback,
    "policy_enforcement": _policy,
    "policy_enforcement_hyphenated": _policy,
    "order": _order,
}


def _required(mid: payloads.Id) -> str:
    found = text_id(mid)
    if found is None:
        raise Unrecognized("an event without the message's id")
    return found
