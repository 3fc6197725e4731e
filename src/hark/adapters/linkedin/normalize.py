"""One raw item of LinkedIn into inbound events. Pure.

A conversation is a top comment on a post with its answers (there are only these two levels), or one post that mentions the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.comments import author_of, comment_thread, from_comment
from hark.adapters.linkedin.manifest import EVENT_TYPE
from hark.adapters.linkedin.payloads import NOTIFICATION, READ, Notification, Read, Source
from hark.channels import contract
from hark.channels.contract import (
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reaction,
    Thread,
    Unrecognized,
)

OTHER_PRODUCTS = frozenset({"LEAD_ACTION"})
"""Bodies that LinkedIn's other products post to the same address."""
MEDIA = {"IMAGE": "image", "VIDEO": "video", "RICH": "file", "DOCUMENT": "file"}


class Told(msgspec.Struct, frozen=True):
    """A notification with what every event needs from it."""

    account: str
    notification: Notification
    received_at: datetime

    @property
    def at(self) -> datetime:
        given = urns.instant(self.notification.last_modified_at)
        if given is not None:
            return given
        return urns.time_in(urns.urn(self.notification.generated_activity) or "") or self.received_at

    @property
    def post(self) -> str | None:
        return urns.urn(self.notification.source_post)

    @property
    def context(self) -> Post | None:
        """Our post under which it happened. Its share URN is kept: only that one can be looked up."""
        shown = self.notification.decorated_source_post
        post = (urns.urn(shown.entity) if shown else None) or self.post
        if post is None:
            return None
        return Post(post, url=urns.post_address(post), text=(shown.text if shown else None) or None)


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    try:
        envelope = READ.decode(payload)
        if envelope.kind == "comment":
            return from_comment(envelope, received_at)
        return _from_notification(envelope, received_at)
    except msgspec.DecodeError as error:
        raise Unrecognized(f"an item of another form: {error}") from error


def _from_notification(envelope: Read, received_at: datetime) -> list[InboundEvent]:
    if envelope.type != EVENT_TYPE:
        if envelope.type in OTHER_PRODUCTS:
            return [Ignored(f"type:{envelope.type}", received_at)]
        raise Unrecognized(f"a body of type {envelope.type!r}")
    notification = NOTIFICATION.decode(envelope.item)
    account = urns.urn(notification.organizational_entity)
    if account is None:
        raise Unrecognized("a notification that names no page")
    told = Told(account, notification, received_at)
    match notification.action:
        case "COMMENT" | "ADMIN_COMMENT":
            return _comment(told)
        case "COMMENT_EDIT":
            return _edited(told)
        case "COMMENT_DELETE":
            return [Deletion(_comment_id(told), told.at)]
        case "SHARE_MENTION" | "SHARE":
            return _share(told)
        case "LIKE":
            return _like(told)
        case action:
            raise Unrecognized(f"a notification of action {action!r}")


def _comment_of(told: Told) -> Source:
    generated = told.notification.decorated_generated_activity
    return (generated.comment if generated else None) or Source()


def _comment_id(told: Told) -> str:
    found = urns.urn(_comment_of(told).entity) or urns.urn(told.notification.generated_activity)
    if found is None or urns.parts_of(found) is None:
        raise Unrecognized(f"{told.notification.action} without the comment's id")
    return found


def _comment(told: Told) -> list[InboundEvent]:
    comment_id, comment = _comment_id(told), _comment_of(told)
    parent = _parent_of(comment, comment_id)
    author = _author(told, comment, comment_id)
    message = Message(
        id=comment_id,
        thread=comment_thread(comment_id, parent, told.context, told.post, sure=False),
        author=author,
        at=told.at,
        text=comment.text or None,
        quoted=parent,
        unsupported=None if comment.text else "text_not_sent",
        url=urns.comment_address(comment_id, parent),
    )
    if parent is not None or author.us:
        return [message]
    # Whether it answers another comment, and its picture, are told by the Comments API only.
    return [message, AccountNotice("comment_incomplete", told.at, fetch=True)]


def _parent_of(comment: Source, comment_id: str) -> str | None:
    """The comment that is answered. `object` is the post; should it name a comment, that is the parent."""
    for value in (comment.parent, comment.object):
        found = urns.urn(value)
        if found is not None and found != comment_id and urns.parts_of(found) is not None:
            return found
    return None


def _author(told: Told, source: Source, thing: str) -> Author:
    if told.notification.action == "ADMIN_COMMENT":
        return Author(told.account, us=True)
    return author_of(urns.urn(source.owner), told.account, thing)


def _edited(told: Told) -> list[InboundEvent]:
    comment_id, text = _comment_id(told), _comment_of(told).text
    if text is None:
        return [AccountNotice("comment_incomplete", told.at, fetch=True)]
    return [Edit(comment_id, told.at, text=text)]


def _share(told: Told) -> list[InboundEvent]:
    """Somebody's post that names the page, or shares its post with words of their own."""
    notification = told.notification
    generated = notification.decorated_generated_activity
    share = (generated.share if generated else None) or Source()
    share_id = urns.urn(share.entity) or urns.urn(notification.generated_activity)
    reshared = notification.action == "SHARE"
    if reshared and not (share.text or "").strip():
        return [Ignored("share_without_text", told.at)]
    if share_id is None:
        raise Unrecognized(f"{notification.action} without the post's id")
    post = share_id if reshared else told.post or share_id
    message = Message(
        id=share_id,
        thread=Thread(
            contract.Source.MENTION,
            share_id,
            post=told.context if reshared else None,
            reply_to={"post": post},
        ),
        author=author_of(urns.urn(share.owner), told.account, share_id),
        at=told.at,
        text=share.text or None,
        attachments=_media(share.media, share_id),
        unsupported=None if share.text else "text_not_sent",
        url=urns.post_address(share_id),
    )
    return [message]


def _media(category: str | None, share_id: str) -> tuple[Attachment, ...]:
    """LinkedIn only says that there is something; it is seen on linkedin.com."""
    kind = MEDIA.get(category or "")
    data: dict[str, Any] = {"url": urns.post_address(share_id)}
    return (Attachment(kind, skip="not_given_out", data=data),) if kind else ()


def _like(told: Told) -> list[InboundEvent]:
    """LinkedIn does not say who: every like is of somebody else."""
    target = urns.urn(told.notification.generated_activity) or told.post
    if target is None:
        raise Unrecognized("LIKE without its post")
    number = told.notification.notification_id
    somebody = Author(f"unknown:{number if number is not None else target}")
    return [Reaction(target, told.at, somebody, ("👍",))]
