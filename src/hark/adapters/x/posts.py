"""A post, whatever form it came in, into events: whose it is, what it answers, whether it names us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.x.payloads import Known
from hark.adapters.x.people import author_of, post_address
from hark.channels.contract import (
    Attachment,
    Author,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Source,
    Thread,
)


class Seen(msgspec.Struct, frozen=True):
    """A post as the rest of this module reads it.

    - `id` is this version's; `versions` all ids that it had, oldest first (an edit makes a new id).
    - `answers`, `answered_person`: the post it is a reply to, and that one's author.
    - `quotes`: the post that it quotes; `quotes_us` whether that is ours, where the body tells.
    - `named`: it names us in its own words; None where the body does not tell. A reply begins with names that X
      puts there by itself, and those do not count.
    """

    id: str
    author: Author
    at: datetime
    text: str
    versions: tuple[str, ...] = ()
    conversation: str | None = None
    answers: str | None = None
    answered_person: str | None = None
    answered_handle: str | None = None
    quotes: str | None = None
    repost: bool = False
    named: bool | None = None
    attachments: tuple[Attachment, ...] = ()
    language: str | None = None
    contexts: dict[str, Post] = {}
    metadata: dict[str, Any] = {}


def events_of(seen: Seen, known: Known) -> list[InboundEvent]:
    """Reposts first: they carry the names of the post that they repeat."""
    if seen.repost:
        return [Ignored("repost", seen.at)]
    if seen.author.us:
        return _own(seen, known)
    return _with_edit(_message(seen, known, customer=seen.author), seen)


def _own(seen: Seen, known: Known) -> list[InboundEvent]:
    """Our answers belong to a conversation, our other posts do not."""
    person = seen.answered_person
    if seen.answers is None or person is None:
        return [Ignored("own_post", seen.at)]
    if person == known.account:
        return [Ignored("own_thread", seen.at)]
    customer = author_of(person, known.account, known.users)
    if customer.handle is None:
        customer = msgspec.structs.replace(customer, handle=seen.answered_handle)
    return _with_edit(_message(seen, known, customer=customer), seen)


def _with_edit(message: Message, seen: Seen) -> list[InboundEvent]:
    """An edited post keeps the id of its first version. Where that one is stored already, the message is known and only
    the edit changes it."""
    if len(seen.versions) < 2:
        return [message]
    edit = Edit(target=message.id, at=seen.at, text=seen.text, attachments=seen.attachments)
    return [message, edit]


def _message(seen: Seen, known: Known, customer: Author) -> Message:
    first = seen.versions[0] if seen.versions else seen.id
    comment = seen.author.us or (seen.answers is not None and seen.answered_person == known.account)
    return Message(
        id=first,
        thread=_thread(seen, Source.COMMENT if comment else Source.MENTION, customer, first),
        author=seen.author,
        at=seen.at,
        text=seen.text or None,
        attachments=seen.attachments,
        quoted=seen.answers,
        opens_window=not seen.author.us,
        url=post_address(seen.id, seen.author.handle),
        metadata=_metadata(seen),
    )


def _thread(seen: Seen, source: Source, customer: Author, first: str) -> Thread:
    """One conversation for each person in each conversation of X: below a post of ours many people write."""
    root = seen.conversation or seen.answers or first
    root = (
        first if root in seen.versions else root
    )  # an edited post begins its conversation under its first id
    parent = seen.answers or seen.quotes
    return Thread(
        source=source,
        key=f"{root}/{customer.id}",
        customer=customer,
        post=seen.contexts.get(parent) or Post(id=parent, url=post_address(parent)) if parent else None,
        reply_to={} if seen.author.us else _address(seen, source is Source.COMMENT),
    )


def _address(seen: Seen, comment: bool) -> dict[str, str]:
    """What an answer needs: which post, whose, and whether X lets a self-serve app answer it. That it does not is only
    known for a comment below a post of ours; whoever answers others may have typed our name at the beginning, where X
    counts it to the names that it adds."""
    named = True if seen.quotes and not seen.answers else seen.named
    if named is False and not comment:
        named = None
    summoned = {True: "yes", False: "no", None: ""}[named]
    return {
        "post_id": seen.id,
        "author_id": seen.author.id,
        "handle": seen.author.handle or "",
        "summoned": summoned,
    }


def _metadata(seen: Seen) -> dict[str, Any]:
    found = dict(seen.metadata)
    if seen.language and seen.language not in {"und", "qme", "zxx"}:
        found["language"] = seen.language
    if seen.quotes:
        found["quotes"] = seen.quotes
    return found
