"""Telegram's JSON, as far as Hark reads it. Unknown fields are passed over; names follow the Bot API."""

from __future__ import annotations

from typing import Any

import msgspec


class User(msgspec.Struct):
    id: int
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False


class Chat(msgspec.Struct):
    id: int
    type: str = "private"
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_forum: bool = False
    is_direct_messages: bool = False


class Entity(msgspec.Struct):
    """`offset` and `length` count UTF-16 code units."""

    type: str
    offset: int = 0
    length: int = 0
    url: str | None = None
    user: User | None = None


class File(msgspec.Struct):
    """A photo size, document, video, audio, voice, sticker: the union of what they tell."""

    file_id: str
    file_unique_id: str = ""
    file_size: int | None = None
    file_name: str | None = None
    mime_type: str | None = None
    width: int | None = None
    height: int | None = None
    length: int | None = None
    duration: int | None = None
    title: str | None = None
    performer: str | None = None
    emoji: str | None = None
    set_name: str | None = None
    is_animated: bool = False
    is_video: bool = False


class Location(msgspec.Struct):
    latitude: float
    longitude: float
    horizontal_accuracy: float | None = None
    live_period: int | None = None


class Venue(msgspec.Struct):
    location: Location
    title: str = ""
    address: str = ""


class Contact(msgspec.Struct):
    phone_number: str = ""
    first_name: str = ""
    last_name: str | None = None
    user_id: int | None = None
    vcard: str | None = None


class PollOption(msgspec.Struct):
    text: str = ""


class Poll(msgspec.Struct):
    question: str = ""
    options: list[PollOption] = []


class Dice(msgspec.Struct):
    emoji: str = ""
    value: int = 0


class Titled(msgspec.Struct):
    """A game, an invoice, a checklist: what is shown of it is its title."""

    title: str = ""


class WebAppData(msgspec.Struct):
    data: str = ""
    button_text: str = ""


class Origin(msgspec.Struct):
    """Where a forwarded message comes from: a user, a hidden user, a chat or a channel."""

    type: str = ""
    sender_user: User | None = None
    sender_user_name: str | None = None
    sender_chat: Chat | None = None
    chat: Chat | None = None
    message_id: int | None = None


class ExternalReply(msgspec.Struct):
    origin: Origin | None = None
    chat: Chat | None = None
    message_id: int | None = None


class Quote(msgspec.Struct):
    text: str = ""


class Topic(msgspec.Struct):
    """A topic of channel direct messages: one customer each."""

    topic_id: int
    user: User | None = None


class Original(msgspec.Struct):
    """The message replied to, one level deep."""

    message_id: int
    from_: User | None = msgspec.field(default=None, name="from")
    sender_chat: Chat | None = None
    forum_topic_created: dict[str, Any] | None = None


class Message(msgspec.Struct):
    message_id: int
    chat: Chat
    date: int = 0
    edit_date: int | None = None
    from_: User | None = msgspec.field(default=None, name="from")
    sender_chat: Chat | None = None
    author_signature: str | None = None
    business_connection_id: str | None = None
    sender_business_bot: User | None = None
    message_thread_id: int | None = None
    is_topic_message: bool = False
    is_automatic_forward: bool = False
    direct_messages_topic: Topic | None = None
    media_group_id: str | None = None
    reply_to_message: Original | None = None
    external_reply: ExternalReply | None = None
    quote: Quote | None = None
    forward_origin: Origin | None = None
    via_bot: User | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None

    text: str | None = None
    entities: list[Entity] = []
    caption: str | None = None
    caption_entities: list[Entity] = []
    photo: list[File] | None = None
    document: File | None = None
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    voice: File | None = None
    audio: File | None = None
    sticker: File | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    poll: Poll | None = None
    dice: Dice | None = None
    game: Titled | None = None
    invoice: Titled | None = None
    checklist: Titled | None = None
    web_app_data: WebAppData | None = None


class Button(msgspec.Struct):
    text: str = ""
    callback_data: str | None = None


class Keyboard(msgspec.Struct):
    inline_keyboard: list[list[Button]] = []


class ButtonMessage(msgspec.Struct):
    """The message under which a button was pressed. `date` 0 marks one that the bot can no longer read."""

    message_id: int
    chat: Chat
    date: int = 0
    business_connection_id: str | None = None
    message_thread_id: int | None = None
    is_topic_message: bool = False
    direct_messages_topic: Topic | None = None
    reply_markup: Keyboard | None = None


class CallbackQuery(msgspec.Struct):
    id: str
    from_: User = msgspec.field(name="from")
    message: ButtonMessage | None = None
    data: str | None = None
    game_short_name: str | None = None


class ReactionType(msgspec.Struct):
    type: str
    emoji: str | None = None


class MessageReaction(msgspec.Struct):
    chat: Chat
    message_id: int
    date: int = 0
    user: User | None = None
    actor_chat: Chat | None = None
    new_reaction: list[ReactionType] = []


class Membership(msgspec.Struct):
    status: str = ""


class MyChatMember(msgspec.Struct):
    chat: Chat
    from_: User = msgspec.field(name="from")
    new_chat_member: Membership
    date: int = 0


class BusinessRights(msgspec.Struct):
    can_reply: bool = False
    can_read_messages: bool = False
    can_delete_sent_messages: bool = False
    can_delete_all_messages: bool = False


class BusinessConnection(msgspec.Struct):
    """`can_reply` at the top is the older form, which the live server still sends beside `rights`."""

    id: str
    user: User
    date: int = 0
    is_enabled: bool = True
    can_reply: bool = False
    rights: BusinessRights | None = None


class DeletedBusinessMessages(msgspec.Struct):
    business_connection_id: str
    chat: Chat
    message_ids: list[int] = []


class Update(msgspec.Struct):
    """One update: `update_id` and exactly one of the rest. Kinds without a field here are found by name in
    `normalize`."""

    update_id: int = 0
    message: Message | None = None
    edited_message: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: DeletedBusinessMessages | None = None
    business_connection: BusinessConnection | None = None
    message_reaction: MessageReaction | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MyChatMember | None = None


class WebhookInfo(msgspec.Struct):
    url: str = ""
    pending_update_count: int = 0
    last_error_message: str | None = None
    allowed_updates: list[str] | None = None


class Me(msgspec.Struct):
    id: int
    first_name: str = ""
    username: str = ""
    can_read_all_group_messages: bool = False
    can_connect_to_business: bool = False


class SentMessage(msgspec.Struct):
    message_id: int
    chat: Chat
    date: int = 0


class FileInfo(msgspec.Struct):
    file_path: str | None = None
    file_size: int | None = None
