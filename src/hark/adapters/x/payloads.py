"""What of X's objects is read. Nothing here is required: X leaves fields out, and sends null for others.

"Post" and "tweet" are the same thing. The samples and all recordings say `tweet`, the published OpenAPI description says
`post`; both spellings are read.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Id = str | int | None
Time = str | int | float | None

Form = Literal[
    "dm", "dm_event", "tweet", "post", "delete", "like", "read", "typing", "chat", "revoke", "replay"
]
"""`dm`, `tweet`: the objects of the Account Activity API (`dm` is that of both webhooks). `dm_event`, `post`: those of the
v2 API, from lists and from the X Activity API."""


Kind = Form | Literal["unknown"]


class User(msgspec.Struct, frozen=True):
    """Somebody, in the words of v1.1 (`screen_name`, `id_str`) or of v2 (`username`)."""

    id: Id = None
    id_str: str | None = None
    name: str | None = None
    screen_name: str | None = None
    username: str | None = None
    profile_image_url_https: str | None = None
    profile_image_url: str | None = None
    lang: str | None = None


class Link(msgspec.Struct, frozen=True):
    url: str | None = None
    expanded_url: str | None = None
    unwound_url: str | None = None
    display_url: str | None = None
    media_key: str | None = None


class Named(msgspec.Struct, frozen=True):
    """A @name in a text: v1.1 has `indices`, v2 `start`."""

    id: Id = None
    id_str: str | None = None
    indices: list[int] | None = None
    start: int | None = None


class Entities(msgspec.Struct, frozen=True):
    urls: list[Link] | None = None
    user_mentions: list[Named] | None = None
    mentions: list[Named] | None = None


class Variant(msgspec.Struct, frozen=True):
    url: str | None = None
    content_type: str | None = None
    bitrate: int | None = None
    bit_rate: int | None = None


class VideoInfo(msgspec.Struct, frozen=True):
    variants: list[Variant] | None = None
    duration_millis: int | None = None


class Size(msgspec.Struct, frozen=True):
    w: int | None = None
    h: int | None = None


class Media(msgspec.Struct, frozen=True):
    """A picture or film of v1.1 (`media_url_https`, `video_info`) or v2 (`url`, `variants`)."""

    type: str | None = None
    id_str: str | None = None
    media_key: str | None = None
    media_url_https: str | None = None
    url: str | None = None
    preview_image_url: str | None = None
    video_info: VideoInfo | None = None
    variants: list[Variant] | None = None
    sizes: dict[str, Size] | None = None
    ext_alt_text: str | None = None
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None


class ManyMedia(msgspec.Struct, frozen=True):
    media: list[Media] | None = None


class LongTweet(msgspec.Struct, frozen=True):
    full_text: str | None = None
    display_text_range: list[int] | None = None
    entities: Entities | None = None
    extended_entities: ManyMedia | None = None


class Permalink(msgspec.Struct, frozen=True):
    url: str | None = None


class Tweet(msgspec.Struct, frozen=True):
    """A post as the Account Activity API sends it (v1.1)."""

    id: Id = None
    id_str: str | None = None
    text: str | None = None
    full_text: str | None = None
    created_at: str | None = None
    timestamp_ms: Time = None
    user: User | None = None
    lang: str | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_user_id_str: str | None = None
    in_reply_to_screen_name: str | None = None
    quoted_status_id_str: str | None = None
    quoted_status: Tweet | None = None
    quoted_status_permalink: Permalink | None = None
    retweeted_status: Any = None
    display_text_range: list[int] | None = None
    entities: Entities | None = None
    extended_entities: ManyMedia | None = None
    extended_tweet: LongTweet | None = None
    edit_history: Any = None


class Referenced(msgspec.Struct, frozen=True):
    type: str | None = None
    id: Id = None


class Keys(msgspec.Struct, frozen=True):
    media_keys: list[str] | None = None


class NotePost(msgspec.Struct, frozen=True):
    text: str | None = None
    entities: Entities | None = None


class Post(msgspec.Struct, frozen=True):
    """A post of v2."""

    id: Id = None
    text: str | None = None
    author_id: Id = None
    created_at: str | None = None
    conversation_id: Id = None
    in_reply_to_user_id: Id = None
    in_reply_to_tweet_id: Id = None
    in_reply_to_post_id: Id = None
    referenced_tweets: list[Referenced] | None = None
    referenced_posts: list[Referenced] | None = None
    edit_history_tweet_ids: list[Id] | None = None
    edit_history_post_ids: list[Id] | None = None
    note_tweet: NotePost | None = None
    note_post: NotePost | None = None
    display_text_range: list[int] | None = None
    attachments: Keys | None = None
    entities: Entities | None = None
    lang: str | None = None


class Recipient(msgspec.Struct, frozen=True):
    recipient_id: Id = None


class QuickReply(msgspec.Struct, frozen=True):
    type: str | None = None
    metadata: str | None = None


class Coordinates(msgspec.Struct, frozen=True):
    coordinates: list[float] | None = None


class SharedCoordinate(msgspec.Struct, frozen=True):
    coordinates: Coordinates | None = None


class Location(msgspec.Struct, frozen=True):
    type: str | None = None
    shared_coordinate: SharedCoordinate | None = None


class DmAttachment(msgspec.Struct, frozen=True):
    type: str | None = None
    media: Media | list[Media] | None = None
    location: Location | None = None


class MessageData(msgspec.Struct, frozen=True):
    text: str | None = None
    entities: Entities | None = None
    attachment: DmAttachment | None = None
    quick_reply_response: QuickReply | None = None


class MessageCreate(msgspec.Struct, frozen=True):
    target: Recipient | None = None
    sender_id: Id = None
    source_app_id: Id = None
    message_data: MessageData | None = None


class Dm(msgspec.Struct, frozen=True):
    """A direct message as both webhooks send it."""

    type: str | None = None
    id: Id = None
    created_timestamp: Time = None
    dm_conversation_id: Id = None
    message_create: MessageCreate | None = None


class DmEvent(msgspec.Struct, frozen=True):
    """A direct message as lists give it."""

    id: Id = None
    event_type: str | None = None
    text: str | None = None
    sender_id: Id = None
    dm_conversation_id: Id = None
    created_at: str | None = None
    attachments: Keys | None = None
    entities: Entities | None = None
    referenced_tweets: list[Referenced] | None = None
    referenced_posts: list[Referenced] | None = None


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item as it is stored: the object as X sent it, whose it is, and only those people, files and posts of the body
    that belong to it. `event` is X's own word for what happened; `beside` what stood beside the object."""

    form: Kind
    event: str
    item: Any = None
    account: str = ""
    users: dict[str, Any] = {}
    media: list[Any] = []
    posts: list[Any] = []
    beside: dict[str, Any] = {}


class Known(msgspec.Struct, frozen=True):
    """The envelope as `normalize` reads it: the object stays raw until its form is known."""

    form: str = ""
    event: str = ""
    item: msgspec.Raw = msgspec.Raw(b"null")
    account: str = ""
    users: dict[str, User] = {}
    media: list[Media] = []
    posts: list[Post] = []
    beside: dict[str, Any] = {}
