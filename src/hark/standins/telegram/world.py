"""Everything that exists on this Telegram: bots, people, chats, messages, files, business connections."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from hark.kernel.clock import utc_now
from hark.standins.telegram.errors import ApiError, bad
from hark.standins.telegram.outbox import Outbox, Pending

DEFAULT_TOKEN = "7000000001:stand-in-token-for-local-use-only"
MAX_LOG = 20_000

Json = dict[str, Any]


class Settings(msgspec.Struct):
    """How the server behaves.

    `delay_scale` stretches the pauses between deliveries of an update (1.0: as Telegram, seconds to minutes; tests take
    0.01). `https_only` refuses webhooks as Telegram's own servers do; otherwise http on loopback is taken, as by a server
    in local mode. `limits` counts calls (30 a second per bot, 1 a second per chat with bursts of 5, 20 a minute per group).
    `echo_business` reports a bot's own business messages back to it. `webhook_timeout` in seconds.
    """

    delay_scale: float = 1.0
    https_only: bool = False
    limits: bool = False
    echo_business: bool = True
    webhook_timeout: float = 60.0


class Bot(msgspec.Struct):
    token: str
    id: int
    username: str
    first_name: str

    def user(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


class Stored(msgspec.Struct):
    """A file: its content, and how it is described in messages."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes
    size: int


class Connection(msgspec.Struct):
    id: str
    bot: int
    owner: Json
    enabled: bool = True
    rights: Json = {}
    date: int = 0

    def describe(self) -> Json:
        return {
            "id": self.id,
            "user": self.owner,
            "user_chat_id": self.owner["id"],
            "date": self.date,
            "can_reply": bool(self.rights.get("can_reply")),
            "rights": self.rights,
            "is_enabled": self.enabled,
        }


class Room(msgspec.Struct):
    """A chat as one bot sees it. Message numbers are unique in here only."""

    chat: Json
    messages: dict[int, Json] = {}
    last_number: int = 0
    topics: set[int] = set()
    deleted: list[int] = []
    actions: list[str] = []
    reactions: dict[int, list[Json]] = {}
    read_until: int = 0
    last_from_customer: int = 0
    moved_to: int | None = None
    bot_gone: bool = False
    banned: set[int] = set()

    def add(self, message: Json) -> Json:
        self.last_number = max(self.last_number, int(message.get("message_id", 0)))
        if "message_id" not in message:
            self.last_number += 1
            message = {"message_id": self.last_number, **message}
        self.messages[message["message_id"]] = message
        return message


class World:
    """`now` gives Unix seconds; tests may set the clock."""

    def __init__(
        self, settings: Settings | None = None, now: Callable[[], float] = lambda: utc_now().timestamp()
    ) -> None:
        self.settings = settings or Settings()
        self.now = now
        self.random = random.Random()
        self.on_update: Callable[[Bot, str | None], None] = lambda bot, queue: None
        self.clear()

    def clear(self) -> None:
        self.bots: dict[str, Bot] = {}
        self.outboxes: dict[int, Outbox] = {}
        self.people: dict[int, Json] = {}
        self.rooms: dict[tuple[int, str, int], Room] = {}
        self.connections: dict[str, Connection] = {}
        self.files: dict[str, Stored] = {}
        self.paths: dict[str, Stored] = {}
        self.queries: dict[str, bool] = {}
        self.webhook_set: dict[int, float] = {}
        self.blocked: set[tuple[int, int]] = set()
        self.deactivated: set[int] = set()
        self.calls: deque[Json] = deque(maxlen=MAX_LOG)
        self._numbers = 0
        self.add_bot(DEFAULT_TOKEN, "stand_in_bot", "Stand-in")

    def add_bot(self, token: str, username: str, first_name: str) -> Bot:
        number = token.partition(":")[0]
        if not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]+", token):
            raise bad("a token is <digits>:<letters>")
        bot = Bot(token, int(number), username, first_name)
        self.bots[token] = bot
        self.outboxes[bot.id] = Outbox(self.random.randrange(10**8, 9 * 10**8))
        return bot

    def find_bot(self, token: str) -> Bot:
        """A malformed token does not even find a route; a well-formed unknown one is not authorized."""
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token):
            raise ApiError(404)
        bot = self.bots.get(token)
        if bot is None:
            raise ApiError(401)
        return bot

    def some_bot(self, token: str | None) -> Bot:
        return self.find_bot(token) if token else next(iter(self.bots.values()))

    def publish(self, bot: Bot, kind: str, body: Json) -> int | None:
        """An update for a bot; its number, or None where the bot has not subscribed to the kind."""
        return self._published(bot, self.outboxes[bot.id].add(kind, body, self.now()))

    def publish_raw(self, bot: Bot, update: Json) -> int | None:
        return self._published(bot, self.outboxes[bot.id].add_raw(update, self.now()))

    def _published(self, bot: Bot, update: Pending | None) -> int | None:
        if update is None:
            return None
        self.on_update(bot, update.queue)
        return update.id

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def date(self) -> int:
        return int(self.now())

    def person(self, given: Json | int) -> Json:
        """Somebody by id, or described (and remembered)."""
        if isinstance(given, int):
            return self.people.setdefault(
                given, {"id": given, "is_bot": False, "first_name": f"Person {given}"}
            )
        known = self.people.get(given["id"], {"is_bot": False, "first_name": f"Person {given['id']}"})
        self.people[given["id"]] = {**known, **given}
        return self.people[given["id"]]

    def room(self, bot: Bot, chat: int, connection: str = "") -> Room | None:
        """Private chats are each bot's own, groups are everybody's."""
        return self.rooms.get((bot.id if chat > 0 else 0, connection, chat))

    def open_private(self, bot: Bot, person: Json, connection: str = "") -> Room:
        key = (bot.id, connection, person["id"])
        if key not in self.rooms:
            names = ("id", "first_name", "last_name", "username")
            chat = {name: person[name] for name in names if name in person}
            self.rooms[key] = Room({**chat, "type": "private"})
        return self.rooms[key]

    def open_group(self, chat: Json) -> Room:
        key = (0, "", chat["id"])
        room = self.rooms.setdefault(key, Room({"type": "supergroup", "title": f"Group {chat['id']}"}))
        room.chat = {**room.chat, **chat}
        return room

    def remember(self, bot: Bot, update: Json) -> None:
        """Makes the chat of a given update real, so that the bot can answer in it."""
        for kind, body in update.items():
            within = body.get("message", body) if isinstance(body, dict) else {}
            chat = within.get("chat") if isinstance(within, dict) else None
            if not isinstance(chat, dict) or not isinstance(chat.get("id"), int):
                continue
            connection = str(within.get("business_connection_id", ""))
            room = self.rooms.setdefault(
                (bot.id if chat["id"] > 0 else 0, connection, chat["id"]), Room(chat)
            )
            if isinstance(within.get("message_thread_id"), int):
                room.topics.add(within["message_thread_id"])
            if kind.endswith("message") and isinstance(within.get("message_id"), int):
                room.add(within)
                room.last_from_customer = self.date()

    def store(self, name: str, mime_type: str, content: bytes, kind: str, size: int | None = None) -> Stored:
        """`size` may claim more than there is content (a file over the limit, for instance)."""
        number = self.number()
        folder = {"photo": "photos", "video": "videos", "voice": "voice", "audio": "music"}.get(
            kind, "documents"
        )
        ending = name.rpartition(".")[2] if "." in name else {"photo": "jpg", "voice": "oga"}.get(kind, "bin")
        file = Stored(
            file_id=f"standin-{kind}-{number}-{self.random.getrandbits(64):016x}",
            unique_id=f"u{number}",
            path=f"{folder}/file_{number}.{ending}",
            name=name,
            mime_type=mime_type,
            content=content,
            size=len(content) if size is None else size,
        )
        self.files[file.file_id] = file
        self.paths[file.path] = file
        return file
