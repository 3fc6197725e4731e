"""Direct messages as Meta sends them, of pages and of Instagram. Ids may be numbers or strings, most keys may be missing;
unknown keys are passed over here and stay in the raw event."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Id = int | str | None
Time = int | float | str | None
Channel = Literal["messaging", "standby", "changes"]


class Party(msgspec.Struct):
    id: Id = None
    user_ref: Id = None


class Story(msgspec.Struct):
    id: Id = None
    url: str | None = None


class Quoted(msgspec.Struct):
    mid: Id = None
    story: Story | None = None


class Attachment(msgspec.Struct):
    """`payload` is an object, null, absent, or in old traffic a string with `url` and `title` beside it."""

    type: str = "unknown"
    payload: Any = None
    url: str | None = None
    title: str | None = None


class QuickReply(msgspec.Struct):
    payload: Any = None


class MessageBody(msgspec.Struct):
    mid: Id = None
    text: str | None = None
    attachments: list[Attachment] | None = None
    quick_reply: QuickReply | None = None
    reply_to: Quoted | None = None
    referral: dict[str, Any] | None = None
    sticker_id: Id = None
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    is_self: bool = False
    app_id: Id = None
    metadata: str | None = None


class MessageEdit(msgspec.Struct):
    mid: Id = None
    text: str | None = None
    attachments: list[Attachment] | None = None


class MessageReaction(msgspec.Struct):
    mid: Id = None
    action: str | None = None
    reaction: str | None = None
    emoji: str | None = None


class Watermark(msgspec.Struct):
    """A page's receipts go up to a time; Instagram's name one message."""

    mid: Id = None
    mids: list[Id] | None = None
    watermark: Time = None


class Postback(msgspec.Struct):
    mid: Id = None
    title: str | None = None
    payload: Any = None
    referral: dict[str, Any] | None = None


class Policy(msgspec.Struct):
    action: str | None = None
    reason: str | None = None


class Messaging(msgspec.Struct):
    """An element of `messaging[]` or `standby[]`; exactly one of the event keys is set."""

    sender: Party | None = None
    recipient: Party | None = None
    timestamp: Time = None
    is_self: bool = False
    message: MessageBody | None = None
    message_edit: MessageEdit | None = None
    reaction: MessageReaction | None = None
    read: Watermark | None = None
    delivery: Watermark | None = None
    postback: Postback | None = None
    policy_enforcement: Policy | None = None
    policy_enforcement_hyphenated: Policy | None = msgspec.field(default=None, name="policy-enforcement")
    order: dict[str, Any] | None = None


class Envelope(msgspec.Struct):
    """What `split` stores for each element: where it stood, and the element itself."""

    entry_id: str
    entry_time: Time
    channel: Channel
    item: Any
