"""A raw item into inbound events. Pure."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.youtube.payloads import Comment, CommentSnippet, Item
from hark.adapters.youtube.split import instant
from hark.channels.contract import (
    Author,
    Deletion,
    Edit,
    InboundEvent,
    Message,
    Post,
    Source,
    Thread,
    Unrecognized,
)

ANONYMOUS = "anonymous:"
"""Somebody whose channel is gone: nobody to tell apart from others, so each comment has its own."""
WATCH = "https://www.youtube.com/watch?v="
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    try:
        item = msgspec.json.decode(payload, type=Item)
        if item.what in {"deleted", "visibility"}:
            return [_noticed(item, received_at)]
        comment = msgspec.convert(item.comment, Comment)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"not a comment: {error}") from error
    if not comment.id:
        raise Unrecognized("a comment without an id")
    if item.what == "edit":
        return [_edit(comment, received_at)]
    return [_message(item, comment, received_at)]


def _noticed(item: Item, received_at: datetime) -> InboundEvent:
    at = instant(item.at) or received_at
    if not item.target:
        raise Unrecognized("a change of no comment")
    if item.what == "deleted":
        return Deletion(target=item.target, at=at)
    return Edit(target=item.target, at=at, hidden=bool(item.hidden))


def _edit(comment: Comment, received_at: datetime) -> Edit:
    snippet = comment.snippet
    return Edit(target=comment.id, at=instant(snippet.updatedAt) or received_at, text=text_of(snippet) or "")


def _message(item: Item, comment: Comment, received_at: datetime) -> Message:
    snippet = comment.snippet
    top = thread_of(comment)
    video = item.video or snippet.videoId
    text = text_of(snippet)
    likes: dict[str, Any] = {"likes": snippet.likeCount} if snippet.likeCount else {}
    return Message(
        id=comment.id,
        thread=Thread(
            source=Source.COMMENT,
            key=top,
            post=Post(id=video, url=f"{WATCH}{video}") if video else None,
            reply_to={"parent": top, **({"video": video} if video else {})},
        ),
        author=_author(item, comment),
        at=instant(snippet.publishedAt) or received_at,
        text=text,
        unsupported=None if text else "comment",
        url=f"{WATCH}{video}&lc={comment.id}" if video else None,
        metadata=likes,
    )


def thread_of(comment: Comment) -> str:
    """The id of the first comment: a reply names it, and begins with it."""
    return comment.snippet.parentId or comment.id.split(".", 1)[0] or comment.id


def _author(item: Item, comment: Comment) -> Author:
    snippet = comment.snippet
    channel = snippet.authorChannelId.value if snippet.authorChannelId else None
    name = snippet.authorDisplayName or None
    return Author(
        id=channel or ANONYMOUS + comment.id,
        name=name,
        handle=name if name and name.startswith("@") else None,
        avatar_url=snippet.authorProfileImageUrl or None,
        us=channel is not None and channel == item.channel,
    )


def text_of(snippet: CommentSnippet) -> str | None:
    """The words as they were typed; where only the displayed form is there, that without its markup."""
    if snippet.textOriginal:
        return snippet.textOriginal
    if not snippet.textDisplay:
        return None
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", snippet.textDisplay))) or None
