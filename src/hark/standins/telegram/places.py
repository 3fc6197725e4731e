"""Where a call sends to, with every reason for which the server refuses a place."""

from __future__ import annotations

import msgspec

from hark.standins.telegram.errors import ApiError, bad
from hark.standins.telegram.requests import Parameters
from hark.standins.telegram.world import Bot, Connection, Json, Room, World

DAY = 24 * 3600


class Place(msgspec.Struct):
    """A room, and what a message in it has in front: topic, business connection."""

    room: Room
    bot: Bot
    connection: Connection | None = None
    topic: int | None = None
    direct: int | None = None

    def frame(self) -> Json:
        """The fields that every message sent here has."""
        if self.connection is not None:
            sender = {
                "business_connection_id": self.connection.id,
                "sender_business_bot": self.bot.user(),
                "from": self.connection.owner,
            }
        else:
            sender = {"from": self.bot.user()}
        topic = {"message_thread_id": self.topic, "is_topic_message": True} if self.topic is not None else {}
        direct = {"direct_messages_topic": {"topic_id": self.direct}} if self.direct is not None else {}
        return {**sender, "chat": self.room.chat, **topic, **direct}


def find_place(world: World, bot: Bot, parameters: Parameters, *, writes: bool = True) -> Place:
    """`writes` is false for calls that may be made without writing to the person (edits, deletions, file look-ups)."""
    chat = _chat_id(parameters)
    connection = (
        _connection(world, bot, parameters, chat) if parameters.text("business_connection_id") else None
    )
    room = world.room(bot, chat, connection.id if connection else "")
    if room is None:
        raise _unknown(world, chat)
    if room.moved_to is not None:
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=room.moved_to)
    if connection is None and writes:
        _check_open(world, bot, room)
    topic = parameters.find_number("message_thread_id")
    if topic is not None and topic not in room.topics:
        raise bad("message thread not found")
    direct = parameters.find_number("direct_messages_topic_id")
    if room.chat.get("is_direct_messages") and writes and direct not in room.topics:
        raise bad("direct messages topic must be specified")
    return Place(room, bot, connection, topic, direct)


def _chat_id(parameters: Parameters) -> int:
    given = parameters.text("chat_id")
    if not given:
        raise bad("chat_id is empty")
    try:
        return int(given)
    except ValueError:
        raise bad("chat not found") from None


def _connection(world: World, bot: Bot, parameters: Parameters, chat: int) -> Connection:
    """A business account may be spoken for with the right to reply, in chats with a customer's message of the last 24 hours."""
    connection = world.connections.get(parameters.text("business_connection_id"))
    if connection is None or connection.bot != bot.id or not connection.enabled:
        raise bad("business connection not found")
    room = world.room(bot, chat, connection.id)
    fresh = room is not None and world.date() - room.last_from_customer <= DAY
    if not fresh or not connection.rights.get("can_reply"):
        raise bad("BUSINESS_PEER_INVALID")
    return connection


def _unknown(world: World, chat: int) -> ApiError:
    if chat in world.people:
        return ApiError(403, "bot can't initiate conversation with a user")
    return bad("chat not found")


def _check_open(world: World, bot: Bot, room: Room) -> None:
    chat = room.chat["id"]
    if chat in world.deactivated:
        raise ApiError(403, "user is deactivated")
    if (bot.id, chat) in world.blocked:
        raise ApiError(403, "bot was blocked by the user")
    if room.bot_gone:
        raise ApiError(403, f"bot was kicked from the {room.chat['type']} chat")
