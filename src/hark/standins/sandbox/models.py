"""What the network holds. Times are milliseconds since 1970, ids are the network's own strings."""

from __future__ import annotations

from typing import Any

import msgspec


class Account(msgspec.Struct):
    """The one business on the network. `token` opens the API."""

    id: str
    name: str
    handle: str
    token: str
    avatar_url: str | None = None


class Webhook(msgspec.Struct):
    """Where events go. `verified` once the address has answered its challenge."""

    url: str | None = None
    secret: str = ""
    verified: bool = False
    failing_since: int | None = None


class Person(msgspec.Struct):
    """Somebody whom one can play. `online`: the phone is on, so messages reach it. `blocked`: has blocked
    the business; `banned`: the business takes nothing from this person."""

    id: str
    name: str
    handle: str
    language: str = "en"
    avatar_url: str | None = None
    color: int = 0
    online: bool = True
    blocked: bool = False
    banned: bool = False


class Post(msgspec.Struct):
    id: str
    text: str
    at: int
    picture: str | None = None


class Media(msgspec.Struct):
    id: str
    kind: str
    name: str
    mime_type: str
    size: int
    alt: str | None = None


class Item(msgspec.Struct):
    """A message, comment, mention or review, of a person or of the business.

    `thread` is the partner's id for messages, else the id of the thread's first item. `reactions` maps an
    author's id to emoji. `delivered_at` and `read_at` are of the business's messages: when the person's phone
    got them, and when the person read them.
    """

    id: str
    source: str
    thread: str
    author: str
    at: int
    text: str = ""
    media: list[str] = []
    post: str | None = None
    in_reply_to: str | None = None
    quoted: str | None = None
    rating: int | None = None
    button: str | None = None
    content: str = "text"
    reference: str | None = None
    private_to: str | None = None
    edited_at: int | None = None
    deleted: bool = False
    hidden: bool = False
    liked: bool = False
    reactions: dict[str, list[str]] = {}
    delivered_at: int | None = None
    read_at: int | None = None


class Event(msgspec.Struct):
    """An event as it is sent and as the history lists it: `body` is the finished JSON."""

    id: str
    at: int
    body: msgspec.Raw


class State(msgspec.Struct):
    """Everything, as it is written to the state file."""

    account: Account
    webhook: Webhook = msgspec.field(default_factory=Webhook)
    people: dict[str, Person] = {}
    posts: dict[str, Post] = {}
    media: dict[str, Media] = {}
    items: dict[str, Item] = {}
    history: list[Event] = []
    unsent: list[str] = []
    read_by_us: dict[str, int] = {}


class Change(msgspec.Struct):
    """What the page is told: `type` item, person, event, typing, read, webhook or reset, with the new state."""

    type: str
    data: Any
