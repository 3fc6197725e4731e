"""Raw item to inbound events: pure, and total over what a server sends.

A conversation is one person: in direct messages as such, in public in one thread of posts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.mastodon.content import attachments_of, author_of, instant, metadata_of, text_in
from hark.adapters.mastodon.payloads import Entry, Notification, Root, Status
from hark.channels.contract import (
    AccountNotice,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reaction,
    Source,
    Thread,
    Unrecognized,
)

FAVOURITE = "⭐"
NO_MESSAGE = frozenset(
    {
        "follow", "follow_request", "reblog", "poll", "status", "admin.sign_up", "admin.report",
        "severed_relationships", "moderation_warning", "annual_report", "added_to_collection", "collection_update",
    }
)  # fmt: skip


class _Gone(msgspec.Struct):
    id: str


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """The events of one raw item. Raises Unrecognized."""
    try:
        return _events(msgspec.json.decode(payload, type=Entry), received_at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"the item has an unknown form: {error}") from error


def _events(entry: Entry, received_at: datetime) -> list[InboundEvent]:
    if entry.kind == "notification":
        return _notified(entry, _read(entry, Notification), received_at)
    if entry.kind == "status":
        return _written(entry, _read(entry, Status), received_at)
    if entry.kind == "edit":
        return [_edited(entry, _read(entry, Status), received_at)]
    if entry.kind == "gone":
        return [Deletion(_read(entry, _Gone).id, instant(entry.at) or received_at)]
    if entry.kind == "push":
        return [AccountNotice("notified", received_at, fetch=True)]
    raise Unrecognized(f"an item of kind {entry.kind!r}")


def _read(entry: Entry, shape: Any) -> Any:
    return msgspec.json.decode(entry.item, type=shape)


def _notified(entry: Entry, told: Notification, received_at: datetime) -> list[InboundEvent]:
    at = instant(told.created_at) or received_at
    if told.type in {"mention", "quote"} and told.status is not None:
        return _written(entry, told.status, received_at)
    if told.type in {"update", "quoted_update"} and told.status is not None:
        return [_edited(entry, told.status, received_at)]
    if told.type == "favourite" and told.status is not None:
        author = author_of(told.account, entry.account)
        return [Reaction(told.status.id, at, author, (FAVOURITE,))]
    if told.type in NO_MESSAGE:
        return [Ignored(f"notification:{told.type}", at)]
    raise Unrecognized(f"a notification of type {told.type!r}")


def _written(entry: Entry, status: Status, received_at: datetime) -> list[InboundEvent]:
    at = instant(status.created_at) or received_at
    if status.reblog is not None:
        return [Ignored("boost", at)]
    author = author_of(status.account, entry.account)
    thread = _own_thread(entry, status) if author.us else _thread(entry, status, author)
    if thread is None:
        return [Ignored("own_post" if author.us else "timeline", at)]
    text, files = text_in(status), attachments_of(status)
    return [
        Message(
            id=status.id,
            thread=thread,
            author=author,
            at=at,
            text=text,
            attachments=files,
            quoted=_quoted(entry, status),
            unsupported=None if text or files else "empty",
            opens_window=not author.us,
            url=status.url,
            metadata=metadata_of(status),
        )
    ]


def _edited(entry: Entry, status: Status, received_at: datetime) -> InboundEvent:
    """A change of anything that is no business of ours comes by the home timeline too."""
    at = instant(status.edited_at) or received_at
    author = author_of(status.account, entry.account)
    thread = _own_thread(entry, status) if author.us else _thread(entry, status, author)
    if thread is None:
        return Ignored("own_post" if author.us else "timeline", at)
    return Edit(status.id, at, text=text_in(status) or "", attachments=attachments_of(status))


def _thread(entry: Entry, status: Status, author: Author) -> Thread | None:
    """Somebody's post: None where it neither names us nor answers us."""
    named = entry.account in {each.id for each in status.mentions}
    answers_us = status.in_reply_to_account_id == entry.account
    if status.visibility == "direct":
        return Thread(Source.DM, author.id, customer=author, reply_to=_address(entry, status, author))
    if not named and not answers_us and status.quote is None:
        return None
    source = Source.COMMENT if _is_under_ours(entry, answers_us) else Source.MENTION
    return Thread(
        source,
        thread_key(_root_id(entry, status), author.id),
        post=_post(entry, status),
        reply_to=_address(entry, status, author),
    )


def _is_under_ours(entry: Entry, answers_us: bool) -> bool:
    """Under a post of ours it is a comment, anywhere else a mention: also what continues a mention, so that both stay together.
    Where the first post is not known, the one above decides."""
    return answers_us if entry.root is None else entry.root.account == entry.account


def _own_thread(entry: Entry, status: Status) -> Thread | None:
    """What we wrote from elsewhere: to whom? None for posts that answer nobody."""
    others = [each for each in status.mentions if each.id != entry.account]
    if status.visibility == "direct":
        return (
            Thread(Source.DM, others[0].id, customer=_customer(others[0].id, others[0].acct))
            if others
            else None
        )
    person = status.in_reply_to_account_id
    if person is None or person == entry.account:
        return None
    acct = next((each.acct for each in others if each.id == person), "")
    under_ours = entry.root is not None and entry.root.account == entry.account
    return Thread(
        Source.COMMENT if under_ours else Source.MENTION,
        thread_key(_root_id(entry, status), person),
        customer=_customer(person, acct),
        post=_post(entry, status),
    )


def _customer(person: str, acct: str) -> Author:
    return Author(id=person, handle=acct or None)


def thread_key(root: str, person: str) -> str:
    return f"{root}#{person}"


def _root_id(entry: Entry, status: Status) -> str:
    return entry.root.id if entry.root else status.in_reply_to_id or status.id


def _post(entry: Entry, status: Status) -> Post | None:
    """What is talked about: the first post of the thread, or the one that is quoted."""
    root: Root | None = entry.root
    if root is not None and root.id != status.id:
        return Post(root.id)
    if root is None and status.in_reply_to_id:
        return Post(status.in_reply_to_id)
    quoted = status.quote.get("quoted_status") if status.quote else None
    if isinstance(quoted, dict) and isinstance(quoted.get("id"), str):
        url = quoted.get("url")
        return Post(quoted["id"], url=url if isinstance(url, str) else None)
    return None


def _quoted(entry: Entry, status: Status) -> str | None:
    """The post that is answered, where it is not the one on top."""
    if status.visibility == "direct":
        return status.in_reply_to_id
    answered = status.in_reply_to_id
    return answered if answered is not None and answered != _root_id(entry, status) else None


def _address(entry: Entry, status: Status, author: Author) -> dict[str, str]:
    """What an answer must carry: the post above it, who has to be named in it, who may see it."""
    found = {
        "status": status.id,
        "acct": status.account.acct or status.account.username,
        "person": author.id,
        "visibility": status.visibility,
        "warning": status.spoiler_text or "",
        "language": status.language or "",
    }
    return {key: value for key, value in found.items() if value}
