"""LinkedIn's JSON, as far as it is read. Everything is optional: what is missing or of another type is judged later."""

from __future__ import annotations

from typing import Any

import msgspec


class Source(msgspec.Struct, frozen=True):
    """A post or comment as notifications carry it. `parent` is not documented for notifications; it is filled in from
    the Comments API where it was looked up, `content` likewise."""

    entity: str | None = None
    owner: str | None = None
    text: str | None = None
    object: str | None = None
    media: str | None = msgspec.field(default=None, name="mediaCategory")
    parent: str | None = msgspec.field(default=None, name="parentComment")


class Generated(msgspec.Struct, frozen=True):
    comment: Source | None = None
    share: Source | None = None


class Notification(msgspec.Struct, frozen=True, rename="camel"):
    """One element of a webhook body or of the list of notifications."""

    action: str | None = None
    organizational_entity: str | None = None
    notification_id: int | str | None = None
    last_modified_at: int | float | None = None
    source_post: str | None = None
    generated_activity: str | None = None
    decorated_source_post: Source | None = None
    decorated_generated_activity: Generated | None = None


class Envelope(msgspec.Struct, frozen=True):
    """A raw item: `kind` "notification" as LinkedIn pushed or listed it, "comment" as the Comments API gave it, with the
    page (`account`) on whose posts it stands; `type` is that of the webhook body."""

    kind: str
    item: Any
    account: str | None = None
    type: str | None = None


class Read(msgspec.Struct, frozen=True):
    """An `Envelope` as it is read: `item` is decoded as what its kind is."""

    kind: str
    item: msgspec.Raw
    account: str | None = None
    type: str | None = None


class Moment(msgspec.Struct, frozen=True):
    actor: str | None = None
    time: int | float | None = None


class Text(msgspec.Struct, frozen=True):
    text: str | None = None


class Comment(msgspec.Struct, frozen=True, rename="camel"):
    """A comment as the Comments API gives it. Older versions name its URN `$URN`."""

    actor: str | None = None
    comment_urn: str | None = None
    old_urn: str | None = msgspec.field(default=None, name="$URN")
    created: Moment | None = None
    last_modified: Moment | None = None
    id: str | None = None
    message: Text | None = None
    object: str | None = None
    parent_comment: str | None = None
    content: list[Any] | None = None


READ = msgspec.json.Decoder(Read)
NOTIFICATION = msgspec.json.Decoder(Notification)
COMMENT = msgspec.json.Decoder(Comment)
