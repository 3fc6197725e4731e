"""The made-up Instagram: one professional account with both its logins, people, media, comments, conversations."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.kernel.clock import Clock

EVERY_SCOPE = (
    "instagram_basic",
    "instagram_manage_messages",
    "instagram_manage_comments",
    "pages_show_list",
    "pages_manage_metadata",
    "pages_read_engagement",
)
DAY = timedelta(days=1)


class Account(msgspec.Struct):
    """`id` is what notifications call it; `scoped_id` what this app's own login calls it."""

    id: str = "17840000000000777"
    scoped_id: str = "26540000000000777"
    username: str = "standin.bakery"
    page_id: str = "880000000000777"
    token: str = "IGAA-stand-in-token"
    page_token: str = "EAAB-stand-in-page-token"
    code: str = "stand-in-code"
    token_ends: datetime | None = None
    dead: bool = False
    scopes: list[str] = msgspec.field(default_factory=lambda: list(EVERY_SCOPE))
    subscribed: list[str] = []


class App(msgspec.Struct):
    id: str = "990000000000777"
    secret: str = "stand-in-app-secret"
    callback_url: str | None = None
    verify_token: str = ""
    fields: list[str] = []


class Person(msgspec.Struct):
    """`consents`: has written to the account, and so shows a profile."""

    id: str
    username: str
    consents: bool = False
    blocks: bool = False


class Message(msgspec.Struct):
    mid: str
    ours: bool
    at: datetime
    text: str = ""
    attachment: dict[str, Any] | None = None
    reply_to: str | None = None
    deleted: bool = False
    reactions: dict[str, str] = {}


class Conversation(msgspec.Struct):
    id: str
    person_id: str
    messages: list[Message] = []
    opened_at: datetime | None = None
    typing: bool = False
    seen: bool = False


class Media(msgspec.Struct):
    """`owner` None: ours; otherwise somebody's who may mention us. `product` FEED, REELS, AD, LIVE."""

    id: str
    at: datetime
    caption: str = ""
    product: str = "FEED"
    owner: str | None = None
    live: bool = False


class Comment(msgspec.Struct):
    id: str
    media_id: str
    author: str
    at: datetime
    text: str
    parent: str | None = None
    hidden: bool = False
    answered_privately: bool = False


class World:
    def __init__(self, clock: Clock, seed: int = 1) -> None:
        self.clock = clock
        self.shift = timedelta()
        self.chance = random.Random(seed)
        self.account, self.app = Account(), App()
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.media: dict[str, Media] = {}
        self.comments: dict[str, Comment] = {}
        self.address = "http://127.0.0.1"
        self.add_media("Fresh bread every morning")

    def now(self) -> datetime:
        return self.clock() + self.shift

    def number(self, digits: int = 17) -> str:
        return str(self.chance.randrange(10 ** (digits - 1), 10**digits))

    def mid(self) -> str:
        return "aWd" + "".join(
            self.chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", k=120)
        )

    def person(self, name: str) -> Person:
        """By number or user name; new ones come when they first do something."""
        username = f"customer.{name}" if name.isdigit() else name
        found = next((each for each in self.people.values() if each.username == username), None)
        if found is None:
            found = Person(str(1_100_000_000_000_000 + len(self.people) + 1), username)
            self.people[found.id] = found
        return found

    def conversation(self, person_id: str) -> Conversation:
        if person_id not in self.conversations:
            self.conversations[person_id] = Conversation(f"aWdfConv{self.number()}", person_id)
        return self.conversations[person_id]

    def message(self, mid: str) -> tuple[Conversation, Message] | None:
        for conversation in self.conversations.values():
            for message in conversation.messages:
                if message.mid == mid and not message.deleted:
                    return conversation, message
        return None

    def add_media(self, caption: str, product: str = "FEED", owner: str | None = None) -> Media:
        media = Media(self.number(), self.now(), caption, product, owner, live=product == "LIVE")
        self.media[media.id] = media
        return media

    def own_media(self) -> Iterator[Media]:
        """Newest first."""
        yield from reversed([media for media in self.media.values() if media.owner is None])

    def add_comment(self, media: Media, author: str, text: str, parent: str | None = None) -> Comment:
        """Answering an answer hangs on the same parent: there are only two levels."""
        above = self.comments.get(parent or "")
        root = (above.parent or above.id) if above else None
        comment = Comment(self.number(), media.id, author, self.now(), text, root)
        self.comments[comment.id] = comment
        return comment

    def name_of(self, author: str) -> str:
        return self.account.username if author == self.account.id else self.people[author].username
