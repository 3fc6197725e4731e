"""How chats and messages are written as strings, and read back.

    thread key    [<connection>:]<chat>[/<topic>]        a topic of channel direct messages: <chat>/direct/<topic>
    message id    [<connection>:]<chat>:<message>

A message's number is unique inside its chat only, and one person can have a chat with the bot and one with
each connected business account, hence the parts in front. Everything that an answer needs is in the key, so a
moved chat (a group that became a supergroup) needs a new key and nothing else.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hark.channels.contract import Rejected

_DIRECT = "direct/"


class Address(msgspec.Struct, frozen=True):
    """Where a message goes. `topic` is a forum topic, `direct` a topic of channel direct messages."""

    chat: int
    connection: str | None = None
    topic: int | None = None
    direct: int | None = None

    @property
    def scope(self) -> str:
        """What stands in front of a message's number."""
        return f"{self.connection}:{self.chat}" if self.connection else str(self.chat)

    @property
    def key(self) -> str:
        if self.direct is not None:
            return f"{self.scope}/{_DIRECT}{self.direct}"
        return self.scope if self.topic is None else f"{self.scope}/{self.topic}"

    def message(self, number: int) -> str:
        return f"{self.scope}:{number}"

    def parameters(self) -> dict[str, Any]:
        """The fields of a Bot API call that name this place."""
        given = {
            "business_connection_id": self.connection,
            "chat_id": self.chat,
            "message_thread_id": self.topic,
            "direct_messages_topic_id": self.direct,
        }
        return {name: value for name, value in given.items() if value is not None}


def parse_thread(key: str) -> Address:
    """Raises Rejected for a key that is none of ours."""
    scope, _, topic = key.partition("/")
    connection, _, chat = scope.rpartition(":")
    try:
        if topic.startswith(_DIRECT):
            return Address(int(chat), connection or None, direct=int(topic.removeprefix(_DIRECT)))
        return Address(int(chat), connection or None, topic=int(topic) if topic else None)
    except ValueError:
        raise Rejected("unknown_thread", "This conversation has no Telegram chat to answer in.") from None


def parse_message(target: str | None) -> tuple[Address, int]:
    """The chat of a message id and its number there. Raises Rejected for what is no message's id (a button
    press has another)."""
    scope, _, number = (target or "").rpartition(":")
    connection, _, chat = scope.rpartition(":")
    try:
        return Address(int(chat), connection or None), int(number)
    except ValueError:
        raise Rejected("unknown_message", "Telegram has no message to do this to.") from None
