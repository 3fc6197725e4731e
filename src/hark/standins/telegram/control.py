"""Playing the people on the other side, and looking at what they got: POST and GET under `/_control`, JSON in and out.

Who: `bot` (a token; the first bot when left out), `user` (an id, or {id, first_name, …}), `chat` (a group's id; the user's
private chat when left out), `business` (a connection's id), `topic`.

    POST bots            {token, username?, first_name?}
    POST message         {user, chat?, business?, topic?, text? | media?, reply_to?, album?, extra?}; media is
                         {kind, name?, mime_type?, data? (base64), size?, caption?, fields?}; `extra` fields go in as they are
    POST owner/message   {business, chat, text}         the owner of a business account writes in the own app
    POST edit            {user, chat?, business?, message_id, text? | caption? | extra?}
    POST react           {user, chat?, message_id, emoji: [..]}
    POST press           {user, chat?, message_id, data}
    POST delete          {business, chat, message_ids}
    POST block           {user, blocked?}               the person blocks or unblocks the bot
    POST deactivate      {user}
    POST business        {id?, owner, enabled?, rights?}
    POST group           {chat: {id, type?, title?, is_forum?, …}, topics?, member?}
    POST migrate         {chat, to}
    POST update          {update}                       any update body, as it is
    GET  room            ?chat=&business=               messages, deleted, actions, reactions, read_until
    GET  calls | deliveries | state
    POST faults          {kind, methods?, chat?, times?, probability?, seconds?, description?}   one rule more;
                         a list of them replaces all; DELETE faults ends them
    POST webhooks        {hold?, duplicates?, release?: {copies?, shuffle?}}
    POST settings        {delay_scale?, https_only?, limits?, echo_business?, webhook_timeout?}
    POST reset

"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hark.standins.telegram.delivery import Delivery
from hark.standins.telegram.errors import bad
from hark.standins.telegram.faults import Faults, Rule
from hark.standins.telegram.media import describe
from hark.standins.telegram.world import Bot, Connection, Json, Room, Settings, World

DEFAULT_RIGHTS = {"can_reply": True, "can_read_messages": True, "can_delete_sent_messages": True}


class Control:
    """One method per address; each takes the JSON body (or the query, for GET) and gives JSON."""

    def __init__(self, world: World, delivery: Delivery, faults: Faults) -> None:
        self._world = world
        self._delivery = delivery
        self._faults = faults

    def find(self, path: str) -> Callable[[Any], Awaitable[Any]] | None:
        return getattr(self, f"do_{path.replace('/', '_') or 'help'}", None)

    async def do_help(self, given: Json) -> Json:
        return {"help": (__doc__ or "").splitlines()}

    async def do_bots(self, given: Json) -> Json:
        bot = self._world.add_bot(
            given["token"], given.get("username", "stand_in_bot"), given.get("first_name", "Stand-in")
        )
        return _plain(bot)

    async def do_message(self, given: Json) -> Json:
        world, bot = self._world, self._bot(given)
        person = world.person(given["user"])
        room = self._room(bot, person, given)
        room.last_from_customer = world.date()
        content = self._content(given)
        frame: Json = {"from": person, "chat": room.chat, "date": world.date()}
        if given.get("business"):
            frame["business_connection_id"] = given["business"]
        if given.get("topic") is not None:
            room.topics.add(given["topic"])
            if room.chat.get("is_direct_messages"):
                frame["direct_messages_topic"] = {"topic_id": given["topic"], "user": person}
            else:
                frame |= {"message_thread_id": given["topic"], "is_topic_message": True}
        message = room.add({**frame, **self._reply(room, given), **content, **given.get("extra", {})})
        return self._told(bot, "business_message" if given.get("business") else "message", message)

    def _content(self, given: Json) -> Json:
        media = given.get("media")
        album = {"media_group_id": str(given["album"])} if given.get("album") else {}
        if media is None:
            return {**album, **({"text": given["text"]} if "text" in given else {})}
        kind = media["kind"]
        content = base64.b64decode(media.get("data", ""))
        file = self._world.store(
            media.get("name", f"{kind}.bin"),
            media.get("mime_type", _TYPES.get(kind, "application/octet-stream")),
            content,
            kind,
            media.get("size"),
        )
        described = describe(kind, file, **media.get("fields", {}))
        caption = {"caption": media["caption"]} if media.get("caption") else {}
        return {
            **album,
            kind: described,
            **caption,
            **({"document": described} if kind == "animation" else {}),
        }

    def _reply(self, room: Room, given: Json) -> Json:
        original = room.messages.get(given.get("reply_to", 0))
        if original is None:
            return {}
        return {"reply_to_message": {k: v for k, v in original.items() if k != "reply_to_message"}}

    async def do_owner_message(self, given: Json) -> Json:
        connection = self._connection(given)
        bot = self._bot_by_id(connection.bot)
        room = self._world.open_private(bot, self._world.person(given["chat"]), connection.id)
        message = room.add(
            {
                "business_connection_id": connection.id,
                "from": connection.owner,
                "chat": room.chat,
                "date": self._world.date(),
                "text": given["text"],
            }
        )
        return self._told(bot, "business_message", message)

    async def do_edit(self, given: Json) -> Json:
        bot, room = self._bot_and_room(given)
        message = _message(room, given)
        changes = {name: given[name] for name in ("text", "caption") if name in given}
        edited = {**message, **changes, **given.get("extra", {}), "edit_date": self._world.date()}
        room.messages[message["message_id"]] = edited
        return self._told(
            bot, "edited_business_message" if given.get("business") else "edited_message", edited
        )

    async def do_react(self, given: Json) -> Json:
        bot, room = self._bot_and_room(given)
        old = room.reactions.get(given["message_id"], [])
        new = [{"type": "emoji", "emoji": emoji} for emoji in given["emoji"]]
        room.reactions[given["message_id"]] = new
        body = {
            "chat": room.chat,
            "message_id": given["message_id"],
            "user": self._world.person(given["user"]),
            "date": self._world.date(),
            "old_reaction": old,
            "new_reaction": new,
        }
        return self._told(bot, "message_reaction", body)

    async def do_press(self, given: Json) -> Json:
        bot, room = self._bot_and_room(given)
        query = str(self._world.random.getrandbits(62))
        self._world.queries[query] = True
        body = {
            "id": query,
            "from": self._world.person(given["user"]),
            "message": _message(room, given),
            "chat_instance": "1",
            "data": given["data"],
        }
        return self._told(bot, "callback_query", body)

    async def do_delete(self, given: Json) -> Json:
        connection = self._connection(given)
        bot = self._bot_by_id(connection.bot)
        room = self._world.open_private(bot, self._world.person(given["chat"]), connection.id)
        for number in given["message_ids"]:
            if room.messages.pop(number, None) is not None:
                room.deleted.append(number)
        body = {
            "business_connection_id": connection.id,
            "chat": room.chat,
            "message_ids": given["message_ids"],
        }
        return self._told(bot, "deleted_business_messages", body)

    async def do_block(self, given: Json) -> Json:
        bot, person = self._bot(given), self._world.person(given["user"])
        blocked = given.get("blocked", True)
        (self._world.blocked.add if blocked else self._world.blocked.discard)((bot.id, person["id"]))
        room = self._world.open_private(bot, person)
        return self._told(bot, "my_chat_member", self._membership(bot, room, person, not blocked))

    def _membership(self, bot: Bot, room: Room, person: Json, member: bool) -> Json:
        here, gone = {"status": "member"}, {"status": "kicked", "until_date": 0}
        old, new = (gone, here) if member else (here, gone)
        return {
            "chat": room.chat,
            "from": person,
            "date": self._world.date(),
            "old_chat_member": {"user": bot.user(), **old},
            "new_chat_member": {"user": bot.user(), **new},
        }

    async def do_deactivate(self, given: Json) -> Json:
        self._world.deactivated.add(self._world.person(given["user"])["id"])
        return {}

    async def do_business(self, given: Json) -> Json:
        bot = self._bot(given)
        name = given.get("id", f"bc{self._world.number()}")
        connection = Connection(
            id=name,
            bot=bot.id,
            owner=self._world.person(given["owner"]),
            enabled=given.get("enabled", True),
            rights=given.get("rights", DEFAULT_RIGHTS),
            date=self._world.date(),
        )
        self._world.connections[name] = connection
        return {"id": name, **self._told(bot, "business_connection", connection.describe())}

    async def do_group(self, given: Json) -> Json:
        bot = self._bot(given)
        room = self._world.open_group(given["chat"])
        room.topics |= set(given.get("topics", []))
        member = given.get("member", True)
        room.bot_gone = not member
        person = self._world.person(given.get("user", 777))
        return self._told(bot, "my_chat_member", self._membership(bot, room, person, member))

    async def do_migrate(self, given: Json) -> Json:
        bot = self._bot(given)
        old = self._world.open_group({"id": given["chat"], "type": "group"})
        self._world.open_group({**old.chat, "id": given["to"], "type": "supergroup"})
        old.moved_to = given["to"]
        person = self._world.person(given.get("user", 777))
        message = {
            "from": person,
            "chat": old.chat,
            "date": self._world.date(),
            "migrate_to_chat_id": given["to"],
        }
        return self._told(bot, "message", old.add(message))

    async def do_update(self, given: Json) -> Json:
        """Its private chat counts as open afterwards, so that the bot can answer."""
        bot, update = self._bot(given), given["update"]
        self._world.remember(bot, update)
        return {"update_id": self._world.publish_raw(bot, update)}

    async def do_room(self, given: Json) -> Json:
        room = self._world.room(self._bot(given), int(given["chat"]), given.get("business", ""))
        if room is None:
            raise bad("chat not found")
        return _plain(room)

    async def do_calls(self, given: Json) -> list[Json]:
        return list(self._world.calls)

    async def do_deliveries(self, given: Json) -> Any:
        return msgspec.to_builtins(list(self._delivery.attempts))

    async def do_state(self, given: Json) -> Json:
        return {
            "bots": [
                {
                    "token": bot.token,
                    "username": bot.username,
                    "pending": len(self._world.outboxes[bot.id].pending),
                    "webhook": msgspec.to_builtins(self._world.outboxes[bot.id].webhook),
                }
                for bot in self._world.bots.values()
            ],
            "settings": msgspec.to_builtins(self._world.settings),
            "faults": msgspec.to_builtins(self._faults.rules),
            "held": not self._delivery.open.is_set(),
        }

    async def do_faults(self, given: Json | list[Json]) -> Any:
        """One rule more, or a list instead of all there were; without either, the rules."""
        if isinstance(given, list):
            self._faults.rules = msgspec.convert(given, list[Rule])
        elif given:
            self._faults.rules.append(msgspec.convert(given, Rule))
        return msgspec.to_builtins(self._faults.rules)

    async def do_calm(self, given: Json) -> Json:
        self._faults.rules = []
        return {}

    async def do_webhooks(self, given: Json) -> Json:
        self._delivery.duplicates = given.get("duplicates", self._delivery.duplicates)
        if "hold" in given:
            (self._delivery.open.clear if given["hold"] else self._delivery.open.set)()
        release = given.get("release")
        if release is None:
            return {}
        made = await self._delivery.release(copies=release.get("copies", 1), shuffle=release.get("shuffle"))
        return {"requests": made}

    async def do_settings(self, given: Json) -> Json:
        now = msgspec.to_builtins(self._world.settings)
        self._world.settings = msgspec.convert({**now, **given}, Settings)
        return _plain(self._world.settings)

    async def do_reset(self, given: Json) -> Json:
        await self._delivery.stop()
        self._delivery.attempts.clear()
        self._delivery.duplicates = 0
        self._delivery.open.set()
        self._faults.rules = []
        self._world.clear()
        return {}

    def _told(self, bot: Bot, kind: str, body: Json) -> Json:
        return {"update_id": self._world.publish(bot, kind, body), kind: body}

    def _bot(self, given: Json) -> Bot:
        return self._world.some_bot(given.get("bot"))

    def _bot_by_id(self, number: int) -> Bot:
        return next(bot for bot in self._world.bots.values() if bot.id == number)

    def _connection(self, given: Json) -> Connection:
        connection = self._world.connections.get(given.get("business", ""))
        if connection is None:
            raise bad("business connection not found")
        return connection

    def _bot_and_room(self, given: Json) -> tuple[Bot, Room]:
        bot = self._bot(given)
        return bot, self._room(bot, self._world.person(given["user"]), given)

    def _room(self, bot: Bot, person: Json, given: Json) -> Room:
        if given.get("chat") is not None and given["chat"] < 0:
            return self._world.open_group({"id": given["chat"]})
        return self._world.open_private(bot, person, given.get("business", ""))


_TYPES = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "sticker": "image/webp",
}


def _plain(struct: msgspec.Struct) -> Json:
    found: Json = msgspec.to_builtins(struct, str_keys=True)
    return found


def _message(room: Room, given: Json) -> Json:
    message = room.messages.get(given["message_id"])
    if message is None:
        raise bad("message not found")
    return message
