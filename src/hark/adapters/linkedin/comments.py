"""Comments as the Comments API gives them, and what they have in common with those of notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.payloads import COMMENT, Comment, Read
from hark.channels.contract import (
    Attachment,
    Author,
    Edit,
    InboundEvent,
    Message,
    Post,
    Source,
    Thread,
    ThreadMoved,
    Unrecognized,
)

CHANGED_AFTER = 1000
"""Milliseconds between `created` and `lastModified` from which on a comment was edited."""


def author_of(owner: str | None, account: str, thing: str) -> Author:
    """LinkedIn gives no names. Who is not named at all is nobody else's same person."""
    if owner is None:
        return Author(f"unknown:{thing}")
    return Author(owner, us=owner == account)


UNSURE = "level"
"""In a thread's address: whether its comment is a top comment is not known (value `unknown`)."""


def comment_thread(
    comment_id: str, parent: str | None, context: Post | None, post: str | None, *, sure: bool = True
) -> Thread:
    parts = urns.parts_of(comment_id)
    under = post or (parts[0] if parts else None)
    root = parent or comment_id
    level = "top" if sure or parent else "unknown"
    reply_to = {"comment": root, UNSURE: level, **({"post": under} if under else {})}
    shown = context or (Post(under, url=urns.post_address(under)) if under else None)
    return Thread(Source.COMMENT, root, post=shown, reply_to=reply_to)


def urn_of(comment: Comment) -> str | None:
    """Its URN under the key of today or of older versions, else put together from post and number."""
    found = urns.urn(comment.comment_urn) or urns.urn(comment.old_urn)
    if found is None and comment.object and comment.id:
        found = urns.urn(urns.comment_urn(comment.object, comment.id))
    return found if found and urns.parts_of(found) else None


def from_comment(envelope: Read, received_at: datetime) -> list[InboundEvent]:
    """The comment itself, its place if it was put into a thread of its own before, and what changed since."""
    comment = COMMENT.decode(envelope.item)
    comment_id = urn_of(comment)
    if comment_id is None or envelope.account is None:
        raise Unrecognized("a comment without its id")
    message = _message(comment, comment_id, envelope.account, received_at)
    events: list[InboundEvent] = [message]
    if message.quoted is not None:
        events.append(ThreadMoved(comment_id, message.quoted, message.at))
    edited_at = _edited_at(comment)
    if edited_at is not None or message.attachments:
        text = message.text if edited_at else None
        events.append(
            Edit(comment_id, edited_at or message.at, text=text, attachments=message.attachments or None)
        )
    return events


def _message(comment: Comment, comment_id: str, account: str, received_at: datetime) -> Message:
    parent, under = urns.urn(comment.parent_comment), urns.urn(comment.object)
    created = comment.created
    at = urns.instant(created.time if created else None) or urns.time_in(comment_id) or received_at
    text = (comment.message.text if comment.message else None) or None
    files = tuple(_files(comment.content))
    actor = comment.actor or (created.actor if created else None)
    return Message(
        id=comment_id,
        thread=comment_thread(comment_id, parent, None, under if under and "comment" not in under else None),
        author=author_of(urns.urn(actor), account, comment_id),
        at=at,
        text=text,
        attachments=files,
        quoted=parent,
        unsupported=None if text or files else "text_not_sent",
        url=urns.comment_address(comment_id, parent),
    )


def _edited_at(comment: Comment) -> datetime | None:
    created = comment.created.time if comment.created else None
    changed = comment.last_modified.time if comment.last_modified else None
    if created is None or changed is None or changed - created < CHANGED_AFTER:
        return None
    return urns.instant(changed)


def _files(content: list[Any] | None) -> list[Attachment]:
    """Pictures; their addresses expire, so they are fetched at once."""
    files = []
    for part in content or []:
        if not isinstance(part, dict):
            continue
        kind, url = part.get("type"), part.get("url")
        word = kind.lower() if isinstance(kind, str) and kind else "file"
        if isinstance(url, str) and url.startswith("https://"):
            files.append(Attachment(word, url=url))
        else:
            files.append(Attachment(word, skip="no_address", data={"entity": part.get("entity")}))
    return files
