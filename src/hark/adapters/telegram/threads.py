"""Who writes, where, and when: chats and users as authors and threads."""

from __future__ import annotations

from datetime import UTC, datetime

from hark.adapters.telegram.address import Address
from hark.adapters.telegram.payloads import Chat, Message, Topic, User
from hark.channels.contract import Author, Post, Source, Thread

_LATEST = 4_102_444_800
"""2100-01-01: no event of a platform is from later."""


def when(seconds: int | None, received_at: datetime) -> datetime:
    """Telegram's time in UTC. Zero is its mark for "unknown"; like every impossible value it becomes the time
    of arrival."""
    if seconds is None or not 0 < seconds < _LATEST:
        return received_at
    return datetime.fromtimestamp(seconds, UTC)


def author_of_user(user: User, *, us: bool = False) -> Author:
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    return Author(
        id=str(user.id), name=name or None, handle=user.username, language=user.language_code, us=us
    )


def author_of_chat(chat: Chat, *, us: bool = False) -> Author:
    """A private chat is a person; a group or channel that speaks for itself is one too."""
    name = chat.title or " ".join(part for part in (chat.first_name, chat.last_name) if part)
    return Author(id=str(chat.id), name=name or None, handle=chat.username, us=us)


def author_of(message: Message) -> Author:
    """`sender_chat` goes first: then `from` is a stand-in account (GroupAnonymousBot)."""
    if message.sender_chat is not None:
        return author_of_chat(message.sender_chat, us=message.chat.is_direct_messages)
    if message.from_ is None:
        return author_of_chat(message.chat)
    return author_of_user(message.from_, us=_is_us(message, message.from_))


def _is_us(message: Message, sender: User) -> bool:
    """In a private chat everybody but the person whom it is with speaks for the business."""
    if message.sender_business_bot is not None:
        return True
    return message.chat.type == "private" and sender.id != message.chat.id


def address_of(message: Message) -> Address:
    return address(
        message.chat,
        connection=message.business_connection_id,
        topic=message.message_thread_id if message.is_topic_message else None,
        direct=message.direct_messages_topic,
    )


def address(
    chat: Chat, *, connection: str | None = None, topic: int | None = None, direct: Topic | None = None
) -> Address:
    """Outside forums `message_thread_id` only chains replies, so callers give a topic for topic messages
    alone."""
    if direct is not None:
        return Address(chat.id, connection, direct=direct.topic_id)
    return Address(chat.id, connection, topic=topic)


def thread_of(
    chat: Chat, place: Address, sender: Author | None = None, direct: Topic | None = None
) -> Thread:
    """A private chat, or a topic of channel direct messages, is a DM; any other chat is a group in which we
    were addressed."""
    if chat.type == "private":
        person = sender if sender is not None and sender.id == str(chat.id) else author_of_chat(chat)
        return Thread(Source.DM, place.key, customer=person)
    if chat.is_direct_messages:
        customer = author_of_user(direct.user) if direct is not None and direct.user is not None else sender
        return Thread(Source.DM, place.key, customer=customer)
    url = f"https://t.me/{chat.username}" if chat.username else None
    return Thread(Source.MENTION, place.key, post=Post(id=str(chat.id), url=url, author_name=chat.title))
