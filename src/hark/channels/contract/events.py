"""Inbound events: what a platform told us, in Hark's words. `normalize` makes them; `flows/inbound.py` applies them.

All times are aware UTC. Ids are the platform's, as strings. An event about an earlier message names it by `target`, the
same string that the message had as `id`; such an event may come before its message and waits for it then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.channels.contract.manifest import Source


class Author(msgspec.Struct, frozen=True):
    """Somebody on the platform. `us` marks our own account (an echo, the page's own comment)."""

    id: str
    name: str | None = None
    handle: str | None = None
    avatar_url: str | None = None
    language: str | None = None
    us: bool = False
    aliases: tuple[str, ...] = ()
    """Further ids under which the platform names the same person. Whichever was known first stays the person's id, also
    as the key of a DM thread that is named after the person."""


class Post(msgspec.Struct, frozen=True):
    """The publication under which a comment or mention stands."""

    id: str
    url: str | None = None
    text: str | None = None
    author_name: str | None = None
    picture_url: str | None = None
    kind: str | None = None
    """"organic" or "ad", where the platform says so."""
    at: datetime | None = None


class Thread(msgspec.Struct, frozen=True):
    """Where a message belongs. `key` is unique per account and source; `customer` is whom a DM thread is with.

    `reply_to` carries what an answer needs beyond the key (chat and topic ids, comment id), opaque to everybody but the adapter.
    """

    source: Source
    key: str
    customer: Author | None = None
    post: Post | None = None
    reply_to: dict[str, str] = {}


class Attachment(msgspec.Struct, frozen=True):
    """`kind`: image, video, audio, file, sticker, location, contact, share, template, or the platform's own word.

    Either `url` (fetched as it is) or `file_id` (the adapter asks for the address), or neither where there is nothing to fetch;
    `skip` says why a file will not be fetched. `data` holds what has no file: coordinates, phone numbers, a shared post.
    """

    kind: str
    url: str | None = None
    file_id: str | None = None
    name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    skip: str | None = None
    alt: str | None = None
    """The author's description of the picture."""
    data: dict[str, Any] = {}


class Message(msgspec.Struct, frozen=True, tag="message"):
    """A DM, comment, mention, review or postback.

    `group` joins what the platform sends in pieces (an album): pieces of one group become one message, in the order of
    `position`. `position` breaks ties between messages of the same instant. `echo_of` is our own delivery reference
    given back by the platform. `unsupported` names a content kind that cannot be shown; the message appears all the same.
    `opens_window` is false for what does not open the platform's reply window.
    """

    id: str
    thread: Thread
    author: Author
    at: datetime
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    quoted: str | None = None
    group: str | None = None
    position: int = 0
    rating: int | None = None
    recommended: bool | None = None
    postback: str | None = None
    unsupported: str | None = None
    echo_of: str | None = None
    opens_window: bool = True
    url: str | None = None
    """Where a person can see the message on the platform."""
    standby: bool = False
    """Another application owns this thread: record, do not answer by automation."""
    historic: bool = False
    """The platform hands over something old for the record: it counts as seen and answered."""
    metadata: dict[str, Any] = {}


class Edit(msgspec.Struct, frozen=True, tag="edit"):
    """New text (None: unchanged), attachments (None: unchanged) or visibility of an earlier message."""

    target: str
    at: datetime
    text: str | None = None
    attachments: tuple[Attachment, ...] | None = None
    hidden: bool | None = None
    rating: int | None = None
    recommended: bool | None = None


class Deletion(msgspec.Struct, frozen=True, tag="deletion"):
    target: str
    at: datetime


class Reaction(msgspec.Struct, frozen=True, tag="reaction"):
    """The complete set of `emoji` that `author` now has on `target`; empty means taken back."""

    target: str
    at: datetime
    author: Author
    emoji: tuple[str, ...]


class Receipt(msgspec.Struct, frozen=True, tag="receipt"):
    """`status` sent, delivered or read, for one message (`target`) or for all of a thread up to `until`; `failed` for one
    message that the platform had accepted and then did not deliver: `code` is the platform's, `reason` a sentence for the
    agent. `echo_of` is our own delivery reference given back, which finds the message whose id we did not learn."""

    status: str
    at: datetime
    target: str | None = None
    thread: Thread | None = None
    until: datetime | None = None
    code: str | None = None
    reason: str | None = None
    echo_of: str | None = None


class Reachability(msgspec.Struct, frozen=True, tag="reachability"):
    """The person blocked us, or can be written to again."""

    author: Author
    at: datetime
    reachable: bool


class ThreadMoved(msgspec.Struct, frozen=True, tag="thread_moved"):
    """The platform renamed a thread (a group became a supergroup): every key that is or starts with `old` now has `new`."""

    old: str
    new: str
    at: datetime


class AccountNotice(msgspec.Struct, frozen=True, tag="account_notice"):
    """Something about the connection itself. `state` merges into the account's state; `alert` is a sentence for
    administrators; `fetch` asks for a look at what the platform lists now (`fetch_page`), because the notification only said
    that there is something."""

    code: str
    at: datetime
    state: dict[str, Any] = {}
    alert: str | None = None
    fetch: bool = False


class Unsupported(msgspec.Struct, frozen=True, tag="unsupported"):
    """Belongs to a thread, and has no message form: shown in the thread as an event with its payload."""

    thread: Thread
    at: datetime
    what: str
    payload: dict[str, Any]


class Ignored(msgspec.Struct, frozen=True, tag="ignored"):
    """Recognized as nothing an inbox would show (a page like, our own post). Counted by `reason`, kept as a raw event."""

    reason: str
    at: datetime | None = None


InboundEvent = (
    Message
    | Edit
    | Deletion
    | Reaction
    | Receipt
    | Reachability
    | ThreadMoved
    | AccountNotice
    | Unsupported
    | Ignored
)
