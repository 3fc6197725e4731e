"""One update into inbound events. Pure: the same bytes and time give the same events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.telegram import business
from hark.adapters.telegram.address import Address
from hark.adapters.telegram.messages import read_edit, read_message
from hark.adapters.telegram.payloads import (
    BusinessConnection,
    ButtonMessage,
    CallbackQuery,
    Chat,
    DeletedBusinessMessages,
    Message,
    MessageReaction,
    MyChatMember,
    Update,
    User,
)
from hark.adapters.telegram.threads import address, author_of_chat, author_of_user, thread_of, when
from hark.channels.contract import (
    AccountNotice,
    Deletion,
    Ignored,
    InboundEvent,
    Reachability,
    Reaction,
    Thread,
    Unrecognized,
    Unsupported,
    Us,
)
from hark.channels.contract import Message as Arrived

# fmt: off
IGNORED = frozenset(
    {
        "channel_post", "edited_channel_post", "message_reaction_count", "chat_member",
        "chat_join_request", "poll", "poll_answer", "inline_query", "chosen_inline_result",
        "chat_boost", "removed_chat_boost", "shipping_query", "pre_checkout_query",
        "purchased_paid_media", "managed_bot", "guest_message", "subscription",
    }
)
# fmt: on
"""Update kinds that an inbox has no use for."""

_UPDATE = msgspec.json.Decoder(Update)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Moment(msgspec.Struct, frozen=True):
    """What the reading of an update needs besides its content."""

    update_id: int
    received_at: datetime


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """Without knowing which bot received it: in groups every bot counts."""
    return normalize_for(payload, received_at, None)


def normalize_for(payload: bytes, received_at: datetime, us: Us | None) -> list[InboundEvent]:
    """An update as `us` received it: in groups only what addresses this bot is for us."""
    try:
        update = _UPDATE.decode(payload)
        return _read(update, payload, received_at, us)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unrecognized(f"not an update as Telegram documents it: {error}") from error


def _read(update: Update, payload: bytes, received_at: datetime, us: Us | None) -> list[InboundEvent]:
    for kind, read in _MESSAGES.items():
        message: Message | None = getattr(update, kind)
        if message is not None:
            return read(message, _content_fields(message, payload, kind), received_at, us)
    for kind, read_other in _OTHERS.items():
        value = getattr(update, kind)
        if value is not None:
            return read_other(value, _Moment(update.update_id, received_at))
    return _read_unknown(payload, received_at)


def _content_fields(message: Message, payload: bytes, kind: str) -> frozenset[str]:
    """The names of the message's fields. Text says by itself what it is, so the second look is for the rest."""
    if message.text is not None:
        return frozenset()
    return frozenset(_FIELDS.decode(_FIELDS.decode(payload)[kind]))


def _read_deleted(deleted: DeletedBusinessMessages, moment: _Moment) -> list[InboundEvent]:
    """Telegram tells neither when nor by whom."""
    place = Address(deleted.chat.id, deleted.business_connection_id)
    return [Deletion(place.message(number), moment.received_at) for number in deleted.message_ids]


def _read_connection(connection: BusinessConnection, moment: _Moment) -> list[InboundEvent]:
    notice = AccountNotice(
        code="business_connected" if connection.is_enabled else "business_disconnected",
        at=moment.received_at,
        state=business.remembered(connection, moment.update_id, moment.received_at),
        alert=business.alert(connection),
    )
    return [notice]


def _read_reaction(reaction: MessageReaction, moment: _Moment) -> list[InboundEvent]:
    at = when(reaction.date, moment.received_at)
    if reaction.user is not None:
        author = author_of_user(reaction.user)
    elif reaction.actor_chat is not None:
        author = author_of_chat(reaction.actor_chat)
    else:
        return [Ignored("anonymous_reaction", at)]
    emoji = tuple(_emoji(kind.type, kind.emoji) for kind in reaction.new_reaction)
    return [Reaction(Address(reaction.chat.id).message(reaction.message_id), at, author, emoji)]


def _emoji(kind: str, emoji: str | None) -> str:
    """Paid reactions are stars; a custom emoji is a picture of its own that has no character."""
    return emoji or ("⭐" if kind == "paid" else f":{kind}:")


def _read_button(query: CallbackQuery, moment: _Moment) -> list[InboundEvent]:
    """A pressed button has no time of its own. Under a message of inline mode it has no chat either: the
    person's is taken."""
    author = author_of_user(query.from_)
    thread, quoted = _button_place(query, query.message)
    pressed = Arrived(
        id=query.id,
        thread=thread,
        author=author,
        at=moment.received_at,
        text=_label(query) or query.data,
        quoted=quoted,
        postback=query.data if query.data is not None else query.game_short_name,
        unsupported="game" if query.data is None else None,
    )
    return [pressed]


def _button_place(query: CallbackQuery, below: ButtonMessage | None) -> tuple[Thread, str | None]:
    author = author_of_user(query.from_)
    if below is None:
        chat = Chat(id=query.from_.id)
        return thread_of(chat, address(chat), author), None
    place = address(
        below.chat,
        connection=below.business_connection_id,
        topic=below.message_thread_id if below.is_topic_message else None,
        direct=below.direct_messages_topic,
    )
    return thread_of(below.chat, place, author, below.direct_messages_topic), place.message(below.message_id)


def _label(query: CallbackQuery) -> str | None:
    """The words on the button; what it sends is for programs."""
    keyboard = query.message.reply_markup if query.message is not None else None
    rows = keyboard.inline_keyboard if keyboard is not None else []
    return next((key.text for row in rows for key in row if key.callback_data == query.data), None)


def _read_membership(member: MyChatMember, moment: _Moment) -> list[InboundEvent]:
    at = when(member.date, moment.received_at)
    gone = member.new_chat_member.status in {"kicked", "left"}
    if member.chat.type == "private":
        return [Reachability(_person(member.chat, member.from_), at, reachable=not gone)]
    if member.chat.type == "channel":
        return [Ignored("channel_membership", at)]
    title = member.chat.title or str(member.chat.id)
    if gone:
        return [AccountNotice("group_left", at, alert=f"The bot is no longer in the group “{title}”.")]
    return [AccountNotice("group_joined", at, state={f"group:{member.chat.id}": {"title": title}})]


def _person(chat: Chat, sender: User) -> Any:
    return author_of_user(sender) if sender.id == chat.id else author_of_chat(chat)


class _Loose(msgspec.Struct):
    """What an unknown kind may have in common with the known ones."""

    chat: Chat | None = None
    message: _Loose | None = None
    business_connection_id: str | None = None
    date: int | None = None


def _read_unknown(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    fields = _FIELDS.decode(payload)
    kind = min(fields.keys() - {"update_id"}, default=None)
    if kind is None:
        raise Unrecognized("an update without content")
    if kind in IGNORED:
        return [Ignored(kind)]
    return [_unsupported(kind, fields[kind], received_at)]


def _unsupported(kind: str, value: msgspec.Raw, received_at: datetime) -> Unsupported:
    """Shown in its thread where it has a chat."""
    try:
        loose = msgspec.json.decode(value, type=_Loose)
        within = loose if loose.chat is not None or loose.message is None else loose.message
    except msgspec.ValidationError:
        within = _Loose()
    if within.chat is None:
        raise Unrecognized(f"update kind {kind!r}")
    place = Address(within.chat.id, within.business_connection_id)
    return Unsupported(
        thread=thread_of(within.chat, place),
        at=when(within.date, received_at),
        what=kind,
        payload=msgspec.json.decode(value),
    )


_MESSAGES: dict[str, Callable[[Message, frozenset[str], datetime, Us | None], list[InboundEvent]]] = {
    "message": read_message,
    "business_message": read_message,
    "edited_message": read_edit,
    "edited_business_message": read_edit,
}
_OTHERS: dict[str, Callable[[Any, _Moment], list[InboundEvent]]] = {
    "callback_query": _read_button,
    "message_reaction": _read_reaction,
    "deleted_business_messages": _read_deleted,
    "business_connection": _read_connection,
    "my_chat_member": _read_membership,
}
