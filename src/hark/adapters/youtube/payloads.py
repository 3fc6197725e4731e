"""Comments as the Data API gives them, and how they travel as raw items."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

What = Literal["comment", "edit", "deleted", "visibility"]


class Item(msgspec.Struct, omit_defaults=True):
    """What `split` hands to `normalize`. `channel` is ours. For a deletion or a change of visibility, which are noticed by
    comparing lists, `at` is when (RFC 3339)."""

    channel: str
    what: What
    comment: Any = None
    video: str | None = None
    target: str | None = None
    hidden: bool | None = None
    at: str | None = None


class ChannelId(msgspec.Struct):
    value: str | None = None


class CommentSnippet(msgspec.Struct):
    """`textOriginal` is missing for comments that the caller may not edit in some answers; `textDisplay` is HTML there."""

    authorDisplayName: str | None = None  # noqa: N815 - the API's name, as all below
    authorProfileImageUrl: str | None = None  # noqa: N815
    authorChannelUrl: str | None = None  # noqa: N815
    authorChannelId: ChannelId | None = None  # noqa: N815
    textDisplay: str | None = None  # noqa: N815
    textOriginal: str | None = None  # noqa: N815
    parentId: str | None = None  # noqa: N815
    videoId: str | None = None  # noqa: N815
    likeCount: int | None = None  # noqa: N815
    publishedAt: str | None = None  # noqa: N815
    updatedAt: str | None = None  # noqa: N815
    moderationStatus: str | None = None  # noqa: N815


class Comment(msgspec.Struct):
    id: str
    snippet: CommentSnippet = msgspec.field(default_factory=CommentSnippet)


class Batch(msgspec.Struct):
    """What polling takes apart: the resources of a list, with what the list itself does not say."""

    items: list[Any]
    channel: str = ""
    video: str | None = None
