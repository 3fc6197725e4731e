"""What a system posts to a webhook channel. The published schema (docs/webhook-channel.schema.json) is made from these
types. Times are RFC 3339, or seconds since 1970; unknown keys are passed over."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Time = Annotated[
    str | int | float | None, msgspec.Meta(description="RFC 3339, or seconds since 1970. Left out: now.")
]
Stars = Annotated[int, msgspec.Meta(ge=0, le=10, description="Of a review: stars.")]
SourceName = Literal["dm", "comment", "mention", "review"]


class Person(msgspec.Struct, kw_only=True):
    """Somebody on the other system. `us` marks the business itself: an answer that was written elsewhere."""

    id: Id
    name: str | None = None
    handle: str | None = None
    avatar_url: str | None = None
    language: Annotated[str | None, msgspec.Meta(description="A tag as in BCP 47: de, pt-BR.")] = None
    us: bool = False


class Post(msgspec.Struct, kw_only=True):
    """What a comment or mention is about: an article, a product, a video."""

    id: Id
    url: str | None = None
    text: str | None = None
    author_name: str | None = None
    picture_url: str | None = None
    kind: Literal["organic", "ad"] | None = None
    at: Time = None


class Thread(msgspec.Struct, kw_only=True):
    """Where a message belongs. `customer` is whom a direct conversation is with, needed where the author is the business.
    `reply_to` comes back with every answer as it was given last: words with words."""

    id: Id
    customer: Person | None = None
    post: Post | None = None
    reply_to: dict[str, str] = {}


class Attachment(msgspec.Struct, kw_only=True):
    """A file by its address (`url`, fetched once, public) or inside the message (`content`, base64, up to 1 MiB); or a
    thing without a file, in `data`: a place (latitude, longitude), a card (name, phone_number)."""

    kind: Annotated[
        str,
        msgspec.Meta(description="image, video, audio, file, sticker, location, contact, share, or your own"),
    ]
    url: str | None = None
    content: str | None = None
    name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    alt: str | None = None
    data: dict[str, Any] = {}


class MessageEvent(msgspec.Struct, kw_only=True, tag="message", tag_field="type"):
    """Somebody wrote. The same `id` is the same message, however often it is posted."""

    id: Id
    source: SourceName
    thread: Thread
    author: Person
    at: Time = None
    text: str | None = None
    attachments: list[Attachment] = []
    quoted: Annotated[
        str | None, msgspec.Meta(description="The id of the message that this one answers.")
    ] = None
    rating: Stars | None = None
    recommended: bool | None = None
    url: str | None = None
    echo_of: Annotated[
        str | None, msgspec.Meta(description="Of our own answer: the id with which it was sent to you.")
    ] = None
    historic: Annotated[bool, msgspec.Meta(description="Old, for the record: alarms nobody.")] = False
    unsupported: Annotated[
        str | None, msgspec.Meta(description="A word for a content that has no other form here.")
    ] = None
    metadata: dict[str, Any] = {}


class EditEvent(msgspec.Struct, kw_only=True, tag="edit", tag_field="type"):
    """An earlier message has other words, files, stars or visibility. What is left out stays."""

    target: Id
    at: Time = None
    text: str | None = None
    attachments: list[Attachment] | None = None
    hidden: bool | None = None
    rating: Stars | None = None
    recommended: bool | None = None


class DeletionEvent(msgspec.Struct, kw_only=True, tag="deletion", tag_field="type"):
    """An earlier message is gone; its content goes here too."""

    target: Id
    at: Time = None


class ReactionEvent(msgspec.Struct, kw_only=True, tag="reaction", tag_field="type"):
    """All emoji that the author now has on a message; none: taken back."""

    target: Id
    author: Person
    emoji: list[str]
    at: Time = None


class ReceiptEvent(msgspec.Struct, kw_only=True, tag="receipt", tag_field="type"):
    """What became of an answer: one (`target`), or all of a direct conversation up to `until` (`thread`)."""

    status: Literal["sent", "delivered", "read", "failed"]
    target: str | None = None
    thread: str | None = None
    until: Time = None
    at: Time = None
    code: str | None = None
    reason: Annotated[str | None, msgspec.Meta(description="Of a failure: a sentence for the agent.")] = None
    echo_of: str | None = None


class PersonEvent(msgspec.Struct, kw_only=True, tag="person", tag_field="type"):
    """Somebody has another name or picture, blocked the business, or can be written to again."""

    person: Person
    reachable: bool = True
    at: Time = None


Event = MessageEvent | EditEvent | DeletionEvent | ReactionEvent | ReceiptEvent | PersonEvent


class Batch(msgspec.Struct, kw_only=True):
    """The body of a request: up to 500 events, in order."""

    events: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=500)]


def schema() -> dict[str, Any]:
    """The published schema of a request's body."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a system posts to a Hark webhook channel",
        **msgspec.json.schema(Batch),
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(schema()), indent=2) + b"\n")
