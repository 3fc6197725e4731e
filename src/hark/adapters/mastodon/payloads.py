"""Mastodon's entities, as far as they are read. Unknown keys are passed over here and stay in the raw event."""

from __future__ import annotations

from typing import Any

import msgspec


class Emoji(msgspec.Struct):
    shortcode: str
    url: str | None = None


class Person(msgspec.Struct):
    """An account. `acct` is the name with the domain where it is on another server."""

    id: str
    acct: str = ""
    username: str = ""
    display_name: str | None = None
    url: str | None = None
    avatar_static: str | None = None
    avatar: str | None = None
    emojis: list[Emoji] | None = None


class Mentioned(msgspec.Struct):
    id: str
    acct: str = ""


class Media(msgspec.Struct):
    id: str = ""
    type: str = "unknown"
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None
    meta: dict[str, Any] | None = None


class Option(msgspec.Struct):
    title: str = ""
    votes_count: int | None = None


class Poll(msgspec.Struct):
    id: str = ""
    options: list[Option] = []
    expires_at: str | None = None
    expired: bool = False
    multiple: bool = False


class Card(msgspec.Struct):
    url: str | None = None
    title: str | None = None
    description: str | None = None


class Status(msgspec.Struct):
    id: str
    account: Person
    content: str = ""
    created_at: str | None = None
    edited_at: str | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    visibility: str = "public"
    sensitive: bool = False
    spoiler_text: str | None = None
    language: str | None = None
    url: str | None = None
    uri: str | None = None
    reblog: dict[str, Any] | None = None
    media_attachments: list[Media] = []
    mentions: list[Mentioned] = []
    emojis: list[Emoji] = []
    poll: Poll | None = None
    card: Card | None = None
    quote: dict[str, Any] | None = None


class Notification(msgspec.Struct):
    id: str
    type: str
    account: Person
    created_at: str | None = None
    status: Status | None = None


class Conversation(msgspec.Struct):
    """A direct conversation: who takes part besides us, and what was said last."""

    id: str
    accounts: list[Person] = []
    last_status: dict[str, Any] | None = None


class Root(msgspec.Struct):
    """The first post of a thread, and whose it is; asked for when a reply is read."""

    id: str
    account: str


class Entry(msgspec.Struct):
    """A raw item: `kind` says what `item` is, `account` whose it is."""

    account: str
    kind: str
    item: msgspec.Raw
    root: Root | None = None
    at: str | None = None
