"""Elements of WhatsApp notifications. Ids may be numbers or strings, most keys may be missing; unknown keys are passed
over here and stay in the raw event."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Id = int | str | None
Time = int | float | str | None
Kind = Literal[
    "message",
    "echo",
    "standby",
    "history",
    "history_file",
    "status",
    "call",
    "call_status",
    "preference",
    "id_update",
    "change",
]


class Envelope(msgspec.Struct):
    """What `split` stores for each element: whose it is and where it stood, whom it is from, and the element."""

    waba_id: str
    phone_number_id: str
    display_number: str
    time: Time
    field: str
    kind: Kind
    item: Any
    contact: Any = None
    errors: Any = None


class Profile(msgspec.Struct):
    name: str | None = None
    username: str | None = None


class Contact(msgspec.Struct):
    """A person beside a message. `wa_id` is missing where the number is hidden; `user_id` is the same in all accounts
    of one business portfolio."""

    profile: Profile | None = None
    wa_id: Id = None
    user_id: Id = None


class ErrorData(msgspec.Struct):
    details: str | None = None


class Problem(msgspec.Struct):
    code: Id = None
    title: str | None = None
    message: str | None = None
    error_data: ErrorData | None = None


class Text(msgspec.Struct):
    body: str | None = None


class Media(msgspec.Struct):
    """image, video, audio, document, sticker."""

    id: Id = None
    mime_type: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool | None = None
    animated: bool | None = None


class Button(msgspec.Struct):
    payload: Any = None
    text: str | None = None


class Reply(msgspec.Struct):
    """button_reply and list_reply."""

    id: Id = None
    title: str | None = None
    description: str | None = None


class FlowReply(msgspec.Struct):
    name: str | None = None
    body: str | None = None
    response_json: Any = None


class Interactive(msgspec.Struct):
    type: str | None = None
    button_reply: Reply | None = None
    list_reply: Reply | None = None
    nfm_reply: FlowReply | None = None


class Reaction(msgspec.Struct):
    message_id: Id = None
    emoji: str | None = None


class Order(msgspec.Struct):
    catalog_id: Id = None
    text: str | None = None
    product_items: list[Any] | None = None


class System(msgspec.Struct):
    type: str | None = None
    body: str | None = None
    wa_id: Id = None
    new_wa_id: Id = None
    user_id: Id = None


class Unsupported(msgspec.Struct):
    type: str | None = None


class Quoted(msgspec.Struct):
    id: Id = None
    forwarded: bool | None = None
    frequently_forwarded: bool | None = None
    referred_product: Any = None


class Referral(msgspec.Struct):
    """The advertisement or post from which the chat was begun."""

    source_type: str | None = None
    source_id: Id = None
    source_url: str | None = None
    headline: str | None = None
    body: str | None = None
    image_url: str | None = None
    thumbnail_url: str | None = None
    ctwa_clid: str | None = None


class HistoryContext(msgspec.Struct):
    status: str | None = None
    from_me: bool | None = None


class Content(msgspec.Struct, kw_only=True):
    """What a message says: the object named like `type`."""

    type: str | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: dict[str, Any] | None = None
    contacts: list[Any] | None = None
    button: Button | None = None
    interactive: Interactive | None = None
    order: Order | None = None
    unsupported: Unsupported | None = None
    errors: list[Problem] | None = None
    context: Quoted | None = None
    referral: Referral | None = None


class Changed(msgspec.Struct):
    """edit and revoke."""

    original_message_id: Id = None
    message: Content | None = None


class Message(Content, kw_only=True):
    """An element of `messages`, `message_echoes` or a thread of `history`."""

    id: Id = None
    from_: Id = msgspec.field(default=None, name="from")
    from_user_id: Id = None
    to: Id = None
    to_user_id: Id = None
    timestamp: Time = None
    group_id: Id = None
    reaction: Reaction | None = None
    system: System | None = None
    edit: Changed | None = None
    revoke: Changed | None = None
    thread_id: Id = None
    history_context: HistoryContext | None = None


class Status(msgspec.Struct):
    id: Id = None
    status: str | None = None
    timestamp: Time = None
    recipient_id: Id = None
    recipient_user_id: Id = None
    recipient_type: str | None = None
    biz_opaque_callback_data: str | None = None
    errors: list[Problem] | None = None


class Call(msgspec.Struct):
    id: Id = None
    from_: Id = msgspec.field(default=None, name="from")
    from_user_id: Id = None
    to: Id = None
    event: str | None = None
    direction: str | None = None
    status: str | None = None
    timestamp: Time = None
    duration: int | None = None


class Preference(msgspec.Struct):
    wa_id: Id = None
    user_id: Id = None
    category: str | None = None
    value: str | None = None
    detail: str | None = None
    timestamp: Time = None


class UserIds(msgspec.Struct):
    previous: Id = None
    current: Id = None


class IdUpdate(msgspec.Struct):
    wa_id: Id = None
    user_id: UserIds | None = None
    timestamp: Time = None
