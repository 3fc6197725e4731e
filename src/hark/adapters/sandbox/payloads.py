"""The sandbox network's JSON, typed. Unknown fields are ignored; unknown values of `kind` and `content`
survive as text."""

from __future__ import annotations

from typing import Any

import msgspec


class Batch(msgspec.Struct):
    """A webhook body and a page of history: whose they are, and the events as they were written."""

    account: str
    events: list[msgspec.Raw]
    next: str | None = None


class Item(msgspec.Struct):
    """What `split` hands to `normalize`: one event with the account that it was sent to."""

    account: str
    event: msgspec.Raw


class EventHead(msgspec.Struct, kw_only=True):
    """What every event has. `at` is milliseconds since 1970."""

    id: str
    kind: str
    at: int | float | None = None


class Person(msgspec.Struct):
    id: str
    name: str | None = None
    handle: str | None = None
    avatar_url: str | None = None
    language: str | None = None


class Media(msgspec.Struct):
    """A file by `id`, or a thing without a file (a place, a contact card) in `data`."""

    kind: str
    id: str | None = None
    name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    unavailable: str | None = None
    alt: str | None = None
    data: dict[str, Any] = {}


class Post(msgspec.Struct):
    id: str
    url: str | None = None
    text: str | None = None
    author_name: str | None = None


class Created(msgspec.Struct):
    """A new message, comment, mention or review. `thread` names the DM partner's id or the first item of a
    public thread; `partner` is whom a DM is with; `reference` comes back where the item was sent through
    the API."""

    id: str
    thread: str
    author: Person
    text: str | None = None
    media: list[Media] = []
    partner: Person | None = None
    post: Post | None = None
    quoted: str | None = None
    album: str | None = None
    position: int = 0
    rating: int | None = None
    recommended: bool | None = None
    button: str | None = None
    content: str = "text"
    reference: str | None = None
    url: str | None = None


class CreatedEvent(EventHead, kw_only=True):
    item: Created


class Changed(msgspec.Struct):
    """The new state of what changed; None is unchanged."""

    target: str
    text: str | None = None
    media: list[Media] | None = None
    hidden: bool | None = None
    rating: int | None = None


class ChangedEvent(EventHead, kw_only=True):
    change: Changed


class DeletedEvent(EventHead, kw_only=True):
    target: str


class ReactedEvent(EventHead, kw_only=True):
    target: str
    author: Person
    emoji: list[str]


class ReceiptEvent(EventHead, kw_only=True):
    """One message (`target`) or everything of a DM thread up to `until` (milliseconds). A message that could not be
    delivered after all has the status failed, with `code` and `reason`; `reference` is the one it was sent with."""

    status: str
    target: str | None = None
    thread: str | None = None
    until: int | float | None = None
    code: str | None = None
    reason: str | None = None
    reference: str | None = None


class PersonEvent(EventHead, kw_only=True):
    person: Person


class ThreadEvent(EventHead, kw_only=True):
    """Something in a DM thread that has no message form (a call)."""

    thread: str
    person: Person
    details: dict[str, Any] = {}


class MovedEvent(EventHead, kw_only=True):
    old: str
    new: str


class NoticeEvent(EventHead, kw_only=True):
    code: str
    message: str | None = None


class ApiError(msgspec.Struct):
    code: str = "unknown"
    message: str = ""


class Failure(msgspec.Struct):
    """The network's own error body. It promises that nothing was created."""

    error: ApiError


class Accepted(msgspec.Struct):
    """A created item as the API answers it; `at` in milliseconds."""

    id: str
    thread: str
    source: str
    at: int | float | None = None


class Found(msgspec.Struct):
    items: list[Accepted]


class Me(msgspec.Struct):
    id: str
    name: str


class WebhookState(msgspec.Struct):
    url: str | None = None
    verified: bool = False
    failing_since: int | None = None


class ToldPost(Post, kw_only=True):
    """A post as the API tells it when it is asked."""

    picture_url: str | None = None
    at: int | float | None = None


class ApprovedTemplate(msgspec.Struct):
    name: str
    language: str
    body: str


class Templates(msgspec.Struct):
    items: list[ApprovedTemplate]
